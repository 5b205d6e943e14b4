//! Commands: every writable property does what it is told, after a delay, and what cannot be done says why.

use lares_model::{DeviceDescription, Event, Millis, PropertyDescription, Value, ValueType};
use lares_twin::Poke;

use crate::walk::{WINTER, Walk, device};

/// Some valid values of a type, ends and middle.
fn wishes(value_type: &ValueType) -> Vec<Value> {
    match value_type {
        ValueType::Binary => vec![Value::Binary(true), Value::Binary(false)],
        ValueType::Switch => vec![Value::Switch(true), Value::Switch(false)],
        ValueType::Number { min, max, .. } => {
            let (min, max) = (min.unwrap_or(0.0), max.unwrap_or(100.0));
            [max, min, min + (max - min) * 0.37].map(Value::Number).into()
        }
        ValueType::Enum { values } | ValueType::Event { values } => {
            values.iter().cloned().map(Value::Enum).collect()
        }
        ValueType::Text => vec![Value::text("abc")],
        ValueType::Color => {
            let color = |hue, saturation| Value::Color(lares_model::Color { hue, saturation });
            vec![color(240.0, 100.0), color(0.0, 0.0), color(359.0, 55.5)]
        }
        ValueType::Composite { fields } => {
            let part = |field: &PropertyDescription, last: bool| {
                let mut all = wishes(&field.value_type);
                let value = if last { all.pop() } else { all.drain(..1).next() };
                (field.name.as_str().into(), value.unwrap())
            };
            [true, false].map(|last| Value::Composite(fields.iter().map(|f| part(f, last)).collect())).into()
        }
        ValueType::List { item, .. } => vec![Value::List(wishes(item)), Value::List(Vec::new())],
    }
}

#[test]
fn every_writable_property_obeys_and_reports_back_within_forty_seconds() {
    let mut walk = Walk::new(5, WINTER);
    let devices: Vec<DeviceDescription> =
        walk.home.simulation().devices().iter().map(|device| (*device.description).clone()).collect();
    let mut obeyed = 0;
    for device in &devices {
        let slug = &device.id.as_str()["demo:".len()..];
        let writable = device.properties.iter().filter(|p| p.access.writable && p.access.readable);
        for property in writable {
            for wish in wishes(&property.value_type) {
                walk.clear();
                walk.set(slug, property.name.as_str(), wish.clone());
                walk.run(Millis(70));
                let heard_early = walk.heard(slug, property.name.as_str());
                walk.run(Millis::secs(40));
                let heard = walk.heard(slug, property.name.as_str());
                let place = format!("{slug}.{} = {wish}", property.name);
                assert!(heard_early.is_none(), "{place}: no radio answers within 70 ms");
                let fulfilled =
                    heard.as_ref().is_some_and(|heard| heard.fulfils(&wish, property.tolerance()));
                assert!(fulfilled, "{place}: {heard:?}");
                obeyed += 1;
            }
        }
    }
    assert!(obeyed > 100, "{obeyed}");
}

#[test]
fn what_cannot_be_done_fails_with_its_reason() {
    let mut walk = Walk::new(1, WINTER);
    for (device, property, value, reason) in [
        ("hall_light", "colour", Value::Switch(true), "has no property colour"),
        ("rack", "temperature", Value::Number(20.0), "can only be read"),
        ("living_trv", "target_temperature", Value::Number(50.0), "outside 5 to 30"),
        ("living_trv", "hvac_mode", Value::word("cool"), "none of off, heat, auto"),
        ("attic_light", "state", Value::Switch(true), "no simulated device demo:attic_light"),
    ] {
        let Event::CommandFailed { reason: got, .. } = walk.command(device, &[(property, value)], None)
        else {
            panic!("{device}.{property} was taken");
        };
        assert!(got.contains(reason), "{got}");
    }
    let both = [("state", Value::Switch(true)), ("color", Value::Number(1.0))];
    let answer = walk.command("hall_light", &both, None);
    assert!(matches!(answer, Event::CommandFailed { .. }), "all or nothing");
    walk.run(Millis::secs(5));
    assert_eq!(walk.heard("hall_light", "state"), Some(Value::Switch(false)));
    assert!(matches!(walk.command("hall_light", &[], None), Event::CommandFailed { .. }));
}

#[test]
fn a_blind_travels_for_twenty_seconds_and_tells_where_it_is() {
    let mut walk = Walk::new(1, WINTER);
    walk.clear();
    let start = walk.at.mono;
    walk.set("bedroom_blind", "position", Value::Number(0.0));
    walk.run(Millis::secs(30));
    let course = walk.course("bedroom_blind", "position");
    let positions: Vec<f64> = course.iter().filter_map(|(_, value)| value.as_number()).collect();
    assert!(positions.len() >= 5 && positions.is_sorted_by(|a, b| a >= b), "{positions:?}");
    let arrived = course.iter().find(|(_, value)| *value == Value::Number(0.0)).unwrap().0 - start;
    assert!((20_000..21_000).contains(&arrived), "{arrived}");
}

