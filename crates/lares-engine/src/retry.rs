//! Trying again: what a rule holds, or leaves behind, is told again while the device does not obey, after longer and
//! longer pauses. After the last it is given up until the device comes back, is powered up, or Lares starts.
//!
//! A device that is away is not told anything meanwhile; its return is what counts.

use lares_model::{JournalKind, Millis, PropertyKey};

use crate::cell::{Claim, Owner, Status};
use crate::home::{Due, Home};

/// The pause before each further try. A lost packet is mended within seconds; a whole evening of silence is not.
const PAUSES: [Millis; 6] = [
    Millis::secs(5),
    Millis::secs(30),
    Millis::mins(2),
    Millis::mins(10),
    Millis::mins(30),
    Millis::hours(1),
];

impl Claim {
    /// The device has it.
    pub(crate) fn settle(&mut self) {
        self.status = Status::Settled;
        self.tries = 0;
    }

    /// True for those that are told again: a click or a one-shot springs back instead.
    fn persists(&self) -> bool {
        matches!(self.owner, Owner::Level { .. } | Owner::Parting { .. })
    }
}

impl Home {
    /// The claim in force on the property came to nothing. False if it ends with that.
    pub(crate) fn try_again_later(&mut self, key: &PropertyKey) -> bool {
        let now = self.real.mono;
        let reachable = self.world.within_reach(&key.device);
        let Some(claim) = self.world.cell_mut(key).and_then(|cell| cell.effective_mut()) else { return true };
        if !claim.persists() {
            return false;
        }
        if !reachable {
            return true;
        }
        let Some(pause) = PAUSES.get(usize::from(claim.tries)) else {
            let holds = matches!(claim.owner, Owner::Level { .. });
            self.tell_given_up(key, holds);
            return holds;
        };
        claim.tries += 1;
        self.agenda.set(Due::Retry(key.clone()), Some(now.saturating_add(pause.0)));
        true
    }

    fn tell_given_up(&mut self, key: &PropertyKey, holds: bool) {
        let Some(claim) = self.world.cell(key).and_then(|cell| cell.effective()) else { return };
        let (rule, whose) = (claim.owner.rule().cloned(), claim.owner.in_words().to_owned());
        let cause = claim.cause.clone();
        let value = self.world.value_words(key, &claim.value);
        let until = if holds { " until it comes back" } else { "" };
        let (what, count) = (self.world.spoken(key), PAUSES.len() + 1);
        let text = format!("{what} did not become {value} in {count} tries; \"{whose}\" gives up{until}");
        let entry = self.journal(JournalKind::CommandFailed, text).property(key).cause(&cause);
        if let Some(rule) = rule {
            entry.rule(&rule);
        }
    }

    /// The pause is over.
    pub(crate) fn retry_due(&mut self, key: &PropertyKey) {
        if !self.world.within_reach(&key.device) {
            return;
        }
        let Some(claim) = self.world.cell_mut(key).and_then(|cell| cell.effective_mut()) else { return };
        if claim.status == Status::Failed && claim.persists() {
            claim.status = Status::Fresh;
            self.touched.insert(key.device.clone());
        }
    }
}
