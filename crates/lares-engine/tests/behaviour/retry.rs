//! Trying again: what a rule holds reaches the device in the end, and a device that never obeys is not shouted at.

use lares_model::{CauseLink, JournalKind, Millis, PersonAction};
use serde_json::json;

use crate::house::{House, off, on};

const HOLD: &str = "
  - name: Hold
    while: sensor.motion
    hold: { lamp: { state: on } }
";
const GIVEN: &str = "sensor.motion: false, lamp.state: \"off\", door.open: false";

/// Time passes, and every command is handed on, to nobody. Gives when each came, in seconds from the first.
fn tries(house: &mut House, length: Millis) -> Vec<u64> {
    let (mut all, mut passed) = (Vec::new(), 0);
    while passed < length.0 {
        if !house.commands().is_empty() {
            all.push(passed / 1000);
            house.sent();
            house.effects.retain(|effect| matches!(effect, lares_model::Effect::Journal(_)));
        }
        house.secs(1);
        passed += 1000;
    }
    all
}

#[test]
fn a_held_value_is_told_again_after_growing_pauses_and_given_up_after_the_last() {
    let mut house = House::new(HOLD, GIVEN);
    house.obedient = false;
    house.report("sensor.motion", json!(true));
    let mut told = tries(&mut house, Millis::hours(3));
    let pauses: Vec<u64> = told.windows(2).map(|pair| pair[1] - pair[0] - 10).collect();
    assert_eq!(pauses, [5, 30, 120, 600, 1800, 3600]);
    told.clear();
    assert_eq!(tries(&mut house, Millis::hours(24)), told, "given up");
    house.obedient = true;
    house.online("lamp", false);
    house.online("lamp", true);
    assert_eq!(house.commands(), ["lamp.state=on"], "until it is back");
}

#[test]
fn giving_up_stands_in_the_journal_with_the_rule() {
    let mut house = House::new(HOLD, GIVEN);
    house.obedient = false;
    house.report("sensor.motion", json!(true));
    let mut said = Vec::new();
    for _ in 0..10_800 {
        house.secs(1);
        if house.effects.iter().any(|effect| matches!(effect, lares_model::Effect::Command(_))) {
            house.sent();
        }
        said.extend(house.journal(JournalKind::CommandFailed));
        house.effects.clear();
    }
    let last = "lamp state did not become on in 7 tries; \"Hold\" gives up until it comes back";
    assert!(said.contains(&last.to_owned()), "{said:#?}");
    assert_eq!(said.len(), 8, "each time-out, and the end: {said:#?}");
}

#[test]
fn once_it_obeys_the_pauses_begin_anew() {
    let mut house = House::new(HOLD, GIVEN);
    house.obedient = false;
    house.report("sensor.motion", json!(true));
    assert_eq!(tries(&mut house, Millis::secs(70)), [0, 15, 55]);
    house.report("lamp.state", on());
    assert_eq!(tries(&mut house, Millis::mins(30)), [0; 0]);
    house.report("sensor.motion", json!(false));
    house.report("lamp.state", off());
    house.secs(20);
    house.effects.clear();
    house.report("sensor.motion", json!(true));
    assert_eq!(tries(&mut house, Millis::secs(30)), [0, 15]);
}

#[test]
fn a_light_that_missed_its_off_goes_off_in_the_end() {
    let mut house = House::new(HOLD, GIVEN);
    house.report("sensor.motion", json!(true));
    house.secs(20);
    house.effects.clear();
    house.obedient = false;
    house.report("sensor.motion", json!(false));
    assert_eq!(tries(&mut house, Millis::secs(12)), [0]);
    house.obedient = true;
    house.secs(10);
    assert_eq!((house.commands(), house.get("lamp.state")), (vec!["lamp.state=off".to_owned()], off()));
    assert_eq!(house.held_by("lamp.state"), None);
}

#[test]
fn nobody_is_told_what_nobody_wants_any_more() {
    for ends in ["condition", "hand", "switch", "away"] {
        let mut house = House::new(&format!("{HOLD}    release: keep\n"), GIVEN);
        house.obedient = false;
        house.report("sensor.motion", json!(true));
        assert_eq!(tries(&mut house, Millis::secs(12)), [0], "{ends}");
        match ends {
            "condition" => house.report("sensor.motion", json!(false)),
            "hand" => _ = house.click("lamp.state", off()),
            "switch" => _ = house.ask(PersonAction::SwitchRule { rule: "hold".into(), enabled: false }),
            _ => house.online("lamp", false),
        }
        house.effects.clear();
        assert_eq!(tries(&mut house, Millis::mins(20)), [0; 0], "{ends}");
    }
}

#[test]
fn a_click_is_not_told_again() {
    let mut house = House::new(HOLD, GIVEN);
    house.obedient = false;
    house.click("lamp.state", on());
    assert_eq!(tries(&mut house, Millis::hours(1)), [0]);
}

#[test]
fn a_restart_in_a_pause_tells_it_at_once() {
    let mut house = House::new(HOLD, GIVEN);
    house.obedient = false;
    house.report("sensor.motion", json!(true));
    assert_eq!(tries(&mut house, Millis::mins(5)).len(), 4);
    house.obedient = true;
    house.restart(Millis::secs(20));
    assert_eq!(house.commands(), ["lamp.state=on"]);
}

#[test]
fn a_claim_that_is_applied_many_times_keeps_a_short_cause() {
    let rules = format!(
        "{HOLD}  - name: Watch
    when: lamp.state == on
    do: [ {{ notify: everyone, text: lit }} ]
"
    );
    let mut house = House::new(&rules, GIVEN);
    house.report("sensor.motion", json!(true));
    for _ in 0..12 {
        house.secs(20);
        house.click("lamp.state", off());
        house.secs(20);
        let device = house.id("lamp");
        house.ask(PersonAction::Resume { device, property: None });
        house.online("lamp", false);
        house.online("lamp", true);
    }
    assert_eq!(house.notices(), 13, "a rule that watches the lamp is never called a loop");
    let cause = house.home.property(&house.key("lamp.state")).unwrap().state.cause.clone();
    assert!(cause.links().len() <= 4, "{cause:?}");
    assert!(cause.links().iter().any(|link| matches!(link, CauseLink::Rule { .. })), "{cause:?}");
}
