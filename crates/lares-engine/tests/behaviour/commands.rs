//! Commands: from a click to an end, whatever the radio echoes.

use lares_engine::Input;
use lares_model::{Answer, Event, Millis, PropertyName};
use serde_json::json;

use crate::house::{House, off, on};

fn lamp() -> House {
    let mut house = House::new("  []", "lamp.state: off, lamp.brightness: 20 %, blind.position: 30 %");
    house.obedient = false;
    house
}

#[test]
fn a_click_is_requested_sent_and_confirmed() {
    let mut house = lamp();
    let answer = house.click("lamp.state", on());
    assert!(matches!(answer, Answer::Commands { commands } if commands.len() == 1));
    assert!(house.home.property(&house.key("lamp.state")).unwrap().pending.is_some());
    house.sent();
    house.report("lamp.state", on());
    assert_eq!(house.phases(), ["requested", "sent", "confirmed"]);
    let reading = house.home.property(&house.key("lamp.state")).unwrap();
    assert!(reading.pending.is_none() && reading.failed.is_none());
    assert!(
        reading.state.cause.links().iter().any(|link| matches!(link, lares_model::CauseLink::Person { .. }))
    );
}

#[test]
fn a_click_on_what_is_so_already_names_no_command() {
    let mut house = lamp();
    assert_eq!(house.click("lamp.state", off()), Answer::Commands { commands: vec![] });
    assert_eq!(house.commands(), [""; 0]);
    assert_eq!(house.held_by("lamp.state").as_deref(), Some("Ada"));
}

#[test]
fn silence_is_a_time_out_and_the_click_springs_back() {
    let mut house = lamp();
    house.click("lamp.state", on());
    house.sent();
    house.secs(11);
    assert_eq!(house.phases()[2], "timed out: no answer within the time; it still says off");
    let reading = house.home.property(&house.key("lamp.state")).unwrap();
    assert_eq!((reading.held, reading.pending), (None, None));
    assert!(reading.failed.is_some());
    house.effects.clear();
    house.online("lamp", false);
    house.online("lamp", true);
    assert_eq!(house.commands(), [""; 0], "a click that failed is not carried out later by surprise");
}

#[test]
fn a_stale_echo_is_neither_a_rejection_nor_a_hand() {
    let mut house = lamp();
    house.click("lamp.state", on());
    house.sent();
    house.report("lamp.state", off());
    assert_eq!(house.phases(), ["requested", "sent"]);
    house.report("lamp.state", on());
    assert_eq!(house.phases().last().unwrap(), "confirmed");
    assert_eq!(house.held_by("lamp.state").as_deref(), Some("Ada"));
}

#[test]
fn an_optimistic_echo_does_not_hide_that_the_device_went_back() {
    let mut house = lamp();
    house.click("lamp.state", on());
    house.sent();
    house.report("lamp.state", on());
    house.secs(2);
    house.report("lamp.state", off());
    house.secs(10);
    assert_eq!(house.phases().last().unwrap(), "timed out: the device went back to off");
    assert_eq!(house.held_by("lamp.state"), None);
}

#[test]
fn a_cover_that_moves_toward_its_target_has_longer_and_its_way_is_no_hand() {
    let mut house = lamp();
    house.click("blind.position", json!(100));
    house.sent();
    house.report("blind.position", json!(100));
    house.report("blind.position", json!(30));
    for position in [40, 55, 70, 85] {
        house.secs(6);
        house.report("blind.position", json!(position));
    }
    house.report("blind.position", json!(100));
    house.secs(20);
    assert_eq!(house.phases(), ["requested", "sent", "confirmed"]);
    assert_eq!(house.held_by("blind.position").as_deref(), Some("Ada"));
}

