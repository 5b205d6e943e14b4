//! Switches: people turn rules on and off; what loops is paused; and what the list shows of each rule.

use lares_model::{Answer, Cause, CauseLink, Effect, JournalKind, Person, PropertyKey, Refusal, RuleId};
use lares_rules::program::{RuleBody, RuleEntry, RuleStatus};

use crate::cell::{Claim, Owner};
use crate::durable::RowKey;
use crate::eval::TriggerInfo;
use crate::home::{Call, Home};
use crate::react::Look;
use crate::reading::{HeldBack, RuleHealth, RuleReading};

impl Home {
    pub(crate) fn switch_rule(
        &mut self,
        person: &Person,
        id: &RuleId,
        enabled: bool,
    ) -> Result<Answer, Refusal> {
        let name = self.rule_name(id)?;
        let Some(state) = self.program.rules.get_mut(id) else { return Ok(Answer::Done) };
        let before = state.memory.enabled && state.memory.paused.is_none();
        if before == enabled {
            return Ok(Answer::Done);
        }
        if enabled {
            state.memory.enabled = true;
            state.memory.paused = None;
            state.recent.clear();
            self.begin(id, "it was switched on");
        } else {
            self.stop(id, "it was switched off");
            if let Some(state) = self.program.rules.get_mut(id) {
                state.memory.enabled = false;
            }
        }
        let what = if enabled { "on" } else { "off" };
        self.journal(JournalKind::Home, format!("{} switched \"{name}\" {what}", person.name)).rule(id);
        self.rule_changed(id);
        Ok(Answer::Done)
    }

    pub(crate) fn run_rule(&mut self, person: &Person, id: &RuleId) -> Result<Answer, Refusal> {
        let name = self.rule_name(id)?;
        let invalid = |reason: String| Refusal::Invalid { reason };
        let Some(rule) = self.program.rules.get(id).and_then(|state| state.rule.clone()) else {
            return Err(invalid(format!("\"{name}\" has errors and cannot run")));
        };
        if !matches!(rule.body, RuleBody::Edge { .. }) {
            return Err(invalid(format!("\"{name}\" holds by its condition; it cannot be run by hand")));
        }
        let cause = Cause::new(CauseLink::Person { name: person.name.clone() });
        let because = format!("{} asked for it", person.name);
        self.start_run(&rule, TriggerInfo::default(), &cause, because);
        Ok(Answer::Done)
    }

    pub(crate) fn rule_name(&self, id: &RuleId) -> Result<String, Refusal> {
        let entry = self.program.set.rules.get(id);
        entry
            .map(|entry| entry.name.to_string())
            .ok_or_else(|| Refusal::NotFound { what: format!("rule {id}") })
    }

    /// A loop was found.
    pub(crate) fn pause(&mut self, id: &RuleId, why: &str) {
        let name = self.rule_name(id).unwrap_or_default();
        self.stop(id, "it is paused");
        if let Some(state) = self.program.rules.get_mut(id) {
            state.memory.paused = Some(why.to_owned());
            state.memory.last_outcome = format!("paused: {why}");
        }
        self.journal(JournalKind::RulePaused, format!("\"{name}\" is paused: {why}")).rule(id);
        self.rule_changed(id);
    }

    /// The rule takes part from now on: what is, is taken in without starting anything; what holds, holds.
    pub(crate) fn begin(&mut self, id: &RuleId, what: &str) {
        if let Some(state) = self.program.rules.get_mut(id) {
            state.memory.edges.clear();
            state.memory.marks.clear();
            state.memory.blocked.clear();
        }
        let cause = Cause::new(CauseLink::Restored { what: what.to_owned() });
        self.look(id, &Look { cause, what: what.to_owned(), quiet: true, ..Look::default() });
        self.schedule_triggers(id);
        self.rule_changed(id);
    }

    /// The rule takes no part from now on: its runs and claims end.
    pub(crate) fn stop(&mut self, id: &RuleId, why: &str) {
        self.end_runs(id, why);
        self.drop_reminders(id);
        if let Some(rule) = self.program.rules.get(id).and_then(|state| state.rule.clone()) {
            self.withdraw(&rule, why);
        }
        self.unschedule(id);
    }

    pub(crate) fn rule_changed(&mut self, id: &RuleId) {
        self.dirty.insert(RowKey::Rule(id.clone()));
        self.out.push(Effect::RuleChanged { rule: id.clone() });
    }

    pub(crate) fn rule_reading(&self, id: &RuleId, entry: &RuleEntry) -> RuleReading {
        let blank = crate::program::RuleMemory::default();
        let memory = self.program.rules.get(id).map_or(&blank, |state| &state.memory);
        let (health, problem) = match (&entry.status, &memory.paused) {
            (RuleStatus::Broken { reason }, _) => (RuleHealth::Error, reason.clone()),
            (RuleStatus::Waiting { reason }, _) => (RuleHealth::Waiting, reason.clone()),
            (RuleStatus::Ready(_), Some(why)) => (RuleHealth::Paused, why.clone()),
            (RuleStatus::Ready(_), None) => (RuleHealth::Ok, String::new()),
        };
        let triggers = self.program.rules.get(id).map_or(0, |state| state.crons.len());
        let next_run = (0..triggers).filter_map(|n| self.calendar.get(&Call::Trigger(id.clone(), n))).min();
        RuleReading {
            enabled: memory.enabled,
            health,
            problem,
            active: memory.level.entered || self.runs.values().any(|run| run.rule == *id),
            last_run: memory.last_run,
            last_outcome: memory.last_outcome.clone(),
            next_run,
            held_back: self.held_back(id, entry),
        }
    }

    /// What the rule holds, where a person's hand is over it.
    fn held_back(&self, id: &RuleId, entry: &RuleEntry) -> Vec<HeldBack> {
        let RuleStatus::Ready(rule) = &entry.status else { return Vec::new() };
        let RuleBody::Level(level) = &rule.body else { return Vec::new() };
        let held_back = |key: &PropertyKey| {
            let cell = self.world.cell(key)?;
            let hand = cell.hand()?;
            let is_mine = |claim: &&Claim| matches!(&claim.owner, Owner::Level { rule, .. } if *rule == *id);
            cell.claims.iter().find(is_mine).filter(|claim| claim.value != hand.value)?;
            let until = hand.until.map(|until| self.utc_of(until));
            Some(HeldBack { key: key.clone(), by: hand.owner.in_words().to_owned(), until })
        };
        level.hold.iter().filter_map(|assignment| held_back(&assignment.key)).collect()
    }
}
