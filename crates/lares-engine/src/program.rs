//! The rules as they run: their programs, what each remembers, and who must look when something changes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use croner::Cron;
use lares_model::{Cause, DeviceId, Millis, PropertyKey, RuleId, UtcMillis};
use lares_rules::program::{
    Assignment, Expr, Level, Release, Rule, RuleBody, RuleSet, Step, TimerKey, Trigger,
};
use serde::{Deserialize, Serialize};

use crate::clock::parse_cron;
use crate::eval::TriggerInfo;
use crate::timers::Timer;

/// All rules, good and bad.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) set: Arc<RuleSet>,
    pub(crate) rules: BTreeMap<RuleId, RuleState>,
    index: Index,
}

/// Who must look at what. One event costs what its readers cost, however many other rules there are.
#[derive(Debug, Default)]
struct Index {
    readers: BTreeMap<PropertyKey, Vec<RuleId>>,
    update_readers: BTreeMap<PropertyKey, Vec<RuleId>>,
    events: BTreeMap<PropertyKey, Vec<(RuleId, usize)>>,
    holders: BTreeMap<DeviceId, Vec<RuleId>>,
}

/// A rule as it runs.
#[derive(Debug, Default)]
pub(crate) struct RuleState {
    /// Its program, if it has one.
    pub(crate) rule: Option<Arc<Rule>>,
    pub(crate) memory: RuleMemory,
    pub(crate) has_timers: bool,
    pub(crate) reads_time: bool,
    /// Parsed patterns, in the places of their triggers.
    pub(crate) crons: Vec<Option<Cron>>,
    /// When it last ran, for the pace; at most as many as the pace allows.
    pub(crate) recent: VecDeque<u64>,
}

/// What a rule remembers over a restart. One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleMemory {
    /// Whether people have it switched on.
    pub(crate) enabled: bool,
    /// Why it is paused.
    #[serde(default)]
    pub(crate) paused: Option<String>,
    /// Of the program that wrote this.
    #[serde(default)]
    pub(crate) fingerprint: u64,
    /// Since when (home time) its file is gone; then nothing is kept but its switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gone_since: Option<u64>,
    #[serde(default)]
    pub(crate) last_run: Option<UtcMillis>,
    #[serde(default)]
    pub(crate) last_outcome: String,
    /// What was last told to block it, so that it is told once.
    #[serde(default)]
    pub(crate) blocked: String,
    #[serde(default)]
    pub(crate) timers: BTreeMap<TimerKey, Timer>,
    #[serde(default)]
    pub(crate) edges: BTreeMap<u64, EdgeMemory>,
    /// The last due time that was dealt with, for clock triggers.
    #[serde(default)]
    pub(crate) marks: BTreeMap<u64, UtcMillis>,
    #[serde(default)]
    pub(crate) level: LevelMemory,
    /// Triggers that wait for a run to end.
    #[serde(default)]
    pub(crate) queue: Vec<Queued>,
}

impl Default for RuleMemory {
    fn default() -> Self {
        Self {
            enabled: true,
            paused: None,
            fingerprint: 0,
            gone_since: None,
            last_run: None,
            last_outcome: String::new(),
            blocked: String::new(),
            timers: BTreeMap::new(),
            edges: BTreeMap::new(),
            marks: BTreeMap::new(),
            level: LevelMemory::default(),
            queue: Vec::new(),
        }
    }
}

/// What one trigger remembers: the last known truth, of the whole or of each member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EdgeMemory {
    #[serde(default)]
    pub(crate) whole: Side,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) members: BTreeMap<String, Side>,
}

/// On which side of an edge something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Side {
    /// The last known truth.
    pub(crate) last: Option<bool>,
    /// It was unknown since.
    #[serde(default)]
    pub(crate) gap: bool,
}

/// What a level rule remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LevelMemory {
    pub(crate) entered: bool,
    /// When the linger ends, home time.
    #[serde(default)]
    pub(crate) linger_until: Option<u64>,
    /// Since when the condition is unknown, home time.
    #[serde(default)]
    pub(crate) unknown_since: Option<u64>,
    /// People were told about the unknown.
    #[serde(default)]
    pub(crate) alerted: bool,
}

/// A trigger that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queued {
    pub(crate) trigger: TriggerInfo,
    pub(crate) cause: Cause,
    pub(crate) because: String,
}

impl Program {
    /// The program of a rule that may act: whole, switched on, not paused.
    pub(crate) fn ready(&self, id: &RuleId) -> Option<&Arc<Rule>> {
        let state = self.rules.get(id)?;
        state.rule.as_ref().filter(|_| state.memory.enabled && state.memory.paused.is_none())
    }

    pub(crate) fn readers(&self, key: &PropertyKey) -> Vec<RuleId> {
        self.index.readers.get(key).cloned().unwrap_or_default()
    }

    pub(crate) fn update_readers(&self, key: &PropertyKey) -> Vec<RuleId> {
        self.index.update_readers.get(key).cloned().unwrap_or_default()
    }

    pub(crate) fn event_triggers(&self, key: &PropertyKey) -> Vec<(RuleId, usize)> {
        self.index.events.get(key).cloned().unwrap_or_default()
    }

    /// Level rules that may hold something of the device.
    pub(crate) fn holders(&self, device: &DeviceId) -> Vec<RuleId> {
        self.index.holders.get(device).cloned().unwrap_or_default()
    }

    /// True if some rule looks at repetitions of a value too.
    pub(crate) fn watches_updates(&self, key: &PropertyKey) -> bool {
        self.index.update_readers.contains_key(key)
    }

