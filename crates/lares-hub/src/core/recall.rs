//! Recalling: the home asks history for the course of a number. The loop does not wait for it.

use lares_history::Series;
use lares_model::{Event, Millis, Moment, PropertyKey, UtcMillis, Value};

use super::home_loop::HomeLoop;

/// The most points of one answer; the home keeps no more of a window.
const POINTS_MAX: usize = 500;

impl HomeLoop {
    /// Asks history; the answer comes as an event. Should history fail, it knows nothing.
    pub(super) fn recall(&mut self, at: Moment, key: PropertyKey, window: Millis) {
        let reader = self.memory.reader();
        let from = at.utc.saturating_sub(i64::try_from(window.0).unwrap_or(i64::MAX));
        self.recalls.spawn_blocking(move || {
            let samples = match reader.series(&key, from, at.utc, POINTS_MAX) {
                Ok(series) => numbers(series),
                Err(error) => {
                    tracing::warn!(%error, "history cannot say what {key} was");
                    Vec::new()
                }
            };
            Event::Recalled { device: key.device, property: key.property, samples }
        });
    }
}

/// When it was which number.
fn numbers(series: Series) -> Vec<(UtcMillis, f64)> {
    let number = |t: UtcMillis, value: Option<Value>| Some((t, value?.as_number()?));
    match series {
        Series::Samples(all) => all.into_iter().filter_map(|s| number(s.t, s.value)).collect(),
        Series::Buckets(all) => all.into_iter().map(|bucket| (bucket.t, bucket.mean)).collect(),
        Series::Thinned(all) => all.into_iter().filter_map(|s| number(s.t, s.value)).collect(),
    }
}
