//! Chance from a seed. The same seed gives the same house, tick for tick; nothing here asks the system.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};

/// A stream of random numbers that can be saved and taken up again where it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "SavedDice", into = "SavedDice")]
pub struct Dice {
    seed: u64,
    rng: ChaCha8Rng,
}

#[derive(Serialize, Deserialize)]
struct SavedDice {
    seed: u64,
    used: u64,
}

impl From<SavedDice> for Dice {
    fn from(saved: SavedDice) -> Self {
        let mut dice = Self::new(saved.seed);
        dice.rng.set_word_pos(u128::from(saved.used));
        dice
    }
}

impl From<Dice> for SavedDice {
    fn from(dice: Dice) -> Self {
        // 2^64 words last for longer than any home.
        Self { seed: dice.seed, used: u64::try_from(dice.rng.get_word_pos()).unwrap_or(0) }
    }
}

impl Dice {
    /// A fresh stream.
    pub fn new(seed: u64) -> Self {
        Self { seed, rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// From 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.rng.next_u32()) / 4_294_967_296.0
    }

    /// Evenly between two bounds.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Evenly between two bounds, in whole milliseconds.
    pub fn millis(&mut self, low: u64, high: u64) -> u64 {
        low + u64::from(self.rng.next_u32()) % (high.saturating_sub(low) + 1)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Roughly normal, mean 0 and deviation 1, never beyond ±3.5: the sum of four even draws.
    pub fn normal(&mut self) -> f64 {
        ((0..4).map(|_| self.unit()).sum::<f64>() - 2.0) * 3.0_f64.sqrt()
    }

    /// An index, drawn by weight; 0 when all weights are zero.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return index;
            }
            rest -= weight;
        }
        0
    }

    /// From 0 to 1, always the same for the same question: what somebody does on one day, for example.
    pub fn fixed(&self, day: i64, who: u64, what: u64) -> f64 {
        let mut x = self.seed ^ day.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (who << 32) ^ what;
        for _ in 0..3 {
            x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            x ^= x >> 27;
        }
        f64::from((x >> 32) as u32) / 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_stream_goes_on_where_it_was() {
        let mut dice = Dice::new(7);
        for _ in 0..1001 {
            dice.unit();
        }
        let saved = serde_json::to_value(&dice).unwrap();
        let mut again: Dice = serde_json::from_value(saved).unwrap();
        for _ in 0..100 {
            assert_eq!(dice.unit().to_bits(), again.unit().to_bits());
        }
    }

    #[test]
    fn the_draws_have_the_spread_that_they_promise() {
        let mut dice = Dice::new(1);
        let draws: Vec<f64> = (0..20_000).map(|_| dice.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.05 && (variance - 1.0).abs() < 0.1, "{mean} {variance}");
        let often = (0..10_000).filter(|_| dice.weighted(&[1.0, 3.0]) == 1).count();
        assert!((7_200..7_800).contains(&often), "{often}");
    }
}
