//! The house behaves like one: warm, dark, stuffy and cool in the right places.

use lares_model::{Event, Millis, Moment, Value};
use lares_twin::Poke;

use crate::walk::{SUMMER, WINTER, Walk, device};

/// Every report of a number over a day lies within these bounds.
fn within(walk: &Walk, slug: &str, property: &str, low: f64, high: f64) {
    for (at, value) in walk.course(slug, property) {
        let value = value.as_number().unwrap();
        assert!(
            (low..=high).contains(&value),
            "{slug}.{property} is {value} after {} min",
            (at - WINTER.mono) / 60_000
        );
    }
}

#[test]
fn a_day_in_winter_and_one_in_summer_are_plausible() {
    for (start, rooms, outside) in
        [(WINTER, (14.0, 26.0), (-16.0, 14.0)), (SUMMER, (17.0, 33.0), (6.0, 36.0))]
    {
        for seed in 0..2 {
            let mut walk = Walk::new(seed, start);
            walk.run(Millis::hours(24));
            for slug in ["living_trv", "bedroom_trv", "bathroom_climate", "air_quality", "hall_motion"] {
                within(&walk, slug, "temperature", rooms.0, rooms.1);
            }
            within(&walk, "outdoor_sensor", "temperature", outside.0, outside.1);
            within(&walk, "bathroom_climate", "humidity", 15.0, 98.0);
            within(&walk, "air_quality", "co2", 400.0, 4000.0);
            within(&walk, "air_quality", "pm25", 0.0, 200.0);
            within(&walk, "outdoor_sensor", "pressure", 960.0, 1060.0);
            within(&walk, "washing_machine", "power", 0.0, 2200.0);
        }
    }
}

#[test]
fn it_is_light_by_day_and_dark_by_night() {
    let mut walk = Walk::new(1, SUMMER);
    walk.run(Millis::hours(24));
    let lux = |from: u64, to: u64| -> Vec<f64> {
        let span = SUMMER.mono + from * 3_600_000..SUMMER.mono + to * 3_600_000;
        let course = walk.course("outdoor_sensor", "illuminance");
        course.into_iter().filter(|(at, _)| span.contains(at)).filter_map(|(_, v)| v.as_number()).collect()
    };
    // The walk starts at ten in the morning by the sun.
    assert!(lux(1, 3).iter().all(|lux| *lux > 5_000.0));
    let night = lux(14, 16);
    assert!(!night.is_empty() && night.iter().all(|lux| *lux < 1.0), "{night:?}");
}

#[test]
fn heating_raises_the_temperature_and_says_so() {
    let course = |target: f64| {
        let mut walk = Walk::new(6, WINTER);
        walk.set("living_trv", "target_temperature", Value::Number(target));
        walk.run(Millis::mins(3));
        let doing = walk.heard("living_trv", "hvac_action").unwrap().to_string();
        walk.run(Millis::hours(3));
        (doing, walk.number("living_trv", "temperature"))
    };
    let (heats, warm) = course(24.0);
    let (idles, cool) = course(16.0);
    assert_eq!((heats.as_str(), idles.as_str()), ("heating", "idle"));
    assert!((23.0..25.0).contains(&warm), "{warm}");
    assert!(cool < 20.0, "{cool}");
}

#[test]
fn an_open_window_cools_the_room_freshens_its_air_and_shuts_the_valve() {
    let mut walk = Walk::new(7, WINTER);
    walk.run(Millis::mins(5));
    let before = walk.number("living_trv", "temperature");
    walk.poke(&Poke::Open { device: device("living_window"), open: true });
    walk.run(Millis::secs(6));
    assert_eq!(walk.heard("living_window", "open"), Some(Value::Binary(true)), "the contact does not wait");
    walk.run(Millis::mins(25));
    let after = walk.number("living_trv", "temperature");
    assert!(after < before - 1.0, "{before} then {after}");
    assert_eq!(walk.heard("living_trv", "window_open"), Some(Value::Binary(true)));
    assert_eq!(walk.heard("living_trv", "hvac_action"), Some(Value::word("idle")));
    walk.poke(&Poke::Open { device: device("living_window"), open: false });
    walk.run(Millis::hours(2));
    assert_eq!(walk.heard("living_trv", "window_open"), Some(Value::Binary(false)));
    assert!(walk.number("living_trv", "temperature") > after + 0.5);
}

