//! Small things that several tests need.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_adapters::zigbee2mqtt::Zigbee2MqttCodec;
use lares_model::{
    Cause, Command, CommandId, DeviceDescription, DeviceId, Event, Millis, PropertyName, Report, Value,
};
use serde_json::{Value as Json, json};

/// The recorded devices.
pub const RECORDED: &str = include_str!("../data/devices.json");

/// A device as Zigbee2MQTT lists it.
pub fn entry(address: &str, name: &str, exposes: &Json) -> Json {
    json!({
        "ieee_address": address, "friendly_name": name, "type": "Router", "supported": true, "disabled": false,
        "interview_state": "SUCCESSFUL", "power_source": "Mains (single phase)",
        "definition": {"vendor": "Acme", "model": "X1", "description": "Thing", "exposes": exposes},
    })
}

/// A codec that runs and knows these devices; and what was described.
pub fn codec(entries: &Json) -> (Zigbee2MqttCodec, Vec<Arc<DeviceDescription>>) {
    let mut codec = Zigbee2MqttCodec::new("z");
    codec.feed("z/bridge/state", br#"{"state":"online"}"#, true);
    codec.feed("z/bridge/groups", b"[]", true);
    let events = codec.feed("z/bridge/devices", entries.to_string().as_bytes(), true);
    let described = events
        .into_iter()
        .filter_map(|event| match event {
            Event::Described { device } => Some(device),
            _ => None,
        })
        .collect();
    (codec, described)
}

/// A codec with one device `zigbee:0x1`, named `dev`.
pub fn one(exposes: &Json) -> (Zigbee2MqttCodec, Arc<DeviceDescription>) {
    let (codec, mut described) = codec(&json!([entry("0x1", "dev", exposes)]));
    (codec, described.remove(0))
}

/// The codec with the recorded devices.
pub fn recorded() -> Zigbee2MqttCodec {
    codec(&serde_json::from_str(RECORDED).unwrap()).0
}

/// What one state message gives.
pub fn report(codec: &mut Zigbee2MqttCodec, name: &str, payload: &Json) -> Report {
    let events = codec.feed(&format!("z/{name}"), payload.to_string().as_bytes(), false);
    let report = events.into_iter().find_map(|event| match event {
        Event::Reported { report, .. } => Some(report),
        _ => None,
    });
    report.unwrap_or_else(|| panic!("{payload} gave no report"))
}

/// A command.
pub fn command(device: &str, values: &[(&str, Value)], transition: Option<Millis>) -> Command {
    let values: BTreeMap<PropertyName, Value> =
        values.iter().map(|(name, value)| (PropertyName::from(*name), value.clone())).collect();
    Command { id: CommandId(1), device: DeviceId::from(device), values, transition, cause: Cause::default() }
}

/// Topic and payload of a command.
pub fn sent(codec: &Zigbee2MqttCodec, command: &Command) -> Result<(String, Json), String> {
    codec.command(command).map(|(topic, payload)| (topic, serde_json::from_slice(&payload).unwrap()))
}
