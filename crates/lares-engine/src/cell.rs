//! All that the home knows of one property: what is believed, who claims it, and which command is under way.

use lares_model::{Cause, CauseLink, CommandId, Held, Millis, Priority, PropertyState, RuleId, RunId, Value};
use serde::{Deserialize, Serialize};

use crate::reading::{Failed, Pending};

/// One property of one device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// What is believed.
    pub(crate) state: PropertyState,
    /// Everyone who wants it at a value. Bounded: one for each owner, and owners are rules or the one hand.
    pub(crate) claims: Vec<Claim>,
    /// The command under way, or confirmed and still in its window.
    pub(crate) watch: Option<Watch>,
    /// The last command failed, and nothing was confirmed since.
    pub(crate) failed: Option<Failed>,
    /// The wish of the command that failed last, which a sleepy device may fulfil yet.
    pub(crate) late: Option<Late>,
    /// Until then (home time) a report may be the first after a gap, which is nobody's hand.
    pub(crate) first_until: u64,
    /// The last report had the wrong type; told once.
    pub(crate) bad: bool,
    /// The report time that was last stored, so that mere repetition is not written each time.
    pub(crate) stored_at: u64,
}

/// Somebody wants a property at a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) owner: Owner,
    pub(crate) value: Value,
    pub(crate) priority: Priority,
    /// Counts up; among equals the latest wins.
    pub(crate) seq: u64,
    /// When it ends by itself, home time.
    #[serde(default)]
    pub(crate) until: Option<u64>,
    #[serde(default)]
    pub(crate) transition: Option<Millis>,
    pub(crate) cause: Cause,
    #[serde(default)]
    pub(crate) status: Status,
    /// How often it was tried again since the device last obeyed. A start of Lares tries anew.
    #[serde(skip)]
    pub(crate) tries: u8,
}

impl Claim {
    /// It is applied once more, because of this. Only the newest such reason stays, so that a claim that holds for
    /// weeks does not drag a chain of causes behind it.
    pub(crate) fn applied_again(&mut self, why: CauseLink) {
        let is_origin =
            |link: &&CauseLink| !matches!(link, CauseLink::ClaimEnded { .. } | CauseLink::Restored { .. });
        let links = self.cause.links();
        let again = links.iter().take_while(|link| !is_origin(link)).count();
        // A chain of nothing else has its origin there.
        let origin = if again == links.len() { again.saturating_sub(1) } else { again };
        let rest = links.iter().skip(origin).rev();
        self.cause = rest.fold(Cause::default(), |cause, link| cause.then(link.clone())).then(why);
    }
}

/// Who claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Owner {
    /// A level rule, while it holds.
    Level { rule: RuleId, name: String },
    /// The one-shot `set` of a run; the next change by a person or another run ends it.
    Run { rule: RuleId, name: String, run: RunId },
    /// What a level rule leaves behind (release, or `apply: once`); ends once it is confirmed.
    Parting { rule: RuleId, name: String },
    /// A person's click, or a hand at the device.
    Manual { by: String },
}

impl Owner {
    /// The rule, if it is one.
    pub(crate) fn rule(&self) -> Option<&RuleId> {
        match self {
            Self::Level { rule, .. } | Self::Run { rule, .. } | Self::Parting { rule, .. } => Some(rule),
            Self::Manual { .. } => None,
        }
    }

    /// In words.
    pub(crate) fn in_words(&self) -> &str {
        match self {
            Self::Level { name, .. } | Self::Run { name, .. } | Self::Parting { name, .. } => name,
            Self::Manual { by } => by,
        }
    }

    pub(crate) fn is_manual(&self) -> bool {
        matches!(self, Self::Manual { .. })
    }

    /// True for claims that somebody's next change ends.
    pub(crate) fn is_one_shot(&self) -> bool {
        matches!(self, Self::Run { .. } | Self::Parting { .. })
    }
}

/// How far the device was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Not yet, or not since it came back.
    #[default]
    Fresh,
    /// It obeyed, or was so already.
    Settled,
    /// It was told and did not obey; it is not told again until it comes back or the claim is made anew.
    Failed,
}

/// A command as one property sees it.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) command: CommandId,
    pub(crate) value: Value,
    pub(crate) sent: bool,
    /// The wished value was reported; a report against it within the window opens it again.
    pub(crate) confirmed: bool,
    pub(crate) cause: Cause,
}

/// A wish that was given up.
#[derive(Clone, Debug)]
pub(crate) struct Late {
    pub(crate) value: Value,
    pub(crate) cause: Cause,
    /// Until then (home time) its fulfilment is an answer.
    pub(crate) until: u64,
}

impl Cell {
    /// The claim in force.
    pub(crate) fn effective(&self) -> Option<&Claim> {
        self.claims.iter().max_by_key(|claim| (claim.priority, claim.seq))
    }

    pub(crate) fn effective_mut(&mut self) -> Option<&mut Claim> {
        self.claims.iter_mut().max_by_key(|claim| (claim.priority, claim.seq))
    }

    /// True if what a rule left behind is so.
    pub(crate) fn parting_is_over(&self) -> bool {
        let over =
            |claim: &Claim| matches!(claim.owner, Owner::Parting { .. }) && claim.status == Status::Settled;
        self.effective().is_some_and(over)
    }

    /// Who holds it, as people see it. One-shot claims hold nothing against anyone, so they are not shown.
    pub(crate) fn held(&self, utc_of: impl Fn(u64) -> i64) -> Option<Held> {
        let claim = self.effective().filter(|claim| !claim.owner.is_one_shot())?;
        Some(Held {
            by: claim.owner.in_words().to_owned(),
            manual: claim.owner.is_manual(),
            priority: claim.priority,
            value: claim.value.clone(),
            until: claim.until.map(utc_of),
            over: self.kept_waiting().map(|claim| claim.owner.in_words().to_owned()),
        })
    }

    /// A person's claim while it is in force.
    pub(crate) fn hand(&self) -> Option<&Claim> {
        self.effective().filter(|claim| claim.owner.is_manual())
    }

    /// The claim of a rule that would be in force but for a person's, and wants another value.
    pub(crate) fn kept_waiting(&self) -> Option<&Claim> {
        let hand = self.hand()?;
        let holds = |claim: &&Claim| matches!(claim.owner, Owner::Level { .. });
        let next = self.claims.iter().filter(holds).max_by_key(|claim| (claim.priority, claim.seq));
        next.filter(|claim| claim.value != hand.value)
    }

    /// The command under way, as people see it.
    pub(crate) fn pending(&self) -> Option<Pending> {
        let watch = self.watch.as_ref().filter(|watch| !watch.confirmed)?;
        Some(Pending { command: watch.command, value: watch.value.clone(), sent: watch.sent })
    }

    /// What it will be if all goes well: the wish under way, or what is believed.
    pub(crate) fn expected(&self) -> Option<&Value> {
        let under_way = self.watch.as_ref().filter(|watch| !watch.confirmed);
        under_way.map(|watch| &watch.value).or(self.state.value.as_ref())
    }
}
