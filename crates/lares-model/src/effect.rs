//! Effects: everything that the home asks of the world. The hub performs them; the engine never waits for one.

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::command::{Command, CommandPhase};
use crate::ids::{AdapterId, CommandId, DeviceId, PropertyName, RequestId, RoomId, RuleId};
use crate::journal::JournalEntry;
use crate::value::Value;

/// A property's believed value is another one now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Which device.
    pub device: DeviceId,
    /// Which property.
    pub property: PropertyName,
    /// From; `None` if it was not known.
    pub from: Option<Value>,
    /// To; `None` if the device says that it does not know.
    pub to: Option<Value>,
    /// Why.
    pub cause: Cause,
}

/// How loud a notice is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeLevel {
    /// Good to know.
    #[default]
    Info,
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

/// A message to people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// To whom: `everyone`, or a person's name.
    pub to: String,
    /// How loud.
    pub level: NoticeLevel,
    /// The text or template.
    pub text: String,
    /// The frozen context of the template, as JSON; the shell renders it.
    #[serde(default)]
    pub context: serde_json::Value,
    /// Which rule sends it.
    pub rule: Option<RuleId>,
    /// Why.
    pub cause: Cause,
}

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum Refusal {
    /// There is no such thing.
    #[error("{what} is not known")]
    NotFound {
        /// What, in words.
        what: String,
    },
    /// A higher claim holds the property.
    #[error("outranked: {by} holds it")]
    Outranked {
        /// Whose.
        by: String,
    },
    /// It cannot be done as asked.
    #[error("{reason}")]
    Invalid {
        /// Why not, and what to do.
        reason: String,
    },
}

/// The answer to [`crate::Event::Asked`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done, or nothing was to do.
    Done,
    /// These commands were requested; their outcomes follow as [`Effect::CommandPhase`].
    Commands {
        /// The ids.
        commands: Vec<CommandId>,
    },
    /// A room was made.
    Room {
        /// Its id.
        room: RoomId,
    },
    /// It was not done.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// Something that the home asks of the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Tell the device's adapter.
    Command(Command),
    /// Ask the device's adapter for present values (after a gap).
    Refresh {
        /// Which device.
        device: DeviceId,
        /// Which properties.
        properties: Vec<PropertyName>,
    },
    /// Ask history for the course of a number, and answer with [`crate::Event::Recalled`].
    Recall {
        /// Which device.
        device: DeviceId,
        /// Which property.
        property: PropertyName,
        /// How far back from now; the value in force at that time is wanted, too.
        window: crate::time::Millis,
    },
    /// A value changed: record it and tell subscribers.
    Changed(Change),
    /// Freshness, report time, claim or anything else visible of a property changed, but not its value.
    PropertyTouched {
        /// Which device.
        device: DeviceId,
        /// Which property.
        property: PropertyName,
    },
    /// A command moved on.
    CommandPhase {
        /// Which.
        command: CommandId,
        /// Of which device.
        device: DeviceId,
        /// Its properties.
        properties: Vec<PropertyName>,
        /// To where.
        phase: CommandPhase,
    },
    /// A device is new or another one now (name, room, online, description).
    DeviceChanged {
        /// Which.
        device: DeviceId,
    },
    /// A device is gone.
    DeviceRemoved {
        /// Which.
        device: DeviceId,
    },
    /// A rule ran, was switched, paused or resumed, or its claim began or ended.
    RuleChanged {
        /// Which.
        rule: RuleId,
    },
    /// Rooms or the home's configuration changed.
    HomeChanged,
    /// An adapter's status or its pairing list changed.
    AdapterChanged {
        /// Which.
        adapter: AdapterId,
    },
    /// A momentary event happened.
    Happened {
        /// Which device.
        device: DeviceId,
        /// Which property.
        property: PropertyName,
        /// What.
        value: std::sync::Arc<str>,
    },
    /// Tell people. Waits up to 50 ms for its record, so that a crash does not repeat it.
    Notify(Notice),
    /// Write into the journal.
    Journal(JournalEntry),
    /// Answer a request.
    Answer {
        /// Which.
        request: RequestId,
        /// How.
        answer: Answer,
    },
}
