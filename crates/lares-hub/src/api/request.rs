//! What can be asked, and what is answered. The window, a browser and the command line all speak this.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::update::Snapshot;
use super::view::{
    AddressesView, ChangeView, DeviceView, DiagnosticView, JournalView, LocationView, MqttUserView,
    PointView, RoomView, RuleView, SignInView,
};

/// A request. Written `{"method": "set_property", "params": {…}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "method", content = "params", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Request {
    /// Everything at once → [`Response::Snapshot`].
    Snapshot,
    /// All devices → [`Response::Devices`].
    Devices,
    /// One device → [`Response::Device`].
    Device {
        /// Slug.
        device: String,
    },
    /// Command a property and wait for what becomes of it (10 s at most) → [`Response::Set`].
    SetProperty {
        /// Slug.
        device: String,
        /// Name.
        property: String,
        /// Bare value.
        #[ts(type = "unknown")]
        value: serde_json::Value,
    },
    /// Command several properties of one device in one message → [`Response::Set`].
    SetProperties {
        /// Slug.
        device: String,
        /// Bare values by name.
        #[ts(type = "Record<string, unknown>")]
        values: serde_json::Map<String, serde_json::Value>,
    },
    /// A named write such as `open` → [`Response::Set`].
    InvokeAction {
        /// Slug.
        device: String,
        /// Name.
        action: String,
        /// For actions that take one.
        #[ts(type = "unknown")]
        input: Option<serde_json::Value>,
    },
    /// End the manual claim on a property, or on all of a device → [`Response::Done`].
    Resume {
        /// Slug.
        device: String,
        /// Name, or all.
        property: Option<String>,
    },
    /// Give a device another name → [`Response::Device`].
    RenameDevice {
        /// Slug.
        device: String,
        /// What people shall call it.
        name: String,
    },
    /// Put a device into a room or none → [`Response::Done`].
    PlaceDevice {
        /// Slug.
        device: String,
        /// Room id, or none.
        room: Option<String>,
    },
    /// Remove a device from its network and forget it → [`Response::Done`].
    RemoveDevice {
        /// Slug.
        device: String,
        /// Also when it does not answer.
        force: bool,
    },
    /// Make a room, or change one → [`Response::Room`].
    PutRoom {
        /// Which; none makes a new one.
        id: Option<String>,
        /// What people shall call it.
        name: String,
        /// Labels for selectors.
        labels: Vec<String>,
    },
    /// Remove a room; its devices stay → [`Response::Done`].
    RemoveRoom {
        /// Which.
        id: String,
    },
    /// Change the home's configuration → [`Response::Done`].
    Configure {
        /// What people shall call the home.
        name: String,
        /// IANA time zone.
        time_zone: String,
        /// Place, or none.
        location: Option<LocationView>,
    },
    /// Let devices join for so many seconds (0 closes, 254 at most) → [`Response::Done`].
    PermitJoin {
        /// Which adapter.
        adapter: String,
        /// How long.
        seconds: u16,
    },
    /// All rules → [`Response::Rules`].
    Rules,
    /// Switch a rule on or off; on also un-pauses → [`Response::Done`].
    SwitchRule {
        /// Which.
        rule: String,
        /// On or off.
        enabled: bool,
    },
    /// Run an edge rule now → [`Response::Done`].
    RunRule {
        /// Which.
        rule: String,
    },
    /// Stop a rule's repeating notice → [`Response::Done`].
    Acknowledge {
        /// Which.
        rule: String,
    },
    /// A series → [`Response::History`].
    History {
        /// `device.property`, by slug.
        series: String,
        /// RFC 3339; default 24 h before `to`.
        from: Option<String>,
        /// RFC 3339; default now.
        to: Option<String>,
        /// At most so many points; default 300, at most 5,000.
        points: Option<u32>,
    },
    /// Last changes with their causes, newest first → [`Response::Changes`].
    Changes {
        /// Of one device, or of all.
        device: Option<String>,
        /// Of one property.
        property: Option<String>,
        /// Before this time, RFC 3339.
        before: Option<String>,
        /// At most so many; default 50, at most 1,000.
        limit: Option<u32>,
    },
    /// Why a property has its value, now or at a time → [`Response::Changes`] with the change in force.
    Why {
        /// Slug.
        device: String,
        /// Name.
        property: String,
        /// RFC 3339; default now.
        at: Option<String>,
    },
    /// The journal, newest first → [`Response::Journal`].
    Journal {
        /// Of one device.
        device: Option<String>,
        /// Of one rule.
        rule: Option<String>,
        /// Before this time, RFC 3339.
        before: Option<String>,
        /// At most so many; default 100, at most 1,000.
        limit: Option<u32>,
    },
    /// Start the demo home beside what is there → [`Response::Done`].
    StartDemo,
    /// Remove the demo home with its devices, rooms, rules and history; answered when nothing of it is left
    /// → [`Response::Done`].
    RemoveDemo,
    /// Where the hub is reached → [`Response::Addresses`].
    Addresses,
    /// Another one-time link that signs a browser in → [`Response::SignIn`].
    SignInLink,
    /// Make a user of the built-in MQTT broker; the password is told once → [`Response::MqttUser`].
    AddMqttUser {
        /// The name that it signs in with.
        user: String,
        /// `zigbee2mqtt` or `device`.
        role: String,
        /// Whether it takes the place of one by that name, whose password ends.
        replace: bool,
    },
}

/// An answer. On the wire it is the bare content under `result`.
#[derive(Clone, Debug, PartialEq, Serialize, TS, JsonSchema)]
#[serde(untagged)]
pub enum Response {
    /// To `snapshot`.
    Snapshot(Box<Snapshot>),
    /// To `devices`.
    Devices(Vec<DeviceView>),
    /// To `device` and `rename_device`.
    Device(Box<DeviceView>),
    /// To `set_property` and its kin.
    Set(SetResult),
    /// To `put_room`.
    Room(RoomView),
    /// To `rules`.
    Rules(RulesResult),
    /// To `history`.
    History(Vec<PointView>),
    /// To `changes` and `why`.
    Changes(Vec<ChangeView>),
    /// To `journal`.
    Journal(Vec<JournalView>),
    /// To `addresses`.
    Addresses(AddressesView),
    /// To `sign_in_link`.
    SignIn(SignInView),
    /// To `add_mqtt_user`.
    MqttUser(MqttUserView),
    /// It is done.
    Done(Done),
}

/// `{"done": true}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Done {
    /// Always true.
    pub done: bool,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetResult {
    /// `confirmed`, `sent` (still unanswered, or the property is not reported back) or `unchanged`.
    /// Failures are problems: `outranked`, `timed_out`, `failed`, `expired`.
    pub outcome: String,
    /// The commands.
    #[ts(type = "number[]")]
    pub commands: Vec<u64>,
}

/// All rules and what is wrong with their files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RulesResult {
    /// The rules.
    pub rules: Vec<RuleView>,
    /// What is wrong, file by file.
    pub diagnostics: Vec<DiagnosticView>,
}
