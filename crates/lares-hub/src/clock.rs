//! The clock: the only place in Lares where time is read.
//!
//! Home time (`mono`) counts sleep and goes on over restarts: on Linux it is the boot-time clock, set off by what was
//! stored last plus the wall-clock time that passed since.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lares_model::{Moment, UtcMillis};

/// A running clock.
#[derive(Clone, Copy, Debug)]
pub struct HomeClock {
    base_mono: u64,
    base_steady: Duration,
}

impl HomeClock {
    /// Goes on from the last stored moment, or starts at zero. A wall clock that was set back while Lares was off
    /// counts as no time passed.
    pub fn resume(last: Option<Moment>) -> Self {
        let passed = last.map_or(0, |last| u64::try_from(utc_now().saturating_sub(last.utc)).unwrap_or(0));
        Self { base_mono: last.map_or(0, |last| last.mono.saturating_add(passed)), base_steady: steady() }
    }

    /// Now.
    pub fn now(&self) -> Moment {
        let run = steady().saturating_sub(self.base_steady);
        let run_ms = u64::try_from(run.as_millis()).unwrap_or(u64::MAX);
        Moment { mono: self.base_mono.saturating_add(run_ms), utc: utc_now() }
    }
}

/// The wall clock.
pub fn utc_now() -> UtcMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A clock that never goes back and counts sleep.
#[cfg(target_os = "linux")]
fn steady() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let secs = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    Duration::new(secs, nanos)
}

/// A clock that never goes back. `Instant` counts sleep on Windows and on macOS only while awake; the next tick
/// after sleep corrects nothing, which the wall-clock triggers do not mind.
#[cfg(not(target_os = "linux"))]
fn steady() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// RFC 3339 in UTC with milliseconds, as the API writes times.
pub fn rfc3339(utc: UtcMillis) -> String {
    chrono::DateTime::from_timestamp_millis(utc)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// Reads a time of the API.
pub fn parse_rfc3339(text: &str) -> Option<UtcMillis> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_time_goes_on_over_a_restart_and_never_back() {
        let before = Moment { mono: 5_000, utc: utc_now() - 60_000 };
        let now = HomeClock::resume(Some(before)).now();
        assert!((65_000..75_000).contains(&now.mono), "{now:?}");
        let set_back = Moment { mono: 5_000, utc: utc_now() + 3_600_000 };
        assert!((5_000..6_000).contains(&HomeClock::resume(Some(set_back)).now().mono));
    }

    #[test]
    fn times_are_written_and_read_the_same() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(parse_rfc3339("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(parse_rfc3339("yesterday"), None);
    }
}
