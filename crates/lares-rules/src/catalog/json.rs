//! The catalog of a home from the JSON of `lares devices --format json` and `GET /api/v1/devices`.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_model::{Access, DeviceId, DeviceKind, PropertyDescription, Room, RoomId, Unit, ValueType};
use serde_json::Value as Json;

use super::{CatalogDevice, HomeCatalog, bare_device, bare_property};

/// How deep composites and lists may be nested.
const DEPTH_MAX: usize = 16;

/// Reads the list of devices. Only `id` and `properties` with `type` are needed of each; the rest has defaults. The
/// list is taken for all that there is. Time zone and place are not in it.
///
/// # Errors
/// In words, with the place in the document, when it is not such a list.
pub fn from_devices_json(json: &Json) -> Result<HomeCatalog, String> {
    let list = json.as_array().ok_or("expected a list of devices")?;
    let mut catalog = HomeCatalog { complete: true, ..HomeCatalog::default() };
    let mut rooms: BTreeMap<String, Room> = BTreeMap::new();
    for (index, json) in list.iter().enumerate() {
        let device = device(json).map_err(|error| format!("in device {index}: {error}"))?;
        if let Some(room) = &device.room {
            rooms.entry(room.to_string()).or_insert_with(|| Room {
                id: room.clone(),
                name: room.to_string(),
                labels: strings(json.get("room_labels")),
            });
        }
        catalog.devices.insert(device.description.id.clone(), device);
    }
    catalog.rooms = rooms.into_values().collect();
    Ok(catalog)
}

fn device(json: &Json) -> Result<CatalogDevice, String> {
    let slug = json.get("id").and_then(Json::as_str).ok_or("it has no id")?;
    let name = json.get("name").and_then(Json::as_str).unwrap_or(slug);
    let kind = json.get("kind").and_then(Json::as_str).unwrap_or("other");
    let kind = DeviceKind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap_or_default();
    let properties = json.get("properties").and_then(Json::as_object).ok_or("it has no properties")?;
    let properties = properties
        .iter()
        .map(|(name, json)| property(name, json, 0).map_err(|error| format!("{slug}.{name}: {error}")))
        .collect::<Result<Vec<_>, _>>()?;
    let id = DeviceId::new(json.get("key").and_then(Json::as_str).unwrap_or(slug));
    let adapter = json.get("source").and_then(Json::as_str).unwrap_or("unknown");
    let description = bare_device(id, adapter, name, kind, properties);
    let room = json.get("room").and_then(Json::as_str).map(RoomId::from);
    Ok(CatalogDevice {
        slug: slug.to_owned(),
        name: name.to_owned(),
        room,
        description: Arc::new(description),
    })
}

fn property(name: &str, json: &Json, depth: usize) -> Result<PropertyDescription, String> {
    let endpoint = json.get("endpoint").and_then(Json::as_str);
    let base = endpoint.and_then(|endpoint| name.strip_suffix(endpoint)?.strip_suffix('_')).unwrap_or(name);
    let flag = |key: &str, default: bool| json.get(key).and_then(Json::as_bool).unwrap_or(default);
    let label = json.get("label").and_then(Json::as_str).unwrap_or(name);
    let access =
        Access { readable: flag("readable", true), writable: flag("writable", false), gettable: false };
    Ok(PropertyDescription {
        base: base.into(),
        unit: json.get("unit").and_then(Json::as_str).map(Unit::clean),
        endpoint: endpoint.map(Arc::from),
        ..bare_property(name, label, value_type(json, depth)?, access)
    })
}

fn value_type(json: &Json, depth: usize) -> Result<ValueType, String> {
    if depth > DEPTH_MAX {
        return Err("nested too deep".into());
    }
    let number = |key: &str| json.get(key).and_then(Json::as_f64);
    let words = || strings(json.get("values")).iter().map(|word| Arc::from(word.as_str())).collect();
    Ok(match json.get("type").and_then(Json::as_str).ok_or("it has no type")? {
        "binary" => ValueType::Binary,
        "switch" => ValueType::Switch,
        "number" => ValueType::Number { min: number("min"), max: number("max"), step: number("step") },
        "enum" => ValueType::Enum { values: words() },
        "event" => ValueType::Event { values: words() },
        "text" => ValueType::Text,
        "color" => ValueType::Color,
        "composite" => {
            let fields = json.get("fields").and_then(Json::as_array).cloned().unwrap_or_default();
            let field = |json: &Json| {
                let name = json.get("name").and_then(Json::as_str).ok_or("a part has no name")?;
                property(name, json, depth + 1)
            };
            ValueType::Composite { fields: fields.iter().map(field).collect::<Result<_, _>>()? }
        }
        "list" => {
            let item = json.get("item").ok_or("the list does not say what is in it")?;
            ValueType::List { item: Box::new(value_type(item, depth + 1)?), length_max: None }
        }
        other => return Err(format!("there is no type \"{}\"", crate::suggest::shorten(other))),
    })
}

fn strings(json: Option<&Json>) -> Vec<String> {
    let items = json.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_list_of_devices_becomes_a_catalog() {
        let catalog = from_devices_json(&json!([
            {"id": "wall", "key": "zigbee:0x1", "name": "Wall", "room": "hall", "kind": "switch", "properties": {
                "state_left": {"type": "switch", "endpoint": "left", "writable": true, "readable": true},
                "mode": {"type": "enum", "values": ["a", "b"]},
                "power": {"type": "number", "unit": "w", "min": 0, "max": 10}
            }}
        ]))
        .unwrap();
        let device = &catalog.devices["zigbee:0x1"];
        assert_eq!(device.description.property("state_left").unwrap().base.as_str(), "state");
        assert_eq!(device.description.property("power").unwrap().unit, Some(Unit::clean("W")));
        assert_eq!(catalog.rooms[0].id.as_str(), "hall");
        assert!(catalog.complete);
    }

    #[test]
    fn what_is_no_list_of_devices_is_refused_with_its_place() {
        for (json, said) in [
            (json!({}), "expected a list of devices"),
            (json!([{}]), "in device 0: it has no id"),
            (json!([{"id": "a", "properties": {"p": {}}}]), "in device 0: a.p: it has no type"),
            (
                json!([{"id": "a", "properties": {"p": {"type": "x"}}}]),
                "in device 0: a.p: there is no type \"x\"",
            ),
        ] {
            assert_eq!(from_devices_json(&json).unwrap_err(), said);
        }
    }
}
