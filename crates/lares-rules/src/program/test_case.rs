//! Tests that stand in rule files, lowered: what the runner plays and what it expects. Who runs them is the engine.

use chrono::NaiveDateTime;
use lares_model::{DeviceId, Location, Millis, PropertyKey, Value};

use crate::diagnostic::Span;

/// One entry of `tests:`.
#[derive(Clone, Debug, PartialEq)]
pub struct TestCase {
    /// Its name, as written.
    pub name: String,
    /// The file it stands in, relative to the automations folder.
    pub file: String,
    /// Its line there, from 1.
    pub line: u32,
    /// How the world is before the first step.
    pub given: Given,
    /// What happens and what is expected, in the order of time.
    pub steps: Vec<TestStep>,
}

/// How the world is before the first step of a test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Local wall clock at the start; the runner has a fixed one of its own otherwise.
    pub clock: Option<NaiveDateTime>,
    /// IANA time zone, checked; UTC otherwise.
    pub time_zone: Option<String>,
    /// The place; a fixed one otherwise.
    pub location: Option<Location>,
    /// Values that devices have reported before the start.
    pub values: Vec<TestValue>,
    /// Devices that do not answer.
    pub offline: Vec<DeviceId>,
}

/// A property, a value for it, and where that stands.
#[derive(Clone, Debug, PartialEq)]
pub struct TestValue {
    /// Which property.
    pub key: PropertyKey,
    /// In the property's own unit.
    pub value: Value,
    /// Where the value stands in the file.
    pub span: Span,
    /// As written, for messages: `hall_light.state`.
    pub text: String,
}

/// A momentary event that a device reports in a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestEvent {
    /// Which property.
    pub key: PropertyKey,
    /// The word that it says.
    pub word: String,
    /// Where it stands in the file.
    pub span: Span,
}

/// One entry of `steps:`. What is in it happens in the order of these fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestStep {
    /// When, after the start of the test. Never before that of the step in front.
    pub at: Millis,
    /// Its line in the file, from 1.
    pub line: u32,
    /// Devices that stop answering.
    pub offline: Vec<DeviceId>,
    /// Devices that answer again.
    pub online: Vec<DeviceId>,
    /// What devices report, as one report for each device.
    pub report: Vec<TestValue>,
    /// Momentary events that they report along.
    pub happened: Vec<TestEvent>,
    /// Lares is off for so long.
    pub restart: Option<Millis>,
    /// The computer sleeps for so long.
    pub sleep: Option<Millis>,
    /// What is believed after everything has settled.
    pub expect: Vec<TestValue>,
    /// What people must have been told since the step in front.
    pub expect_notify: Option<ExpectNotify>,
}

/// A message that people must have been told, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectNotify {
    /// A part of its text; empty means any message.
    pub contains: String,
    /// True for `notify: none`: nobody was told anything.
    pub none: bool,
    /// Where it stands in the file.
    pub span: Span,
}
