//! What the home can rely on: devices, descriptions, first reports, and reports that fit them.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

use lares_model::{DeviceDescription, Event, Millis, Value, canonical, slugify};
use lares_twin::Poke;

use crate::walk::{WINTER, Walk, device};

/// Device and properties, as the starter rules and the language reference use them.
const PROMISED: &[(&str, &str)] = &[
    ("hall_motion", "motion illuminance temperature battery"),
    ("hall_light", "state brightness"),
    ("living_trv", "temperature target_temperature hvac_mode hvac_action window_open battery"),
    ("bedroom_trv", "temperature target_temperature hvac_mode schedule_workdays"),
    ("living_window", "open"),
    ("balcony_door", "open"),
    ("front_door", "open"),
    ("front_door_lock", "lock lock_state"),
    ("bed_light", "state brightness color_temperature color"),
    ("bed_remote", "action battery"),
    ("rack", "temperature"),
    ("rack_fan", "state power"),
    ("main_valve", "state"),
    ("kitchen_leak", "water_leak"),
    ("bathroom_leak", "water_leak"),
    ("bedroom_blind", "position movement"),
    ("washing_machine", "state power energy"),
    ("outdoor_sensor", "temperature humidity illuminance"),
    ("floor_lamp", "state color effect color_options"),
    ("ceiling_light", "state brightness color_temperature"),
    ("air_quality", "co2 pm25 humidity"),
    ("smoke_detector", "smoke"),
    ("office_presence", "presence"),
];

fn described(walk: &Walk) -> BTreeMap<String, DeviceDescription> {
    let of = |(_, event): &(u64, Event)| match event {
        Event::Described { device } => Some((slugify(&device.name), (**device).clone())),
        _ => None,
    };
    walk.log.iter().filter_map(of).collect()
}

#[test]
fn the_devices_that_rules_name_are_there_under_their_slugs() {
    let walk = Walk::new(1, WINTER);
    let devices = described(&walk);
    for (slug, properties) in PROMISED {
        let device = devices.get(*slug).unwrap_or_else(|| panic!("no {slug}"));
        assert_eq!(device.id.as_str(), format!("demo:{slug}"));
        for property in properties.split(' ') {
            assert!(device.property(property).is_some(), "{slug} has no {property}");
        }
    }
    let rooms: BTreeSet<_> = devices.values().filter_map(|device| device.suggested_room.clone()).collect();
    assert_eq!(rooms.into_iter().filter(|room| room != "Outside").count(), 6);
    let listed = walk.log.iter().find_map(|(_, event)| match event {
        Event::Listed { devices, .. } => Some(devices.len()),
        _ => None,
    });
    assert_eq!(listed, Some(devices.len()), "no two devices share a slug, and all are listed");
}

#[test]
fn canonical_names_have_the_type_unit_and_category_of_the_vocabulary() {
    for (slug, device) in described(&Walk::new(1, WINTER)) {
        let mut seen = BTreeSet::new();
        for property in &device.properties {
            assert!(seen.insert(&property.name), "{slug}.{} stands twice", property.name);
            let Some(word) = canonical(property.base.as_str()) else { continue };
            let place = format!("{slug}.{}", property.name);
            assert_eq!(discriminant(&word.value_type), discriminant(&property.value_type), "{place}");
            assert_eq!((word.unit, word.category), (property.unit.clone(), property.category), "{place}");
        }
        for action in &device.actions {
            let property = device.property(action.property.as_str()).unwrap();
            property.value_type.check(action.value.as_ref().unwrap()).unwrap();
            assert!(property.access.writable, "{slug}: {}", action.name);
        }
    }
}

#[test]
fn everything_readable_is_reported_at_once_and_nothing_else_ever() {
    let mut walk = Walk::new(1, WINTER);
    let devices = described(&walk);
    for (slug, device) in &devices {
        for property in &device.properties {
            let expected = property.access.readable && !property.value_type.is_event();
            let heard = walk.heard(slug, property.name.as_str()).is_some();
            assert_eq!(heard, expected, "{slug}.{}", property.name);
        }
    }
    walk.clear();
    walk.run(Millis::hours(1));
    for slug in devices.keys() {
        assert!(
            walk.reports().contains_key(&format!("demo:{slug}")) || slug == "bed_remote",
            "{slug} is mute"
        );
    }
}

#[test]
fn every_report_of_a_day_fits_the_description() {
    let mut walk = Walk::new(2, WINTER);
    let devices = described(&walk);
    walk.poke(&Poke::StartWashing);
    walk.poke(&Poke::Alarm { device: device("kitchen_leak"), alarm: true });
    walk.run(Millis::hours(24));
    let mut checked = 0;
    for (_, event) in &walk.log {
        let Event::Reported { device, report } = event else { continue };
        let description = &devices[&device.as_str()["demo:".len()..]];
        assert!(!report.retained);
        for (name, value) in &report.values {
            let property = description.property(name.as_str()).unwrap();
            assert!(property.access.readable);
            property
                .value_type
                .check(value.as_ref().unwrap())
                .unwrap_or_else(|e| panic!("{device} {name}: {e}"));
            checked += 1;
        }
        for (name, word) in &report.happened {
            let property = description.property(name.as_str()).unwrap();
            property.value_type.check(&Value::Enum(word.clone())).unwrap();
        }
    }
    assert!(checked > 10_000, "{checked}");
}

#[test]
fn the_house_does_not_chatter_and_no_mains_device_looks_stale() {
    let mut walk = Walk::new(3, WINTER);
    walk.clear();
    walk.run(Millis::hours(24));
    let reports: usize = walk.reports().values().sum();
    let rate = reports as f64 / 86_400.0;
    assert!((0.03..0.6).contains(&rate), "{rate} reports a second");
    for (slug, device) in described(&Walk::new(3, WINTER)) {
        let gap_max = if device.power == lares_model::Power::Mains { 360_000 } else { 3_060_000 };
        let times = walk.course(&slug, "link_quality");
        let gap = times.windows(2).map(|pair| pair[1].0 - pair[0].0).max().unwrap();
        assert!(gap <= gap_max, "{slug} was silent for {gap} ms");
    }
}

#[test]
fn one_detector_warns_of_its_battery() {
    let walk = Walk::new(4, WINTER);
    let low = |(slug, device): &(String, DeviceDescription)| {
        device.property("battery").is_some() && walk.number(slug, "battery") < 20.0
    };
    let low: Vec<_> = described(&walk).into_iter().filter(low).map(|(slug, _)| slug).collect();
    assert_eq!(low, ["bed_remote"]);
}
