//! Runs of edge rules: how they start, wait, go on after a restart, and end. Where a run stands is data.

use lares_model::{Cause, CommandId, CommandOutcome, JournalKind, RuleId, RunId, UtcMillis};
use lares_rules::program::{Mode, Rule, RuleBody, Step};
use serde::{Deserialize, Serialize};

use crate::durable::RowKey;
use crate::eval::{Scope, TriggerInfo};
use crate::home::{Due, Home};
use crate::program::Queued;
use crate::steps::Flow;

/// The most runs or waiting triggers of one rule.
const RUNS_MAX: usize = 10;

/// A run under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: RunId,
    pub(crate) rule: RuleId,
    /// Of the program that it runs; an edited rule does not go on in the middle.
    pub(crate) fingerprint: u64,
    pub(crate) cause: Cause,
    pub(crate) trigger: TriggerInfo,
    pub(crate) started: UtcMillis,
    /// Where it stands, outermost first.
    pub(crate) frames: Vec<Frame>,
    pub(crate) waits: Waits,
    /// What went wrong so far.
    #[serde(default)]
    pub(crate) failed: Option<String>,
}

/// A list of steps and the next one in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) branch: Branch,
    pub(crate) next: usize,
}

/// Which list of steps: a branch of a step of the frame around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Branch {
    /// `do`
    Root,
    /// `then`
    Then(usize),
    /// `else`
    Otherwise(usize),
    /// `on_fail`
    OnFail(usize),
}

/// What a run waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Waits {
    /// Nothing.
    Not,
    /// A time, home time.
    Until(u64),
    /// The outcomes of commands, until a time if there is one.
    Commands { commands: Vec<CommandId>, until: Option<u64>, tries: u8 },
}

impl Run {
    /// When it goes on by itself.
    pub(crate) fn due(&self) -> Option<u64> {
        match self.waits {
            Waits::Not => None,
            Waits::Until(until) => Some(until),
            Waits::Commands { until, .. } => until,
        }
    }

    /// The list of steps in which it stands.
    pub(crate) fn steps<'a>(&self, rule: &'a Rule) -> Option<&'a [Step]> {
        let RuleBody::Edge { steps, .. } = &rule.body else { return None };
        let mut list: &[Step] = steps;
        for frame in self.frames.iter().skip(1) {
            list = match (frame.branch, list) {
                (Branch::Then(n), list) => match list.get(n)? {
                    Step::If { then, .. } => then,
                    _ => return None,
                },
                (Branch::Otherwise(n), list) => match list.get(n)? {
                    Step::If { otherwise, .. } => otherwise,
                    _ => return None,
                },
                (Branch::OnFail(n), list) => match list.get(n)? {
                    Step::Set { on_fail, .. } => &on_fail.steps,
                    _ => return None,
                },
                (Branch::Root, _) => return None,
            };
        }
        Some(list)
    }
}

impl Home {
    /// A trigger fired: if the conditions are true and the mode allows it, the rule runs.
    pub(crate) fn trigger(&mut self, rule: &Rule, trigger: TriggerInfo, cause: &Cause, because: String) {
        if cause.has_rule(&rule.id) && !rule.reentrant {
            return self.blocked(rule, "it does not start again on its own effect", cause);
        }
        let RuleBody::Edge { conditions, .. } = &rule.body else { return };
        for condition in conditions {
            let Some(scope) = self.scope(&rule.id) else { return };
            let changed = trigger.key.as_ref();
            match (Scope { trigger: Some(&trigger), changed, ..scope }).truth(condition) {
                Ok(true) => {}
                Ok(false) => return self.not_run(rule, &because),
                Err(unknown) => {
                    let why = self.world.unknown_words(&unknown);
                    return self.blocked(rule, &why, cause);
                }
            }
        }
        self.start_run(rule, trigger, cause, because);
    }

    /// The conditions are not true: no news for the journal, but for those who ask why it did not run.
    fn not_run(&mut self, rule: &Rule, because: &str) {
        if let Some(state) = self.program.rules.get_mut(&rule.id) {
            state.memory.last_outcome = format!("not run when {because}: its condition was not true");
        }
        self.rule_changed(&rule.id);
    }

