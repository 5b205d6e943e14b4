//! Durability: Lares may be killed at any step, and goes on as if nothing had been.

use lares_engine::{DurableRow, Home, Input};
use lares_model::{Effect, JournalKind, Millis, Person, PersonAction, RequestId};
use serde_json::json;

use crate::house::{House, off, on};

const FOR: &str = "
  - name: Window open
    when: window.open for 10m
    do: [ { notify: everyone, text: \"open for long\" } ]
";

#[test]
fn a_for_goes_on_over_a_restart_and_ends_at_the_same_time() {
    let mut house = House::new(FOR, "window.open: false");
    house.report("window.open", json!(true));
    house.pass(Millis::mins(4));
    house.restart(Millis::mins(2));
    house.pass(Millis(4 * 60_000 - 1));
    assert_eq!(house.notices(), 0);
    house.pass(Millis(1));
    assert_eq!(house.notices(), 1);
}

#[test]
fn a_for_that_ended_while_lares_was_off_ends_late_and_once() {
    let mut house = House::new(FOR, "window.open: false");
    house.report("window.open", json!(true));
    house.restart(Millis::hours(5));
    assert_eq!(house.notices(), 1);
    house.report("window.open", json!(true));
    house.restart(Millis::hours(5));
    house.secs(3600);
    assert_eq!(house.notices(), 1);
}

#[test]
fn a_for_begins_anew_when_its_rule_says_so() {
    let rules = FOR.replace("    do:", "    gap: restart\n    do:");
    let mut house = House::new(&rules, "window.open: false");
    house.report("window.open", json!(true));
    house.pass(Millis::mins(4));
    house.restart(Millis::mins(2));
    house.pass(Millis::mins(9));
    assert_eq!(house.notices(), 0);
    house.pass(Millis::mins(2));
    assert_eq!(house.notices(), 1);
}

#[test]
fn a_for_in_a_condition_knows_its_time_though_nobody_asked_before() {
    let rules = "
  - name: Tell
    when: { event: remote.action }
    if: window.open for 10m
    do: [ { notify: everyone, text: \"still open\" } ]
";
    let mut house = House::new(rules, "window.open: false");
    house.report("window.open", json!(true));
    house.pass(Millis::mins(9));
    house.press("remote.action", "x", false);
    assert_eq!(house.notices(), 0);
    house.pass(Millis::mins(2));
    house.press("remote.action", "x", false);
    assert_eq!(house.notices(), 1);
}

#[test]
fn a_linger_and_an_entered_rule_go_on_over_a_restart() {
    let rules = "
  - name: Light
    while: sensor.motion
    linger: 3m
    enter_if: lux.illuminance < 40 lx
    hold: { lamp: { state: on } }
";
    let mut house = House::new(rules, "sensor.motion: false, lux.illuminance: 1 lx, lamp.state: off");
    house.report("sensor.motion", json!(true));
    house.report("lux.illuminance", json!(500));
    house.restart(Millis::secs(30));
    assert_eq!(house.held_by("lamp.state").as_deref(), Some("Light"));
    house.report("sensor.motion", json!(false));
    house.secs(60);
    house.restart(Millis::secs(30));
    house.effects.clear();
    house.secs(89);
    assert_eq!(house.commands(), [""; 0]);
    house.secs(1);
    assert_eq!(house.commands(), ["lamp.state=off"]);
}

#[test]
fn a_wait_goes_on_over_a_restart_and_one_that_is_over_ends_at_once() {
    let rules = "
  - name: Off later
    when: { event: remote.action }
    do: [ { notify: everyone, text: started }, { wait: 10m }, { set: { lamp: { state: off } } } ]
";
    let mut house = House::new(rules, "lamp.state: on");
    house.press("remote.action", "x", false);
    house.restart(Millis::mins(4));
    house.pass(Millis::mins(5));
    assert_eq!(house.commands(), [""; 0]);
    house.pass(Millis::mins(1));
    assert_eq!(house.commands(), ["lamp.state=off"]);
    house.report("lamp.state", on());
    house.press("remote.action", "x", false);
    let device = house.id("lamp");
    house.ask(PersonAction::Resume { device, property: None });
    house.effects.clear();
    house.restart(Millis::hours(3));
    assert_eq!(house.commands(), ["lamp.state=off"]);
    assert_eq!(house.notices(), 0, "a notice is never repeated after a crash");
}

#[test]
fn a_manual_claim_keeps_its_countdown_over_a_restart() {
    let mut house = House::new("  []", "lamp.state: off");
    house.click("lamp.state", on());
    let until = house.home.property(&house.key("lamp.state")).unwrap().held.unwrap().until;
    house.restart(Millis::mins(10));
    assert_eq!(house.home.property(&house.key("lamp.state")).unwrap().held.unwrap().until, until);
    assert_eq!(house.commands(), ["lamp.state=on"], "only the click itself; it is so already");
    house.pass(Millis::mins(21));
    assert_eq!(house.held_by("lamp.state"), None);
}

#[test]
fn a_claim_whose_command_was_lost_in_the_crash_is_told_again() {
    let rules = "
  - name: Hold
    while: sensor.motion
    hold: { lamp: { state: on } }
";
    let mut house = House::new(rules, "sensor.motion: false, lamp.state: off");
    house.obedient = false;
    house.report("sensor.motion", json!(true));
    house.obedient = true;
    house.commands();
    house.restart(Millis::secs(3));
    assert_eq!(house.commands(), ["lamp.state=on"]);
}

#[test]
fn a_rule_that_was_edited_while_lares_was_off_leaves_no_claim_behind() {
    let rules = "
  - name: Hold
    while: sensor.motion
    hold: { lamp: { state: on } }
";
    let mut house = House::new(rules, "sensor.motion: false, lamp.state: off, fan.state: off");
    house.report("sensor.motion", json!(true));
    let (_, edited, _) = crate::house::compile(
        &rules.replace("lamp", "fan"),
        "sensor.motion: false, lamp.state: off, fan.state: off",
    );
    house.rules = edited;
    house.restart(Millis::secs(3));
    assert_eq!((house.get("lamp.state"), house.get("fan.state")), (off(), on()));
}

#[test]
fn rows_that_cannot_be_read_are_left_out_with_words() {
    let mut house = House::new(FOR, "window.open: false");
    house.report("window.open", json!(true));
    let row = |kind: &str, key: &str, body: &str| DurableRow {
        kind: kind.into(),
        key: key.into(),
        body: body.into(),
    };
    let mut rows = house.stored();
    rows.push(row("rule", "window_open_2", "{"));
    rows.push(row("dream", "x", "{}"));
    rows.push(row(
        "state",
        "x/y",
        "{\"key\":{\"device\":\"x\",\"property\":\"y\"},\"state\":{\"value\":null}}",
    ));
    let (home, problems) = Home::restore(&rows);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("this version does not know it")));
    assert_eq!(home.devices().count(), 1);
}

/// A home with one of everything, and a long random story for it.
const EVERYTHING: &str = "
  - name: Light
    while: sensor.motion
    linger: 40s
    hold: { lamp: { state: on } }
  - name: Cool
    while: rack.temperature > 28 °C until < 26 °C
    hold: { fan: { state: on } }
  - name: Window
    when: window.open for 45s
    do: [ { notify: everyone, text: long }, { wait: 20s }, { set: { alarm_siren: { state: on } } }, { wait: 5s }, { set: { alarm_siren: { state: off } } } ]
  - name: Regular
    when: { every: 1m }
    if: window.open
    do: [ { notify: everyone, text: minute } ]
  - name: Warm
    when: { every: 30s }
    if: mean(rack.temperature, 2m) > 26 °C
    do: [ { notify: everyone, text: warm } ]
  - name: Pressed
    when: { event: remote.action }
    mode: queue 2
    do: [ { wait: 15s }, { toggle: plug } ]
";
const GIVEN: &str = "sensor.motion: false, rack.temperature: 25 °C, window.open: false, lamp.state: off, fan.state: off, alarm_siren.state: off, plug.state: off";

/// A small generator (xorshift), so that a story is its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// What happens in one step of a story, and how much time passes.
fn happen(house: &mut House, what: u64, n: u64) {
    match what {
        0 => house.report("sensor.motion", json!(n.is_multiple_of(2))),
        1 => house.report("rack.temperature", json!(24 + n % 6)),
        2 => house.report("window.open", json!(!n.is_multiple_of(3))),
        3 => house.online("window", n.is_multiple_of(2)),
        4 => _ = house.click("lamp.state", if n.is_multiple_of(2) { on() } else { off() }),
        5 => {
            let enabled = !n.is_multiple_of(3);
            house.ask(PersonAction::SwitchRule { rule: "cool".into(), enabled });
        }
        6 => house.press("remote.action", "x", false),
        _ => {}
    }
}

/// What the outside saw: commands and notices with their times.
fn seen(house: &mut House, log: &mut Vec<String>) {
    let at = house.now.utc;
    for effect in &house.effects {
        match effect {
            Effect::Command(command) => log.push(format!("{at} {} {:?}", command.device, command.values)),
            Effect::Notify(notice) => log.push(format!("{at} {}", notice.text)),
            _ => {}
        }
    }
    house.effects.clear();
}

/// How a story is interrupted.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    Never,
    /// Lares is killed, and everything that it stored is there.
    Killed,
    /// The power is cut, and a random tail of the last second's rows is lost.
    Power,
}

fn story(seed: u64, kinds: u64, cut: Cut) -> Vec<String> {
    let mut dice = Dice(seed);
    // What is lost is decided apart, so that the same things happen in every telling.
    let mut loss = Dice(seed ^ 0x9e37_79b9_7f4a_7c15);
    let mut house = House::new(EVERYTHING, GIVEN);
    let mut log = Vec::new();
    for _ in 0..60 {
        let (what, n, length) = (dice.roll(kinds), dice.roll(1000), dice.roll(25) + 1);
        happen(&mut house, what, n);
        seen(&mut house, &mut log);
        if dice.roll(4) == 0 {
            match cut {
                Cut::Never => {}
                Cut::Killed => house.restart(Millis(0)),
                Cut::Power => house.power_cut(|steps| usize::try_from(loss.roll(steps as u64 + 1)).unwrap()),
            }
            seen(&mut house, &mut log);
        }
        // Second by second, so that what is seen has its exact time.
        for _ in 0..length {
            house.secs(1);
            seen(&mut house, &mut log);
        }
    }
    log
}

#[test]
fn killed_at_random_steps_the_home_does_the_same_at_the_same_times() {
    for seed in 1..=40 {
        let (whole, killed) = (story(seed, 7, Cut::Never), story(seed, 7, Cut::Killed));
        assert!(!whole.is_empty());
        assert_eq!(whole, killed, "seed {seed}");
    }
}

/// What a log comes to: every notice, and to what each device was brought at each moment. On the way there a home that
/// lost its last second may ask a device again, or for what it was to be a moment ago; a notice it may not repeat.
fn outcome(log: &[String]) -> Vec<String> {
    let mut told = std::collections::BTreeMap::new();
    let mut all: Vec<String> = Vec::new();
    for line in log {
        match line.split_once(" {").and_then(|(of, value)| Some((of.split_once(' ')?, value))) {
            Some(((at, device), value)) => _ = told.insert((at, device), value),
            None => all.push(line.clone()),
        }
    }
    let mut now = std::collections::BTreeMap::new();
    for ((at, device), value) in told {
        if now.insert(device, value) != Some(value) {
            all.push(format!("{at} {device} {value}"));
        }
    }
    all.sort();
    all
}

/// Buttons are left out here: a press of the last second may be lost for good, as nobody says it again.
#[test]
fn a_power_cut_that_takes_a_random_part_of_the_last_second_changes_nothing_once_devices_have_spoken() {
    let mut lost = 0;
    for seed in 1..=60 {
        let (whole, cut) = (story(seed, 6, Cut::Never), story(seed, 6, Cut::Power));
        assert_eq!(outcome(&whole), outcome(&cut), "seed {seed}");
        lost += usize::from(whole != cut);
    }
    assert!(lost > 5, "the cuts took something away: {lost}");
}

#[test]
fn the_same_log_gives_the_same_effects_byte_for_byte() {
    for seed in 1..=5 {
        let mut dice = Dice(seed);
        let mut house = House::new(EVERYTHING, GIVEN);
        for _ in 0..80 {
            let (what, n) = (dice.roll(7), dice.roll(1000));
            happen(&mut house, what, n);
            house.secs(dice.roll(30));
        }
        let person = Person { name: "Ada".into() };
        let action = PersonAction::RunRule { rule: "window".into() };
        house.event(lares_model::Event::Asked { request: RequestId(1), person, action });
        let play = || {
            let mut home = Home::new(house.home.config().clone());
            let steps = house.log.iter().map(|(at, input)| home.step(*at, input.clone()));
            let effects: Vec<Vec<Effect>> = steps.collect();
            let rows = home.take_durable();
            (serde_json::to_string(&effects).unwrap(), format!("{rows:?}"))
        };
        assert_eq!(play(), play());
    }
}

#[test]
fn what_happened_in_the_second_before_a_crash_may_be_lost_but_fires_nothing_falsely() {
    let mut house = House::new(FOR, "window.open: true");
    house.report("window.open", json!(false));
    let before = house.stored();
    house.report("window.open", json!(true));
    let (home, _) = Home::restore(&before);
    house.home = home;
    let rules = house.rules.clone();
    house.input(Input::Rules(rules));
    house.input(Input::Started);
    house.pass(Millis::mins(30));
    assert_eq!(house.notices(), 0, "the report is lost with its time");
    house.report("window.open", json!(true));
    house.pass(Millis::mins(10));
    assert_eq!(house.notices(), 1);
    assert!(house.journal(JournalKind::Notify)[0].contains("open for long"));
}
