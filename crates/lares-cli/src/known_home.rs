//! Which home rule files are checked against: a file, the running hub, or what a data directory keeps.

use std::fs;
use std::path::Path;

use lares_hub::api::request::Request;
use lares_hub::api::update::Snapshot;
use lares_hub::socket::{Client, SocketError};
use lares_hub::stored;
use lares_model::{Location, Room, RoomId};
use lares_rules::catalog::{HomeCatalog, from_devices_json};
use serde_json::json;

use crate::failure::Failure;
use crate::hub::ask;

/// The names of the home; none if no home is known.
///
/// # Errors
/// When the file, the hub or the database is there and cannot be read.
pub async fn find(home: Option<&Path>, data: &Path) -> Result<Option<HomeCatalog>, Failure> {
    if let Some(file) = home {
        return of_file(file).map(Some);
    }
    match Client::connect(data).await {
        Ok(mut client) => of_hub(&mut client).await.map(Some),
        Err(SocketError::NoHub { .. } | SocketError::Unsupported) => stored::catalog(data).map_err(|error| {
            Failure::CannotRun(format!("failed to read the home in {}: {error}", data.display()))
        }),
        Err(error) => Err(error.into()),
    }
}

fn of_file(file: &Path) -> Result<HomeCatalog, Failure> {
    let wrong = |what: String| Failure::CannotRun(format!("--home {}: {what}", file.display()));
    let text = fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let json = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    from_devices_json(&json).map_err(wrong)
}

async fn of_hub(client: &mut Client) -> Result<HomeCatalog, Failure> {
    let snapshot: Snapshot = ask(client, &Request::Snapshot).await?;
    let mut catalog = from_devices_json(&json!(snapshot.devices))
        .map_err(|error| Failure::CannotRun(format!("the hub's devices cannot be read: {error}")))?;
    let room = |room: lares_hub::api::view::RoomView| Room {
        id: RoomId::from(room.id),
        name: room.name,
        labels: room.labels,
    };
    catalog.rooms = snapshot.rooms.into_iter().map(room).collect();
    catalog.time_zone = snapshot.home.time_zone;
    let place = |place: lares_hub::api::view::LocationView| Location {
        latitude: place.latitude,
        longitude: place.longitude,
    };
    catalog.location = snapshot.home.location.map(place);
    Ok(catalog)
}
