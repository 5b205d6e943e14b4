//! The catalog: which names a home has. Rules are resolved and checked against it.

mod infer;
mod json;

use std::collections::BTreeMap;

pub use infer::infer;
pub use json::from_devices_json;
use lares_model::{
    Access, Category, DeviceDescription, DeviceId, DeviceKind, Location, Power, PropertyDescription, Room,
    RoomId, ValueType,
};

/// A device as rules see it.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogDevice {
    /// What files call it.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Where it stands.
    pub room: Option<RoomId>,
    /// What it can do.
    pub description: std::sync::Arc<DeviceDescription>,
}

/// Which names a home has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HomeCatalog {
    /// Its devices by internal id.
    pub devices: BTreeMap<DeviceId, CatalogDevice>,
    /// Its rooms.
    pub rooms: Vec<Room>,
    /// IANA time zone; empty means UTC.
    pub time_zone: String,
    /// Its place; without one sun rules are refused with "set your location".
    pub location: Option<Location>,
    /// True once every adapter has told its devices: from then on an unknown device is an error, not "waiting".
    pub complete: bool,
}

/// A device of which only this is known.
fn bare_device(
    id: DeviceId,
    adapter: &str,
    name: &str,
    kind: DeviceKind,
    properties: Vec<PropertyDescription>,
) -> DeviceDescription {
    DeviceDescription {
        id,
        adapter: adapter.into(),
        name: name.to_owned(),
        unnamed: false,
        kind,
        power: Power::Unknown,
        manufacturer: String::new(),
        model: String::new(),
        description: String::new(),
        firmware: String::new(),
        suggested_room: None,
        not_ready: String::new(),
        properties,
        actions: Vec::new(),
        virtual_device: false,
        members: Vec::new(),
    }
}

/// A property of which only this is known.
fn bare_property(name: &str, label: &str, value_type: ValueType, access: Access) -> PropertyDescription {
    PropertyDescription {
        name: name.into(),
        base: name.into(),
        label: label.to_owned(),
        description: String::new(),
        value_type,
        unit: None,
        access,
        category: Category::Main,
        endpoint: None,
        presets: Vec::new(),
    }
}
