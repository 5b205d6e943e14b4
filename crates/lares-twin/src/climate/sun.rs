//! Where the sun stands and how bright it is outside. Good to a degree: enough for a pretend house, not for
//! the rules' sunrise, which is computed elsewhere.

use lares_model::UtcMillis;

/// The sun's elevation in degrees above the horizon, negative at night.
///
/// Cooper's formula for the declination, mean solar time for the hour angle.
pub fn sun_elevation(utc: UtcMillis, latitude: f64, longitude: f64) -> f64 {
    let days = utc as f64 / 86_400_000.0;
    // 1970-01-01 was the first day of a year; leap years shift this by less than a day.
    let day_of_year = days.rem_euclid(365.2425) + 1.0;
    let declination =
        (23.45_f64 * (std::f64::consts::TAU * (284.0 + day_of_year) / 365.0).sin()).to_radians();
    let solar_hour = days.rem_euclid(1.0) * 24.0 + longitude / 15.0;
    let hour_angle = ((solar_hour - 12.0) * 15.0).to_radians();
    let latitude = latitude.to_radians();
    let sine = latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos();
    sine.clamp(-1.0, 1.0).asin().to_degrees()
}

/// Light on open ground in lux: full sun, twilight down to a moonless night. `clouds` from 0 to 1.
pub fn daylight_lux(elevation: f64, clouds: f64) -> f64 {
    let clear = if elevation > 0.0 {
        400.0 + 105_000.0 * elevation.to_radians().sin().powf(1.15)
    } else {
        // Civil twilight ends at −6° with about 3 lx.
        400.0 * 10_f64.powf(elevation / 2.85)
    };
    clear.max(0.002) * (1.0 - 0.82 * clouds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-06-21 and 2026-12-21, 11:06 UTC: solar noon at 13.4° east.
    const MIDSUMMER: UtcMillis = 1_782_039_960_000;
    const MIDWINTER: UtcMillis = 1_797_851_160_000;

    #[test]
    fn the_sun_stands_where_the_almanac_has_it_to_a_degree() {
        for (utc, expected) in [(MIDSUMMER, 60.9), (MIDWINTER, 14.1)] {
            let elevation = sun_elevation(utc, 52.5, 13.4);
            assert!((elevation - expected).abs() < 1.0, "{elevation} for {expected}");
            assert!(sun_elevation(utc + 43_200_000, 52.5, 13.4) < -10.0, "midnight is dark");
        }
    }

    #[test]
    fn light_grows_with_the_sun_without_a_jump() {
        let mut before = 0.0;
        for tenth in -200..900 {
            let lux = daylight_lux(f64::from(tenth) / 10.0, 0.3);
            assert!(lux >= before && lux < before + 800.0, "{tenth}: {before} then {lux}");
            before = lux;
        }
        assert!((1.0..10.0).contains(&daylight_lux(-6.0, 0.0)));
        assert!(daylight_lux(60.0, 0.0) > 80_000.0);
    }
}
