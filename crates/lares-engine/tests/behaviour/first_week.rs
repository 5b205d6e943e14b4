//! What people meet in their first week: lights that are off, remotes, sleepy valves, blinds, bulbs without power.

use lares_model::{AdapterState, Answer, Event, JournalKind, Millis};
use serde_json::json;

use crate::house::{House, off, on};

const LAMP: &str = "lamp.state: on, lamp.brightness: 20 %";

#[test]
fn a_brightness_asked_of_a_light_that_was_clicked_off_turns_it_on() {
    let mut house = House::new("  []", LAMP);
    house.click("lamp.state", off());
    house.effects.clear();
    let answer = house.click("lamp.brightness", json!(50));
    assert!(matches!(answer, Answer::Commands { commands } if commands.len() == 1));
    assert_eq!(house.commands(), ["lamp.brightness=50 lamp.state=on"]);
    house.pass(Millis::mins(5));
    assert_eq!((house.get("lamp.state"), house.commands().len()), (on(), 0));
}

#[test]
fn a_rule_that_sets_a_brightness_wakes_a_light_that_another_rule_set_off() {
    let rules = "
  - { name: Night, when: { event: remote.action, is: night }, do: [ { set: { lamp: { state: off } } } ] }
  - { name: Dawn, when: { event: remote.action, is: dawn }, do: [ { set: { lamp: { brightness: 50 % } } } ] }";
    let mut house = House::new(rules, LAMP);
    house.press("remote.action", "night", false);
    house.pass(Millis::mins(1));
    house.effects.clear();
    house.press("remote.action", "dawn", false);
    assert_eq!(house.commands(), ["lamp.brightness=50 lamp.state=on"]);
}

#[test]
fn a_remote_works_although_somebody_clicked_a_moment_ago() {
    let rules = "
  - { name: Bedside, when: { event: remote.action, is: single }, do: [ { toggle: lamp } ] }";
    let mut house = House::new(rules, LAMP);
    house.click("lamp.state", off());
    house.effects.clear();
    house.press("remote.action", "single", false);
    assert_eq!(house.commands(), ["lamp.state=on"]);
    assert_eq!(house.journal(JournalKind::Outranked), [""; 0]);
}

#[test]
fn a_toggle_goes_by_what_the_light_says_once_it_has_answered() {
    let rules = "
  - { name: Bedside, when: { event: remote.action, is: single }, do: [ { toggle: lamp } ] }";
    let mut house = House::new(rules, "lamp.state: off");
    house.press("remote.action", "single", false);
    house.secs(3);
    house.report("lamp.state", off());
    house.effects.clear();
    house.press("remote.action", "single", false);
    assert_eq!(house.commands(), ["lamp.state=on"], "somebody had switched it off at the wall");
}

#[test]
fn a_value_after_unknown_is_nobodys_hand() {
    let mut house = House::new("  []", LAMP);
    let key = house.key("lamp.brightness");
    let report = lares_model::Report { values: [(key.property, None)].into(), ..Default::default() };
    house.event(Event::Reported { device: key.device, report });
    house.secs(100);
    house.report("lamp.brightness", json!(80));
    assert_eq!(house.held_by("lamp.brightness"), None);
}

#[test]
fn a_bulb_that_has_power_again_is_told_what_holds_and_its_light_is_nobodys_hand() {
    let rules = "
  - { name: Dark, while: night.motion, hold: { lamp: { state: off } } }";
    let mut house = House::new(rules, "night.motion: true, lamp.state: off");
    house.pass(Millis::mins(5));
    house.effects.clear();
    let device = house.id("lamp");
    house.event(Event::Announced { device });
    house.report("lamp.state", on());
    assert_eq!(house.commands(), ["lamp.state=off"]);
    assert_eq!(house.held_by("lamp.state").as_deref(), Some("Dark"));
}

#[test]
fn a_sleepy_valve_that_obeys_late_answers_and_is_no_hand() {
    let mut house = House::new(
        "
  - { name: Evening, when: { event: remote.action, is: single }, do: [ { set: { trv: { target_temperature: 17 °C } } } ] }",
        "trv.target_temperature: 21 °C",
    );
    house.obedient = false;
    house.press("remote.action", "single", false);
    house.sent();
    house.secs(60);
    assert!(house.home.property(&house.key("trv.target_temperature")).unwrap().failed.is_some());
    house.report("trv.target_temperature", json!(17));
    let reading = house.home.property(&house.key("trv.target_temperature")).unwrap();
    assert_eq!((reading.failed, reading.held), (None, None));
    let by_rule = |link: &lares_model::CauseLink| matches!(link, lares_model::CauseLink::Rule { .. });
    assert!(reading.state.cause.links().iter().any(by_rule), "the rule did it");
}

#[test]
fn a_verify_gives_a_slow_valve_as_long_as_it_says() {
    let rules = "
  - name: Leak
    when: { event: remote.action, is: single }
    do: [ { set: { valve: { state: off } }, verify: 20s, on_fail: [ { notify: everyone, text: failed } ] } ]";
    let mut house = House::new(rules, "valve.state: on");
    house.obedient = false;
    house.press("remote.action", "single", false);
    house.sent();
    house.secs(15);
    assert_eq!(house.notices(), 0);
    house.report("valve.state", off());
    house.secs(60);
    assert_eq!(house.notices(), 0);
}

