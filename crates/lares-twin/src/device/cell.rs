//! One property of a simulated device: what is true, what was last said, and when it is worth saying again.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_model::{Color, PropertyDescription, Value, ValueType};
use serde::{Deserialize, Serialize};

/// What changes of a property.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// As the device knows it.
    pub value: Option<Value>,
    /// As it last told the world.
    pub reported: Option<Value>,
    /// When it told, home time.
    pub reported_at: u64,
}

/// When a sensor speaks by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReportPolicy {
    /// Least change in the property's unit.
    pub delta: f64,
    /// Least change as a part of the last value; either must be passed by what is greater.
    pub ratio: f64,
    /// Shortest time between two reports, ms.
    pub pause: u64,
}

impl ReportPolicy {
    /// As the better devices of each kind are set up when they join.
    pub fn of(base: &str) -> Self {
        let (delta, ratio, pause) = match base {
            "temperature" | "device_temperature" => (0.2, 0.0, 10),
            "humidity" => (1.0, 0.0, 30),
            "illuminance" => (4.0, 0.25, 20),
            "co2" => (25.0, 0.0, 60),
            "pm25" => (2.0, 0.15, 60),
            "voc" => (25.0, 0.1, 60),
            "pressure" => (0.5, 0.0, 120),
            "power" => (2.0, 0.15, 10),
            "current" => (0.05, 0.15, 30),
            "voltage" => (3.0, 0.0, 120),
            "energy" => (0.01, 0.0, 60),
            "battery" => (1.0, 0.0, 600),
            // Only beside other news.
            "link_quality" => (f64::INFINITY, 0.0, 0),
            "pi_heating_demand" => (10.0, 0.0, 120),
            _ => (0.0, 0.0, 0),
        };
        Self { delta, ratio, pause: pause * 1000 }
    }
}

impl Cell {
    /// True if the value is worth a report now.
    pub fn due(&self, policy: ReportPolicy, now: u64) -> bool {
        if self.value == self.reported || now < self.reported_at.saturating_add(policy.pause) {
            return false;
        }
        match (&self.value, &self.reported) {
            (Some(Value::Number(new)), Some(Value::Number(old))) => {
                (new - old).abs() >= policy.delta.max(policy.ratio * old.abs()) - 1e-9
            }
            _ => true,
        }
    }
}

/// Rounds to the device's own scale: its step, or what its kind usually resolves.
pub fn resolve(description: &PropertyDescription, amount: f64) -> f64 {
    let ValueType::Number { min, max, step } = &description.value_type else { return amount };
    let step = step.unwrap_or(match description.base.as_str() {
        "temperature" | "power" | "pressure" => 0.1,
        "current" | "energy" => 0.01,
        _ => 1.0,
    });
    let places = if step < 0.05 { 100.0 } else { 10.0 };
    let rounded = ((amount / step).round() * step * places).round() / places;
    rounded.clamp(min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY))
}

/// A valid value that means as little as possible: off, the least, the first word.
pub fn neutral_value(value_type: &ValueType) -> Value {
    match value_type {
        ValueType::Binary => Value::Binary(false),
        ValueType::Switch => Value::Switch(false),
        ValueType::Number { min, max, .. } => {
            Value::Number(0.0_f64.clamp(min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY)))
        }
        ValueType::Enum { values } | ValueType::Event { values } => {
            Value::Enum(values.first().cloned().unwrap_or_else(|| Arc::from("")))
        }
        ValueType::Text => Value::text(""),
        ValueType::Color => Value::Color(Color { hue: 30.0, saturation: 60.0 }),
        ValueType::Composite { fields } => {
            let part = |field: &PropertyDescription| {
                (Arc::from(field.name.as_str()), neutral_value(&field.value_type))
            };
            Value::Composite(fields.iter().map(part).collect::<BTreeMap<_, _>>())
        }
        ValueType::List { .. } => Value::List(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_speaks_on_enough_change_and_not_too_often() {
        let policy = ReportPolicy::of("temperature");
        let cell = |value| Cell {
            value: Some(Value::Number(value)),
            reported: Some(Value::Number(20.0)),
            reported_at: 1000,
        };
        for (value, now, due) in
            [(20.1, 60_000, false), (20.2, 60_000, true), (19.8, 60_000, true), (25.0, 5_000, false)]
        {
            assert_eq!(cell(value).due(policy, now), due, "{value} at {now}");
        }
        let leak = Cell {
            value: Some(Value::Binary(true)),
            reported: Some(Value::Binary(false)),
            reported_at: 1000,
        };
        assert!(leak.due(ReportPolicy::of("water_leak"), 1001), "an alarm does not wait");
    }
}
