//! A house to try things in: rules as text, devices guessed from them, and a virtual clock.
#![expect(clippy::needless_pass_by_value, reason = "a story reads better without a & before each value")]

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_engine::{DurableChange, DurableRow, Home, Input};
use lares_model::{
    AdapterState, AdapterStatus, Answer, CommandId, CommandOutcome, CommandPhase, DeviceId, Effect, Event,
    HomeConfig, JournalKind, Millis, Moment, Person, PersonAction, PropertyKey, Report, RequestId, RuleId,
    UtcMillis, Value,
};
use lares_rules::catalog::{HomeCatalog, infer};
use lares_rules::program::RuleSet;
use lares_rules::{SourceFile, load};
use serde_json::{Value as Json, json};

/// 2026-01-10T12:00:00Z, a Saturday.
pub const NOON: UtcMillis = 1_768_046_400_000;

pub struct House {
    pub home: Home,
    pub now: Moment,
    pub catalog: HomeCatalog,
    pub rules: Arc<RuleSet>,
    pub rows: BTreeMap<(String, String), String>,
    /// What a power cut may take: the rows of the last second, in their order, with the time of each step.
    tail: Vec<(u64, Vec<DurableChange>)>,
    /// What no power cut takes any more.
    disk: BTreeMap<(String, String), String>,
    /// What each property really is at its device, and which devices answer.
    pub outside: BTreeMap<PropertyKey, Value>,
    pub answering: BTreeMap<DeviceId, bool>,
    /// History does not answer.
    pub deaf_history: bool,
    /// What history knows of numbers; cleared, it knows nothing.
    pub history: BTreeMap<PropertyKey, Vec<(UtcMillis, f64)>>,
    /// What was asked of the world since the last look.
    pub effects: Vec<Effect>,
    /// Devices confirm at once.
    pub obedient: bool,
    /// Everything that happened, for a replay.
    pub log: Vec<(Moment, Input)>,
    given: String,
}

fn write(rows: &mut BTreeMap<(String, String), String>, changes: &[DurableChange]) {
    for change in changes {
        let key = (change.kind.to_owned(), change.key.clone());
        match &change.body {
            Some(body) => rows.insert(key, body.clone()),
            None => rows.remove(&key),
        };
    }
}

/// Rules and devices from text; `given` is a flow map as in a test.
pub fn compile(rules: &str, given: &str) -> (HomeCatalog, Arc<RuleSet>, Vec<(PropertyKey, Value)>) {
    let rules = SourceFile { name: "rules.yaml".into(), text: format!("format: 1\nrules:\n{rules}") };
    let tests = format!(
        "format: 1\ntests:\n  - name: given\n    given: {{ {given} }}\n    steps: [ {{ at: 1s }} ]\n"
    );
    let files = [rules, SourceFile { name: "given.yaml".into(), text: tests }];
    let mut catalog = infer(&files);
    catalog.location = None;
    let loaded = load(&files, &catalog);
    let errors: Vec<String> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| format!("{}: {}", d.source_line, d.message))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let given = loaded.tests[0].given.values.iter().map(|v| (v.key.clone(), v.value.clone())).collect();
    (catalog, Arc::new(loaded.rules), given)
}

impl House {
    /// A house whose devices have reported what is given a while ago.
    pub fn new(rules: &str, given: &str) -> Self {
        Self::in_zone(rules, given, "UTC", NOON)
    }

