//! The thread that owns `history.db`, so that control never waits for a disk.
//!
//! Rows wait a moment in memory and go to the file in batches. While the file takes none (the disk is full,
//! another process holds it), they stay in memory up to a bound, and are tried again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lares_model::{DeviceId, UtcMillis};

use crate::error::StoreError;
use crate::file::OpenNote;
use crate::history::health::HistoryHealth;
use crate::history::prune::Retention;
use crate::history::queue::{Chore, Inside, Queue};
use crate::history::reader::HistoryReader;
use crate::history::row::HistoryRow;
use crate::history::store::History;
use crate::reply::{Reply, reply};

/// How many rows one transaction takes at most.
pub(super) const BATCH_ROWS: usize = 500;

/// How the writer goes about its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriterOptions {
    /// How long a row may wait for others before they are recorded together.
    pub batch: Duration,
    /// How often what was recorded is brought to the disk: the most that a power cut can take.
    pub sync: Duration,
    /// How long until rows are tried again that the file would not take.
    pub retry: Duration,
    /// How many rows may wait in memory.
    pub rows_max: usize,
    /// How large the file may grow at all, in bytes; `None` for as large as the disk.
    pub bytes_max: Option<u64>,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            batch: Duration::from_millis(250),
            sync: Duration::from_millis(750),
            retry: Duration::from_secs(1),
            rows_max: 50_000,
            bytes_max: None,
        }
    }
}

/// What became of a row that somebody waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is on the disk.
    Yes,
    /// Not within the time. It waits in memory and will be recorded when the file takes it.
    NotYet,
}

/// A handle to the thread. Dropping it records what waits and stops the thread.
pub struct HistoryWriter {
    queue: Arc<Queue>,
    reader: HistoryReader,
    thread: Option<JoinHandle<()>>,
}

impl HistoryWriter {
    /// Opens or makes the file, and starts the thread. A file that cannot be opened now (a full disk) is
    /// tried again while rows wait in memory; [`HistoryWriter::health`] tells.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] and [`StoreError::Foreign`], which no waiting heals; [`StoreError::Io`]
    /// if the system gives no thread.
    pub fn start(file: &Path, options: WriterOptions) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::new(options.rows_max));
        let generation = Arc::new(AtomicU64::new(0));
        let mut thread = Thread {
            file: file.to_path_buf(),
            options,
            queue: Arc::clone(&queue),
            generation: Arc::clone(&generation),
            history: None,
            sync_at: None,
            retry_at: None,
        };
        match thread.open() {
            Err(error @ (StoreError::NewerSchema { .. } | StoreError::Foreign { .. })) => return Err(error),
            Err(error) => thread.failed(&error),
            Ok(()) => {}
        }
        let thread = std::thread::Builder::new()
            .name("history-writer".into())
            .spawn(move || thread.run())
            .map_err(|error| StoreError::io("start the thread of", file, error))?;
        let reader = HistoryReader::of_generation(file, generation);
        Ok(Self { queue, reader, thread: Some(thread) })
    }

    /// Takes a row and returns at once.
    pub fn record(&self, row: HistoryRow) {
        self.queue.push([row]);
    }

    /// Takes rows and returns at once.
    pub fn record_all(&self, rows: impl IntoIterator<Item = HistoryRow>) {
        self.queue.push(rows);
    }

    /// Takes a row and answers when it, and everything before it, is on the disk; or that it is not yet.
    /// An error means "not yet" too: the row is kept and tried again.
    pub fn record_acknowledged(&self, row: HistoryRow) -> Reply<()> {
        self.queue.push([row]);
        let (sender, receiver) = reply();
        self.queue.wait_for_all(sender);
        receiver
    }

    /// Takes a row and waits for the disk, 50 ms at most: for what a crash must not repeat.
    pub fn record_now(&self, row: HistoryRow) -> Recorded {
        match self.record_acknowledged(row).wait_at_most(Duration::from_millis(50)) {
            Some(Ok(())) => Recorded::Yes,
            _ => Recorded::NotYet,
        }
    }

    /// Waits until everything taken so far is on the disk.
    ///
    /// # Errors
    /// Why it is not; the rows are kept and tried again.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (sender, receiver) = reply();
        self.queue.wait_for_all(sender);
        receiver.wait()
    }

    /// Begins to forget what is older or more than `keep`, beside recording.
    pub fn prune(&self, now: UtcMillis, keep: Retention) {
        self.queue.add_chore(Chore::Prune { now, keep });
    }

    /// Begins to forget a device, beside recording, with everything of it that was taken so far.
    pub fn forget(&self, device: DeviceId) {
        self.queue.add_chore(Chore::Forget { device });
    }

    /// How it is going.
    pub fn health(&self) -> HistoryHealth {
        self.queue.lock().health.clone()
    }

    /// Answers questions; it does not see rows that still wait.
    pub fn reader(&self) -> HistoryReader {
        self.reader.clone()
    }

    /// Records what waits and stops the thread.
    ///
    /// # Errors
    /// Why not all could be recorded; what could not is lost.
    pub fn stop(mut self) -> Result<(), StoreError> {
        let flushed = self.flush();
        self.end();
        flushed
    }

    fn end(&mut self) {
        self.queue.lock().stop = true;
        self.queue.news.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of history.db ended with a panic");
        }
    }
}

