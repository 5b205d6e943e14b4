//! Pace: loops are stopped. A cause chain grows only so deep, and a rule that runs more than twenty times in ten
//! seconds is paused, visibly, until a person switches it on again.

use lares_model::{Cause, CauseLink, JournalKind, MAX_CAUSE_DEPTH, RuleId, RunId};
use lares_rules::program::Rule;

use crate::home::Home;

const RUNS_MAX: usize = 20;
const WITHIN_MS: u64 = 10_000;

impl Home {
    /// The cause for what the rule is about to do; none if it must not.
    pub(crate) fn may_run(
        &mut self,
        rule: &Rule,
        cause: &Cause,
        because: &str,
        run: Option<RunId>,
    ) -> Option<Cause> {
        if cause.links().len() >= MAX_CAUSE_DEPTH {
            if cause.has_rule(&rule.id) {
                self.pause(&rule.id, "it kept starting itself through other rules or devices");
            } else {
                self.blocked(rule, "the chain of causes is too long", cause);
            }
            return None;
        }
        if !self.keeps_pace(&rule.id) {
            self.pause(&rule.id, "it ran more than 20 times in 10 seconds");
            return None;
        }
        let (name, because) = (rule.name.to_string(), because.to_owned());
        Some(cause.then(CauseLink::Rule { rule: rule.id.clone(), name, because, run }))
    }

    /// Counts a run; false if there were too many.
    fn keeps_pace(&mut self, id: &RuleId) -> bool {
        let now = self.now.mono;
        let Some(state) = self.program.rules.get_mut(id) else { return false };
        while state.recent.front().is_some_and(|at| at + WITHIN_MS <= now) {
            state.recent.pop_front();
        }
        if state.recent.len() >= RUNS_MAX {
            return false;
        }
        state.recent.push_back(now);
        true
    }

    /// The rule did not act because something is unknown or in its way; told once for each reason.
    pub(crate) fn blocked(&mut self, rule: &Rule, why: &str, cause: &Cause) {
        let Some(state) = self.program.rules.get_mut(&rule.id) else { return };
        if state.memory.blocked == why {
            return;
        }
        why.clone_into(&mut state.memory.blocked);
        state.memory.last_outcome = format!("blocked: {why}");
        let text = format!("\"{}\" is blocked: {why}", rule.name);
        self.journal(JournalKind::RuleBlocked, text).rule(&rule.id).cause(cause);
        self.rule_changed(&rule.id);
    }

    /// The rule acted; what blocked it before is told anew next time.
    pub(crate) fn ran(&mut self, rule: &Rule, outcome: String) {
        let utc = self.now.utc;
        let Some(state) = self.program.rules.get_mut(&rule.id) else { return };
        state.memory.last_run = Some(utc);
        state.memory.last_outcome = outcome;
        state.memory.blocked.clear();
        self.rule_changed(&rule.id);
    }
}
