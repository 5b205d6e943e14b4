//! The thread that owns `home.db`, so that nobody else waits for the disk.
//!
//! Saves that arrive while one is on its way are put together into the next transaction: a disk that needs
//! 20 ms a sync still takes any number of saves. When a save fails, its changes stay here and go with the
//! next one, because the engine holds them for true already.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lares_model::Moment;
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::home::durable::DurableChange;
use crate::home::store::HomeStore;
use crate::reply::{Reply, reply};

/// How many callers may wait at once.
const WAITING_MAX: usize = 4096;
/// How long until changes that could not be saved are tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How old the good copy may grow.
const COPY_EVERY: Duration = Duration::from_secs(3600);

type Job = Box<dyn FnOnce(&mut HomeStore) + Send>;

#[derive(Default)]
struct Inbox {
    changes: BTreeMap<(String, String), Option<String>>,
    clock: Option<Moment>,
    savers: Vec<oneshot::Sender<Result<(), StoreError>>>,
    jobs: VecDeque<Job>,
    /// Set after a failure: not before then.
    retry_at: Option<Instant>,
    stop: bool,
    /// The thread is gone, so nobody would answer.
    closed: bool,
}

impl Inbox {
    /// Why one more may not wait beside so many.
    fn refusal(&self, waiting: usize) -> Option<StoreError> {
        if self.closed {
            Some(StoreError::Closed)
        } else {
            (waiting >= WAITING_MAX).then_some(StoreError::Overloaded)
        }
    }
}

struct Shared {
    inbox: Mutex<Inbox>,
    news: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handle to the thread. Dropping it saves what waits and stops the thread.
pub struct HomeThread {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl HomeThread {
    /// Gives the store to a thread of its own. It keeps a good copy at once and every hour.
    ///
    /// # Errors
    /// [`StoreError::Io`] if the system gives no thread.
    pub fn start(store: HomeStore) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared { inbox: Mutex::default(), news: Condvar::new() });
        let own = Arc::clone(&shared);
        let file = store.file.clone();
        let thread = std::thread::Builder::new()
            .name("home-store".into())
            .spawn(move || run(store, &own))
            .map_err(|error| StoreError::io("start the thread of", file, error))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Saves durable changes and the home clock. The reply comes when they are on disk.
    pub fn save(&self, changes: Vec<DurableChange>, clock: Moment) -> Reply<()> {
        let (sender, receiver) = reply();
        let mut inbox = self.shared.lock();
        // Changes are taken in any case: they replace older ones of the same key, so their number is bounded.
        for change in changes {
            inbox.changes.insert((change.kind, change.key), change.body);
        }
        inbox.clock = inbox.clock.max(Some(clock));
        // A refused sender still has its receiver below, so sending cannot fail.
        match inbox.refusal(inbox.savers.len()) {
            None => inbox.savers.push(sender),
            Some(error) => _ = sender.send(Err(error)),
        }
        drop(inbox);
        self.shared.news.notify_one();
        receiver
    }

    /// Does anything else with the store, after all saves that were asked for before.
    pub fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut HomeStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<T> {
        let (sender, receiver) = reply();
        let mut inbox = self.shared.lock();
        match inbox.refusal(inbox.jobs.len()) {
            // A caller that went away needs no answer.
            None => inbox.jobs.push_back(Box::new(move |store| _ = sender.send(job(store)))),
            Some(error) => _ = sender.send(Err(error)),
        }
        drop(inbox);
        self.shared.news.notify_one();
        receiver
    }
}

impl Drop for HomeThread {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.news.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of home.db ended with a panic");
        }
    }
}

/// Turns callers away when the thread ends, be it by a panic of a job.
struct Closing<'a>(&'a Shared);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        *self.0.lock() = Inbox { closed: true, ..Inbox::default() };
    }
}

fn run(mut store: HomeStore, shared: &Shared) {
    let _closing = Closing(shared);
    let mut copy_at = Instant::now();
    loop {
        let (work, stop) = wait_for_work(shared, copy_at);
        save(&mut store, shared, work.changes, work.clock, work.savers);
        for job in work.jobs {
            job(&mut store);
        }
        if stop {
            return;
        }
        if copy_at <= Instant::now() {
            if let Err(error) = store.keep_copy() {
                tracing::warn!(%error, "failed to keep a copy of home.db");
            }
            copy_at = Instant::now() + COPY_EVERY;
        }
    }
}

/// Takes everything that waits; returns early, and with nothing, when the copy is due.
fn wait_for_work(shared: &Shared, copy_at: Instant) -> (Inbox, bool) {
    let mut inbox = shared.lock();
    loop {
        let now = Instant::now();
        let patient = inbox.retry_at.is_some_and(|at| at > now) && inbox.savers.is_empty();
        let save_due = !patient && (!inbox.changes.is_empty() || inbox.clock.is_some());
        if save_due || !inbox.savers.is_empty() || !inbox.jobs.is_empty() || inbox.stop || copy_at <= now {
            let stop = inbox.stop;
            let work = std::mem::take(&mut *inbox);
            inbox.stop = stop;
            return (work, stop);
        }
        let until = inbox.retry_at.filter(|_| patient).map_or(copy_at, |at| at.min(copy_at));
        inbox = shared
            .news
            .wait_timeout(inbox, until.saturating_duration_since(now))
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
}

fn save(
    store: &mut HomeStore,
    shared: &Shared,
    changes: BTreeMap<(String, String), Option<String>>,
    clock: Option<Moment>,
    savers: Vec<oneshot::Sender<Result<(), StoreError>>>,
) {
    if changes.is_empty() && clock.is_none() {
        return;
    }
    let rows: Vec<DurableChange> =
        changes.into_iter().map(|((kind, key), body)| DurableChange { kind, key, body }).collect();
    let saved = store.save(&rows, clock);
    if let Err(error) = &saved {
        tracing::error!(%error, rows = rows.len(), "failed to save the home; it is tried again");
        let mut inbox = shared.lock();
        for row in rows {
            // What came in meanwhile is newer.
            inbox.changes.entry((row.kind, row.key)).or_insert(row.body);
        }
        inbox.clock = inbox.clock.max(clock);
        inbox.retry_at = Some(Instant::now() + RETRY);
    }
    for saver in savers {
        let _ = saver.send(saved.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, body: String) -> DurableChange {
        DurableChange { kind: "row".into(), key: key.into(), body: Some(body) }
    }

    fn limit(store: &mut HomeStore, pages: i64) -> Result<(), StoreError> {
        Ok(store.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
    }

    #[test]
    fn what_a_full_disk_refused_is_saved_when_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("home.db");
        let (mut store, _) = HomeStore::open(&file, 0).unwrap();
        limit(&mut store, 1).unwrap();
        let home = HomeThread::start(store).unwrap();
        let large = "x".repeat(100_000);
        let refused = home.save(vec![put("a", large.clone()), put("b", "old".into())], Moment::default());
        assert!(matches!(refused.wait(), Err(StoreError::DiskFull)));
        home.call(|store| limit(store, 1000)).wait().unwrap();
        // What came later wins over what was kept.
        home.save(vec![put("b", "new".into())], Moment { mono: 1, utc: 1 }).wait().unwrap();
        let rows = home.call(|store| store.load()).wait().unwrap();
        let bodies: Vec<_> = rows.iter().map(|row| row.body.as_str()).collect();
        assert_eq!(bodies, [&large, "new"]);
    }
}
