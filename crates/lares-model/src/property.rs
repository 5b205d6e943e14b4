//! What a property is: its type, range, unit, access and place among the device's settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::ids::PropertyName;
use crate::unit::Unit;
use crate::value::{Color, Value, ValueError};

/// What can be done with a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The device reports it.
    pub readable: bool,
    /// It can be commanded.
    pub writable: bool,
    /// The device can be asked for it now.
    pub gettable: bool,
}

/// Where a property belongs on the device's page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// What the device is for.
    #[default]
    Main,
    /// How it is set up.
    Config,
    /// How it fares: battery, link quality, firmware.
    Diagnostic,
}

/// The type of a property's values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// `true` or `false`.
    Binary,
    /// `"on"` or `"off"`.
    Switch,
    /// A number in the property's unit.
    Number {
        /// The least allowed.
        min: Option<f64>,
        /// The most allowed.
        max: Option<f64>,
        /// The smallest step that the device knows.
        step: Option<f64>,
    },
    /// One of some words.
    Enum {
        /// The words, in the device's order.
        values: Vec<Arc<str>>,
    },
    /// Any text.
    Text,
    /// Hue and saturation.
    Color,
    /// Named parts, each with its own description.
    Composite {
        /// The parts.
        fields: Vec<PropertyDescription>,
    },
    /// A sequence of one type.
    List {
        /// The type of each item.
        item: Box<ValueType>,
        /// The most items, if limited.
        length_max: Option<usize>,
    },
    /// Momentary: something that happens and has no state, such as a button press.
    Event {
        /// The words it can say; empty when unknown.
        values: Vec<Arc<str>>,
    },
}

/// One property of a device, as its adapter describes it in the vocabulary of Lares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PropertyDescription {
    /// Name in the vocabulary, `snake_case`; with the endpoint as suffix where there are several: `state_left`.
    pub name: PropertyName,
    /// The name without the endpoint, which selectors match: `state`.
    pub base: PropertyName,
    /// What people read, in sentence case: "Target temperature".
    pub label: String,
    /// One sentence from the source, or empty.
    #[serde(default)]
    pub description: String,
    /// The type.
    pub value_type: ValueType,
    /// The unit, for numbers.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// What can be done with it.
    pub access: Access,
    /// Where it belongs.
    #[serde(default)]
    pub category: Category,
    /// The endpoint, for devices with several of one kind: `left`, `l1`.
    #[serde(default)]
    pub endpoint: Option<Arc<str>>,
    /// Named values, such as "warmest" = 2200.
    #[serde(default)]
    pub presets: Vec<(String, Value)>,
}

impl PropertyDescription {
    /// The most that a report may differ from a wish and still fulfil it: a step, and at least what rounding
    /// to the radio's 0–254 scale loses.
    pub fn tolerance(&self) -> f64 {
        let ValueType::Number { min, max, step } = &self.value_type else { return 0.0 };
        let span = max.zip(*min).map_or(0.0, |(max, min)| max - min);
        let rounding = match self.unit.as_ref().map(Unit::as_str) {
            // Motors stop where they stop.
            Some("%") if matches!(self.base.as_str(), "position" | "tilt") => 2.0,
            Some("%") => 0.5,
            // A mired is 25 K at 5000 K and 42 K at 6500 K.
            Some("K") => 45.0,
            _ => span / 508.0,
        };
        step.map_or(rounding, |step| rounding.max(step * 0.51))
    }
}

impl ValueType {
    /// In words, for messages.
    pub fn in_words(&self) -> String {
        match self {
            Self::Binary => "true or false".into(),
            Self::Switch => "\"on\" or \"off\"".into(),
            Self::Number { min: Some(min), max: Some(max), .. } => format!("a number from {min} to {max}"),
            Self::Number { .. } => "a number".into(),
            Self::Enum { values } | Self::Event { values } => {
                let shown: Vec<_> = values.iter().take(12).map(|v| format!("\"{v}\"")).collect();
                let more = if values.len() > 12 { " …" } else { "" };
                format!("one of {}{more}", shown.join(", "))
            }
            Self::Text => "a text".into(),
            Self::Color => "a colour {hue, saturation}".into(),
            Self::Composite { fields } => {
                let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
                format!("an object with {}", names.join(", "))
            }
            Self::List { item, .. } => format!("a list, each {}", item.in_words()),
        }
    }

    /// True for momentary properties, which never hold a state.
    pub fn is_event(&self) -> bool {
        matches!(self, Self::Event { .. })
    }

    /// Checks a value that is already typed, such as one from a rule.
    ///
    /// # Errors
    /// As [`ValueType::parse_json`].
    pub fn check(&self, value: &Value) -> Result<(), ValueError> {
        self.parse_json(&value.to_json()).map(|_| ())
    }
}

