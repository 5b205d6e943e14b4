//! Devices: what an adapter says of one, and what the home makes of it.

use serde::{Deserialize, Serialize};

use crate::ids::{AdapterId, DeviceId, PropertyName, RoomId};
use crate::property::PropertyDescription;
use crate::value::Value;

/// What a device is for. Decides its card and the selectors that match it (`lights in kitchen`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A lamp or light strip.
    Light,
    /// A relay or wall switch.
    Switch,
    /// A socket.
    Plug,
    /// A blind, shutter, curtain or garage door.
    Cover,
    /// A door lock.
    Lock,
    /// A radiator valve or room thermostat.
    Thermostat,
    /// A fan.
    Fan,
    /// A water or gas valve.
    Valve,
    /// A siren or alarm.
    Siren,
    /// Something that only measures or detects.
    Sensor,
    /// A remote control or button.
    Button,
    /// A person or phone whose presence is known.
    Presence,
    /// Anything else.
    #[default]
    Other,
}

impl DeviceKind {
    /// Every kind, in the order of cards in a room.
    pub const ALL: [Self; 13] = [
        Self::Light,
        Self::Thermostat,
        Self::Cover,
        Self::Switch,
        Self::Plug,
        Self::Fan,
        Self::Lock,
        Self::Valve,
        Self::Siren,
        Self::Sensor,
        Self::Button,
        Self::Presence,
        Self::Other,
    ];

    /// The word in files and interfaces: `light`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Switch => "switch",
            Self::Plug => "plug",
            Self::Cover => "cover",
            Self::Lock => "lock",
            Self::Thermostat => "thermostat",
            Self::Fan => "fan",
            Self::Valve => "valve",
            Self::Siren => "siren",
            Self::Sensor => "sensor",
            Self::Button => "button",
            Self::Presence => "presence",
            Self::Other => "other",
        }
    }

    /// The word for all of a kind in selectors: `lights`, `switches`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Light => "lights",
            Self::Switch => "switches",
            Self::Plug => "plugs",
            Self::Cover => "covers",
            Self::Lock => "locks",
            Self::Thermostat => "thermostats",
            Self::Fan => "fans",
            Self::Valve => "valves",
            Self::Siren => "sirens",
            Self::Sensor => "sensors",
            Self::Button => "buttons",
            Self::Presence => "presences",
            Self::Other => "others",
        }
    }
}

/// How a device is powered. Batteries report seldom, so they become stale later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// From the wall.
    Mains,
    /// From a battery.
    Battery,
    /// Not known.
    #[default]
    Unknown,
}

/// A named write: "open" of a blind writes `movement = open`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionDescription {
    /// The name, `snake_case`.
    pub name: String,
    /// What it writes.
    pub property: PropertyName,
    /// The value that it writes; `None` when the caller gives it (a ringtone, an effect).
    pub value: Option<Value>,
}

/// What an adapter says of a device. Replaces the former description as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceDescription {
    /// For ever.
    pub id: DeviceId,
    /// Who speaks to it.
    pub adapter: AdapterId,
    /// The name at the source, such as Zigbee2MQTT's friendly name; or what the adapter calls it meanwhile.
    pub name: String,
    /// True if nobody named it at the source yet: the name says what it is, and others may have the same.
    #[serde(default)]
    pub unnamed: bool,
    /// What it is for.
    pub kind: DeviceKind,
    /// How it is powered.
    #[serde(default)]
    pub power: Power,
    /// Manufacturer, or empty.
    #[serde(default)]
    pub manufacturer: String,
    /// Model, or empty.
    #[serde(default)]
    pub model: String,
    /// One sentence from the source, or empty.
    #[serde(default)]
    pub description: String,
    /// Firmware version, or empty.
    #[serde(default)]
    pub firmware: String,
    /// The room to put it in when it is new, by its name as people read it.
    #[serde(default)]
    pub suggested_room: Option<String>,
    /// The source says that it is not (yet) usable: disabled, or its interview is not complete. In words, or empty.
    #[serde(default)]
    pub not_ready: String,
    /// Everything that it has, in the order of its page.
    pub properties: Vec<PropertyDescription>,
    /// Named writes.
    #[serde(default)]
    pub actions: Vec<ActionDescription>,
    /// True if a person must not be able to forget it alone (a group, the demo home).
    #[serde(default)]
    pub virtual_device: bool,
    /// The devices that it passes its commands on to, if it is a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<DeviceId>,
}

impl DeviceDescription {
    /// The property of this name.
    pub fn property(&self, name: &str) -> Option<&PropertyDescription> {
        self.properties.iter().find(|property| property.name.as_str() == name)
    }
}

/// A device in the home: what the adapter says, and what people gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// What the adapter says.
    pub description: DeviceDescription,
    /// What files, scripts and addresses call it. Made once from the name; only a rename changes it.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// True until somebody, here or at the source, gives it a name.
    #[serde(default)]
    pub unnamed: bool,
    /// Where it stands.
    pub room: Option<RoomId>,
    /// True when the adapter says that it answers, or does not say otherwise.
    pub online: bool,
    /// When it was last heard, wall clock.
    #[serde(default)]
    pub heard_at: Option<crate::time::UtcMillis>,
}
