//! Level rules: `while … hold …` places claims as long as its condition holds, and a little longer if it lingers.

use std::collections::BTreeSet;

use lares_model::{
    Cause, CauseLink, DeviceId, Effect, JournalKind, Notice, NoticeLevel, PropertyKey, RuleId, Value,
};
use lares_rules::program::{Assignment, IfUnknown, Level, Release, Rule, RuleBody};

use crate::cell::{Claim, Owner, Status};
use crate::claims::Wish;
use crate::durable::RowKey;
use crate::home::{Due, Home};
use crate::program::LevelMemory;
use crate::react::Look;
use crate::world::Unknown;

impl Home {
    /// The rule looks whether it holds now.
    pub(crate) fn look_level(&mut self, rule: &Rule, level: &Level, look: &Look) {
        let Some(truth) = self.scope_at(&rule.id, look).map(|scope| scope.truth(&level.condition)) else {
            return;
        };
        let Some(memory) = self.level_memory(&rule.id) else { return };
        match truth {
            Ok(true) => {
                self.set_level(rule, LevelMemory { entered: memory.entered, ..LevelMemory::default() });
                if !memory.entered {
                    self.may_enter(rule, level, look);
                }
            }
            Ok(false) => self.condition_ended(rule, level, look, memory),
            Err(unknown) => self.condition_unknown(rule, level, look, memory, &unknown),
        }
        self.schedule_level(rule, level);
    }

    fn condition_ended(&mut self, rule: &Rule, level: &Level, look: &Look, memory: LevelMemory) {
        if !memory.entered {
            return self.set_level(rule, LevelMemory::default());
        }
        let until = memory.linger_until.unwrap_or(self.now.mono.saturating_add(level.linger.0));
        let memory = LevelMemory { linger_until: Some(until), unknown_since: None, alerted: false, ..memory };
        self.set_level(rule, memory);
        if until <= self.now.mono {
            let because = self.because(look);
            self.leave(rule, level, &look.cause, &because);
        }
    }

    fn condition_unknown(
        &mut self,
        rule: &Rule,
        level: &Level,
        look: &Look,
        memory: LevelMemory,
        unknown: &Unknown,
    ) {
        let why = self.world.unknown_words(unknown);
        if !memory.entered {
            return self.blocked(rule, &why, &look.cause);
        }
        match level.if_unknown {
            IfUnknown::Keep => {}
            IfUnknown::Release => self.leave(rule, level, &look.cause, &why),
            IfUnknown::HoldThenAlert(_) if memory.unknown_since.is_none() => {
                self.set_level(rule, LevelMemory { unknown_since: Some(self.now.mono), ..memory });
            }
            IfUnknown::HoldThenAlert(_) => {}
        }
    }

    /// The condition holds and the rule has not entered: `enter_if` is asked, again at each look.
    fn may_enter(&mut self, rule: &Rule, level: &Level, look: &Look) {
        if let Some(enter_if) = &level.enter_if {
            let Some(truth) = self.scope_at(&rule.id, look).map(|scope| scope.truth(enter_if)) else {
                return;
            };
            match truth {
                Ok(true) => {}
                Ok(false) => return,
                Err(unknown) => {
                    let why = self.world.unknown_words(&unknown);
                    return self.blocked(rule, &why, &look.cause);
                }
            }
        }
        let because = self.because(look);
        let Some(cause) = self.may_run(rule, &look.cause, &because, None) else { return };
        self.set_level(rule, LevelMemory { entered: true, ..LevelMemory::default() });
        self.ran(rule, format!("holds, because {because}"));
        self.journal(JournalKind::RuleRan, format!("\"{}\" began, because {because}", rule.name))
            .rule(&rule.id)
            .cause(&cause);
        match level.apply_once {
            true => self.apply_once(rule, &level.hold, &cause),
            false => self.hold(rule, level, &cause),
        }
    }

