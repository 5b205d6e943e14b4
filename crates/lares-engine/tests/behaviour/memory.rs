//! What is remembered beyond a restart: windows of numbers, what people gave a device that left, switches of rules.

use std::sync::Arc;

use lares_model::{DeviceId, Event, JournalKind, Millis, PersonAction, Room};
use serde_json::json;

use crate::house::{House, off, on};

const MEAN: &str = "
  - name: Damp
    while: mean(bath.humidity, 1h) > 60 %
    hold: { fan: { state: on } }
    if_unknown: release
";
const DAMP: &str = "bath.humidity: 50 %, fan.state: \"off\"";

#[test]
fn a_mean_goes_on_over_a_restart_and_its_rule_does_not_flicker() {
    let mut house = House::new(MEAN, DAMP);
    house.report("bath.humidity", json!(70));
    house.pass(Millis::hours(2));
    assert_eq!(house.commands(), ["fan.state=on"]);
    house.restart(Millis::mins(1));
    house.pass(Millis::mins(5));
    assert_eq!((house.commands(), house.held_by("fan.state")), (vec![], Some("Damp".into())));
    // Half an hour at 70 and half an hour at 50 make 60: the window reaches back before the restart.
    house.report("bath.humidity", json!(50));
    house.pass(Millis::mins(28));
    assert_eq!(house.commands(), [""; 0]);
    house.pass(Millis::mins(4));
    assert_eq!(house.commands(), ["fan.state=off"]);
}

#[test]
fn a_steady_number_fills_its_window_without_history() {
    let mut house = House::new(MEAN, DAMP);
    house.report("bath.humidity", json!(70));
    house.pass(Millis::hours(2));
    house.history.clear();
    house.restart(Millis::mins(1));
    assert_eq!(house.held_by("fan.state").as_deref(), Some("Damp"));
}

#[test]
fn without_an_answer_of_history_rules_go_on_after_a_while() {
    let mut house = House::new(MEAN, DAMP);
    house.report("bath.humidity", json!(70));
    house.pass(Millis::hours(2));
    house.report("bath.humidity", json!(75));
    house.deaf_history = true;
    house.restart(Millis::mins(1));
    assert_eq!(house.held_by("fan.state").as_deref(), Some("Damp"), "history may still answer");
    house.secs(11);
    assert_eq!(house.held_by("fan.state"), None, "it is unknown, and the rule says: release");
}

#[test]
fn a_rule_that_is_new_knows_what_was_before_it() {
    let mut house = House::new("  []", DAMP);
    for minute in 0..90 {
        house.report("bath.humidity", json!(60 + minute % 20));
        house.pass(Millis::mins(1));
    }
    house.effects.clear();
    house.save_rules(MEAN);
    assert_eq!(house.commands(), ["fan.state=on"]);
}

#[test]
fn a_device_that_comes_back_has_its_room_and_its_name() {
    let mut house = House::new("  []", "lamp.state: \"off\"");
    let device = house.id("lamp");
    house.ask(PersonAction::PutRoom { room: Room { id: "den".into(), name: "Den".into(), labels: vec![] } });
    house.ask(PersonAction::RenameDevice { device: device.clone(), name: "Reading lamp".into() });
    house.ask(PersonAction::PlaceDevice { device: device.clone(), room: Some("den".into()) });
    let described = house.catalog.devices[&device].description.clone();
    let place = |house: &House, id: &DeviceId| {
        house
            .home
            .device(id)
            .map(|device| (device.name.clone(), device.room.clone().map(|room| room.to_string())))
    };
    let whole = Some(("Reading lamp".to_owned(), Some("den".to_owned())));

    let adapter = described.adapter.clone();
    house.event(Event::Listed { adapter, devices: vec![] });
    assert_eq!(place(&house, &device), None);
    house.restart(Millis::hours(24 * 30));
    house.event(Event::Described { device: described.clone() });
    assert_eq!(place(&house, &device), whole);
    house.restart(Millis::mins(1));
    assert_eq!(place(&house, &device), whole, "it is stored with the device again");

    // Nothing is for ever, and a person who has it forgotten means it.
    house.event(Event::Removed { device: device.clone() });
    house.restart(Millis::hours(24 * 91));
    house.event(Event::Described { device: described.clone() });
    assert_eq!(place(&house, &device), Some(("lamp".to_owned(), None)));
    for (removal, is_forgotten) in [("forgotten", true), ("removed", true), ("removed much later", false)] {
        house.ask(PersonAction::RenameDevice { device: device.clone(), name: "Again".into() });
        match removal {
            "forgotten" => _ = house.ask(PersonAction::ForgetDevice { device: device.clone() }),
            _ => _ = house.ask(PersonAction::DismissDevice { device: device.clone() }),
        }
        house.secs(if is_forgotten { 5 } else { 90 });
        house.event(Event::Removed { device: device.clone() });
        house.event(Event::Described { device: described.clone() });
        let name = if is_forgotten { "lamp" } else { "Again" };
        assert_eq!(place(&house, &device), Some((name.to_owned(), None)), "{removal}");
    }
}

