//! The journal: what happened, in words, with its cause. History holds values; the journal holds events.

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::ids::{DeviceId, PropertyName, RuleId};

/// What kind of entry, for filters and icons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalKind {
    /// A rule acted.
    RuleRan,
    /// A rule did not act because something is unknown.
    RuleBlocked,
    /// A run was dropped by its mode.
    RunDropped,
    /// A rule was paused because it looped.
    RulePaused,
    /// A command timed out, failed or expired.
    CommandFailed,
    /// A one-shot `set` stood under a higher claim.
    Outranked,
    /// A person or a hand took over.
    ManualOverride,
    /// A device came, went, or came back.
    Device,
    /// An adapter came or went.
    Adapter,
    /// A message to people.
    Notify,
    /// A button was pressed, or another momentary event.
    Happened,
    /// Lares itself: started, rules loaded, configuration changed.
    Home,
    /// A device sent what could not be understood.
    BadInput,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// What kind.
    pub kind: JournalKind,
    /// One sentence for people.
    pub text: String,
    /// About which device.
    #[serde(default)]
    pub device: Option<DeviceId>,
    /// About which property.
    #[serde(default)]
    pub property: Option<PropertyName>,
    /// About which rule.
    #[serde(default)]
    pub rule: Option<RuleId>,
    /// Why.
    #[serde(default)]
    pub cause: Cause,
}
