//! The simulation: a house and its devices, moved by one clock that is an argument.

mod actuators;
mod catch_up;
mod deeds;
mod jobs;
mod poke;
mod save;
mod simulation;

pub use poke::Poke;
pub use save::RestoreError;
pub use simulation::{Simulation, TwinConfig};
