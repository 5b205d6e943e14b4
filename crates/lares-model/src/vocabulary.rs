//! The vocabulary of properties: one name, type and unit for each, whatever the radio.
//!
//! Adapters translate into it once, at the edge; the rule language checks against it when no device is known.

use crate::property::{Category, ValueType};
use crate::unit::Unit;

/// A property with a name of its own in Lares.
#[derive(Clone, Debug, PartialEq)]
pub struct CanonicalProperty {
    /// The name.
    pub name: &'static str,
    /// What people read.
    pub label: &'static str,
    /// The type; ranges and words are the device's.
    pub value_type: ValueType,
    /// The unit, for numbers.
    pub unit: Option<Unit>,
    /// Where it belongs.
    pub category: Category,
    /// True if it usually can be commanded.
    pub writable: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Binary,
    Switch,
    Number(&'static str),
    Percent,
    Enum,
    Text,
    Color,
    Event,
}

use Kind::{Binary, Color, Enum, Event, Number, Percent, Switch, Text};

const W: bool = true;
const R: bool = false;
const MAIN: Category = Category::Main;
const DIAG: Category = Category::Diagnostic;

#[rustfmt::skip]
static TABLE: &[(&str, &str, Kind, bool, Category)] = &[
    ("state", "State", Switch, W, MAIN),
    ("brightness", "Brightness", Percent, W, MAIN),
    ("color_temperature", "Colour temperature", Number("K"), W, MAIN),
    ("color", "Colour", Color, W, MAIN),
    ("color_mode", "Colour mode", Enum, R, MAIN),
    ("effect", "Effect", Enum, W, MAIN),
    ("position", "Position", Percent, W, MAIN),
    ("tilt", "Tilt", Percent, W, MAIN),
    ("movement", "Movement", Enum, W, MAIN),
    ("temperature", "Temperature", Number("°C"), R, MAIN),
    ("target_temperature", "Target temperature", Number("°C"), W, MAIN),
    ("target_temperature_cooling", "Cooling target", Number("°C"), W, MAIN),
    ("device_temperature", "Device temperature", Number("°C"), R, DIAG),
    ("hvac_mode", "Mode", Enum, W, MAIN),
    ("hvac_action", "Doing now", Enum, R, MAIN),
    ("preset", "Preset", Enum, W, MAIN),
    ("fan_mode", "Fan mode", Enum, W, MAIN),
    ("humidity", "Humidity", Percent, R, MAIN),
    ("soil_moisture", "Soil moisture", Percent, R, MAIN),
    ("motion", "Motion", Binary, R, MAIN),
    ("presence", "Presence", Binary, R, MAIN),
    ("open", "Open", Binary, R, MAIN),
    ("water_leak", "Water leak", Binary, R, MAIN),
    ("smoke", "Smoke", Binary, R, MAIN),
    ("gas", "Gas", Binary, R, MAIN),
    ("vibration", "Vibration", Binary, R, MAIN),
    ("tamper", "Tamper", Binary, R, DIAG),
    ("battery_low", "Battery low", Binary, R, DIAG),
    ("battery", "Battery", Percent, R, DIAG),
    ("illuminance", "Illuminance", Number("lx"), R, MAIN),
    ("pressure", "Pressure", Number("hPa"), R, MAIN),
    ("co2", "CO₂", Number("ppm"), R, MAIN),
    ("pm25", "PM2.5", Number("µg/m³"), R, MAIN),
    ("voc", "VOC", Number("ppb"), R, MAIN),
    ("noise", "Noise", Number("dB"), R, MAIN),
    ("power", "Power", Number("W"), R, MAIN),
    ("energy", "Energy", Number("kWh"), R, MAIN),
    ("voltage", "Voltage", Number("V"), R, MAIN),
    ("current", "Current", Number("A"), R, MAIN),
    ("frequency", "Frequency", Number("Hz"), R, MAIN),
    ("lock", "Lock", Switch, W, MAIN),
    ("lock_state", "Lock state", Enum, R, MAIN),
    ("action", "Action", Event, R, MAIN),
    ("link_quality", "Link quality", Number(""), R, DIAG),
    ("rssi", "Signal strength", Number("dBm"), R, DIAG),
    ("last_seen", "Last seen", Text, R, DIAG),
    ("update", "Firmware update", Text, R, DIAG),
];

/// The canonical property of this name.
pub fn canonical(name: &str) -> Option<CanonicalProperty> {
    TABLE.iter().find(|row| row.0 == name).map(build)
}

/// All of them, in the order of the reference.
pub fn canonical_properties() -> impl Iterator<Item = CanonicalProperty> {
    TABLE.iter().map(build)
}

fn build(
    &(name, label, kind, writable, category): &(&'static str, &'static str, Kind, bool, Category),
) -> CanonicalProperty {
    let number = ValueType::Number { min: None, max: None, step: None };
    let (value_type, unit) = match kind {
        Binary => (ValueType::Binary, None),
        Switch => (ValueType::Switch, None),
        Number("") => (number, None),
        Number(unit) => (number, Some(Unit::clean(unit))),
        Percent => {
            (ValueType::Number { min: Some(0.0), max: Some(100.0), step: None }, Some(Unit::clean("%")))
        }
        Enum => (ValueType::Enum { values: Vec::new() }, None),
        Text => (ValueType::Text, None),
        Color => (ValueType::Color, None),
        Event => (ValueType::Event { values: Vec::new() }, None),
    };
    CanonicalProperty { name, label, value_type, unit, category, writable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once_and_every_unit_is_known() {
        let mut seen = std::collections::BTreeSet::new();
        for property in canonical_properties() {
            assert!(seen.insert(property.name), "{} stands twice", property.name);
            assert!(property.unit.is_none_or(|unit| unit.is_known()));
        }
    }
}
