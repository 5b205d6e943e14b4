//! The codec of one device or group: state payloads into reports, commands and questions into payloads.

use std::collections::HashMap;
use std::sync::Arc;

use lares_model::{
    Category, Command, DeviceDescription, DeviceId, Millis, Power, PropertyName, Report, Value,
};
use serde_json::{Map, Value as Json};

use super::number::number;
use super::text::{shorten, shorten_json};
use super::wire::{Wire, WireProperty};

/// What one state message said.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// What could be understood; `None` if nothing was said.
    pub(crate) report: Option<Report>,
    /// What could not, by property if that is known; bounded words.
    pub(crate) problems: Vec<(Option<PropertyName>, String)>,
}

/// Translates for one device or group. Built from its description; holds no state.
#[derive(Debug)]
pub(crate) struct DeviceCodec {
    /// The name of its state topic: the friendly name, in full.
    pub(crate) topic_name: String,
    /// Where its commands go: the IEEE address of a device (it survives a rename), the name of a group.
    pub(crate) target: String,
    pub(crate) description: Arc<DeviceDescription>,
    pub(crate) properties: Vec<WireProperty>,
    by_key: HashMap<String, usize>,
    by_name: HashMap<PropertyName, usize>,
}

impl DeviceCodec {
    pub(crate) fn new(
        topic_name: String,
        target: String,
        description: DeviceDescription,
        properties: Vec<WireProperty>,
    ) -> Self {
        let by_key = properties.iter().enumerate().map(|(at, p)| (p.key.clone(), at)).collect();
        let by_name = properties.iter().enumerate().map(|(at, p)| (p.description.name.clone(), at)).collect();
        Self { topic_name, target, description: Arc::new(description), properties, by_key, by_name }
    }

    pub(crate) fn id(&self) -> &DeviceId {
        &self.description.id
    }

    /// The property that a key of the payload stands for.
    pub(crate) fn property_of_key(&self, key: &str) -> Option<&PropertyName> {
        self.by_key.get(key).map(|&at| &self.properties[at].description.name)
    }

    /// Reads a state message. A key that is not exposed is passed over: such keys are technical
    /// (`philips_raw`, `device`, `last_seen`), change with every message, and their meaning is not stated
    /// anywhere. A value that does not fit costs only itself. `inverted` says that the user inverted this
    /// cover in Zigbee2MQTT, so that 100 there means closed.
    pub(crate) fn decode(&self, payload: &[u8], retained: bool, inverted: bool) -> Decoded {
        let mut decoded = Decoded::default();
        // A cleared topic.
        if payload.is_empty() {
            return decoded;
        }
        let object = match serde_json::from_slice::<Json>(payload) {
            Ok(Json::Object(object)) => object,
            Ok(other) => {
                decoded.problems.push((
                    None,
                    self.problem(&format!("sent {} instead of an object", shorten_json(&other))),
                ));
                return decoded;
            }
            Err(error) => {
                let error = shorten(&error.to_string(), 120);
                decoded.problems.push((None, self.problem(&format!("sent what is no JSON: {error}"))));
                return decoded;
            }
        };
        let mut report = Report { retained, ..Report::default() };
        for (key, json) in &object {
            if let Some(&at) = self.by_key.get(key) {
                self.decode_property(
                    &self.properties[at],
                    json,
                    inverted,
                    &mut report,
                    &mut decoded.problems,
                );
            }
        }
        // A message without any exposed key still says that the device is there.
        decoded.report = Some(report);
        decoded
    }

