//! The demo home: a flat in which a newcomer without hardware sees everything move.

mod build;
mod devices;
mod home;
mod rooms;

pub use home::{ADAPTER, DemoHome};
