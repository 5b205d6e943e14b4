//! What a device is for, by what it exposes and how its maker describes it.

use lares_model::{DeviceKind, Power};

use super::expose::{Expose, ExposeKind};

/// The kind, by the strongest feature first: a lamp with a motion sensor is a lamp.
pub(crate) fn kind_of(exposes: &[Expose], words: &str) -> DeviceKind {
    let words = words.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let has_kind = |kind| exposes.iter().any(|expose| expose.kind == kind);
    let find = |name: &str| exposes.iter().find(|expose| expose.name == name);
    let switches =
        exposes.iter().filter(|expose| expose.kind == ExposeKind::Switch || is_bare_switch(expose)).count();
    if has_kind(ExposeKind::Light) {
        DeviceKind::Light
    } else if has_kind(ExposeKind::Climate) {
        DeviceKind::Thermostat
    } else if has_kind(ExposeKind::Cover) {
        DeviceKind::Cover
    } else if has_kind(ExposeKind::Lock) {
        DeviceKind::Lock
    } else if has_kind(ExposeKind::Fan) {
        DeviceKind::Fan
    } else if switches > 0 && says(&["valve", "irrigation", "watering"]) && !says(&["thermostat"]) {
        DeviceKind::Valve
    } else if switches > 0 && !says(&["thermostat"]) {
        let metered = find("power").is_some() || find("energy").is_some();
        let built_in = says(&["switch", "relay", "module", "dimmer", "breaker", "din ", "controller"]);
        if says(&["plug", "outlet", "socket"]) || (metered && switches == 1 && !built_in) {
            DeviceKind::Plug
        } else {
            DeviceKind::Switch
        }
    } else if says(&["siren"])
        || find("alarm").is_some_and(|alarm| alarm.access.writable) && !detects(exposes)
    {
        DeviceKind::Siren
    } else if says(&["thermostat"]) && find("current_heating_setpoint").is_some() {
        DeviceKind::Thermostat
    } else if find("action").is_some() && !measures(exposes) {
        DeviceKind::Button
    } else if measures(exposes) {
        DeviceKind::Sensor
    } else {
        DeviceKind::Other
    }
}

/// How it is powered, by what Zigbee says of it; else a router is awake, and a battery level tells of a battery.
pub(crate) fn power_of(source: &str, device_type: &str, exposes: &[Expose]) -> Power {
    let source = source.to_lowercase();
    if source.contains("battery") {
        Power::Battery
    } else if source.contains("mains") || source.contains("dc") || device_type == "Router" {
        Power::Mains
    } else if exposes.iter().any(|expose| expose.name == "battery") {
        Power::Battery
    } else {
        Power::Unknown
    }
}

fn is_bare_switch(expose: &Expose) -> bool {
    expose.kind == ExposeKind::Binary && expose.name == "state" && expose.access.writable
}

fn detects(exposes: &[Expose]) -> bool {
    const DETECTED: &[&str] =
        &["smoke", "gas", "carbon_monoxide", "water_leak", "occupancy", "presence", "contact", "vibration"];
    exposes.iter().any(|expose| DETECTED.contains(&expose.name.as_str()))
}

fn measures(exposes: &[Expose]) -> bool {
    const MEASURED: &[&str] = &[
        "temperature",
        "humidity",
        "illuminance",
        "pressure",
        "co2",
        "pm25",
        "pm10",
        "voc",
        "soil_moisture",
        "noise",
        "power",
        "energy",
        "tamper",
        "local_temperature",
        "formaldehyd",
        "hcho",
        "water_consumed",
    ];
    detects(exposes) || exposes.iter().any(|expose| MEASURED.contains(&expose.name.as_str()))
}
