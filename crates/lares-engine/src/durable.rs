//! What outlives a restart, as small rows that the hub stores as they are.

/// A stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableRow {
    /// What it is: `device`, `state`, `timer` …
    pub kind: String,
    /// Which one.
    pub key: String,
    /// JSON.
    pub body: String,
}

/// A row to store, or to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableChange {
    /// What it is.
    pub kind: &'static str,
    /// Which one.
    pub key: String,
    /// JSON; none deletes the row.
    pub body: Option<String>,
}
