//! Claims: who wants a property at which value, and what follows when a claim begins or ends.

use lares_model::{Cause, CauseLink, Effect, Millis, Priority, PropertyKey, Value};

use crate::cell::{Claim, Owner, Status};
use crate::durable::RowKey;
use crate::home::{Due, Home};

/// A claim to be made.
pub(crate) struct Wish {
    pub(crate) owner: Owner,
    pub(crate) value: Value,
    pub(crate) priority: Priority,
    pub(crate) until: Option<u64>,
    pub(crate) transition: Option<Millis>,
    pub(crate) cause: Cause,
}

impl Home {
    /// Puts a claim on a property, in place of an earlier one of the same owner.
    pub(crate) fn claim(&mut self, key: &PropertyKey, wish: Wish) {
        self.counters.claim += 1;
        self.dirty.insert(RowKey::Counters);
        let seq = self.counters.claim;
        let Some(cell) = self.world.cell_mut(key) else { return };
        cell.claims.retain(|claim| !same_owner(&claim.owner, &wish.owner));
        let is_hand = wish.owner.is_manual();
        cell.claims.push(Claim {
            owner: wish.owner,
            value: wish.value,
            priority: wish.priority,
            seq,
            until: wish.until,
            transition: wish.transition,
            cause: wish.cause,
            status: Status::Fresh,
            tries: 0,
        });
        self.claims_changed(key);
        if is_hand {
            self.show_rules_at(key);
        }
    }

    /// Rules that hold the property look different now: a hand came over them, or went.
    fn show_rules_at(&mut self, key: &PropertyKey) {
        let Some(cell) = self.world.cell(key) else { return };
        for claim in &cell.claims {
            if let Owner::Level { rule, .. } = &claim.owner {
                self.out.push(Effect::RuleChanged { rule: rule.clone() });
            }
        }
    }

    /// Ends the claims of a property that `ends` picks; true if there was one.
    pub(crate) fn end_claims(&mut self, key: &PropertyKey, ends: impl Fn(&Claim) -> bool) -> bool {
        let Some(cell) = self.world.cell_mut(key) else { return false };
        let before = cell.claims.len();
        let hand_ends = cell.claims.iter().any(|claim| claim.owner.is_manual() && ends(claim));
        cell.claims.retain(|claim| !ends(claim));
        let ended = cell.claims.len() != before;
        if ended {
            self.claims_changed(key);
        }
        if hand_ends {
            self.show_rules_at(key);
        }
        ended
    }

    /// Ends a claim; the claim that comes to the top is applied, and says that it does so because this one ended.
    pub(crate) fn end_claim(&mut self, key: &PropertyKey, ends: impl Fn(&Claim) -> bool) {
        let Some(cell) = self.world.cell(key) else { return };
        let whose =
            cell.effective().filter(|claim| ends(claim)).map(|claim| claim.owner.in_words().to_owned());
        if !self.end_claims(key, ends) {
            return;
        }
        let Some(whose) = whose else { return };
        if let Some(next) = self.world.cell_mut(key).and_then(|cell| cell.effective_mut()) {
            next.status = Status::Fresh;
            next.tries = 0;
            next.applied_again(CauseLink::ClaimEnded { whose });
        }
    }

    pub(crate) fn claims_changed(&mut self, key: &PropertyKey) {
        self.dirty.insert(RowKey::Claims(key.clone()));
        self.touched.insert(key.device.clone());
        let until = self.world.cell(key).and_then(|cell| cell.claims.iter().filter_map(|c| c.until).min());
        self.agenda.set(Due::Claim(key.clone()), until);
        self.out.push(Effect::PropertyTouched { device: key.device.clone(), property: key.property.clone() });
    }

    /// Ends the claims whose time is over.
    pub(crate) fn claim_due(&mut self, key: &PropertyKey) {
        let now = self.now.mono;
        self.end_claim(key, |claim| claim.until.is_some_and(|until| until <= now));
    }

    /// Whose claim stands above this priority, in words.
    pub(crate) fn outranked_by(&self, key: &PropertyKey, priority: Priority) -> Option<String> {
        self.highest_above(key, priority, |_| true)
    }

    /// Whose claim stands above a person's: only one that holds; a one-shot, even of safety, ends with their change.
    pub(crate) fn outranks_people(&self, key: &PropertyKey) -> Option<String> {
        self.highest_above(key, Priority::MANUAL, |claim| !claim.owner.is_one_shot())
    }

    fn highest_above(
        &self,
        key: &PropertyKey,
        priority: Priority,
        counts: impl Fn(&Claim) -> bool,
    ) -> Option<String> {
        let claims = &self.world.cell(key)?.claims;
        let above = claims.iter().filter(|claim| claim.priority > priority && counts(claim));
        above.max_by_key(|claim| (claim.priority, claim.seq)).map(|claim| claim.owner.in_words().to_owned())
    }
}

/// True if a claim of `b` takes the place of one of `a`: one for each level rule, one hand, and one parting or
/// one-shot for each rule.
fn same_owner(a: &Owner, b: &Owner) -> bool {
    match (a, b) {
        (Owner::Manual { .. }, Owner::Manual { .. }) => true,
        (Owner::Level { rule: a, .. }, Owner::Level { rule: b, .. })
        | (Owner::Run { rule: a, .. }, Owner::Run { rule: b, .. })
        | (Owner::Parting { rule: a, .. }, Owner::Parting { rule: b, .. }) => a == b,
        _ => false,
    }
}
