//! Local time: from UTC to the hours by which people live. Rules have their own, stricter calendar.

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use lares_model::UtcMillis;

/// The home's time zone.
#[derive(Clone, Copy, Debug)]
pub struct Calendar(Tz);

/// A moment as people in the house see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalTime {
    /// Hours since local midnight, 0 up to but not including 24.
    pub hour: f64,
    /// Counts days; any fixed origin.
    pub day: i64,
    /// 1 to 366.
    pub day_of_year: u32,
    /// True on Saturday and Sunday.
    pub weekend: bool,
}

impl Calendar {
    /// The zone of this IANA name; UTC if there is no such zone.
    pub fn new(time_zone: &str) -> Self {
        Self(time_zone.parse().unwrap_or(Tz::UTC))
    }

    /// Local time at `utc`. Outside of the years that the calendar knows it is the epoch.
    pub fn local(&self, utc: UtcMillis) -> LocalTime {
        let utc: DateTime<Utc> = DateTime::from_timestamp_millis(utc).unwrap_or_default();
        let local = utc.with_timezone(&self.0);
        LocalTime {
            hour: f64::from(local.num_seconds_from_midnight()) / 3600.0,
            day: i64::from(local.num_days_from_ce()),
            day_of_year: local.ordinal(),
            weekend: local.weekday().number_from_monday() >= 6,
        }
    }
}
