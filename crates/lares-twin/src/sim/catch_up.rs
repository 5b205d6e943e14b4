//! Catching up: the computer slept for hours, and the house went on.
//!
//! Nobody needs eight hours of reports at once, so the physics takes long steps, what was due is done in
//! silence, and each device says its last word.

use lares_model::Event;

use super::simulation::{Simulation, TICK};

/// Gaps longer than this are caught up with rather than lived through, ms.
pub const GAP: u64 = 600_000;

/// Longest step that the physics bears, ms.
const STEP: u64 = 90_000;

/// The most steps: twelve hours. Of a longer gap only the end is simulated; what meters would have counted
/// before it is not known, and rooms reach their balance within that time anyway.
const STEPS_MAX: u64 = 480;

impl Simulation {
    /// Brings everything to `now`.
    pub(super) fn catch_up(&mut self, now: u64) -> Vec<Event> {
        let start = self.now.max(now.saturating_sub(STEP * STEPS_MAX));
        let steps = (now - start).div_ceil(STEP).max(1);
        let mut unsaid = Vec::new();
        for step in 1..=steps {
            let before = self.now.max(start);
            self.now = start + (now - start) * step / steps;
            while let Some((_, job)) = self.jobs.take(self.now) {
                self.perform(job, &mut unsaid);
            }
            self.live((self.now - before) as f64 / 1000.0, &mut unsaid);
        }
        while let Some((_, job)) = self.jobs.take(self.now) {
            self.perform(job, &mut unsaid);
        }
        self.next_tick = now + TICK;
        self.last_words()
    }

    fn last_words(&mut self) -> Vec<Event> {
        let now = self.now;
        let mut events = Vec::new();
        for device in &mut self.devices {
            device.state.heartbeat_at =
                now + device.heartbeat() / 2 + self.dice.millis(0, device.heartbeat() / 2);
            device.state.speaking_until = now;
            events.extend(device.report(now, &device.readable()));
        }
        events
    }
}
