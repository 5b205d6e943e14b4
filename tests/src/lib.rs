//! What the tests of the whole share: where things are, what the checkout holds, and a running Zigbee2MQTT. The tests
//! themselves are in `tests/`.

pub mod checkout;
pub mod environment;
pub mod folder;
pub mod source;
pub mod zigbee2mqtt;
