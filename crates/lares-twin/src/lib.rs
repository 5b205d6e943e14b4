//! The pretend house: simulated devices in a house with weather, heat, air, light and people.
//!
//! [`DemoHome`] is what a newcomer without hardware sees. Beneath it [`Simulation`] moves any set of device
//! descriptions in any set of rooms. This crate knows no clock, no radio, no rule and no file: time and seed are
//! arguments, events are results.
#![deny(clippy::disallowed_methods)]

mod climate;
mod demo;
mod device;
mod dice;
mod house;
mod sim;

pub use demo::{ADAPTER, DemoHome};
pub use device::{Place, Role, SimulatedDevice};
pub use house::{House, Opening, RoomPlan, RoomUse};
pub use sim::{Poke, RestoreError, Simulation, TwinConfig};
