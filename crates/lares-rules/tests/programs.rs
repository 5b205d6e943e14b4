//! What files compile to, where it is more than an expression: keys that must be stable, ids, triggers, steps.

mod common;

use std::sync::Arc;

use lares_model::{Millis, Priority, Value};
use lares_rules::catalog::HomeCatalog;
use lares_rules::program::{
    Aggregate, Expr, IfUnknown, ManualHold, Missed, Mode, Release, Rule, RuleBody, RuleStatus, Step, Trigger,
};
use lares_rules::{Loaded, SourceFile, load};

fn loaded(text: &str, catalog: &HomeCatalog) -> Loaded {
    let loaded = load(&[SourceFile { name: "a.yaml".into(), text: text.into() }], catalog);
    let told: Vec<_> = loaded.diagnostics.iter().map(lares_rules::diagnostic::render::text).collect();
    assert!(!loaded.has_errors(), "{}", told.join("\n"));
    loaded
}

fn rule(text: &str) -> Arc<Rule> {
    rule_in(text, &common::home())
}

fn rule_in(text: &str, catalog: &HomeCatalog) -> Arc<Rule> {
    let loaded = loaded(text, catalog);
    let entry = loaded.rules.rules.values().next().expect("a rule");
    match &entry.status {
        RuleStatus::Ready(rule) => rule.clone(),
        other => panic!("{other:?}"),
    }
}

fn timer(rule: &Rule) -> u64 {
    let RuleBody::Level(level) = &rule.body else { panic!("a level rule") };
    let mut keys = Vec::new();
    level.condition.walk(&mut |expr| {
        if let Expr::For { timer, .. } = expr {
            keys.push(*timer);
        }
    });
    assert_eq!(keys.len(), 1);
    keys[0]
}

#[test]
fn a_timer_keeps_its_key_over_layout_edits_elsewhere_and_a_rename_of_the_device() {
    let plain = rule("rules: [{name: A, while: living_window.open for 2m, hold: {hall_light: {state: on}}}]");
    let laid_out = rule(
        "rules:\n  - name: B # another name\n    while: (hall_motion.motion or\n      ((living_window.open) for 2 m))\n    \
         hold: { hall_light: { state: \"off\" } }\n",
    );
    assert_eq!(timer(&plain), timer(&laid_out));
    let mut renamed = common::home();
    renamed.devices.get_mut("t:living_window").expect("the window").slug = "big_window".into();
    let after = rule_in(
        "rules: [{name: A, while: big_window.open for 2m, hold: {hall_light: {state: on}}}]",
        &renamed,
    );
    assert_eq!(timer(&plain), timer(&after));
    let longer =
        rule("rules: [{name: A, while: living_window.open for 3m, hold: {hall_light: {state: on}}}]");
    assert_ne!(timer(&plain), timer(&longer));
}

#[test]
fn a_fingerprint_tells_an_edit_but_not_layout() {
    let a = rule("rules: [{name: A, while: hall_motion.motion, hold: {hall_light: {state: on}}}]");
    let b = rule(
        "# note\nrules:\n  - name: 'A'\n    while:   hall_motion.motion\n    hold:\n      hall_light:\n        state: on\n",
    );
    let c = rule("rules: [{name: A, while: hall_motion.motion, hold: {hall_light: {state: off}}}]");
    assert_eq!(a.fingerprint, b.fingerprint);
    assert_ne!(a.fingerprint, c.fingerprint);
}

#[test]
fn a_level_rule_has_everything_it_says() {
    let rule = rule(
        "rules:\n  - name: Hall\n    id: the_hall\n    while: hall_motion.motion\n    linger: 3m\n    \
         enter_if: hall_motion.illuminance < 40 lx\n    hold: { hall_light: { state: yes, brightness: 70 } }\n    \
         release: keep\n    manual: until next block\n    priority: safety\n    if_unknown: hold 15m then alert\n    \
         apply: once\n",
    );
    assert_eq!((rule.id.as_str(), rule.priority), ("the_hall", Priority::SAFETY));
    assert_eq!(rule.manual, Some(ManualHold::UntilNextBlock));
    let RuleBody::Level(level) = &rule.body else { panic!("a level rule") };
    assert_eq!((level.linger, level.apply_once), (Millis::mins(3), true));
    assert_eq!(level.if_unknown, IfUnknown::HoldThenAlert(Millis::mins(15)));
    assert_eq!(level.release, Release::Keep);
    assert!(level.enter_if.is_some());
    let values: Vec<_> =
        level.hold.iter().map(|one| (one.key.property.as_str(), one.value.clone())).collect();
    let expected =
        [("brightness", Expr::Literal(Value::Number(70.0))), ("state", Expr::Literal(Value::Switch(true)))];
    assert_eq!(values, expected);
}