#[test]
fn a_blind_stops_where_it_is_told_to_and_turns_round_from_there() {
    let mut walk = Walk::new(1, WINTER);
    walk.set("bedroom_blind", "movement", Value::word("close"));
    walk.run(Millis::secs(8));
    walk.set("bedroom_blind", "movement", Value::word("stop"));
    walk.run(Millis::secs(15));
    let stopped = walk.number("bedroom_blind", "position");
    assert!((55.0..65.0).contains(&stopped), "{stopped}");
    walk.clear();
    walk.set("bedroom_blind", "movement", Value::word("open"));
    walk.run(Millis::secs(12));
    assert_eq!(walk.heard("bedroom_blind", "position"), Some(Value::Number(100.0)));
    assert_eq!(walk.heard("bedroom_blind", "movement"), None, "a write-only property is silent");
}

#[test]
fn a_lamp_fades_remembers_its_brightness_and_goes_off_at_zero() {
    let mut walk = Walk::new(1, WINTER);
    walk.set("bed_light", "brightness", Value::Number(20.0));
    walk.run(Millis::secs(2));
    assert_eq!(walk.heard("bed_light", "state"), Some(Value::Switch(true)), "brightness switches on");
    walk.clear();
    walk.command("bed_light", &[("brightness", Value::Number(90.0))], Some(Millis::secs(6)));
    walk.run(Millis::secs(4));
    let half_way = walk.number("bed_light", "brightness");
    assert!((40.0..80.0).contains(&half_way), "{half_way}");
    walk.run(Millis::secs(4));
    assert_eq!(walk.number("bed_light", "brightness"), 90.0);
    walk.set("bed_light", "brightness", Value::Number(0.0));
    walk.run(Millis::secs(2));
    assert_eq!(walk.heard("bed_light", "state"), Some(Value::Switch(false)));
    walk.set("bed_light", "state", Value::Switch(true));
    walk.run(Millis::secs(2));
    assert_eq!(walk.number("bed_light", "brightness"), 90.0);
}

#[test]
fn colour_and_white_exclude_each_other() {
    let mut walk = Walk::new(1, WINTER);
    let mode = |walk: &Walk| walk.heard("floor_lamp", "color_mode").unwrap().to_string();
    walk.set("floor_lamp", "color", Value::Color(lares_model::Color { hue: 200.0, saturation: 90.0 }));
    walk.run(Millis::secs(2));
    assert_eq!(mode(&walk), "hs");
    walk.set("floor_lamp", "color_temperature", Value::Number(4000.0));
    walk.run(Millis::secs(2));
    assert_eq!(mode(&walk), "color_temp");
}

#[test]
fn a_device_that_is_away_takes_commands_into_the_void_and_tells_all_when_it_is_back() {
    let mut walk = Walk::new(1, WINTER);
    walk.poke(&Poke::Online { device: device("hall_light"), online: false });
    assert!(matches!(walk.log.last(), Some((_, Event::Availability { online: false, .. }))));
    walk.clear();
    walk.set("hall_light", "state", Value::Switch(true));
    walk.run(Millis::mins(9));
    assert!(!walk.reports().contains_key("demo:hall_light"));
    walk.poke(&Poke::Online { device: device("hall_light"), online: true });
    assert_eq!(walk.heard("hall_light", "state"), Some(Value::Switch(false)));
}

#[test]
fn a_mains_device_can_be_asked_and_a_sleeping_one_cannot() {
    let mut walk = Walk::new(1, WINTER);
    walk.clear();
    for slug in ["tv_plug", "hall_motion"] {
        walk.home.refresh(walk.at, &device(slug), &["power".into(), "temperature".into()]);
    }
    walk.run(Millis::secs(2));
    assert!(walk.heard("tv_plug", "power").is_some());
    assert!(walk.heard("tv_plug", "voltage").is_none(), "only what was asked for");
    assert!(walk.heard("hall_motion", "temperature").is_none());
}

#[test]
fn a_flood_of_commands_is_refused_rather_than_kept() {
    let mut walk = Walk::new(1, WINTER);
    let refused = (0..10_000)
        .filter(|_| {
            let answer = walk.command("main_valve", &[("state", Value::Switch(true))], None);
            matches!(answer, Event::CommandFailed { .. })
        })
        .count();
    assert!((5_000..7_000).contains(&refused), "{refused}");
    walk.run(Millis::secs(10));
    walk.set("main_valve", "state", Value::Switch(false));
}