#[test]
fn a_retry_after_a_short_verify_sends_again() {
    let rules = "
  - name: Leak
    when: { event: remote.action, is: single }
    do: [ { set: { valve: { state: off } }, verify: 3s, retry: 2, on_fail: [ { notify: everyone, text: failed } ] } ]";
    let mut house = House::new(rules, "valve.state: on");
    house.obedient = false;
    house.press("remote.action", "single", false);
    house.secs(20);
    assert_eq!(house.notices(), 1);
    assert_eq!(house.commands(), ["valve.state=off", "valve.state=off", "valve.state=off"]);
}

#[test]
fn what_a_newer_wish_replaced_is_not_tried_again() {
    let rules = "
  - name: A
    when: { event: remote.action, is: single }
    do: [ { set: { lamp: { state: on } }, verify: 5s, retry: 3 } ]
  - { name: B, when: { event: remote.action, is: double }, do: [ { set: { lamp: { state: off } } } ] }";
    let mut house = House::new(rules, "lamp.state: off");
    house.obedient = false;
    house.press("remote.action", "single", false);
    house.press("remote.action", "double", false);
    house.secs(60);
    assert_eq!(house.commands(), ["lamp.state=on", "lamp.state=off"]);
}

#[test]
fn a_run_hears_that_its_device_is_gone() {
    let rules = "
  - name: A
    when: { event: remote.action, is: single }
    do: [ { set: { lamp: { state: on } }, on_fail: [ { notify: everyone, text: failed } ] } ]";
    let mut house = House::new(rules, "lamp.state: off");
    house.obedient = false;
    house.press("remote.action", "single", false);
    let device = house.id("lamp");
    house.event(Event::Removed { device });
    assert_eq!(house.phases().last().unwrap(), "failed: the device is gone");
    assert_eq!(house.notices(), 1);
    assert!(!house.rule("a").active);
}

#[test]
fn a_device_that_is_called_offline_but_answers_is_told_once() {
    let rules = "
  - { name: Dark, while: night.motion, hold: { lamp: { state: off } } }";
    let mut house = House::new(rules, "night.motion: false, lamp.state: off");
    house.online("lamp", false);
    house.effects.clear();
    house.report("night.motion", json!(true));
    assert_eq!(house.commands(), ["lamp.state=off"]);
    for _ in 0..5 {
        house.secs(60);
        house.report("lamp.state", off());
    }
    assert_eq!(house.commands(), [""; 0]);
}

#[test]
fn what_was_left_behind_already_so_keeps_no_lower_rule_out() {
    let rules = "
  - { name: High, while: a.motion, hold: { lamp: { state: on } } }
  - { name: Low, while: b.motion, hold: { lamp: { state: on } }, priority: 300 }";
    let mut house = House::new(rules, "a.motion: false, b.motion: false, lamp.state: off");
    house.report("a.motion", json!(true));
    house.obedient = false;
    house.secs(30);
    house.report("lamp.state", off());
    house.report("a.motion", json!(false));
    house.pass(Millis::hours(1));
    house.effects.clear();
    house.report("b.motion", json!(true));
    assert_eq!(house.commands(), ["lamp.state=on"]);
}

#[test]
fn a_light_that_turns_away_after_it_obeyed_does_so_on_its_own_account() {
    let mut house = House::new("  []", "lamp.state: off");
    house.click("lamp.state", on());
    house.secs(4);
    house.report("lamp.state", off());
    let reading = house.home.property(&house.key("lamp.state")).unwrap();
    let by_person = |link: &lares_model::CauseLink| matches!(link, lares_model::CauseLink::Person { .. });
    assert!(!reading.state.cause.links().iter().any(by_person), "nobody asked for off");
}

/// A blind with a position, whose `movement` can only be commanded, as Zigbee2MQTT has them.
fn blind() -> House {
    let mut house = House::new("  []", "blind.position: 0 %, blind.movement: stop");
    let id = house.id("blind");
    let mut description = (*house.catalog.devices[&id].description).clone();
    description.kind = lares_model::DeviceKind::Cover;
    for property in &mut description.properties {
        if property.name.as_str() == "movement" {
            property.access = lares_model::Access { readable: false, writable: true, gettable: false };
            property.value_type = lares_model::ValueType::Enum { values: vec!["open".into(), "stop".into()] };
        } else {
            property.access = lares_model::Access { readable: true, writable: true, gettable: true };
        }
    }
    let description = std::sync::Arc::new(description);
    house.catalog.devices.get_mut(&id).unwrap().description = description.clone();
    house.event(Event::Described { device: description });
    house.secs(90);
    house.effects.clear();
    house.obedient = false;
    house
}

