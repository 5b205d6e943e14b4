//! Rows that several tests record.

use lares_history::HistoryRow;
use lares_model::{Cause, CauseLink, Change, JournalEntry, JournalKind, PropertyKey, Value};

/// The cause of a device's own report.
pub fn reported(key: &PropertyKey, value: &Value) -> Cause {
    let (device, property) = (key.device.clone(), key.property.clone());
    Cause::new(CauseLink::Report { device, property, value: value.to_string() })
}

/// A change that the device reported.
pub fn change(t: i64, key: &PropertyKey, from: Option<Value>, to: Value) -> HistoryRow {
    let cause = reported(key, &to);
    let (device, property) = (key.device.clone(), key.property.clone());
    HistoryRow::change(t, 1, Change { device, property, from, to: Some(to), cause })
}

/// A number from nowhere.
pub fn number(t: i64, key: &PropertyKey, to: f64) -> HistoryRow {
    change(t, key, None, Value::Number(to))
}

/// A line of the journal.
pub fn entry(t: i64, kind: JournalKind, text: &str) -> HistoryRow {
    let entry = JournalEntry {
        kind,
        text: text.into(),
        device: None,
        property: None,
        rule: None,
        cause: Cause::default(),
    };
    HistoryRow::journal(t, 1, entry)
}
