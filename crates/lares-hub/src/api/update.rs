//! The stream: a snapshot, then deltas in sequence. A receiver that misses a number asks for a new snapshot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::view::{
    AdapterView, DeviceView, DiagnosticView, HomeView, JournalView, NoticeView, RoomView, RuleView, StateView,
};

/// Everything at one point of the sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Snapshot {
    /// The sequence number of the last change in it.
    #[ts(type = "number")]
    pub seq: u64,
    /// The hub's clock, RFC 3339, so that countdowns are right on a device with a wrong clock.
    pub now: String,
    /// The home.
    pub home: HomeView,
    /// Its rooms, in their order.
    pub rooms: Vec<RoomView>,
    /// Its devices.
    pub devices: Vec<DeviceView>,
    /// Its rules.
    pub rules: Vec<RuleView>,
    /// What is wrong in rule files.
    pub diagnostics: Vec<DiagnosticView>,
    /// Its adapters.
    pub adapters: Vec<AdapterView>,
    /// The last notices, newest last; 50 at most.
    pub notices: Vec<NoticeView>,
}

/// A message of the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Update {
    /// The first message, and again after a gap.
    Snapshot {
        /// Everything.
        snapshot: Box<Snapshot>,
    },
    /// What changed since the last message, coalesced at 20 Hz.
    Changes {
        /// The number of this message: one more than the last.
        #[ts(type = "number")]
        seq: u64,
        /// In order.
        changes: Vec<ChangeUpdate>,
    },
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ChangeUpdate {
    /// The home.
    Home {
        /// All of it.
        home: HomeView,
    },
    /// The rooms.
    Rooms {
        /// All of them, in their order.
        rooms: Vec<RoomView>,
    },
    /// A device is new or described anew.
    Device {
        /// All of it. Its slug may differ from before; `key` stays.
        device: Box<DeviceView>,
    },
    /// A device is gone.
    DeviceRemoved {
        /// Internal id.
        key: String,
    },
    /// The state of one property.
    Property {
        /// Internal id of the device.
        key: String,
        /// Name.
        property: String,
        /// Its state now.
        state: StateView,
    },
    /// A momentary event.
    Happened {
        /// Internal id of the device.
        key: String,
        /// Name.
        property: String,
        /// What.
        value: String,
        /// When.
        at: String,
    },
    /// A rule.
    Rule {
        /// All of it.
        rule: RuleView,
    },
    /// All rules and diagnostics: files changed.
    Rules {
        /// All rules.
        rules: Vec<RuleView>,
        /// What is wrong.
        diagnostics: Vec<DiagnosticView>,
    },
    /// An adapter.
    Adapter {
        /// All of it.
        adapter: AdapterView,
    },
    /// An adapter is gone.
    AdapterRemoved {
        /// Which.
        id: String,
    },
    /// A message to people.
    Notice {
        /// All of it.
        notice: NoticeView,
    },
    /// The journal went on.
    Journal {
        /// What was written, in order.
        entries: Vec<JournalView>,
        /// True if entries before these are left out, because too many came at once: ask for the journal.
        #[serde(default)]
        gap: bool,
    },
}
