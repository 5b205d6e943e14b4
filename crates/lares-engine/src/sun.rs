//! Sunrise and sunset. They cost some tens of microseconds to find, so those of nearby days are kept in a table.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use lares_model::Location;
use solar_positioning::{Horizon, RefractionCorrection, SolarEvents, SolarPositions, delta_t};

/// The sun of one day, in seconds since local midnight; none on polar days and nights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SunDay {
    pub(crate) rise: Option<u32>,
    pub(crate) set: Option<u32>,
}

/// The sun of the days around today.
#[derive(Clone, Debug, Default)]
pub(crate) struct SunTable {
    days: BTreeMap<NaiveDate, SunDay>,
}

impl SunTable {
    /// Fills in the days around `today`; cheap when they are there.
    pub(crate) fn fill(&mut self, today: NaiveDate, zone: Tz, location: Option<Location>) {
        let Some(location) = location else { return };
        if self.days.contains_key(&today) && today.succ_opt().is_some_and(|d| self.days.contains_key(&d)) {
            return;
        }
        self.days.retain(|day, _| (*day - today).num_days().abs() <= 3);
        for ahead in -1..=2 {
            let Some(day) = today.checked_add_signed(chrono::Duration::days(ahead)) else { continue };
            self.days.entry(day).or_insert_with(|| sun_of(day, zone, location));
        }
    }

    /// Forgets all, after the place or the zone changed.
    pub(crate) fn clear(&mut self) {
        self.days.clear();
    }

    /// The sun of a day.
    pub(crate) fn day(&self, day: NaiveDate, zone: Tz, location: Location) -> SunDay {
        self.days.get(&day).copied().unwrap_or_else(|| sun_of(day, zone, location))
    }
}

fn place(location: Location) -> solar_positioning::Location {
    solar_positioning::Location { latitude: location.latitude, longitude: location.longitude }
}

fn sun_of(day: NaiveDate, zone: Tz, location: Location) -> SunDay {
    let Ok(delta) = delta_t::estimate_from_date_like(&day) else { return SunDay::default() };
    let found = SolarEvents::new().for_date(day, &zone, place(location), delta, Horizon::SunriseSunset);
    let Ok(events) = found else { return SunDay::default() };
    let seconds = |at: &DateTime<Tz>| at.num_seconds_from_midnight();
    SunDay { rise: events.rises.first().map(seconds), set: events.sets.last().map(seconds) }
}

/// Degrees above the horizon.
pub(crate) fn elevation(at: DateTime<Utc>, location: Location) -> Option<f64> {
    let delta = delta_t::estimate_from_date_like(&at.date_naive()).ok()?;
    let air = Some(RefractionCorrection::standard());
    let position = SolarPositions::new().at(&at, place(location), 0.0, delta, air).ok()?;
    Some(position.elevation_angle())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, zone: Tz, latitude: f64, longitude: f64) -> SunDay {
        sun_of(text.parse().unwrap(), zone, Location { latitude, longitude })
    }

    #[test]
    fn the_sun_of_berlin_is_right_to_the_minute() {
        // From the tables of the US Naval Observatory for 52.52 N 13.40 E: 04:43 and 21:33 in summer time.
        let sun = day("2026-06-21", chrono_tz::Europe::Berlin, 52.52, 13.40);
        assert!(sun.rise.unwrap().abs_diff(4 * 3600 + 43 * 60) < 90);
        assert!(sun.set.unwrap().abs_diff(21 * 3600 + 33 * 60) < 90);
    }

    #[test]
    fn a_polar_day_has_neither_sunrise_nor_sunset() {
        let sun = day("2026-06-21", chrono_tz::Europe::Oslo, 78.2, 15.6);
        assert_eq!(sun, SunDay::default());
    }
}
