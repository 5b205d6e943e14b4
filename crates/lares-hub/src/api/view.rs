//! What the API shows of a home: plain records for people and programs, made from the model, never read back.
//!
//! Times are RFC 3339 in UTC. Values are in their bare form: `true`, `"on"`, `21.5`, `"heat"`, `{hue, saturation}`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A home as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HomeView {
    /// What people call it.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Degrees north and east, if set.
    pub location: Option<LocationView>,
    /// True while the demo home is there.
    pub demo: bool,
    /// Version of Lares.
    pub version: String,
    /// The folder of the rule files, for people to open.
    pub automations: String,
    /// Where things stand that people should know: the database cannot be written, a port is taken.
    pub troubles: Vec<String>,
}

/// A place on earth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LocationView {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// Where a running hub is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddressesView {
    /// Where the dashboard and the API listen, or null when they are off.
    pub http: Option<String>,
    /// Where the MQTT broker is, or null when it could not start yet.
    pub mqtt: Option<String>,
    /// True for the built-in broker, whose users are made here; false for another one.
    #[serde(default)]
    pub built_in_broker: bool,
}

/// A user of the built-in MQTT broker, just made. The password is not kept and cannot be shown again.
#[derive(Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MqttUserView {
    /// Where it signs in: `mqtt://127.0.0.1:1883`.
    pub server: String,
    /// Zigbee2MQTT's base topic.
    pub base_topic: String,
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: String,
}

impl std::fmt::Debug for MqttUserView {
    /// Without the password, which has no business in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MqttUserView").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A link that signs one browser in as an administrator, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SignInView {
    /// The link.
    pub link: String,
    /// How long it is good.
    #[ts(type = "number")]
    pub seconds: u64,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RoomView {
    /// The slug that files use.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Labels that selectors match.
    pub labels: Vec<String>,
}

/// A device with all its properties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DeviceView {
    /// The slug that rule files, `/things/{id}`, `get` and `set` use.
    pub id: String,
    /// The internal id that history is keyed by: `zigbee:0x…`.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The id of its room.
    pub room: Option<String>,
    /// `light`, `thermostat`, `sensor` …
    pub kind: String,
    /// The adapter: `zigbee2mqtt`, `demo`.
    pub source: String,
    /// Whether it answers.
    pub online: bool,
    /// `mains`, `battery` or `unknown`.
    pub power: String,
    /// Manufacturer, or empty.
    pub manufacturer: String,
    /// Model, or empty.
    pub model: String,
    /// One sentence from the source, or empty.
    pub description: String,
    /// Firmware version, or empty.
    pub firmware: String,
    /// Why it is not usable yet, or empty.
    pub not_ready: String,
    /// When it was last heard.
    pub heard_at: Option<String>,
    /// The order of its properties on its page.
    pub order: Vec<String>,
    /// Everything that it has, by name.
    #[ts(as = "std::collections::HashMap<String, PropertyView>")]
    pub properties: BTreeMap<String, PropertyView>,
    /// Named writes such as `open`.
    pub actions: Vec<ActionView>,
}

/// A named write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ActionView {
    /// `open`, `stop` …
    pub name: String,
    /// The property that it writes.
    pub property: String,
    /// The value that it writes; absent when the caller gives one.
    #[ts(type = "unknown")]
    pub value: Option<serde_json::Value>,
}

/// A property: what it is, and its state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PropertyView {
    /// What people read.
    pub label: String,
    /// One sentence from the source, or empty.
    pub description: String,
    /// Type, range and access.
    #[serde(flatten)]
    pub shape: ShapeView,
    /// The unit, or null.
    pub unit: Option<String>,
    /// It is reported.
    pub readable: bool,
    /// It can be commanded.
    pub writable: bool,
    /// `main`, `config` or `diagnostic`.
    pub category: String,
    /// The endpoint, for devices with several of one kind.
    pub endpoint: Option<String>,
    /// Named values.
    pub presets: Vec<PresetView>,
    /// What we believe of it.
    #[serde(flatten)]
    pub state: StateView,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PresetView {
    /// As people read it.
    pub name: String,
    /// What it stands for.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
}

/// The shape of values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShapeView {
    /// `binary`, `switch`, `number`, `enum`, `text`, `color`, `composite`, `list` or `event`.
    pub r#type: String,
    /// Least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub min: Option<f64>,
    /// Greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max: Option<f64>,
    /// Smallest step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub step: Option<f64>,
    /// The words of an enum or event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub values: Option<Vec<String>>,
    /// The parts of a composite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub fields: Option<Vec<FieldView>>,
    /// The shape of each item of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, as = "Option<Box<ShapeView>>")]
    pub item: Option<Box<ShapeView>>,
}

/// A part of a composite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct FieldView {
    /// The key in the value.
    pub name: String,
    /// What people read.
    pub label: String,
    /// The unit, or null.
    pub unit: Option<String>,
    /// Its shape.
    #[serde(flatten)]
    pub shape: ShapeView,
}

/// What we believe of a property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct StateView {
    /// The last known value, or null.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// When it was last reported.
    pub at: Option<String>,
    /// When it last changed.
    pub changed_at: Option<String>,
    /// `known`, `stale`, `offline` or `never_seen`.
    pub freshness: String,
    /// Why it last changed, newest link first, each a short sentence.
    pub why: Vec<String>,
    /// Who holds it, if anybody.
    pub held: Option<HeldView>,
    /// A command under way.
    pub pending: Option<PendingView>,
    /// The last command failed and nothing was confirmed since: the reason.
    pub failed: Option<FailedView>,
}

