//! The API against a real hub with the demo home: over HTTP, WebSocket and the Unix socket.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like the tests themselves")]

mod demo;
mod fixture;
mod guarded;
mod mqtt_users;
mod streams;
mod things;
