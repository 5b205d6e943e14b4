//! From the home to the records of the API. Reads only.

use std::collections::BTreeMap;
use std::fmt::Debug;

use lares_engine::{AdapterReading, Home, PropertyReading, RuleHealth, RuleReading};
use lares_model::{
    AdapterId, Category, Device, DeviceId, Freshness, JournalEntry, Moment, PairingStep, Power,
    PropertyDescription, PropertyKey, Room, RuleId, ValueType,
};
use lares_rules::diagnostic::{Diagnostic, Severity};
use lares_rules::program::RuleEntry;
use serde::Serialize;
use serde_json::Value as Json;

use super::words::cause_in_words;
use crate::api::view::{
    ActionView, AdapterView, DeviceView, DiagnosticView, FailedView, FieldView, HeldBackView, HeldView,
    JournalView, PairingView, PendingView, PresetView, PropertyView, RoomView, RuleView, ShapeView,
    StateView,
};
use crate::clock::rfc3339;

/// A device with all its properties.
pub fn device_view(home: &Home, device: &Device) -> DeviceView {
    let description = &device.description;
    let mut properties = BTreeMap::new();
    for property in &description.properties {
        let key = PropertyKey::new(description.id.clone(), property.name.clone());
        let view = property_view(property, state_view(home, &key));
        properties.insert(property.name.to_string(), view);
    }
    let action = |action: &lares_model::ActionDescription| ActionView {
        name: action.name.clone(),
        property: action.property.to_string(),
        value: action.value.as_ref().map(lares_model::Value::to_json),
    };
    DeviceView {
        id: device.slug.clone(),
        key: description.id.to_string(),
        name: device.name.clone(),
        room: device.room.as_ref().map(ToString::to_string),
        kind: description.kind.as_str().into(),
        source: description.adapter.to_string(),
        online: device.online,
        power: match description.power {
            Power::Mains => "mains",
            Power::Battery => "battery",
            Power::Unknown => "unknown",
        }
        .into(),
        manufacturer: description.manufacturer.clone(),
        model: description.model.clone(),
        description: description.description.clone(),
        firmware: description.firmware.clone(),
        not_ready: description.not_ready.clone(),
        heard_at: device.heard_at.map(rfc3339),
        order: description.properties.iter().map(|p| p.name.to_string()).collect(),
        properties,
        actions: description.actions.iter().map(action).collect(),
    }
}

fn property_view(property: &PropertyDescription, state: StateView) -> PropertyView {
    PropertyView {
        label: property.label.clone(),
        description: property.description.clone(),
        shape: shape_view(&property.value_type),
        unit: property.unit.as_ref().map(ToString::to_string),
        readable: property.access.readable,
        writable: property.access.writable,
        category: match property.category {
            Category::Main => "main",
            Category::Config => "config",
            Category::Diagnostic => "diagnostic",
        }
        .into(),
        endpoint: property.endpoint.as_deref().map(Into::into),
        presets: property
            .presets
            .iter()
            .map(|(name, value)| PresetView { name: name.clone(), value: value.to_json() })
            .collect(),
        state,
    }
}

