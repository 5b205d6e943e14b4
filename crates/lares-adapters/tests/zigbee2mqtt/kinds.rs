//! Every kind of expose, at any depth: its name, its type, and its values both ways.

use lares_model::{Access, Category, DeviceKind, Unit, Value, ValueType};
use serde_json::{Value as Json, json};

use crate::support::{command, one, report, sent};

/// One expose, its property's name, and pairs of wire and Lares values.
fn check(expose: &Json, name: &str, pairs: &[(Json, Value)]) {
    let (mut codec, device) = one(&json!([expose]));
    let property = device.property(name).unwrap_or_else(|| panic!("{expose} gave no {name}: {device:?}"));
    let key = expose["property"].as_str().unwrap();
    for (wire, value) in pairs {
        let found = report(&mut codec, "dev", &json!({key: wire})).values.remove(name);
        assert_eq!(found, Some(Some(value.clone())), "{expose} {wire}");
        if property.access.writable {
            let (_, payload) = sent(&codec, &command("zigbee:0x1", &[(name, value.clone())], None)).unwrap();
            assert_eq!(payload, json!({key: wire}));
        }
    }
    let nothing = report(&mut codec, "dev", &json!({key: null}));
    assert_eq!(nothing.values.get(name), Some(&None));
}

#[test]
fn plain_kinds_go_both_ways() {
    let n = Value::Number;
    let switch = Value::Switch;
    let binary = Value::Binary;
    for (expose, name, pairs) in [
        (
            json!({"type": "numeric", "property": "x", "name": "x", "access": 7}),
            "x",
            vec![(json!(1.5), n(1.5)), (json!(-8000), n(-8000.0))],
        ),
        (
            json!({"type": "numeric", "property": "voltage", "name": "voltage", "access": 1, "unit": "mV"}),
            "voltage",
            vec![(json!(3023), n(3.023))],
        ),
        (
            json!({"type": "numeric", "property": "pressure", "name": "pressure", "access": 1, "unit": "kPa"}),
            "pressure",
            vec![(json!(100.4), n(1004.0))],
        ),
        (
            json!({"type": "numeric", "property": "local_temperature", "name": "local_temperature", "access": 3, "unit": "°F"}),
            "temperature",
            vec![(json!(68), n(20.0))],
        ),
        (
            json!({"type": "numeric", "property": "brightness", "name": "brightness", "access": 3, "value_max": 1000}),
            "brightness",
            vec![(json!(500), n(50.0))],
        ),
        (
            json!({"type": "binary", "property": "contact", "name": "contact", "access": 1, "value_on": false, "value_off": true}),
            "open",
            vec![(json!(true), binary(false)), (json!(false), binary(true))],
        ),
        (
            json!({"type": "binary", "property": "contact", "name": "contact", "access": 1, "value_on": true, "value_off": false}),
            "open",
            vec![(json!(true), binary(false))],
        ),
        (
            json!({"type": "binary", "property": "contact", "name": "contact", "access": 1, "value_on": "ON", "value_off": "OFF"}),
            "open",
            vec![(json!("ON"), binary(false)), (json!("OFF"), binary(true))],
        ),
        (
            json!({"type": "binary", "property": "occupancy", "name": "occupancy", "access": 1, "value_on": true, "value_off": false}),
            "motion",
            vec![(json!(true), binary(true))],
        ),
        (
            json!({"type": "binary", "property": "child_lock", "name": "child_lock", "access": 3, "value_on": "LOCK", "value_off": "UNLOCK"}),
            "child_lock",
            vec![(json!("LOCK"), switch(true))],
        ),
        (
            json!({"type": "binary", "property": "x", "name": "x", "access": 3, "value_on": 1, "value_off": 0}),
            "x",
            vec![(json!(1), switch(true)), (json!(0), switch(false))],
        ),
        (
            json!({"type": "binary", "property": "x", "name": "x", "access": 3, "value_on": "auto", "value_off": "manual"}),
            "x",
            vec![(json!("auto"), Value::word("auto"))],
        ),
        (
            json!({"type": "binary", "property": "state", "name": "state", "access": 1, "value_on": "UNLOCK", "value_off": "LOCK"}),
            "lock",
            vec![(json!("LOCK"), switch(true))],
        ),
        (
            json!({"type": "enum", "property": "x", "name": "x", "access": 3, "values": [0, 1, "auto"]}),
            "x",
            vec![(json!(1), Value::word("1")), (json!("auto"), Value::word("auto"))],
        ),
        (
            json!({"type": "text", "property": "x", "name": "x", "access": 3}),
            "x",
            vec![(json!("hello"), Value::text("hello"))],
        ),
        (
            json!({"type": "list", "property": "x", "name": "x", "access": 3, "item_type": {"type": "text", "name": "hex"}}),
            "x",
            vec![(json!(["#fff", "#000"]), Value::List(vec![Value::text("#fff"), Value::text("#000")]))],
        ),
        (
            json!({"type": "list", "property": "x", "name": "x", "access": 1, "item_type": {"type": "composite", "name": "t", "features": [{"type": "numeric", "name": "id", "property": "id"}]}}),
            "x",
            vec![(json!([{"id": 3}]), Value::List(vec![Value::Composite([("id".into(), n(3.0))].into())]))],
        ),
        (
            json!({"type": "hologram", "property": "x", "name": "x", "access": 1}),
            "x",
            vec![(json!("kept"), Value::text("kept"))],
        ),
    ] {
        check(&expose, name, &pairs);
    }
}