    pub fn in_zone(rules: &str, given: &str, zone: &str, utc: UtcMillis) -> Self {
        let (catalog, rules, values) = compile(rules, given);
        let config = HomeConfig { name: "House".into(), time_zone: zone.into(), location: None };
        let mut house = Self {
            home: Home::new(config),
            now: Moment { mono: 1_000_000_000, utc: utc - 600_000 },
            catalog,
            rules,
            rows: BTreeMap::new(),
            tail: Vec::new(),
            disk: BTreeMap::new(),
            outside: BTreeMap::new(),
            answering: BTreeMap::new(),
            deaf_history: false,
            history: BTreeMap::new(),
            effects: Vec::new(),
            obedient: true,
            log: Vec::new(),
            given: given.into(),
        };
        let described: Vec<_> = house.catalog.devices.values().map(|d| d.description.clone()).collect();
        for device in described {
            house.event(Event::Described { device });
        }
        house.now = house.now.plus(Millis::mins(5));
        for (key, value) in values {
            let report = Report { values: [(key.property, Some(value))].into(), ..Report::default() };
            house.event(Event::Reported { device: key.device, report });
        }
        house.now = house.now.plus(Millis::mins(5));
        let rules = house.rules.clone();
        house.input(Input::Rules(rules));
        house.effects.clear();
        house
    }

    /// One step, and what obedient devices answer.
    pub fn input(&mut self, input: Input) {
        let mut inputs = vec![input];
        for _ in 0..200 {
            let mut answers = Vec::new();
            for input in std::mem::take(&mut inputs) {
                self.log.push((self.now, input.clone()));
                self.look_outside(&input);
                let effects = self.home.step(self.now, input);
                for effect in &effects {
                    answers.extend(self.recalled(effect));
                    if let (Effect::Command(command), true) = (effect, self.obedient) {
                        answers.push(Input::Event(Event::CommandSent { command: command.id }));
                        let values =
                            command.values.iter().map(|(n, v)| (n.clone(), Some(v.clone()))).collect();
                        let report = Report { values, ..Report::default() };
                        answers
                            .push(Input::Event(Event::Reported { device: command.device.clone(), report }));
                    }
                }
                self.save(&effects);
                self.effects.extend(effects);
            }
            if answers.is_empty() {
                return;
            }
            inputs = answers;
        }
    }

    /// History writes numbers down, and says what it knows of them.
    fn recalled(&mut self, effect: &Effect) -> Option<Input> {
        match effect {
            Effect::Changed(change) => {
                let key = PropertyKey { device: change.device.clone(), property: change.property.clone() };
                let number = change.to.as_ref().and_then(Value::as_number)?;
                self.history.entry(key).or_default().push((self.now.utc, number));
                None
            }
            Effect::Recall { device, property, .. } if !self.deaf_history => {
                let key = PropertyKey { device: device.clone(), property: property.clone() };
                let samples = self.history.get(&key).cloned().unwrap_or_default();
                let (device, property) = (key.device, key.property);
                Some(Input::Event(Event::Recalled { device, property, samples }))
            }
            _ => None,
        }
    }

    pub fn event(&mut self, event: Event) {
        self.input(Input::Event(event));
    }

    pub fn id(&self, slug: &str) -> DeviceId {
        let found = self.catalog.devices.iter().find(|(_, device)| device.slug == slug);
        found.unwrap_or_else(|| panic!("no device {slug}")).0.clone()
    }

    pub fn key(&self, text: &str) -> PropertyKey {
        let (device, property) = text.split_once('.').unwrap();
        PropertyKey { device: self.id(device), property: property.into() }
    }

    fn value(&self, key: &PropertyKey, json: &Json) -> Value {
        let property = self.catalog.devices[&key.device].description.property(key.property.as_str()).unwrap();
        property.value_type.parse_json(json).unwrap()
    }

    /// A device reports.
    pub fn report(&mut self, what: &str, json: Json) {
        let key = self.key(what);
        let value = self.value(&key, &json);
        let report = Report { values: [(key.property, Some(value))].into(), ..Report::default() };
        self.event(Event::Reported { device: key.device, report });
    }

    /// The broker repeats what it kept.
    pub fn retained(&mut self, what: &str, json: Json) {
        let key = self.key(what);
        let value = self.value(&key, &json);
        let values = [(key.property, Some(value))].into();
        self.event(Event::Reported {
            device: key.device,
            report: Report { values, retained: true, ..Report::default() },
        });
    }

