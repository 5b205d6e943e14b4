//! People's requests: rooms, names, rules and configuration, each answered at once.

use lares_engine::Input;
use lares_model::{Answer, Effect, Event, HomeConfig, PersonAction, Refusal, Room, RuleId};
use serde_json::json;

use crate::house::{House, off, on};

#[test]
fn a_rename_keeps_the_rules_and_the_old_name_leads_to_the_device() {
    let rules = "
  - name: Motion light
    while: sensor.motion
    hold: { lamp: { state: on } }
";
    let mut house = House::new(rules, "sensor.motion: false, lamp.state: off");
    let device = house.id("lamp");
    house.ask(PersonAction::RenameDevice { device: device.clone(), name: "Küche Licht".into() });
    assert_eq!(house.home.device(&device).unwrap().slug, "kueche_licht");
    assert_eq!(house.home.device_by_slug("lamp").unwrap().description.id, device);
    house.restart(lares_model::Millis::secs(5));
    assert_eq!(house.home.device_by_slug("lamp").unwrap().slug, "kueche_licht");
    house.report("sensor.motion", json!(true));
    assert_eq!(house.get("lamp.state"), on());
}

#[test]
fn a_device_that_left_and_came_back_has_its_old_slug_and_a_forgotten_one_leaves_it_free() {
    let mut house = House::new("  []", "lamp.state: off");
    let device = house.id("lamp");
    let described = house.catalog.devices[&device].description.clone();
    house.ask(PersonAction::RenameDevice { device: device.clone(), name: "Reading".into() });
    house.event(Event::Removed { device: device.clone() });
    assert!(house.home.device(&device).is_none());
    house.event(Event::Described { device: described.clone() });
    assert_eq!(house.home.device(&device).unwrap().slug, "reading");
    house.ask(PersonAction::ForgetDevice { device: device.clone() });
    house.event(Event::Described { device: described });
    assert_eq!(house.home.device(&device).unwrap().slug, "lamp");
}

/// A device as its adapter describes it: what it is called, and whether anybody called it so.
fn described(house: &House, id: &str, name: &str, unnamed: bool, is_known: bool) -> Event {
    let mut device = (*house.catalog.devices[&house.id("lamp")].description).clone();
    device.id = id.into();
    device.name = name.into();
    device.unnamed = unnamed;
    if !is_known {
        device.properties.clear();
    }
    Event::Described { device: device.into() }
}

fn called(house: &House, id: &str) -> (String, String) {
    let device = house.home.device(&id.into()).unwrap();
    (device.name.clone(), device.slug.clone())
}

fn pair(name: &str, slug: &str) -> (String, String) {
    (name.into(), slug.into())
}

#[test]
fn devices_that_nobody_named_are_told_apart_by_numbers_also_after_a_restart() {
    let mut house = House::new("  []", "lamp.state: off");
    for id in ["a", "b", "c"] {
        let event = described(&house, id, "IKEA bulb", true, true);
        house.event(event);
    }
    assert_eq!(called(&house, "a"), pair("IKEA bulb", "ikea_bulb"));
    assert_eq!(called(&house, "c"), pair("IKEA bulb 3", "ikea_bulb_3"));
    house.event(Event::Removed { device: "b".into() });
    house.restart(lares_model::Millis::secs(5));
    let again = described(&house, "c", "IKEA bulb", true, true);
    house.event(again);
    assert_eq!(called(&house, "c"), pair("IKEA bulb 3", "ikea_bulb_3"), "a gap before it moves nobody up");
    let back = described(&house, "b", "IKEA bulb", true, true);
    house.event(back);
    assert_eq!(called(&house, "b"), pair("IKEA bulb 2", "ikea_bulb_2"));
}

