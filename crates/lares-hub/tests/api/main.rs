//! The API against a real hub with the demo home: over HTTP, WebSocket and the Unix socket.

mod fixture;
mod guarded;
mod streams;
mod things;
