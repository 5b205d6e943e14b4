//! Jobs: what is due at a moment between two ticks, in the order of time and then of their making.

use std::collections::BTreeMap;

use lares_model::{Millis, PropertyName, Value};
use serde::{Deserialize, Serialize};

/// The most that wait at once; commands beyond it are refused. A radio's driver has such a limit too.
pub const JOBS_MAX: usize = 4096;

/// Something that will be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Job {
    /// A command reaches its device.
    Obey {
        /// Which device.
        device: usize,
        /// What.
        values: BTreeMap<PropertyName, Value>,
        /// How slowly.
        transition: Option<Millis>,
    },
    /// Something of the device moves.
    Move {
        /// Which device.
        device: usize,
    },
    /// The device speaks: of these properties, or of what is due by then.
    Speak {
        /// Which device.
        device: usize,
        /// Which properties; none for what is due.
        cells: Vec<usize>,
    },
    /// Somebody shuts a window or door.
    Shut {
        /// Which opening.
        opening: usize,
    },
    /// Somebody turns the key again.
    Relock {
        /// Which device.
        device: usize,
    },
}

/// What waits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, Job)>", into = "Vec<(u64, Job)>")]
pub struct Jobs {
    waiting: BTreeMap<(u64, u64), Job>,
    made: u64,
}

impl From<Vec<(u64, Job)>> for Jobs {
    fn from(list: Vec<(u64, Job)>) -> Self {
        let mut jobs = Self::default();
        for (due, job) in list {
            jobs.add(due, job);
        }
        jobs
    }
}

impl From<Jobs> for Vec<(u64, Job)> {
    fn from(jobs: Jobs) -> Self {
        jobs.waiting.into_iter().map(|((due, _), job)| (due, job)).collect()
    }
}

impl Jobs {
    /// Adds one.
    pub fn add(&mut self, due: u64, job: Job) {
        self.made += 1;
        self.waiting.insert((due, self.made), job);
    }

    /// True if nothing more from outside shall be taken in. What the house itself does is bounded by its devices.
    pub fn full(&self) -> bool {
        self.waiting.len() >= JOBS_MAX
    }

    /// When the next is due.
    pub fn next_due(&self) -> Option<u64> {
        self.waiting.keys().next().map(|(due, _)| *due)
    }

    /// Takes the next that is due at or before `now`.
    pub fn take(&mut self, now: u64) -> Option<(u64, Job)> {
        let entry = self.waiting.first_entry().filter(|entry| entry.key().0 <= now)?;
        let due = entry.key().0;
        Some((due, entry.remove()))
    }

    /// True if one of this kind waits.
    pub fn any(&self, fits: impl Fn(&Job) -> bool) -> bool {
        self.waiting.values().any(fits)
    }
}
