//! The roles a stored user can have; what each may do is in [`crate::access`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::BrokerError;

/// What a user is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Zigbee2MQTT: everything under the base topic, except publishing requests to itself.
    Zigbee2mqtt,
    /// A device: everything under its own name.
    Device,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zigbee2mqtt => "zigbee2mqtt",
            Self::Device => "device",
        })
    }
}

impl FromStr for Role {
    type Err = BrokerError;

    fn from_str(name: &str) -> Result<Self, BrokerError> {
        match name {
            "zigbee2mqtt" => Ok(Self::Zigbee2mqtt),
            "device" => Ok(Self::Device),
            _ => Err(BrokerError::Role { name: name.to_owned() }),
        }
    }
}
