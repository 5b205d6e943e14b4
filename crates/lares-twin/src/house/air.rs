//! What is in a room's air: water, carbon dioxide, fine dust and smells. Well mixed, exchanged with outside.

use serde::{Deserialize, Serialize};

use crate::climate::{Outdoors, saturation};

/// What is in the air.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Air {
    /// Water, g/m³.
    pub vapour: f64,
    /// ppm.
    pub co2: f64,
    /// µg/m³.
    pub pm25: f64,
    /// ppb.
    pub voc: f64,
}

/// What goes into the air, an hour, in the whole room.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources {
    /// People who are awake.
    pub awake: f64,
    /// People asleep.
    pub asleep: f64,
    /// A shower or a pot.
    pub steam: bool,
    /// A pan.
    pub frying: bool,
}

impl Air {
    /// Stale but decent.
    pub fn usual() -> Self {
        Self { vapour: 8.2, co2: 620.0, pm25: 6.0, voc: 140.0 }
    }

    /// Lets `seconds` pass in `volume` m³ with `changes` of the air an hour.
    pub fn step(&mut self, sources: Sources, volume: f64, changes: f64, outdoors: &Outdoors, seconds: f64) {
        let people = sources.awake + sources.asleep;
        let steam = if sources.steam { 1400.0 } else { 0.0 };
        let pan = f64::from(u8::from(sources.frying));
        let mix = |value: &mut f64, source: f64, outside: f64, changes: f64| {
            // The exact course of a first-order mix, so that any step length is stable.
            let settled = outside + source / (volume * changes);
            let keep = (-changes * seconds / 3600.0).exp();
            *value = settled + (*value - settled) * keep;
        };
        // Litres of CO₂ an hour: 19 awake, 13 asleep; a thousand µl/l to the ppm.
        mix(&mut self.co2, (19.0 * sources.awake + 13.0 * sources.asleep) * 1000.0, 425.0, changes);
        mix(&mut self.vapour, 45.0 * people + steam + 12.0, outdoors.vapour, changes);
        // Dust also settles, and smells cling.
        mix(&mut self.pm25, 30.0 + 250.0 * people + 9000.0 * pan, 3.5, changes + 0.25);
        mix(&mut self.voc, 900.0 + 1300.0 * people + 12_000.0 * pan, 40.0, changes + 0.1);
    }

    /// Relative humidity in %, at this temperature. What is over 98 % runs down the tiles.
    pub fn humidity(&self, temperature: f64) -> f64 {
        (100.0 * self.vapour / saturation(temperature)).clamp(3.0, 98.0)
    }

    /// Takes out what has condensed.
    pub fn condense(&mut self, temperature: f64) {
        self.vapour = self.vapour.min(0.98 * saturation(temperature));
    }
}
