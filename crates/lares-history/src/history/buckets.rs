//! Making few points of many samples. Pure: no database here.

use lares_model::{UtcMillis, Value};

/// A value and since when it is in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When it changed to this.
    pub t: UtcMillis,
    /// To what; `None` when it became unknown.
    pub value: Option<Value>,
}

/// Many numbers in one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Start of the bucket.
    pub t: UtcMillis,
    /// Least value in force.
    pub min: f64,
    /// Mean over the time in which a value was known; each counts for as long as it was in force.
    pub mean: f64,
    /// Greatest value in force.
    pub max: f64,
    /// How many changes; 0 if the value before went on.
    pub n: u64,
}

/// The last of several changes that are close together.
#[derive(Clone, Debug, PartialEq)]
pub struct Thinned {
    /// When it changed to this.
    pub t: UtcMillis,
    /// To what; `None` when it became unknown.
    pub value: Option<Value>,
    /// How many changes this one stands for, itself included; 0 for the value in force at the beginning.
    pub n: u64,
}

/// A series over a range of time. The first point has the value in force at the beginning, if one was known.
#[derive(Clone, Debug, PartialEq)]
pub enum Series {
    /// Every change: they are no more than the points asked for.
    Samples(Vec<Sample>),
    /// Too many numbers: buckets of equal length, without those in which nothing was known.
    Buckets(Vec<Bucket>),
    /// Too many of anything else.
    Thinned(Vec<Thinned>),
}

impl Series {
    /// How many points there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Samples(points) => points.len(),
            Self::Buckets(points) => points.len(),
            Self::Thinned(points) => points.len(),
        }
    }

    /// True if nothing is known of the whole range.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A range of time cut into stretches of equal length, to the millisecond.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    from: UtcMillis,
    to: UtcMillis,
    count: i64,
}

impl Grid {
    /// At most `count` stretches, none shorter than a millisecond. `to` must not be before `from`.
    pub(super) fn new(from: UtcMillis, to: UtcMillis, count: usize) -> Self {
        let width = to.saturating_sub(from).max(1);
        Self { from, to, count: i64::try_from(count).unwrap_or(i64::MAX).clamp(1, width) }
    }

    /// Where stretch `i` begins; that of `count` is the end of the range.
    #[expect(clippy::cast_possible_truncation, reason = "between from and to")]
    fn start(&self, i: i64) -> UtcMillis {
        let width = i128::from(self.to) - i128::from(self.from);
        (i128::from(self.from) + width * i128::from(i) / i128::from(self.count)) as i64
    }

    /// Which stretch `t` is in. The last one includes the end of the range.
    #[expect(clippy::cast_possible_truncation, reason = "at most count")]
    pub(super) fn index(&self, t: UtcMillis) -> i64 {
        let width = (i128::from(self.to) - i128::from(self.from)).max(1);
        let ahead = (i128::from(t) - i128::from(self.from) + 1) * i128::from(self.count);
        (((ahead + width - 1) / width - 1) as i64).clamp(0, self.count - 1)
    }
}

/// Fills buckets from samples in their order.
pub(super) struct Fold {
    grid: Grid,
    done: Vec<Bucket>,
    bucket: i64,
    /// Up to when the value in force is accounted for.
    at: UtcMillis,
    in_force: Option<f64>,
    sum: Sum,
}

#[derive(Default)]
struct Sum {
    range: Option<(f64, f64)>,
    weighted: f64,
    known_ms: f64,
    last: f64,
    n: u64,
}

impl Sum {
    fn see(&mut self, value: f64) {
        let (min, max) = self.range.unwrap_or((value, value));
        self.range = Some((min.min(value), max.max(value)));
        self.last = value;
    }

    #[expect(clippy::cast_precision_loss, reason = "a range of time in milliseconds is far below 2^53")]
    fn hold(&mut self, value: Option<f64>, ms: i64) {
        if let Some(value) = value
            && ms > 0
        {
            self.see(value);
            self.weighted += value * ms as f64;
            self.known_ms += ms as f64;
        }
    }

    fn bucket(&self, t: UtcMillis) -> Option<Bucket> {
        let (min, max) = self.range?;
        let mean = if self.known_ms > 0.0 { self.weighted / self.known_ms } else { self.last };
        // Rounding must not put the mean outside of what it is the mean of.
        Some(Bucket { t, min, mean: mean.clamp(min, max), max, n: self.n })
    }
}

