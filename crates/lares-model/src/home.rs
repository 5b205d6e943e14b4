//! The home itself: its rooms, its clock and its place on earth.

use serde::{Deserialize, Serialize};

use crate::ids::RoomId;

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// What files call it.
    pub id: RoomId,
    /// What people call it.
    pub name: String,
    /// Labels that selectors match: `upstairs`.
    #[serde(default)]
    pub labels: Vec<String>,
}

/// A place on earth, for sunrise and sunset.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
}

/// What people set about the home as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomeConfig {
    /// What people call it.
    pub name: String,
    /// IANA time zone: `Europe/Berlin`.
    pub time_zone: String,
    /// Without it, sun rules say "set your location".
    #[serde(default)]
    pub location: Option<Location>,
}

impl Default for HomeConfig {
    fn default() -> Self {
        Self { name: "Home".into(), time_zone: "UTC".into(), location: None }
    }
}
