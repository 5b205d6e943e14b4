//! The handle by which rows are given to history, so that control never waits for a disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use std::time::Duration;

use lares_model::{DeviceId, UtcMillis};

use crate::error::StoreError;
use crate::history::health::HistoryHealth;
use crate::history::prune::Retention;
use crate::history::queue::{Chore, Queue};
use crate::history::reader::HistoryReader;
use crate::history::recorder::Recorder;
use crate::history::row::HistoryRow;
use crate::reply::{Reply, reply};

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
        let recorder = Recorder::open(file, options, Arc::clone(&queue), Arc::clone(&generation))?;
        let thread = std::thread::Builder::new()
            .name("history-writer".into())
            .spawn(move || recorder.run())
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

    /// Takes a row and waits for the disk, 50 ms at most: for what a crash must not repeat. Async callers
    /// await [`HistoryWriter::record_acknowledged`] with a time-out instead.
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
        self.flushed().wait()
    }

    /// Answers when everything taken so far is on the disk, so that a reader sees it.
    pub fn flushed(&self) -> Reply<()> {
        let (sender, receiver) = reply();
        self.queue.wait_for_all(sender);
        receiver
    }

    /// Begins to forget what is older or more than `keep`, beside recording.
    pub fn prune(&self, now: UtcMillis, keep: Retention) {
        self.queue.add_chore(Chore::Prune { now, keep });
    }

    /// Forgets a device, beside recording, with everything of it that was taken so far. Answers when nothing of it
    /// is left on the disk. An error means "not yet": it is tried again for as long as this thread runs.
    pub fn forget(&self, device: DeviceId) -> Reply<()> {
        let (sender, receiver) = reply();
        self.queue.forget(device, sender);
        receiver
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
