//! Changes with their causes, newest first, and the last value of everything.

use lares_model::{Cause, DeviceId, PropertyKey, UtcMillis, Value};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::StoreError;
use crate::history::encode::{Stored, Was, read_cause};
use crate::history::reader::HistoryReader;
use crate::history::row::Place;
use crate::history::series::id_of;

/// Whose changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ChangeFilter {
    /// Of everything.
    #[default]
    All,
    /// Of one device.
    Device(DeviceId),
    /// Of one property.
    Key(PropertyKey),
}

/// A change as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeRow {
    /// Where it stands in history.
    pub place: Place,
    /// The number of the event that brought it, as the hub counts.
    pub seq: u64,
    /// What changed.
    pub key: PropertyKey,
    /// From; `None` if it was not known, or was pruned.
    pub from: Option<Value>,
    /// To; `None` if it became unknown.
    pub to: Option<Value>,
    /// Why.
    pub cause: Cause,
}

/// What a series held last.
#[derive(Clone, Debug, PartialEq)]
pub struct LastValue {
    /// Of what.
    pub key: PropertyKey,
    /// The value; `None` if it is known to be unknown.
    pub value: Option<Value>,
    /// Since when.
    pub changed_at: UtcMillis,
}

const COLUMNS: &str = "series, t, n, seq, value, was, cause";

impl HistoryReader {
    /// The newest changes before a place (or of all), newest first.
    ///
    /// # Errors
    /// What SQLite says; [`StoreError::Row`] for a row that cannot be read.
    pub fn changes(
        &self,
        filter: &ChangeFilter,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        let before = before.unwrap_or(Place { t: UtcMillis::MAX, n: i64::MAX });
        self.with(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let mut found = match filter {
                ChangeFilter::All => newest(&snapshot, None, before, limit)?,
                ChangeFilter::Key(key) => match id_of(&snapshot, key)? {
                    Some(id) => newest(&snapshot, Some(id), before, limit)?,
                    None => Vec::new(),
                },
                ChangeFilter::Device(device) => {
                    let mut all = Vec::new();
                    for id in ids_of(&snapshot, device)? {
                        all.extend(newest(&snapshot, Some(id), before, limit)?);
                    }
                    all
                }
            };
            found.sort_by_key(|raw| std::cmp::Reverse(raw.place));
            found.truncate(limit);
            found.into_iter().map(|raw| raw.finish(&snapshot)).collect()
        })
    }

    /// The last value of every series, by device and property.
    ///
    /// # Errors
    /// What SQLite says; [`StoreError::Row`] for a value that cannot be read.
    pub fn last_values(&self) -> Result<Vec<LastValue>, StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT s.device, s.property, l.t, l.value FROM series s JOIN sample l
                 ON l.series = s.id AND (l.t, l.n) =
                     (SELECT t, n FROM sample WHERE series = s.id ORDER BY t DESC, n DESC LIMIT 1)
                 ORDER BY s.device, s.property",
            )?;
            let mut rows = statement.query([])?;
            let mut last = Vec::new();
            while let Some(row) = rows.next()? {
                let value = Stored::read(row.get_ref(3)?)?.value()?;
                last.push(LastValue { key: key_of(row)?, value, changed_at: row.get(2)? });
            }
            Ok(last)
        })
    }
}

fn key_of(row: &Row<'_>) -> rusqlite::Result<PropertyKey> {
    Ok(PropertyKey::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?))
}

fn ids_of(connection: &Connection, device: &DeviceId) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM series WHERE device = ?1")?;
    let ids = statement.query_map([device.as_str()], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// A row whose texts are not yet read.
struct Raw {
    series: i64,
    place: Place,
    seq: i64,
    to: Stored,
    was: Was,
    cause: Option<String>,
}

fn newest(
    connection: &Connection,
    series: Option<i64>,
    before: Place,
    limit: usize,
) -> Result<Vec<Raw>, StoreError> {
    let which = if series.is_some() { "series = ?1 AND" } else { "?1 IS NULL AND" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM sample WHERE {which} (t, n) < (?2, ?3) ORDER BY t DESC, n DESC LIMIT ?4"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((series, before.t, before.n, limit), |row| {
        Ok(Raw {
            series: row.get(0)?,
            place: Place { t: row.get(1)?, n: row.get(2)? },
            seq: row.get(3)?,
            to: Stored::read(row.get_ref(4)?)?,
            was: Was::read(row.get_ref(5)?)?,
            cause: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Raw {
    fn finish(self, connection: &Connection) -> Result<ChangeRow, StoreError> {
        let key = connection
            .prepare_cached("SELECT device, property FROM series WHERE id = ?1")?
            .query_row([self.series], key_of)?;
        let from = match self.was {
            Was::Given(stored) => Some(stored),
            Was::TheOneBefore => one_before(connection, self.series, self.place)?,
        };
        let from = from.map(|stored| stored.value()).transpose()?.flatten();
        let to = self.to.value()?;
        let cause = read_cause(self.cause.as_deref(), &key, to.as_ref())?;
        Ok(ChangeRow { place: self.place, seq: self.seq.unsigned_abs(), key, from, to, cause })
    }
}

/// The value before, among those recorded before: a clock set back may have put later ones in between.
fn one_before(connection: &Connection, series: i64, place: Place) -> Result<Option<Stored>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT value FROM sample WHERE series = ?1 AND (t, n) < (?2, ?3) AND n < ?3
             ORDER BY t DESC, n DESC LIMIT 1",
        )?
        .query_row((series, place.t, place.n), |row| Stored::read(row.get_ref(0)?))
        .optional()?)
}
