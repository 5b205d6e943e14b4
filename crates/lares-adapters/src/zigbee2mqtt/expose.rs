//! An *expose*: how Zigbee2MQTT describes one feature of a device. Read leniently: what has a wrong type or is
//! missing takes its default, so that one odd field never costs a device.
//!
//! Source: Zigbee2MQTT's documentation, "Exposes". Nothing is translated here.

use lares_model::{Access, Category};
use serde_json::Value as Json;

use super::text::shorten;

/// How deep features may nest; the deepest seen in the field is 6.
const DEPTH_MAX: usize = 16;

/// How many features are read on one level; the most seen in the field is 232.
const FEATURES_MAX: usize = 1000;

/// The `type` of an expose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExposeKind {
    Light,
    Switch,
    Cover,
    Lock,
    Climate,
    Fan,
    Numeric,
    Binary,
    Enum,
    Text,
    Composite,
    List,
    /// A type that this version does not know.
    Unknown,
}

impl ExposeKind {
    fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "switch" => Self::Switch,
            "cover" => Self::Cover,
            "lock" => Self::Lock,
            "climate" => Self::Climate,
            "fan" => Self::Fan,
            "numeric" => Self::Numeric,
            "binary" => Self::Binary,
            "enum" => Self::Enum,
            "text" => Self::Text,
            "composite" => Self::Composite,
            "list" => Self::List,
            _ => Self::Unknown,
        }
    }

    /// True for those that only group features and have no value of their own.
    pub(crate) fn is_group(self) -> bool {
        matches!(self, Self::Light | Self::Switch | Self::Cover | Self::Lock | Self::Climate | Self::Fan)
    }
}

/// One expose with everything below it.
#[derive(Clone, Debug)]
pub(crate) struct Expose {
    pub(crate) kind: ExposeKind,
    pub(crate) name: String,
    /// The key in the payload. May differ from the name, and two exposes may share one.
    pub(crate) property: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) access: Access,
    pub(crate) category: Option<Category>,
    pub(crate) unit: Option<String>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) step: Option<f64>,
    pub(crate) values: Vec<Json>,
    pub(crate) on: Option<Json>,
    pub(crate) off: Option<Json>,
    pub(crate) presets: Vec<(String, Json)>,
    pub(crate) features: Vec<Expose>,
    pub(crate) item: Option<Box<Expose>>,
    pub(crate) length_max: Option<usize>,
}

impl Expose {
    /// Reads a list of exposes; what is none of them is skipped.
    pub(crate) fn parse_all(json: &Json) -> Vec<Self> {
        parse_list(json, 0)
    }
}

fn parse_list(json: &Json, depth: usize) -> Vec<Expose> {
    let items = json.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().take(FEATURES_MAX).filter_map(|item| parse(item, depth)).collect()
}

fn parse(json: &Json, depth: usize) -> Option<Expose> {
    if depth > DEPTH_MAX || !json.is_object() {
        return None;
    }
    let text = |key: &str| json.get(key).and_then(Json::as_str);
    let number = |key: &str| json.get(key).and_then(Json::as_f64);
    let kind = ExposeKind::parse(text("type").unwrap_or_default());
    let name = text("name").or(text("property")).unwrap_or_default();
    let endpoint = text("endpoint").filter(|endpoint| !endpoint.is_empty());
    let property = match (text("property").filter(|property| !property.is_empty()), endpoint) {
        (Some(property), _) => property.to_owned(),
        (None, Some(endpoint)) => format!("{name}_{endpoint}"),
        (None, None) => name.to_owned(),
    };
    let (min, max) = range(number("value_min"), number("value_max"));
    let preset =
        |preset: &Json| Some((preset.get("name")?.as_str()?.to_owned(), preset.get("value")?.clone()));
    let array = |key: &str| json.get(key).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    Some(Expose {
        kind,
        name: shorten(name, 100),
        property,
        endpoint: endpoint.map(|endpoint| shorten(endpoint, 40)),
        label: shorten(text("label").unwrap_or_default(), 100),
        description: shorten(text("description").unwrap_or_default(), 500),
        access: access(json.get("access").and_then(Json::as_u64).unwrap_or(0)),
        category: match text("category") {
            Some("config") => Some(Category::Config),
            Some("diagnostic") => Some(Category::Diagnostic),
            _ => None,
        },
        unit: text("unit").map(str::trim).filter(|unit| !unit.is_empty()).map(|unit| shorten(unit, 20)),
        min,
        max,
        step: number("value_step").filter(|step| *step > 0.0),
        values: array("values").iter().take(FEATURES_MAX).cloned().collect(),
        on: json.get("value_on").cloned(),
        off: json.get("value_off").cloned(),
        presets: array("presets").iter().take(100).filter_map(preset).collect(),
        features: json.get("features").map(|list| parse_list(list, depth + 1)).unwrap_or_default(),
        item: json.get("item_type").and_then(|item| parse(item, depth + 1)).map(Box::new),
        length_max: json
            .get("length_max")
            .and_then(Json::as_u64)
            .and_then(|length| usize::try_from(length).ok()),
    })
}

/// Bit 1: published in the state, 2: can be set, 4: can be asked for.
fn access(bits: u64) -> Access {
    Access { readable: bits & 1 != 0, writable: bits & 2 != 0, gettable: bits & 4 != 0 }
}

/// Some ranges come swapped, and some with both ends alike, which says nothing.
fn range(min: Option<f64>, max: Option<f64>) -> (Option<f64>, Option<f64>) {
    match (min, max) {
        (Some(min), Some(max)) if min > max => (Some(max), Some(min)),
        (Some(min), Some(max)) if min >= max => (None, None),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn odd_fields_take_their_defaults() {
        let exposes = Expose::parse_all(&json!([
            7,
            {"type": "numeric", "name": "a", "value_min": 500, "value_max": 153, "access": "all", "unit": " "},
            {"type": "numeric", "name": "b", "endpoint": "l1", "value_min": 1, "value_max": 1, "access": 5},
            {"type": "hologram", "property": "c"},
        ]));
        assert_eq!(exposes.len(), 3);
        assert_eq!((exposes[0].min, exposes[0].max), (Some(153.0), Some(500.0)));
        assert_eq!(exposes[0].access, Access::default());
        assert_eq!(exposes[0].unit, None);
        assert_eq!(exposes[1].property, "b_l1");
        assert_eq!((exposes[1].min, exposes[1].max), (None, None));
        assert_eq!(exposes[1].access, Access { readable: true, writable: false, gettable: true });
        assert_eq!((exposes[2].kind, exposes[2].name.as_str()), (ExposeKind::Unknown, "c"));
    }

    #[test]
    fn nesting_is_bounded() {
        let mut deep = json!({"type": "composite", "name": "x", "features": []});
        for _ in 0..100 {
            deep = json!({"type": "composite", "name": "x", "features": [deep]});
        }
        let mut depth = 0;
        let exposes = Expose::parse_all(&json!([deep]));
        let mut at = exposes.first();
        while let Some(expose) = at {
            depth += 1;
            at = expose.features.first();
        }
        assert_eq!(depth, DEPTH_MAX + 1);
    }
}
