//! Simulated devices: made from nothing but a description, so that any home's devices can be pretended.

mod actuate;
mod cell;
mod sense;
mod simulated;
mod thermostat;

pub use cell::Cell;
pub use sense::Surroundings;
pub use simulated::{DeviceState, Place, Role, SimulatedDevice};
