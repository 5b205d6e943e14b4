//! The words of Lares: what a home is made of and what happens in it.
//!
//! This crate holds data only. It knows no rule, no radio, no clock, no file and no network; every
//! other crate speaks in its terms. One word per concept, as `ARCHITECTURE.md` lists them.
#![deny(clippy::disallowed_methods)]

mod cause;
mod command;
mod device;
mod effect;
mod event;
mod home;
mod ids;
mod journal;
mod property;
mod slug;
mod state;
mod time;
mod unit;
mod value;
mod vocabulary;

pub use cause::{Cause, CauseLink, MAX_CAUSE_DEPTH};
pub use command::{Command, CommandOutcome, CommandPhase};
pub use device::{ActionDescription, Device, DeviceDescription, DeviceKind, Power};
pub use effect::{Answer, Change, Effect, Notice, NoticeLevel, Refusal};
pub use event::{
    AdapterState, AdapterStatus, Event, PairingNotice, PairingStep, Person, PersonAction, Report,
};
pub use home::{HomeConfig, Location, Room};
pub use ids::{AdapterId, CommandId, DeviceId, PropertyKey, PropertyName, RequestId, RoomId, RuleId, RunId};
pub use journal::{JournalEntry, JournalKind};
pub use property::{Access, Category, PropertyDescription, ValueType};
pub use slug::{RESERVED_WORDS, slugify, unique_slug};
pub use state::{Freshness, Held, Priority, PropertyState};
pub use time::{Millis, Moment, UtcMillis};
pub use unit::{Dimension, Unit};
pub use value::{Color, Value, ValueError};
pub use vocabulary::{CanonicalProperty, canonical, canonical_properties};
