//! Forgetting what is old, in slices of a few milliseconds, so that recording never waits for it.
//!
//! Of each series the newest change before the bound stays: it is what was in force at the bound, and the
//! answer to "why is this on?" for something that was switched half a year ago.

use std::collections::BTreeMap;

use lares_model::UtcMillis;
use rusqlite::{Connection, TransactionBehavior};

use crate::error::StoreError;
use crate::history::row::Place;
use crate::history::store::History;

/// How many rows one slice looks at.
const SLICE_ROWS: i64 = 1000;
/// How many pages one slice gives back to the system.
const SLICE_PAGES: i64 = 64;

/// How much history is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How long, in milliseconds.
    pub keep_ms: i64,
    /// How large the file may grow, in bytes. Beyond it the oldest goes first, whatever its age.
    pub max_bytes: u64,
}

impl Default for Retention {
    /// 90 days, and 4 GiB.
    fn default() -> Self {
        Self { keep_ms: 90 * 86_400_000, max_bytes: 4 << 30 }
    }
}

/// What one slice did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// How many rows are gone.
    pub rows: usize,
    /// False if there is more to do.
    pub done: bool,
}

impl History {
    /// One slice of pruning. To be called until it is done, and again every hour.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn prune(&mut self, now: UtcMillis, keep: &Retention) -> Result<Pruned, StoreError> {
        let too_large = self.bytes()? > keep.max_bytes;
        let bound = if too_large { now } else { now.saturating_sub(keep.keep_ms) };
        // Rows before this place were looked at; those still there are the newest of their series.
        let from = self.pruned_to.unwrap_or(Place { t: UtcMillis::MIN, n: 0 });
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let seen = look(&transaction, from, bound)?;
        let mut rows = 0;
        for (series, newest) in &seen.newest {
            rows += transaction
                .prepare_cached("DELETE FROM sample WHERE series = ?1 AND (t, n) < (?2, ?3)")?
                .execute((series, newest.t, newest.n))?;
        }
        let journal_bound = if seen.all { bound } else { seen.last.map_or(bound, |last| last.t.min(bound)) };
        let entries = transaction
            .prepare_cached(
                "DELETE FROM journal WHERE n IN (SELECT n FROM journal WHERE t < ?1 ORDER BY t, n LIMIT ?2)",
            )?
            .execute((journal_bound, SLICE_ROWS))?;
        transaction.commit()?;
        let returned = give_back(&self.connection)?;
        // The next walk begins anew when this one came to its end: a clock set back may have put rows before.
        self.pruned_to = if seen.all { None } else { seen.last };
        let done = seen.all && entries < SLICE_ROWS as usize && !returned;
        Ok(Pruned { rows: rows + entries, done })
    }
}

struct Seen {
    newest: BTreeMap<i64, Place>,
    last: Option<Place>,
    /// True if no row before the bound is left to look at.
    all: bool,
}

fn look(connection: &Connection, from: Place, bound: UtcMillis) -> Result<Seen, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT series, t, n FROM sample WHERE (t, n) > (?1, ?2) AND t < ?3 ORDER BY t, n LIMIT ?4",
    )?;
    let mut rows = statement.query((from.t, from.n, bound, SLICE_ROWS))?;
    let mut seen = Seen { newest: BTreeMap::new(), last: None, all: true };
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let place = Place { t: row.get(1)?, n: row.get(2)? };
        seen.newest.insert(row.get(0)?, place);
        seen.last = Some(place);
        count += 1;
    }
    seen.all = count < SLICE_ROWS;
    Ok(seen)
}

/// True if there is more to give back.
fn give_back(connection: &Connection) -> Result<bool, StoreError> {
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({SLICE_PAGES})"))?;
    let mut steps = statement.query([])?;
    // Each step frees one page.
    while steps.next()?.is_some() {}
    let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    Ok(free > 0)
}
