//! Rows on their way to the file: bounded, and never a reason for anybody to wait.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use lares_model::{DeviceId, UtcMillis};

use crate::error::StoreError;
use crate::history::health::{HistoryHealth, HistoryState};
use crate::history::prune::Retention;
use crate::history::row::HistoryRow;
use crate::reply::Sender;

/// How many rows one transaction takes at most.
pub(super) const BATCH_ROWS: usize = 500;
/// How many callers may wait for a record at once.
const WAITING_MAX: usize = 4096;

/// Something to do beside recording, in slices.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Chore {
    Prune { now: UtcMillis, keep: Retention },
    Forget { device: DeviceId },
}

/// Somebody who waits until everything up to a row has been recorded and synced.
struct Waiter {
    upto: u64,
    sender: Sender<()>,
}

#[derive(Default)]
pub(super) struct Inside {
    rows: VecDeque<HistoryRow>,
    /// When the oldest row came in.
    oldest: Option<Instant>,
    /// How many rows ever came in.
    came: u64,
    /// How many of them are recorded or lost. They leave in order.
    settled: u64,
    waiters: Vec<Waiter>,
    /// Somebody waits: batch no longer, and do not spare a failing disk.
    pub hurry: bool,
    /// Each begins when so many rows have left.
    chores: VecDeque<(u64, Chore)>,
    /// Who waits until a device is forgotten.
    forgetters: Vec<(DeviceId, Sender<()>)>,
    pub stop: bool,
    /// The thread is gone.
    closed: bool,
    pub health: HistoryHealth,
}

/// What callers and the writer's thread share.
pub(super) struct Queue {
    capacity: usize,
    inside: Mutex<Inside>,
    pub news: Condvar,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, inside: Mutex::default(), news: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a row; the oldest is lost when there are too many.
    pub(super) fn push(&self, rows: impl IntoIterator<Item = HistoryRow>) {
        let mut inside = self.lock();
        let before = inside.rows.len();
        for row in rows {
            inside.rows.push_back(row);
            inside.came += 1;
        }
        inside.oldest.get_or_insert_with(Instant::now);
        inside.keep_to(self.capacity);
        // The thread wakes for the first row to set its timer; more rows alone need no wake-up each.
        let wake = before == 0 || inside.rows.len() >= BATCH_ROWS;
        drop(inside);
        if wake {
            self.news.notify_one();
        }
    }

    /// Answers when everything that came in so far is recorded and synced, or could not be.
    pub(super) fn wait_for_all(&self, sender: Sender<()>) {
        let mut inside = self.lock();
        // A sender that is refused here still has its receiver, so sending cannot fail.
        if inside.closed {
            _ = sender.send(Err(StoreError::Closed));
        } else if inside.waiters.len() >= WAITING_MAX {
            _ = sender.send(Err(StoreError::Overloaded));
        } else {
            let upto = inside.came;
            inside.waiters.push(Waiter { upto, sender });
            inside.hurry = true;
        }
        drop(inside);
        self.news.notify_one();
    }

    pub(super) fn add_chore(&self, chore: Chore) {
        let mut inside = self.lock();
        // The newest request of a kind replaces an older one that waits or is under way.
        inside.chores.retain(|(_, other)| match (other, &chore) {
            (Chore::Prune { .. }, Chore::Prune { .. }) => false,
            (Chore::Forget { device: old }, Chore::Forget { device: new }) => old != new,
            _ => true,
        });
        // Pruning must not wait for rows that themselves wait for room.
        let after = if matches!(chore, Chore::Prune { .. }) { 0 } else { inside.came };
        inside.chores.push_back((after, chore));
        drop(inside);
        self.news.notify_one();
    }

    /// Forgets a device, and answers when nothing of it is left on the disk, or that it could not be done yet.
    pub(super) fn forget(&self, device: DeviceId, sender: Sender<()>) {
        let mut inside = self.lock();
        if inside.closed {
            _ = sender.send(Err(StoreError::Closed));
            return;
        }
        if inside.forgetters.len() >= WAITING_MAX {
            _ = sender.send(Err(StoreError::Overloaded));
        } else {
            inside.forgetters.push((device.clone(), sender));
            inside.hurry = true;
        }
        drop(inside);
        self.add_chore(Chore::Forget { device });
    }

