//! Steps: what a run does, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use lares_model::{
    CauseLink, CommandId, DeviceId, JournalKind, Millis, PropertyKey, PropertyName, RunId, Value,
};
use lares_rules::program::{Assignment, OnFail, Rule, Step};

use crate::cell::{Owner, Status};
use crate::claims::Wish;
use crate::eval::Scope;
use crate::home::{Due, Home};
use crate::runs::{Branch, Waits};
use crate::world::Unknown;

/// The longest `wait`: a year.
const WAIT_MAX_S: f64 = 31_536_000.0;

/// How a run goes on after a step.
pub(crate) enum Flow {
    Next,
    Into(Branch),
    Wait(Waits),
    Stop,
}

impl Home {
    pub(crate) fn take_step(&mut self, rule: &Rule, run: RunId, place: usize, step: &Step) -> Flow {
        match step {
            Step::Set { assignments, transition, verify, retry, on_fail } => {
                let done = self.set(rule, run, assignments, *transition);
                let cares = verify.is_some() || *retry > 0 || !on_fail.steps.is_empty() || on_fail.stop;
                match done {
                    Err(reason) => self.failed_step(run, place, on_fail, &reason),
                    Ok(commands) if cares && !commands.is_empty() => {
                        let until = self.patience(&commands, *verify);
                        Flow::Wait(Waits::Commands { commands, until, tries: *retry })
                    }
                    Ok(_) => Flow::Next,
                }
            }
            Step::Toggle { key } => self.toggle(rule, run, key),
            Step::Notify(notification) => {
                self.tell_people(rule, run, notification);
                Flow::Next
            }
            Step::Wait { length } => match self.run_scope(rule, run, |scope| scope.number(length)) {
                Ok(seconds) => {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                    let length = (seconds.clamp(0.0, WAIT_MAX_S) * 1000.0) as u64;
                    Flow::Wait(Waits::Until(self.now.mono.saturating_add(length)))
                }
                Err(unknown) => {
                    self.skipped(rule, run, "wait", &unknown);
                    Flow::Next
                }
            },
            Step::If { condition, .. } => match self.run_scope(rule, run, |scope| scope.truth(condition)) {
                Ok(true) => Flow::Into(Branch::Then(place)),
                Ok(false) => Flow::Into(Branch::Otherwise(place)),
                Err(unknown) => {
                    self.skipped(rule, run, "if", &unknown);
                    Flow::Next
                }
            },
            Step::Log { text } => {
                let text = self.filled_in(run, text);
                let cause = self.runs.get(&run).map(|run| run.cause.clone()).unwrap_or_default();
                self.journal(JournalKind::RuleRan, text).rule(&rule.id).cause(&cause);
                Flow::Next
            }
            Step::Stop => Flow::Stop,
        }
    }

