//! `each(…)`: every member by itself, with a time of its own.

use lares_model::{JournalKind, Millis};
use serde_json::json;

use crate::house::House;

const LONG: &str = "
  - name: Long
    when: each(open) for 10m
    do: [ { notify: everyone, text: \"{{ trigger.device.name }} is {{ trigger.value }}\" } ]
";
const WINDOWS: &str = "a_window.open: false, b_window.open: false, c_window.open: false";

fn told(house: &mut House) -> Vec<String> {
    let told = house.journal(JournalKind::Notify);
    house.effects.clear();
    told
}

#[test]
fn each_for_waits_for_every_member_by_itself() {
    let mut house = House::new(LONG, WINDOWS);
    house.report("a_window.open", json!(true));
    house.pass(Millis::mins(4));
    house.report("b_window.open", json!(true));
    house.pass(Millis::mins(5));
    house.report("c_window.open", json!(true));
    assert_eq!(told(&mut house), [""; 0]);
    house.pass(Millis::mins(1));
    assert_eq!(told(&mut house), ["a_window is true"]);
    house.pass(Millis(4 * 60_000 - 1));
    assert_eq!(told(&mut house), [""; 0]);
    house.pass(Millis(1));
    assert_eq!(told(&mut house), ["b_window is true"]);
    // Closed a minute too early, and open again: its time begins anew.
    house.pass(Millis::mins(4));
    house.report("c_window.open", json!(false));
    house.report("c_window.open", json!(true));
    house.pass(Millis(10 * 60_000 - 1));
    assert_eq!(told(&mut house), [""; 0]);
    house.pass(Millis(1));
    assert_eq!(told(&mut house), ["c_window is true"]);
    house.pass(Millis::hours(5));
    assert_eq!(told(&mut house), [""; 0], "each fires once");
}

#[test]
fn the_times_of_all_members_go_on_over_a_restart_and_those_that_are_over_end_late_and_once() {
    let mut house = House::new(LONG, WINDOWS);
    house.report("a_window.open", json!(true));
    house.pass(Millis::mins(4));
    house.report("b_window.open", json!(true));
    house.restart(Millis::mins(7));
    assert_eq!(told(&mut house), ["a_window is true"]);
    house.pass(Millis(3 * 60_000 - 1));
    assert_eq!(told(&mut house), [""; 0]);
    house.pass(Millis(1));
    assert_eq!(told(&mut house), ["b_window is true"]);
    house.restart(Millis::hours(2));
    house.pass(Millis::hours(1));
    assert_eq!(told(&mut house), [""; 0]);
}

#[test]
fn each_fires_for_every_member_also_beside_other_conditions() {
    let rules = "
  - name: Night
    when: each(open) and lamp.state == off
    do: [ { notify: everyone, text: \"{{ trigger.device.name }}\" } ]
";
    let mut house = House::new(rules, &format!("{WINDOWS}, lamp.state: \"on\""));
    house.report("a_window.open", json!(true));
    house.report("b_window.open", json!(true));
    assert_eq!(told(&mut house), [""; 0]);
    house.report("lamp.state", json!("off"));
    assert_eq!(told(&mut house), ["a_window", "b_window"]);
    house.report("c_window.open", json!(true));
    assert_eq!(told(&mut house), ["c_window"]);
}

#[test]
fn a_condition_with_each_for_holds_once_one_member_was_so_for_long_enough() {
    let rules = "
  - name: Fan
    while: each(open) for 10m
    hold: { fan: { state: on } }
";
    let mut house = House::new(rules, &format!("{WINDOWS}, fan.state: \"off\""));
    house.report("a_window.open", json!(true));
    house.pass(Millis::mins(6));
    house.report("b_window.open", json!(true));
    house.report("a_window.open", json!(false));
    house.pass(Millis::mins(9));
    assert_eq!(house.commands(), [""; 0], "no window was open for ten minutes");
    house.pass(Millis::mins(1));
    assert_eq!(house.commands(), ["fan.state=on"]);
}

#[test]
fn a_member_that_is_away_neither_fires_nor_loses_its_time() {
    let mut house = House::new(LONG, WINDOWS);
    house.report("a_window.open", json!(true));
    house.report("b_window.open", json!(true));
    house.pass(Millis::mins(3));
    house.online("a_window", false);
    house.pass(Millis::mins(7));
    assert_eq!(told(&mut house), ["b_window is true"]);
    house.pass(Millis::mins(3));
    house.online("a_window", true);
    assert_eq!(told(&mut house), ["a_window is true"]);
}
