//! The brain of Lares: [`Home`] holds all state, and [`Home::step`] is the only thing that changes it.
//!
//! Pure: time is an argument, effects are returned. It cannot fail, and it never waits.
#![deny(clippy::disallowed_methods)]

mod agenda;
mod boundaries;
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
mod level;
mod manual;
mod pace;
mod people;
mod program;
mod react;
mod reading;
mod reminders;
mod reports;
mod restore;
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
pub use reading::{AdapterReading, Failed, Pairing, Pending, PropertyReading, RuleHealth, RuleReading};
