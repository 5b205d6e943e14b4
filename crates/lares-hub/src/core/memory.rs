//! The loop's way to the disk: durable rows of the home, and history. It hands over and never waits.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use lares_engine::{DurableChange, DurableRow};
use lares_history::{
    HistoryReader, HistoryRow, HistoryState, HistoryWriter, HomeStore, HomeThread, OpenNote, Reply,
    Retention, StoreError, WriterOptions,
};
use lares_model::{JournalEntry, Moment};

/// Durable rows wait at most this long before they are saved.
const SAVE_AFTER: Duration = Duration::from_millis(200);
/// A save that is on its way is looked after at this interval.
const LOOK_AFTER: Duration = Duration::from_millis(20);
/// The home clock is saved at least this often, so that a crash loses little home time.
const CLOCK_EVERY: Duration = Duration::from_secs(10);
/// While nothing can be saved, it is tried at this interval.
const TROUBLE_EVERY: Duration = Duration::from_secs(1);
/// History forgets what is too old or too much at this interval.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// Both databases, with their threads.
pub struct Memory {
    home: HomeThread,
    history: HistoryWriter,
    reader: Arc<HistoryReader>,
    waiting: BTreeMap<(&'static str, String), Option<String>>,
    waiting_since: Option<Instant>,
    saved_at: Instant,
    saving: Option<Reply<()>>,
    pruned_at: Instant,
    trouble: Option<String>,
    seq: u64,
}

/// What was found on disk.
pub struct Found {
    /// The engine's rows.
    pub rows: Vec<DurableRow>,
    /// The home clock when it was last saved.
    pub clock: Option<Moment>,
    /// What people should know of how the files were opened.
    pub notes: Vec<OpenNote>,
}

impl Memory {
    /// Opens both files in the data directory and starts their threads.
    ///
    /// # Errors
    /// When a file cannot be used at all: a newer version of Lares wrote it, or the directory cannot be written.
    pub fn open(data: &Path, now: i64) -> Result<(Self, Found), StoreError> {
        let (store, notes) = HomeStore::open(&data.join("home.db"), now)?;
        let rows =
            store.load()?.into_iter().map(|row| DurableRow { kind: row.kind, key: row.key, body: row.body });
        let found_rows = rows.collect();
        let clock = store.load_clock()?;
        let history = HistoryWriter::start(&data.join("history.db"), WriterOptions::default())?;
        let reader = Arc::new(history.reader());
        let memory = Self {
            home: HomeThread::start(store)?,
            history,
            reader,
            waiting: BTreeMap::new(),
            waiting_since: None,
            saved_at: Instant::now(),
            saving: None,
            pruned_at: Instant::now(),
            trouble: None,
            seq: 0,
        };
        Ok((memory, Found { rows: found_rows, clock, notes }))
    }

    /// For reading beside the writer.
    pub fn reader(&self) -> Arc<HistoryReader> {
        self.reader.clone()
    }

    /// Takes durable changes over; they are saved within [`SAVE_AFTER`].
    pub fn keep(&mut self, changes: Vec<DurableChange>, _now: Moment) {
        if !changes.is_empty() {
            self.waiting_since.get_or_insert_with(Instant::now);
        }
        for change in changes {
            self.waiting.insert((change.kind, change.key), change.body);
        }
    }

    /// Saves what waits now; the reply comes when it is on disk.
    pub fn save_now(&mut self, now: Moment) -> Reply<()> {
        self.waiting_since = None;
        self.saved_at = Instant::now();
        let changes = std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|((kind, key), body)| lares_history::DurableChange { kind: kind.into(), key, body })
            .collect();
        self.home.save(changes, now)
    }

    /// Does something else with the store of `home.db`.
    pub fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut HomeStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<T> {
        self.home.call(job)
    }

    /// Records a change of state.
    pub fn record_change(&mut self, at: Moment, change: lares_model::Change) {
        let seq = self.next_seq();
        self.history.record(HistoryRow::change(at.utc, seq, change));
    }

    /// Forgets all history of a device; the reply comes when nothing of it is left on disk.
    pub fn forget(&self, device: lares_model::DeviceId) -> Reply<()> {
        self.history.forget(device)
    }

    /// Records a line of the journal.
    pub fn record_journal(&mut self, at: Moment, entry: JournalEntry) {
        let seq = self.next_seq();
        self.history.record(HistoryRow::journal(at.utc, seq, entry));
    }

    /// Answers when everything recorded so far can be read.
    pub fn readable(&self) -> Reply<()> {
        self.history.flushed()
    }

    /// Changes that history could not keep.
    pub fn lost(&self) -> u64 {
        let health = self.history.health();
        health.dropped + health.refused
    }

    /// How long until [`Memory::poll`] has something to do, if durable changes wait or are on their way.
    pub fn due_in(&self) -> Option<Duration> {
        if self.saving.is_some() {
            return Some(LOOK_AFTER);
        }
        self.waiting_since.map(|since| SAVE_AFTER.saturating_sub(since.elapsed()))
    }

    /// Saves what is due. Gives what is wrong, in words, if anything is.
    pub fn poll(&mut self, now: Moment) -> Option<String> {
        let due = self.waiting_since.is_some_and(|since| since.elapsed() >= SAVE_AFTER);
        // That it works again is told soon, whether or not there is anything to save.
        let every = if self.trouble.is_some() { TROUBLE_EVERY } else { CLOCK_EVERY };
        if self.saving.is_none() && (due || self.saved_at.elapsed() >= every) {
            self.saving = Some(self.save_now(now));
        }
        if let Some(reply) = &mut self.saving {
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(result) = Pin::new(reply).poll(&mut context) {
                self.saving = None;
                self.trouble = result.err().map(|error| {
                    format!("The home's state cannot be saved: {error}. It goes on from memory and is tried again.")
                });
            }
        }
        if self.pruned_at.elapsed() >= PRUNE_EVERY {
            self.pruned_at = Instant::now();
            self.history.prune(now.utc, Retention::default());
        }
        if self.trouble.is_some() {
            return self.trouble.clone();
        }
        match self.history.health().state {
            HistoryState::Working => None,
            HistoryState::Failing { reason, .. } => Some(format!(
                "History cannot be written: {reason}. Everything else works; what happens now is kept in memory."
            )),
        }
    }

    /// Saves everything and ends both threads.
    pub async fn close(mut self, changes: Vec<DurableChange>, now: Moment) {
        self.keep(changes, now);
        if let Err(error) = self.save_now(now).await {
            tracing::error!(%error, "the last state could not be saved");
        }
        // Ending a thread joins it, which must not block the runtime.
        let ended = tokio::task::spawn_blocking(move || {
            if let Err(error) = self.history.stop() {
                tracing::error!(%error, "the last history could not be written");
            }
            drop(self.home);
        });
        if ended.await.is_err() {
            tracing::error!("the threads of the databases did not end well");
        }
    }

    fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }
}
