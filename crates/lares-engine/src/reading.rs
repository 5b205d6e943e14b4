//! What can be read of a home between steps.

use lares_model::{
    AdapterStatus, CommandId, Freshness, Held, PairingNotice, PropertyKey, PropertyState, UtcMillis, Value,
};

/// A property as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyReading<'a> {
    /// What we believe.
    pub state: &'a PropertyState,
    /// How far it can be trusted now.
    pub freshness: Freshness,
    /// Whose claim is in force.
    pub held: Option<Held>,
    /// A command under way.
    pub pending: Option<Pending>,
    /// The last command failed and nothing was confirmed since.
    pub failed: Option<Failed>,
}

/// A command under way for one property.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// Which command.
    pub command: CommandId,
    /// The wished value.
    pub value: Value,
    /// Whether the adapter has handed it on.
    pub sent: bool,
}

/// A command that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// Which command.
    pub command: CommandId,
    /// In words.
    pub reason: String,
    /// When.
    pub at: UtcMillis,
}

/// A rule as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleReading {
    /// Whether people have it switched on.
    pub enabled: bool,
    /// Whether it runs.
    pub health: RuleHealth,
    /// Why it is not [`RuleHealth::Ok`], or empty.
    pub problem: String,
    /// True while it holds something or a run is under way.
    pub active: bool,
    /// When it last acted.
    pub last_run: Option<UtcMillis>,
    /// How that went, in words, or empty.
    pub last_outcome: String,
    /// When it is next due, for clock triggers.
    pub next_run: Option<UtcMillis>,
    /// What it wants and does not get, because a person's hand is over it.
    pub held_back: Vec<HeldBack>,
}

/// A property that a person holds at another value than the rule wants.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldBack {
    /// Which property.
    pub key: PropertyKey,
    /// Who holds it, in words.
    pub by: String,
    /// Until when; none if only "resume" ends it.
    pub until: Option<UtcMillis>,
}

/// Whether a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleHealth {
    /// It does.
    Ok,
    /// It has errors.
    Error,
    /// It waits for devices to be announced.
    Waiting,
    /// It looped and stays paused until a person switches it on again.
    Paused,
}

/// A device on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairing {
    /// How far.
    pub notice: PairingNotice,
    /// When.
    pub at: UtcMillis,
}

/// An adapter's status and the devices on their way in through it, oldest first, 50 at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdapterReading {
    /// Its status.
    pub status: AdapterStatus,
    /// Devices on their way in.
    pub pairing: Vec<Pairing>,
}
