//! The wall clock of the home: local times to instants and back, over the seams of summer time.
//!
//! A time in the gap is its first valid instant, a repeated time is the first. Intervals follow elapsed time and are
//! aligned to local midnight.

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};
use croner::{Cron, JobType};
use lares_model::{Millis, UtcMillis};

const DAY_MS: u64 = 86_400_000;

/// The local time of an instant.
pub(crate) fn local(utc: UtcMillis, zone: Tz) -> Option<DateTime<Tz>> {
    Some(DateTime::<Utc>::from_timestamp_millis(utc)?.with_timezone(&zone))
}

/// The instants of a local time: one, two where the hour is repeated, or the end of the gap that swallowed it.
pub(crate) fn instants(time: NaiveDateTime, zone: Tz) -> (Option<UtcMillis>, Option<UtcMillis>) {
    match zone.from_local_datetime(&time) {
        LocalResult::Single(at) => (Some(at.timestamp_millis()), None),
        LocalResult::Ambiguous(first, second) => {
            (Some(first.timestamp_millis()), Some(second.timestamp_millis()))
        }
        LocalResult::None => {
            // Gaps end on whole minutes, and the longest on record is a day.
            let minute = time.with_second(0).unwrap_or(time);
            let later = (1..=1500).filter_map(|n| minute.checked_add_signed(TimeDelta::minutes(n)));
            let first = later.filter_map(|time| zone.from_local_datetime(&time).earliest()).next();
            (first.map(|at| at.timestamp_millis()), None)
        }
    }
}

/// The instant of so many seconds after local midnight; more than a day's leads into the next.
pub(crate) fn instant(day: NaiveDate, seconds: f64, zone: Tz) -> Option<UtcMillis> {
    if !(-86_400.0..=172_800.0).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within two days")]
    let time = day.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::seconds(seconds.round() as i64))?;
    instants(time, zone).0
}

/// What comes round by the clock.
pub(crate) enum Recurring<'a> {
    /// So many seconds after local midnight, which may be another time each day or none.
    Daily(&'a dyn Fn(NaiveDate) -> Option<f64>),
    /// An interval.
    Every(Millis),
    /// A cron pattern.
    Cron(&'a Cron),
}

impl Recurring<'_> {
    /// The first time after `utc`.
    pub(crate) fn next_after(&self, utc: UtcMillis, zone: Tz) -> Option<UtcMillis> {
        match self {
            Self::Daily(seconds) => {
                // A day's time may be none for long (polar night): look a year ahead, then give up.
                let today = local(utc, zone)?.date_naive();
                let near = days_from(today, -2, 3).filter_map(|day| instant(day, seconds(day)?, zone));
                let found = near.filter(|at| *at > utc).min();
                found.or_else(|| {
                    let far = days_from(today, 4, 366).filter_map(|day| instant(day, seconds(day)?, zone));
                    far.filter(|at| *at > utc).take(1).next()
                })
            }
            Self::Every(length) => next_of_interval(*length, utc, zone),
            Self::Cron(cron) => {
                let found = cron.find_next_occurrence(&local(utc, zone)?, false).ok()?;
                Some(found.timestamp_millis())
            }
        }
    }

    /// The last time at or before `utc`.
    pub(crate) fn last_at(&self, utc: UtcMillis, zone: Tz) -> Option<UtcMillis> {
        match self {
            Self::Daily(seconds) => {
                let today = local(utc, zone)?.date_naive();
                let near = days_from(today, -3, 2).filter_map(|day| instant(day, seconds(day)?, zone));
                near.filter(|at| *at <= utc).max()
            }
            Self::Every(length) => last_of_interval(*length, utc, zone),
            Self::Cron(cron) => {
                let found = cron.find_previous_occurrence(&local(utc, zone)?, true).ok()?;
                Some(found.timestamp_millis())
            }
        }
    }

    /// True if it follows elapsed time, so that a clock that was set back does not silence it.
    pub(crate) fn is_interval(&self) -> bool {
        match self {
            Self::Daily(_) => false,
            Self::Every(_) => true,
            Self::Cron(cron) => cron.determine_job_type() == JobType::IntervalWildcard,
        }
    }
}

/// Reads a cron pattern of five or six fields.
pub(crate) fn parse_cron(text: &str) -> Option<Cron> {
    CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build().parse(text).ok()
}

fn days_from(day: NaiveDate, from: i64, to: i64) -> impl Iterator<Item = NaiveDate> {
    (from..=to).filter_map(move |n| day.checked_add_signed(TimeDelta::days(n)))
}

/// The instant at which a local day begins.
pub(crate) fn midnight(day: NaiveDate, zone: Tz) -> Option<UtcMillis> {
    instants(day.and_hms_opt(0, 0, 0)?, zone).0
}