/// Who holds a property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HeldView {
    /// In words.
    pub by: String,
    /// True for a person's hand or click; "resume" ends it.
    pub manual: bool,
    /// Greater wins.
    pub priority: u16,
    /// When it ends by itself.
    pub until: Option<String>,
    /// The rule that wants another value meanwhile, by name, if a person's hand keeps one from it.
    #[serde(default)]
    pub over: Option<String>,
}

/// A command under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PendingView {
    /// The command.
    #[ts(type = "number")]
    pub command: u64,
    /// The wished value.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
    /// `requested` or `sent`.
    pub phase: String,
}

/// A command that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct FailedView {
    /// The command.
    #[ts(type = "number")]
    pub command: u64,
    /// In words.
    pub reason: String,
    /// When.
    pub at: String,
}

/// A rule, as the list of automations shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RuleView {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Its file, relative to the automations folder.
    pub file: String,
    /// Its line in the file, from 1.
    pub line: u32,
    /// `level` or `edge`.
    pub kind: String,
    /// Whether people have it switched on.
    pub enabled: bool,
    /// `ok`, `error`, `waiting` (for a device list) or `paused` (it looped).
    pub health: String,
    /// Why it is not `ok`, or empty.
    pub problem: String,
    /// True while it holds something or a run is under way.
    pub active: bool,
    /// When it last acted.
    pub last_run: Option<String>,
    /// How that went, in words, or empty.
    pub last_outcome: String,
    /// When it is next due, for clock triggers.
    pub next_run: Option<String>,
    /// What it wants and does not get, because a person's hand is over it.
    #[serde(default)]
    pub held_back: Vec<HeldBackView>,
}

/// A property that a person holds at another value than a rule wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HeldBackView {
    /// The device's slug.
    pub device: String,
    /// The property.
    pub property: String,
    /// Who holds it, in words.
    pub by: String,
    /// Until when, or null if only "resume" ends it.
    pub until: Option<String>,
}

/// Something wrong in a rule file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DiagnosticView {
    /// Stable: `unknown-device`.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// What is wrong.
    pub message: String,
    /// What to do, or empty.
    pub help: String,
    /// The file, relative to the automations folder.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// Where it ends.
    pub end_line: u32,
    /// Where it ends, exclusive.
    pub end_column: u32,
    /// The line of the file, for showing the place.
    pub source_line: String,
    /// The column at which `source_line` begins: 1 unless the line is long.
    #[serde(default)]
    pub source_from: u32,
}

/// An adapter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AdapterView {
    /// `zigbee2mqtt`, `demo`.
    pub id: String,
    /// `connecting`, `waiting`, `online` or `offline`.
    pub state: String,
    /// In words.
    pub detail: String,
    /// Until when new devices may join.
    pub joining_until: Option<String>,
    /// Whether devices are added through it by opening the network.
    pub can_join: bool,
    /// Devices on their way in, newest last.
    pub pairing: Vec<PairingView>,
}

/// A device on its way in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PairingView {
    /// The internal id.
    pub key: String,
    /// The slug, once the device is described.
    pub device: Option<String>,
    /// What the source calls it; empty if nobody named it yet.
    pub name: String,
    /// `joined`, `interview_started`, `interview_successful`, `interview_failed` or `left`.
    pub step: String,
    /// Manufacturer and model, or empty.
    pub model: String,
    /// Whether the source knows this model.
    pub supported: Option<bool>,
    /// When.
    pub at: String,
}

/// A message to people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct NoticeView {
    /// When.
    pub at: String,
    /// `info`, `warning` or `critical`.
    pub level: String,
    /// The text, rendered.
    pub text: String,
    /// The rule that sent it.
    pub rule: Option<String>,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct JournalView {
    /// When.
    pub at: String,
    /// `rule_ran`, `command_failed` …
    pub kind: String,
    /// One sentence.
    pub text: String,
    /// The device's slug.
    pub device: Option<String>,
    /// The property.
    pub property: Option<String>,
    /// The rule.
    pub rule: Option<String>,
    /// Why, newest link first.
    pub why: Vec<String>,
}

/// A change of a property, from history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChangeView {
    /// When.
    pub at: String,
    /// The device's slug.
    pub device: String,
    /// The property.
    pub property: String,
    /// From, or null.
    #[ts(type = "unknown")]
    pub from: serde_json::Value,
    /// To, or null.
    #[ts(type = "unknown")]
    pub to: serde_json::Value,
    /// Why, newest link first.
    pub why: Vec<String>,
}

/// A point of a series: a sample `{t, value}` or a bucket `{t, min, mean, max, n}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(untagged)]
pub enum PointView {
    /// Many samples in one.
    Bucket {
        /// Start of the bucket.
        t: String,
        /// Least value in force.
        min: f64,
        /// Time-weighted mean.
        mean: f64,
        /// Greatest value in force.
        max: f64,
        /// How many samples.
        n: u32,
    },
    /// One sample.
    Sample {
        /// When.
        t: String,
        /// What; null where it became unknown.
        #[ts(type = "unknown")]
        value: serde_json::Value,
    },
}
