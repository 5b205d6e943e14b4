//! Time: the same calls give the same house, long gaps are cheap, and a restart loses nothing.

use std::time::{Duration, Instant};

use lares_model::{Event, Millis, Value};
use lares_twin::{DemoHome, RestoreError, TwinConfig};

use crate::walk::{WINTER, Walk};

fn text(events: &[(u64, Event)]) -> String {
    serde_json::to_string(events).unwrap()
}

fn said(seed: u64) -> String {
    let mut walk = Walk::new(seed, WINTER);
    walk.run(Millis::mins(30));
    walk.set("hall_light", "state", Value::Switch(true));
    walk.run(Millis::hours(2));
    text(&walk.log)
}

#[test]
fn the_same_seed_says_the_same_to_the_byte_and_another_does_not() {
    let first = said(1);
    assert_eq!(first, said(1));
    assert_ne!(first, said(2));
}

#[test]
fn how_often_it_is_called_does_not_matter() {
    let mut often = Walk::new(3, WINTER);
    often.clear();
    let mut seldom = often.home.clone();
    often.run(Millis::hours(1));
    let mut events = Vec::new();
    for minute in 1..=12 {
        events.extend(seldom.advance(WINTER.plus(Millis::mins(5 * minute))));
    }
    let often: Vec<_> = often.log.into_iter().map(|(_, event)| event).collect();
    assert_eq!(serde_json::to_string(&often).unwrap(), serde_json::to_string(&events).unwrap());
}

#[test]
fn after_a_night_asleep_only_last_words_are_said_and_quickly() {
    let mut walk = Walk::new(4, WINTER);
    walk.set("floor_lamp", "brightness", Value::Number(33.0));
    walk.run(Millis::mins(1));
    for gap in [Millis::hours(8), Millis::hours(24 * 365)] {
        walk.clear();
        walk.at = walk.at.plus(gap);
        #[expect(clippy::disallowed_methods, reason = "the promise is about real time")]
        let start = Instant::now();
        let events = walk.home.advance(walk.at);
        let took = start.elapsed();
        // 50 ms are promised; a test without optimisation on a busy machine gets four times that.
        assert!(took < Duration::from_millis(200), "{took:?} for {gap}");
        assert!((20..60).contains(&events.len()), "{} events", events.len());
        walk.log.extend(events.into_iter().map(|event| (walk.at.mono, event)));
        assert_eq!(walk.number("floor_lamp", "brightness"), 33.0);
        let room = walk.number("living_trv", "temperature");
        assert!((14.0..33.0).contains(&room), "{room} after {gap}");
        walk.clear();
        walk.run(Millis::mins(5));
        assert!(walk.log.len() < 120, "no burst afterwards: {}", walk.log.len());
    }
}

#[test]
fn a_long_step_leaves_the_house_about_where_small_ones_do() {
    let mut small = Walk::new(5, WINTER);
    let mut long = small.home.clone();
    small.run(Millis::hours(5));
    long.advance(WINTER.plus(Millis::hours(5)));
    for room in 0..6 {
        let air = |home: &DemoHome| home.simulation().house().state.rooms[room].air;
        let (small, long) = (air(&small.home), air(&long));
        assert!((small - long).abs() < 2.0, "room {room}: {small} and {long}");
    }
}

#[test]
fn a_restored_home_goes_on_as_if_nothing_had_happened() {
    let mut walk = Walk::new(6, WINTER);
    walk.run(Millis::mins(20));
    walk.set("bedroom_blind", "position", Value::Number(10.0));
    walk.run(Millis::secs(5));
    // Through text, as a file would keep it.
    let saved = serde_json::to_string(&walk.home.save()).unwrap();
    let saved = serde_json::from_str(&saved).unwrap();
    let mut restored = DemoHome::restore(&saved, TwinConfig::default(), walk.at).unwrap();
    walk.clear();
    let at = walk.at;
    walk.run(Millis::mins(9));
    let events = restored.advance(at.plus(Millis::mins(9)));
    let kept: Vec<_> = walk.log.iter().map(|(_, event)| event.clone()).collect();
    assert_eq!(serde_json::to_string(&kept).unwrap(), serde_json::to_string(&events).unwrap());
    assert_eq!(walk.number("bedroom_blind", "position"), 10.0);
}

#[test]
fn a_command_that_was_on_its_way_arrives_after_a_restart_hours_later() {
    let mut walk = Walk::new(7, WINTER);
    walk.set("main_valve", "state", Value::Switch(false));
    let saved = walk.home.save();
    walk.at = walk.at.plus(Millis::hours(3));
    walk.home = DemoHome::restore(&saved, TwinConfig::default(), walk.at).unwrap();
    walk.clear();
    let events = walk.home.advance(walk.at).into_iter().chain(walk.home.start_events());
    walk.log = events.map(|event| (walk.at.mono, event)).collect();
    assert_eq!(walk.heard("main_valve", "state"), Some(Value::Switch(false)));
}

#[test]
fn what_was_never_a_saved_home_is_refused() {
    let mut saved = Walk::new(1, WINTER).home.save();
    let restore =
        |json: &serde_json::Value| DemoHome::restore(json, TwinConfig::default(), WINTER).unwrap_err();
    assert!(matches!(restore(&serde_json::json!({})), RestoreError::Unreadable(_)));
    assert!(matches!(restore(&serde_json::json!([1])), RestoreError::Unreadable(_)));
    let rooms = saved["house"]["rooms"].as_array_mut().unwrap();
    rooms.pop();
    assert!(matches!(restore(&saved), RestoreError::Building { .. }));
    saved["format"] = 99.into();
    assert!(matches!(restore(&saved), RestoreError::Format(99)));
}

#[test]
fn a_save_of_another_version_keeps_what_still_fits() {
    let mut walk = Walk::new(8, WINTER);
    walk.set("floor_lamp", "brightness", Value::Number(12.0));
    walk.run(Millis::secs(2));
    let mut saved = walk.home.save();
    let devices = saved["devices"].as_array_mut().unwrap();
    devices.retain(|device| device["id"] != "demo:hall_light");
    for device in devices {
        let fan = device["id"] == "demo:rack_fan";
        let properties = device["properties"].as_object_mut().unwrap();
        properties.remove("link_quality");
        properties.insert(
            "forgotten".into(),
            serde_json::json!({"value": null, "reported": null, "reported_at": 0}),
        );
        if fan {
            properties["state"]["value"] = serde_json::json!({"number": 3.0});
        }
    }
    walk.home = DemoHome::restore(&saved, TwinConfig::default(), walk.at).unwrap();
    walk.log = walk.home.start_events().into_iter().map(|event| (walk.at.mono, event)).collect();
    assert_eq!(walk.number("floor_lamp", "brightness"), 12.0);
    assert_eq!(walk.heard("hall_light", "state"), Some(Value::Switch(false)));
    assert_eq!(walk.heard("rack_fan", "state"), Some(Value::Switch(false)), "what does not fit is fresh");
    walk.run(Millis::mins(5));
}

#[test]
fn a_clock_that_runs_backwards_does_nothing() {
    let mut walk = Walk::new(9, WINTER);
    walk.run(Millis::mins(1));
    let earlier = WINTER.plus(Millis::secs(10));
    assert!(walk.home.advance(earlier).is_empty());
    walk.run(Millis::mins(1));
}
