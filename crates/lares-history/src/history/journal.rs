//! Reading the journal.

use lares_model::{DeviceId, JournalEntry, JournalKind, RuleId, UtcMillis};
use rusqlite::types::Value as Sql;
use rusqlite::{Row, params_from_iter};

use crate::error::StoreError;
use crate::history::reader::HistoryReader;
use crate::history::row::Place;

/// Which entries. What is empty or `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JournalFilter {
    /// About this device.
    pub device: Option<DeviceId>,
    /// About this rule.
    pub rule: Option<RuleId>,
    /// Of one of these kinds.
    pub kinds: Vec<JournalKind>,
    /// Before this place.
    pub before: Option<Place>,
}

/// An entry as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalRow {
    /// Where it stands in history.
    pub place: Place,
    /// The number of the event that brought it, as the hub counts.
    pub seq: u64,
    /// What happened.
    pub entry: JournalEntry,
}

impl HistoryReader {
    /// The newest entries that fit, newest first.
    ///
    /// # Errors
    /// What SQLite says; [`StoreError::Row`] for an entry that cannot be read.
    pub fn journal(&self, filter: &JournalFilter, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        let before = filter.before.unwrap_or(Place { t: UtcMillis::MAX, n: i64::MAX });
        let mut wanted = vec!["(t, n) < (?, ?)".to_owned()];
        let mut values = vec![Sql::from(before.t), Sql::from(before.n)];
        if let Some(device) = &filter.device {
            wanted.push("device = ?".into());
            values.push(Sql::from(device.as_str().to_owned()));
        }
        if let Some(rule) = &filter.rule {
            wanted.push("rule = ?".into());
            values.push(Sql::from(rule.as_str().to_owned()));
        }
        if !filter.kinds.is_empty() {
            wanted.push(format!("kind IN ({})", vec!["?"; filter.kinds.len()].join(", ")));
            for kind in &filter.kinds {
                values.push(Sql::from(serde_json::to_value(kind)?.as_str().unwrap_or_default().to_owned()));
            }
        }
        values.push(Sql::from(i64::try_from(limit).unwrap_or(i64::MAX)));
        let question = format!(
            "SELECT t, n, seq, kind, text, device, property, rule, cause FROM journal WHERE {}
             ORDER BY t DESC, n DESC LIMIT ?",
            wanted.join(" AND ")
        );
        self.with(|connection| {
            let mut statement = connection.prepare_cached(&question)?;
            let mut rows = statement.query(params_from_iter(&values))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found)
        })
    }
}

fn read(row: &Row<'_>) -> Result<JournalRow, StoreError> {
    let kind: String = row.get(3)?;
    let cause: String = row.get(8)?;
    Ok(JournalRow {
        place: Place { t: row.get(0)?, n: row.get(1)? },
        seq: row.get::<_, i64>(2)?.unsigned_abs(),
        entry: JournalEntry {
            kind: serde_json::from_value(kind.into())?,
            text: row.get(4)?,
            device: row.get::<_, Option<String>>(5)?.map(Into::into),
            property: row.get::<_, Option<String>>(6)?.map(Into::into),
            rule: row.get::<_, Option<String>>(7)?.map(Into::into),
            cause: serde_json::from_str(&cause)?,
        },
    })
}
