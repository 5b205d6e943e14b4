//! The loop: one task owns the home, stamps what happens, and performs what follows. Nothing in it waits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use lares_adapters::AdapterRequest;
use lares_engine::{Home, Input};
use lares_model::{AdapterId, Answer, CommandId, CommandOutcome, Event, Moment, RequestId};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::early::Early;
use super::memory::Memory;
use super::message::{Counts, Message};
use super::updates::{Pending, Subscribers};
use crate::api::view::{DiagnosticView, NoticeView};
use crate::clock::HomeClock;

/// Events taken in before anything else gets a turn.
const BATCH_MAX: usize = 256;
/// Deltas go out at most this often.
const FLUSH_EVERY: Duration = Duration::from_millis(50);
/// The loop looks at the clock at least this often, so that waking from sleep is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Time-driven conditions are looked at by the engine at least this often, whatever it said.
const TICK_MS_MAX: u64 = 30_000;

/// The ends of the loop.
pub struct Ends {
    /// Events of adapters.
    pub events: mpsc::Receiver<Event>,
    /// Everything else.
    pub messages: mpsc::Receiver<Message>,
    /// Cancelled when the loop shall end.
    pub stop: CancellationToken,
}

/// The loop's state around the home.
pub struct HomeLoop {
    pub(super) home: Home,
    pub(super) clock: HomeClock,
    pub(super) memory: Memory,
    pub(super) adapters: BTreeMap<AdapterId, mpsc::Sender<AdapterRequest>>,
    /// Adapters that are meant to be there, whether they run at the moment or not.
    pub(super) known: BTreeSet<AdapterId>,
    pub(super) waiters: BTreeMap<CommandId, Vec<oneshot::Sender<CommandOutcome>>>,
    /// Commands that ended within the very step that a request started.
    pub(super) ended: BTreeMap<CommandId, CommandOutcome>,
    /// Answers of the present step.
    pub(super) answers: BTreeMap<RequestId, Answer>,
    /// Commands that are due before their adapter is there.
    pub(super) early: Early,
    /// Events that performing effects gave rise to.
    pub(super) backlog: VecDeque<Event>,
    /// Questions to history that are under way.
    pub(super) recalls: JoinSet<Event>,
    pub(super) pending: Pending,
    pub(super) subscribers: Subscribers,
    pub(super) notices: VecDeque<NoticeView>,
    pub(super) diagnostics: Vec<DiagnosticView>,
    pub(super) troubles: BTreeMap<&'static str, String>,
    pub(super) automations: String,
    pub(super) names_changed: Arc<tokio::sync::Notify>,
    pub(super) counts: Counts,
    pub(super) requests: u64,
    /// Whether the first rules have come; before that nothing may fire.
    pub(super) started: bool,
    pub(super) last_step: Moment,
    last_flush: Instant,
}

impl HomeLoop {
    /// Around a home that was restored.
    pub fn new(
        home: Home,
        clock: HomeClock,
        memory: Memory,
        automations: String,
        names_changed: Arc<tokio::sync::Notify>,
    ) -> Self {
        Self {
            last_step: clock.now(),
            early: Early::new(clock.now().mono),
            home,
            clock,
            memory,
            adapters: BTreeMap::new(),
            known: BTreeSet::new(),
            waiters: BTreeMap::new(),
            ended: BTreeMap::new(),
            answers: BTreeMap::new(),
            backlog: VecDeque::new(),
            recalls: JoinSet::new(),
            pending: Pending::default(),
            subscribers: Subscribers::default(),
            notices: VecDeque::new(),
            diagnostics: Vec::new(),
            troubles: BTreeMap::new(),
            automations,
            names_changed,
            counts: Counts::default(),
            requests: 0,
            started: false,
            last_flush: Instant::now(),
        }
    }

    /// Runs until told to stop; everything is on disk when it returns.
    pub async fn run(mut self, mut ends: Ends) {
        loop {
            let wake = self.wake_at();
            tokio::select! {
                () = ends.stop.cancelled() => break,
                Some(event) = ends.events.recv() => {
                    self.step(Input::Event(event));
                    for _ in 1..BATCH_MAX {
                        let Ok(event) = ends.events.try_recv() else { break };
                        self.step(Input::Event(event));
                    }
                }
                Some(message) = ends.messages.recv() => self.take(message),
                // One that panicked is given up; the home goes on without it.
                Some(Ok(event)) = self.recalls.join_next() => self.step(Input::Event(event)),
                () = tokio::time::sleep_until(wake) => {}
            }
            self.tick_if_due();
            self.flush_if_due();
            self.look_after_memory();
        }
        let now = self.clock.now();
        self.memory.close(self.home.take_durable(), now).await;
    }

    /// One input and everything that follows from it.
    pub(super) fn step(&mut self, input: Input) {
        self.step_once(input);
        while let Some(event) = self.backlog.pop_front() {
            self.step_once(Input::Event(event));
        }
        let now = self.last_step;
        self.memory.keep(self.home.take_durable(), now);
    }

    fn step_once(&mut self, input: Input) {
        let at = self.stamp();
        self.counts.events += 1;
        let waited = match &input {
            Input::Event(event) => self.early.hear(event, at.mono),
            _ => Vec::new(),
        };
        for effect in self.home.step(at, input) {
            self.perform(at, effect);
        }
        for command in waited {
            self.hand_on(command);
        }
    }

    /// Now, never before the last step.
    fn stamp(&mut self) -> Moment {
        let mut now = self.clock.now();
        now.mono = now.mono.max(self.last_step.mono);
        self.last_step = now;
        now
    }

    fn tick_if_due(&mut self) {
        let now = self.clock.now();
        let passed = now.mono.saturating_sub(self.last_step.mono);
        let by_wall = now.utc.saturating_sub(self.last_step.utc);
        let jumped = by_wall.abs_diff(i64::try_from(passed).unwrap_or(i64::MAX)) > 1500;
        let due = self.home.next_wakeup().is_some_and(|due| due <= now.mono);
        if due || jumped || passed >= TICK_MS_MAX {
            self.step(Input::Event(Event::Tick));
        }
    }

    fn wake_at(&self) -> Instant {
        let now = Instant::now();
        let mut wake = now + LOOK_EVERY;
        if let Some(due) = self.home.next_wakeup() {
            let mono = self.clock.now().mono;
            wake = wake.min(now + Duration::from_millis(due.saturating_sub(mono)));
        }
        if self.pending.is_waiting() {
            wake = wake.min(self.last_flush + FLUSH_EVERY);
        }
        if let Some(due) = self.memory.due_in() {
            wake = wake.min(now + due);
        }
        wake.max(now)
    }

    fn flush_if_due(&mut self) {
        if self.last_flush.elapsed() >= FLUSH_EVERY
            && (self.pending.is_waiting() || self.subscribers.any_lagging())
        {
            self.last_flush = Instant::now();
            let mut pending = std::mem::take(&mut self.pending);
            let mut subscribers = std::mem::take(&mut self.subscribers);
            subscribers.flush(&mut pending, self);
            self.subscribers = subscribers;
            // What is left of it is told by the next flush.
            self.pending = pending;
        }
    }

    /// Tells people when the disk fails, and when it is well again.
    fn look_after_memory(&mut self) {
        let trouble = self.memory.poll(self.last_step);
        self.trouble("memory", trouble);
    }
}
