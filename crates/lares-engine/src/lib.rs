//! The brain of Lares: [`Home`] holds all state, and [`Home::step`] is the only thing that changes it.
//!
//! Pure: time is an argument, effects are returned. It cannot fail, and it never waits.
#![deny(clippy::disallowed_methods)]

mod durable;
mod home;
mod reading;

pub use durable::{DurableChange, DurableRow};
pub use home::{Home, Input};
pub use reading::{AdapterReading, Failed, Pairing, Pending, PropertyReading, RuleHealth, RuleReading};
