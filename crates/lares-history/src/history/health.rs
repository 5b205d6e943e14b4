//! How the writer of history is doing.

use lares_model::UtcMillis;

use crate::file::OpenNote;

/// Whether rows reach the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HistoryState {
    /// They do.
    #[default]
    Working,
    /// They do not; they wait in memory and are tried again.
    Failing {
        /// Why, fit for people: `the disk is full`.
        reason: String,
        /// Since when, wall clock.
        since: UtcMillis,
    },
}

/// How the writer of history is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryHealth {
    /// Whether rows reach the file.
    pub state: HistoryState,
    /// How many rows wait in memory.
    pub queued: usize,
    /// How many rows were recorded since the start.
    pub recorded: u64,
    /// How many rows were lost since the start, because more waited than memory is set aside for.
    pub dropped: u64,
    /// How many rows were lost since the start, because the file would never take them.
    pub refused: u64,
    /// Bytes in use in the file, a moment ago.
    pub bytes: u64,
    /// What a person should know of damaged files, oldest first.
    pub notes: Vec<OpenNote>,
}