    /// Places the claims; what cannot be computed is left out and told.
    fn hold(&mut self, rule: &Rule, level: &Level, cause: &Cause) {
        for assignment in &level.hold {
            let key = &assignment.key;
            let Some(value) = self.computed(rule, assignment, cause) else { continue };
            self.end_claims(key, |claim| {
                matches!(claim.owner, Owner::Parting { .. })
                    && (claim.priority <= rule.priority || claim.status == Status::Failed)
            });
            if let Some(by) = self.outranked_by(key, rule.priority) {
                let text =
                    format!("\"{}\" is outranked at {}: {by} holds it", rule.name, self.world.spoken(key));
                self.journal(JournalKind::Outranked, text).property(key).rule(&rule.id).cause(cause);
            }
            let owner = Owner::Level { rule: rule.id.clone(), name: rule.name.to_string() };
            let (priority, cause) = (rule.priority, cause.clone());
            self.claim(key, Wish { owner, value, priority, until: None, transition: None, cause });
        }
    }

    /// Sends values without holding them (`apply: once`).
    fn apply_once(&mut self, rule: &Rule, assignments: &[Assignment], cause: &Cause) {
        for assignment in assignments {
            let key = &assignment.key;
            let Some(value) = self.computed(rule, assignment, cause) else { continue };
            match self.outranked_by(key, rule.priority) {
                Some(by) => self.tell_outranked(rule, key, &by, cause),
                None => self.part_with(rule, key, value, cause),
            }
        }
    }

    pub(crate) fn tell_outranked(&mut self, rule: &Rule, key: &PropertyKey, by: &str, cause: &Cause) {
        let text = format!("\"{}\" did not set {}: {by} holds it", rule.name, self.world.spoken(key));
        self.journal(JournalKind::Outranked, text).property(key).rule(&rule.id).cause(cause);
    }

    fn computed(&mut self, rule: &Rule, assignment: &Assignment, cause: &Cause) -> Option<Value> {
        match self.scope(&rule.id)?.eval(&assignment.value) {
            Ok(value) => Some(value),
            Err(unknown) => {
                let why = self.world.unknown_words(&unknown);
                let text =
                    format!("\"{}\" did not set {}: {why}", rule.name, self.world.spoken(&assignment.key));
                self.journal(JournalKind::RuleBlocked, text)
                    .property(&assignment.key)
                    .rule(&rule.id)
                    .cause(cause);
                None
            }
        }
    }

    /// A value that a rule leaves behind: it waits under higher claims, and is forgotten once it is so.
    fn part_with(&mut self, rule: &Rule, key: &PropertyKey, value: Value, cause: &Cause) {
        self.end_claims(key, |claim| claim.owner.is_one_shot() && claim.priority <= rule.priority);
        let owner = Owner::Parting { rule: rule.id.clone(), name: rule.name.to_string() };
        let (priority, cause) = (rule.priority, cause.clone());
        self.claim(key, Wish { owner, value, priority, until: None, transition: None, cause });
    }

    /// The rule ends: lower claims come to the top, or it releases.
    pub(crate) fn leave(&mut self, rule: &Rule, level: &Level, cause: &Cause, because: &str) {
        self.set_level(rule, LevelMemory::default());
        let cause = cause.then(CauseLink::Rule {
            rule: rule.id.clone(),
            name: rule.name.to_string(),
            because: format!("it ended: {because}"),
            run: None,
        });
        self.journal(JournalKind::RuleRan, format!("\"{}\" ended, because {because}", rule.name))
            .rule(&rule.id)
            .cause(&cause);
        self.ran(rule, format!("ended, because {because}"));
        if level.apply_once {
            if let Release::Set(assignments) = &level.release {
                self.apply_once(rule, assignments, &cause);
            }
        } else {
            let keys: BTreeSet<&PropertyKey> = level.hold.iter().map(|assignment| &assignment.key).collect();
            for key in keys {
                self.release(rule, level, key, &cause);
            }
            self.release_others(rule, level, &cause);
        }
    }

