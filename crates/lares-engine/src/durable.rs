//! What outlives a restart, as small rows that the hub stores as they are.

use lares_model::{DeviceId, PropertyKey, PropertyState, RuleId, RunId};
use serde::{Deserialize, Serialize};

use crate::cell::Claim;
use crate::freshness::Rhythm;
use crate::home::Home;
use crate::reminders::ReminderKey;

/// A stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableRow {
    /// What it is: `device`, `state`, `timer` …
    pub kind: String,
    /// Which one.
    pub key: String,
    /// JSON.
    pub body: String,
}

/// A row to store, or to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableChange {
    /// What it is.
    pub kind: &'static str,
    /// Which one.
    pub key: String,
    /// JSON; none deletes the row.
    pub body: Option<String>,
}

/// Which row must be stored. Its body is made when the hub asks, so that ten changes of a second are one write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowKey {
    Config,
    Rooms,
    Counters,
    Device(DeviceId),
    Heard(DeviceId),
    Left(DeviceId),
    State(PropertyKey),
    Claims(PropertyKey),
    Slug(String),
    Rule(RuleId),
    Run(RunId),
    Reminder(ReminderKey),
}

/// What counts up for the life of a home.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub(crate) command: u64,
    pub(crate) run: u64,
    pub(crate) claim: u64,
}

/// The body of a `state` row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StateRow {
    pub(crate) key: PropertyKey,
    pub(crate) state: PropertyState,
}

/// The body of a `claims` row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ClaimsRow {
    pub(crate) key: PropertyKey,
    pub(crate) claims: Vec<Claim>,
}

/// The body of a `heard` row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HeardRow {
    pub(crate) rhythm: Rhythm,
    pub(crate) at: Option<i64>,
}

/// The body of a `slug` row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SlugRow {
    pub(crate) device: DeviceId,
    /// False for a slug of before a rename.
    pub(crate) current: bool,
}

impl RowKey {
    /// The kind of row, and which one.
    fn names(&self) -> (&'static str, String) {
        match self {
            Self::Config => ("config", "home".into()),
            Self::Rooms => ("rooms", "home".into()),
            Self::Counters => ("counters", "home".into()),
            Self::Device(id) => ("device", id.to_string()),
            Self::Heard(id) => ("heard", id.to_string()),
            Self::Left(id) => ("left", id.to_string()),
            Self::State(key) => ("state", key.to_string()),
            Self::Claims(key) => ("claims", key.to_string()),
            Self::Slug(slug) => ("slug", slug.clone()),
            Self::Rule(id) => ("rule", id.to_string()),
            Self::Run(id) => ("run", id.to_string()),
            Self::Reminder(key) => ("reminder", format!("{}/{}", key.rule, key.notice)),
        }
    }
}

impl Home {
    /// The row as it is to be stored now.
    pub(crate) fn row(&self, key: &RowKey) -> DurableChange {
        let (kind, name) = key.names();
        DurableChange { kind, key: name, body: self.row_body(key) }
    }

    fn row_body(&self, row: &RowKey) -> Option<String> {
        let world = &self.world;
        match row {
            RowKey::Config => json(&world.config),
            RowKey::Rooms => json(&world.rooms),
            RowKey::Counters => json(&self.counters),
            RowKey::Device(id) => json(&world.devices.get(id)?.device),
            RowKey::Heard(id) => {
                let entry = world.devices.get(id)?;
                json(&HeardRow { rhythm: entry.rhythm.clone(), at: entry.device.heard_at })
            }
            RowKey::Left(id) => json(world.left.get(id)?),
            RowKey::State(key) => {
                let cell = world.cell(key).filter(|cell| cell.state.reported_mono.is_some())?;
                json(&StateRow { key: key.clone(), state: cell.state.clone() })
            }
            RowKey::Claims(key) => {
                let cell = world.cell(key).filter(|cell| !cell.claims.is_empty())?;
                json(&ClaimsRow { key: key.clone(), claims: cell.claims.clone() })
            }
            RowKey::Slug(slug) => {
                let device = world.slugs.get(slug)?.clone();
                let current = world.slug_of.get(&device) == Some(slug);
                json(&SlugRow { device, current })
            }
            RowKey::Rule(id) => json(&self.program.rules.get(id)?.memory),
            RowKey::Run(id) => json(self.runs.get(id)?),
            RowKey::Reminder(key) => json(self.reminders.get(key)?),
        }
    }
}

/// The engine's own records always have a JSON form; should one not, its row is deleted rather than kept wrong.
fn json(body: &impl Serialize) -> Option<String> {
    serde_json::to_string(body).ok()
}
