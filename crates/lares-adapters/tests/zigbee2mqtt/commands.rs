//! Commands and questions: what goes out, to where, and what is refused before it does.

use lares_model::{Color, Millis, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{codec, command, entry, one, recorded, report, sent};

const BULB: &str = "zigbee:0x000b57fffe000001";
const HUE: &str = "zigbee:0x0017880100000002";
const BLIND: &str = "zigbee:0x000b57fffe00000a";
const LOCK: &str = "zigbee:0x000d6f000000000b";
const TRV: &str = "zigbee:0x14b457fffe000009";
const RELAYS: &str = "zigbee:0x00124b000000000e";

fn on() -> Value {
    Value::Switch(true)
}

fn off() -> Value {
    Value::Switch(false)
}

#[test]
fn commands_go_to_the_address_in_the_words_of_zigbee2mqtt() {
    let codec = recorded();
    let color = Value::Color(Color { hue: 240.0, saturation: 90.0 });
    let table = [
        (BULB, vec![("state", off())], json!({"state": "OFF"})),
        (
            BULB,
            vec![("brightness", Value::Number(35.0)), ("state", on())],
            json!({"state": "ON", "brightness": 89}),
        ),
        (BULB, vec![("color_temperature", Value::Number(2700.0))], json!({"color_temp": 370})),
        (BULB, vec![("color_temperature", Value::Number(2203.0))], json!({"color_temp": 454})),
        (BULB, vec![("color", color)], json!({"color": {"hue": 240.0, "saturation": 90.0}})),
        (BULB, vec![("effect", Value::word("blink"))], json!({"effect": "blink"})),
        (
            BULB,
            vec![("color_temperature_startup", Value::text("previous"))],
            json!({"color_temp_startup": 65535}),
        ),
        (BULB, vec![("identify", Value::word("identify"))], json!({"identify": "identify"})),
        (BLIND, vec![("movement", Value::word("stop"))], json!({"state": "STOP"})),
        (BLIND, vec![("position", Value::Number(75.0))], json!({"position": 75})),
        (LOCK, vec![("lock", on())], json!({"state": "LOCK"})),
        (LOCK, vec![("lock", off())], json!({"state": "UNLOCK"})),
        (TRV, vec![("target_temperature", Value::Number(21.5))], json!({"occupied_heating_setpoint": 21.5})),
        (
            TRV,
            vec![("viewing_direction", Value::word("upside-down"))],
            json!({"viewing_direction": "upside-down"}),
        ),
        (TRV, vec![("radiator_covered", on())], json!({"radiator_covered": true})),
        (RELAYS, vec![("state_l2", on())], json!({"state_l2": "ON"})),
    ];
    for (device, values, expected) in table {
        let (topic, payload) = sent(&codec, &command(device, &values, None)).unwrap();
        assert_eq!(topic, format!("z/{}/set", device.strip_prefix("zigbee:").unwrap()));
        assert_eq!(payload, expected, "{values:?}");
    }
}

#[test]
fn a_transition_goes_along_in_seconds_with_what_can_fade_only() {
    let codec = recorded();
    let slowly = Some(Millis(1500));
    let (_, payload) = sent(&codec, &command(BULB, &[("brightness", Value::Number(100.0))], slowly)).unwrap();
    assert_eq!(payload, json!({"brightness": 254, "transition": 1.5}));
    let (_, payload) = sent(&codec, &command(BLIND, &[("position", Value::Number(0.0))], slowly)).unwrap();
    assert_eq!(payload, json!({"position": 0}));
    let (_, payload) =
        sent(&codec, &command(HUE, &[("power_on_behavior", Value::word("on"))], slowly)).unwrap();
    assert_eq!(payload, json!({"power_on_behavior": "on"}));
}

#[test]
fn what_a_device_cannot_take_is_refused_with_a_reason() {
    let codec = recorded();
    for (device, name, value, reason) in [
        ("zigbee:0x7", "state", on(), "Zigbee2MQTT has no device zigbee:0x7"),
        (BULB, "volume", on(), "living/ceiling has no property volume"),
        (BULB, "link_quality", Value::Number(1.0), "living/ceiling does not let link_quality be set"),
        (
            BULB,
            "brightness",
            Value::Number(101.0),
            "living/ceiling cannot take brightness: 101 is outside 0 to 100",
        ),
        (
            BULB,
            "brightness",
            on(),
            "living/ceiling cannot take brightness: expected a number from 0 to 100, got \"on\"",
        ),
        (TRV, "hvac_mode", Value::word("cool"), "trv cannot take hvac_mode: \"cool\" is none of heat"),
        (
            "zigbee:0x00aabb0000000010",
            "state",
            on(),
            "Zigbee device is not ready: its interview is not complete",
        ),
    ] {
        assert_eq!(sent(&codec, &command(device, &[(name, value)], None)), Err(reason.into()));
    }
}

#[test]
fn nothing_is_sent_while_zigbee2mqtt_is_away() {
    let mut codec = recorded();
    codec.feed("z/bridge/state", b"offline", false);
    let refused = sent(&codec, &command(BULB, &[("state", on())], None));
    assert_eq!(refused, Err("Zigbee2MQTT is not running".into()));
}

#[test]
fn only_what_can_be_asked_for_is_asked() {
    let codec = recorded();
    let ask = |device: &str, names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| (*name).into()).collect();
        codec
            .question(&device.into(), &names)
            .map(|(topic, payload)| (topic, serde_json::from_slice::<Json>(&payload).unwrap()))
    };
    let asked = ask(BULB, &["state", "color", "link_quality", "color_mode", "nonsense"]).unwrap();
    assert_eq!(asked, ("z/0x000b57fffe000001/get".into(), json!({"state": "", "color": {"x": "", "y": ""}})));
    assert_eq!(ask(BLIND, &["movement", "link_quality"]), None);
    assert_eq!(ask("zigbee:0x7", &["state"]), None);
}

