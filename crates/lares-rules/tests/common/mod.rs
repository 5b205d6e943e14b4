//! The home that the tests of the language speak of, from a list of devices as the API gives it.

use lares_model::Location;
use lares_rules::catalog::{HomeCatalog, from_devices_json};

/// The home of `tests/home.json`, with a place and a labelled room.
pub fn home() -> HomeCatalog {
    let json = serde_json::from_str(include_str!("../home.json")).expect("the home is JSON");
    let mut catalog = from_devices_json(&json).expect("the home is a list of devices");
    catalog.time_zone = "Europe/Berlin".into();
    catalog.location = Some(Location { latitude: 52.5, longitude: 13.4 });
    catalog
}