/// The midnight from which an interval counts at `utc`, the next one, and the length.
fn interval_frame(length: Millis, utc: UtcMillis, zone: Tz) -> Option<(UtcMillis, UtcMillis, i64)> {
    let today = local(utc, zone)?.date_naive();
    let days = length.0.div_ceil(DAY_MS).max(1);
    let number = today.signed_duration_since(NaiveDate::default()).num_days();
    let first = number.rem_euclid(i64::try_from(days).ok()?);
    let start = today.checked_sub_days(Days::new(first.unsigned_abs()))?;
    let end = start.checked_add_days(Days::new(days))?;
    let length = if length.0 >= DAY_MS { i64::MAX } else { i64::try_from(length.0.max(1000)).ok()? };
    Some((midnight(start, zone)?, midnight(end, zone)?, length))
}

fn next_of_interval(length: Millis, utc: UtcMillis, zone: Tz) -> Option<UtcMillis> {
    let (start, end, length) = interval_frame(length, utc, zone)?;
    let count = (utc - start).div_euclid(length) + 1;
    Some(count.checked_mul(length).and_then(|n| start.checked_add(n)).map_or(end, |at| at.min(end)))
}

fn last_of_interval(length: Millis, utc: UtcMillis, zone: Tz) -> Option<UtcMillis> {
    let (start, _, length) = interval_frame(length, utc, zone)?;
    Some(start + (utc - start).div_euclid(length) * length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> UtcMillis {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_millis()
    }

    fn next(recurring: &Recurring<'_>, from: &str, zone: Tz) -> String {
        let at = recurring.next_after(utc(from), zone).unwrap();
        DateTime::<Utc>::from_timestamp_millis(at).unwrap().format("%m-%dT%H:%M").to_string()
    }

    #[test]
    fn a_time_in_the_gap_runs_at_the_first_valid_instant_and_a_repeated_one_once_in_several_zones() {
        let at = |h: f64| move |_: NaiveDate| Some(h * 3600.0);
        let half_past_two = at(2.5);
        let daily = Recurring::Daily(&half_past_two);
        for (zone, from, expected) in [
            // March: 02:30 is skipped, so 03:00 local.
            (Tz::Europe__Berlin, "2026-03-28T12:00:00Z", "03-29T01:00"),
            (Tz::America__New_York, "2026-03-07T12:00:00Z", "03-08T07:00"),
            (Tz::Australia__Sydney, "2026-10-03T06:00:00Z", "10-03T16:00"),
            // Autumn: 02:30 comes twice; the first counts, and the second is passed over.
            (Tz::Europe__Berlin, "2026-10-24T12:00:00Z", "10-25T00:30"),
            (Tz::Europe__Berlin, "2026-10-25T00:30:00Z", "10-26T01:30"),
            (Tz::Australia__Sydney, "2026-04-04T06:00:00Z", "04-04T15:30"),
        ] {
            assert_eq!(next(&daily, from, zone), expected, "{zone} {from}");
        }
        let half_past_one = at(1.5);
        let daily = Recurring::Daily(&half_past_one);
        assert_eq!(next(&daily, "2026-10-31T12:00:00Z", Tz::America__New_York), "11-01T05:30");
        assert_eq!(next(&daily, "2026-11-01T05:30:00Z", Tz::America__New_York), "11-02T06:30");
    }

    #[test]
    fn fixed_cron_fields_run_once_at_a_seam_and_wildcards_follow_elapsed_time() {
        let zone = Tz::Europe__Berlin;
        let fixed = parse_cron("30 2 * * *").unwrap();
        assert_eq!(next(&Recurring::Cron(&fixed), "2026-03-28T12:00:00Z", zone), "03-29T01:00");
        assert_eq!(next(&Recurring::Cron(&fixed), "2026-10-25T00:30:00Z", zone), "10-26T01:30");
        let half_hourly = parse_cron("*/30 * * * *").unwrap();
        for (from, expected) in
            [("2026-10-25T00:00:00Z", "10-25T00:30"), ("2026-10-25T00:30:00Z", "10-25T01:00")]
        {
            assert_eq!(next(&Recurring::Cron(&half_hourly), from, zone), expected);
        }
    }

    #[test]
    fn an_interval_is_aligned_to_local_midnight() {
        let zone = Tz::Asia__Kolkata;
        let every = Recurring::Every(Millis::mins(40));
        // Midnight in Kolkata is 18:30 UTC.
        assert_eq!(next(&every, "2026-01-09T18:30:00Z", zone), "01-09T19:10");
        assert_eq!(next(&every, "2026-01-10T18:29:00Z", zone), "01-10T18:30");
        assert_eq!(every.last_at(utc("2026-01-09T19:09:00Z"), zone), Some(utc("2026-01-09T18:30:00Z")));
    }
}
