//! The stage of one test: a home, its clock, its stored rows, and devices that do as they are told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use lares_model::{
    DeviceId, Effect, Event, HomeConfig, Location, Millis, Moment, PropertyKey, Report, Value,
};
use lares_rules::catalog::HomeCatalog;
use lares_rules::program::{RuleSet, TestCase, TestStep};

use crate::clock;
use crate::durable::DurableRow;
use crate::home::{Home, Input};
use crate::reminders::fill_in;
use crate::testing::{reports_of, trace};

/// Home time at the start of a test: late enough that everything before it has one, too.
const START_MONO: u64 = 30 * 86_400_000;
/// How long before the start the devices are there, and have reported what is given.
const BEFORE: Millis = Millis::mins(10);
/// A saturday noon, if the test does not say.
const START: i64 = 1_768_046_400_000;
/// Where tests take place, if neither they nor the home say: Berlin.
const PLACE: Location = Location { latitude: 52.52, longitude: 13.40 };
/// How often commands and answers may follow on each other at one moment.
const ROUNDS_MAX: usize = 100;

/// A home under test.
pub(super) struct Stage {
    home: Home,
    rules: Arc<RuleSet>,
    start: Moment,
    now: Moment,
    rows: BTreeMap<(String, String), String>,
    deaf: BTreeSet<DeviceId>,
    /// What history would know of numbers.
    course: BTreeMap<PropertyKey, Vec<(i64, f64)>>,
    notices: Vec<String>,
    trace: Vec<String>,
}

impl Stage {
    /// Everything before the first step.
    pub(super) fn set_up(case: &TestCase, rules: &Arc<RuleSet>, catalog: &HomeCatalog) -> Self {
        let given = &case.given;
        let zone_name = given.time_zone.clone().unwrap_or_else(|| "UTC".into());
        let zone: Tz = zone_name.parse().unwrap_or(Tz::UTC);
        let place = given.location.or(catalog.location).unwrap_or(PLACE);
        let config = HomeConfig { name: "Test".into(), time_zone: zone_name, location: Some(place) };
        let start = Moment { mono: START_MONO, utc: start_utc(given.clock, zone) };
        let early = Moment { mono: start.mono - BEFORE.0, utc: start.utc - 600_000 };
        let mut stage = Self {
            home: Home::new(config),
            rules: rules.clone(),
            start,
            now: early,
            rows: BTreeMap::new(),
            deaf: given.offline.iter().cloned().collect(),
            course: BTreeMap::new(),
            notices: Vec::new(),
            trace: Vec::new(),
        };
        stage.home.world.rooms.clone_from(&catalog.rooms);
        stage.settle_in(catalog);
        stage.now = early.plus(Millis(BEFORE.0 / 2));
        let given_step = TestStep { report: given.values.clone(), ..TestStep::default() };
        for (device, report) in reports_of(&given_step) {
            stage.event(Event::Reported { device, report });
        }
        for device in &given.offline {
            stage.event(Event::Availability { device: device.clone(), online: false });
        }
        stage.trace.clear();
        stage.now = start;
        stage.input(Input::Rules(rules.clone()));
        stage.input(Input::Started);
        stage
    }

    /// The devices move in, under the names that the rules know.
    fn settle_in(&mut self, catalog: &HomeCatalog) {
        for (id, device) in &catalog.devices {
            self.event(Event::Described { device: device.description.clone() });
            self.home.give_slug(id, &device.slug);
            if let Some(entry) = self.home.world.devices.get_mut(id) {
                entry.device.slug.clone_from(&device.slug);
                entry.device.name.clone_from(&device.name);
                entry.device.room.clone_from(&device.room);
            }
        }
    }

    /// Time goes on to the step, and the step happens.
    pub(super) fn play(&mut self, step: &TestStep) {
        self.run_to(self.start.plus(step.at));
        for device in &step.offline {
            self.deaf.insert(device.clone());
            self.event(Event::Availability { device: device.clone(), online: false });
        }
        for device in &step.online {
            self.deaf.remove(device);
            self.event(Event::Availability { device: device.clone(), online: true });
        }
        for (device, report) in reports_of(step) {
            self.event(Event::Reported { device, report });
        }
        if let Some(length) = step.restart {
            self.restart(length);
        }
        if let Some(length) = step.sleep {
            self.note(&format!("sleeps for {length}"));
            self.now = self.now.plus(length);
            self.event(Event::Tick);
        }
        self.run_to(self.now);
    }