    fn release(&mut self, rule: &Rule, level: &Level, key: &PropertyKey, cause: &Cause) {
        let is_mine = |claim: &Claim| matches!(&claim.owner, Owner::Level { rule: id, .. } if *id == rule.id);
        let Some(cell) = self.world.cell(key) else { return };
        let Some(mine) = cell.claims.iter().find(|claim| is_mine(claim)) else { return };
        let was_on = mine.value == Value::Switch(true);
        let falls_back = cell.claims.iter().any(|claim| !is_mine(claim) && claim.priority <= rule.priority);
        self.end_claim(key, is_mine);
        if falls_back {
            return;
        }
        // Unlocking is never a default: somebody must have written it.
        let off = (was_on && self.world.base_name(key).is_some_and(|base| base.as_str() != "lock"))
            .then_some(Value::Switch(false));
        let value = match &level.release {
            Release::Keep => None,
            Release::Default => off,
            Release::Set(assignments) => match assignments.iter().find(|a| a.key == *key) {
                Some(assignment) => self.computed(rule, assignment, cause),
                None => off,
            },
        };
        if let Some(value) = value {
            self.part_with(rule, key, value, cause);
        }
    }

    /// Values of `release` for properties that were not held.
    fn release_others(&mut self, rule: &Rule, level: &Level, cause: &Cause) {
        let Release::Set(assignments) = &level.release else { return };
        for assignment in assignments {
            let key = &assignment.key;
            let held = level.hold.iter().any(|held| held.key == *key);
            let falls_back = self.world.cell(key).is_some_and(|cell| !cell.claims.is_empty());
            if !held
                && !falls_back
                && let Some(value) = self.computed(rule, assignment, cause)
            {
                self.part_with(rule, key, value, cause);
            }
        }
    }

    /// Ends every claim of a rule that is edited, switched off or gone, as if it had ended.
    pub(crate) fn withdraw(&mut self, rule: &Rule, because: &str) {
        if let RuleBody::Level(level) = &rule.body
            && self.level_memory(&rule.id).is_some_and(|memory| memory.entered)
        {
            self.leave(rule, level, &Cause::default(), because);
        }
        self.agenda.set(Due::Level(rule.id.clone()), None);
    }

    /// Ends what is left of a rule whose program is not there to end it: it was edited or removed while Lares was off.
    pub(crate) fn drop_level_claims(&mut self, id: &RuleId) {
        let is_its = |claim: &Claim| matches!(&claim.owner, Owner::Level { rule, .. } if rule == id);
        let mut keys = Vec::new();
        for (device, entry) in &self.world.devices {
            for (property, cell) in entry.cells.iter().filter(|(_, cell)| cell.claims.iter().any(is_its)) {
                let was_on =
                    cell.claims.iter().find(|c| is_its(c)).is_some_and(|c| c.value == Value::Switch(true));
                let alone = cell.claims.len() == 1;
                keys.push((
                    PropertyKey { device: device.clone(), property: property.clone() },
                    was_on && alone,
                ));
            }
        }
        for (key, goes_off) in keys {
            self.end_claim(&key, is_its);
            if goes_off && self.world.base_name(&key).is_some_and(|base| base.as_str() != "lock") {
                let owner = Owner::Parting { rule: id.clone(), name: id.to_string() };
                let cause = Cause::new(CauseLink::ClaimEnded { whose: id.to_string() });
                let (value, priority) = (Value::Switch(false), lares_model::Priority::RULE);
                self.claim(&key, Wish { owner, value, priority, until: None, transition: None, cause });
            }
        }
    }

    /// The device is new or back: rules that hold something of it place their claims again, computed anew.
    pub(crate) fn replace_level_claims_on(&mut self, device: &DeviceId, link: &CauseLink) {
        for id in self.program.holders(device) {
            let Some(rule) = self.program.ready(&id).cloned() else { continue };
            let RuleBody::Level(level) = &rule.body else { continue };
            if level.apply_once || !self.level_memory(&id).is_some_and(|memory| memory.entered) {
                continue;
            }
            for assignment in level.hold.iter().filter(|assignment| assignment.key.device == *device) {
                let Some(Ok(value)) = self.scope(&id).map(|scope| scope.eval(&assignment.value)) else {
                    continue;
                };
                self.replace_level_claim(&rule, &assignment.key, value, link);
            }
        }
    }

