//! The clock: times of day, sleep, jumps and summer time.

use lares_model::{HomeConfig, JournalKind, Millis, PersonAction, UtcMillis};
use serde_json::json;

use crate::house::{House, NOON, off, on};

fn utc(text: &str) -> UtcMillis {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis()
}

const ALARM: &str = "
  - name: Alarm
    when: { at: \"06:45\" }
    do: [ { notify: everyone, text: up } ]
";

#[test]
fn a_time_that_the_computer_slept_through_is_owed_once_within_an_hour() {
    for (slept, told) in [(30, 1), (59, 1), (90, 0)] {
        let mut house = House::in_zone(ALARM, "lamp.state: off", "UTC", utc("2026-01-10T06:40:00Z"));
        house.sleep(Millis::mins(5 + slept));
        assert_eq!(house.notices(), told, "{slept}");
        let kind = if told == 1 { JournalKind::RuleRan } else { JournalKind::RuleBlocked };
        assert_eq!(house.journal(kind).len(), 1);
    }
}

#[test]
fn what_was_missed_while_lares_was_off_is_owed_too_and_skip_and_all_do_as_they_say() {
    let rules = |missed: &str| {
        format!(
            "
  - name: Tick
    when: {{ every: 10m }}
    missed: {missed}
    do: [ {{ notify: everyone, text: tick }} ]
"
        )
    };
    for (missed, told) in [("skip", 0), ("once within 1h", 1), ("all within 30m", 3)] {
        let mut house = House::new(&rules(missed), "lamp.state: off");
        house.effects.clear();
        house.restart(Millis::mins(65));
        assert_eq!(house.notices(), told, "{missed}");
    }
}

#[test]
fn eight_hours_of_sleep_are_no_burst() {
    let rules = "
  - name: Minutely
    when: { cron: \"* * * * *\" }
    do: [ { notify: everyone, text: tick } ]
  - name: Night
    while: clock in 22:00 .. 06:00
    hold: { lamp: { state: on } }
";
    let mut house = House::in_zone(rules, "lamp.state: off", "UTC", utc("2026-01-10T21:00:30Z"));
    house.sleep(Millis::hours(11));
    assert_eq!(house.notices(), 1);
    assert_eq!(house.commands(), [""; 0], "the night that was slept through is not played back");
}

#[test]
fn a_level_rule_by_the_clock_holds_exactly_its_time() {
    let rules = "
  - name: Night
    while: clock in 22:00 .. 06:30
    hold: { lamp: { state: on } }
";
    let mut house = House::in_zone(rules, "lamp.state: off", "Europe/Berlin", utc("2026-01-10T20:59:59Z"));
    assert_eq!(house.get("lamp.state"), off());
    house.secs(1);
    assert_eq!(house.get("lamp.state"), on());
    house.pass(Millis(8 * 3_600_000 + 30 * 60_000 - 1000));
    assert_eq!(house.get("lamp.state"), on());
    house.secs(1);
    assert_eq!(house.get("lamp.state"), off());
}

#[test]
fn a_clock_set_back_one_hour_fires_nothing_twice() {
    let mut house = House::in_zone(ALARM, "lamp.state: off", "UTC", utc("2026-01-10T06:40:00Z"));
    house.pass(Millis::mins(10));
    assert_eq!(house.notices(), 1);
    house.now.utc -= 3_600_000;
    house.pass(Millis::mins(90));
    assert_eq!(house.notices(), 1);
    house.pass(Millis::hours(24));
    assert_eq!(house.notices(), 2, "tomorrow it rings again");
}

#[test]
fn an_interval_goes_on_when_the_clock_is_set_back() {
    let rules = "
  - name: Tick
    when: { every: 10m }
    do: [ { notify: everyone, text: tick } ]
";
    let mut house = House::new(rules, "lamp.state: off");
    house.pass(Millis::mins(11));
    house.now.utc -= 3_600_000;
    house.secs(1);
    house.effects.clear();
    house.pass(Millis::mins(30));
    assert_eq!(house.notices(), 3);
}

#[test]
fn another_time_zone_owes_nothing_for_the_past() {
    let mut house = House::in_zone(ALARM, "lamp.state: off", "UTC", utc("2026-01-10T06:00:00Z"));
    let config = HomeConfig { time_zone: "Europe/Berlin".into(), ..HomeConfig::default() };
    house.ask(PersonAction::Configure { config });
    house.pass(Millis::mins(90));
    assert_eq!(house.notices(), 0, "06:45 in Berlin was before the change");
    house.pass(Millis::hours(23));
    assert_eq!(house.notices(), 1);
}

#[test]
fn a_daily_time_runs_once_each_day_over_both_seams_of_summer_time() {
    let rules = "
  - name: Half past two
    when: { at: \"02:30\" }
    do: [ { notify: everyone, text: now } ]
  - name: The same by cron
    when: { cron: \"30 2 * * *\" }
    do: [ { notify: everyone, text: now } ]
";
    for (zone, day) in [
        ("Europe/Berlin", "2026-03-28T12:00:00Z"),
        ("Europe/Berlin", "2026-10-24T12:00:00Z"),
        ("America/New_York", "2026-03-07T18:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T06:00:00Z"),
    ] {
        let mut house = House::in_zone(rules, "lamp.state: off", zone, utc(day));
        house.pass(Millis::hours(48));
        assert_eq!(house.notices(), 4, "{zone} {day}");
    }
}

#[test]
fn an_expression_of_the_clock_is_an_edge_too() {
    let rules = "
  - name: Late
    when: sensor.motion and clock > 23:00
    do: [ { notify: everyone, text: late } ]
";
    let mut house = House::in_zone(rules, "sensor.motion: true", "UTC", utc("2026-01-10T22:00:00Z"));
    house.pass(Millis::hours(1));
    assert_eq!(house.notices(), 0);
    house.secs(1);
    assert_eq!(house.notices(), 1);
}

#[test]
fn a_long_silence_is_noticed_to_the_second_by_age() {
    let rules = "
  - name: Silent
    when: age(sensor.temperature) > 10m
    do: [ { notify: everyone, text: silent } ]
";
    let mut house = House::new(rules, "sensor.temperature: 20 °C");
    house.report("sensor.temperature", json!(20));
    house.secs(600);
    assert_eq!(house.notices(), 0);
    house.secs(1);
    assert_eq!(house.notices(), 1);
    assert!(house.now.utc > NOON);
}

const PREHEAT: &str = "
  - name: Warm
    when: { at: \"07:00 - trv.preheat\" }
    do: [ { notify: everyone, text: warm } ]
";

#[test]
fn a_computed_time_moves_with_the_property_that_it_reads() {
    let at = |minute: u32| format!("2026-01-10T06:{minute:02}:00Z");
    // The property is at 30 min (06:30); at the first time it becomes another; at the second the rule must have run.
    for (now, preheat, runs) in [
        (0, 20, Some(40)),
        (0, 55, Some(5)),
        (35, 20, Some(40)),
        // What is over by now was not missed: nobody wanted it then.
        (10, 59, None),
        // It ran at 06:30, and not again for the time that is over.
        (35, 40, None),
    ] {
        let mut house = House::in_zone(PREHEAT, "trv.preheat: 30 min", "UTC", utc(&at(0)));
        house.pass(Millis::mins(now));
        house.effects.clear();
        house.report("trv.preheat", json!(preheat));
        house.restart(Millis(0));
        let until: u64 = runs.unwrap_or(59) - now;
        house.pass(Millis(until * 60_000 - 1));
        assert_eq!(house.notices(), 0, "{now} {preheat}");
        house.pass(Millis(1));
        assert_eq!(house.notices(), usize::from(runs.is_some()), "{now} {preheat}");
        house.effects.clear();
        house.pass(Millis::mins(10));
        assert_eq!(house.notices(), 0, "once");
    }
}

#[test]
fn a_computed_time_that_is_unknown_when_it_is_due_blocks_and_says_so() {
    let mut house = House::in_zone(PREHEAT, "trv.preheat: 30 min", "UTC", utc("2026-01-10T06:00:00Z"));
    house.online("trv", false);
    house.effects.clear();
    house.pass(Millis::mins(40));
    assert_eq!(
        house.journal(JournalKind::RuleBlocked),
        ["\"Warm\" is blocked: trv.preheat is unknown (offline)"]
    );
    house.online("trv", true);
    house.pass(Millis::hours(23));
    assert_eq!(house.notices(), 0);
    house.pass(Millis::hours(1));
    assert_eq!(house.notices(), 1, "the next day it runs");
}
