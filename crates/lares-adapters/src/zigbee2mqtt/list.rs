//! The list of devices (`bridge/devices`): decoded apart from everything else, because it may hold 5,000
//! devices in 20 MB. What is byte for byte as before is not decoded again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use lares_model::{
    ActionDescription, AdapterId, DeviceDescription, DeviceId, DeviceKind, PropertyName, Value,
};
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::describe::properties;
use super::device::DeviceCodec;
use super::expose::Expose;
use super::kind::{kind_of, power_of};
use super::product::{is_no_name, product_name};
use super::text::shorten;
use super::wire::{Wire, WireProperty};
use super::{ADAPTER_ID, device_id};

/// Former devices by the hash of their JSON text.
pub(crate) type Fingerprints = HashMap<u64, Arc<DeviceCodec>>;

/// A decoded list.
#[derive(Debug, Default)]
pub(crate) struct DeviceList {
    /// All devices, without the coordinator.
    pub(crate) devices: Vec<Arc<DeviceCodec>>,
    /// For the next list.
    pub(crate) fingerprints: Fingerprints,
    /// Entries that could not be read: which, and why.
    pub(crate) problems: Vec<(Option<DeviceId>, String)>,
}

/// What is read of an entry. The type of each field is checked where it is used.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    ieee_address: Json,
    #[serde(default)]
    friendly_name: Json,
    #[serde(default, rename = "type")]
    device_type: Json,
    #[serde(default)]
    description: Json,
    #[serde(default)]
    manufacturer: Json,
    #[serde(default)]
    model_id: Json,
    #[serde(default)]
    power_source: Json,
    #[serde(default)]
    software_build_id: Json,
    #[serde(default)]
    disabled: Json,
    #[serde(default)]
    supported: Json,
    #[serde(default)]
    interview_state: Json,
    #[serde(default)]
    interview_completed: Json,
    #[serde(default)]
    interviewing: Json,
    #[serde(default)]
    definition: Option<Definition>,
}

#[derive(Default, Deserialize)]
struct Definition {
    #[serde(default)]
    model: Json,
    #[serde(default)]
    vendor: Json,
    #[serde(default)]
    description: Json,
    #[serde(default)]
    supports_ota: Json,
    #[serde(default)]
    exposes: Json,
}

/// Decodes a list. Entries that are as in `former` are taken over.
///
/// # Errors
/// In words, when the payload is no JSON array.
pub(crate) fn decode_devices(payload: &[u8], former: &Fingerprints) -> Result<DeviceList, String> {
    let entries: Vec<&RawValue> = serde_json::from_slice(payload).map_err(|error| {
        format!("Zigbee2MQTT sent a device list that cannot be read: {}", shorten(&error.to_string(), 120))
    })?;
    let mut list = DeviceList::default();
    list.devices.reserve(entries.len());
    for entry in entries {
        let fingerprint = fingerprint(entry.get());
        if let Some(codec) = former.get(&fingerprint) {
            list.devices.push(codec.clone());
            list.fingerprints.insert(fingerprint, codec.clone());
            continue;
        }
        match decode_entry(entry.get()) {
            Ok(None) => {}
            Ok(Some(codec)) => {
                let codec = Arc::new(codec);
                list.devices.push(codec.clone());
                list.fingerprints.insert(fingerprint, codec);
            }
            Err(problem) => list.problems.push(problem),
        }
    }
    Ok(list)
}

fn fingerprint(text: &str) -> u64 {
    // Fixed keys: the same over the life of the process, which is all that is asked of it.
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.write_usize(text.len());
    hasher.finish()
}

fn decode_entry(text: &str) -> Result<Option<DeviceCodec>, (Option<DeviceId>, String)> {
    let entry: Entry = serde_json::from_str(text).map_err(|error| {
        // Which device it is can often still be told.
        let address = text.split_once("\"ieee_address\":\"").and_then(|(_, rest)| rest.split('"').next());
        let which = address.filter(|address| address.len() <= 40);
        let error = shorten(&error.to_string(), 120);
        let name = which.unwrap_or("a device");
        (which.map(device_id), format!("the description of {name} cannot be read: {error}"))
    })?;
    let text = |json: &Json| json.as_str().map(str::trim).unwrap_or_default().to_owned();
    let address = text(&entry.ieee_address);
    if address.is_empty() || address.len() > 40 || address.contains(['/', '+', '#']) {
        let given = super::text::shorten_json(&entry.ieee_address);
        return Err((None, format!("a device in the list has no usable ieee_address: {given}")));
    }
    if entry.device_type.as_str() == Some("Coordinator") {
        return Ok(None);
    }
    let topic_name =
        Some(text(&entry.friendly_name)).filter(|name| !name.is_empty()).unwrap_or(address.clone());
    let (description, properties) = describe(&entry, &address, &topic_name);
    Ok(Some(DeviceCodec::new(topic_name, address, description, properties)))
}

