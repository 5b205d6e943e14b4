//! Events: everything that can happen to the home. The hub stamps each with a [`crate::Moment`].

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::device::DeviceDescription;
use crate::home::{HomeConfig, Room};
use crate::ids::{AdapterId, CommandId, DeviceId, PropertyName, RequestId, RoomId, RuleId};
use crate::time::UtcMillis;
use crate::value::Value;

/// What a device said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Values by property; `None` where the device says that it does not know. What is absent was not said.
    pub values: BTreeMap<PropertyName, Option<Value>>,
    /// Momentary events in their order, such as `action = single`.
    pub happened: Vec<(PropertyName, Arc<str>)>,
    /// True if the message was retained by the broker: state, never an event.
    pub retained: bool,
}

/// Where an adapter stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdapterState {
    /// Not connected yet, or trying again.
    #[default]
    Connecting,
    /// Connected to the broker, but the other end (Zigbee2MQTT) is not there.
    Waiting,
    /// Works.
    Online,
    /// Was there and is gone.
    Offline,
}

/// What an adapter says of itself. Replaces the former status as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdapterStatus {
    /// Where it stands.
    pub state: AdapterState,
    /// In words, for people: version, coordinator, or what is wrong and what to do.
    pub detail: String,
    /// Until when new devices may join, wall clock.
    #[serde(default)]
    pub joining_until: Option<UtcMillis>,
    /// True if devices can be added through it by opening the network.
    #[serde(default)]
    pub can_join: bool,
}

/// A step on the way of a new device into the home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairingStep {
    /// It is in the radio network.
    Joined,
    /// It is being asked what it can do.
    InterviewStarted,
    /// It said what it can do.
    InterviewSuccessful,
    /// It did not answer in full.
    InterviewFailed,
    /// It left.
    Left,
}

/// News of a device that is being added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairingNotice {
    /// Which device; it may not be described yet.
    pub device: DeviceId,
    /// What the source calls it now; empty if nobody named it yet.
    pub name: String,
    /// How far it got.
    pub step: PairingStep,
    /// Manufacturer and model as far as known, or empty.
    pub model: String,
    /// False if the source knows the device's kind but not this model (it may work in part).
    pub supported: Option<bool>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// As people call them; a program's token name otherwise.
    pub name: String,
}

/// What a person can ask of the home. Everything that can be done in the window is one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonAction {
    /// Command a device; becomes a manual claim.
    Set {
        /// Which.
        device: DeviceId,
        /// What, checked by the hub against the types before.
        values: BTreeMap<PropertyName, Value>,
    },
    /// End the manual claim on a property, or on all of a device.
    Resume {
        /// Which device.
        device: DeviceId,
        /// Which property, or all.
        property: Option<PropertyName>,
    },
    /// Switch a rule on or off; on also un-pauses.
    SwitchRule {
        /// Which.
        rule: RuleId,
        /// On or off.
        enabled: bool,
    },
    /// Run an edge rule now.
    RunRule {
        /// Which.
        rule: RuleId,
    },
    /// Give a device another name; its slug follows.
    RenameDevice {
        /// Which.
        device: DeviceId,
        /// What people shall call it.
        name: String,
    },
    /// Put a device into a room, or into none.
    PlaceDevice {
        /// Which.
        device: DeviceId,
        /// Where.
        room: Option<RoomId>,
    },
    /// Make a room, or give it another name or labels.
    PutRoom {
        /// The room; a new one if its id is not known.
        room: Room,
    },
    /// Remove a room; its devices stay, without one.
    RemoveRoom {
        /// Which.
        room: RoomId,
    },
    /// Have the source remove a device: when it goes within a minute, all that is known of it is forgotten, too.
    DismissDevice {
        /// Which.
        device: DeviceId,
    },
    /// Forget all that is known of a device.
    ForgetDevice {
        /// Which.
        device: DeviceId,
    },
    /// Change the home's configuration.
    Configure {
        /// The whole of it.
        config: HomeConfig,
    },
    /// Stop a repeating notice.
    Acknowledge {
        /// The rule that sends it.
        rule: RuleId,
    },
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Nothing but the passing of time: due timers fire.
    Tick,
    /// An adapter says where it stands.
    Adapter {
        /// Which.
        adapter: AdapterId,
        /// Where.
        status: AdapterStatus,
    },
    /// An adapter has told all devices that it has; those it did not name are gone.
    Listed {
        /// Which adapter.
        adapter: AdapterId,
        /// All its devices.
        devices: Vec<DeviceId>,
    },
    /// A device is new, or what it can do changed.
    Described {
        /// All of it.
        device: Arc<DeviceDescription>,
    },
    /// A device is gone at the source.
    Removed {
        /// Which.
        device: DeviceId,
    },
    /// A device has power again: what it reports next is nobody's hand, and it may have forgotten what it was told.
    Announced {
        /// Which.
        device: DeviceId,
    },
    /// A device said something.
    Reported {
        /// Which.
        device: DeviceId,
        /// What.
        report: Report,
    },
    /// An adapter says whether a device answers.
    Availability {
        /// Which.
        device: DeviceId,
        /// Whether.
        online: bool,
    },
    /// A device is being added.
    Pairing {
        /// Through which adapter.
        adapter: AdapterId,
        /// How far.
        notice: PairingNotice,
    },
    /// A device sent what could not be understood; nothing changed.
    BadInput {
        /// Through which adapter.
        adapter: AdapterId,
        /// From which device, if that is known.
        device: Option<DeviceId>,
        /// What was wrong, where, in words; bounded.
        text: String,
    },
    /// The adapter handed a command on.
    CommandSent {
        /// Which.
        command: CommandId,
    },
    /// The adapter could not, or the device refused.
    CommandFailed {
        /// Which.
        command: CommandId,
        /// In words.
        reason: String,
    },
    /// A device refused something and the source does not say which command it was.
    DeviceRefused {
        /// Which device.
        device: DeviceId,
        /// About which property, if that is known.
        property: Option<PropertyName>,
        /// In words.
        reason: String,
    },
    /// History answers [`crate::Effect::Recall`]; with no samples if it knows nothing.
    Recalled {
        /// Of which device.
        device: DeviceId,
        /// Of which property.
        property: PropertyName,
        /// What it was, and since when, in order of time.
        samples: Vec<(UtcMillis, f64)>,
    },
    /// A person or a program asks for something.
    Asked {
        /// For the answer.
        request: RequestId,
        /// Who.
        person: Person,
        /// What.
        action: PersonAction,
    },
}
