//! From exposes to properties: flattens the groups, gives names, and finds the wire form of each.

use std::collections::HashMap;
use std::sync::Arc;

use lares_model::{
    Access, CanonicalProperty, Category, PropertyDescription, PropertyName, Unit, Value, canonical,
};
use serde_json::{Value as Json, json};

use super::expose::{Expose, ExposeKind};
use super::naming::{Names, canonical_of, has_own_words, is_heating_setpoint};
use super::number::NumberScale;
use super::text::snake;
use super::wire::{Wire, WireProperty, scalar_text};

/// How many properties one device may have.
const PROPERTIES_MAX: usize = 500;

/// Something under a name.
type Named<T> = (String, T);

/// An expose that has a value, with the group that it stood in.
struct Leaf<'a> {
    expose: &'a Expose,
    context: ExposeKind,
}

/// All properties of a device, in the order of its exposes. No two share a name or a key.
pub(crate) fn properties(exposes: &[Expose], updatable: bool) -> Vec<WireProperty> {
    let mut leaves = Vec::new();
    for expose in exposes {
        flatten(expose, ExposeKind::Unknown, &mut leaves);
    }
    leaves.truncate(PROPERTIES_MAX);
    let heats = leaves.iter().any(|leaf| is_heating_setpoint(leaf.expose));
    let has_position = leaves.iter().any(|leaf| leaf.expose.name == "position");

    // What stands in a group chooses its name first: of a thermostat's two temperatures the room's is `temperature`.
    let mut order: Vec<usize> = (0..leaves.len()).collect();
    order.sort_by_key(|&at| leaves[at].context == ExposeKind::Unknown);
    let mut names = Names::default();
    let mut built: Vec<(usize, WireProperty)> = Vec::new();
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    for at in order {
        let leaf = &leaves[at];
        if let Some(&former) = by_key.get(leaf.expose.property.as_str()) {
            merge(&mut built[former].1, leaf);
            continue;
        }
        let named = canonical_of(leaf.context, leaf.expose, heats);
        let mut property = property(leaf, named.as_ref(), &mut names);
        if property.description.base.as_str() == "movement" && has_position {
            // Zigbee2MQTT reports OPEN for everything but fully closed; where there is a position, that is the
            // state, and open/close/stop are only commands.
            property.description.access.readable = false;
            property.description.access.gettable = false;
        }
        by_key.insert(&leaf.expose.property, built.len());
        built.push((at, property));
    }
    built.sort_by_key(|(at, _)| *at);
    let mut properties: Vec<_> = built.into_iter().map(|(_, property)| property).collect();
    add_color_mode(&mut properties, &mut names);
    if updatable && !properties.iter().any(|property| property.key == "update") {
        properties.push(update(&mut names));
    }
    properties
}

fn flatten<'a>(expose: &'a Expose, context: ExposeKind, leaves: &mut Vec<Leaf<'a>>) {
    if expose.kind.is_group() {
        for feature in &expose.features {
            flatten(feature, expose.kind, leaves);
        }
    } else if expose.property.is_empty() {
        for feature in &expose.features {
            flatten(feature, context, leaves);
        }
    } else {
        leaves.push(Leaf { expose, context });
    }
}

/// One more expose of a key that is known: it adds what can be done with it, and words.
fn merge(property: &mut WireProperty, leaf: &Leaf<'_>) {
    let access = &mut property.description.access;
    let more = leaf.expose.access;
    access.readable |= more.readable;
    access.writable |= more.writable;
    access.gettable |= more.gettable;
    if let Wire::Words(words) = &mut property.wire
        && leaf.expose.kind == ExposeKind::Enum
    {
        for (wire, word) in words_of(leaf.expose) {
            if !words.iter().any(|(_, known)| *known == word) {
                words.push((wire, word));
            }
        }
        property.description.value_type = property.wire.value_type();
    }
}

fn property(leaf: &Leaf<'_>, named: Option<&CanonicalProperty>, names: &mut Names) -> WireProperty {
    let expose = leaf.expose;
    let (base, name) = names.take(named.map(|property| property.name), expose);
    let named = named.filter(|property| property.name == base);
    let (wire, unit) = wire_of(leaf.context, expose, &base, named);
    let (presets, special) = presets(expose, &wire);
    let mut access = expose.access;
    if matches!(wire, Wire::Event(_)) {
        access = Access { readable: true, writable: false, gettable: false };
    }
    let description = PropertyDescription {
        label: label(expose, named, &base),
        base: PropertyName::from(base),
        name: PropertyName::from(name),
        description: expose.description.clone(),
        value_type: wire.value_type(),
        unit,
        access,
        category: category(leaf, named),
        endpoint: expose.endpoint.as_deref().map(Arc::from),
        presets,
    };
    let of_light = leaf.context == ExposeKind::Light || leaf.context == ExposeKind::Switch;
    let of_cover = leaf.context == ExposeKind::Cover && matches!(wire, Wire::Number(_));
    WireProperty { key: expose.property.clone(), description, wire, special, of_light, of_cover }
}

