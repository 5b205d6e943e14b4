//! The demo home, from outside: its contract with the hub, its physics, and time.

mod contract;
mod obedience;
mod physics;
mod time;
mod walk;
