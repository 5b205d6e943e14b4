//! Commands: what we ask of a device, and what became of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::ids::{CommandId, DeviceId, PropertyName};
use crate::time::Millis;
use crate::value::Value;

/// What we ask of a device: one message with all that shall change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Which.
    pub id: CommandId,
    /// Of whom.
    pub device: DeviceId,
    /// What: at least one property.
    pub values: BTreeMap<PropertyName, Value>,
    /// How slowly a light shall get there.
    #[serde(default)]
    pub transition: Option<Millis>,
    /// Why.
    pub cause: Cause,
}

/// Where a command stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum CommandPhase {
    /// The engine wants it; the adapter has it not yet.
    Requested,
    /// The adapter handed it to the radio's driver.
    Sent,
    /// It came to an end.
    Done {
        /// How.
        outcome: CommandOutcome,
    },
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum CommandOutcome {
    /// The device reported the wished value.
    Confirmed,
    /// It was handed on, and nobody will ever say more: not everything in it is reported back.
    Sent,
    /// It did not within the time.
    TimedOut {
        /// What was heard instead, or what is known of the reason, in words.
        reason: String,
    },
    /// The adapter or the device refused.
    Failed {
        /// In words.
        reason: String,
    },
    /// It was outranked or replaced by a newer one before it was sent or confirmed.
    Expired {
        /// By what, in words.
        reason: String,
    },
}
