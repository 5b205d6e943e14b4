//! Zigbee2MQTT: its topics and payloads as events and commands of Lares.
//!
//! [`Zigbee2MqttCodec`] is the pure half: messages in, events out, commands into payloads. [`Zigbee2Mqtt`] is the
//! task around it. Source of all formats: Zigbee2MQTT's documentation, "MQTT topics and messages" and "Exposes",
//! and traffic recorded from Zigbee2MQTT 2.14.

mod bridge;
mod codec;
mod color;
mod describe;
mod device;
mod expose;
mod group;
mod kind;
mod list;
mod log;
mod naming;
mod number;
mod parked;
mod product;
mod refresh;
mod request;
mod status;
mod task;
mod text;
mod topics;
mod wire;

pub use codec::Zigbee2MqttCodec;
pub use task::{Zigbee2Mqtt, Zigbee2MqttOptions};

/// The id of the adapter.
pub(crate) const ADAPTER_ID: &str = "zigbee2mqtt";

/// The id of the device with this IEEE address.
pub(crate) fn device_id(address: &str) -> lares_model::DeviceId {
    lares_model::DeviceId::from(format!("zigbee:{address}"))
}