#[test]
fn yaml_truths_are_one_for_a_switch_and_a_word_for_an_enum() {
    for word in ["on", "ON", "true", "\"on\"", "'true'", "yes"] {
        let rule = rule(&format!(
            "rules: [{{name: A, while: hall_motion.motion, hold: {{main_valve: {{state: {word}}}}}}}]"
        ));
        let RuleBody::Level(level) = &rule.body else { panic!("a level rule") };
        assert_eq!(level.hold[0].value, Expr::Literal(Value::Switch(true)), "{word}");
    }
    let rule = rule("rules: [{name: A, while: hall_motion.motion, hold: {living_trv: {hvac_mode: off}}}]");
    let RuleBody::Level(level) = &rule.body else { panic!("a level rule") };
    assert_eq!(level.hold[0].value, Expr::Literal(Value::word("off")));
}

#[test]
fn a_device_named_directly_beats_a_selector() {
    let rule = rule(
        "rules: [{name: A, while: hall_motion.motion, hold: {lights: {state: off}, hall_light: {state: on}}}]",
    );
    let RuleBody::Level(level) = &rule.body else { panic!("a level rule") };
    let on: Vec<_> = level
        .hold
        .iter()
        .filter(|one| one.value == Expr::Literal(Value::Switch(true)))
        .map(|one| one.key.to_string())
        .collect();
    assert_eq!((level.hold.len(), on), (3, vec!["t:hall_light/state".to_owned()]));
}

#[test]
fn an_edge_rule_has_its_triggers_conditions_and_steps() {
    let rule = rule(
        "rules:\n  - name: E\n    when:\n      - each(open in living_room) for 1m\n      \
         - { event: bed_remote.action, is: [single, double], id: press }\n      \
         - { at: \"06:45\", missed: skip }\n      - { sun: sunset - 10m }\n      - { cron: \"45 6 * * 1-5\" }\n      \
         - { every: 15m }\n      - start\n    if: [hall_light.state == off, trigger.id == \"press\"]\n    \
         mode: queue 3\n    missed: all within 2h\n    do:\n      - set: { hall_light: { state: on } }\n        \
         transition: 2s\n        verify: 10s\n        retry: 2\n        on_fail: [{log: it failed}, stop]\n      \
         - toggle: bed_light\n      - wait: 90s\n      - if: trigger.value == single\n        \
         then: [{notify: everyone, text: hello, level: warning}]\n        else: [stop]\n",
    );
    let RuleBody::Edge { triggers, conditions, steps, mode } = &rule.body else { panic!("an edge rule") };
    assert_eq!((conditions.len(), *mode), (2, Mode::Queue(3)));
    assert_eq!(triggers.len(), 8);
    let Trigger::Becomes(Expr::For { operand, .. }) = &triggers[0].trigger else { panic!("for") };
    assert!(matches!(**operand, Expr::Select { aggregate: Aggregate::Each, .. }));
    assert_eq!(triggers[1].id.as_deref(), Some("press"));
    assert_eq!(&*triggers[2].text, "bed_remote.action is double");
    assert_eq!(triggers[3].trigger, Trigger::At { clock: 24_300 });
    assert_eq!((triggers[3].missed, triggers[4].missed), (Missed::Skip, Missed::AllWithin(Millis::hours(2))));
    assert!(matches!(triggers[4].trigger, Trigger::AtComputed(_)));
    assert_eq!(triggers[5].trigger, Trigger::Cron("45 6 * * 1-5".into()));
    assert_eq!(triggers[6].trigger, Trigger::Every(Millis::mins(15)));
    assert_eq!(triggers[7].trigger, Trigger::Start);
    let keys: std::collections::BTreeSet<u64> = triggers.iter().map(|one| one.key).collect();
    assert_eq!(keys.len(), 8, "each trigger has a key of its own");
    let Step::Set { transition, verify, retry, on_fail, .. } = &steps[0] else { panic!("set") };
    assert_eq!((*transition, *verify, *retry), (Some(Millis::secs(2)), Some(Millis::secs(10)), 2));
    assert!(on_fail.stop && on_fail.steps.len() == 1);
    assert_eq!(steps[2], Step::Wait { length: Expr::Literal(Value::Number(90.0)) });
}

