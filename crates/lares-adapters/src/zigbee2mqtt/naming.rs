//! Names: what an expose is called in the vocabulary of Lares, and how two of one name are told apart.
//!
//! A canonical name is given only where type and dimension fit what the vocabulary says of it, so that a rule
//! may rely on both. What does not fit, and what has no canonical name, keeps its own in `snake_case`.

use std::collections::BTreeSet;

use lares_model::{CanonicalProperty, Unit, ValueType, canonical};

use super::expose::{Expose, ExposeKind};
use super::text::{endpoint_suffix, snake};

/// Names of Zigbee2MQTT that Lares calls otherwise, wherever they stand.
const RENAMED: &[(&str, &str)] = &[
    ("ac_frequency", "frequency"),
    ("color_hs", "color"),
    ("color_temp", "color_temperature"),
    ("color_xy", "color"),
    ("contact", "open"),
    ("linkquality", "link_quality"),
    ("local_temperature", "temperature"),
    ("occupancy", "motion"),
    ("running_state", "hvac_action"),
    ("system_mode", "hvac_mode"),
];

/// Setpoints in the order in which they are taken for the active one.
const HEATING_SETPOINTS: &[&str] = &["occupied_heating_setpoint", "current_heating_setpoint"];
const COOLING_SETPOINT: &str = "occupied_cooling_setpoint";

/// The canonical property that an expose stands for, if its type and unit fit. `heats` says whether the
/// device has a heating setpoint; without one, the cooling setpoint is the target temperature.
pub(crate) fn canonical_of(context: ExposeKind, expose: &Expose, heats: bool) -> Option<CanonicalProperty> {
    let name = expose.name.as_str();
    let wanted = match (context, name) {
        (ExposeKind::Cover, "state") => "movement",
        (ExposeKind::Lock, "state") => "lock",
        (ExposeKind::Fan, "mode") => "fan_mode",
        (_, "state") if words_are(expose, &["lock", "unlock"]) => "lock",
        (_, "state") if expose.kind == ExposeKind::Enum && words_are(expose, &["open", "close", "stop"]) => {
            "movement"
        }
        _ if HEATING_SETPOINTS.contains(&name) && expose.access.writable => "target_temperature",
        (_, COOLING_SETPOINT) if expose.access.writable && heats => "target_temperature_cooling",
        (_, COOLING_SETPOINT) if expose.access.writable => "target_temperature",
        _ => RENAMED.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| to),
    };
    canonical(wanted).filter(|property| fits(property, expose))
}

/// True if an expose is a heating setpoint that can be set.
pub(crate) fn is_heating_setpoint(expose: &Expose) -> bool {
    HEATING_SETPOINTS.contains(&expose.name.as_str()) && expose.access.writable
}

fn fits(property: &CanonicalProperty, expose: &Expose) -> bool {
    match (&property.value_type, expose.kind) {
        (ValueType::Number { .. }, ExposeKind::Numeric) => unit_fits(property, expose),
        (ValueType::Switch, ExposeKind::Binary) => !has_own_words(expose),
        (ValueType::Binary, ExposeKind::Binary)
        | (ValueType::Enum { .. } | ValueType::Event { .. }, ExposeKind::Enum)
        | (ValueType::Text | ValueType::Event { .. }, ExposeKind::Text)
        | (ValueType::Color, ExposeKind::Composite) => true,
        _ => false,
    }
}

/// No unit is taken for the right one; `mired` and a lamp's raw brightness have scales of their own.
fn unit_fits(property: &CanonicalProperty, expose: &Expose) -> bool {
    match (property.name, expose.unit.as_deref(), &property.unit) {
        (_, None, _) | (_, _, None) | ("color_temperature", Some("mired"), _) | ("rssi", _, _) => true,
        (_, Some(from), Some(to)) => Unit::clean(from).convert(0.0, to).is_some(),
    }
}

/// True if both values of a binary are words that say more than yes and no: `horizontal` and `vertical`.
pub(crate) fn has_own_words(expose: &Expose) -> bool {
    const YES_OR_NO: &[&str] = &[
        "on", "off", "true", "false", "enable", "disable", "enabled", "disabled", "yes", "no", "open",
        "close", "closed", "lock", "unlock", "locked", "unlocked", "active", "inactive", "1", "0", "",
    ];
    let own = |json: &Option<serde_json::Value>| {
        json.as_ref()
            .and_then(serde_json::Value::as_str)
            .is_some_and(|word| !YES_OR_NO.iter().any(|known| known.eq_ignore_ascii_case(word)))
    };
    expose.kind == ExposeKind::Binary && own(&expose.on) && own(&expose.off)
}

/// True if all of an expose's words are among these, in any case, and it has some.
fn words_are(expose: &Expose, known: &[&str]) -> bool {
    let words = expose.values.iter().chain(&expose.on).chain(&expose.off);
    let mut any = false;
    for word in words {
        any = true;
        let Some(word) = word.as_str() else { return false };
        if !known.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            return false;
        }
    }
    any
}

