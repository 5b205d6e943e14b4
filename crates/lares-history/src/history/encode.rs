//! How values and causes stand in rows: short for the usual, exact for all.
//!
//! - A number is a REAL (SQLite keeps whole ones in 1 to 6 bytes); an unknown value is NULL; anything else is
//!   the JSON of [`Value`].
//! - Most changes are a device's own report of the value that stands beside them. Such a cause is NULL when
//!   its words are the value's, and those words as a JSON string when they differ; any other cause is the
//!   JSON array of its links.

use std::borrow::Cow;

use lares_model::{Cause, CauseLink, PropertyKey, Value};
use rusqlite::types::{ToSqlOutput, Value as Sql, ValueRef};
use rusqlite::{Result, ToSql};

use crate::error::StoreError;

/// A value as it stands in a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stored {
    Unknown,
    Number(f64),
    Json(String),
}

impl Stored {
    pub(super) fn of(value: Option<&Value>) -> std::result::Result<Self, StoreError> {
        Ok(match value {
            None => Self::Unknown,
            // The model promises finite numbers. SQLite would turn NaN into NULL, which is what it means.
            Some(Value::Number(number)) => Self::Number(*number),
            Some(other) => Self::Json(serde_json::to_string(other)?),
        })
    }

    pub(super) fn read(column: ValueRef<'_>) -> Result<Self> {
        Ok(match column {
            ValueRef::Null => Self::Unknown,
            ValueRef::Real(number) => Self::Number(number),
            #[expect(clippy::cast_precision_loss, reason = "written from an f64 and whole")]
            ValueRef::Integer(number) => Self::Number(number as f64),
            text => Self::Json(text.as_str()?.to_owned()),
        })
    }

    pub(super) fn value(&self) -> std::result::Result<Option<Value>, StoreError> {
        Ok(match self {
            Self::Unknown => None,
            Self::Number(number) => Some(Value::Number(*number)),
            Self::Json(text) => Some(serde_json::from_str(text)?),
        })
    }
}

impl ToSql for Stored {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        match self {
            Self::Unknown => Ok(ToSqlOutput::Owned(Sql::Null)),
            Self::Number(number) => number.to_sql(),
            Self::Json(text) => text.to_sql(),
        }
    }
}

/// What a change came from, where it is not what stood before it in the series.
///
/// NULL: the value before it in the series. An empty blob: it was not known. Else as [`Stored`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Was {
    TheOneBefore,
    Given(Stored),
}

impl Was {
    pub(super) fn read(column: ValueRef<'_>) -> Result<Self> {
        Ok(match column {
            ValueRef::Null => Self::TheOneBefore,
            ValueRef::Blob(_) => Self::Given(Stored::Unknown),
            other => Self::Given(Stored::read(other)?),
        })
    }
}

impl ToSql for Was {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        match self {
            Self::TheOneBefore => Ok(ToSqlOutput::Owned(Sql::Null)),
            Self::Given(Stored::Unknown) => Ok(ToSqlOutput::Owned(Sql::Blob(Vec::new()))),
            Self::Given(stored) => stored.to_sql(),
        }
    }
}

/// The cause of a change for its column.
pub(super) fn cause_column(
    cause: &Cause,
    key: &PropertyKey,
    to: Option<&Value>,
) -> std::result::Result<Option<String>, StoreError> {
    if let [CauseLink::Report { device, property, value }] = cause.links()
        && *device == key.device
        && *property == key.property
    {
        return Ok(if *value == words(to) { None } else { Some(serde_json::to_string(value)?) });
    }
    Ok(Some(serde_json::to_string(cause)?))
}

/// The cause of a change from its column.
pub(super) fn read_cause(
    column: Option<&str>,
    key: &PropertyKey,
    to: Option<&Value>,
) -> std::result::Result<Cause, StoreError> {
    let value = match column {
        None => words(to).into_owned(),
        Some(text) if text.starts_with('"') => serde_json::from_str(text)?,
        Some(text) => return Ok(serde_json::from_str(text)?),
    };
    let (device, property) = (key.device.clone(), key.property.clone());
    Ok(Cause::new(CauseLink::Report { device, property, value }))
}

fn words(value: Option<&Value>) -> Cow<'static, str> {
    value.map_or(Cow::Borrowed("unknown"), |value| Cow::Owned(value.to_string()))
}

#[cfg(test)]
mod tests {
    use lares_model::Color;

    use super::*;

    fn report(key: &PropertyKey, value: &str) -> Cause {
        let (device, property) = (key.device.clone(), key.property.clone());
        Cause::new(CauseLink::Report { device, property, value: value.into() })
    }

    #[test]
    fn every_kind_of_value_comes_back_as_it_was() {
        let parts = [("a".into(), Value::Binary(true)), ("b".into(), Value::List(vec![Value::Number(0.1)]))];
        for value in [
            None,
            Some(Value::Binary(true)),
            Some(Value::Switch(false)),
            Some(Value::Number(-0.125)),
            Some(Value::Number(21.0)),
            Some(Value::word("12")),
            Some(Value::text("snow ☃ \"quoted\"")),
            Some(Value::Color(Color { hue: 359.9, saturation: 0.1 })),
            Some(Value::Composite(parts.into())),
        ] {
            assert_eq!(Stored::of(value.as_ref()).unwrap().value().unwrap(), value);
        }
    }

    #[test]
    fn the_cause_of_an_own_report_takes_no_room_and_comes_back_as_it_was() {
        let key = PropertyKey::new("zigbee:0x01", "temperature");
        let to = Some(Value::Number(21.5));
        let person = Cause::new(CauseLink::Person { name: "Ada".into() });
        let other = PropertyKey::new("zigbee:0x01", "humidity");
        for (cause, column) in [
            (report(&key, "21.5"), None),
            (report(&key, "21.5 °C"), Some("\"21.5 °C\"")),
            (report(&key, "["), Some("\"[\"")),
            (person.clone(), Some(r#"[{"kind":"person","name":"Ada"}]"#)),
            (Cause::default(), Some("[]")),
        ] {
            assert_eq!(cause_column(&cause, &key, to.as_ref()).unwrap().as_deref(), column);
            assert_eq!(read_cause(column, &key, to.as_ref()).unwrap(), cause);
        }
        // A report of something else, or one link of several, is written in full.
        for cause in [report(&other, "21.5"), person.then(report(&key, "21.5").links()[0].clone())] {
            let column = cause_column(&cause, &key, to.as_ref()).unwrap();
            assert!(column.as_ref().is_some_and(|text| text.starts_with('[')));
            assert_eq!(read_cause(column.as_deref(), &key, to.as_ref()).unwrap(), cause);
        }
    }
}
