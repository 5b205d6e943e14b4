//! The weather: a season, a day, and slow chance around them.

use lares_model::UtcMillis;
use serde::{Deserialize, Serialize};

use super::{LocalTime, daylight_lux, sun_elevation};
use crate::dice::Dice;

/// What drifts by chance. The rest follows from the calendar.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Weather {
    /// Kelvin above the season's usual, over days.
    spell: f64,
    /// Kelvin, over an hour.
    breeze: f64,
    /// Before it is squeezed into 0 to 1.
    sky: f64,
    /// hPa beside 1013.
    pressure: f64,
}

/// What it is like outside now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outdoors {
    /// °C.
    pub temperature: f64,
    /// Water in the air, g/m³.
    pub vapour: f64,
    /// Relative, %.
    pub humidity: f64,
    /// hPa at sea level.
    pub pressure: f64,
    /// On open ground, lx.
    pub lux: f64,
    /// Sunshine through a square metre of window, W.
    pub sunshine: f64,
}

impl Weather {
    /// Some weather.
    pub fn new(dice: &mut Dice) -> Self {
        Self {
            spell: 2.5 * dice.normal(),
            breeze: 0.3 * dice.normal(),
            sky: dice.normal(),
            pressure: 8.0 * dice.normal(),
        }
    }

    /// Lets `seconds` pass. Exact for any length, so a long step is as good as many short ones.
    pub fn step(&mut self, seconds: f64, dice: &mut Dice) {
        let mut drift = |value: &mut f64, hours: f64, spread: f64| {
            let keep = (-seconds / (hours * 3600.0)).exp();
            *value = *value * keep + spread * (1.0 - keep * keep).sqrt() * dice.normal();
        };
        drift(&mut self.spell, 48.0, 2.5);
        drift(&mut self.breeze, 1.0, 0.35);
        drift(&mut self.sky, 5.0, 1.0);
        drift(&mut self.pressure, 60.0, 8.0);
    }

    /// What it is like now at this place.
    pub fn outdoors(&self, utc: UtcMillis, local: LocalTime, latitude: f64, longitude: f64) -> Outdoors {
        let clouds = 1.0 / (1.0 + (-1.4 * self.sky).exp());
        let elevation = sun_elevation(utc, latitude, longitude);
        let temperature = usual_temperature(local, latitude)
            + daily_swing(local, latitude) * (1.0 - 0.5 * clouds)
            + self.spell
            + self.breeze;
        // Damp at dawn, drier in the afternoon.
        let warmth = daily_swing(local, latitude);
        let humidity = (68.0 + 18.0 * clouds - 4.0 * warmth - 0.3 * (temperature - 10.0)).clamp(25.0, 99.0);
        Outdoors {
            temperature,
            vapour: humidity / 100.0 * saturation(temperature),
            humidity,
            pressure: 1013.0 + self.pressure,
            lux: daylight_lux(elevation, clouds),
            sunshine: 650.0 * elevation.to_radians().sin().max(0.0).sqrt() * (1.0 - 0.85 * clouds),
        }
    }
}

/// Mean of the season: coldest in late January in the north, in late July in the south.
fn usual_temperature(local: LocalTime, latitude: f64) -> f64 {
    let year = std::f64::consts::TAU * (f64::from(local.day_of_year) - 22.0) / 365.0;
    let north = if latitude < 0.0 { -1.0 } else { 1.0 };
    let away = latitude.abs();
    (27.0 - 0.33 * away) - north * (0.19 * away).min(14.0) * year.cos()
}

/// Kelvin beside the day's mean: warmest at three in the afternoon.
fn daily_swing(local: LocalTime, latitude: f64) -> f64 {
    let amplitude = 4.5 - 2.0 * (latitude.abs() / 90.0);
    amplitude * (std::f64::consts::TAU * (local.hour - 15.0) / 24.0).cos()
}

/// Most water that air of this temperature (°C) holds, g/m³: the Magnus formula and the gas law.
pub fn saturation(temperature: f64) -> f64 {
    let t = temperature.clamp(-45.0, 60.0);
    let pressure = 611.2 * (17.62 * t / (243.12 + t)).exp();
    pressure / (461.5 * (t + 273.15)) * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn air_holds_as_much_water_as_the_tables_say() {
        for (temperature, grams) in [(0.0, 4.85), (10.0, 9.4), (20.0, 17.3), (30.0, 30.4)] {
            let have = saturation(temperature);
            assert!((have - grams).abs() < 0.2, "{temperature}: {have}");
        }
    }

    #[test]
    fn winter_is_colder_than_summer_on_either_side_of_the_equator() {
        let day = |day_of_year| LocalTime { hour: 12.0, day: 0, day_of_year, weekend: false };
        assert!(usual_temperature(day(20), 52.0) < usual_temperature(day(200), 52.0) - 15.0);
        assert!(usual_temperature(day(20), -35.0) > usual_temperature(day(200), -35.0) + 8.0);
    }
}
