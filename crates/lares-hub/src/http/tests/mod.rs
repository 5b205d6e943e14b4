//! The API over HTTP on virtual time: in front of a hub whose answers the test gives.

mod dawdlers;
pub(crate) mod stage;
mod streams;
mod writes;
