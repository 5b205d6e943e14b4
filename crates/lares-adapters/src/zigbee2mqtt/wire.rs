//! The wire form of one property's values: how a JSON value of Zigbee2MQTT becomes a typed value and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_model::{PropertyDescription, Value, ValueType};
use serde_json::Value as Json;

use super::color;
use super::number::NumberScale;

/// One property: its description in Lares, its key in the payload, and the form of its values there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WireProperty {
    /// The key in the device's JSON object, or in the composite's.
    pub(crate) key: String,
    pub(crate) description: PropertyDescription,
    pub(crate) wire: Wire,
    /// Presets that are no number of the range, by name: `previous` = 65535.
    pub(crate) special: Vec<(String, Json)>,
    /// The part of the device that it belongs to; decides what "all settings of the light" means.
    pub(crate) of_light: bool,
    /// A cover's position or tilt, which a user may have inverted in Zigbee2MQTT.
    pub(crate) of_cover: bool,
}

/// The form of values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wire {
    /// A number.
    Number(NumberScale),
    /// Two JSON values of any type, for true and false.
    Flag { on: Json, off: Json, switch: bool },
    /// Some words; on the wire they may be of any JSON type.
    Words(Vec<(Json, Arc<str>)>),
    /// Words that happen.
    Event(Vec<Arc<str>>),
    /// Any text.
    Text,
    /// A colour in one of its forms.
    Color,
    /// Named parts.
    Composite(Vec<WireProperty>),
    /// A sequence.
    List { item: Box<Wire>, length_max: Option<usize> },
}

impl Wire {
    /// The type of the values in Lares.
    pub(crate) fn value_type(&self) -> ValueType {
        match self {
            Self::Number(scale) => scale.value_type(),
            Self::Flag { switch: true, .. } => ValueType::Switch,
            Self::Flag { switch: false, .. } => ValueType::Binary,
            Self::Words(words) => {
                let mut values: Vec<Arc<str>> = Vec::new();
                for (_, word) in words {
                    if !values.contains(word) {
                        values.push(word.clone());
                    }
                }
                ValueType::Enum { values }
            }
            Self::Event(words) => ValueType::Event { values: words.clone() },
            Self::Text => ValueType::Text,
            Self::Color => ValueType::Color,
            Self::Composite(parts) => {
                ValueType::Composite { fields: parts.iter().map(|part| part.description.clone()).collect() }
            }
            Self::List { item, length_max } => {
                ValueType::List { item: Box::new(item.value_type()), length_max: *length_max }
            }
        }
    }

    /// Reads a value; `None` if it is not one of this form. Words that are not exposed are taken as they come,
    /// and numbers are not held to the range: what a device reports is a fact.
    pub(crate) fn decode(&self, json: &Json) -> Option<Value> {
        match self {
            Self::Number(scale) => scale.decode(json),
            Self::Flag { on, off, switch } => {
                let truth = flag(json, on, off)?;
                Some(if *switch { Value::Switch(truth) } else { Value::Binary(truth) })
            }
            Self::Words(words) => match words.iter().find(|(wire, _)| same(wire, json)) {
                Some((_, word)) => Some(Value::Enum(word.clone())),
                None => scalar_text(json).map(Value::Enum),
            },
            Self::Event(_) => None,
            Self::Text => scalar_text(json).map(Value::Text),
            Self::Color => color::decode(json),
            Self::Composite(parts) => {
                let object = json.as_object()?;
                let mut values = BTreeMap::new();
                for part in parts {
                    // A part that is missing, null or odd does not cost the others.
                    let value = object.get(&part.key).filter(|json| !json.is_null());
                    if let Some(value) = value.and_then(|json| part.wire.decode(json)) {
                        values.insert(Arc::from(part.description.name.as_str()), value);
                    }
                }
                Some(Value::Composite(values))
            }
            Self::List { item, .. } => {
                json.as_array()?.iter().map(|json| item.decode(json)).collect::<Option<_>>().map(Value::List)
            }
        }
    }

