//! The demo home, from outside: its contract with the hub, its physics, and time.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing shall fail")]

mod contract;
mod obedience;
mod physics;
mod time;
mod walk;