    /// A button is pressed.
    pub fn press(&mut self, what: &str, word: &str, retained: bool) {
        let key = self.key(what);
        let happened = vec![(key.property, word.into())];
        self.event(Event::Reported {
            device: key.device,
            report: Report { happened, retained, ..Report::default() },
        });
    }

    /// The adapter of all devices says where it stands.
    pub fn adapter(&mut self, state: AdapterState) {
        let adapter = self.catalog.devices.values().next().unwrap().description.adapter.clone();
        self.event(Event::Adapter { adapter, status: AdapterStatus { state, ..AdapterStatus::default() } });
    }

    /// The adapter says that a property can be commanded, too.
    pub fn writable(&mut self, what: &str) {
        let key = self.key(what);
        let device = self.catalog.devices.get_mut(&key.device).unwrap();
        let mut description = (*device.description).clone();
        for property in description.properties.iter_mut().filter(|property| property.name == key.property) {
            property.access.writable = true;
        }
        device.description = Arc::new(description);
        let device = device.description.clone();
        self.event(Event::Described { device });
    }

    pub fn online(&mut self, slug: &str, online: bool) {
        let device = self.id(slug);
        self.event(Event::Availability { device, online });
    }

    pub fn ask(&mut self, action: PersonAction) -> Answer {
        let person = Person { name: "Ada".into() };
        self.event(Event::Asked { request: RequestId(7), person, action });
        let answers = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Answer { answer, .. } => Some(answer.clone()),
            _ => None,
        });
        answers.expect("every request is answered at once")
    }

    /// Ada clicks.
    pub fn click(&mut self, what: &str, json: Json) -> Answer {
        let key = self.key(what);
        let value = self.value(&key, &json);
        self.ask(PersonAction::Set { device: key.device, values: [(key.property, value)].into() })
    }

    /// Time passes; the home is woken whenever it asks.
    pub fn pass(&mut self, length: Millis) {
        let until = self.now.plus(length);
        while let Some(wake) = self.home.next_wakeup().filter(|wake| *wake <= until.mono) {
            self.now = self.now.plus(Millis(wake.saturating_sub(self.now.mono).max(1)));
            self.event(Event::Tick);
        }
        self.now = self.now.max(until);
        self.event(Event::Tick);
    }

    pub fn secs(&mut self, n: u64) {
        self.pass(Millis::secs(n));
    }

    /// The computer sleeps: one step with a large gap.
    pub fn sleep(&mut self, length: Millis) {
        self.now = self.now.plus(length);
        self.event(Event::Tick);
    }

    /// Takes the rows of a step. What is answered to somebody, or told to people, is on disk with all before it.
    fn save(&mut self, effects: &[Effect]) {
        let changes = self.home.take_durable();
        write(&mut self.rows, &changes);
        self.tail.push((self.now.mono, changes));
        let is_promised =
            effects.iter().any(|effect| matches!(effect, Effect::Answer { .. } | Effect::Notify(_)));
        let safe_until = if is_promised { u64::MAX } else { self.now.mono.saturating_sub(1000) };
        let old = self.tail.iter().take_while(|(at, _)| *at <= safe_until).count();
        for (_, changes) in self.tail.drain(..old) {
            write(&mut self.disk, &changes);
        }
    }

    /// The power is cut: of the last steps only the first `kept` reached the disk, besides what it holds safely.
    /// Devices live on, and tell their adapter what they are at once Lares runs again.
    pub fn power_cut(&mut self, kept: impl FnOnce(usize) -> usize) {
        let kept = kept(self.tail.len());
        for (_, changes) in self.tail.drain(..).take(kept) {
            write(&mut self.disk, &changes);
        }
        self.rows = self.disk.clone();
        self.restart(Millis(0));
        for (device, online) in self.answering.clone() {
            self.event(Event::Availability { device, online });
        }
        for (key, value) in self.outside.clone() {
            let report = Report { values: [(key.property, Some(value))].into(), ..Report::default() };
            self.event(Event::Reported { device: key.device, report });
        }
    }

    fn look_outside(&mut self, input: &Input) {
        match input {
            Input::Event(Event::Reported { device, report }) => {
                for (property, value) in &report.values {
                    let key = PropertyKey { device: device.clone(), property: property.clone() };
                    self.outside.extend(value.clone().map(|value| (key, value)));
                }
            }
            Input::Event(Event::Availability { device, online }) => {
                self.answering.insert(device.clone(), *online);
            }
            _ => {}
        }
    }

    pub fn stored(&self) -> Vec<DurableRow> {
        let row = |((kind, key), body): (&(String, String), &String)| DurableRow {
            kind: kind.clone(),
            key: key.clone(),
            body: body.clone(),
        };
        self.rows.iter().map(row).collect()
    }

    /// Lares is killed, is off for a while, and starts again from its rows.
    pub fn restart(&mut self, off: Millis) {
        let (home, problems) = Home::restore(&self.stored());
        assert!(problems.is_empty(), "{problems:?}");
        self.home = home;
        self.now = self.now.plus(off);
        let rules = self.rules.clone();
        self.input(Input::Rules(rules));
        self.input(Input::Started);
    }

    /// The rule files are saved with another text.
    pub fn save_rules(&mut self, rules: &str) {
        let (_, rules, _) = compile(rules, &self.given);
        self.rules = rules.clone();
        self.input(Input::Rules(rules));
    }

    /// The believed value, bare.
    pub fn get(&self, what: &str) -> Json {
        let reading = self.home.property(&self.key(what)).unwrap();
        reading.state.value.as_ref().map_or(Json::Null, Value::to_json)
    }

    /// The commands since the last look: `lamp.state=on`, those of one message with a space between.
    pub fn commands(&mut self) -> Vec<String> {
        let effects = std::mem::take(&mut self.effects);
        let commands = effects.iter().filter_map(|effect| match effect {
            Effect::Command(command) => Some(command),
            _ => None,
        });
        let words = |command: &lares_model::Command| {
            let slug = &self.catalog.devices[&command.device].slug;
            let values = command.values.iter().map(|(name, value)| format!("{slug}.{name}={value}"));
            values.collect::<Vec<_>>().join(" ")
        };
        commands.map(words).collect()
    }

    pub fn journal(&self, kind: JournalKind) -> Vec<String> {
        let entries = self.effects.iter().filter_map(|effect| match effect {
            Effect::Journal(entry) if entry.kind == kind => Some(entry.text.clone()),
            _ => None,
        });
        entries.collect()
    }

    pub fn notices(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Notify(_))).count()
    }

    /// Where each command got to, in order.
    pub fn phases(&self) -> Vec<String> {
        let phases = self.effects.iter().filter_map(|effect| match effect {
            Effect::CommandPhase { phase, .. } => Some(phase),
            _ => None,
        });
        let word = |phase: &CommandPhase| match phase {
            CommandPhase::Requested => "requested".to_owned(),
            CommandPhase::Sent => "sent".to_owned(),
            CommandPhase::Done { outcome } => match outcome {
                CommandOutcome::Confirmed => "confirmed".into(),
                CommandOutcome::Sent => "sent, and no more to come".into(),
                CommandOutcome::TimedOut { reason } => format!("timed out: {reason}"),
                CommandOutcome::Failed { reason } => format!("failed: {reason}"),
                CommandOutcome::Expired { reason } => format!("expired: {reason}"),
            },
        };
        phases.map(word).collect()
    }

    pub fn sent(&mut self) -> CommandId {
        let command = self.home.last_command().unwrap();
        self.event(Event::CommandSent { command });
        command
    }

    pub fn rule(&self, id: &str) -> lares_engine::RuleReading {
        self.home.rule(&RuleId::new(id)).unwrap_or_else(|| panic!("no rule {id}")).1
    }

    pub fn held_by(&self, what: &str) -> Option<String> {
        self.home.property(&self.key(what)).unwrap().held.map(|held| held.by)
    }
}

pub fn on() -> Json {
    json!("on")
}

pub fn off() -> Json {
    json!("off")
}