    /// Writes a value; `None` if it is not one of this form.
    pub(crate) fn encode(&self, value: &Value) -> Option<Json> {
        match (self, value) {
            (Self::Number(scale), Value::Number(n)) => scale.encode(*n),
            (Self::Flag { on, off, .. }, Value::Switch(truth) | Value::Binary(truth)) => {
                Some(if *truth { on.clone() } else { off.clone() })
            }
            (Self::Words(words), Value::Enum(word) | Value::Text(word)) => {
                words.iter().find(|(_, known)| known == word).map(|(wire, _)| wire.clone())
            }
            (Self::Text, Value::Text(text) | Value::Enum(text)) => Some(Json::from(&**text)),
            (Self::Color, Value::Color(value)) => Some(color::encode(value)),
            (Self::Composite(parts), Value::Composite(values)) => {
                let pair = |(name, value): (&Arc<str>, &Value)| {
                    let part = parts.iter().find(|part| part.description.name.as_str() == &**name)?;
                    Some((part.key.clone(), part.wire.encode(value)?))
                };
                values.iter().map(pair).collect::<Option<serde_json::Map<_, _>>>().map(Json::Object)
            }
            (Self::List { item, .. }, Value::List(values)) => {
                values.iter().map(|value| item.encode(value)).collect::<Option<_>>().map(Json::Array)
            }
            _ => None,
        }
    }

    /// What stands for "tell me" in a `get`.
    pub(crate) fn ask(&self) -> Json {
        match self {
            Self::Color => serde_json::json!({"x": "", "y": ""}),
            Self::Composite(parts) => parts.iter().map(|part| (part.key.clone(), part.wire.ask())).collect(),
            _ => Json::from(""),
        }
    }
}

/// The truth of a flag by its exposed values; else by the JSON booleans and the usual words, because some
/// converters publish another form than they expose.
fn flag(json: &Json, on: &Json, off: &Json) -> Option<bool> {
    if same(json, on) {
        return Some(true);
    }
    if same(json, off) {
        return Some(false);
    }
    let exposed_as_booleans = on.is_boolean() && off.is_boolean();
    match json {
        // With `contact` true means off; a plain boolean then says nothing of itself.
        Json::Bool(truth) if !exposed_as_booleans => Some(*truth),
        Json::String(text) if text.eq_ignore_ascii_case("on") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("off") => Some(false),
        _ => None,
    }
}

/// Equal, where 1 and 1.0 are.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::String(a), Json::String(b)) => a == b,
        _ => a == b,
    }
}

/// The text of a text, number or boolean.
pub(crate) fn scalar_text(json: &Json) -> Option<Arc<str>> {
    match json {
        Json::String(text) => Some(Arc::from(text.as_str())),
        Json::Number(number) => Some(Arc::from(number.to_string())),
        Json::Bool(truth) => Some(Arc::from(if *truth { "true" } else { "false" })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn flags_of_any_json_type_go_both_ways() {
        for (on, off) in [
            (json!("ON"), json!("OFF")),
            (json!(true), json!(false)),
            (json!(1), json!(0)),
            (json!("upside-down"), json!("normal")),
            (json!(["a"]), json!(null)),
        ] {
            let wire = Wire::Flag { on: on.clone(), off: off.clone(), switch: true };
            for (json, truth) in [(on, true), (off, false)] {
                let value = Value::Switch(truth);
                assert_eq!(wire.decode(&json), Some(value.clone()));
                assert_eq!(wire.encode(&value), Some(json));
            }
        }
    }

    #[test]
    fn an_inverted_flag_reads_its_own_values_only() {
        let contact = Wire::Flag { on: json!(false), off: json!(true), switch: false };
        assert_eq!(contact.decode(&json!(false)), Some(Value::Binary(true)));
        assert_eq!(contact.decode(&json!("false")), None);
    }

    #[test]
    fn words_may_be_numbers_on_the_wire_and_unknown_ones_are_kept() {
        let wire = Wire::Words(vec![(json!(1), "1".into()), (json!("OPEN"), "open".into())]);
        assert_eq!(wire.decode(&json!(1.0)), Some(Value::word("1")));
        assert_eq!(wire.encode(&Value::word("1")), Some(json!(1)));
        assert_eq!(wire.decode(&json!("OPEN")), Some(Value::word("open")));
        assert_eq!(wire.decode(&json!("ajar")), Some(Value::word("ajar")));
        assert_eq!(wire.encode(&Value::word("ajar")), None);
        assert_eq!(wire.decode(&json!({})), None);
    }
}
