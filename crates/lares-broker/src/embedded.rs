//! The seam: what the hub needs of an embedded broker, whichever library does the work.
//!
//! Nothing here names a library; the implementation of today is in [`crate::mqtt5`].

use std::net::SocketAddr;

use async_trait::async_trait;

use crate::error::BrokerError;
use crate::users::Password;

/// A broker that runs inside this process.
#[async_trait]
pub trait EmbeddedBroker: Send + Sync {
    /// The address it listens on, with the port that was picked when 0 was asked for.
    fn local_addr(&self) -> SocketAddr;

    /// How the hub signs in: a password drawn at this start, written nowhere.
    fn hub_login(&self) -> &HubLogin;

    /// Counters since the start.
    fn counts(&self) -> BrokerCounts;

    /// Resolves when the broker is no longer working, for whatever reason; at once if that has happened already.
    async fn ended(&self) -> Ended;

    /// Stops it: no new connections, clients told and closed, storage written out, port and storage lock free.
    ///
    /// Stopping twice is harmless.
    ///
    /// # Errors
    /// [`BrokerError::Threads`] if its threads could not be ended, so that the port may still be taken.
    async fn stop(&self) -> Result<(), BrokerError>;
}

/// User name and password of the hub's own connections.
#[derive(Debug, Clone)]
pub struct HubLogin {
    /// Always [`crate::HUB_USER`].
    pub user: String,
    /// Valid until the broker stops.
    pub password: Password,
}

/// Counters since the start of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerCounts {
    /// Clients signed in now.
    pub clients: usize,
    /// Messages published by clients, refused ones included.
    pub received: u64,
    /// Messages sent to clients.
    pub sent: u64,
}

/// Why a broker no longer works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Somebody called [`EmbeddedBroker::stop`].
    Stopped,
    /// A part of it ended by itself; the text says which and how.
    Failed(String),
}