    /// Puts rows back that could not be recorded, in front of those that came since.
    pub(super) fn put_back(&self, rows: Vec<HistoryRow>) {
        let mut inside = self.lock();
        for row in rows.into_iter().rev() {
            inside.rows.push_front(row);
        }
        inside.oldest.get_or_insert_with(Instant::now);
        inside.keep_to(self.capacity);
    }

    pub(super) fn close(&self) {
        let mut inside = self.lock();
        inside.closed = true;
        inside.answer_all(&StoreError::Closed);
        inside.answer_forgetters(&StoreError::Closed);
    }
}

impl Inside {
    fn keep_to(&mut self, capacity: usize) {
        let excess = self.rows.len().saturating_sub(capacity);
        if excess > 0 {
            self.rows.drain(..excess);
            self.settled += excess as u64;
            self.health.dropped += excess as u64;
            // Whoever waits, waits for what is lost now.
            self.answer_all(&StoreError::Overloaded);
        }
        self.health.queued = self.rows.len();
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn oldest(&self) -> Option<Instant> {
        self.oldest
    }

    pub(super) fn has_waiters(&self) -> bool {
        !self.waiters.is_empty()
    }

    pub(super) fn take(&mut self, rows_max: usize) -> Vec<HistoryRow> {
        let count = self.rows.len().min(rows_max);
        let batch = self.rows.drain(..count).collect();
        if self.rows.is_empty() {
            self.oldest = None;
        }
        batch
    }

    /// Rows have left for good: so many recorded, so many that the file would never take.
    pub(super) fn settle(&mut self, recorded: u64, refused: u64) {
        self.settled += recorded + refused;
        self.health.recorded += recorded;
        self.health.refused += refused;
        self.health.queued = self.rows.len();
    }

    /// The first chore that may begin.
    pub(super) fn chore(&self) -> Option<Chore> {
        self.chores.iter().find(|(after, _)| *after <= self.settled).map(|(_, chore)| chore.clone())
    }

    /// Nothing is left of it; a newer request of its kind stays.
    pub(super) fn chore_done(&mut self, done: &Chore) {
        if let Some(i) = self.chores.iter().position(|(_, chore)| chore == done) {
            self.chores.remove(i);
        }
    }

    /// Nothing is left of the device on the disk: whoever waited for it hears so.
    pub(super) fn forgotten(&mut self, device: &DeviceId) {
        for (_, sender) in self.forgetters.extract_if(.., |(waited_for, _)| waited_for == device) {
            // Whoever went away needs no answer.
            _ = sender.send(Ok(()));
        }
    }

    /// All is synced: whoever waited for it hears so.
    pub(super) fn synced(&mut self) {
        self.health.state = HistoryState::Working;
        let settled = self.settled;
        for waiter in self.waiters.extract_if(.., |waiter| waiter.upto <= settled) {
            // Whoever went away needs no answer.
            _ = waiter.sender.send(Ok(()));
        }
        self.hurry = !self.waiters.is_empty();
    }

    /// It did not work. Nobody is kept waiting; the rows stay.
    pub(super) fn failed(&mut self, error: &StoreError, now: UtcMillis) {
        let since = match self.health.state {
            HistoryState::Failing { since, .. } => since,
            HistoryState::Working => now,
        };
        self.health.state = HistoryState::Failing { reason: error.to_string(), since };
        self.answer_all(error);
        self.answer_forgetters(error);
    }

    fn answer_forgetters(&mut self, error: &StoreError) {
        for (_, sender) in self.forgetters.drain(..) {
            _ = sender.send(Err(error.clone()));
        }
    }

    fn answer_all(&mut self, error: &StoreError) {
        for waiter in self.waiters.drain(..) {
            _ = waiter.sender.send(Err(error.clone()));
        }
        self.hurry = false;
    }
}