fn wire_of(
    context: ExposeKind,
    expose: &Expose,
    base: &str,
    named: Option<&CanonicalProperty>,
) -> (Wire, Option<Unit>) {
    let plain = match expose.kind {
        ExposeKind::Numeric => return number_of(context, expose, base, named),
        ExposeKind::Binary if has_own_words(expose) && named.is_none() => {
            let word = |json: &Option<Json>| Some((json.clone()?, scalar_text(json.as_ref()?)?));
            Wire::Words(word(&expose.off).into_iter().chain(word(&expose.on)).collect())
        }
        ExposeKind::Binary => flag_of(expose, base, named),
        ExposeKind::Enum | ExposeKind::Text if base == "action" => {
            Wire::Event(words_of(expose).into_iter().map(|(_, word)| word).collect())
        }
        ExposeKind::Enum if base == "movement" => {
            let lower = |(wire, word): (Json, Arc<str>)| (wire, Arc::from(word.to_lowercase()));
            Wire::Words(words_of(expose).into_iter().map(lower).collect())
        }
        ExposeKind::Enum => Wire::Words(words_of(expose)),
        ExposeKind::Composite if named.is_some_and(|property| property.name == "color") => Wire::Color,
        ExposeKind::Composite => Wire::Composite(parts(expose)),
        ExposeKind::List => Wire::List {
            item: Box::new(
                expose.item.as_deref().map_or(Wire::Text, |item| wire_of(context, item, "", None).0),
            ),
            length_max: expose.length_max,
        },
        _ if !expose.features.is_empty() => Wire::Composite(parts(expose)),
        _ => Wire::Text,
    };
    (plain, None)
}

fn number_of(
    context: ExposeKind,
    expose: &Expose,
    base: &str,
    named: Option<&CanonicalProperty>,
) -> (Wire, Option<Unit>) {
    let unit = expose.unit.as_deref().map(Unit::clean);
    let plain = NumberScale::plain(expose.min, expose.max, expose.step);
    if base == "color_temperature" && named.is_some() || base == "color_temperature_startup" {
        return (Wire::Number(NumberScale::mireds(expose.min, expose.max)), Some(Unit::clean("K")));
    }
    let Some(target) = named.and_then(|property| property.unit.clone()) else {
        // A link quality has no unit; `lqi` would only repeat its name.
        let unit = unit.filter(|unit| unit.as_str() != "lqi");
        return (Wire::Number(plain), unit);
    };
    let scale = match unit {
        None if base == "brightness" => NumberScale::percent(expose.max),
        None if expose.max.is_some_and(|max| max > 100.0) && target.as_str() == "%" => {
            NumberScale::percent(expose.max)
        }
        None => plain,
        Some(unit) => plain.clone().converted(&unit, &target).unwrap_or(plain),
    };
    // A cover's position is 0 to 100 whether or not it says so.
    let bare_cover = context == ExposeKind::Cover && expose.max.is_none() && target.as_str() == "%";
    let scale = if bare_cover { NumberScale::plain(Some(0.0), Some(100.0), None) } else { scale };
    (Wire::Number(scale), Some(target))
}

fn flag_of(expose: &Expose, base: &str, named: Option<&CanonicalProperty>) -> Wire {
    let on = expose.on.clone().unwrap_or(json!(true));
    let off = expose.off.clone().unwrap_or(json!(false));
    match named.map(|property| property.name) {
        // Locked is on, whatever the source calls "on".
        Some("lock") if on.as_str().is_some_and(|word| word.eq_ignore_ascii_case("unlock")) => {
            Wire::Flag { on: off, off: on, switch: true }
        }
        // `contact` is true when closed by definition; exposed either way around.
        Some("open") => match (&on, &off) {
            (Json::Bool(_), Json::Bool(_)) => {
                Wire::Flag { on: json!(false), off: json!(true), switch: false }
            }
            (Json::String(_), Json::String(_)) => Wire::Flag { on: off, off: on, switch: false },
            _ => Wire::Flag { on, off, switch: false },
        },
        Some("state" | "lock") => Wire::Flag { on, off, switch: true },
        Some(_) => Wire::Flag { on, off, switch: false },
        None => Wire::Flag { on, off, switch: expose.access.writable || base == "state" },
    }
}

fn words_of(expose: &Expose) -> Vec<(Json, Arc<str>)> {
    let mut words: Vec<(Json, Arc<str>)> = Vec::new();
    for value in &expose.values {
        if let Some(word) = scalar_text(value)
            && !words.iter().any(|(_, known)| *known == word)
        {
            words.push((value.clone(), word));
        }
    }
    words
}

/// The parts of a composite: names of their own, without the vocabulary, as their meaning is the composite's.
fn parts(expose: &Expose) -> Vec<WireProperty> {
    let mut names = Names::default();
    let mut keys = std::collections::BTreeSet::new();
    expose
        .features
        .iter()
        .filter(|feature| keys.insert(feature.property.as_str()))
        .map(|feature| {
            // The endpoint is the composite's already.
            let mut part = feature.clone();
            part.endpoint = None;
            let leaf = Leaf { expose: &part, context: ExposeKind::Unknown };
            let mut property = property(&leaf, None, &mut names);
            property.description.base = property.description.name.clone();
            property
        })
        .collect()
}