    pub(crate) fn start_run(&mut self, rule: &Rule, trigger: TriggerInfo, cause: &Cause, because: String) {
        let RuleBody::Edge { mode, .. } = &rule.body else { return };
        let running: Vec<RunId> =
            self.runs.values().filter(|run| run.rule == rule.id).map(|run| run.id).collect();
        match *mode {
            _ if running.is_empty() => {}
            Mode::Restart => {
                for run in running {
                    self.drop_run(run);
                }
            }
            Mode::Parallel(most) if running.len() < usize::from(most).min(RUNS_MAX) => {}
            Mode::Queue(most) => {
                return self.queue_run(rule, usize::from(most).min(RUNS_MAX), trigger, cause, because);
            }
            Mode::Single | Mode::Parallel(_) => return self.drop_trigger(rule, &because, cause),
        }
        let id = RunId(self.counters.run + 1);
        let Some(cause) = self.may_run(rule, cause, &because, Some(id)) else { return };
        self.counters.run = id.0;
        self.dirty.insert(RowKey::Counters);
        self.ran(rule, format!("started, because {because}"));
        self.journal(JournalKind::RuleRan, format!("\"{}\" ran, because {because}", rule.name))
            .rule(&rule.id)
            .cause(&cause);
        self.runs.insert(
            id,
            Run {
                id,
                rule: rule.id.clone(),
                fingerprint: rule.fingerprint,
                cause,
                trigger,
                started: self.now.utc,
                frames: vec![Frame { branch: Branch::Root, next: 0 }],
                waits: Waits::Not,
                failed: None,
            },
        );
        self.advance(id);
    }

    fn queue_run(&mut self, rule: &Rule, most: usize, trigger: TriggerInfo, cause: &Cause, because: String) {
        let Some(state) = self.program.rules.get_mut(&rule.id) else { return };
        if state.memory.queue.len() >= most {
            return self.drop_trigger(rule, &because, cause);
        }
        state.memory.queue.push(Queued { trigger, cause: cause.clone(), because });
        self.dirty.insert(RowKey::Rule(rule.id.clone()));
    }

    fn drop_trigger(&mut self, rule: &Rule, because: &str, cause: &Cause) {
        let text = format!("\"{}\" did not run again when {because}: it was still running", rule.name);
        self.journal(JournalKind::RunDropped, text).rule(&rule.id).cause(cause);
    }

    /// Takes steps until the run waits or ends.
    pub(crate) fn advance(&mut self, id: RunId) {
        loop {
            let Some(run) = self.runs.get_mut(&id) else { return };
            let Some(rule) =
                self.program.ready(&run.rule).filter(|rule| rule.fingerprint == run.fingerprint).cloned()
            else {
                return self.drop_run(id);
            };
            self.dirty.insert(RowKey::Run(id));
            run.waits = Waits::Not;
            let Some(steps) = run.steps(&rule) else { return self.drop_run(id) };
            let Some(frame) = run.frames.last_mut() else { return self.end_run(&rule, id) };
            let place = frame.next;
            let Some(step) = steps.get(place) else {
                run.frames.pop();
                if run.frames.is_empty() {
                    return self.end_run(&rule, id);
                }
                continue;
            };
            // The place moves on first: what is told or toggled now is never told or toggled again.
            frame.next = place + 1;
            match self.take_step(&rule, id, place, step) {
                Flow::Next => {}
                Flow::Into(branch) => self.enter(id, branch),
                Flow::Wait(waits) => return self.wait(id, waits),
                Flow::Stop => return self.end_run(&rule, id),
            }
        }
    }

    pub(crate) fn enter(&mut self, id: RunId, branch: Branch) {
        if let Some(run) = self.runs.get_mut(&id) {
            run.frames.push(Frame { branch, next: 0 });
        }
    }