/// The names that are given so far on one device, or in one composite.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// A name for an expose: `(base, name)`. The canonical one if it is free; else its key in the payload, such as
    /// `fan_state` of a lamp with a fan, still with the canonical base; else its own name; else a numbered one.
    pub(crate) fn take(&mut self, canonical_name: Option<&str>, expose: &Expose) -> (String, String) {
        let own = own_name(expose);
        let key = snake(&expose.property);
        let suffix = expose.endpoint.as_deref().map(endpoint_suffix).unwrap_or_default();
        let with_endpoint = |base: &str| match suffix.as_str() {
            "" => base.to_owned(),
            suffix => format!("{base}_{suffix}"),
        };
        // A key that would be mistaken for another canonical property is no choice.
        let by_key = |base: &str| (canonical(&key).is_none()).then(|| (base.to_owned(), key.clone()));
        let choices = [
            canonical_name.map(|base| (base.to_owned(), with_endpoint(base))),
            canonical_name.and_then(by_key),
            Some((own.clone(), with_endpoint(&own))),
            by_key(&own),
        ];
        for (base, name) in choices.into_iter().flatten() {
            if self.0.insert(name.clone()) {
                return (base, name);
            }
        }
        let stem = with_endpoint(&own);
        let mut number = 2_usize;
        let mut name = format!("{stem}_{number}");
        while !self.0.insert(name.clone()) {
            number += 1;
            name = format!("{stem}_{number}");
        }
        (own, name)
    }
}

/// The source's name in `snake_case`, changed where it would be mistaken for a canonical property of another
/// type or dimension: a `noise` that is true or false becomes `noise_detected`.
fn own_name(expose: &Expose) -> String {
    let raw = if expose.name.is_empty() { &expose.property } else { &expose.name };
    let name = match raw.as_str() {
        "color_temp_startup" => return "color_temperature_startup".into(),
        raw => snake(raw),
    };
    let Some(property) = canonical(&name) else { return name };
    if fits(&property, expose) {
        return name;
    }
    match (expose.kind, expose.unit.as_deref()) {
        (ExposeKind::Numeric, Some(unit)) => format!("{name}_{}", unit_word(unit)),
        (ExposeKind::Numeric, None) => format!("{name}_level"),
        (ExposeKind::Enum | ExposeKind::Text | ExposeKind::Binary, _) if name == "state" => "status".into(),
        (ExposeKind::Binary, _) => format!("{name}_detected"),
        (ExposeKind::Enum | ExposeKind::Text, _) => format!("{name}_state"),
        _ => format!("{name}_settings"),
    }
}

fn unit_word(unit: &str) -> String {
    match Unit::clean(unit).as_str() {
        "%" => "percent".into(),
        "µg/m³" => "ug_m3".into(),
        "m³" => "m3".into(),
        other => snake(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn expose(json: &Json) -> Expose {
        Expose::parse_all(&json!([json])).remove(0)
    }

    #[test]
    fn a_canonical_name_needs_the_type_and_dimension_of_the_vocabulary() {
        let any = ExposeKind::Unknown;
        for (context, json, name) in [
            (any, json!({"type": "numeric", "name": "voltage", "unit": "mV"}), Some("voltage")),
            (any, json!({"type": "numeric", "name": "voc", "unit": "ppm"}), Some("voc")),
            (any, json!({"type": "numeric", "name": "voc", "unit": "µg/m³"}), None),
            (any, json!({"type": "numeric", "name": "humidity"}), Some("humidity")),
            (any, json!({"type": "numeric", "name": "illuminance", "unit": "%"}), None),
            (any, json!({"type": "binary", "name": "noise"}), None),
            (any, json!({"type": "binary", "name": "contact"}), Some("open")),
            (
                any,
                json!({"type": "binary", "name": "state", "value_on": "work", "value_off": "preparation"}),
                None,
            ),
            (
                any,
                json!({"type": "binary", "name": "state", "value_on": "UNLOCK", "value_off": "LOCK"}),
                Some("lock"),
            ),
            (
                any,
                json!({"type": "enum", "name": "state", "values": ["open", "stop", "close"]}),
                Some("movement"),
            ),
            (any, json!({"type": "enum", "name": "state", "values": ["idle", "ring"]}), None),
            (
                ExposeKind::Cover,
                json!({"type": "enum", "name": "state", "values": ["OPEN"]}),
                Some("movement"),
            ),
            (ExposeKind::Fan, json!({"type": "enum", "name": "mode"}), Some("fan_mode")),
            (any, json!({"type": "enum", "name": "mode"}), None),
        ] {
            let found = canonical_of(context, &expose(&json), false).map(|property| property.name);
            assert_eq!(found, name, "{json}");
        }
    }

    #[test]
    fn no_two_properties_share_a_name() {
        let mut names = Names::default();
        let mut take = |canonical: Option<&str>, json: Json| names.take(canonical, &expose(&json)).1;
        let climate = json!({"type": "numeric", "name": "local_temperature", "unit": "°C"});
        assert_eq!(take(Some("temperature"), climate.clone()), "temperature");
        assert_eq!(take(Some("temperature"), climate.clone()), "local_temperature");
        let fan = json!({"type": "binary", "name": "state", "property": "fan_state"});
        assert_eq!(take(Some("state"), json!({"type": "binary", "name": "state"})), "state");
        assert_eq!(take(Some("state"), fan), "fan_state");
        assert_eq!(take(Some("temperature"), climate), "local_temperature_2");
        assert_eq!(
            take(Some("state"), json!({"type": "binary", "name": "state", "endpoint": "1"})),
            "state_1"
        );
        assert_eq!(take(None, json!({"type": "binary", "name": "noise"})), "noise_detected");
        assert_eq!(take(None, json!({"type": "numeric", "name": "voc", "unit": "µg/m³"})), "voc_ug_m3");
        assert_eq!(take(None, json!({"type": "enum", "name": "state"})), "status");
    }
}
