//! The brain of Lares: [`Home`] holds all state, and [`Home::step`] is the only thing that changes it.
//!
//! Pure: time is an argument, effects are returned. It cannot fail, and it never waits.
//!
//! One step: what is due is fired in order (`time`), the input is taken in (`reports`, `devices`, `people`,
//! `install`), what happened is shown to the rules that asked for it (`react`, `level`, `edge`, `runs`), and the claims
//! in force become commands for what is not so yet (`claims`, `settle`, `flights`).
//!
//! Decided here, where the language leaves it open:
//! - A click or one-shot whose command failed is dropped (it springs back); what a level rule holds stays claimed and
//!   is told again after growing pauses, and at once when the device comes back, joins again or Lares starts.
//! - When a hand's time is over and nobody else claims the property, it stays as it is. A level rule that ended under
//!   the hand is released then.
//! - A thermostat's hand stays two hours, as long as there are no schedules whose next block could end it.
//! - A click on a device that does not answer is sent all the same; its time-out tells the truth. A click on what is so
//!   already is answered with no command, and holds.
//! - A lock that was held on is not unlocked by default.
//! - A property that cannot be read back counts as done once its command is sent.
//! - While its adapter is gone, a device counts as offline.
#![deny(clippy::disallowed_methods)]

mod agenda;
mod boundaries;
mod called;
mod cell;
mod claims;
mod clock;
mod devices;
mod durable;
mod edge;
mod eval;
mod flights;
mod freshness;
mod home;
mod install;
mod journal;
mod left;
mod level;
mod manual;
mod pace;
mod people;
mod program;
mod react;
mod reading;
mod recall;
mod reminders;
mod reports;
mod restore;
mod retry;
mod ring;
mod runs;
mod settle;
mod steps;
mod sun;
mod switches;
pub mod testing;
mod time;
mod timers;
mod world;

pub use durable::{DurableChange, DurableRow};
pub use home::{Home, Input};
pub use reading::{
    AdapterReading, Failed, HeldBack, Pairing, Pending, PropertyReading, RuleHealth, RuleReading,
};
