//! Thing Descriptions, W3C Web of Things 1.1 (<https://www.w3.org/TR/wot-thing-description11/>). Pure: views in,
//! JSON out.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::api::view::{ActionView, DeviceView, FieldView, PropertyView, ShapeView};

/// What the id of a Thing begins with; the device's internal id follows.
pub const THING_ID_PREFIX: &str = "urn:lares:";

const CONTEXT: &str = "https://www.w3.org/2022/wot/td/v1.1";
const DISCOVERY_CONTEXT: &str = "https://www.w3.org/2022/wot/discovery";

/// The description of the list of Things, for discovery (<https://www.w3.org/TR/wot-discovery/>).
pub fn directory(base: &str) -> Json {
    let mut td = secured(json!([CONTEXT, DISCOVERY_CONTEXT]), base);
    td.insert("@type".into(), json!("ThingDirectory"));
    td.insert("id".into(), json!("urn:lares"));
    td.insert("title".into(), json!("Lares"));
    let form = json!({"href": "/things", "op": ["readproperty"], "contentType": "application/json"});
    let things = json!({
        "title": "All devices",
        "type": "array",
        "items": {"type": "object"},
        "readOnly": true,
        "forms": [form],
    });
    td.insert("properties".into(), json!({"things": things}));
    Json::Object(td)
}

/// The description of a device.
pub fn thing(base: &str, device: &DeviceView) -> Json {
    let at = format!("/things/{}", encode(&device.id));
    let mut td = secured(json!(CONTEXT), base);
    td.insert("id".into(), json!(format!("{THING_ID_PREFIX}{}", encode_urn(&device.key))));
    td.insert("title".into(), json!(device.name));
    if !device.description.is_empty() {
        td.insert("description".into(), json!(device.description));
    }
    let all = json!({"href": format!("{at}/properties"), "op": ["readallproperties"]});
    td.insert("forms".into(), json!([all]));
    td.insert("links".into(), json!([{"rel": "alternate", "href": at, "type": "application/td+json"}]));
    let (mut properties, mut events) = (Map::new(), Map::new());
    for (name, property) in &device.properties {
        if property.shape.r#type == "event" {
            events.insert(name.clone(), event(&at, name, property));
        } else {
            properties.insert(name.clone(), affordance(&at, name, property));
        }
    }
    let named = |item: &ActionView| (item.name.clone(), action(&at, device, item));
    td.insert("properties".into(), Json::Object(properties));
    td.insert("actions".into(), Json::Object(device.actions.iter().map(named).collect()));
    td.insert("events".into(), Json::Object(events));
    Json::Object(td)
}

fn secured(context: Json, base: &str) -> Map<String, Json> {
    let mut td = Map::new();
    td.insert("@context".into(), context);
    td.insert("base".into(), json!(base));
    let bearer = json!({"scheme": "bearer", "in": "header", "name": "Authorization", "format": "opaque"});
    td.insert("securityDefinitions".into(), json!({"bearer": bearer}));
    td.insert("security".into(), json!(["bearer"]));
    td
}

fn affordance(at: &str, name: &str, property: &PropertyView) -> Json {
    let href = format!("{at}/properties/{}", encode(name));
    let mut json = schema(&property.shape, property.unit.as_deref());
    json.insert("title".into(), json!(property.label));
    if !property.description.is_empty() {
        json.insert("description".into(), json!(property.description));
    }
    json.insert("readOnly".into(), json!(!property.writable));
    json.insert("writeOnly".into(), json!(!property.readable && property.writable));
    json.insert("observable".into(), json!(property.readable));
    let mut operations = Vec::new();
    if property.readable || !property.writable {
        operations.push("readproperty");
    }
    if property.writable {
        operations.push("writeproperty");
    }
    let mut forms = vec![json!({"href": href, "op": operations, "contentType": "application/json"})];
    if property.readable {
        forms.push(json!({
            "href": format!("{href}/observe"),
            "op": ["observeproperty", "unobserveproperty"],
            "subprotocol": "sse",
            "contentType": "application/json",
        }));
    }
    json.insert("forms".into(), json!(forms));
    Json::Object(json)
}

fn event(at: &str, name: &str, property: &PropertyView) -> Json {
    json!({
        "title": property.label,
        "data": schema(&property.shape, None),
        "forms": [{
            "href": format!("{at}/events/{}", encode(name)),
            "op": ["subscribeevent", "unsubscribeevent"],
            "subprotocol": "sse",
            "contentType": "application/json",
        }],
    })
}

fn action(at: &str, device: &DeviceView, action: &ActionView) -> Json {
    let form = json!({
        "href": format!("{at}/actions/{}", encode(&action.name)),
        "op": ["invokeaction"],
        "contentType": "application/json",
    });
    let mut json = Map::new();
    json.insert("title".into(), json!(action.name.replace('_', " ")));
    json.insert("safe".into(), json!(false));
    json.insert("idempotent".into(), json!(action.value.is_some()));
    if let (None, Some(property)) = (&action.value, device.properties.get(&action.property)) {
        json.insert("input".into(), Json::Object(schema(&property.shape, property.unit.as_deref())));
    }
    json.insert("forms".into(), json!([form]));
    Json::Object(json)
}

/// The data schema of a shape.
fn schema(shape: &ShapeView, unit: Option<&str>) -> Map<String, Json> {
    let mut json = Map::new();
    let kind = match shape.r#type.as_str() {
        "binary" => "boolean",
        "number" => "number",
        "color" | "composite" => "object",
        "list" => "array",
        _ => "string",
    };
    json.insert("type".into(), json!(kind));
    match shape.r#type.as_str() {
        "switch" => _ = json.insert("enum".into(), json!(["on", "off"])),
        "color" => {
            let part = |unit, most| json!({"type": "number", "unit": unit, "minimum": 0, "maximum": most});
            json.insert("properties".into(), json!({"hue": part("°", 360), "saturation": part("%", 100)}));
            json.insert("required".into(), json!(["hue", "saturation"]));
        }
        _ => {}
    }
    if let Some(values) = shape.values.as_ref().filter(|values| !values.is_empty()) {
        json.insert("enum".into(), json!(values));
    }
    for (key, value) in [("minimum", shape.min), ("maximum", shape.max)] {
        json.extend(value.map(|value| (key.to_owned(), number(value))));
    }
    json.extend(unit.map(|unit| ("unit".to_owned(), json!(unit))));
    if let Some(fields) = &shape.fields {
        let named = |field: &FieldView| {
            let mut json = schema(&field.shape, field.unit.as_deref());
            json.insert("title".into(), json!(field.label));
            (field.name.clone(), Json::Object(json))
        };
        json.insert("properties".into(), Json::Object(fields.iter().map(named).collect()));
    }
    if let Some(item) = &shape.item {
        json.insert("items".into(), Json::Object(schema(item, None)));
    }
    json
}

/// Whole numbers without a fraction.
fn number(value: f64) -> Json {
    lares_model::Value::Number(value).to_json()
}

/// A part of a path, percent-encoded (RFC 3986: all but unreserved characters).
pub fn encode(text: &str) -> String {
    percent(text, b"-._~")
}

/// As [`encode`], but colons stay, which a URN may hold.
fn encode_urn(text: &str) -> String {
    percent(text, b"-._~:")
}

fn percent(text: &str, kept: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
