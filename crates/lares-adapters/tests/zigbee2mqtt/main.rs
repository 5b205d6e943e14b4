//! The Zigbee2MQTT adapter from outside: recorded traffic, every kind of expose, commands, hostile input, a
//! list of 5,000 devices, and the task on the embedded broker.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
mod hostile;
mod kinds;
mod large;
mod replay;
mod support;
mod task;
