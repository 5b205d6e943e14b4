//! Rules: how they hold, run, give way to each other, and are stopped when they loop.

use std::sync::Arc;

use lares_engine::{Input, RuleHealth};
use lares_model::{JournalKind, Millis, PersonAction, RuleId};
use lares_rules::program::{RuleSet, RuleStatus};
use serde_json::json;

use crate::house::{House, off, on};

const LINGER: &str = "
  - name: Motion light
    while: sensor.motion
    linger: 3m
    enter_if: lux.illuminance < 40 lx
    hold: { lamp: { state: on } }
";

#[test]
fn a_light_lingers_after_the_last_motion_and_its_own_brightness_does_not_end_it() {
    let mut house = House::new(LINGER, "sensor.motion: false, lux.illuminance: 100 lx, lamp.state: off");
    house.report("sensor.motion", json!(true));
    assert_eq!(house.commands(), [""; 0]);
    house.report("lux.illuminance", json!(10));
    assert_eq!(house.commands(), ["lamp.state=on"], "enter_if is asked again while the condition holds");
    house.report("lux.illuminance", json!(300));
    house.report("sensor.motion", json!(false));
    house.secs(100);
    house.report("sensor.motion", json!(true));
    house.secs(500);
    house.report("sensor.motion", json!(false));
    house.secs(179);
    assert_eq!(house.commands(), [""; 0]);
    house.secs(2);
    assert_eq!(house.commands(), ["lamp.state=off"]);
}

#[test]
fn of_two_rules_that_fight_the_higher_wins_and_its_end_falls_back_to_the_other() {
    let rules = "
  - name: Comfort
    while: sensor.motion
    hold: { trv: { target_temperature: 21 °C } }
  - name: Window
    while: window.open
    hold: { trv: { target_temperature: 7 °C } }
    priority: 700
";
    let mut house =
        House::new(rules, "sensor.motion: false, window.open: false, trv.target_temperature: 17 °C");
    house.report("sensor.motion", json!(true));
    house.report("window.open", json!(true));
    assert_eq!(house.commands(), ["trv.target_temperature=21", "trv.target_temperature=7"]);
    house.secs(60);
    assert_eq!(house.held_by("trv.target_temperature").as_deref(), Some("Window"));
    house.report("window.open", json!(false));
    assert_eq!(house.commands(), ["trv.target_temperature=21"]);
    house.secs(60);
    house.report("sensor.motion", json!(false));
    assert_eq!(house.commands(), [""; 0], "a number is left as it is");
}

#[test]
fn release_says_what_is_left_behind() {
    let rules = |release: &str| {
        format!(
            "
  - name: Hold
    while: sensor.motion
    hold: {{ lamp: {{ state: on, brightness: 70 % }} }}
{release}
"
        )
    };
    for (release, expected) in [
        ("", vec!["lamp.state=off"]),
        ("    release: keep", vec![]),
        ("    release: { lamp: { state: on, brightness: 5 % } }", vec!["lamp.brightness=5"]),
    ] {
        let mut house =
            House::new(&rules(release), "sensor.motion: false, lamp.state: off, lamp.brightness: 1 %");
        house.report("sensor.motion", json!(true));
        house.secs(20);
        house.commands();
        house.report("sensor.motion", json!(false));
        assert_eq!(house.commands(), expected, "{release}");
    }
}

#[test]
fn a_lock_that_was_held_is_not_unlocked_by_default() {
    let rules = "
  - name: Night
    while: sensor.motion
    hold: { door: { lock: on } }
";
    let mut house = House::new(rules, "sensor.motion: false, door.lock: off");
    house.report("sensor.motion", json!(true));
    house.secs(20);
    house.report("sensor.motion", json!(false));
    assert_eq!(house.commands(), ["door.lock=on"]);
}