#[test]
fn the_rack_heats_up_and_its_fan_cools_it_again() {
    let mut walk = Walk::new(8, WINTER);
    walk.run(Millis::mins(40));
    assert!(walk.number("rack", "temperature") > 29.0);
    walk.set("rack_fan", "state", Value::Switch(true));
    walk.run(Millis::mins(15));
    assert!(walk.number("rack", "temperature") < 25.5);
    assert!((8.0..15.0).contains(&walk.number("rack_fan", "power")));
}

#[test]
fn whoever_walks_in_is_seen_and_forgotten_a_little_later() {
    let mut walk = Walk::new(9, WINTER);
    for person in 0..2 {
        walk.poke(&Poke::Walk { person, room: None });
    }
    walk.run(Millis::mins(3));
    assert_eq!(walk.heard("hall_motion", "motion"), Some(Value::Binary(false)));
    walk.poke(&Poke::Walk { person: 0, room: Some("Hall".into()) });
    walk.run(Millis::secs(6));
    assert_eq!(walk.heard("hall_motion", "motion"), Some(Value::Binary(true)));
    walk.poke(&Poke::Walk { person: 0, room: Some("Office".into()) });
    walk.run(Millis::secs(45));
    assert_eq!(walk.heard("hall_motion", "motion"), Some(Value::Binary(true)), "held");
    assert_eq!(walk.heard("office_presence", "presence"), Some(Value::Binary(true)));
    walk.run(Millis::secs(45));
    assert_eq!(walk.heard("hall_motion", "motion"), Some(Value::Binary(false)));
}

#[test]
fn people_live_through_a_day_on_their_own() {
    let mut walk = Walk::new(10, WINTER);
    walk.run(Millis::hours(24));
    let turns = |slug, property| {
        let course = walk.course(slug, property);
        course.windows(2).filter(|pair| pair[0].1 != pair[1].1).count()
    };
    assert!((10..200).contains(&turns("hall_motion", "motion")), "{}", turns("hall_motion", "motion"));
    assert!(turns("front_door", "open") >= 2 && turns("front_door", "open") % 2 == 0);
    assert!(turns("front_door_lock", "lock") >= 2, "the key is turned on the way");
}

#[test]
fn a_lamp_lights_its_room_and_the_blind_darkens_it() {
    let night = Moment { utc: WINTER.utc + 13 * 3_600_000, ..WINTER };
    let mut walk = Walk::new(11, night);
    let dark = walk.number("hall_motion", "illuminance");
    walk.set("hall_light", "brightness", Value::Number(100.0));
    walk.run(Millis::mins(1));
    let lit = walk.number("hall_motion", "illuminance");
    assert!(dark < 10.0 && (100.0..200.0).contains(&lit), "{dark} then {lit}");

    let mut walk = Walk::new(11, SUMMER);
    let bedroom = |walk: &Walk| walk.home.simulation().house().lux[3];
    walk.run(Millis::secs(10));
    let open = bedroom(&walk);
    walk.set("bedroom_blind", "position", Value::Number(0.0));
    walk.run(Millis::secs(40));
    assert!(bedroom(&walk) < 0.2 * open);
}

#[test]
fn water_and_smoke_are_told_at_once_and_a_press_is_an_event() {
    let mut walk = Walk::new(12, WINTER);
    for (slug, property) in [("bathroom_leak", "water_leak"), ("smoke_detector", "smoke")] {
        walk.poke(&Poke::Alarm { device: device(slug), alarm: true });
        walk.run(Millis(5_300));
        assert_eq!(walk.heard(slug, property), Some(Value::Binary(true)));
    }
    walk.poke(&Poke::Press { device: device("bed_remote"), action: "double".into() });
    let Some((_, Event::Reported { report, .. })) = walk.log.last() else { panic!() };
    assert_eq!((report.values.len(), report.happened.len()), (0, 1));
}

#[test]
fn a_wash_is_seen_on_its_plug_and_counted() {
    let mut walk = Walk::new(13, WINTER);
    let before = walk.number("washing_machine", "energy");
    walk.poke(&Poke::StartWashing);
    walk.run(Millis::mins(12));
    assert!(walk.number("washing_machine", "power") > 1500.0);
    walk.set("washing_machine", "state", Value::Switch(false));
    walk.run(Millis::mins(10));
    assert_eq!(walk.number("washing_machine", "power"), 0.0);
    walk.set("washing_machine", "state", Value::Switch(true));
    walk.run(Millis::mins(75));
    assert!(walk.number("washing_machine", "power") < 3.0);
    let used = walk.number("washing_machine", "energy") - before;
    assert!((0.5..1.3).contains(&used), "{used} kWh");
}