    fn decode_property(
        &self,
        property: &WireProperty,
        json: &Json,
        inverted: bool,
        report: &mut Report,
        problems: &mut Vec<(Option<PropertyName>, String)>,
    ) {
        let name = &property.description.name;
        if let Wire::Event(_) = property.wire {
            // In a retained message it would be a phantom press; an empty one is the legacy "nothing".
            if let Some(word) = json.as_str().filter(|word| !word.is_empty() && !report.retained) {
                report.happened.push((name.clone(), Arc::from(shorten(word, 200))));
            }
            return;
        }
        if !property.description.access.readable {
            return;
        }
        if json.is_null() || property.special.iter().any(|(_, special)| special == json) {
            // "previous" and the like: no value of its own.
            report.values.insert(name.clone(), None);
            return;
        }
        match property.wire.decode(json) {
            Some(value) => {
                let value = if property.of_cover && inverted { invert(value) } else { value };
                report.values.insert(name.clone(), Some(value));
            }
            None => {
                let expected = property.wire.value_type().in_words();
                let expected = match &property.wire {
                    Wire::Flag { on, off, .. } => format!("{} or {}", shorten_json(on), shorten_json(off)),
                    Wire::Color => "a colour as xy or hue and saturation".into(),
                    _ => shorten(&expected, 200),
                };
                let text = format!("sent {} for {name}; expected {expected}", shorten_json(json));
                problems.push((Some(name.clone()), self.problem(&text)));
            }
        }
    }

    /// The payload of a command.
    ///
    /// # Errors
    /// In words, when a property is not known, cannot be written, or the value does not fit.
    pub(crate) fn set_payload(&self, command: &Command, inverted: bool) -> Result<Vec<u8>, String> {
        let mut object = Map::new();
        let mut fades = false;
        for (name, value) in &command.values {
            let property = self.by_name.get(name).map(|&at| &self.properties[at]);
            let property = property.ok_or_else(|| self.problem(&format!("has no property {name}")))?;
            if !property.description.access.writable {
                return Err(self.problem(&format!("does not let {name} be set")));
            }
            let json = encode_property(property, value, inverted).map_err(|reason| self.problem(&reason))?;
            fades |= property.of_light && property.description.category == Category::Main;
            object.insert(property.key.clone(), json);
        }
        if object.is_empty() {
            return Err(self.problem("was commanded nothing"));
        }
        if let Some(Millis(ms)) = command.transition.filter(|transition| fades && transition.0 > 0) {
            #[expect(clippy::cast_precision_loss, reason = "a transition is no more than hours")]
            object.insert("transition".into(), number(ms as f64 / 1000.0).unwrap_or_default());
        }
        serde_json::to_vec(&Json::Object(object)).map_err(|error| self.problem(&error.to_string()))
    }

    /// The payload of a question for these properties; `None` if none of them can be asked for.
    pub(crate) fn get_payload(&self, names: &[PropertyName]) -> Option<Vec<u8>> {
        let asked = names.iter().filter_map(|name| {
            let property = self.by_name.get(name).map(|&at| &self.properties[at])?;
            property.description.access.gettable.then(|| (property.key.clone(), property.wire.ask()))
        });
        let object: Map<_, _> = asked.collect();
        if object.is_empty() { None } else { serde_json::to_vec(&Json::Object(object)).ok() }
    }

    /// What to ask for after a gap: what the device is for, if it can answer without waking up. Composites
    /// need arguments of their own to be asked for.
    pub(crate) fn refreshable(&self) -> Vec<PropertyName> {
        if self.description.power == Power::Battery || !self.description.not_ready.is_empty() {
            return Vec::new();
        }
        let wanted = |property: &&WireProperty| {
            let description = &property.description;
            description.access.gettable
                && description.access.readable
                && description.category == Category::Main
                && !matches!(property.wire, Wire::Composite(_) | Wire::List { .. })
        };
        self.properties.iter().filter(wanted).map(|property| property.description.name.clone()).collect()
    }

    fn problem(&self, text: &str) -> String {
        format!("{} {text}", shorten(&self.description.name, 60))
    }
}

fn encode_property(property: &WireProperty, value: &Value, inverted: bool) -> Result<Json, String> {
    let name = &property.description.name;
    // A preset that is no number of the range, by its name.
    if let Some(word) = value.as_text()
        && let Some((_, json)) = property.special.iter().find(|(preset, _)| preset == word)
    {
        return Ok(json.clone());
    }
    property.description.value_type.check(value).map_err(|error| format!("cannot take {name}: {error}"))?;
    let value = if property.of_cover && inverted { invert(value.clone()) } else { value.clone() };
    property.wire.encode(&value).ok_or_else(|| format!("cannot take {value} for {name}"))
}

fn invert(value: Value) -> Value {
    match value {
        Value::Number(percent) => Value::Number(100.0 - percent),
        other => other,
    }
}