    /// Gives the rule's claim a newly computed value, in its old place among the others.
    fn replace_level_claim(&mut self, rule: &Rule, key: &PropertyKey, value: Value, link: &CauseLink) {
        let Some(cell) = self.world.cell_mut(key) else { return };
        let mine = cell
            .claims
            .iter_mut()
            .find(|claim| matches!(&claim.owner, Owner::Level { rule: id, .. } if *id == rule.id));
        if let Some(claim) = mine {
            if claim.value != value {
                claim.value = value;
                claim.status = Status::Fresh;
                self.dirty.insert(RowKey::Claims(key.clone()));
            }
            return;
        }
        let owner = Owner::Level { rule: rule.id.clone(), name: rule.name.to_string() };
        let cause = Cause::new(link.clone()).then(CauseLink::Rule {
            rule: rule.id.clone(),
            name: rule.name.to_string(),
            because: "it holds".into(),
            run: None,
        });
        let priority = rule.priority;
        self.claim(key, Wish { owner, value, priority, until: None, transition: None, cause });
    }

    /// The linger is over, or the unknown lasts too long.
    pub(crate) fn level_due(&mut self, id: &RuleId) {
        let Some(rule) = self.program.ready(id).cloned() else { return };
        let RuleBody::Level(level) = &rule.body else { return };
        let Some(memory) = self.level_memory(id) else { return };
        if memory.entered && memory.linger_until.is_some_and(|until| until <= self.now.mono) {
            let because = match level.linger.0 {
                0 => format!("{} is no longer so", level.condition_text),
                _ => format!("{} is no longer so for {}", level.condition_text, level.linger),
            };
            let cause = Cause::new(CauseLink::Clock { what: format!("{} linger was over", level.linger) });
            self.leave(&rule, level, &cause, &because);
        } else if let IfUnknown::HoldThenAlert(patience) = level.if_unknown
            && memory.unknown_since.is_some_and(|since| since + patience.0 <= self.now.mono)
            && !memory.alerted
        {
            self.set_level(&rule, LevelMemory { alerted: true, ..memory });
            self.alert_unknown(&rule, level);
        }
        self.schedule_level(&rule, level);
    }

    fn alert_unknown(&mut self, rule: &Rule, level: &Level) {
        let text = format!("\"{}\" goes on blindly: {} is unknown", rule.name, level.condition_text);
        let cause =
            Cause::new(CauseLink::Clock { what: "the condition has been unknown for too long".into() });
        self.journal(JournalKind::Notify, text.clone()).rule(&rule.id).cause(&cause);
        self.out.push(Effect::Notify(Notice {
            to: "everyone".into(),
            level: NoticeLevel::Warning,
            text,
            context: serde_json::Value::Null,
            rule: Some(rule.id.clone()),
            cause,
        }));
    }

    pub(crate) fn schedule_level(&mut self, rule: &Rule, level: &Level) {
        let Some(memory) = self.level_memory(&rule.id) else { return };
        let alert = match level.if_unknown {
            IfUnknown::HoldThenAlert(patience) if !memory.alerted => {
                memory.unknown_since.map(|since| since.saturating_add(patience.0))
            }
            _ => None,
        };
        let linger = memory.linger_until.filter(|_| memory.entered);
        self.agenda.set(Due::Level(rule.id.clone()), linger.into_iter().chain(alert).min());
    }

    pub(crate) fn level_memory(&self, id: &RuleId) -> Option<LevelMemory> {
        Some(self.program.rules.get(id)?.memory.level)
    }

    fn set_level(&mut self, rule: &Rule, level: LevelMemory) {
        let Some(state) = self.program.rules.get_mut(&rule.id) else { return };
        if state.memory.level != level {
            state.memory.level = level;
            self.dirty.insert(RowKey::Rule(rule.id.clone()));
        }
    }
}
