//! The broker as its clients see it: real sockets, real MQTT 3.1.1 and 5.0 clients, a process that is killed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod abuse;
mod durability;
mod fixture;
mod raw;
mod rights;
mod sign_in;
mod stopping;
mod v4;
mod v5;
