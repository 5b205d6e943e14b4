//! What starts a run of an edge rule.

use std::sync::Arc;

use lares_model::{Millis, PropertyKey};

use super::expr::Expr;

/// One entry of `when:`.
#[derive(Clone, Debug, PartialEq)]
pub struct TriggerSpec {
    /// Its `id:`, which `trigger.id` reads.
    pub id: Option<Arc<str>>,
    /// What must happen.
    pub trigger: Trigger,
    /// What is owed after sleep or power-off, for clock triggers.
    pub missed: Missed,
    /// A stable hash of its normalised text: its key for "last fired", which survives edits elsewhere.
    pub key: u64,
    /// As written, for causes: `hall_motion.motion`.
    pub text: Arc<str>,
}

/// What must happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// The expression goes from false to true. With [`super::Aggregate::Each`] in it: for every member by itself.
    Becomes(Expr),
    /// A momentary event of any of these arrives.
    Event {
        /// Which properties.
        keys: Vec<PropertyKey>,
        /// The word; none means any.
        is: Option<Arc<str>>,
    },
    /// A local clock time each day, in seconds since midnight.
    At {
        /// Seconds since midnight.
        clock: u32,
    },
    /// A clock time that is computed anew each day: `sunset - 10m`, seconds since midnight.
    AtComputed(Expr),
    /// A cron pattern of five or six fields, checked at load.
    Cron(Arc<str>),
    /// An interval, aligned to local midnight.
    Every(Millis),
    /// Lares started.
    Start,
}

/// What a clock trigger owes after a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Nothing.
    Skip,
    /// One run, if it was due no longer ago than this.
    OnceWithin(Millis),
    /// Every one, if it was due no longer ago than this; 10 at most.
    AllWithin(Millis),
}

impl Default for Missed {
    /// `once within 1h`.
    fn default() -> Self {
        Self::OnceWithin(Millis::hours(1))
    }
}
