//! A list of 5,000 devices in 20 MB: taken in, and taken in again when one device of it changed.

use std::time::Instant;

use lares_adapters::zigbee2mqtt::Zigbee2MqttCodec;
use lares_model::Event;
use serde_json::{Value as Json, json};

use crate::support::RECORDED;

/// The recorded devices over and over, under new addresses and names, as text.
pub fn list(count: usize, renamed: Option<usize>) -> String {
    let recorded: Vec<Json> = serde_json::from_str(RECORDED).unwrap();
    // What Lares passes over, and what makes a real list as long as it is.
    let padding =
        json!({"1": {"bindings": [], "clusters": {"input": ["genBasic".repeat(40)], "output": []}}});
    let entries = (0..count).map(|n| {
        let mut device = recorded[1 + n % (recorded.len() - 1)].clone();
        device["ieee_address"] = json!(format!("0x{n:016x}"));
        device["friendly_name"] =
            json!(if renamed == Some(n) { "renamed".into() } else { format!("device {n}") });
        device["endpoints"] = padding.clone();
        device.to_string()
    });
    format!("[{}]", entries.collect::<Vec<_>>().join(","))
}

#[test]
fn of_5000_devices_only_the_changed_one_is_told_again() {
    let mut codec = Zigbee2MqttCodec::new("z");
    codec.feed("z/bridge/groups", b"[]", true);
    let first = list(5000, None);
    let started = Instant::now();
    let events = codec.feed("z/bridge/devices", first.as_bytes(), true);
    let whole = started.elapsed();
    let described = events.iter().filter(|event| matches!(event, Event::Described { .. })).count();
    assert_eq!(described, 5000);

    let second = list(5000, Some(4711));
    let started = Instant::now();
    let events = codec.feed("z/bridge/devices", second.as_bytes(), true);
    let again = started.elapsed();
    assert!(
        matches!(&events[..], [Event::Described { device }] if device.name == "renamed"),
        "{}",
        events.len()
    );
    println!("{} MB: {whole:?} at first, {again:?} with one change", first.len() / 1_000_000);
}
