//! Where there are no Unix sockets: says so, and nothing else.

use std::path::Path;

use serde_json::Value as Json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::SocketError;
use crate::api::request::Request;
use crate::api::update::Update;
use crate::handle::HubHandle;

/// Nothing is served.
pub(crate) fn serve(_data: &Path, _handle: HubHandle, _stop: CancellationToken) -> Option<JoinHandle<()>> {
    tracing::warn!("the command line cannot talk to this hub on this system yet; use HTTP with a token");
    None
}

/// Cannot be made.
#[derive(Debug)]
pub struct Client(std::convert::Infallible);

impl Client {
    /// Always [`SocketError::Unsupported`].
    ///
    /// # Errors
    /// Always.
    pub async fn connect(_data: &Path) -> Result<Self, SocketError> {
        Err(SocketError::Unsupported)
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never; there is no client.
    pub async fn call(&mut self, _request: &Request) -> Result<Json, SocketError> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never; there is no client.
    pub async fn subscribe(self) -> Result<Updates, SocketError> {
        match self.0 {}
    }
}

/// Cannot be made.
#[derive(Debug)]
pub struct Updates(std::convert::Infallible);

impl Updates {
    /// Cannot be called.
    ///
    /// # Errors
    /// Never; there are no updates.
    pub async fn next(&mut self) -> Result<Update, SocketError> {
        match self.0 {}
    }
}
