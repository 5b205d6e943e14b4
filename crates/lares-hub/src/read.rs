//! Answers from history: read beside the loop, then put into words.

use std::collections::BTreeMap;

use lares_history::{ChangeFilter, ChangeRow, HistoryReader, JournalFilter, Place, Series, StoreError};
use lares_model::{DeviceId, PropertyKey, Value};
use serde_json::Value as Json;

use crate::api::view::{ChangeView, JournalView, PointView};
use crate::clock::rfc3339;
use crate::core::{Names, Read, word};

/// What was read, before names are put in.
#[derive(Debug)]
pub enum Found {
    /// A series.
    Points(Vec<PointView>),
    /// Changes.
    Changes(Vec<ChangeRow>),
    /// Journal entries.
    Journal(Vec<lares_history::JournalRow>),
}

/// Reads; blocks on the disk.
pub fn read(reader: &HistoryReader, question: Read) -> Result<Found, StoreError> {
    match question {
        Read::Series { key, from, to, points } => {
            Ok(Found::Points(points_of(reader.series(&key, from, to, points)?)))
        }
        Read::Changes { device, property, before, limit } => {
            let filter = match (device, property) {
                (Some(device), Some(property)) => ChangeFilter::Key(PropertyKey::new(device, property)),
                (Some(device), None) => ChangeFilter::Device(device),
                (None, _) => ChangeFilter::All,
            };
            Ok(Found::Changes(reader.changes(&filter, Some(Place::from(before)), limit)?))
        }
        Read::Why { key, at } => {
            let found = reader.at(&key, at)?;
            let row = |at: lares_history::At| ChangeRow {
                place: Place::from(at.changed_at),
                seq: at.seq,
                key,
                from: None,
                to: at.value,
                cause: at.cause,
            };
            Ok(Found::Changes(found.map(row).into_iter().collect()))
        }
        Read::Journal { device, rule, before, limit } => {
            let filter = JournalFilter {
                device,
                rule: rule.map(Into::into),
                kinds: Vec::new(),
                before: Some(Place::from(before)),
            };
            Ok(Found::Journal(reader.journal(&filter, limit)?))
        }
    }
}

fn points_of(series: Series) -> Vec<PointView> {
    let bare = |value: Option<Value>| value.map_or(Json::Null, |value| value.to_json());
    match series {
        Series::Samples(samples) => {
            samples.into_iter().map(|s| PointView::Sample { t: rfc3339(s.t), value: bare(s.value) }).collect()
        }
        Series::Thinned(points) => {
            points.into_iter().map(|p| PointView::Sample { t: rfc3339(p.t), value: bare(p.value) }).collect()
        }
        Series::Buckets(buckets) => buckets
            .into_iter()
            .map(|b| PointView::Bucket {
                t: rfc3339(b.t),
                min: b.min,
                mean: b.mean,
                max: b.max,
                n: u32::try_from(b.n).unwrap_or(u32::MAX),
            })
            .collect(),
    }
}

/// Every device that the rows name, so that their names can be asked for.
pub fn devices_of(found: &Found) -> Vec<DeviceId> {
    let mut devices = BTreeMap::new();
    let mut add = |id: &DeviceId| _ = devices.insert(id.clone(), ());
    let of_cause = |cause: &lares_model::Cause, add: &mut dyn FnMut(&DeviceId)| {
        for link in cause.links() {
            if let lares_model::CauseLink::Report { device, .. } = link {
                add(device);
            }
        }
    };
    match found {
        Found::Points(_) => {}
        Found::Changes(rows) => rows.iter().for_each(|row| {
            add(&row.key.device);
            of_cause(&row.cause, &mut add);
        }),
        Found::Journal(rows) => rows.iter().for_each(|row| {
            row.entry.device.iter().for_each(&mut add);
            of_cause(&row.entry.cause, &mut add);
        }),
    }
    devices.into_keys().collect()
}

/// A change in words.
pub fn change_view(row: &ChangeRow, names: &Names) -> ChangeView {
    let bare = |value: &Option<Value>| value.as_ref().map_or(Json::Null, Value::to_json);
    ChangeView {
        at: rfc3339(row.place.t),
        device: names.slug(&row.key.device),
        property: row.key.property.to_string(),
        from: bare(&row.from),
        to: bare(&row.to),
        why: names.cause_in_words(&row.cause),
    }
}

/// A line of the journal in words.
pub fn journal_view(row: &lares_history::JournalRow, names: &Names) -> JournalView {
    let entry = &row.entry;
    JournalView {
        at: rfc3339(row.place.t),
        kind: word(&entry.kind),
        text: entry.text.clone(),
        device: entry.device.as_ref().map(|device| names.slug(device)),
        property: entry.property.as_ref().map(ToString::to_string),
        rule: entry.rule.as_ref().map(ToString::to_string),
        why: names.cause_in_words(&entry.cause),
    }
}