impl Drop for HistoryWriter {
    fn drop(&mut self) {
        self.end();
    }
}

struct Thread {
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

impl Thread {
    fn run(mut self) {
        let queue = Arc::clone(&self.queue);
        let _closing = Closing(&queue);
        loop {
            let Turn { rows, chore, stop } = self.next_turn();
            let worked = self.work(rows, chore);
            if let Err(error) = worked {
                self.failed(&error);
                if stop {
                    return;
                }
            } else if stop && self.queue.lock().len() == 0 {
                if let Err(error) = self.sync() {
                    self.failed(&error);
                }
                return;
            }
        }
    }

    fn next_turn(&self) -> Turn {
        let mut inside = self.queue.lock();
        loop {
            let now = Instant::now();
            let wake_at = self.wake_at(&inside);
            if inside.stop || inside.hurry || wake_at.is_some_and(|at| at <= now) {
                let rows = inside.take(BATCH_ROWS);
                let chore = if inside.stop { None } else { inside.chore() };
                return Turn { rows, chore, stop: inside.stop };
            }
            inside = match wake_at {
                None => self.queue.news.wait(inside).unwrap_or_else(std::sync::PoisonError::into_inner),
                Some(at) => {
                    let waited = self.queue.news.wait_timeout(inside, at - now);
                    waited.unwrap_or_else(std::sync::PoisonError::into_inner).0
                }
            };
        }
    }

    /// When the next thing is to be done, if nobody is in a hurry.
    fn wake_at(&self, inside: &Inside) -> Option<Instant> {
        if let Some(retry_at) = self.retry_at {
            return Some(retry_at);
        }
        if inside.len() >= BATCH_ROWS || inside.chore().is_some() {
            return Some(Instant::now());
        }
        let batch_at = inside.oldest().map(|oldest| oldest + self.options.batch);
        batch_at.into_iter().chain(self.sync_at).min()
    }

    fn work(&mut self, rows: Vec<HistoryRow>, chore: Option<Chore>) -> Result<(), StoreError> {
        self.retry_at = None;
        if self.history.is_none()
            && let Err(error) = self.open()
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
        if let Some(chore) = chore {
            self.do_slice(&chore)?;
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

    fn do_slice(&mut self, chore: &Chore) -> Result<(), StoreError> {
        let Some(history) = &mut self.history else { return Ok(()) };
        let done = match chore {
            Chore::Prune { now, keep } => history.prune(*now, keep)?.done,
            Chore::Forget { device } => history.forget(device)?.done,
        };
        let bytes = history.bytes()?;
        let mut inside = self.queue.lock();
        inside.health.bytes = bytes;
        if done {
            inside.chore_done(chore);
        }
        Ok(())
    }

    fn open(&mut self) -> Result<(), StoreError> {
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
