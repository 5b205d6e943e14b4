//! The thread that owns `history.db`.
//!
//! Rows wait a moment in memory and go to the file in batches. While the file takes none (the disk is full,
//! another process holds it), they stay in memory up to a bound, and are tried again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use lares_model::UtcMillis;

use crate::error::StoreError;
use crate::file::OpenNote;
use crate::history::queue::{BATCH_ROWS, Chore, Inside, Queue};
use crate::history::row::HistoryRow;
use crate::history::store::History;
use crate::history::writer::WriterOptions;

/// What the thread holds.
pub(super) struct Recorder {
    file: PathBuf,
    options: WriterOptions,
    queue: Arc<Queue>,
    generation: Arc<AtomicU64>,
    history: Option<History>,
    /// When what was recorded has to be on the disk.
    sync_at: Option<Instant>,
    /// After a failure: not before then.
    retry_at: Option<Instant>,
}

/// What is to be done now.
struct Turn {
    rows: Vec<HistoryRow>,
    chore: Option<Chore>,
    stop: bool,
}

impl Recorder {
    /// Opens the file; what may pass is tried again later.
    pub(super) fn open(
        file: &Path,
        options: WriterOptions,
        queue: Arc<Queue>,
        generation: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        let file = file.to_path_buf();
        let mut recorder =
            Self { file, options, queue, generation, history: None, sync_at: None, retry_at: None };
        match recorder.open_file() {
            Err(error @ (StoreError::NewerSchema { .. } | StoreError::Foreign { .. })) => return Err(error),
            Err(error) => recorder.failed(&error),
            Ok(()) => {}
        }
        Ok(recorder)
    }

    /// Works until it is told to stop.
    pub(super) fn run(mut self) {
        let queue = Arc::clone(&self.queue);
        let _closing = Closing(&queue);
        loop {
            let Turn { rows, chore, stop } = self.next_turn();
            let worked = self.work(rows);
            // Also, and above all, when nothing can be recorded: pruning makes room.
            let freed = chore.map_or(Ok(0), |chore| self.do_slice(&chore));
            let freed_some = freed.as_ref().is_ok_and(|rows| *rows > 0);
            match worked.and(freed.map(|_| ())) {
                Ok(()) if stop && self.queue.lock().len() == 0 => {
                    if let Err(error) = self.sync() {
                        self.failed(&error);
                    }
                    return;
                }
                Ok(()) => {}
                Err(error) => {
                    self.failed(&error);
                    if stop {
                        return;
                    }
                    if freed_some {
                        self.retry_at = Some(Instant::now());
                    }
                }
            }
        }
    }