fn describe(entry: &Entry, address: &str, name: &str) -> (DeviceDescription, Vec<WireProperty>) {
    let short = |json: &Json| shorten(json.as_str().unwrap_or_default().trim(), 200);
    let either =
        |a: &Json, b: &Json| Some(short(a)).filter(|text| !text.is_empty()).unwrap_or_else(|| short(b));
    let none = Definition::default();
    let definition = entry.definition.as_ref().unwrap_or(&none);
    let exposes = Expose::parse_all(&definition.exposes);
    let properties = properties(&exposes, definition.supports_ota.as_bool().unwrap_or(false));
    let words = format!("{} {}", short(&definition.description), short(&definition.model));
    let kind = kind_of(&exposes, &words);
    let manufacturer = either(&definition.vendor, &entry.manufacturer);
    let unnamed = is_no_name(name, address);
    let name = match unnamed {
        true => product_name(&manufacturer, &words, kind, &properties),
        false => shorten(name, 200),
    };
    let description = DeviceDescription {
        id: device_id(address),
        adapter: AdapterId::new(ADAPTER_ID),
        name,
        unnamed,
        kind,
        power: power_of(&short(&entry.power_source), &short(&entry.device_type), &exposes),
        manufacturer,
        model: either(&definition.model, &entry.model_id),
        description: either(&entry.description, &definition.description),
        firmware: short(&entry.software_build_id),
        suggested_room: None,
        not_ready: not_ready(entry),
        actions: actions(&properties),
        properties: properties.iter().map(|property| property.description.clone()).collect(),
        virtual_device: false,
        members: Vec::new(),
    };
    (description, properties)
}

/// Why a device cannot be used (in full), or empty.
fn not_ready(entry: &Entry) -> String {
    let is = |json: &Json, wanted: bool| json.as_bool() == Some(wanted);
    if is(&entry.disabled, true) {
        return "disabled in Zigbee2MQTT".into();
    }
    // `interview_state` since 2.0, the two flags before.
    match entry.interview_state.as_str() {
        Some("FAILED") => return "its interview failed; wake it up and interview it again".into(),
        Some("PENDING" | "IN_PROGRESS") => return "its interview is not complete".into(),
        Some(_) => {}
        None if is(&entry.interviewing, true) => return "its interview is not complete".into(),
        None if is(&entry.interview_completed, false) => return "its interview is not complete".into(),
        None => {}
    }
    // A definition generated from what the device says of itself works, if only in part.
    if entry.definition.is_none() && is(&entry.supported, false) {
        return "Zigbee2MQTT does not support this model".into();
    }
    String::new()
}

/// Named writes: the commands of covers, and properties that can only be written.
pub(crate) fn actions(properties: &[WireProperty]) -> Vec<ActionDescription> {
    let mut actions = Vec::new();
    for property in properties {
        let description = &property.description;
        let Wire::Words(words) = &property.wire else { continue };
        if !description.access.writable {
            continue;
        }
        let mut push = |name: String, value: Option<Value>| {
            actions.push(ActionDescription { name, property: PropertyName::clone(&description.name), value });
        };
        if description.base.as_str() == "movement" {
            let suffix = description.name.as_str().strip_prefix("movement").unwrap_or_default();
            for (_, word) in words {
                push(format!("{word}{suffix}"), Some(Value::Enum(word.clone())));
            }
        } else if !description.access.readable {
            let only = words.first().filter(|_| words.len() == 1);
            push(description.name.to_string(), only.map(|(_, word)| Value::Enum(word.clone())));
        }
    }
    actions
}

/// What a group of these kinds is.
pub(crate) fn common_kind(kinds: &[DeviceKind]) -> DeviceKind {
    match kinds {
        [first, rest @ ..] if rest.iter().all(|kind| kind == first) => *first,
        _ => DeviceKind::Switch,
    }
}
