//! Everything that waits, over every kind of gap: restart, sleep, a clock that is set, the seams of summer time. Lengths
//! of time are elapsed time, whatever the clock says, and what ended in a gap ends at its end, once.

use lares_model::{Effect, JournalKind, Millis, UtcMillis};
use serde_json::json;

use crate::house::{House, off, on};

fn utc(text: &str) -> UtcMillis {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis()
}

const GIVEN: &str = "window.open: false, door.open: false, sensor.motion: false, lamp.state: \"off\"";

/// Something that takes ten minutes.
struct Wait {
    name: &'static str,
    rules: &'static str,
    begin: fn(&mut House),
    /// What is seen of its end.
    end: &'static str,
    /// It comes again every ten minutes.
    repeats: bool,
}

const WAITS: [Wait; 9] = [
    Wait {
        name: "for",
        rules: "
  - { name: A, when: window.open for 10m, do: [ { notify: everyone, text: long } ] }",
        begin: |house| house.report("window.open", json!(true)),
        end: "long",
        repeats: false,
    },
    Wait {
        name: "for of each",
        rules: "
  - { name: A, when: \"each(open) for 10m\", do: [ { notify: everyone, text: long } ] }",
        begin: |house| house.report("door.open", json!(true)),
        end: "long",
        repeats: false,
    },
    Wait {
        name: "for in a level rule",
        rules: "
  - { name: A, while: window.open for 10m, hold: { lamp: { state: on } } }",
        begin: |house| house.report("window.open", json!(true)),
        end: "state=on",
        repeats: false,
    },
    Wait {
        name: "linger",
        rules: "
  - { name: A, while: sensor.motion, linger: 10m, hold: { lamp: { state: on } } }",
        begin: |house| {
            house.report("sensor.motion", json!(true));
            house.report("sensor.motion", json!(false));
        },
        end: "state=off",
        repeats: false,
    },
    Wait {
        name: "wait",
        rules: "
  - { name: A, when: sensor.motion, do: [ { wait: 10m }, { set: { lamp: { state: on } } } ] }",
        begin: |house| house.report("sensor.motion", json!(true)),
        end: "state=on",
        repeats: false,
    },
    Wait {
        name: "hand",
        rules: "
  - { name: A, while: sensor.motion, hold: { lamp: { state: on } }, manual: 10m }",
        begin: |house| {
            house.report("sensor.motion", json!(true));
            house.secs(20);
            house.report("lamp.state", off());
        },
        end: "state=on",
        repeats: false,
    },
    Wait {
        name: "alert",
        rules: "
  - { name: A, while: sensor.motion, hold: { lamp: { state: on } }, if_unknown: hold 10m then alert }",
        begin: |house| {
            house.report("sensor.motion", json!(true));
            house.online("sensor", false);
        },
        end: "goes on blindly",
        repeats: false,
    },
    Wait {
        name: "age",
        rules: "
  - { name: A, when: age(window.open) >= 10m, do: [ { notify: everyone, text: long } ] }",
        begin: |house| house.report("window.open", json!(true)),
        end: "long",
        repeats: false,
    },
    Wait {
        name: "reminder",
        rules: "
  - { name: A, when: sensor.motion, do: [ { notify: everyone, text: moved, repeat: 10m until acknowledged } ] }",
        begin: |house| house.report("sensor.motion", json!(true)),
        end: "moved",
        repeats: true,
    },
];

/// What happens four minutes after the beginning, and how many minutes that takes.
struct Gap {
    name: &'static str,
    minutes: u64,
    happens: fn(&mut House),
}

fn set_clock(house: &mut House, hours: i64) {
    house.now.utc += hours * 3_600_000;
}

const GAPS: [Gap; 10] = [
    Gap { name: "nothing", minutes: 0, happens: |_| {} },
    Gap { name: "restart", minutes: 0, happens: |house| house.restart(Millis(0)) },
    Gap { name: "off for 3 min", minutes: 3, happens: |house| house.restart(Millis::mins(3)) },
    Gap { name: "off for 30 min", minutes: 30, happens: |house| house.restart(Millis::mins(30)) },
    Gap { name: "asleep for 3 min", minutes: 3, happens: |house| house.sleep(Millis::mins(3)) },
    Gap { name: "asleep for 30 min", minutes: 30, happens: |house| house.sleep(Millis::mins(30)) },
    Gap {
        name: "clock set ahead",
        minutes: 0,
        happens: |house| {
            set_clock(house, 5);
            house.sleep(Millis(0));
        },
    },
    Gap {
        name: "clock set back",
        minutes: 0,
        happens: |house| {
            set_clock(house, -5);
            house.sleep(Millis(0));
        },
    },
    Gap {
        name: "clock set ahead while off",
        minutes: 3,
        happens: |house| {
            set_clock(house, 5);
            house.restart(Millis::mins(3));
        },
    },
    Gap {
        name: "clock set back while off",
        minutes: 3,
        happens: |house| {
            set_clock(house, -5);
            house.restart(Millis::mins(3));
        },
    },
];

fn ends(house: &House, wait: &Wait) -> usize {
    let is_end = |effect: &&Effect| match effect {
        Effect::Notify(notice) => notice.text.contains(wait.end),
        Effect::Command(command) => {
            command.values.iter().any(|(name, value)| format!("{name}={value}") == wait.end)
        }
        _ => false,
    };
    house.effects.iter().filter(is_end).count()
}

#[test]
fn every_wait_ends_after_its_time_over_every_gap() {
    // Noon, and ten minutes around each seam of summer time.
    for start in ["2026-01-10T12:00:00Z", "2026-03-29T00:57:00Z", "2026-10-25T00:57:00Z"] {
        for wait in &WAITS {
            for gap in &GAPS {
                let case = format!("{} / {} / {start}", wait.name, gap.name);
                let mut house = House::in_zone(wait.rules, GIVEN, "Europe/Berlin", utc(start));
                (wait.begin)(&mut house);
                house.effects.clear();
                house.pass(Millis::mins(4));
                (gap.happens)(&mut house);
                if let Some(left) = 6_u64.checked_sub(gap.minutes) {
                    house.pass(Millis(left * 60_000 - 1));
                    assert_eq!(ends(&house, wait), 0, "{case}: too early");
                    house.pass(Millis(1));
                }
                assert_eq!(ends(&house, wait), 1, "{case}: at its end");
                house.pass(Millis::mins(60));
                assert_eq!(ends(&house, wait), if wait.repeats { 7 } else { 1 }, "{case}: afterwards");
            }
        }
    }
}

const ALARM: &str = "
  - { name: Alarm, when: { at: \"06:45\" }, do: [ { notify: everyone, text: up } ] }";

#[test]
fn a_daily_time_runs_once_whatever_is_done_to_the_clock() {
    type Story = fn(&mut House);
    // Each begins at 06:40; the notices in it, and in the day after it.
    let stories: [(&str, Story, usize); 8] = [
        (
            "set ahead over it",
            |house| {
                set_to(house, "07:00");
            },
            1,
        ),
        (
            "set ahead far over it",
            |house| {
                set_to(house, "12:00");
            },
            0,
        ),
        (
            "set back after it",
            |house| {
                house.pass(Millis::mins(10));
                set_to(house, "06:30");
                house.pass(Millis::mins(30));
            },
            1,
        ),
        (
            "set back before it",
            |house| {
                set_to(house, "06:00");
                house.pass(Millis::mins(44));
                assert_eq!(house.notices(), 0);
                house.pass(Millis::mins(1));
            },
            1,
        ),
        (
            "off over it, twice",
            |house| {
                house.restart(Millis::mins(10));
                house.restart(Millis::mins(1));
            },
            1,
        ),
        (
            "set back while off after it",
            |house| {
                house.pass(Millis::mins(10));
                house.now.utc -= 30 * 60_000;
                house.restart(Millis::mins(1));
                house.pass(Millis::mins(30));
            },
            1,
        ),
        (
            "set ahead while off before it",
            |house| {
                house.now.utc += 15 * 60_000;
                house.restart(Millis::mins(1));
            },
            1,
        ),
        (
            "killed in the minute before it",
            |house| {
                house.pass(Millis(5 * 60_000 - 1));
                house.restart(Millis(0));
                assert_eq!(house.notices(), 0);
                house.pass(Millis(1));
            },
            1,
        ),
    ];
    for (name, story, notices) in stories {
        let mut house = House::in_zone(ALARM, GIVEN, "UTC", utc("2026-01-10T06:40:00Z"));
        story(&mut house);
        assert_eq!(house.notices(), notices, "{name}");
        house.effects.clear();
        let next = utc("2026-01-11T06:45:00Z") - house.now.utc;
        house.pass(Millis(u64::try_from(next).unwrap() - 1));
        assert_eq!(house.notices(), 0, "{name}: until the next day");
        house.pass(Millis(1));
        assert_eq!(house.notices(), 1, "{name}: the next day");
    }
}

fn set_to(house: &mut House, time: &str) {
    house.now.utc = utc(&format!("2026-01-10T{time}:00Z"));
    house.sleep(Millis(0));
}

#[test]
fn a_rule_by_the_clock_holds_what_the_clock_says_after_every_gap() {
    let rules = "
  - { name: Night, while: \"clock in 22:00 .. 06:00\", hold: { lamp: { state: on } } }";
    for (name, from, happens, held) in [
        ("off into the night", "21:00", (|house| house.restart(Millis::hours(2))) as fn(&mut House), true),
        ("off over the night", "21:00", |house| house.restart(Millis::hours(10)), false),
        ("asleep out of the night", "23:00", |house| house.sleep(Millis::hours(8)), false),
        (
            "set ahead out of the night",
            "23:00",
            |house| {
                set_clock(house, 8);
                house.sleep(Millis(0));
            },
            false,
        ),
        (
            "set back out of the night",
            "23:00",
            |house| {
                set_clock(house, -2);
                house.sleep(Millis(0));
            },
            false,
        ),
        (
            "set ahead into the night",
            "12:00",
            |house| {
                set_clock(house, 11);
                house.sleep(Millis(0));
            },
            true,
        ),
        (
            "set back while off",
            "23:00",
            |house| {
                set_clock(house, -3);
                house.restart(Millis::mins(1));
            },
            false,
        ),
    ] {
        let start = utc(&format!("2026-01-10T{from}:00Z"));
        let mut house = House::in_zone(rules, GIVEN, "UTC", start);
        happens(&mut house);
        assert_eq!(house.held_by("lamp.state").is_some(), held, "{name}");
        assert_eq!(house.get("lamp.state"), if held { on() } else { off() }, "{name}");
    }
}

#[test]
fn what_is_sent_once_is_not_sent_again_after_a_gap() {
    let rules = "
  - { name: Once, while: sensor.motion, hold: { lamp: { state: on } }, release: { lamp: { state: off } }, apply: once }";
    for gap in GAPS.iter().filter(|gap| gap.name != "nothing") {
        let mut house = House::new(rules, GIVEN);
        house.report("sensor.motion", json!(true));
        house.secs(20);
        house.report("lamp.state", off());
        house.effects.clear();
        (gap.happens)(&mut house);
        house.pass(Millis::hours(1));
        assert_eq!(house.commands(), [""; 0], "{}", gap.name);
        house.report("sensor.motion", json!(false));
        assert_eq!(house.commands(), [""; 0], "{}: it is off already", gap.name);
        assert!(!house.rule("once").active);
    }
}

#[test]
fn a_run_that_waits_for_an_answer_goes_on_after_a_restart_and_hears_of_its_failure_once() {
    let rules = "
  - name: Leak
    when: sensor.motion
    do:
      - { set: { lamp: { state: on } }, verify: 20s, on_fail: [ { notify: everyone, text: failed } ] }
      - { notify: everyone, text: done }";
    for (obeys, told) in [(true, vec!["done"]), (false, vec!["failed", "done"])] {
        let mut house = House::new(rules, GIVEN);
        house.obedient = false;
        house.report("sensor.motion", json!(true));
        house.secs(5);
        house.effects.clear();
        house.obedient = obeys;
        house.restart(Millis::secs(3));
        house.pass(Millis::mins(5));
        assert_eq!(house.journal(JournalKind::Notify), told, "obeys: {obeys}");
        house.effects.clear();
        house.restart(Millis::mins(1));
        house.pass(Millis::mins(5));
        assert_eq!(house.notices(), 0);
    }
}
