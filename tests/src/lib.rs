//! What the tests of the whole share: where things are, what the checkout holds, running hubs and ways to talk to them,
//! Zigbee2MQTT and a stand-in for it, and the real window. The tests themselves are in `tests/`.

pub mod checkout;
pub mod environment;
pub mod folder;
pub mod home;
pub mod http;
pub mod hub;
pub mod mqtt;
pub mod program;
pub mod proxy;
pub mod source;
pub mod stand_in;
pub mod timing;
pub mod webdriver;
pub mod websocket;
pub mod zigbee2mqtt;
