//! Forgetting a device with all its history, in slices like pruning.

use lares_model::DeviceId;
use rusqlite::TransactionBehavior;

use crate::error::StoreError;
use crate::history::store::History;

/// How many rows one slice deletes.
const SLICE_ROWS: usize = 1000;

/// What one slice did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// How many rows are gone.
    pub rows: usize,
    /// False if there is more to do.
    pub done: bool,
}

impl History {
    /// One slice of forgetting a device: its series, and the journal's entries about it. To be called until
    /// it is done.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn forget(&mut self, device: &DeviceId) -> Result<Forgotten, StoreError> {
        let id = device.as_str();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let samples = transaction
            .prepare_cached(
                "DELETE FROM sample WHERE (series, t, n) IN (SELECT s.series, s.t, s.n FROM sample s
                 JOIN series ON series.id = s.series WHERE series.device = ?1 LIMIT ?2)",
            )?
            .execute((id, SLICE_ROWS as i64))?;
        let entries = transaction
            .prepare_cached(
                "DELETE FROM journal WHERE n IN (SELECT n FROM journal WHERE device = ?1 LIMIT ?2)",
            )?
            .execute((id, SLICE_ROWS as i64))?;
        let done = samples < SLICE_ROWS && entries < SLICE_ROWS;
        if done {
            transaction.prepare_cached("DELETE FROM series WHERE device = ?1")?.execute([id])?;
        }
        transaction.commit()?;
        // Newest values are gone, and with the last slice the ids.
        self.series.retain(|key, _| key.device != *device);
        Ok(Forgotten { rows: samples + entries, done })
    }
}
