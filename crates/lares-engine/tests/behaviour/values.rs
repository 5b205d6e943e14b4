//! Values: what is believed, how fresh it is, and what rules may make of the unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_model::{Effect, Event, Freshness, JournalKind, Millis, Report, Value};
use serde_json::json;

use crate::house::{House, off, on};

const WINDOW: &str = "
  - name: Tell
    when: window.open
    do: [ { notify: everyone, text: \"open\" } ]
";

#[test]
fn a_change_is_told_with_its_cause_and_a_repetition_only_touches() {
    let mut house = House::new("  []", "sensor.temperature: 20 °C");
    house.report("sensor.temperature", json!(21));
    house.report("sensor.temperature", json!(21));
    let changed = house.effects.iter().filter(|e| matches!(e, Effect::Changed(_))).count();
    let touched = house.effects.iter().filter(|e| matches!(e, Effect::PropertyTouched { .. })).count();
    assert_eq!((changed, touched), (1, 1));
    let reading = house.home.property(&house.key("sensor.temperature")).unwrap();
    assert_eq!(reading.state.previous, Some(Value::Number(20.0)));
    assert_eq!(reading.freshness, Freshness::Known);
}

#[test]
fn closed_then_offline_then_open_fires_and_says_that_it_is_late() {
    let mut house = House::new(WINDOW, "window.open: false");
    house.online("window", false);
    house.online("window", true);
    house.report("window.open", json!(true));
    assert_eq!(house.notices(), 1);
    let mut house = House::new(WINDOW, "window.open: false");
    house.online("window", false);
    house.report("window.open", json!(true));
    assert_eq!(house.notices(), 0, "it is still said not to answer");
    house.online("window", true);
    assert_eq!(house.notices(), 1);
    assert!(house.journal(JournalKind::RuleRan)[0].contains("late"));
}

#[test]
fn open_then_offline_then_open_fires_nothing() {
    let mut house = House::new(WINDOW, "window.open: true");
    house.online("window", false);
    house.secs(60);
    house.online("window", true);
    house.report("window.open", json!(true));
    assert_eq!(house.notices(), 0);
}

#[test]
fn the_first_value_ever_fires_nothing_but_leak_smoke_and_gas() {
    let rules = format!(
        "{WINDOW}
  - name: Smoke
    when: detector.smoke
    do: [ {{ notify: everyone, text: \"smoke\" }} ]
"
    );
    let mut house = House::new(&rules, "lamp.state: off");
    house.report("window.open", json!(true));
    assert_eq!(house.notices(), 0);
    house.report("detector.smoke", json!(true));
    assert_eq!(house.notices(), 1);
}

#[test]
fn a_retained_value_is_taken_in_and_fires_nothing() {
    let mut house = House::new(WINDOW, "window.open: false");
    house.retained("window.open", json!(true));
    assert_eq!((house.notices(), house.get("window.open")), (0, json!(true)));
    house.report("window.open", json!(false));
    house.report("window.open", json!(true));
    assert_eq!(house.notices(), 1);
}

#[test]
fn a_retained_action_is_no_press() {
    let rules = "
  - name: Press
    when: { event: remote.action, is: single }
    do: [ { toggle: lamp } ]
";
    let mut house = House::new(rules, "lamp.state: off");
    house.press("remote.action", "single", true);
    assert_eq!(house.commands(), [""; 0]);
    house.press("remote.action", "double", false);
    assert_eq!(house.commands(), [""; 0]);
    house.press("remote.action", "single", false);
    assert_eq!(house.commands(), ["lamp.state=on"]);
    house.press("remote.action", "single", false);
    assert_eq!(house.commands(), ["lamp.state=off"]);
}

#[test]
fn the_unknown_blocks_a_condition_and_says_so_once() {
    let rules = "
  - name: Night light
    when: sensor.motion
    if: lux.illuminance < 10 lx
    do: [ { set: { lamp: { state: on } } } ]
";
    let mut house = House::new(rules, "sensor.motion: false, lamp.state: off");
    for _ in 0..3 {
        house.report("sensor.motion", json!(true));
        house.report("sensor.motion", json!(false));
    }
    assert_eq!(
        house.journal(JournalKind::RuleBlocked),
        ["\"Night light\" is blocked: lux.illuminance is unknown (never seen)"]
    );
    assert_eq!(house.commands(), [""; 0]);
    house.report("lux.illuminance", json!(3));
    house.report("sensor.motion", json!(true));
    assert_eq!(house.commands(), ["lamp.state=on"]);
}

#[test]
fn a_level_rule_keeps_what_it_holds_while_unknown_or_releases_or_alerts_as_it_says() {
    let rules = |unknown: &str| {
        format!(
            "
  - name: Cool
    while: rack.temperature > 28 °C
    hold: {{ fan: {{ state: on }} }}
    if_unknown: {unknown}
"
        )
    };
    for (unknown, state, told) in [("keep", on(), 0), ("release", off(), 0), ("hold 15m then alert", on(), 1)]
    {
        let mut house = House::new(&rules(unknown), "rack.temperature: 25 °C, fan.state: off");
        house.report("rack.temperature", json!(30));
        assert_eq!(house.get("fan.state"), on());
        house.online("rack", false);
        house.pass(Millis::mins(40));
        assert_eq!((house.get("fan.state"), house.notices()), (state, told), "{unknown}");
    }
}

#[test]
fn a_flapping_sensor_with_hysteresis_switches_once() {
    let rules = "
  - name: Cool
    while: rack.temperature > 28 °C until < 26 °C
    hold: { fan: { state: on } }
";
    let mut house = House::new(rules, "rack.temperature: 25 °C, fan.state: off");
    let mut commands = Vec::new();
    for temperature in [27.9, 28.1, 27.9, 28.2, 27.0, 26.1, 28.5, 25.9, 26.5, 27.9] {
        house.report("rack.temperature", json!(temperature));
        house.secs(15);
        commands.extend(house.commands());
    }
    assert_eq!(commands, ["fan.state=on", "fan.state=off"]);
}

#[test]
fn the_wrong_type_is_told_once_and_everything_else_goes_on() {
    let mut house = House::new("  []", "sensor.temperature: 20 °C, sensor.humidity: 40 %");
    let device = house.id("sensor");
    for _ in 0..3 {
        let values = BTreeMap::from([
            ("temperature".into(), Some(Value::text("warm"))),
            ("humidity".into(), Some(Value::Number(55.0))),
            ("unheard_of".into(), Some(Value::Number(1.0))),
        ]);
        let report = Report { values, ..Report::default() };
        house.event(Event::Reported { device: device.clone(), report });
    }
    assert_eq!(house.journal(JournalKind::BadInput).len(), 1);
    assert_eq!((house.get("sensor.temperature"), house.get("sensor.humidity")), (json!(20), json!(55)));
    house.event(Event::Reported { device: "nobody".into(), report: Report::default() });
}

#[test]
fn a_value_that_the_device_does_not_know_is_unknown() {
    let mut house = House::new(WINDOW, "window.open: true");
    let device = house.id("window");
    let values = BTreeMap::from([("open".into(), None)]);
    house.event(Event::Reported { device, report: Report { values, ..Report::default() } });
    assert_eq!(house.get("window.open"), json!(null));
    house.report("window.open", json!(true));
    assert_eq!(house.notices(), 0, "open, unknown, open is no edge");
}

#[test]
fn a_silent_device_becomes_stale_and_keeps_its_value_for_rules() {
    let rules = "
  - name: Cool
    while: rack.temperature > 28 °C
    hold: { fan: { state: on } }
";
    let mut house = House::new(rules, "rack.temperature: 25 °C, fan.state: off");
    for n in 0..8 {
        house.report("rack.temperature", json!(29.0 + f64::from(n) / 10.0));
        house.secs(60);
    }
    let freshness = |house: &House| house.home.property(&house.key("rack.temperature")).unwrap().freshness;
    assert_eq!(freshness(&house), Freshness::Known);
    house.effects.clear();
    house.pass(Millis::hours(2));
    assert_eq!(freshness(&house), Freshness::Stale);
    assert!(
        house
            .effects
            .iter()
            .any(|e| matches!(e, Effect::PropertyTouched { device, .. } if device.as_str() == "test:rack"))
    );
    assert_eq!(house.get("fan.state"), on());
    house.report("rack.temperature", json!(29));
    assert_eq!(freshness(&house), Freshness::Known);
}

#[test]
fn a_device_list_removes_those_that_it_does_not_name_and_tells_that_the_home_is_complete() {
    let mut house = House::new("  []", "lamp.state: off, fan.state: off");
    let (lamp, fan) = (house.id("lamp"), house.id("fan"));
    let adapter = house.catalog.devices[&lamp].description.adapter.clone();
    assert!(!house.home.catalog().complete);
    house.event(Event::Listed { adapter, devices: vec![lamp.clone()] });
    assert!(house.home.device(&fan).is_none() && house.home.device(&lamp).is_some());
    assert!(house.home.catalog().complete);
    assert!(house.effects.contains(&Effect::DeviceRemoved { device: fan }));
}

#[test]
fn a_suggested_room_is_made_once() {
    let mut house = House::new("  []", "lamp.state: off");
    let mut description = (*house.catalog.devices[&house.id("lamp")].description).clone();
    description.suggested_room = Some("Living room".into());
    for id in ["a", "b"] {
        description.id = id.into();
        house.event(Event::Described { device: Arc::new(description.clone()) });
    }
    assert_eq!(house.home.rooms().len(), 1);
    assert_eq!(house.home.rooms()[0].id.as_str(), "living_room");
    assert_eq!(house.home.device(&"b".into()).unwrap().slug, "lamp_3");
}
