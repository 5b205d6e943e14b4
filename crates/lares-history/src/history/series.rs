//! Questions to one series: over a range of time, and at a point in time.

use lares_model::{Cause, PropertyKey, UtcMillis, Value};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::StoreError;
use crate::history::buckets::{Fold, Grid, Sample, Series, Thinned};
use crate::history::encode::{Stored, read_cause};
use crate::history::reader::HistoryReader;
use crate::history::row::Place;

/// What was in force at some time, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct At {
    /// The value; `None` if it was known to be unknown.
    pub value: Option<Value>,
    /// Why it was so.
    pub cause: Cause,
    /// Since when.
    pub changed_at: UtcMillis,
    /// The number of the event that brought it, as the hub counts.
    pub seq: u64,
}

impl HistoryReader {
    /// The series from `from` to `to`, both included, in at most `points` points.
    ///
    /// # Errors
    /// What SQLite says; [`StoreError::Row`] for a value that cannot be read.
    pub fn series(
        &self,
        key: &PropertyKey,
        from: UtcMillis,
        to: UtcMillis,
        points: usize,
    ) -> Result<Series, StoreError> {
        self.with(|connection| {
            // One snapshot, so that pruning in between cannot take the value in force.
            let snapshot = connection.unchecked_transaction()?;
            let Some(id) = id_of(&snapshot, key)? else { return Ok(Series::Samples(Vec::new())) };
            let range = Range { id, from, to: to.max(from), points: points.max(1) };
            range.read(&snapshot)
        })
    }

    /// What was in force at `t`, and why. `None` if nothing was recorded up to then.
    ///
    /// # Errors
    /// What SQLite says; [`StoreError::Row`] for a value or cause that cannot be read.
    pub fn at(&self, key: &PropertyKey, t: UtcMillis) -> Result<Option<At>, StoreError> {
        // The first place after everything at `t`.
        self.latest_before(key, Place::from(t.saturating_add(1)))
    }

    /// The newest change before a place, or before a time.
    ///
    /// # Errors
    /// As [`HistoryReader::at`].
    pub fn latest_before(
        &self,
        key: &PropertyKey,
        before: impl Into<Place>,
    ) -> Result<Option<At>, StoreError> {
        let before = before.into();
        self.with(|connection| {
            let Some(id) = id_of(connection, key)? else { return Ok(None) };
            let mut statement = connection.prepare_cached(
                "SELECT t, seq, value, cause FROM sample WHERE series = ?1 AND (t, n) < (?2, ?3)
                 ORDER BY t DESC, n DESC LIMIT 1",
            )?;
            let found = statement.query_row((id, before.t, before.n), at_row).optional()?;
            let Some((changed_at, seq, stored, cause)) = found else { return Ok(None) };
            let value = stored.value()?;
            let cause = read_cause(cause.as_deref(), key, value.as_ref())?;
            Ok(Some(At { value, cause, changed_at, seq: seq.unsigned_abs() }))
        })
    }
}

fn at_row(row: &Row<'_>) -> rusqlite::Result<(UtcMillis, i64, Stored, Option<String>)> {
    Ok((row.get(0)?, row.get(1)?, Stored::read(row.get_ref(2)?)?, row.get(3)?))
}

pub(super) fn id_of(connection: &Connection, key: &PropertyKey) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM series WHERE device = ?1 AND property = ?2")?
        .query_row([key.device.as_str(), key.property.as_str()], |row| row.get(0))
        .optional()?)
}

/// One question for a range of a series.
struct Range {
    id: i64,
    from: UtcMillis,
    to: UtcMillis,
    points: usize,
}

/// How a range is read. Its query plan is a test.
pub(super) const RANGE: &str =
    "SELECT t, value FROM sample WHERE series = ?1 AND t BETWEEN ?2 AND ?3 ORDER BY t, n";

impl Range {
    fn read(&self, connection: &Connection) -> Result<Series, StoreError> {
        let carried = self.carried(connection)?;
        let in_force = match &carried {
            Some(Stored::Number(number)) => Some(*number),
            _ => None,
        };
        let is_word = |stored: &Stored| matches!(stored, Stored::Json(_));
        let grid = Grid::new(self.from, self.to, self.points);
        // Numbers until something else turns up.
        let mut fold = (!carried.as_ref().is_some_and(is_word)).then(|| Fold::new(grid, in_force));
        let mut few: Vec<(UtcMillis, Stored)> = Vec::new();
        let mut first = true;
        self.each(connection, |t, stored| {
            if std::mem::take(&mut first)
                && t > self.from
                && let Some(carried) = &carried
            {
                few.push((self.from, carried.clone()));
            }
            match (&mut fold, &stored) {
                (_, Stored::Json(_)) => fold = None,
                (Some(fold), Stored::Number(number)) => fold.change(t, Some(*number)),
                (Some(fold), Stored::Unknown) => fold.change(t, None),
                (None, _) => {}
            }
            if few.len() <= self.points {
                few.push((t, stored));
            }
            // Enough is known when there are too many, and not of numbers.
            few.len() <= self.points || fold.is_some()
        })?;
        if first && let Some(carried) = carried.clone() {
            few.push((self.from, carried));
        }
        if few.len() <= self.points {
            return few.iter().map(sample).collect::<Result<_, _>>().map(Series::Samples);
        }
        match fold {
            Some(fold) => Ok(Series::Buckets(fold.finish())),
            None => self.thin(connection, carried).map(Series::Thinned),
        }
    }

    fn carried(&self, connection: &Connection) -> Result<Option<Stored>, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT value FROM sample WHERE series = ?1 AND t < ?2 ORDER BY t DESC, n DESC LIMIT 1",
        )?;
        let found = statement.query_row((self.id, self.from), |row| Stored::read(row.get_ref(0)?));
        Ok(found.optional()?)
    }

    /// Calls for each change in order, until the answer is false.
    fn each(
        &self,
        connection: &Connection,
        mut call: impl FnMut(UtcMillis, Stored) -> bool,
    ) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached(RANGE)?;
        let mut rows = statement.query((self.id, self.from, self.to))?;
        while let Some(row) = rows.next()? {
            if !call(row.get(0)?, Stored::read(row.get_ref(1)?)?) {
                break;
            }
        }
        Ok(())
    }

    /// The last change of each stretch.
    fn thin(&self, connection: &Connection, carried: Option<Stored>) -> Result<Vec<Thinned>, StoreError> {
        // The value in force at the beginning takes one of the points.
        let grid = Grid::new(self.from, self.to, (self.points - usize::from(carried.is_some())).max(1));
        let mut kept: Vec<(i64, UtcMillis, Stored, u64)> = Vec::new();
        self.each(connection, |t, stored| {
            let index = grid.index(t);
            match kept.last_mut() {
                Some(last) if last.0 == index => *last = (index, t, stored, last.3 + 1),
                _ => kept.push((index, t, stored, 1)),
            }
            true
        })?;
        let begins_later = kept.first().is_none_or(|(_, t, _, _)| *t > self.from);
        let carried =
            carried.filter(|_| begins_later && self.points > 1).map(|value| (0, self.from, value, 0));
        carried
            .into_iter()
            .chain(kept)
            .map(|(_, t, stored, n)| Ok(Thinned { t, value: stored.value()?, n }))
            .collect()
    }
}

fn sample((t, stored): &(UtcMillis, Stored)) -> Result<Sample, StoreError> {
    Ok(Sample { t: *t, value: stored.value()? })
}