impl Fold {
    /// Begins with the value in force at the beginning of the range.
    pub(super) fn new(grid: Grid, in_force: Option<f64>) -> Self {
        Self { grid, done: Vec::new(), bucket: 0, at: grid.from, in_force, sum: Sum::default() }
    }

    /// The next change. `t` must not be before the former one.
    pub(super) fn change(&mut self, t: UtcMillis, value: Option<f64>) {
        self.go_on_to(t, self.grid.index(t));
        self.in_force = value;
        self.sum.n += 1;
        if let Some(value) = value {
            self.sum.see(value);
        }
    }

    /// All buckets.
    pub(super) fn finish(mut self) -> Vec<Bucket> {
        self.go_on_to(self.grid.to, self.grid.count - 1);
        self.done.extend(self.sum.bucket(self.grid.start(self.bucket)));
        self.done
    }

    fn go_on_to(&mut self, t: UtcMillis, bucket: i64) {
        while self.bucket < bucket {
            let end = self.grid.start(self.bucket + 1);
            self.sum.hold(self.in_force, end - self.at);
            self.done.extend(self.sum.bucket(self.grid.start(self.bucket)));
            self.sum = Sum::default();
            self.bucket += 1;
            self.at = end;
        }
        self.sum.hold(self.in_force, t - self.at);
        self.at = t;
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

    use super::*;

    /// Millisecond by millisecond, as the definition says it.
    fn naive(
        from: i64,
        to: i64,
        count: usize,
        carried: Option<f64>,
        changes: &[(i64, Option<f64>)],
    ) -> Vec<Bucket> {
        let grid = Grid::new(from, to, count);
        let in_force =
            |ms: i64| changes.iter().rev().find(|(t, _)| *t <= ms).map_or(carried, |(_, value)| *value);
        let mut buckets = Vec::new();
        for i in 0..grid.count {
            let (start, end) = (grid.start(i), grid.start(i + 1));
            let last = i == grid.count - 1;
            let held: Vec<f64> = (start..end).filter_map(in_force).collect();
            let inside: Vec<_> = changes.iter().filter(|(t, _)| *t >= start && (*t < end || last)).collect();
            let known: Vec<f64> =
                held.iter().copied().chain(inside.iter().filter_map(|(_, value)| *value)).collect();
            if known.is_empty() {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let mean = match held.len() {
                0 => inside.iter().rev().find_map(|(_, value)| *value).unwrap(),
                n => held.iter().sum::<f64>() / n as f64,
            };
            buckets.push(Bucket {
                t: start,
                min: known.iter().copied().fold(f64::INFINITY, f64::min),
                mean,
                max: known.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                n: inside.len() as u64,
            });
        }
        buckets
    }

    fn number() -> impl Strategy<Value = Option<f64>> {
        proptest::option::weighted(0.9, (-40i32..400).prop_map(|n| f64::from(n) / 4.0))
    }

    proptest! {
        #[test]
        fn buckets_are_what_the_definition_says(
            from in -50i64..50,
            width in 0i64..400,
            count in 1usize..40,
            carried in number(),
            mut changes in vec((0.0f64..=1.0, number()), 0..60),
        ) {
            changes.sort_by(|a, b| a.0.total_cmp(&b.0));
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small")]
            let changes: Vec<_> =
                changes.iter().map(|(part, value)| (from + (width as f64 * part) as i64, *value)).collect();
            let mut fold = Fold::new(Grid::new(from, from + width, count), carried);
            for (t, value) in &changes {
                fold.change(*t, *value);
            }
            let (got, want) = (fold.finish(), naive(from, from + width, count, carried, &changes));
            prop_assert_eq!(got.len(), want.len());
            for (got, want) in got.iter().zip(&want) {
                prop_assert!((got.mean - want.mean).abs() < 1e-9, "{:?} is not {:?}", got, want);
                prop_assert_eq!(Bucket { mean: 0.0, ..*got }, Bucket { mean: 0.0, ..*want });
            }
        }

        #[test]
        fn every_millisecond_is_in_the_stretch_that_begins_before_it(
            from in -1_000_000i64..1_000_000,
            width in 0i64..5_000,
            count in 1usize..700,
            part in 0.0f64..=1.0,
        ) {
            let grid = Grid::new(from, from + width, count);
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small")]
            let t = from + (width as f64 * part) as i64;
            let i = grid.index(t);
            prop_assert!(grid.start(i) <= t);
            prop_assert!(t < grid.start(i + 1) || i == grid.count - 1);
        }
    }
}
