//! How long one event takes with 10 to 10,000 rules: `cargo run --release -p lares-engine --example pace`.
//!
//! Each rule watches a sensor of its own, so an event touches one of them. The time must not grow with the others.

use std::sync::Arc;
use std::time::Instant;

use lares_engine::{Home, Input};
use lares_model::{
    Access, Category, DeviceDescription, DeviceId, DeviceKind, Event, HomeConfig, Moment, Power, Priority,
    PropertyDescription, PropertyKey, Report, Value, ValueType,
};
use lares_rules::program::{
    Assignment, Expr, IfUnknown, Level, Release, Rule, RuleBody, RuleEntry, RuleSet, RuleStatus,
};

const EVENTS: u32 = 100_000;

fn main() {
    println!("rules  ns per event");
    for rules in [10, 100, 1_000, 10_000] {
        let mut home = house(rules);
        let mut now = Moment { mono: 2_000_000, utc: 1_768_046_400_000 };
        let began = Instant::now();
        for event in 0..EVENTS {
            now.mono += 200;
            now.utc += 200;
            // Ten sensors take turns, so that no rule runs often enough to be paused.
            let sensor = DeviceId::new(format!("test:sensor_{}", event % 10));
            let report = Report {
                values: [("motion".into(), Some(Value::Binary((event / 10).is_multiple_of(2))))].into(),
                ..Report::default()
            };
            let effects = home.step(now, Input::Event(Event::Reported { device: sensor, report }));
            std::hint::black_box(effects);
            if event % 1_000 == 0 {
                home.take_durable();
            }
        }
        println!("{rules:>5}  {:>6}", began.elapsed().as_nanos() / u128::from(EVENTS));
    }
}

fn house(rules: usize) -> Home {
    let mut home = Home::new(HomeConfig::default());
    let at = Moment { mono: 1_000_000, utc: 1_768_046_399_000 };
    let mut set = RuleSet::default();
    for n in 0..rules {
        for (name, property, value_type) in
            [("sensor", "motion", ValueType::Binary), ("lamp", "state", ValueType::Switch)]
        {
            let device = Arc::new(describe(&format!("{name}_{n}"), property, value_type));
            home.step(at, Input::Event(Event::Described { device }));
        }
        let rule = rule(n);
        let entry = RuleEntry {
            name: rule.name.clone(),
            file: "pace.yaml".into(),
            line: 1,
            is_level: true,
            status: RuleStatus::Ready(Arc::new(rule.clone())),
        };
        set.rules.insert(rule.id.clone(), entry);
    }
    home.step(at, Input::Rules(Arc::new(set)));
    home
}

fn describe(slug: &str, property: &str, value_type: ValueType) -> DeviceDescription {
    DeviceDescription {
        id: DeviceId::new(format!("test:{slug}")),
        adapter: "test".into(),
        name: slug.into(),
        unnamed: false,
        kind: DeviceKind::Other,
        power: Power::Mains,
        manufacturer: String::new(),
        model: String::new(),
        description: String::new(),
        firmware: String::new(),
        suggested_room: None,
        not_ready: String::new(),
        properties: vec![PropertyDescription {
            name: property.into(),
            base: property.into(),
            label: property.into(),
            description: String::new(),
            value_type,
            unit: None,
            access: Access { readable: true, writable: property == "state", gettable: false },
            category: Category::Main,
            endpoint: None,
            presets: Vec::new(),
        }],
        actions: Vec::new(),
        virtual_device: false,
        members: Vec::new(),
    }
}

fn rule(n: usize) -> Rule {
    let key = |name: &str, property: &str| PropertyKey::new(format!("test:{name}_{n}"), property);
    Rule {
        id: format!("rule_{n}").into(),
        name: format!("Rule {n}").into(),
        priority: Priority::RULE,
        manual: None,
        reentrant: false,
        body: RuleBody::Level(Level {
            condition: Expr::Property(key("sensor", "motion")),
            condition_text: "motion".into(),
            enter_if: None,
            linger: lares_model::Millis(0),
            hold: vec![Assignment { key: key("lamp", "state"), value: Expr::Literal(Value::Switch(true)) }],
            release: Release::Default,
            apply_once: false,
            if_unknown: IfUnknown::Keep,
        }),
        fingerprint: n as u64 + 1,
    }
}
