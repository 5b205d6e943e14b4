//! Two machines with a life of their own: the washing machine and the rack in the office.

use serde::{Deserialize, Serialize};

use crate::dice::Dice;

/// A washing machine on a plug.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Washer {
    /// Seconds into the programme; `None` when it is done.
    pub progress: Option<f64>,
}

/// Programme: until (minutes), mean watts, swing of the drum in watts.
const PROGRAMME: [(f64, f64, f64); 6] = [
    (4.0, 60.0, 25.0),
    (22.0, 2050.0, 60.0),
    (48.0, 130.0, 70.0),
    (62.0, 90.0, 50.0),
    (66.0, 35.0, 10.0),
    (75.0, 420.0, 90.0),
];

impl Washer {
    /// Begins the programme from the start.
    pub fn start(&mut self) {
        self.progress = Some(0.0);
    }

    /// Lets `seconds` pass; without current it stands still and goes on later.
    pub fn step(&mut self, seconds: f64, powered: bool) {
        if let Some(progress) = &mut self.progress
            && powered
        {
            *progress += seconds;
            if *progress >= PROGRAMME[PROGRAMME.len() - 1].0 * 60.0 {
                self.progress = None;
            }
        }
    }

    /// Watts, while powered.
    pub fn watts(&self) -> f64 {
        let Some(progress) = self.progress else { return 1.2 };
        let phase = PROGRAMME.iter().find(|(until, ..)| progress < until * 60.0);
        // The drum turns for 12 s one way, rests, and turns the other way.
        phase.map_or(1.2, |(_, mean, swing)| mean + swing * (progress / 24.0 * std::f64::consts::TAU).sin())
    }
}

/// A closed rack with computers, which a fan keeps cool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rack {
    /// °C.
    pub temperature: f64,
    /// Part of the full load, 0 to 1.
    pub load: f64,
}

/// J/K.
const RACK_CAPACITY: f64 = 32_000.0;

impl Rack {
    /// Warm, half loaded.
    pub fn new() -> Self {
        Self { temperature: 26.8, load: 0.5 }
    }

    /// What its computers draw, W.
    pub fn watts(&self) -> f64 {
        125.0 + 70.0 * self.load
    }

    /// Lets `seconds` pass, at most about five minutes, with `room` °C around it. Gives the mean heat that it
    /// sent into the room, W.
    ///
    /// Without the fan it settles some 18 K above the room, with it 2 K, so that a rule with two thresholds
    /// between them goes round in ten to twenty minutes.
    pub fn step(&mut self, seconds: f64, room: f64, fan: bool, dice: &mut Dice) -> f64 {
        let keep = (-seconds / 1500.0).exp();
        self.load = (0.5 + (self.load - 0.5) * keep + 0.16 * (1.0 - keep * keep).sqrt() * dice.normal())
            .clamp(0.0, 1.0);
        let loss = if fan { 75.0 } else { 9.0 };
        let settled = room + self.watts() / loss;
        let before = self.temperature;
        self.temperature = settled + (before - settled) * (-loss * seconds / RACK_CAPACITY).exp();
        self.watts() - RACK_CAPACITY * (self.temperature - before) / seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wash_takes_about_a_kilowatt_hour_and_stands_still_without_current() {
        let mut washer = Washer::default();
        washer.start();
        let mut joules = 0.0;
        for _ in 0..74 * 60 {
            washer.step(1.0, true);
            joules += washer.watts();
        }
        assert!((0.5..1.2).contains(&(joules / 3.6e6)), "{}", joules / 3.6e6);
        let before = washer.progress;
        washer.step(600.0, false);
        assert_eq!(washer.progress, before);
        washer.step(120.0, true);
        assert_eq!(washer.progress, None);
    }

    #[test]
    fn the_cooling_rule_goes_round_in_ten_to_twenty_minutes() {
        let (mut rack, mut dice, mut fan) = (Rack::new(), Dice::new(3), false);
        let mut starts = Vec::new();
        for second in (0..8 * 3600).step_by(5) {
            rack.step(5.0, 20.5, fan, &mut dice);
            if !fan && rack.temperature > 28.0 {
                fan = true;
                starts.push(second);
            } else if rack.temperature < 26.0 {
                fan = false;
            }
        }
        let round = f64::from(starts[starts.len() - 1] - starts[0]) / (starts.len() - 1) as f64 / 60.0;
        assert!((10.0..20.0).contains(&round), "{round} min");
    }
}