pub(crate) fn parse_json(value_type: &ValueType, json: &Json) -> Result<Value, ValueError> {
    let wrong = || ValueError::Type { expected: value_type.in_words(), got: shorten(json) };
    match value_type {
        ValueType::Binary => json.as_bool().map(Value::Binary).ok_or_else(wrong),
        ValueType::Switch => match json {
            Json::Bool(b) => Ok(Value::Switch(*b)),
            Json::String(s) if s.eq_ignore_ascii_case("on") => Ok(Value::Switch(true)),
            Json::String(s) if s.eq_ignore_ascii_case("off") => Ok(Value::Switch(false)),
            _ => Err(wrong()),
        },
        ValueType::Number { min, max, .. } => {
            let n = json.as_f64().filter(|n| n.is_finite()).ok_or_else(wrong)?;
            let (least, most) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
            // Rounding in unit conversion must not refuse the device's own limits.
            let slack = 1e-6 * (1.0 + n.abs());
            if n < least - slack || n > most + slack {
                return Err(ValueError::Range { got: n, min: least, max: most });
            }
            Ok(Value::Number(n))
        }
        ValueType::Enum { values } | ValueType::Event { values } => {
            let word = json.as_str().ok_or_else(wrong)?;
            match values.iter().find(|v| &***v == word) {
                Some(v) => Ok(Value::Enum(v.clone())),
                None if values.is_empty() => Ok(Value::word(word)),
                None => Err(ValueError::NoSuchWord {
                    got: shorten(json),
                    values: values.iter().take(50).map(ToString::to_string).collect(),
                }),
            }
        }
        ValueType::Text => json.as_str().map(Value::text).ok_or_else(wrong),
        ValueType::Color => color(json).ok_or_else(wrong),
        ValueType::Composite { fields } => composite(fields, json, wrong),
        ValueType::List { item, length_max } => {
            let items =
                json.as_array().filter(|a| length_max.is_none_or(|n| a.len() <= n)).ok_or_else(wrong)?;
            let parse = |(i, json)| {
                parse_json(item, json)
                    .map_err(|e| ValueError::Part { place: format!("item {i}"), error: Box::new(e) })
            };
            items.iter().enumerate().map(parse).collect::<Result<_, _>>().map(Value::List)
        }
    }
}

fn color(json: &Json) -> Option<Value> {
    let part = |name, most: f64| json.get(name)?.as_f64().filter(|n| (0.0..=most).contains(n));
    let (hue, saturation) = (part("hue", 360.0)?, part("saturation", 100.0)?);
    Some(Value::Color(Color { hue: hue % 360.0, saturation }))
}

fn composite(
    fields: &[PropertyDescription],
    json: &Json,
    wrong: impl Fn() -> ValueError,
) -> Result<Value, ValueError> {
    let object = json.as_object().ok_or_else(&wrong)?;
    let mut parts = BTreeMap::new();
    for (name, json) in object {
        let field = fields.iter().find(|field| field.name.as_str() == name).ok_or_else(&wrong)?;
        let part = parse_json(&field.value_type, json)
            .map_err(|e| ValueError::Part { place: name.clone(), error: Box::new(e) })?;
        parts.insert(Arc::from(name.as_str()), part);
    }
    Ok(Value::Composite(parts))
}

/// At most 60 characters of a JSON text, for messages.
fn shorten(json: &Json) -> String {
    let text = json.to_string();
    if text.chars().count() <= 60 { text } else { text.chars().take(59).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_bare_form_is_read_by_type_and_written_back_the_same() {
        let number = ValueType::Number { min: Some(5.0), max: Some(30.0), step: Some(0.5) };
        let mode = ValueType::Enum { values: vec!["heat".into(), "off".into()] };
        for (value_type, json) in [
            (ValueType::Binary, json!(true)),
            (ValueType::Switch, json!("on")),
            (number, json!(21.5)),
            (mode, json!("heat")),
            (ValueType::Text, json!("hello")),
            (ValueType::Color, json!({"hue": 30, "saturation": 80})),
            (ValueType::List { item: Box::new(ValueType::Text), length_max: None }, json!(["a", "b"])),
        ] {
            let value = value_type.parse_json(&json).unwrap();
            let back = value.to_json();
            assert_eq!(value_type.parse_json(&back).unwrap(), value, "{json}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_words() {
        let number = ValueType::Number { min: Some(5.0), max: Some(30.0), step: None };
        let mode = ValueType::Enum { values: vec!["heat".into(), "off".into()] };
        let say = |t: &ValueType, j: Json| t.parse_json(&j).unwrap_err().to_string();
        assert_eq!(say(&number, json!(31)), "31 is outside 5 to 30");
        assert_eq!(say(&number, json!("warm")), "expected a number from 5 to 30, got \"warm\"");
        assert_eq!(say(&mode, json!("cool")), "\"cool\" is none of heat, off");
        assert_eq!(say(&ValueType::Binary, json!(null)), "expected true or false, got null");
    }

    #[test]
    fn a_report_fulfils_a_wish_within_the_rounding_of_the_radio() {
        assert!(Value::Number(69.7).fulfils(&Value::Number(70.0), 0.5));
        assert!(!Value::Number(60.0).fulfils(&Value::Number(70.0), 0.5));
        let red = |hue| Value::Color(Color { hue, saturation: 90.0 });
        assert!(red(358.0).fulfils(&red(1.0), 0.0));
        assert!(!red(340.0).fulfils(&red(1.0), 0.0));
    }
}