fn shape_view(value_type: &ValueType) -> ShapeView {
    let shape = |name: &str| ShapeView { r#type: name.into(), ..ShapeView::default() };
    let words = |values: &[std::sync::Arc<str>]| Some(values.iter().map(ToString::to_string).collect());
    match value_type {
        ValueType::Binary => shape("binary"),
        ValueType::Switch => shape("switch"),
        ValueType::Number { min, max, step } => {
            ShapeView { min: *min, max: *max, step: *step, ..shape("number") }
        }
        ValueType::Enum { values } => ShapeView { values: words(values), ..shape("enum") },
        ValueType::Event { values } => ShapeView { values: words(values), ..shape("event") },
        ValueType::Text => shape("text"),
        ValueType::Color => shape("color"),
        ValueType::Composite { fields } => {
            ShapeView { fields: Some(fields.iter().map(field_view).collect()), ..shape("composite") }
        }
        ValueType::List { item, .. } => ShapeView { item: Some(Box::new(shape_view(item))), ..shape("list") },
    }
}

fn field_view(field: &PropertyDescription) -> FieldView {
    FieldView {
        name: field.name.to_string(),
        label: field.label.clone(),
        unit: field.unit.as_ref().map(ToString::to_string),
        shape: shape_view(&field.value_type),
    }
}

/// The state of one property.
pub fn state_view(home: &Home, key: &PropertyKey) -> StateView {
    match home.property(key) {
        Some(reading) => reading_view(home, &reading),
        None => StateView {
            value: Json::Null,
            at: None,
            changed_at: None,
            freshness: "never_seen".into(),
            why: Vec::new(),
            held: None,
            pending: None,
            failed: None,
        },
    }
}

fn reading_view(home: &Home, reading: &PropertyReading<'_>) -> StateView {
    let state = reading.state;
    StateView {
        value: state.value.as_ref().map_or(Json::Null, lares_model::Value::to_json),
        at: state.reported_at.map(rfc3339),
        changed_at: state.changed_at.map(rfc3339),
        freshness: match reading.freshness {
            Freshness::Known => "known",
            Freshness::Stale => "stale",
            Freshness::Offline => "offline",
            Freshness::NeverSeen => "never_seen",
        }
        .into(),
        why: cause_in_words(home, &state.cause),
        held: reading.held.as_ref().map(|held| HeldView {
            by: held.by.clone(),
            manual: held.manual,
            priority: held.priority.0,
            until: held.until.map(rfc3339),
            over: held.over.clone(),
        }),
        pending: reading.pending.as_ref().map(|pending| PendingView {
            command: pending.command.0,
            value: pending.value.to_json(),
            phase: if pending.sent { "sent" } else { "requested" }.into(),
        }),
        failed: reading.failed.as_ref().map(|failed| FailedView {
            command: failed.command.0,
            reason: failed.reason.clone(),
            at: rfc3339(failed.at),
        }),
    }
}

/// A room.
pub fn room_view(room: &Room) -> RoomView {
    RoomView { id: room.id.to_string(), name: room.name.clone(), labels: room.labels.clone() }
}

/// A rule.
pub fn rule_view(home: &Home, id: &RuleId, entry: &RuleEntry, reading: &RuleReading) -> RuleView {
    let held_back = |held: &lares_engine::HeldBack| HeldBackView {
        device: slug_of(home, &held.key.device).unwrap_or_default(),
        property: held.key.property.to_string(),
        by: held.by.clone(),
        until: held.until.map(rfc3339),
    };
    RuleView {
        id: id.to_string(),
        name: entry.name.to_string(),
        file: entry.file.to_string(),
        line: entry.line,
        kind: if entry.is_level { "level" } else { "edge" }.into(),
        enabled: reading.enabled,
        health: match reading.health {
            RuleHealth::Ok => "ok",
            RuleHealth::Error => "error",
            RuleHealth::Waiting => "waiting",
            RuleHealth::Paused => "paused",
        }
        .into(),
        problem: reading.problem.clone(),
        active: reading.active,
        last_run: reading.last_run.map(rfc3339),
        last_outcome: reading.last_outcome.clone(),
        next_run: reading.next_run.map(rfc3339),
        held_back: reading.held_back.iter().map(held_back).collect(),
    }
}

/// An adapter with the devices on their way in.
pub fn adapter_view(home: &Home, id: &AdapterId, reading: &AdapterReading) -> AdapterView {
    let pairing = |pairing: &lares_engine::Pairing| PairingView {
        key: pairing.notice.device.to_string(),
        device: slug_of(home, &pairing.notice.device),
        name: pairing.notice.name.clone(),
        step: match pairing.notice.step {
            PairingStep::Joined => "joined",
            PairingStep::InterviewStarted => "interview_started",
            PairingStep::InterviewSuccessful => "interview_successful",
            PairingStep::InterviewFailed => "interview_failed",
            PairingStep::Left => "left",
        }
        .into(),
        model: pairing.notice.model.clone(),
        supported: pairing.notice.supported,
        at: rfc3339(pairing.at),
    };
    AdapterView {
        id: id.to_string(),
        state: word(&reading.status.state),
        detail: reading.status.detail.clone(),
        joining_until: reading.status.joining_until.map(rfc3339),
        can_join: reading.status.can_join,
        pairing: reading.pairing.iter().map(pairing).collect(),
    }
}

/// Something wrong in a rule file.
pub fn diagnostic_view(diagnostic: &Diagnostic) -> DiagnosticView {
    DiagnosticView {
        code: diagnostic.code.clone(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
        .into(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        file: diagnostic.file.clone(),
        line: diagnostic.span.line,
        column: diagnostic.span.column,
        end_line: diagnostic.span.end_line,
        end_column: diagnostic.span.end_column,
        source_line: diagnostic.source_line.clone(),
        source_from: diagnostic.source_from,
    }
}

/// A line of the journal as it is written.
pub fn journal_view(home: &Home, at: Moment, entry: &JournalEntry) -> JournalView {
    let slug = |id: &DeviceId| slug_of(home, id).unwrap_or_else(|| id.to_string());
    JournalView {
        at: rfc3339(at.utc),
        kind: word(&entry.kind),
        text: entry.text.clone(),
        device: entry.device.as_ref().map(slug),
        property: entry.property.as_ref().map(ToString::to_string),
        rule: entry.rule.as_ref().map(ToString::to_string),
        why: cause_in_words(home, &entry.cause),
    }
}

/// The slug of a device that is known.
pub fn slug_of(home: &Home, device: &DeviceId) -> Option<String> {
    home.device(device).map(|device| device.slug.clone())
}

/// The word that serde writes for a plain enum.
pub fn word<T: Serialize + Debug>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(Into::into))
        .unwrap_or_else(|| format!("{value:?}"))
}