#[test]
fn composites_keep_their_parts_at_any_depth() {
    let mut expose = json!({"type": "numeric", "name": "deepest", "property": "deepest", "access": 3});
    let mut wire = json!(7);
    let mut value = Value::Number(7.0);
    for depth in (1..=6).rev() {
        let key = expose["property"].as_str().unwrap().to_owned();
        wire = json!({key.as_str(): wire});
        value = Value::Composite([(key.as_str().into(), value)].into());
        let name = format!("level{depth}");
        expose =
            json!({"type": "composite", "name": name, "property": name, "access": 3, "features": [expose]});
    }
    check(&expose, "level1", &[(wire, value)]);
}

#[test]
fn a_thermostat_of_two_setpoints_has_one_target_for_each_direction() {
    let feature = |name: &str, access: u8| json!({"type": "numeric", "name": name, "property": name, "access": access, "unit": "°C"});
    let climate = json!([
        {"type": "numeric", "name": "temperature", "property": "temperature", "access": 1, "unit": "°C"},
        {"type": "climate", "features": [
            feature("occupied_heating_setpoint", 7), feature("occupied_cooling_setpoint", 7),
            feature("unoccupied_heating_setpoint", 7), feature("local_temperature", 5),
            {"type": "enum", "name": "system_mode", "property": "system_mode", "access": 7, "values": ["off", "heat", "cool"]},
            {"type": "enum", "name": "running_state", "property": "running_state", "access": 5, "values": ["idle", "heat"]},
            {"type": "enum", "name": "preset", "property": "preset", "access": 3, "values": ["eco", "boost"]},
            {"type": "enum", "name": "fan_mode", "property": "fan_mode", "access": 3, "values": ["auto"]},
        ]},
    ]);
    let (_, device) = one(&climate);
    let names: Vec<_> = device.properties.iter().map(|property| property.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "temperature_2",
            "target_temperature",
            "target_temperature_cooling",
            "unoccupied_heating_setpoint",
            "temperature",
            "hvac_mode",
            "hvac_action",
            "preset",
            "fan_mode",
        ]
    );
    assert_eq!(device.kind, DeviceKind::Thermostat);

    let cooler = json!([{"type": "climate", "features": [feature("occupied_cooling_setpoint", 7)]}]);
    assert!(one(&cooler).1.property("target_temperature").is_some(), "the only setpoint is the target");
}

