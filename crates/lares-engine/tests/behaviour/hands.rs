//! Hands: people change things by clicks and at the devices, and rules give way for a while.

use lares_model::{Answer, Effect, JournalKind, Millis, PersonAction, Refusal};
use serde_json::json;

use crate::house::{House, off, on};

const MOTION: &str = "
  - name: Motion light
    while: sensor.motion
    hold: { lamp: { state: on } }
    manual: 20m
";

fn motion() -> House {
    House::new(MOTION, "sensor.motion: false, lamp.state: off, leak.water_leak: false")
}

#[test]
fn a_hand_at_the_switch_overrides_the_rule_for_its_time_and_then_the_rule_applies_again() {
    let mut house = motion();
    house.report("sensor.motion", json!(true));
    house.secs(30);
    house.commands();
    house.report("lamp.state", off());
    assert_eq!(house.held_by("lamp.state").as_deref(), Some("by hand"));
    assert_eq!(house.journal(JournalKind::ManualOverride).len(), 1);
    assert_eq!(house.commands(), [""; 0]);
    house.pass(Millis::mins(19));
    assert_eq!(house.commands(), [""; 0]);
    house.pass(Millis::mins(2));
    assert_eq!(house.commands(), ["lamp.state=on"], "the rule's manual: 20m is over");
}

#[test]
fn a_rule_says_which_hand_keeps_it_waiting_and_until_when() {
    let mut house = motion();
    let waits = |house: &House| house.rule("motion_light").held_back;
    house.click("lamp.state", off());
    assert!(waits(&house).is_empty(), "it wants nothing yet");
    house.report("sensor.motion", json!(true));
    let held = waits(&house);
    let reading = house.home.property(&house.key("lamp.state")).unwrap().held.unwrap();
    assert_eq!((held.len(), held[0].key.clone()), (1, house.key("lamp.state")));
    assert_eq!((held[0].by.as_str(), held[0].until), (reading.by.as_str(), reading.until));
    assert!(reading.until.is_some() && reading.over.as_deref() == Some("Motion light"), "{reading:?}");

    house.effects.clear();
    house.ask(PersonAction::Resume { device: house.id("lamp"), property: None });
    assert!(waits(&house).is_empty());
    let shown =
        |effect: &Effect| matches!(effect, Effect::RuleChanged { rule } if rule.as_str() == "motion_light");
    assert!(house.effects.iter().any(shown), "people see that the rule has its way again");
    house.click("lamp.state", on());
    assert!(waits(&house).is_empty(), "a hand that wants the same is in nobody's way");
}

#[test]
fn resume_ends_the_hand_at_once() {
    let mut house = motion();
    house.report("sensor.motion", json!(true));
    house.secs(30);
    house.click("lamp.state", off());
    house.commands();
    let device = house.id("lamp");
    assert_eq!(house.ask(PersonAction::Resume { device, property: None }), Answer::Done);
    assert_eq!(house.commands(), ["lamp.state=on"]);
}

#[test]
fn a_click_holds_half_an_hour_and_then_leaves_everything_as_it_is() {
    let mut house = motion();
    house.click("lamp.state", on());
    let held = house.home.property(&house.key("lamp.state")).unwrap().held.unwrap();
    assert_eq!((held.by.as_str(), held.manual), ("Ada", true));
    assert_eq!(held.until, Some(house.now.utc + 30 * 60_000));
    house.commands();
    house.pass(Millis::mins(31));
    assert_eq!((house.commands(), house.held_by("lamp.state")), (vec![], None));
    assert_eq!(house.get("lamp.state"), on());
}

#[test]
fn a_light_whose_rule_ended_under_a_hand_is_released_when_the_hand_ends() {
    let mut house = motion();
    house.report("sensor.motion", json!(true));
    house.secs(20);
    house.click("lamp.state", on());
    house.report("sensor.motion", json!(false));
    house.commands();
    house.pass(Millis::mins(19));
    assert_eq!(house.commands(), [""; 0]);
    house.pass(Millis::mins(2));
    assert_eq!(house.commands(), ["lamp.state=off"]);
}

#[test]
fn the_first_report_after_a_gap_is_nobodys_hand() {
    let mut house = motion();
    house.report("sensor.motion", json!(true));
    house.secs(30);
    house.online("lamp", false);
    house.secs(30);
    house.online("lamp", true);
    house.commands();
    house.report("lamp.state", off());
    assert_eq!(house.commands(), ["lamp.state=on"], "a bulb that lost power is told again");
    assert_eq!(house.journal(JournalKind::ManualOverride), [""; 0]);
}

#[test]
fn a_level_safety_rule_wins_over_a_person_and_says_so() {
    let rules = "
  - name: Leak
    while: leak.water_leak
    hold: { valve: { state: off } }
    priority: safety
";
    let mut house = House::new(rules, "leak.water_leak: false, valve.state: on");
    house.report("leak.water_leak", json!(true));
    assert_eq!(house.commands(), ["valve.state=off"]);
    house.secs(20);
    let answer = house.click("valve.state", on());
    assert_eq!(answer, Answer::Refused { refusal: Refusal::Outranked { by: "Leak".into() } });
    house.report("valve.state", on());
    assert_eq!(house.commands(), ["valve.state=off"], "a hand does not open it either");
}

#[test]
fn after_an_edge_safety_rule_a_person_may_open_the_valve_again() {
    let rules = "
  - name: Leak
    when: any(water_leak)
    priority: safety
    do: [ { set: { valve: { state: off } } } ]
";
    let mut house = House::new(rules, "leak.water_leak: false, valve.state: on");
    house.click("valve.state", off());
    house.click("valve.state", on());
    house.secs(20);
    house.commands();
    house.report("leak.water_leak", json!(true));
    assert_eq!(house.commands(), ["valve.state=off"], "safety wins over a click before it");
    house.secs(20);
    assert!(matches!(house.click("valve.state", on()), Answer::Commands { .. }));
    assert_eq!(house.get("valve.state"), on());
}

#[test]
fn a_set_under_a_higher_claim_is_told_and_not_sent() {
    let rules = "
  - name: Door
    when: door.open
    do: [ { set: { lamp: { state: on } } } ]
";
    let mut house = House::new(rules, "lamp.state: off, door.open: false");
    house.click("lamp.state", off());
    house.effects.clear();
    house.report("door.open", json!(true));
    assert_eq!(house.journal(JournalKind::Outranked).len(), 1);
    assert_eq!(house.commands(), [""; 0]);
    assert!(house.rule("door").last_outcome.contains("outranked"));
}
