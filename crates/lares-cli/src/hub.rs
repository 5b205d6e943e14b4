//! The running hub, and the data directory by which it is found.

use std::path::PathBuf;

use lares_hub::api::request::Request;
use lares_hub::api::view::DeviceView;
use lares_hub::socket::{Client, SocketError};
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The data directory: as given, else the platform's.
///
/// # Errors
/// When the system does not say where data belongs.
pub fn data_directory(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    given.or_else(lares_hub::default_data_dir).ok_or_else(|| {
        Failure::CannotRun("the system does not say where data belongs; name a directory by --data".into())
    })
}

/// Asks the hub and reads the answer.
///
/// # Errors
/// What the hub says; when its answer is of another version.
pub async fn ask<T: DeserializeOwned>(client: &mut Client, request: &Request) -> Result<T, Failure> {
    let json = client.call(request).await?;
    serde_json::from_value(json).map_err(|error| SocketError::Answer(error.to_string()).into())
}

/// One device.
///
/// # Errors
/// When there is none, or no hub.
pub async fn device(client: &mut Client, slug: &str) -> Result<DeviceView, Failure> {
    ask(client, &Request::Device { device: slug.to_owned() }).await
}
