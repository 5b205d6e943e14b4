//! Installing rules: new ones begin, edited ones begin anew without starting a run, gone ones end; and the start after
//! a restore, when every rule goes on where it was.

use std::sync::Arc;

use lares_model::{Cause, CauseLink, DeviceId, JournalKind, RuleId};
use lares_rules::program::{Rule, RuleBody, RuleSet, RuleStatus, Trigger};

use crate::durable::RowKey;
use crate::eval::TriggerInfo;
use crate::home::Home;
use crate::react::Look;

impl Home {
    /// The rules are these from now on.
    pub(crate) fn install(&mut self, set: Arc<RuleSet>) {
        let former: Vec<RuleId> = self.program.rules.keys().cloned().collect();
        let mut fresh = Vec::new();
        for id in former.iter().filter(|id| !set.rules.contains_key(*id)) {
            self.uninstall(id);
        }
        for (id, entry) in &set.rules {
            match &entry.status {
                RuleStatus::Ready(rule) if self.install_rule(rule) => fresh.push(id.clone()),
                RuleStatus::Ready(_) => {}
                RuleStatus::Broken { .. } => self.disable(id),
                // A device that is not announced yet: what the rule remembers stays.
                RuleStatus::Waiting { .. } => self.hide(id),
            }
        }
        self.program.set = set;
        let windows = self.program.reindex();
        self.keep_windows(windows);
        if self.started {
            self.fill_sun();
            for id in fresh {
                self.begin(&id, "the rule was loaded");
            }
        }
    }

    /// Puts a program in place. True if it is another one than before, so that the rule must begin.
    fn install_rule(&mut self, rule: &Arc<Rule>) -> bool {
        let state = self.program.rules.entry(rule.id.clone()).or_default();
        let is_same = state.memory.fingerprint == rule.fingerprint;
        if is_same && (state.rule.is_some() || !self.started) {
            // Bindings may differ (a selector has new members) though the text is the same.
            let is_rebound = state.rule.as_ref().is_some_and(|before| **before != **rule);
            state.rule = Some(rule.clone());
            return is_rebound && self.rebind(&rule.id);
        }
        if let Some(before) = state.rule.clone() {
            self.end_runs(&rule.id, "it was edited");
            self.unschedule(&rule.id);
            // The new program decides whether it goes on; if it does, nothing flickers.
            self.withdraw(&before, "the rule was edited");
        }
        if !is_same && self.level_memory(&rule.id).is_some_and(|memory| memory.entered) {
            self.drop_level_claims(&rule.id);
        }
        let Some(state) = self.program.rules.get_mut(&rule.id) else { return false };
        state.rule = Some(rule.clone());
        if !is_same {
            state.memory.fingerprint = rule.fingerprint;
            state.memory.gone_since = None;
            state.memory.timers.clear();
            state.memory.level = crate::program::LevelMemory::default();
            self.dirty.insert(RowKey::Rule(rule.id.clone()));
        }
        true
    }

    /// The same text sees other devices: its claims are placed anew, its edges stay.
    fn rebind(&mut self, id: &RuleId) -> bool {
        let entered = self.level_memory(id).is_some_and(|memory| memory.entered);
        let rule = self.program.rules.get(id).and_then(|state| state.rule.clone());
        if let (true, Some(rule)) = (entered, rule)
            && let RuleBody::Level(level) = &rule.body
        {
            let devices: std::collections::BTreeSet<DeviceId> =
                level.hold.iter().map(|assignment| assignment.key.device.clone()).collect();
            let link = CauseLink::Restored { what: "the rule sees other devices now".into() };
            for device in devices {
                self.replace_level_claims_on(&device, &link);
            }
        }
        false
    }

    /// A rule whose file or text is gone.
    fn uninstall(&mut self, id: &RuleId) {
        self.stop(id, "the rule is gone");
        if self.level_memory(id).is_some_and(|memory| memory.entered) {
            self.drop_level_claims(id);
        }
        self.remember_switch(id);
    }

    /// A rule that has errors now: it ends, and its switch is kept.
    fn disable(&mut self, id: &RuleId) {
        self.stop(id, "the rule has errors");
        if self.level_memory(id).is_some_and(|memory| memory.entered) {
            self.drop_level_claims(id);
        }
        let state = self.program.rules.entry(id.clone()).or_default();
        state.rule = None;
        state.memory.fingerprint = 0;
    }

    fn hide(&mut self, id: &RuleId) {
        self.unschedule(id);
        self.program.rules.entry(id.clone()).or_default().rule = None;
    }

    /// Lares runs again: timers go on, claims are told again where the world differs, and what was missed is seen to.
    pub(crate) fn start(&mut self) {
        let was_restored = !self.started;
        self.started = true;
        self.happenings.clear();
        self.fill_sun();
        self.forget_long_gone();
        let ids: Vec<RuleId> = self.program.rules.keys().cloned().collect();
        if was_restored {
            for id in &ids {
                self.break_waits(id);
            }
            let devices: Vec<DeviceId> = self.world.devices.keys().cloned().collect();
            for device in &devices {
                self.claim_again(device, "Lares started");
            }
        }
        // What ended while Lares was off ends now, before anyone looks at the present.
        self.resume_runs();
        self.fire_due();
        let cause = Cause::new(CauseLink::Restored { what: "Lares started".into() });
        for id in &ids {
            self.look(id, &Look { cause: cause.clone(), what: "Lares started".into(), ..Look::default() });
            self.schedule_triggers(id);
        }
        self.fire_due();
        self.journal(JournalKind::Home, "Lares started");
        for id in &ids {
            self.start_triggers(id, &cause);
        }
    }

    fn start_triggers(&mut self, id: &RuleId, cause: &Cause) {
        let Some(rule) = self.program.ready(id).cloned() else { return };
        let RuleBody::Edge { triggers, .. } = &rule.body else { return };
        if let Some(spec) = triggers.iter().find(|spec| matches!(spec.trigger, Trigger::Start)) {
            let info = TriggerInfo { id: spec.id.as_deref().map(Into::into), ..TriggerInfo::default() };
            self.trigger(&rule, info, cause, "Lares started".into());
        }
    }
}