#[test]
fn a_device_is_called_by_what_it_is_once_its_interview_told_and_its_slug_stays_from_then_on() {
    let mut house = House::new("  []", "lamp.state: off");
    for (name, unnamed, is_known, expected) in [
        ("Zigbee device", true, false, pair("Zigbee device", "zigbee_device")),
        ("IKEA bulb", true, true, pair("IKEA bulb", "ikea_bulb")),
        ("IKEA light", true, true, pair("IKEA bulb", "ikea_bulb")),
        ("Kitchen lamp", false, true, pair("Kitchen lamp", "ikea_bulb")),
        ("Kitchen", false, true, pair("Kitchen", "ikea_bulb")),
    ] {
        let event = described(&house, "a", name, unnamed, is_known);
        house.event(event);
        assert_eq!(called(&house, "a"), expected);
    }
    assert!(house.home.device_by_slug("zigbee_device").is_none(), "the next newcomer has it");
}

#[test]
fn a_newcomer_is_asked_what_it_is_at_once_its_interview_told_what_it_has() {
    let mut house = House::new("  []", "lamp.state: off");
    let mut described = (*house.catalog.devices[&house.id("lamp")].description).clone();
    described.id = "a".into();
    described.power = lares_model::Power::Mains;
    let properties = std::mem::take(&mut described.properties);
    house.event(Event::Described { device: described.clone().into() });
    described.properties = properties;
    for property in &mut described.properties {
        property.access.gettable = property.name.as_str() == "state";
    }
    let asked = |house: &mut House| {
        let effects = std::mem::take(&mut house.effects).into_iter();
        let refresh = |effect| match effect {
            Effect::Refresh { device, properties } if device.as_str() == "a" => Some(properties),
            _ => None,
        };
        effects.filter_map(refresh).flatten().map(|name| name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(asked(&mut house), [""; 0]);
    house.event(Event::Described { device: described.clone().into() });
    assert_eq!(asked(&mut house), ["state"]);
    described.firmware = "2".into();
    house.event(Event::Described { device: described.into() });
    assert_eq!(asked(&mut house), [""; 0], "what is known is not asked again");
}

#[test]
fn a_name_that_a_person_gave_is_not_changed_by_what_the_source_says_later() {
    let mut house = House::new("  []", "lamp.state: off");
    let event = described(&house, "a", "IKEA bulb", true, true);
    house.event(event);
    house.ask(PersonAction::RenameDevice { device: "a".into(), name: "Reading".into() });
    for (name, unnamed) in [("IKEA light", true), ("Kitchen", false), ("IKEA bulb", true)] {
        let event = described(&house, "a", name, unnamed, true);
        house.event(event);
        assert_eq!(called(&house, "a"), pair("Reading", "reading"), "the source says {name}");
    }
}

#[test]
fn an_address_that_was_taken_for_a_name_goes_and_the_slug_made_of_it_stays() {
    let mut house = House::new("  []", "lamp.state: off");
    for (id, address) in [("a", "0x0017880100000002"), ("b", "0x0017880100000003")] {
        let event = described(&house, id, address, false, true);
        house.event(event);
        let event = described(&house, id, "Hue bulb", true, true);
        house.event(event);
    }
    assert_eq!(called(&house, "a"), pair("Hue bulb", "d_0x0017880100000002"));
    assert_eq!(called(&house, "b"), pair("Hue bulb 2", "d_0x0017880100000003"));
}

#[test]
fn rooms_are_made_filled_and_removed() {
    let mut house = House::new("  []", "lamp.state: off");
    let room =
        |id: &str, name: &str| Room { id: id.into(), name: name.into(), labels: vec!["Up stairs".into()] };
    assert_eq!(
        house.ask(PersonAction::PutRoom { room: room("", "Bad 2") }),
        Answer::Room { room: "bad_2".into() }
    );
    assert_eq!(house.home.rooms()[0].labels, ["up_stairs"]);
    let device = house.id("lamp");
    house.ask(PersonAction::PlaceDevice { device: device.clone(), room: Some("bad_2".into()) });
    assert!(house.home.device(&device).unwrap().room.is_some());
    house.ask(PersonAction::RemoveRoom { room: "bad_2".into() });
    assert!(house.home.device(&device).unwrap().room.is_none());
    assert!(matches!(
        house.ask(PersonAction::PlaceDevice { device, room: Some("attic".into()) }),
        Answer::Refused { refusal: Refusal::NotFound { .. } }
    ));
}

#[test]
fn what_cannot_be_done_is_refused_with_words() {
    let mut house = House::new("  []", "lamp.state: off, sensor.motion: false");
    let words = |answer: Answer| match answer {
        Answer::Refused { refusal } => refusal.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(words(house.click("sensor.motion", json!(true))), "motion of sensor cannot be set");
    let config = HomeConfig { time_zone: "Europe/Atlantis".into(), ..HomeConfig::default() };
    assert!(words(house.ask(PersonAction::Configure { config })).contains("no time zone"));
    let device = house.id("lamp");
    assert!(words(house.ask(PersonAction::RenameDevice { device, name: " \n".into() })).contains("1 to 100"));
    assert!(words(house.ask(PersonAction::RunRule { rule: "x".into() })).contains("not known"));
}

#[test]
fn a_rule_that_is_switched_off_lets_go_and_switched_on_looks_at_once_but_starts_nothing() {
    let rules = "
  - name: Hold
    while: sensor.motion
    hold: { lamp: { state: on } }
  - name: Tell
    when: sensor.motion
    do: [ { notify: everyone, text: \"motion\" } ]
";
    let mut house = House::new(rules, "sensor.motion: false, lamp.state: off");
    house.report("sensor.motion", json!(true));
    house.secs(20);
    house.effects.clear();
    for rule in ["hold", "tell"] {
        house.ask(PersonAction::SwitchRule { rule: RuleId::new(rule), enabled: false });
    }
    assert_eq!(house.get("lamp.state"), off());
    assert!(!house.rule("hold").enabled);
    house.restart(lares_model::Millis::secs(1));
    assert_eq!(house.get("lamp.state"), off(), "it stays off over a restart");
    house.effects.clear();
    for rule in ["hold", "tell"] {
        house.ask(PersonAction::SwitchRule { rule: RuleId::new(rule), enabled: true });
    }
    assert_eq!(house.get("lamp.state"), on());
    assert_eq!(house.notices(), 0);
}

#[test]
fn a_notice_is_repeated_until_it_is_acknowledged() {
    let rules = "
  - name: Leak
    when: any(water_leak)
    do: [ { notify: everyone, text: \"Water at {{ trigger.device.name }}\", repeat: 5m until acknowledged } ]
";
    let mut house = House::new(rules, "leak.water_leak: false");
    house.report("leak.water_leak", json!(true));
    house.secs(11 * 60);
    assert_eq!(house.notices(), 3);
    house.restart(lares_model::Millis::hours(8));
    house.effects.clear();
    house.secs(60);
    assert_eq!(house.notices(), 0, "one after the restart, no burst");
    house.secs(5 * 60);
    assert_eq!(house.notices(), 1);
    house.ask(PersonAction::Acknowledge { rule: "leak".into() });
    house.effects.clear();
    house.secs(3600);
    assert_eq!(house.notices(), 0);
}

#[test]
fn every_request_gets_its_answer_and_an_unknown_device_is_not_found() {
    let mut house = House::new("  []", "lamp.state: off");
    let answer = house.ask(PersonAction::Set { device: "zigbee:0x1".into(), values: [].into() });
    assert_eq!(answer, Answer::Commands { commands: vec![] });
    let values = [("state".into(), lares_model::Value::Switch(true))].into();
    let answer = house.ask(PersonAction::Set { device: "zigbee:0x1".into(), values });
    assert!(matches!(answer, Answer::Refused { refusal: Refusal::NotFound { .. } }));
    house.input(Input::Event(Event::Tick));
    assert_eq!(house.effects.iter().filter(|e| matches!(e, Effect::Answer { .. })).count(), 2);
}
