//! The wires of Lares: each adapter is a pure codec and an I/O task around it.

mod adapter;
pub mod mqtt;
pub mod zigbee2mqtt;

pub use adapter::{Adapter, AdapterAsk, AdapterChannels, AdapterRequest, AskError, Inbox};