/// Named values: numbers on the property's scale, and those that are no number of its range apart.
fn presets(expose: &Expose, wire: &Wire) -> (Vec<Named<Value>>, Vec<Named<Json>>) {
    let Wire::Number(scale) = wire else { return (Vec::new(), Vec::new()) };
    let mut presets = Vec::new();
    let mut special = Vec::new();
    for (name, json) in &expose.presets {
        let within = json.as_f64().is_some_and(|wire| scale.covers(wire));
        match scale.decode(json).filter(|_| within) {
            Some(value) => presets.push((name.clone(), value)),
            None => {
                presets.push((name.clone(), Value::text(name)));
                special.push((name.clone(), json.clone()));
            }
        }
    }
    (presets, special)
}

fn label(expose: &Expose, named: Option<&CanonicalProperty>, base: &str) -> String {
    let label = match named {
        Some(property) => property.label.to_owned(),
        // The source appends the endpoint to some labels; it is appended below to all.
        None if !expose.label.is_empty() => {
            let suffix = expose.endpoint.as_deref().map(|endpoint| format!(" ({endpoint})"));
            let label = expose.label.as_str();
            suffix.and_then(|suffix| label.strip_suffix(&suffix)).unwrap_or(label).to_owned()
        }
        None => {
            let text = base.replace('_', " ");
            let mut chars = text.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
        }
    };
    match &expose.endpoint {
        Some(endpoint) => format!("{label} ({endpoint})"),
        None => label,
    }
}

fn category(leaf: &Leaf<'_>, named: Option<&CanonicalProperty>) -> Category {
    match (named, leaf.expose.category) {
        // Zigbee2MQTT files button presses under diagnostics; they are what a remote is for.
        (Some(property), _) if property.name == "action" => Category::Main,
        (_, Some(category)) => category,
        (Some(property), None) => property.category,
        // What a light has beside its canonical properties is how it starts up and how it is limited.
        (None, None) if leaf.context == ExposeKind::Light => Category::Config,
        (None, None) => Category::Main,
    }
}

/// A lamp that knows white and colour reports which of both it shows, although that is not exposed.
fn add_color_mode(properties: &mut Vec<WireProperty>, names: &mut Names) {
    let colors: Vec<_> = properties
        .iter()
        .enumerate()
        .filter(|(_, property)| matches!(property.wire, Wire::Color) && property.of_light)
        .map(|(at, property)| (at, property.clone()))
        .collect();
    for (at, color) in colors.into_iter().rev() {
        let key = color.key.replacen("color", "color_mode", 1);
        let endpoint = color.description.endpoint.clone();
        let words = [("color_temp", "color_temperature"), ("xy", "color"), ("hs", "color")];
        let wire = Wire::Words(words.map(|(wire, word)| (json!(wire), Arc::from(word))).to_vec());
        let made = made_up("color_mode", endpoint.as_deref(), key, wire, names);
        if !properties.iter().any(|property| property.key == made.key) {
            properties.insert(at + 1, made);
        }
    }
}

/// The state of a firmware update, which devices that can be updated report although it is not exposed.
fn update(names: &mut Names) -> WireProperty {
    let number = |name: &str, unit: Option<&str>, max: Option<f64>| {
        let wire = Wire::Number(NumberScale::plain(max.map(|_| 0.0), max, None));
        let mut part = made_up(name, None, name.into(), wire, &mut Names::default());
        part.description.unit = unit.map(Unit::clean);
        part
    };
    let states = ["idle", "available", "scheduled", "updating"];
    let states = Wire::Words(states.map(|state| (json!(state), Arc::from(state))).to_vec());
    let parts = vec![
        made_up("state", None, "state".into(), states, &mut Names::default()),
        number("progress", Some("%"), Some(100.0)),
        number("remaining", Some("s"), None),
        number("installed_version", None, None),
        number("latest_version", None, None),
    ];
    made_up("update", None, "update".into(), Wire::Composite(parts), names)
}

/// A read-only property that is not exposed.
fn made_up(base: &str, endpoint: Option<&str>, key: String, wire: Wire, names: &mut Names) -> WireProperty {
    let stand_in = Expose::parse_all(&json!([{"type": "text", "name": base, "endpoint": endpoint}]));
    let name = stand_in.first().map_or_else(|| snake(base), |expose| names.take(Some(base), expose).1);
    let named = canonical(base);
    let description = PropertyDescription {
        name: PropertyName::from(name),
        base: PropertyName::from(base),
        label: named.as_ref().map_or_else(|| base.replace('_', " "), |property| property.label.to_owned()),
        description: String::new(),
        value_type: wire.value_type(),
        unit: None,
        access: Access { readable: true, writable: false, gettable: false },
        category: named.map_or(Category::Main, |property| property.category),
        endpoint: endpoint.map(Arc::from),
        presets: Vec::new(),
    };
    WireProperty { key, description, wire, special: Vec::new(), of_light: false, of_cover: false }
}
