//! Time as an argument. Nothing here reads a clock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z, the wall clock in UTC. May jump.
pub type UtcMillis = i64;

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// From whole seconds.
    pub const fn secs(n: u64) -> Self {
        Self(n * 1000)
    }
    /// From whole minutes.
    pub const fn mins(n: u64) -> Self {
        Self(n * 60_000)
    }
    /// From whole hours.
    pub const fn hours(n: u64) -> Self {
        Self(n * 3_600_000)
    }
}

impl fmt::Display for Millis {
    /// The shortest exact form: `90s` is written `1m30s`, half a second `500ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (size, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")] {
            if rest >= size {
                write!(f, "{}{name}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

/// A point in time as the hub stamps it on each event.
///
/// `mono` is *home time*: it never runs backwards, counts sleep and time while the program was off, and goes
/// on over restarts; the hub sees to that. Durations are measured on it. `utc` is the wall clock, used for
/// clock times and dates, and may jump when somebody sets the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// Home time in milliseconds.
    pub mono: u64,
    /// Wall clock, UTC, in milliseconds.
    pub utc: UtcMillis,
}

impl Moment {
    /// This much later, by both clocks.
    #[must_use]
    pub fn plus(self, by: Millis) -> Self {
        Self { mono: self.mono.saturating_add(by.0), utc: self.utc.saturating_add_unsigned(by.0) }
    }

    /// How long ago `earlier` (home time) was; zero if it is ahead.
    pub fn since(self, earlier: u64) -> Millis {
        Millis(self.mono.saturating_sub(earlier))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_written_in_its_shortest_exact_form() {
        for (ms, text) in [
            (0, "0s"),
            (500, "500ms"),
            (90_000, "1m30s"),
            (3_600_000, "1h"),
            (86_400_000, "1d"),
            (61_001, "1m1s1ms"),
        ] {
            assert_eq!(Millis(ms).to_string(), text);
        }
    }
}