#[test]
fn an_inverted_cover_is_open_at_100_all_the_same() {
    let cover = json!([{"type": "cover", "features": [
        {"type": "enum", "name": "state", "property": "state", "access": 3, "values": ["OPEN", "CLOSE", "STOP"]},
        {"type": "numeric", "name": "position", "property": "position", "access": 7, "value_min": 0, "value_max": 100},
        {"type": "numeric", "name": "tilt", "property": "tilt", "access": 7, "value_min": 0, "value_max": 100},
    ]}]);
    let (mut codec, _) = one(&cover);
    codec.feed("z/bridge/info", br#"{"config":{"devices":{"0x1":{"invert_cover":true}}}}"#, true);
    let report = report(&mut codec, "dev", &json!({"position": 30, "tilt": 100}));
    assert_eq!(report.values["position"], Some(Value::Number(70.0)));
    assert_eq!(report.values["tilt"], Some(Value::Number(0.0)));
    let (_, payload) =
        sent(&codec, &command("zigbee:0x1", &[("position", Value::Number(70.0))], None)).unwrap();
    assert_eq!(payload, json!({"position": 30}));
}

#[test]
fn a_group_is_commanded_by_its_name() {
    let light = |max| {
        json!([{"type": "light", "features": [
            {"type": "binary", "name": "state", "property": "state", "access": 7, "value_on": "ON", "value_off": "OFF"},
            {"type": "numeric", "name": "color_temp", "property": "color_temp", "access": 7, "unit": "mired",
                "value_min": 200, "value_max": max},
        ]}])
    };
    let (mut codec, _) = codec(&json!([entry("0x1", "a", &light(400)), entry("0x2", "b", &light(500))]));
    let groups = json!([{"id": 7, "friendly_name": "all lamps", "members": [
        {"ieee_address": "0x1", "endpoint": 1}, {"ieee_address": "0x2", "endpoint": 1}, {"ieee_address": "0x9"},
    ]}]);
    codec.feed("z/bridge/groups", groups.to_string().as_bytes(), true);
    let warm = |kelvin| command("zigbee:group-7", &[("color_temperature", Value::Number(kelvin))], None);
    assert_eq!(sent(&codec, &warm(2500.0)), Ok(("z/all lamps/set".into(), json!({"color_temp": 400}))));
    assert!(sent(&codec, &warm(2000.0)).is_err(), "one of the two cannot");
}

proptest! {
    /// A value that was sent and comes back as it was sent fulfils the wish, in every scale.
    #[test]
    fn what_was_set_is_what_is_reported(
        brightness in 0.0..=100.0_f64, kelvin in 2000.0..=6536.0_f64, hue in 0.0..360.0_f64, saturation in 0.0..=100.0_f64,
    ) {
        let mut codec = recorded();
        let wishes = [
            ("brightness", Value::Number(brightness), 0.5),
            ("color_temperature", Value::Number(kelvin), 45.0),
            ("color", Value::Color(Color { hue, saturation }), 0.0),
        ];
        let (_, payload) = sent(&codec, &command(HUE, &wishes.clone().map(|(name, value, _)| (name, value)), None)).unwrap();
        let report = report(&mut codec, "Hue lamp", &payload);
        for (name, wanted, tolerance) in wishes {
            let found = report.values[name].as_ref().unwrap();
            prop_assert!(found.fulfils(&wanted, tolerance), "{name}: {wanted:?} came back as {found:?}");
        }
    }
}
