//! The broker made of the parts of the `mqtt5` library: its router, its storage and its client handler.
//!
//! Its own server is not used. That one hands every connection to the handler unseen, gives no way to close a
//! single client, counts only signed-in clients, and writes the storage out before the clients are gone.

mod accept;
mod connection;
mod denials;
mod door;
mod greeting;
mod late;
mod long_topics;
mod roster;
mod running;
mod shared;
mod start;

pub use running::RunningBroker;
pub use start::Broker;
