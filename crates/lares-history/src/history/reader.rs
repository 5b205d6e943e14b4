//! Reading `history.db` beside its writer. Reads never block writes, nor wait for them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use crate::error::StoreError;
use crate::file::open_to_read;
use crate::history::store::LAYOUT;

/// How many questions are answered at once; further ones wait for their turn.
const CONNECTIONS_MAX: usize = 4;

/// Answers questions to history. Cheap to clone; the clones share a few connections.
///
/// Calls wait for the disk: not for an async thread.
#[derive(Clone, Debug)]
pub struct HistoryReader {
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    file: PathBuf,
    /// Counts up when the writer replaces the file; connections to a former one are dropped.
    generation: Arc<AtomicU64>,
    idle: Mutex<Idle>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct Idle {
    connections: Vec<(u64, Connection)>,
    out: usize,
}

impl HistoryReader {
    /// A reader of the file, which the first question opens.
    pub fn new(file: &Path) -> Self {
        Self::of_generation(file, Arc::default())
    }

    pub(super) fn of_generation(file: &Path, generation: Arc<AtomicU64>) -> Self {
        let pool =
            Pool { file: file.to_path_buf(), generation, idle: Mutex::default(), returned: Condvar::new() };
        Self { pool: Arc::new(pool) }
    }

    pub(super) fn with<T>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Turn { kept, place: _place } = Turn::take(&self.pool);
        let now = self.pool.generation.load(Ordering::Acquire);
        let connection = match kept {
            Some((generation, connection)) if generation == now => connection,
            _ => open_to_read(&self.pool.file, &LAYOUT)?,
        };
        let answer = ask(&connection);
        if !matches!(answer, Err(StoreError::Corrupt(_))) {
            lock(&self.pool.idle).connections.push((now, connection));
        }
        answer
    }
}

fn lock(idle: &Mutex<Idle>) -> std::sync::MutexGuard<'_, Idle> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to use a connection; given back however the question ends.
struct Turn<'a> {
    place: Place<'a>,
    kept: Option<(u64, Connection)>,
}

struct Place<'a>(&'a Pool);

impl<'a> Turn<'a> {
    fn take(pool: &'a Pool) -> Self {
        let full = |idle: &mut Idle| idle.out >= CONNECTIONS_MAX;
        let mut idle =
            pool.returned.wait_while(lock(&pool.idle), full).unwrap_or_else(PoisonError::into_inner);
        idle.out += 1;
        Self { place: Place(pool), kept: idle.connections.pop() }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(&self.0.idle).out -= 1;
        self.0.returned.notify_one();
    }
}