#[test]
fn a_second_rule_of_one_id_is_shown_broken_and_the_first_runs() {
    let text = "rules: [{name: A, while: hall_motion.motion, hold: {hall_light: {state: on}}}]";
    let files = ["a.yaml", "b.yaml"].map(|name| SourceFile { name: name.into(), text: text.into() });
    let loaded = load(&files, &common::home());
    assert!(matches!(loaded.rules.rules["a"].status, RuleStatus::Ready(_)));
    assert!(matches!(loaded.rules.rules["a_2"].status, RuleStatus::Broken { .. }));
    assert_eq!(loaded.diagnostics.len(), 1);
    assert_eq!(
        (loaded.diagnostics[0].code.as_str(), loaded.diagnostics[0].file.as_str()),
        ("duplicate-id", "b.yaml")
    );
    assert!(loaded.diagnostics[0].help.contains("a.yaml line 1"));
}

#[test]
fn a_test_has_its_world_and_steps() {
    let loaded = loaded(
        "tests:\n  - name: T\n    given: { clock: 2026-03-29T01:30, time_zone: Europe/Berlin, offline: [rack], \
         location: { latitude: 52.5, longitude: 13.4 }, rack.temperature: 77 °F }\n    steps:\n      \
         - { at: 5s, report: { bed_remote.action: [single, double], hall_motion: { motion: on } } }\n      \
         - { at: 1m, sleep: 8h, online: rack, expect: { hall_light.state: off }, expect_notify: \"hello\" }\n",
        &common::home(),
    );
    let test = &loaded.tests[0];
    assert_eq!((test.line, test.given.time_zone.as_deref()), (2, Some("Europe/Berlin")));
    assert_eq!(test.given.clock.expect("a clock").to_string(), "2026-03-29 01:30:00");
    assert_eq!(test.given.values[0].value, Value::Number(25.0));
    assert_eq!(test.given.offline[0].as_str(), "t:rack");
    let words: Vec<_> = test.steps[0].happened.iter().map(|event| event.word.as_str()).collect();
    assert_eq!(words, ["single", "double"]);
    assert_eq!(test.steps[0].report[0].value, Value::Binary(true));
    assert_eq!((test.steps[1].sleep, test.steps[1].online.len()), (Some(Millis::hours(8)), 1));
    assert_eq!(test.steps[1].expect[0].span.line, 6);
    assert_eq!(test.steps[1].expect_notify.as_ref().expect("a notice").contains, "hello");
}

#[test]
fn a_thousand_rules_load_in_a_home_of_a_thousand_devices() {
    let mut catalog = common::home();
    let light = catalog.devices["t:hall_light"].clone();
    for n in 0..1_000 {
        let mut device = light.clone();
        device.slug = format!("light_{n}");
        catalog.devices.insert(format!("t:light_{n}").into(), device);
    }
    let mut text = String::from("rules:\n");
    for n in 0..1_000 {
        let selector = if n % 10 == 0 { "any(state in hall)" } else { "hall_motion.motion" };
        text.push_str(&format!(
            "  - name: Rule {n}\n    while: light_{n}.brightness > 20 % and ({selector} for {}m)\n    \
             hold: {{ light_{}: {{ state: on, brightness: \"= light_{n}.brightness / 2\" }} }}\n",
            n % 60 + 1,
            (n + 1) % 1_000
        ));
    }
    let loaded = loaded(&text, &catalog);
    assert_eq!(loaded.rules.rules.len(), 1_000);
    assert!(loaded.rules.rules.values().all(|entry| matches!(entry.status, RuleStatus::Ready(_))));
}
