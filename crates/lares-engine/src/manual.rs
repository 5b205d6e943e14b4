//! The hand: a change that answers none of our commands is somebody's, and holds for a while.

use lares_model::{
    Category, Cause, CauseLink, DeviceKind, JournalKind, Millis, Priority, PropertyDescription, PropertyKey,
    Value, canonical,
};
use lares_rules::program::ManualHold;

use crate::cell::{Owner, Status};
use crate::claims::Wish;
use crate::durable::RowKey;
use crate::home::Home;

/// How long a hand stays by default.
const HAND: Millis = Millis::mins(30);
/// How long a thermostat's hand stays, as long as there is no schedule whose next block could end it.
const THERMOSTAT_HAND: Millis = Millis::hours(2);

impl Home {
    /// Looks whether a report tells of a hand at the device, and lets it claim the property then.
    ///
    /// No hand: the first value ever; the first report after a gap; a report while a command is in its window on the
    /// same part of the device (stale and optimistic echoes, values on the way); what is claimed anyway.
    pub(crate) fn notice_hand(
        &mut self,
        key: &PropertyKey,
        first: bool,
        before: Option<&Value>,
        value: &Value,
    ) {
        let Some(entry) = self.world.devices.get(&key.device) else { return };
        let Some(property) = entry.property(&key.property) else { return };
        let Some(cell) = entry.cells.get(&key.property) else { return };
        let tolerance = property.tolerance();
        // A group has no switch of its own: whoever changes it changes its members.
        let is_group = !entry.description.members.is_empty();
        if !property.access.writable || property.category == Category::Diagnostic {
            return;
        }
        let is_claimed = cell.effective().is_some_and(|claim| value.fulfils(&claim.value, tolerance));
        let is_same = before.is_some_and(|before| value.fulfils(before, tolerance));
        let after_gap = self.now.mono < cell.first_until || !entry.reachable();
        let in_window = self.answering(key).is_some();
        // A device that said "unknown" until now says what it is at, and no more.
        if first || after_gap || before.is_none() {
            self.first_after_gap(key, is_claimed);
        } else if !is_claimed && !is_same && !in_window && !is_group {
            match is_control(property) {
                true => self.hand(key, value, "by hand"),
                false => self.setting_moved(key, value),
            }
        }
    }

    /// A setting that the device keeps by itself (its clock, what it learned, a menu at the device) is another one.
    /// That is nobody's hand; a rule that holds it gives way all the same, as nobody can tell who did it.
    fn setting_moved(&mut self, key: &PropertyKey, value: &Value) {
        let Some(cell) = self.world.cell(key) else { return };
        if cell.claims.iter().any(|claim| matches!(claim.owner, Owner::Level { .. })) {
            return self.hand(key, value, "at the device");
        }
        self.end_claims(key, |claim| claim.owner.is_one_shot() || claim.owner.is_manual());
    }

    /// A device that was away says what it is at: what is claimed otherwise is told again.
    fn first_after_gap(&mut self, key: &PropertyKey, is_claimed: bool) {
        let Some(cell) = self.world.cell_mut(key) else { return };
        cell.first_until = 0;
        if let Some(claim) = cell.effective_mut() {
            match is_claimed {
                true => claim.settle(),
                false => claim.status = Status::Fresh,
            }
            if !is_claimed {
                self.touched.insert(key.device.clone());
            }
            self.dirty.insert(RowKey::Claims(key.clone()));
        }
    }

    fn hand(&mut self, key: &PropertyKey, value: &Value, how: &str) {
        let before = self.world.cell(key).and_then(|cell| cell.effective());
        let overridden = before.map(|claim| (claim.owner.in_words().to_owned(), claim.owner.is_manual()));
        let cause = Cause::new(CauseLink::Report {
            device: key.device.clone(),
            property: key.property.clone(),
            value: self.world.value_words(key, value),
        });
        if let Some((whose, false)) = overridden {
            let what = self.world.spoken(key);
            let text =
                format!("{what} was set to {} {how}, over \"{whose}\"", self.world.value_words(key, value));
            self.journal(JournalKind::ManualOverride, text).property(key).cause(&cause);
        }
        self.claim_by_hand(key, value.clone(), how, cause, Status::Settled);
    }

    /// A person's claim. It ends every one-shot, and stands above all but safety.
    pub(crate) fn claim_by_hand(
        &mut self,
        key: &PropertyKey,
        value: Value,
        by: &str,
        cause: Cause,
        status: Status,
    ) {
        let until = self.hand_until(key);
        self.end_claims(key, |claim| claim.owner.is_one_shot());
        let owner = Owner::Manual { by: by.to_owned() };
        self.claim(key, Wish { owner, value, priority: Priority::MANUAL, until, transition: None, cause });
        let hand = self.world.cell_mut(key).and_then(|c| c.claims.iter_mut().find(|c| c.owner.is_manual()));
        if let Some(claim) = hand {
            claim.status = status;
        }
    }

    /// Until when a hand laid on the property now stays: as the rule says that it overrides, else by the kind.
    fn hand_until(&self, key: &PropertyKey) -> Option<u64> {
        let cell = self.world.cell(key)?;
        let rules = cell.claims.iter().filter_map(|claim| match &claim.owner {
            Owner::Level { rule, .. } | Owner::Run { rule, .. } => Some(((claim.priority, claim.seq), rule)),
            _ => None,
        });
        let rule = rules.max_by_key(|(rank, _)| *rank).and_then(|(_, rule)| self.program.ready(rule));
        let length = match rule.and_then(|rule| rule.manual) {
            Some(ManualHold::For(length)) => length,
            Some(ManualHold::UntilResumed) => return None,
            Some(ManualHold::UntilNextBlock) => THERMOSTAT_HAND,
            None if self.world.kind(&key.device) == DeviceKind::Thermostat => THERMOSTAT_HAND,
            None => HAND,
        };
        Some(self.now.mono.saturating_add(length.0))
    }
}

/// True for what people reach for at the device itself: a switch, a dial, a handle. All else is how it is set up.
fn is_control(property: &PropertyDescription) -> bool {
    property.category == Category::Main
        && canonical(property.base.as_str())
            .is_some_and(|known| known.writable && known.category == Category::Main)
}
