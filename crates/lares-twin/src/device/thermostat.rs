//! The control inside of a radiator valve: a proportional band, a slow motor, and the nose for an open window.

use serde::{Deserialize, Serialize};

/// What the valve remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Thermostat {
    /// Opening of the valve, 0 to 1.
    pub valve: f64,
    /// The temperature of the last quarter of an hour, smoothed, °C; `None` before the first look.
    smooth: Option<f64>,
    /// It believes that a window is open.
    pub window_open: bool,
}

/// What the valve is set to.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// °C.
    pub target: f64,
    /// False when its mode is off.
    pub on: bool,
    /// It closes while it believes that a window is open.
    pub minds_windows: bool,
}

impl Thermostat {
    /// Lets `seconds` pass at this room temperature, °C.
    pub fn step(&mut self, temperature: f64, setting: Setting, seconds: f64) {
        let smooth = self.smooth.unwrap_or(temperature);
        let smooth = smooth + (temperature - smooth) * (1.0 - (-seconds / 900.0).exp());
        self.smooth = Some(smooth);
        let drop = smooth - temperature;
        // Falls by more than a degree within its memory: a window. Until it is as warm as lately.
        self.window_open = if self.window_open { drop > 0.15 } else { drop > 0.9 };
        let wanted = if !setting.on || (self.window_open && setting.minds_windows) {
            0.0
        } else {
            ((setting.target - temperature) / 1.2 + 0.25).clamp(0.0, 1.0)
        };
        // The motor takes about a minute from end to end.
        let reach = seconds / 60.0;
        self.valve += (wanted - self.valve).clamp(-reach, reach);
    }

    /// True if the radiator gets warm. Between the two thresholds it stays what `before` says.
    pub fn heats(&self, before: bool) -> bool {
        if before { self.valve > 0.03 } else { self.valve > 0.08 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WARM: Setting = Setting { target: 21.0, on: true, minds_windows: true };

    #[test]
    fn a_cold_room_opens_the_valve_and_a_warm_one_closes_it() {
        let mut valve = Thermostat::default();
        for _ in 0..30 {
            valve.step(18.0, WARM, 5.0);
        }
        assert!(valve.valve > 0.99 && valve.heats(false));
        let mut valve = Thermostat::default();
        valve.step(22.0, WARM, 60.0);
        assert!(valve.valve == 0.0 && !valve.heats(false));
    }

    #[test]
    fn a_sudden_fall_is_an_open_window_and_a_slow_one_is_not() {
        let fall = |per_minute: f64| {
            let mut valve = Thermostat::default();
            (0..20).any(|minute| {
                valve.step(21.0 - per_minute * f64::from(minute), WARM, 60.0);
                valve.window_open
            })
        };
        assert!(fall(0.2));
        assert!(!fall(0.02));
    }
}