    fn next_turn(&self) -> Turn {
        let mut inside = self.queue.lock();
        loop {
            let now = Instant::now();
            let wake_at = self.wake_at(&inside, now);
            if inside.stop || inside.hurry || wake_at.is_some_and(|at| at <= now) {
                let rows = inside.take(BATCH_ROWS);
                let chore = if inside.stop { None } else { inside.chore() };
                return Turn { rows, chore, stop: inside.stop };
            }
            inside = match wake_at {
                None => self.queue.news.wait(inside).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let waited = self.queue.news.wait_timeout(inside, at - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// When the next thing is to be done, if nobody is in a hurry.
    fn wake_at(&self, inside: &Inside, now: Instant) -> Option<Instant> {
        if let Some(retry_at) = self.retry_at {
            return Some(retry_at);
        }
        if inside.len() >= BATCH_ROWS || inside.chore().is_some() {
            return Some(now);
        }
        let batch_at = inside.oldest().map(|oldest| oldest + self.options.batch);
        batch_at.into_iter().chain(self.sync_at).min()
    }

    fn work(&mut self, rows: Vec<HistoryRow>) -> Result<(), StoreError> {
        self.retry_at = None;
        if self.history.is_none()
            && let Err(error) = self.open_file()
        {
            self.queue.put_back(rows);
            return Err(error);
        }
        if !rows.is_empty() {
            self.record(rows)?;
        }
        let waited_for = self.queue.lock().has_waiters();
        if waited_for || self.sync_at.is_some_and(|at| at <= Instant::now()) {
            self.sync()?;
        }
        Ok(())
    }

    fn record(&mut self, rows: Vec<HistoryRow>) -> Result<(), StoreError> {
        let Some(history) = &mut self.history else { return Ok(()) };
        let (recorded, refused) = match history.record(&rows) {
            Ok(()) => (rows.len() as u64, 0),
            Err(error) if error.may_pass() => {
                self.queue.put_back(rows);
                return Err(error);
            }
            Err(_) => self.record_one_by_one(rows)?,
        };
        self.queue.lock().settle(recorded, refused);
        self.sync_at.get_or_insert_with(|| Instant::now() + self.options.sync);
        Ok(())
    }

    /// One of the rows is such that the file will never take it: find it, and lose only it.
    fn record_one_by_one(&mut self, rows: Vec<HistoryRow>) -> Result<(u64, u64), StoreError> {
        let Some(history) = &mut self.history else { return Ok((0, 0)) };
        let (mut recorded, mut refused) = (0, 0);
        let mut rows = rows.into_iter();
        while let Some(row) = rows.next() {
            match history.record(std::slice::from_ref(&row)) {
                Ok(()) => recorded += 1,
                Err(error) if error.may_pass() => {
                    self.queue.lock().settle(recorded, refused);
                    self.queue.put_back(std::iter::once(row).chain(rows).collect());
                    return Err(error);
                }
                Err(error) => {
                    tracing::error!(%error, ?row, "failed to record a row of history; it is lost");
                    refused += 1;
                }
            }
        }
        Ok((recorded, refused))
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let Some(history) = &mut self.history else { return Ok(()) };
        history.sync()?;
        let bytes = history.bytes()?;
        self.sync_at = None;
        let mut inside = self.queue.lock();
        inside.health.bytes = bytes;
        inside.synced();
        Ok(())
    }

    /// How many rows are gone.
    fn do_slice(&mut self, chore: &Chore) -> Result<usize, StoreError> {
        let Some(history) = &mut self.history else { return Ok(0) };
        let (rows, done) = match chore {
            Chore::Prune { now, keep } => history.prune(*now, keep).map(|slice| (slice.rows, slice.done))?,
            Chore::Forget { device } => history.forget(device).map(|slice| (slice.rows, slice.done))?,
        };
        let bytes = history.bytes()?;
        let mut inside = self.queue.lock();
        inside.health.bytes = bytes;
        if done {
            inside.chore_done(chore);
        }
        drop(inside);
        if let (true, Chore::Forget { device }) = (done, chore) {
            self.sync()?;
            self.queue.lock().forgotten(device);
        }
        Ok(rows)
    }

    fn open_file(&mut self) -> Result<(), StoreError> {
        let (history, notes) = History::open(&self.file, wall_clock())?;
        self.adopt(history, notes)
    }

    fn adopt(&mut self, history: History, notes: Vec<OpenNote>) -> Result<(), StoreError> {
        if let Some(bytes) = self.options.bytes_max {
            history.limit_bytes(bytes)?;
        }
        if !notes.is_empty() {
            // Readers must not go on with the file that was moved aside.
            self.generation.fetch_add(1, Ordering::Release);
        }
        self.history = Some(history);
        self.queue.lock().health.notes.extend(notes);
        Ok(())
    }

    /// Keeps in mind that something did not work, and when to try again. A damaged file is replaced.
    fn failed(&mut self, error: &StoreError) {
        tracing::warn!(%error, "failed to record history; it is tried again");
        self.retry_at = Some(Instant::now() + self.options.retry);
        if let StoreError::Corrupt(reason) = error
            && let Some(history) = self.history.take()
        {
            let replaced = history.replace(reason, wall_clock());
            match replaced.and_then(|(history, notes)| self.adopt(history, notes)) {
                Ok(()) => self.retry_at = Some(Instant::now()),
                Err(error) => tracing::error!(%error, "failed to replace the damaged history"),
            }
        }
        self.queue.lock().failed(error, wall_clock());
    }
}

/// Turns callers away when the thread ends, be it by a panic.
struct Closing<'a>(&'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// For the names of files and the beginning of a failure only; rows bring their own time.
fn wall_clock() -> UtcMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
