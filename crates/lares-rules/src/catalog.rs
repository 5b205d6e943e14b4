//! The catalog: which names a home has. Rules are resolved and checked against it.

mod infer;
mod json;

use std::collections::BTreeMap;

pub use infer::infer;
pub use json::from_devices_json;
use lares_model::{DeviceDescription, DeviceId, Location, Room, RoomId};

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
