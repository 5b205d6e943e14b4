//! The embedded MQTT broker of Lares: users, topic rights, limits and durable retained messages on loopback.
//!
//! It knows nothing of devices, rules or the hub. The broker itself is `mqtt5`, hidden behind
//! [`EmbeddedBroker`], so that another implementation can take its place (docs/decisions/0002).
//! Provisioning works on the users file alone, from this or another process: see [`UserStore`].

mod access;
mod config;
mod embedded;
mod error;
mod mqtt5;
mod users;

pub use crate::config::{BrokerConfig, Limits};
pub use crate::embedded::{BrokerCounts, EmbeddedBroker, Ended, HubLogin};
pub use crate::error::BrokerError;
pub use crate::mqtt5::{Broker, RunningBroker};
pub use crate::users::{HUB_CLIENT_ID_PREFIX, HUB_USER, Password, Role, User, UserName, UserStore};
