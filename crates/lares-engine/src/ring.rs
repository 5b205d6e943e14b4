//! Rings: the last samples of properties that rules take a rate or mean of. Bounded, and not stored: history knows
//! them, too.

use std::collections::{BTreeMap, VecDeque};

use lares_model::{Millis, PropertyKey};

/// The most samples kept of one property; beyond, every second of the older half is dropped.
const SAMPLES_MAX: usize = 512;

/// Samples by property.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rings(BTreeMap<PropertyKey, Ring>);

#[derive(Clone, Debug, Default)]
struct Ring {
    window: u64,
    samples: VecDeque<(u64, f64)>,
}

impl Ring {
    /// Drops every second sample of the older half.
    fn thin(&mut self) {
        let half = self.samples.len() / 2;
        let mut index = 0;
        self.samples.retain(|_| {
            index += 1;
            index > half || index % 2 == 1
        });
    }
}

impl Rings {
    /// Keeps rings for these properties and windows only; what is there already stays. Gives those that are new or
    /// reach further back now.
    pub(crate) fn keep(&mut self, wanted: BTreeMap<PropertyKey, Millis>) -> Vec<(PropertyKey, Millis)> {
        self.0.retain(|key, _| wanted.contains_key(key));
        let mut grown = Vec::new();
        for (key, window) in wanted {
            let ring = self.0.entry(key.clone()).or_default();
            if ring.window < window.0 {
                grown.push((key, window));
            }
            ring.window = window.0;
        }
        grown
    }

    /// True if the whole window is known.
    pub(crate) fn is_filled(&self, key: &PropertyKey, now: u64) -> bool {
        let first = |ring: &Ring| Some((ring.window, ring.samples.front()?.0));
        let first = self.0.get(key).and_then(first);
        first.is_some_and(|(window, at)| at <= now.saturating_sub(window))
    }

    /// Puts samples in front of those that are there, which are newer and known better.
    pub(crate) fn fill(&mut self, key: &PropertyKey, samples: &[(u64, f64)]) {
        let Some(ring) = self.0.get_mut(key) else { return };
        let first = ring.samples.front().map_or(u64::MAX, |(at, _)| *at);
        for sample in samples.iter().rev().filter(|(at, _)| *at < first) {
            ring.samples.push_front(*sample);
        }
        while ring.samples.len() > SAMPLES_MAX {
            ring.thin();
        }
    }

    /// Forgets the samples of a property whose device is gone.
    pub(crate) fn clear(&mut self, key: &PropertyKey) {
        if let Some(ring) = self.0.get_mut(key) {
            ring.samples.clear();
        }
    }

    /// Takes a sample in, if anyone wants it.
    pub(crate) fn push(&mut self, key: &PropertyKey, now: u64, value: f64) {
        let Some(ring) = self.0.get_mut(key) else { return };
        ring.samples.push_back((now, value));
        let start = now.saturating_sub(ring.window);
        // One sample from before the window stays, so that the value at its start is known.
        while ring.samples.get(1).is_some_and(|(at, _)| *at <= start) {
            ring.samples.pop_front();
        }
        if ring.samples.len() > SAMPLES_MAX {
            ring.thin();
        }
    }

    /// The samples that cover the window up to `now`, or none while it is not filled.
    fn window(&self, key: &PropertyKey, now: u64, window: u64) -> Option<impl Iterator<Item = (u64, f64)>> {
        let ring = self.0.get(key)?;
        let start = now.checked_sub(window)?;
        let before = ring.samples.iter().rev().find(|(at, _)| *at <= start)?;
        let rest = ring.samples.iter().filter(move |(at, _)| *at > start).copied();
        Some(std::iter::once((start, before.1)).chain(rest))
    }

    /// Change per second over the window.
    pub(crate) fn rate(&self, key: &PropertyKey, now: u64, window: Millis) -> Option<f64> {
        let mut samples = self.window(key, now, window.0)?;
        let (_, first) = samples.next()?;
        let last = samples.last().map_or(first, |(_, value)| value);
        #[expect(clippy::cast_precision_loss, reason = "windows are far below 2^53 ms")]
        let seconds = window.0 as f64 / 1000.0;
        (seconds > 0.0).then(|| (last - first) / seconds)
    }

    /// Time-weighted mean over the window.
    pub(crate) fn mean(&self, key: &PropertyKey, now: u64, window: Millis) -> Option<f64> {
        let samples: Vec<_> = self.window(key, now, window.0)?.collect();
        let ends = samples.iter().skip(1).map(|(at, _)| *at).chain([now]);
        #[expect(clippy::cast_precision_loss, reason = "windows are far below 2^53 ms")]
        let area: f64 = samples.iter().zip(ends).map(|((at, value), end)| value * (end - at) as f64).sum();
        #[expect(clippy::cast_precision_loss, reason = "windows are far below 2^53 ms")]
        (window.0 > 0).then(|| area / window.0 as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_mean_are_unknown_until_the_window_is_filled() {
        let key = PropertyKey::new("d", "temperature");
        let mut rings = Rings::default();
        rings.keep([(key.clone(), Millis::secs(10))].into());
        rings.push(&key, 1000, 20.0);
        assert_eq!(rings.mean(&key, 5000, Millis::secs(10)), None);
        rings.push(&key, 6000, 30.0);
        assert_eq!(rings.mean(&key, 11_000, Millis::secs(10)), Some(25.0));
        assert_eq!(rings.rate(&key, 11_000, Millis::secs(10)), Some(1.0));
    }

    #[test]
    fn a_chatty_property_does_not_fill_the_memory() {
        let key = PropertyKey::new("d", "power");
        let mut rings = Rings::default();
        rings.keep([(key.clone(), Millis::hours(1))].into());
        for n in 0..100_000 {
            rings.push(&key, n * 10, 5.0);
        }
        assert!(rings.0[&key].samples.len() <= SAMPLES_MAX);
        assert_eq!(rings.mean(&key, 1_000_000, Millis::mins(10)), Some(5.0));
    }
}