    /// Wakes the home whenever it asks, up to a time.
    fn run_to(&mut self, until: Moment) {
        while let Some(wake) = self.home.next_wakeup().filter(|wake| *wake <= until.mono) {
            let ahead =
                Millis(wake.max(self.now.mono + 1).min(until.mono.max(self.now.mono)) - self.now.mono);
            if ahead.0 == 0 {
                break;
            }
            self.now = self.now.plus(ahead);
            self.event(Event::Tick);
        }
        if until.mono > self.now.mono {
            self.now = until;
        }
        self.event(Event::Tick);
    }

    /// Lares is off for a while; what it stored is all that it knows then.
    fn restart(&mut self, length: Millis) {
        self.note(&format!("Lares is off for {length}"));
        let rows: Vec<DurableRow> = (self.rows.iter())
            .map(|((kind, key), body)| DurableRow {
                kind: kind.clone(),
                key: key.clone(),
                body: body.clone(),
            })
            .collect();
        let (home, problems) = Home::restore(&rows);
        for problem in problems {
            self.note(&problem);
        }
        self.home = home;
        self.now = self.now.plus(length);
        self.input(Input::Rules(self.rules.clone()));
        self.input(Input::Started);
    }

    fn event(&mut self, event: Event) {
        self.input(Input::Event(event));
    }

    /// Takes an input in, and lets devices answer until nothing is said any more.
    fn input(&mut self, input: Input) {
        let mut inputs = vec![input];
        for _ in 0..ROUNDS_MAX {
            if inputs.is_empty() {
                break;
            }
            let mut answers = Vec::new();
            for input in inputs {
                let effects = self.home.step(self.now, input);
                for effect in &effects {
                    self.hear(effect);
                    answers.extend(self.answers(effect));
                }
                self.store();
            }
            inputs = answers;
        }
    }

    fn hear(&mut self, effect: &Effect) {
        if let Effect::Changed(change) = effect
            && let Some(number) = change.to.as_ref().and_then(Value::as_number)
        {
            let key = PropertyKey { device: change.device.clone(), property: change.property.clone() };
            self.course.entry(key).or_default().push((self.now.utc, number));
        }
        if let Effect::Notify(notice) = effect {
            self.notices.push(fill_in(&notice.text, &notice.context));
        }
        if let Some(line) = trace::line(&self.home, effect) {
            self.note(&line);
        }
    }

    /// A command is handed on; a device that hears it obeys at once. History says what it knows.
    fn answers(&self, effect: &Effect) -> Vec<Input> {
        if let Effect::Recall { device, property, .. } = effect {
            let key = PropertyKey { device: device.clone(), property: property.clone() };
            let samples = self.course.get(&key).cloned().unwrap_or_default();
            let (device, property) = (key.device, key.property);
            return vec![Input::Event(Event::Recalled { device, property, samples })];
        }
        let Effect::Command(command) = effect else { return Vec::new() };
        let sent = Input::Event(Event::CommandSent { command: command.id });
        if self.deaf.contains(&command.device) {
            return vec![sent];
        }
        let values = command.values.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        let report = Report { values, ..Report::default() };
        vec![sent, Input::Event(Event::Reported { device: command.device.clone(), report })]
    }

    fn store(&mut self) {
        for change in self.home.take_durable() {
            let key = (change.kind.to_owned(), change.key);
            match change.body {
                Some(body) => self.rows.insert(key, body),
                None => self.rows.remove(&key),
            };
        }
    }

    fn note(&mut self, line: &str) {
        let at = match self.now.mono.checked_sub(self.start.mono) {
            Some(after) => Millis(after).to_string(),
            None => "before".into(),
        };
        self.trace.push(format!("{at}: {line}"));
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    pub(super) fn notices(&self) -> &[String] {
        &self.notices
    }

    pub(super) fn clear_notices(&mut self) {
        self.notices.clear();
    }

    pub(super) fn into_trace(self) -> Vec<String> {
        self.trace
    }

    pub(super) fn words(&self, key: &PropertyKey, value: &Value) -> String {
        self.home.world.value_words(key, value)
    }

    pub(super) fn tolerance(&self, key: &PropertyKey) -> f64 {
        let entry = self.home.world.devices.get(&key.device);
        entry
            .and_then(|entry| entry.property(&key.property))
            .map_or(0.0, lares_model::PropertyDescription::tolerance)
    }
}

fn start_utc(clock: Option<NaiveDateTime>, zone: Tz) -> i64 {
    clock.and_then(|time| clock::instants(time, zone).0).unwrap_or(START)
}
