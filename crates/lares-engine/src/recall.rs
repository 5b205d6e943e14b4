//! Recalling: windows of `rate` and `mean` reach back before the start, or before the rule was written. History knows
//! what was; it is asked, and until it answers the rules that need it do not look.

use lares_model::{DeviceId, Effect, Millis, PropertyKey, PropertyName, RuleId, UtcMillis};

use crate::home::{Due, Home};
use crate::program::expressions;

/// How long history may take. Rules go on without it.
const PATIENCE: Millis = Millis::secs(10);

impl Home {
    /// Rules need these windows from now on: what is believed fills their end, and history is asked for the rest.
    pub(crate) fn keep_windows(&mut self, windows: std::collections::BTreeMap<PropertyKey, Millis>) {
        for (key, window) in self.world.rings.keep(windows) {
            self.seed(&key);
            if self.world.rings.is_filled(&key, self.real.mono) {
                continue;
            }
            self.world.recalls.insert(key.clone());
            self.agenda.set(Due::Recall(key.clone()), Some(self.real.mono.saturating_add(PATIENCE.0)));
            let PropertyKey { device, property } = key;
            self.out.push(Effect::Recall { device, property, window });
        }
    }

    /// The believed value is in force since its last change.
    fn seed(&mut self, key: &PropertyKey) {
        let Some(cell) = self.world.cell(key) else { return };
        let number = cell.state.value.as_ref().and_then(lares_model::Value::as_number);
        let (Some(number), Some(utc)) = (number, cell.state.changed_at) else { return };
        if let Some(at) = self.home_time(utc) {
            self.world.rings.fill(key, &[(at, number)]);
        }
    }

    /// Home time at a wall-clock time of the past, if nobody set the clock since.
    fn home_time(&self, utc: UtcMillis) -> Option<u64> {
        let ago = u64::try_from(self.real.utc.checked_sub(utc)?).ok()?;
        self.real.mono.checked_sub(ago)
    }

    /// History answered; a device that is gone has no history.
    pub(crate) fn recalled(
        &mut self,
        device: DeviceId,
        property: PropertyName,
        samples: &[(UtcMillis, f64)],
    ) {
        let key = PropertyKey { device, property };
        let samples: Vec<(u64, f64)> = (samples.iter())
            .filter(|(_, value)| value.is_finite())
            .filter_map(|(utc, value)| Some((self.home_time(*utc)?, *value)))
            .collect();
        self.world.rings.fill(&key, &samples);
        self.recall_over(&key);
    }

    /// History answered, or took too long: the rules look now.
    pub(crate) fn recall_over(&mut self, key: &PropertyKey) {
        self.agenda.set(Due::Recall(key.clone()), None);
        if !self.world.recalls.remove(key) || !self.started {
            return;
        }
        for id in self.program.update_readers(key) {
            self.look_after_recall(&id, "its history was read");
        }
    }

    /// True while history is still asked for something that the rule needs.
    pub(crate) fn awaits_history(&self, id: &RuleId) -> bool {
        if self.world.recalls.is_empty() {
            return false;
        }
        let Some(rule) = self.program.rules.get(id).and_then(|state| state.rule.as_ref()) else {
            return false;
        };
        let mut awaits = false;
        for expr in expressions(rule) {
            expr.walk(&mut |expr| {
                awaits |= expr.window().is_some_and(|(key, _)| self.world.recalls.contains(key));
            });
        }
        awaits
    }
}