    pub(crate) fn wait(&mut self, id: RunId, waits: Waits) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        run.waits = waits;
        self.agenda.set(Due::Run(id), run.due());
        self.dirty.insert(RowKey::Run(id));
    }

    fn end_run(&mut self, rule: &Rule, id: RunId) {
        let Some(run) = self.runs.get(&id) else { return };
        let outcome =
            run.failed.as_ref().map_or_else(|| "done".to_owned(), |reason| format!("failed: {reason}"));
        self.drop_run(id);
        let Some(state) = self.program.rules.get_mut(&rule.id) else { return };
        state.memory.last_outcome = outcome;
        let next = (!state.memory.queue.is_empty()).then(|| state.memory.queue.remove(0));
        self.rule_changed(&rule.id);
        if let Some(Queued { trigger, cause, because }) = next {
            self.start_run(rule, trigger, &cause, because);
        }
    }

    /// Takes a run off without a word.
    pub(crate) fn drop_run(&mut self, id: RunId) {
        if let Some(run) = self.runs.remove(&id) {
            self.rule_changed(&run.rule);
        }
        self.agenda.set(Due::Run(id), None);
        self.dirty.insert(RowKey::Run(id));
    }

    pub(crate) fn end_runs(&mut self, rule: &RuleId, why: &str) {
        let runs: Vec<RunId> = self.runs.values().filter(|run| run.rule == *rule).map(|run| run.id).collect();
        if let Some(state) = self.program.rules.get_mut(rule) {
            state.memory.queue.clear();
        }
        for run in runs {
            let text =
                format!("a run of \"{}\" ended early: {why}", self.rule_name(rule).unwrap_or_default());
            self.journal(JournalKind::RunDropped, text).rule(rule);
            self.drop_run(run);
        }
    }

    /// A `wait` is over, or a `verify` took too long.
    pub(crate) fn run_due(&mut self, id: RunId) {
        let Some(run) = self.runs.get(&id) else { return };
        match &run.waits {
            Waits::Commands { .. } => self.step_failed(id, "no answer within the time", true),
            Waits::Until(_) | Waits::Not => self.advance(id),
        }
    }

    /// A command ended; runs that wait for it hear of it once everything else of this moment is done.
    pub(crate) fn run_hears(&mut self, command: CommandId, outcome: &CommandOutcome) {
        let waits =
            |run: &Run| matches!(&run.waits, Waits::Commands { commands, .. } if commands.contains(&command));
        if self.runs.values().any(waits) {
            let outcome = outcome.clone();
            self.happenings.push_back(crate::react::Happening::Outcome { command, outcome });
        }
    }

    pub(crate) fn run_outcome(&mut self, command: CommandId, outcome: &CommandOutcome) {
        let mut heard = Vec::new();
        for (id, run) in &mut self.runs {
            if let Waits::Commands { commands, .. } = &mut run.waits
                && commands.contains(&command)
            {
                commands.retain(|other| *other != command);
                heard.push((*id, commands.is_empty()));
            }
        }
        for (id, was_last) in heard {
            match outcome {
                CommandOutcome::Confirmed | CommandOutcome::Sent if was_last => {
                    self.agenda.set(Due::Run(id), None);
                    self.advance(id);
                }
                CommandOutcome::Confirmed | CommandOutcome::Sent => {}
                CommandOutcome::TimedOut { reason } | CommandOutcome::Failed { reason } => {
                    self.step_failed(id, reason, true);
                }
                // Somebody else wants it otherwise by now.
                CommandOutcome::Expired { reason } => self.step_failed(id, reason, false),
            }
        }
    }

    /// After a restart: runs whose rule is still the same go on; commands under way are told again.
    pub(crate) fn resume_runs(&mut self) {
        let ids: Vec<RunId> = self.runs.keys().copied().collect();
        for id in ids {
            let Some(run) = self.runs.get(&id) else { continue };
            let same = self.program.rules.get(&run.rule).and_then(|state| state.rule.as_ref());
            match (same.is_some_and(|rule| rule.fingerprint == run.fingerprint), &run.waits) {
                (false, _) => {
                    let text = "a run ended early: its rule was edited or removed while Lares was off";
                    let rule = run.rule.clone();
                    self.journal(JournalKind::RunDropped, text).rule(&rule);
                    self.drop_run(id);
                }
                (true, Waits::Until(_)) => {}
                (true, Waits::Not) => self.advance(id),
                (true, Waits::Commands { .. }) => self.verify_again(id),
            }
        }
    }
}