#[test]
fn a_device_whose_room_was_removed_meanwhile_comes_back_without_one() {
    let mut house = House::new("  []", "lamp.state: \"off\"");
    let device = house.id("lamp");
    house.ask(PersonAction::PutRoom { room: Room { id: "den".into(), name: "Den".into(), labels: vec![] } });
    house.ask(PersonAction::PlaceDevice { device: device.clone(), room: Some("den".into()) });
    let mut described = (*house.catalog.devices[&device].description).clone();
    described.suggested_room = Some("Den".into());
    house.event(Event::Removed { device: device.clone() });
    house.ask(PersonAction::RemoveRoom { room: "den".into() });
    house.event(Event::Described { device: Arc::new(described) });
    assert_eq!(house.home.device(&device).unwrap().room, None);
    assert!(house.home.rooms().is_empty(), "the room that a person removed is not made again");
}

#[test]
fn a_rule_whose_file_comes_back_is_switched_as_it_was() {
    let rules = "
  - name: Light
    while: sensor.motion
    hold: { lamp: { state: on } }
";
    let given = "sensor.motion: true, lamp.state: \"off\"";
    let switch = |house: &mut House, enabled: bool| {
        house.ask(PersonAction::SwitchRule { rule: "light".into(), enabled });
    };
    let mut house = House::new(rules, given);
    assert_eq!(house.get("lamp.state"), on());
    switch(&mut house, false);
    assert_eq!(house.get("lamp.state"), off());
    house.save_rules("  []");
    house.restart(Millis::hours(24 * 60));
    house.save_rules(rules);
    assert!(!house.rule("light").enabled);
    assert_eq!(house.get("lamp.state"), off());
    switch(&mut house, true);
    assert_eq!(house.get("lamp.state"), on());

    switch(&mut house, false);
    house.save_rules("  []");
    house.restart(Millis::hours(24 * 91));
    house.save_rules(rules);
    assert!(house.rule("light").enabled, "after three months it is forgotten");
    house.save_rules("  []");
    assert!(
        !house.rows.contains_key(&("rule".to_owned(), "light".to_owned())),
        "a switch that is on needs no row"
    );
}

#[test]
fn a_setting_that_moves_by_itself_is_nobodys_hand() {
    let mut house = House::new(
        "
  - { name: Fixed, while: sensor.motion, hold: { trv: { offset: 2 } } }",
        "trv.load_mean: 5, trv.target_temperature: 20 °C, trv.offset: 0, sensor.motion: false",
    );
    // What a rule may set is writable in this home; so is what the device keeps by itself.
    house.writable("trv.load_mean");
    house.secs(90);
    house.report("trv.load_mean", json!(7));
    assert_eq!(house.held_by("trv.load_mean"), None);
    let cause = house.home.property(&house.key("trv.load_mean")).unwrap().state.cause.clone();
    assert!(matches!(cause.links(), [lares_model::CauseLink::Report { .. }]), "{cause:?}");
    house.report("trv.target_temperature", json!(23));
    assert_eq!(
        house.held_by("trv.target_temperature").as_deref(),
        Some("by hand"),
        "a dial is turned by somebody"
    );
    house.click("trv.load_mean", json!(9));
    assert_eq!(house.held_by("trv.load_mean").as_deref(), Some("Ada"));
    house.secs(20);
    house.report("trv.load_mean", json!(7));
    assert_eq!(house.held_by("trv.load_mean"), None, "the device went on by itself; nothing is left to hold");

    house.report("sensor.motion", json!(true));
    house.secs(20);
    house.effects.clear();
    house.report("trv.offset", json!(1));
    assert_eq!(house.held_by("trv.offset").as_deref(), Some("at the device"));
    assert_eq!(
        house.journal(JournalKind::ManualOverride),
        ["trv offset was set to 1 at the device, over \"Fixed\""]
    );
}