    /// Makes the index anew; gives back of which properties rings are needed, and how long.
    pub(crate) fn reindex(&mut self) -> BTreeMap<PropertyKey, Millis> {
        let mut index = Index::default();
        let mut windows = BTreeMap::new();
        for (id, state) in &mut self.rules {
            let Some(rule) = state.rule.clone() else { continue };
            state.has_timers = expressions(&rule).iter().any(|expr| has_timers(expr));
            let looked_at = looked_at(&rule);
            state.reads_time = looked_at.iter().any(|expr| expr.reads_time());
            let computed = computed_times(&rule.body).chain(looked_at);
            index.add_readers(id, &computed.collect::<Vec<_>>());
            index.add_body(id, &rule.body);
            state.crons = crons(&rule.body);
            for expr in expressions(&rule) {
                collect_windows(expr, &mut windows);
            }
        }
        self.index = index;
        windows
    }
}

impl Index {
    fn add_readers(&mut self, id: &RuleId, looked_at: &[&Expr]) {
        let mut keys = BTreeSet::new();
        let mut updates = BTreeSet::new();
        for expr in looked_at {
            keys.extend(expr.inputs());
            expr.walk(&mut |expr| {
                let window = expr.window().map(|(key, _)| key);
                let age = if let Expr::Age(key) = expr { Some(key) } else { None };
                updates.extend(window.or(age).cloned());
            });
        }
        for key in keys {
            self.readers.entry(key).or_default().push(id.clone());
        }
        for key in updates {
            self.update_readers.entry(key).or_default().push(id.clone());
        }
    }

    fn add_body(&mut self, id: &RuleId, body: &RuleBody) {
        match body {
            RuleBody::Level(level) => {
                let devices: BTreeSet<_> = assignments(level).map(|a| a.key.device.clone()).collect();
                for device in devices {
                    self.holders.entry(device).or_default().push(id.clone());
                }
            }
            RuleBody::Edge { triggers, .. } => {
                for (place, spec) in triggers.iter().enumerate() {
                    if let Trigger::Event { keys, .. } = &spec.trigger {
                        for key in keys {
                            self.events.entry(key.clone()).or_default().push((id.clone(), place));
                        }
                    }
                }
            }
        }
    }
}

/// What a level rule may write.
fn assignments(level: &Level) -> impl Iterator<Item = &Assignment> {
    let released: &[Assignment] = if let Release::Set(all) = &level.release { all } else { &[] };
    level.hold.iter().chain(released)
}

fn crons(body: &RuleBody) -> Vec<Option<Cron>> {
    let RuleBody::Edge { triggers, .. } = body else { return Vec::new() };
    let cron = |trigger: &Trigger| if let Trigger::Cron(text) = trigger { parse_cron(text) } else { None };
    triggers.iter().map(|spec| cron(&spec.trigger)).collect()
}

/// Every expression of a rule.
pub(crate) fn expressions(rule: &Rule) -> Vec<&Expr> {
    let mut all = Vec::new();
    match &rule.body {
        RuleBody::Level(level) => {
            all.push(&level.condition);
            all.extend(&level.enter_if);
            all.extend(assignments(level).map(|assignment| &assignment.value));
        }
        RuleBody::Edge { triggers, conditions, steps, .. } => {
            for spec in triggers {
                if let Trigger::Becomes(expr) | Trigger::AtComputed(expr) = &spec.trigger {
                    all.push(expr);
                }
            }
            all.extend(conditions);
            collect_steps(steps, &mut all);
        }
    }
    all
}

fn collect_steps<'a>(steps: &'a [Step], all: &mut Vec<&'a Expr>) {
    for step in steps {
        match step {
            Step::Set { assignments, on_fail, .. } => {
                all.extend(assignments.iter().map(|assignment| &assignment.value));
                collect_steps(&on_fail.steps, all);
            }
            Step::Wait { length } => all.push(length),
            Step::If { condition, then, otherwise } => {
                all.push(condition);
                collect_steps(then, all);
                collect_steps(otherwise, all);
            }
            Step::Toggle { .. } | Step::Notify(_) | Step::Log { .. } | Step::Stop => {}
        }
    }
}

/// The expressions whose change matters at once, and those that hold timers.
fn looked_at(rule: &Rule) -> Vec<&Expr> {
    let mut looked_at: Vec<&Expr> = match &rule.body {
        RuleBody::Level(level) => [&level.condition].into_iter().chain(&level.enter_if).collect(),
        RuleBody::Edge { triggers, .. } => (triggers.iter())
            .filter_map(|spec| if let Trigger::Becomes(expr) = &spec.trigger { Some(expr) } else { None })
            .collect(),
    };
    looked_at.extend(expressions(rule).into_iter().filter(|expr| has_timers(expr)));
    looked_at
}

/// The clock times of a rule that are computed.
fn computed_times(body: &RuleBody) -> impl Iterator<Item = &Expr> {
    let triggers = if let RuleBody::Edge { triggers, .. } = body { triggers.as_slice() } else { &[] };
    triggers.iter().filter_map(|spec| match &spec.trigger {
        Trigger::AtComputed(expr) => Some(expr),
        _ => None,
    })
}

fn has_timers(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| found |= matches!(expr, Expr::For { .. } | Expr::Until { .. }));
    found
}

fn collect_windows(expr: &Expr, windows: &mut BTreeMap<PropertyKey, Millis>) {
    expr.walk(&mut |expr| {
        if let Some((key, window)) = expr.window() {
            let longest = windows.entry(key.clone()).or_insert(window);
            *longest = (*longest).max(window);
        }
    });
}
