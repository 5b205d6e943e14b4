//! State: what we believe of a property, how fresh it is, and who holds it.

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::time::UtcMillis;
use crate::value::Value;

/// How far a value can be trusted. *Stale* keeps its value; *offline* and *never seen* count as unknown in rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// Reported, and the device is heard in its rhythm.
    Known,
    /// Reported, but the device has been silent for longer than its rhythm.
    Stale,
    /// The device does not answer.
    Offline,
    /// Nothing was ever reported.
    #[default]
    NeverSeen,
}

/// Which claim wins. Greater wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(pub u16);

impl Priority {
    /// Level rules of safety: leak, smoke, gas.
    pub const SAFETY: Self = Self(900);
    /// A person's hand or click.
    pub const MANUAL: Self = Self(800);
    /// Rules that do not say otherwise.
    pub const RULE: Self = Self(500);
    /// Schedules.
    pub const SCHEDULE: Self = Self(300);
}

/// Who holds a property at a value, for people to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// In words: a rule's name, a person's name, "by hand".
    pub by: String,
    /// True for a person's hand or click, which "resume" ends.
    pub manual: bool,
    /// With what priority.
    pub priority: Priority,
    /// The claimed value.
    pub value: Value,
    /// When it ends by itself, wall clock; `None` when it ends by its own condition.
    pub until: Option<UtcMillis>,
    /// The name of the rule that wants another value meanwhile, if a person's hand keeps one from it.
    #[serde(default)]
    pub over: Option<String>,
}

/// What we believe of one property.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PropertyState {
    /// The last known value; kept while stale and offline.
    pub value: Option<Value>,
    /// The known value before it, for `previous`.
    #[serde(default)]
    pub previous: Option<Value>,
    /// When it was last reported, wall clock.
    #[serde(default)]
    pub reported_at: Option<UtcMillis>,
    /// The same in home time, for `age`.
    #[serde(default)]
    pub reported_mono: Option<u64>,
    /// When it last changed, wall clock.
    #[serde(default)]
    pub changed_at: Option<UtcMillis>,
    /// Why it last changed.
    #[serde(default)]
    pub cause: Cause,
}
