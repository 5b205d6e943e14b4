//! What goes into history, and places in its order.

use lares_model::{Cause, JournalEntry, PropertyKey, UtcMillis, Value};

/// Something to remember.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryRow {
    /// A value changed.
    Change(Change),
    /// Something happened that is told in words.
    Journal {
        /// When, wall clock.
        at: UtcMillis,
        /// The number of the event that brought it, as the hub counts.
        seq: u64,
        /// What.
        entry: JournalEntry,
    },
}

/// A value changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// When, wall clock.
    pub at: UtcMillis,
    /// The number of the event that brought it, as the hub counts.
    pub seq: u64,
    /// What changed.
    pub key: PropertyKey,
    /// From; `None` if it was not known.
    pub from: Option<Value>,
    /// To; `None` if the device says that it does not know.
    pub to: Option<Value>,
    /// Why.
    pub cause: Cause,
}

impl HistoryRow {
    /// A change, as the engine's effect says it.
    pub fn change(at: UtcMillis, seq: u64, change: lares_model::Change) -> Self {
        let lares_model::Change { device, property, from, to, cause } = change;
        Self::Change(Change { at, seq, key: PropertyKey { device, property }, from, to, cause })
    }

    /// A journal entry.
    pub fn journal(at: UtcMillis, seq: u64, entry: JournalEntry) -> Self {
        Self::Journal { at, seq, entry }
    }
}

/// A place in the order of history: by wall clock, and within a millisecond in the order of recording.
/// Changes and journal entries share one order. The place of the last row of a page fetches the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Wall clock.
    pub t: UtcMillis,
    /// Counts every row ever recorded in this file.
    pub n: i64,
}

impl From<UtcMillis> for Place {
    /// The place before everything that happened at `t`.
    fn from(t: UtcMillis) -> Self {
        Self { t, n: 0 }
    }
}