#[test]
fn a_broken_rule_does_not_stop_the_others() {
    let rules = "
  - name: Good
    while: sensor.motion
    hold: { lamp: { state: on } }
  - name: Bad
    while: sensor.motion
    hold: { fan: { state: on } }
";
    let mut house = House::new(rules, "sensor.motion: false, lamp.state: off, fan.state: off");
    let mut set: RuleSet = (*house.rules).clone();
    set.rules.get_mut("bad").unwrap().status = RuleStatus::Broken { reason: "a typo".into() };
    house.input(Input::Rules(Arc::new(set)));
    house.report("sensor.motion", json!(true));
    assert_eq!(house.commands(), ["lamp.state=on"]);
    assert_eq!(house.rule("bad").health, RuleHealth::Error);
    assert_eq!(house.rule("bad").problem, "a typo");
}

#[test]
fn a_saved_rule_starts_nothing_but_holds_at_once_and_a_removed_one_lets_go() {
    let edge = "
  - name: Tell
    when: sensor.motion
    do: [ { notify: everyone, text: motion } ]
";
    let mut house = House::new("  []", "sensor.motion: true, lamp.state: off, lux.illuminance: 1 lx");
    house.save_rules(&format!("{LINGER}{edge}"));
    assert_eq!((house.get("lamp.state"), house.notices()), (on(), 0));
    house.secs(20);
    house.commands();
    house.save_rules(&LINGER.replace("3m", "5m"));
    assert_eq!(house.commands(), [""; 0], "an edit of what goes on holding does not flicker");
    house.secs(20);
    house.save_rules("  []");
    assert_eq!(house.commands(), ["lamp.state=off"]);
}

