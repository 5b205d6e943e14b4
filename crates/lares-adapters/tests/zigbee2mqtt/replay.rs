//! Recorded traffic of Zigbee2MQTT (`tests/data/messages.jsonl`, excerpts of a real one with a simulated radio)
//! through the codec. What comes out stands in `tests/data/expected.txt`, to be read by people; write it anew
//! with `LARES_UPDATE_EXPECTED=1` and review the difference.

use std::fmt::Write as _;
use std::path::PathBuf;

use lares_adapters::zigbee2mqtt::Zigbee2MqttCodec;
use lares_model::{DeviceDescription, Event, PropertyDescription, Report};
use serde_json::Value as Json;

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(data(name)).unwrap()
}

#[test]
fn recorded_traffic_gives_the_expected_devices_and_values() {
    let mut codec = Zigbee2MqttCodec::new("zigbee2mqtt");
    let mut found = String::new();
    for line in read("messages.jsonl").lines() {
        let message: Json = serde_json::from_str(line).unwrap();
        if let Some(note) = message["note"].as_str() {
            writeln!(found, "\n# {note}").unwrap();
            continue;
        }
        let name = message["topic"].as_str().unwrap();
        let payload = match message["file"].as_str() {
            Some(file) => read(file),
            None => message["payload"].as_str().unwrap().to_owned(),
        };
        let retained = message["retained"].as_bool().unwrap();
        writeln!(found, "< {name}{}", if retained { " (retained)" } else { "" }).unwrap();
        for event in codec.feed(&format!("zigbee2mqtt/{name}"), payload.as_bytes(), retained) {
            write_event(&mut found, &event);
        }
    }
    if std::env::var_os("LARES_UPDATE_EXPECTED").is_some() {
        std::fs::write(data("expected.txt"), &found).unwrap();
    }
    let expected = read("expected.txt");
    for (number, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {} of expected.txt", number + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

fn write_event(out: &mut String, event: &Event) {
    match event {
        Event::Described { device } => write_device(out, device),
        Event::Reported { device, report } => writeln!(out, "  {device} {}", report_line(report)).unwrap(),
        Event::Availability { device, online } => writeln!(out, "  {device} online: {online}").unwrap(),
        Event::Listed { devices, .. } => writeln!(out, "  listed: {}", devices.len()).unwrap(),
        Event::BadInput { device, text, .. } => {
            let of = device.as_ref().map(|device| format!(" of {device}")).unwrap_or_default();
            writeln!(out, "  bad input{of}: {text}").unwrap();
        }
        Event::Adapter { status, .. } => {
            let joining = status.joining_until.map(|until| format!(" (joining until {until})"));
            writeln!(out, "  {:?}{}: {}", status.state, joining.unwrap_or_default(), status.detail).unwrap();
        }
        Event::Pairing { notice, .. } => {
            let (step, supported) = (notice.step, notice.supported);
            writeln!(out, "  {} {step:?} {:?} supported {supported:?}", notice.device, notice.model).unwrap();
        }
        Event::DeviceRefused { device, property, reason } => {
            let property = property.as_ref().map_or("?", |property| property.as_str());
            writeln!(out, "  {device} refused {property}: {reason}").unwrap();
        }
        other => writeln!(out, "  {other:?}").unwrap(),
    }
}

fn report_line(report: &Report) -> String {
    let mut parts: Vec<String> = report
        .values
        .iter()
        .map(|(name, value)| match value {
            Some(value) => format!("{name} = {value}"),
            None => format!("{name} = nothing"),
        })
        .collect();
    parts.extend(report.happened.iter().map(|(name, word)| format!("{name}! {word}")));
    parts.join(", ")
}

fn write_device(out: &mut String, device: &DeviceDescription) {
    let DeviceDescription { id, name, kind, power, manufacturer, model, firmware, not_ready, .. } = device;
    let kind = kind.as_str();
    writeln!(out, "  {id} \"{name}\" {kind} {power:?} | {manufacturer} | {model} | {firmware}").unwrap();
    if !not_ready.is_empty() {
        writeln!(out, "    not ready: {not_ready}").unwrap();
    }
    for property in &device.properties {
        writeln!(out, "    {}", property_line(property)).unwrap();
    }
    for action in &device.actions {
        let value = action.value.as_ref().map_or("…".to_owned(), ToString::to_string);
        writeln!(out, "    {}() writes {} = {value}", action.name, action.property).unwrap();
    }
}

fn property_line(property: &PropertyDescription) -> String {
    let access = property.access;
    let flag = |is: bool, letter: &'static str| if is { letter } else { "-" };
    let access =
        [flag(access.readable, "r"), flag(access.writable, "w"), flag(access.gettable, "g")].concat();
    let mut line = format!("{} {access} \"{}\": ", property.name, property.label);
    line.push_str(&property.value_type.in_words());
    if let Some(unit) = &property.unit {
        write!(line, " in {unit}").unwrap();
    }
    if property.category != lares_model::Category::Main {
        write!(line, ", {:?}", property.category).unwrap();
    }
    for (name, value) in &property.presets {
        write!(line, ", {name} = {value}").unwrap();
    }
    line
}
