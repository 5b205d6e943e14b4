//! The steps of an edge rule.

use std::sync::Arc;

use lares_model::{Millis, NoticeLevel, PropertyKey};

use super::expr::Expr;

/// A value for a property; selectors are expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Which property.
    pub key: PropertyKey,
    /// Its value: a literal in the property's unit, or computed when it is applied.
    pub value: Expr,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Ask devices for values.
    Set {
        /// What; those of one device go out as one message.
        assignments: Vec<Assignment>,
        /// How slowly lights shall get there.
        transition: Option<Millis>,
        /// Wait so long for the confirmation before it counts as failed; none does not wait.
        verify: Option<Millis>,
        /// How often to try again after a failure.
        retry: u8,
        /// What then.
        on_fail: OnFail,
    },
    /// Turn a switch over.
    Toggle {
        /// Which; always a switch.
        key: PropertyKey,
    },
    /// Tell people.
    Notify(Notification),
    /// Wait, durably.
    Wait {
        /// How long: a number of seconds.
        length: Expr,
    },
    /// One way or the other; unknown goes neither way and is journalled.
    If {
        /// Decides.
        condition: Expr,
        /// If true.
        then: Vec<Step>,
        /// If false.
        otherwise: Vec<Step>,
    },
    /// Write into the journal.
    Log {
        /// A text or template.
        text: Arc<str>,
    },
    /// End the run.
    Stop,
}

/// What happens when a step fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OnFail {
    /// Steps to take.
    pub steps: Vec<Step>,
    /// Whether the run ends then; otherwise its next steps go on.
    pub stop: bool,
}

/// A message to people.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// `everyone`, or a person's name.
    pub to: Arc<str>,
    /// How loud.
    pub level: NoticeLevel,
    /// A text or template.
    pub text: Arc<str>,
    /// Said again at this interval until somebody acknowledges it.
    pub repeat: Option<Millis>,
}
