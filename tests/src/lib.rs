//! What the tests of the whole share: where things are, what the checkout holds, a running Zigbee2MQTT and the real
//! window. The tests themselves are in `tests/`.

pub mod checkout;
pub mod environment;
pub mod folder;
pub mod source;
pub mod webdriver;
pub mod zigbee2mqtt;