    fn run_scope<T>(
        &self,
        rule: &Rule,
        run: RunId,
        ask: impl Fn(&Scope<'_>) -> Result<T, Unknown>,
    ) -> Result<T, Unknown> {
        let gone = || Unknown::Other("the run is gone".into());
        let scope = self.scope(&rule.id).ok_or_else(gone)?;
        let trigger = self.runs.get(&run).map(|run| &run.trigger);
        ask(&Scope { trigger, changed: trigger.and_then(|trigger| trigger.key.as_ref()), ..scope })
    }

    fn skipped(&mut self, rule: &Rule, run: RunId, what: &str, unknown: &Unknown) {
        let why = self.world.unknown_words(unknown);
        let cause = self.runs.get(&run).map(|run| run.cause.clone()).unwrap_or_default();
        let text = format!("\"{}\" skipped a step ({what}): {why}", rule.name);
        self.journal(JournalKind::RuleBlocked, text).rule(&rule.id).cause(&cause);
    }

    /// Claims values and tells the devices, one message each. Gives the commands that are under way for them.
    fn set(
        &mut self,
        rule: &Rule,
        run: RunId,
        assignments: &[Assignment],
        transition: Option<Millis>,
    ) -> Result<Vec<CommandId>, String> {
        let mut failed = None;
        let mut values: BTreeMap<DeviceId, BTreeMap<PropertyName, Value>> = BTreeMap::new();
        for assignment in assignments {
            let PropertyKey { device, property } = assignment.key.clone();
            match self.run_scope(rule, run, |scope| scope.eval(&assignment.value)) {
                Ok(value) => {
                    values.entry(device).or_default().insert(property, value);
                }
                Err(unknown) => {
                    self.skipped(rule, run, "set", &unknown);
                    failed = Some(self.world.unknown_words(&unknown));
                }
            }
        }
        let mut keys = Vec::new();
        for (device, mut values) in values {
            if let Some(entry) = self.world.devices.get(&device) {
                let woken = entry.woken_by(&values, |claim| claim.owner.is_one_shot());
                values.extend(woken.into_iter().map(|state| (state, Value::Switch(true))));
            }
            for (property, value) in values {
                let key = PropertyKey { device: device.clone(), property };
                match self.claim_once(rule, run, &key, value, transition) {
                    Ok(()) => keys.push(key),
                    Err(reason) => failed = Some(reason),
                }
            }
        }
        let commands = self.settle_keys(&keys);
        failed.map_or(Ok(commands), Err)
    }

    /// A one-shot claim; it ends those of other runs.
    fn claim_once(
        &mut self,
        rule: &Rule,
        run: RunId,
        key: &PropertyKey,
        value: Value,
        transition: Option<Millis>,
    ) -> Result<(), String> {
        let cause = self.runs.get(&run).map(|run| run.cause.clone()).unwrap_or_default();
        if self.is_by_hand(run) && self.outranks_people(key).is_none() {
            self.end_claims(key, |claim| claim.owner.is_manual());
        }
        if let Some(by) = self.outranked_by(key, rule.priority) {
            self.tell_outranked(rule, key, &by, &cause);
            return Err(format!("outranked: {by} holds {}", self.world.spoken(key)));
        }
        let priority = rule.priority;
        self.end_claims(key, |claim| claim.owner.is_one_shot() && claim.priority <= priority);
        let owner = Owner::Run { rule: rule.id.clone(), name: rule.name.to_string(), run };
        self.claim(key, Wish { owner, value, priority, until: None, transition, cause });
        Ok(())
    }

    /// True if somebody pressed a button for this run, in the window or on a remote: an earlier hand gives way to theirs.
    fn is_by_hand(&self, run: RunId) -> bool {
        let Some(run) = self.runs.get(&run) else { return false };
        match &run.trigger.key {
            Some(key) => self.world.base_name(key).is_some_and(|base| base.as_str() == "action"),
            None => matches!(run.cause.links().get(1), Some(CauseLink::Person { .. })),
        }
    }

    fn settle_keys(&mut self, keys: &[PropertyKey]) -> Vec<CommandId> {
        let devices: BTreeSet<&DeviceId> = keys.iter().map(|key| &key.device).collect();
        for device in devices {
            self.settle_device(device);
        }
        let under_way = keys.iter().filter_map(|key| self.world.cell(key)?.pending());
        let commands: BTreeSet<CommandId> = under_way.map(|pending| pending.command).collect();
        commands.into_iter().collect()
    }

    fn toggle(&mut self, rule: &Rule, run: RunId, key: &PropertyKey) -> Flow {
        let expected = self.world.value(key).and_then(|_| {
            let cell = self.world.cell(key);
            let on = cell.and_then(|cell| cell.expected()).and_then(Value::as_bool);
            on.ok_or_else(|| Unknown::NotSaid(key.clone()))
        });
        match expected {
            Ok(on) => match self.claim_once(rule, run, key, Value::Switch(!on), None) {
                Ok(()) => {
                    self.settle_keys(std::slice::from_ref(key));
                }
                Err(reason) => self.note_failure(run, &reason),
            },
            Err(unknown) => self.skipped(rule, run, "toggle", &unknown),
        }
        Flow::Next
    }

    fn note_failure(&mut self, run: RunId, reason: &str) {
        if let Some(run) = self.runs.get_mut(&run) {
            run.failed = Some(reason.to_owned());
        }
    }

    /// What happens after a `set` came to nothing.
    fn failed_step(&mut self, run: RunId, place: usize, on_fail: &OnFail, reason: &str) -> Flow {
        self.note_failure(run, reason);
        if on_fail.stop
            && let Some(run) = self.runs.get_mut(&run)
        {
            // Nothing follows but the steps of `on_fail`.
            for frame in &mut run.frames {
                frame.next = usize::MAX;
            }
        }
        match (on_fail.steps.is_empty(), on_fail.stop) {
            (false, _) => Flow::Into(Branch::OnFail(place)),
            (true, true) => Flow::Stop,
            (true, false) => Flow::Next,
        }
    }

    /// The `set` for whose outcome the run waits failed: it is tried again, or `on_fail` follows.
    pub(crate) fn step_failed(&mut self, id: RunId, reason: &str, may_try_again: bool) {
        let Some(set) = self.waiting_set(id) else { return };
        self.agenda.set(Due::Run(id), None);
        if may_try_again && self.tried_again(id, &set) {
            return;
        }
        match self.failed_step(id, set.place, &set.on_fail, reason) {
            Flow::Into(branch) => self.enter(id, branch),
            Flow::Stop => {
                if let Some(run) = self.runs.get_mut(&id) {
                    run.frames.truncate(1);
                }
            }
            Flow::Next | Flow::Wait(_) => {}
        }
        self.advance(id);
    }

    fn tried_again(&mut self, id: RunId, set: &WaitingSet) -> bool {
        let Some(run) = self.runs.get(&id) else { return false };
        let Waits::Commands { tries: tries @ 1.., commands: open, .. } = &run.waits else { return false };
        let (tries, open) = (*tries, open.clone());
        let Some(rule) = self.program.ready(&run.rule).cloned() else { return false };
        self.give_up(&open);
        match self.set(&rule, id, &set.assignments, set.transition) {
            Ok(commands) if !commands.is_empty() => {
                let until = self.patience(&commands, set.verify);
                self.wait(id, Waits::Commands { commands, until, tries: tries - 1 });
                true
            }
            _ => false,
        }
    }

    /// Until when a `set` is waited for; its commands have at least as long.
    fn patience(&mut self, commands: &[CommandId], verify: Option<Millis>) -> Option<u64> {
        let verify = verify?;
        for command in commands {
            self.give_time(*command, verify);
        }
        Some(self.now.mono.saturating_add(verify.0))
    }

    /// The `set` at which a run waits.
    fn waiting_set(&self, id: RunId) -> Option<WaitingSet> {
        let run = self.runs.get(&id)?;
        let rule = self.program.ready(&run.rule)?;
        let place = run.frames.last()?.next.checked_sub(1)?;
        match run.steps(rule)?.get(place)? {
            Step::Set { assignments, transition, on_fail, verify, .. } => Some(WaitingSet {
                place,
                assignments: assignments.clone(),
                transition: *transition,
                on_fail: on_fail.clone(),
                verify: *verify,
            }),
            _ => None,
        }
    }

    /// After a restart the commands are gone: what is not so is told again, and waited for.
    pub(crate) fn verify_again(&mut self, id: RunId) {
        let Some(set) = self.waiting_set(id) else { return self.drop_run(id) };
        let keys: Vec<PropertyKey> = set.assignments.into_iter().map(|assignment| assignment.key).collect();
        for key in &keys {
            if let Some(claim) = self.world.cell_mut(key).and_then(|cell| cell.effective_mut()) {
                claim.status = Status::Fresh;
            }
        }
        let commands = self.settle_keys(&keys);
        if commands.is_empty() {
            return self.advance(id);
        }
        let until = self.patience(&commands, set.verify);
        self.wait(id, Waits::Commands { commands, until, tries: 0 });
    }
}

/// A `set` at which a run waits.
struct WaitingSet {
    place: usize,
    assignments: Vec<Assignment>,
    transition: Option<Millis>,
    on_fail: OnFail,
    verify: Option<Millis>,
}