#[test]
fn two_switches_are_told_apart_by_their_endpoints() {
    let switch = |endpoint: &str| {
        let property = format!("state_{endpoint}");
        json!({"type": "switch", "endpoint": endpoint, "features": [{"type": "binary", "name": "state", "endpoint": endpoint,
            "property": property, "access": 7, "value_on": "ON", "value_off": "OFF"}]})
    };
    let (_, device) = one(&json!([switch("left"), switch("l1_l2"), switch("1")]));
    for (name, endpoint) in [("state_left", "left"), ("state_l1_l2", "l1_l2"), ("state_1", "1")] {
        let property = device.property(name).unwrap();
        assert_eq!((property.base.as_str(), property.endpoint.as_deref()), ("state", Some(endpoint)));
        assert_eq!(property.value_type, ValueType::Switch);
    }
}

#[test]
fn the_two_forms_of_a_colour_are_one_property() {
    let composite = |name: &str, access: u8, parts: [&str; 2]| {
        json!({"type": "composite", "name": name, "property": "color",
        "access": access, "features": parts.map(|part| json!({"type": "numeric", "name": part, "property": part, "access": 7}))})
    };
    let (_, device) = one(&json!([{"type": "light", "features": [
        composite("color_xy", 1, ["x", "y"]), composite("color_hs", 6, ["hue", "saturation"]),
    ]}]));
    let names: Vec<_> = device.properties.iter().map(|property| property.name.as_str()).collect();
    assert_eq!(names, ["color", "color_mode"]);
    assert_eq!(device.properties[0].access, Access { readable: true, writable: true, gettable: true });
}

#[test]
fn mireds_with_swapped_ends_and_odd_presets_become_kelvins() {
    let (mut codec, device) = one(&json!([{"type": "light", "features": [
        {"type": "numeric", "name": "color_temp", "property": "color_temp", "access": 7, "unit": "mired", "value_min": 454,
            "value_max": 250, "presets": [{"name": "warm", "value": 454}, {"name": "previous", "value": 65535}, {"name": "auto", "value": "auto"}]},
    ]}]));
    let property = &device.properties[0];
    assert_eq!(property.value_type, ValueType::Number { min: Some(2203.0), max: Some(4000.0), step: None });
    assert_eq!(property.unit, Some(Unit::clean("K")));
    let presets: Vec<_> =
        property.presets.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    assert_eq!(
        presets,
        [
            ("warm", Value::Number(2203.0)),
            ("previous", Value::text("previous")),
            ("auto", Value::text("auto"))
        ]
    );
    // The lamp says that it has no colour temperature of its own.
    assert_eq!(report(&mut codec, "dev", &json!({"color_temp": 65535})).values["color_temperature"], None);
    let (_, payload) =
        sent(&codec, &command("zigbee:0x1", &[("color_temperature", Value::text("auto"))], None)).unwrap();
    assert_eq!(payload, json!({"color_temp": "auto"}));
}

#[test]
fn categories_follow_the_source_but_a_button_is_what_a_remote_is_for() {
    let (_, device) = one(&json!([
        {"type": "enum", "name": "action", "property": "action", "access": 1, "category": "diagnostic", "values": ["single"]},
        {"type": "numeric", "name": "battery", "property": "battery", "access": 1, "unit": "%"},
        {"type": "enum", "name": "mode", "property": "mode", "access": 3, "category": "config", "values": ["a"]},
    ]));
    let categories: Vec<_> = device.properties.iter().map(|property| property.category).collect();
    assert_eq!(categories, [Category::Main, Category::Diagnostic, Category::Config]);
    assert_eq!(device.kind, DeviceKind::Button);
}

#[test]
fn a_cover_without_position_reports_its_movement() {
    let (mut codec, device) = one(&json!([{"type": "cover", "features": [
        {"type": "enum", "name": "state", "property": "state", "access": 3, "values": ["OPEN", "CLOSE", "STOP"]},
    ]}]));
    assert!(device.properties[0].access.readable);
    let moved = report(&mut codec, "dev", &json!({"state": "CLOSE"}));
    assert_eq!(moved.values["movement"], Some(Value::word("close")));
    let actions: Vec<_> = device.actions.iter().map(|action| action.name.as_str()).collect();
    assert_eq!(actions, ["open", "close", "stop"]);
}
