//! Freshness: how often a device is heard, and when its silence means something.

use std::collections::VecDeque;

use lares_model::{Millis, Moment, Power};
use serde::{Deserialize, Serialize};

/// Messages closer together than this belong to one report cycle.
const CYCLE: Millis = Millis::secs(5);
/// How many intervals are remembered.
const REMEMBERED: usize = 8;
/// How many must be known before silence means anything.
const LEARNED: usize = 3;

/// When a device was heard, and how far apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rhythm {
    /// When it was last heard, home time.
    pub(crate) heard: Option<u64>,
    /// The last intervals between reports, in milliseconds.
    pub(crate) intervals: VecDeque<u64>,
    /// True once it was told that the device is stale.
    #[serde(default)]
    pub(crate) told: bool,
    /// When the rhythm was last stored.
    #[serde(skip)]
    pub(crate) stored: u64,
}

impl Rhythm {
    /// It was heard. True if it was stale until now.
    pub(crate) fn hear(&mut self, now: Moment, power: Power) -> bool {
        let was_stale = self.is_stale(power, now);
        if let Some(heard) = self.heard {
            let apart = now.since(heard);
            if apart >= CYCLE {
                if self.intervals.len() == REMEMBERED {
                    self.intervals.pop_front();
                }
                self.intervals.push_back(apart.0);
            }
        }
        self.heard = Some(now.mono);
        std::mem::take(&mut self.told) || was_stale
    }

    /// When it becomes stale if nothing is heard; none while its rhythm is not known.
    ///
    /// Three times the longest of the last intervals, so that a sensor that reports on change only is not called
    /// stale in a quiet hour; at least an hour on battery, ten minutes on mains.
    pub(crate) fn stale_at(&self, power: Power) -> Option<u64> {
        if self.intervals.len() < LEARNED {
            return None;
        }
        let longest = self.intervals.iter().max()?;
        let least = if power == Power::Mains { Millis::mins(10) } else { Millis::hours(1) };
        Some(self.heard?.saturating_add(longest.saturating_mul(3).max(least.0)))
    }

    pub(crate) fn is_stale(&self, power: Power, now: Moment) -> bool {
        self.stale_at(power).is_some_and(|at| at <= now.mono)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(times_s: &[u64], power: Power) -> Rhythm {
        let mut rhythm = Rhythm::default();
        for s in times_s {
            rhythm.hear(Moment { mono: s * 1000, utc: 0 }, power);
        }
        rhythm
    }

    #[test]
    fn a_device_is_stale_after_three_times_its_rhythm_but_never_within_the_least() {
        let minutely: Vec<u64> = (0..10).map(|n| n * 60).collect();
        assert_eq!(heard(&minutely, Power::Mains).stale_at(Power::Mains), Some(540_000 + 600_000));
        assert_eq!(heard(&minutely, Power::Battery).stale_at(Power::Battery), Some(540_000 + 3_600_000));
        let hourly: Vec<u64> = (0..5).map(|n| n * 3600).collect();
        let due = 4 * 3_600_000 + 3 * 3_600_000;
        assert_eq!(heard(&hourly, Power::Mains).stale_at(Power::Mains), Some(due));
    }

    #[test]
    fn a_device_that_has_not_reported_repeatedly_is_never_called_stale() {
        assert_eq!(heard(&[0, 60, 120], Power::Mains).stale_at(Power::Mains), None);
        assert_eq!(heard(&[0, 1, 2, 3, 4], Power::Mains).stale_at(Power::Mains), None);
    }
}