#[test]
fn a_newer_command_takes_the_place_of_an_unanswered_one() {
    let mut house = lamp();
    house.click("lamp.brightness", json!(50));
    house.click("lamp.brightness", json!(80));
    assert_eq!(house.phases(), ["requested", "expired: a newer command took its place", "requested"]);
    house.sent();
    house.report("lamp.brightness", json!(50));
    assert_eq!(house.held_by("lamp.brightness").as_deref(), Some("Ada"), "the late echo is no hand");
    house.report("lamp.brightness", json!(80));
    assert_eq!(house.phases().last().unwrap(), "confirmed");
}

#[test]
fn what_the_radio_rounds_is_confirmed_all_the_same() {
    let mut house = lamp();
    house.click("lamp.brightness", json!(70));
    house.sent();
    house.report("lamp.brightness", json!(69.69));
    assert_eq!(house.phases().last().unwrap(), "confirmed");
}

#[test]
fn a_refusal_ends_the_command_with_its_reason() {
    let mut house = lamp();
    house.click("lamp.state", on());
    let command = house.sent();
    house.event(Event::CommandFailed { command, reason: "no route to the device".into() });
    assert_eq!(house.phases().last().unwrap(), "failed: no route to the device");
    house.click("lamp.state", on());
    house.sent();
    let (device, property) = (house.id("lamp"), Some(PropertyName::from("state")));
    house.event(Event::DeviceRefused { device: device.clone(), property, reason: "busy".into() });
    assert_eq!(house.phases().last().unwrap(), "failed: busy");
    house.click("lamp.state", on());
    house.click("lamp.brightness", json!(90));
    house.event(Event::DeviceRefused { device, property: None, reason: "jammed".into() });
    house.secs(16);
    assert_eq!(
        house.phases().last().unwrap(),
        "timed out: jammed",
        "nobody knows which, so the reason is kept"
    );
}

#[test]
fn a_command_that_nobody_hands_on_ends_too() {
    let mut house = lamp();
    house.click("lamp.state", on());
    house.pass(Millis::mins(1));
    assert_eq!(house.phases().last().unwrap(), "timed out: the adapter did not send it");
}

#[test]
fn claims_on_one_device_go_out_as_one_message_and_off_suppresses_the_rest() {
    let rules = "
  - name: Bright
    while: sensor.motion
    hold: { lamp: { state: on, brightness: 60 % } }
  - name: Dark
    while: sensor.tamper
    hold: { lamp: { state: off, brightness: 10 % } }
    priority: 600
";
    let mut house = House::new(
        rules,
        "sensor.motion: false, sensor.tamper: false, lamp.state: off, lamp.brightness: 1 %",
    );
    house.report("sensor.motion", json!(true));
    assert_eq!(house.commands(), ["lamp.brightness=60 lamp.state=on"]);
    house.secs(20);
    house.report("sensor.tamper", json!(true));
    assert_eq!(house.commands(), ["lamp.state=off"], "a brightness would turn it on again");
    house.secs(20);
    house.report("sensor.tamper", json!(false));
    assert_eq!(house.commands(), ["lamp.state=on"]);
}

#[test]
fn a_level_claim_is_told_again_when_the_device_comes_back() {
    let rules = "
  - name: Hold
    while: sensor.motion
    hold: { lamp: { state: on } }
";
    let mut house = House::new(rules, "sensor.motion: false, lamp.state: off");
    house.obedient = false;
    house.online("lamp", false);
    house.report("sensor.motion", json!(true));
    house.sent();
    house.secs(30);
    assert_eq!(house.commands(), ["lamp.state=on"], "told once, not again and again");
    house.obedient = true;
    house.online("lamp", true);
    assert_eq!(house.commands(), ["lamp.state=on"]);
    assert_eq!(house.get("lamp.state"), on());
}

#[test]
fn a_home_asks_to_be_woken_when_something_is_due() {
    let mut house = lamp();
    house.click("lamp.state", on());
    let wake = house.home.next_wakeup().unwrap();
    assert!(wake > house.now.mono && wake <= house.now.mono + 20_000);
    house.input(Input::Event(Event::Tick));
}
