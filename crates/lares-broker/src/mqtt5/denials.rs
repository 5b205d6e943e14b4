//! How often one connection was denied something, and how long it is made to wait for it.
//!
//! A client with wrong topics must neither fill the log nor take the broker's time, however fast it repeats.

use std::time::{Duration, Instant};

/// Denials that cost nothing, in each [`WINDOW`].
const FREE: u32 = 20;
/// The time over which denials are counted.
const WINDOW: Duration = Duration::from_secs(10);
/// What each further denial costs the client; its own connection stands still meanwhile.
const DELAY: Duration = Duration::from_millis(100);

/// The denials of one connection.
#[derive(Debug, Default)]
pub(super) struct Denials {
    since: Option<Instant>,
    count: u32,
}

/// What follows from one denial.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Consequence {
    /// Whether to write it to the log: the first of each window.
    pub(super) log: bool,
    /// How long to wait before the answer.
    pub(super) delay: Duration,
}

impl Denials {
    /// Counts one denial at `now`.
    pub(super) fn count(&mut self, now: Instant) -> Consequence {
        if self.since.is_none_or(|since| now.duration_since(since) >= WINDOW) {
            *self = Self { since: Some(now), count: 0 };
        }
        self.count = self.count.saturating_add(1);
        Consequence { log: self.count == 1, delay: if self.count > FREE { DELAY } else { Duration::ZERO } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_denials_is_slowed_and_logged_once_a_window() {
        let start = Instant::now();
        let mut denials = Denials::default();
        let first: Vec<_> = (0..30).map(|_| denials.count(start)).collect();
        assert!(first[0].log && first[1..].iter().all(|consequence| !consequence.log));
        assert_eq!(first.iter().filter(|consequence| consequence.delay == DELAY).count(), 10);
        assert_eq!(denials.count(start + WINDOW), Consequence { log: true, delay: Duration::ZERO });
    }
}