#[test]
fn each_fires_for_every_member_and_any_once() {
    let rules = "
  - name: Any
    when: any(open)
    do: [ { notify: everyone, text: \"any {{ trigger.device.name }}\" } ]
  - name: Each
    when: each(open)
    do: [ { notify: everyone, text: \"each {{ trigger.device.name }}\" } ]
";
    let mut house = House::new(rules, "a_window.open: false, b_window.open: false");
    house.report("a_window.open", json!(true));
    house.report("b_window.open", json!(true));
    let told = house.journal(JournalKind::Notify);
    assert_eq!(told, ["any a_window", "each a_window", "each b_window"]);
}

#[test]
fn a_run_dropped_by_mode_single_is_journalled() {
    let rules = "
  - name: Blink
    when: { event: remote.action }
    do: [ { set: { lamp: { state: on } } }, { wait: 10s }, { set: { lamp: { state: off } } } ]
";
    let mut house = House::new(rules, "lamp.state: off");
    house.press("remote.action", "single", false);
    house.press("remote.action", "single", false);
    assert_eq!(house.journal(JournalKind::RunDropped).len(), 1);
    house.secs(15);
    assert_eq!(house.commands(), ["lamp.state=on", "lamp.state=off"]);
    assert_eq!(house.rule("blink").last_outcome, "done");
}

#[test]
fn restart_queue_and_parallel_do_as_they_say() {
    let rules = |mode: &str| {
        format!(
            "
  - name: Tell
    mode: {mode}
    when: {{ event: remote.action }}
    do: [ {{ wait: 10s }}, {{ notify: everyone, text: \"{{{{ trigger.value }}}}\" }} ]
"
        )
    };
    for (mode, told) in [
        ("single", vec!["a"]),
        ("restart", vec!["c"]),
        ("queue 1", vec!["a", "b"]),
        ("parallel 2", vec!["a", "b"]),
    ] {
        let mut house = House::new(&rules(mode), "lamp.state: off");
        for word in ["a", "b", "c"] {
            house.press("remote.action", word, false);
        }
        house.secs(60);
        assert_eq!(house.journal(JournalKind::Notify), told, "{mode}");
    }
}

#[test]
fn a_set_is_verified_and_its_failure_is_told() {
    let rules = "
  - name: Close
    when: { event: remote.action }
    do:
      - set: { valve: { state: off } }
        verify: 20s
        retry: 1
        on_fail: [ { notify: everyone, text: \"it did not close\" } ]
      - notify: everyone
        text: \"done\"
";
    let mut house = House::new(rules, "valve.state: on");
    house.press("remote.action", "x", false);
    assert_eq!(house.journal(JournalKind::Notify), ["done"]);
    house.report("valve.state", on());
    house.secs(60);
    house.effects.clear();
    house.obedient = false;
    let device = house.id("valve");
    house.ask(PersonAction::Resume { device, property: None });
    house.press("remote.action", "x", false);
    house.secs(60);
    let told: Vec<_> = house.journal(JournalKind::Notify);
    assert_eq!(told, ["it did not close", "done"]);
    assert_eq!(house.commands(), ["valve.state=off", "valve.state=off"], "it was tried twice");
    assert!(house.rule("close").last_outcome.starts_with("failed: "));
}

const PING_PONG: &str = "
  - name: Ping
    reentrant: true
    when: lamp.state == on
    do: [ { set: { lamp: { state: off } } } ]
  - name: Pong
    reentrant: true
    when: lamp.state == off
    do: [ { set: { lamp: { state: on } } } ]
  - name: Kick
    when: { event: remote.action }
    do: [ { toggle: lamp } ]
";

#[test]
fn ping_pong_of_two_rules_is_stopped_and_stays_paused_after_a_restart() {
    let mut house = House::new(PING_PONG, "lamp.state: off");
    house.press("remote.action", "x", false);
    let commands = house.commands();
    assert!(commands.len() < 20, "{}", commands.len());
    let paused = |house: &House| {
        ["ping", "pong"].into_iter().filter(|id| house.rule(id).health == RuleHealth::Paused).count()
    };
    assert!(paused(&house) >= 1);
    house.restart(Millis::secs(5));
    assert!(paused(&house) >= 1);
    let id = ["ping", "pong"].into_iter().find(|id| house.rule(id).health == RuleHealth::Paused).unwrap();
    house.ask(PersonAction::SwitchRule { rule: RuleId::new(id), enabled: true });
    assert_eq!(paused(&house), 0);
}

#[test]
fn a_rule_does_not_start_again_on_its_own_effect() {
    let rules = PING_PONG.replace("    reentrant: true\n", "");
    let mut house = House::new(&rules, "lamp.state: off");
    house.press("remote.action", "x", false);
    assert_eq!(house.commands(), ["lamp.state=on", "lamp.state=off", "lamp.state=on"]);
    assert_eq!(house.rule("ping").health, RuleHealth::Ok);
}

#[test]
fn a_rule_that_runs_more_than_twenty_times_in_ten_seconds_is_paused_visibly() {
    let rules = "
  - name: Tell
    when: sensor.motion
    do: [ { notify: everyone, text: motion } ]
";
    let mut house = House::new(rules, "sensor.motion: false");
    for _ in 0..30 {
        house.report("sensor.motion", json!(true));
        house.report("sensor.motion", json!(false));
    }
    assert_eq!(house.notices(), 20);
    assert_eq!(house.journal(JournalKind::RulePaused).len(), 1);
    assert_eq!(house.rule("tell").health, RuleHealth::Paused);
    assert_eq!(house.get("sensor.motion"), json!(false));
}

#[test]
fn apply_once_sends_at_both_ends_and_holds_nothing_between() {
    let rules = "
  - name: Day
    while: sensor.presence
    hold: { blind: { position: 100 % } }
    release: { blind: { position: 0 % } }
    apply: once
";
    let mut house = House::new(rules, "sensor.presence: false, blind.position: 0 %");
    house.report("sensor.presence", json!(true));
    assert_eq!(house.commands(), ["blind.position=100"]);
    assert_eq!(house.held_by("blind.position"), None);
    house.secs(60);
    house.report("blind.position", json!(40));
    house.pass(Millis::mins(40));
    assert_eq!(house.commands(), [""; 0], "a hand is not overridden when its time is over");
    house.report("sensor.presence", json!(false));
    assert_eq!(house.commands(), ["blind.position=0"]);
}

#[test]
fn a_run_by_hand_skips_the_conditions() {
    let rules = "
  - name: Scene
    when: sensor.motion
    if: lux.illuminance < 10 lx
    do: [ { set: { lamp: { state: on } } } ]
";
    let mut house = House::new(rules, "sensor.motion: false, lamp.state: off");
    house.ask(PersonAction::RunRule { rule: RuleId::new("scene") });
    assert_eq!(house.get("lamp.state"), on());
    assert_ne!(house.get("lamp.state"), off());
}
