//! A link to an MQTT broker: one connection that comes back by itself. It knows nothing of what is sent on it.

mod inflow;
mod link;
mod options;

pub use inflow::LinkEvents;
pub use link::{Link, LinkError, LinkEvent, Message};
pub use options::{LinkOptions, UrlError};