#[test]
fn a_blind_that_was_told_to_open_is_on_its_way_by_nobodys_hand() {
    let mut house = blind();
    house.click("blind.movement", json!("open"));
    house.sent();
    for position in [20, 40, 60, 80, 100] {
        house.secs(7);
        house.report("blind.position", json!(position));
    }
    assert_eq!(house.held_by("blind.position"), None);
    house.secs(30);
    house.report("blind.position", json!(50));
    assert_eq!(house.held_by("blind.position").as_deref(), Some("by hand"), "long after, it is one");
}

#[test]
fn a_blind_does_not_move_because_lares_starts_again() {
    let mut house = blind();
    house.click("blind.movement", json!("open"));
    house.sent();
    house.secs(60);
    house.effects.clear();
    house.restart(Millis::mins(1));
    assert_eq!(house.commands(), [""; 0]);
}

/// Two lamps and a group of them.
fn group() -> House {
    let given = "left.state: off, left.brightness: 20 %, right.state: off, right.brightness: 20 %, \
                 all.state: off, all.brightness: 20 %";
    let mut house = House::new("  []", given);
    let mut description = (*house.catalog.devices[&house.id("all")].description).clone();
    description.members = vec![house.id("left"), house.id("right")];
    house.event(Event::Described { device: std::sync::Arc::new(description) });
    house.secs(90);
    house.obedient = false;
    house
}

#[test]
fn members_of_a_commanded_group_follow_it_by_nobodys_hand() {
    let mut house = group();
    house.click("all.state", on());
    house.sent();
    for lamp in ["all.state", "left.state", "right.state"] {
        house.report(lamp, on());
    }
    assert_eq!((house.held_by("left.state"), house.held_by("right.state")), (None, None));
    let reading = house.home.property(&house.key("left.state")).unwrap();
    let by_person = |link: &lares_model::CauseLink| matches!(link, lares_model::CauseLink::Person { .. });
    assert!(reading.state.cause.links().iter().any(by_person), "Ada lit them all");
    house.secs(30);
    house.report("left.state", off());
    assert_eq!(house.held_by("left.state").as_deref(), Some("by hand"), "long after, it is a hand");
}

#[test]
fn a_group_that_says_what_its_members_do_was_touched_by_nobody() {
    let mut house = group();
    house.report("left.state", on());
    house.report("all.state", on());
    assert_eq!(house.held_by("left.state").as_deref(), Some("by hand"));
    assert_eq!(house.held_by("all.state"), None);
}

#[test]
fn who_is_in_a_group_is_known_after_a_restart() {
    let mut house = group();
    house.restart(Millis::mins(1));
    house.secs(90);
    house.click("all.state", on());
    house.sent();
    house.report("left.state", off());
    house.report("left.state", on());
    assert_eq!(house.held_by("left.state"), None);
}

#[test]
fn a_command_that_nobody_reports_back_is_sent_and_never_called_confirmed() {
    let mut house = blind();
    house.obedient = false;
    house.click("blind.movement", json!("open"));
    assert_eq!(house.phases(), ["requested"]);
    house.sent();
    assert_eq!(house.phases(), ["requested", "sent", "sent, and no more to come"]);
    house.secs(30);
    assert_eq!(house.phases().len(), 3, "silence is no failure where nothing can be said");
}

#[test]
fn a_blind_that_stops_a_hair_beside_its_target_obeyed() {
    let mut house = blind();
    house.click("blind.position", json!(50));
    house.sent();
    house.report("blind.position", json!(48));
    house.secs(30);
    assert_eq!(house.phases(), ["requested", "sent", "confirmed"]);
}

#[test]
fn a_light_that_was_away_when_its_rule_ended_goes_off_when_it_is_back() {
    let rules = "
  - { name: Motion light, while: hall.motion, hold: { lamp: { state: on } } }";
    let mut house = House::new(rules, "lamp.state: off, hall.motion: false");
    house.report("hall.motion", json!(true));
    house.report("lamp.state", on());
    house.secs(20);
    house.online("lamp", false);
    house.obedient = false;
    house.report("hall.motion", json!(false));
    house.sent();
    house.pass(Millis::mins(2));
    house.effects.clear();
    house.online("lamp", true);
    house.report("lamp.state", on());
    assert_eq!(house.commands(), ["lamp.state=off"]);
    house.report("lamp.state", off());
    assert_eq!(house.held_by("lamp.state"), None);
}

#[test]
fn what_failed_while_zigbee2mqtt_was_starting_is_told_when_it_runs() {
    let rules = "
  - { name: Motion light, while: hall.motion, hold: { lamp: { state: on } } }";
    let mut house = House::new(rules, "lamp.state: off, hall.motion: false");
    house.report("hall.motion", json!(true));
    house.report("lamp.state", on());
    house.secs(20);
    house.adapter(AdapterState::Waiting);
    house.obedient = false;
    house.report("hall.motion", json!(false));
    let command = house.sent();
    house.event(Event::CommandFailed { command, reason: "not connected".into() });
    house.pass(Millis::mins(5));
    house.effects.clear();
    house.adapter(AdapterState::Online);
    assert_eq!(house.commands(), ["lamp.state=off"]);
}
