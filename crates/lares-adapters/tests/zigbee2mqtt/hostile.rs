//! Input that no Zigbee2MQTT should send: nothing panics, nothing grows, and everything else goes on.

use lares_adapters::zigbee2mqtt::Zigbee2MqttCodec;
use lares_model::{Event, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{RECORDED, codec, entry, one, recorded, report};

fn numeric(name: &str) -> Json {
    json!({"type": "numeric", "name": name, "property": name, "access": 7})
}

fn complaint(event: &Event) -> Option<&str> {
    match event {
        Event::BadInput { text, .. } => Some(text),
        _ => None,
    }
}

fn complaints(events: &[Event]) -> Vec<&str> {
    events.iter().filter_map(complaint).collect()
}

#[test]
fn invalid_utf8_and_deep_nesting_cost_one_message() {
    let (mut codec, _) = one(&json!([numeric("x")]));
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let invalid: [&[u8]; 4] =
        [b"{\"x\":\"\xff\xfe\"}", b"\x00\x01\x02", b"{\"x\":1}trailing", deep.as_bytes()];
    for payload in invalid {
        let events = codec.feed("z/dev", payload, false);
        let texts = complaints(&events);
        assert!(texts.len() <= 1 && texts.iter().all(|text| text.len() < 300), "{texts:?}");
        assert!(!events.iter().any(|event| matches!(event, Event::Reported { .. })));
        assert_eq!(report(&mut codec, "dev", &json!({"x": 1})).values["x"], Some(Value::Number(1.0)));
    }
}

#[test]
fn a_device_that_always_errs_is_complained_about_once_until_it_mends() {
    let (mut codec, _) = one(&json!([numeric("x"), numeric("y")]));
    let mut feed = |payload: &str| complaints(&codec.feed("z/dev", payload.as_bytes(), false)).len();
    assert_eq!([feed(r#"{"x":"a"}"#), feed(r#"{"x":"b"}"#), feed(r#"{"x":[],"y":{}}"#)], [1, 0, 1]);
    assert_eq!([feed(r#"{"x":1}"#), feed(r#"{"x":"a"}"#)], [0, 1]);
    assert_eq!([feed("nonsense"), feed("nonsense"), feed(r#"{"y":2}"#), feed("nonsense")], [1, 0, 0, 1]);
}

#[test]
fn huge_and_odd_numbers_and_names_do_no_harm() {
    let (mut codec, _) = one(&json!([numeric("x"), numeric("__proto__"), numeric("constructor")]));
    for payload in [r#"{"x":1e999}"#, r#"{"x":-1e999}"#, r#"{"x":NaN}"#, r#"{"x":Infinity}"#] {
        assert!(
            !codec
                .feed("z/dev", payload.as_bytes(), false)
                .iter()
                .any(|event| matches!(event, Event::Reported { .. }))
        );
    }
    let told =
        report(&mut codec, "dev", &json!({"x": 1e308, "__proto__": 2, "constructor": 3, "toString": 4}));
    assert_eq!(told.values["x"], Some(Value::Number(1e308)));
    assert_eq!(told.values["proto"], Some(Value::Number(2.0)));
    assert_eq!(told.values.len(), 3);
}

#[test]
fn names_of_a_megabyte_are_cut_where_people_see_them() {
    let long = "ä".repeat(500_000);
    let (mut codec, described) = codec(&json!([
        {"ieee_address": "0x1", "friendly_name": long, "manufacturer": long, "definition": {"description": long,
            "exposes": [{"type": "enum", "name": long, "property": long, "label": long, "unit": long, "values": [long]}]}},
        entry("0x2", "dev", &json!([numeric("x")])),
    ]));
    let device = &described[0];
    assert!(device.name.chars().count() <= 200 && device.description.chars().count() <= 200);
    let property = &device.properties[0];
    assert!(property.name.as_str().len() <= 60 && property.label.chars().count() <= 200);
    let events = codec.feed(&format!("z/{long}"), br#"{"#, false);
    assert!(complaints(&events)[0].len() < 400);
    assert_eq!(report(&mut codec, "dev", &json!({"x": 1})).values.len(), 1);
}

#[test]
fn one_broken_entry_costs_one_device_and_a_known_one_stays() {
    let good = entry("0x2", "good", &json!([numeric("x")]));
    let (mut codec, _) = codec(&json!([entry("0x1", "a", &json!([numeric("x")])), good]));
    let deep = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    let list = format!(
        r#"[{{"ieee_address":"0x1","friendly_name":"a","definition":{{"exposes":{deep}}}}},7,null,{{}},
            {{"ieee_address":"0x3/set"}},{{"ieee_address":"0x4","definition":"none"}},{good}]"#
    );
    let events = codec.feed("z/bridge/devices", list.as_bytes(), false);
    assert_eq!(complaints(&events).len(), 6, "{events:?}");
    assert!(!events.iter().any(|event| matches!(event, Event::Removed { .. })), "{events:?}");
    for name in ["a", "good"] {
        assert_eq!(report(&mut codec, name, &json!({"x": 1})).values.len(), 1);
    }
    let again = codec.feed("z/bridge/devices", list.as_bytes(), false);
    assert!(again.is_empty(), "the same list again says nothing: {again:?}");
}

#[test]
fn wrong_types_in_a_description_take_their_defaults() {
    let (_, described) = codec(&json!([{
        "ieee_address": "0x1", "friendly_name": 7, "type": [], "supported": "yes", "disabled": "no", "power_source": {},
        "interview_state": 3, "software_build_id": 12, "description": null,
        "definition": {"vendor": 1, "model": null, "exposes": {"a": 1}, "supports_ota": "true"},
    }]));
    assert_eq!((described[0].name.as_str(), described[0].properties.len()), ("Zigbee device", 0));
}

#[test]
fn a_swap_of_two_names_and_a_removal_are_followed() {
    let exposes = json!([numeric("x")]);
    let (mut codec, _) = codec(&json!([
        entry("0x1", "a", &exposes),
        entry("0x2", "b", &exposes),
        entry("0x3", "c", &exposes)
    ]));
    let swapped = json!([entry("0x1", "b", &exposes), entry("0x2", "a", &exposes)]);
    let events = codec.feed("z/bridge/devices", swapped.to_string().as_bytes(), true);
    let words: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::Removed { device } => format!("removed {device}"),
            Event::Described { device } => format!("{} is {}", device.id, device.name),
            Event::Listed { devices, .. } => format!("listed {}", devices.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(words, ["removed zigbee:0x3", "zigbee:0x1 is b", "zigbee:0x2 is a", "listed 2"]);
    let events = codec.feed("z/a", br#"{"x":1}"#, false);
    assert!(matches!(&events[0], Event::Reported { device, .. } if device.as_str() == "zigbee:0x2"));
}

#[test]
fn what_came_before_the_list_is_told_after_it_but_a_press_long_ago_is_not() {
    let action =
        json!({"type": "enum", "name": "action", "property": "action", "access": 1, "values": ["single"]});
    let list = json!([entry("0x1", "dev", &json!([numeric("x"), action]))]).to_string();
    // The list is on its way when the press comes, or it comes much later.
    for (moments, presses) in [(0, 1), (1, 1), (2, 0)] {
        let mut codec = Zigbee2MqttCodec::new("z");
        codec.feed("z/bridge/groups", b"[]", true);
        assert!(codec.feed("z/dev", br#"{"x":1,"action":"single"}"#, false).is_empty());
        assert!(codec.feed("z/dev/availability", b"offline", true).is_empty());
        for _ in 0..moments {
            codec.moment_passed();
        }
        let events = codec.feed("z/bridge/devices", list.as_bytes(), true);
        let reports: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::Reported { report, .. } => Some(report),
                _ => None,
            })
            .collect();
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].values["x"], Some(Value::Number(1.0)));
        assert_eq!(reports[0].happened.len(), presses, "after {moments} moments");
        assert!(events.iter().any(|event| matches!(event, Event::Availability { online: false, .. })));
    }
}

#[test]
fn what_came_before_the_list_of_groups_is_told_after_it_whatever_list_came_meanwhile() {
    let list = json!([entry("0x1", "dev", &json!([numeric("x")]))]).to_string();
    let lamp = json!({"type": "light", "features": [
        {"type": "binary", "name": "state", "property": "state", "access": 7, "value_on": "ON", "value_off": "OFF"}]});
    let lamps = json!([entry("0x1", "dev", &json!([numeric("x"), lamp]))]).to_string();
    let groups =
        json!([{"id": 7, "friendly_name": "lights", "members": [{"ieee_address": "0x1", "endpoint": 1}]}]);
    let mut codec = Zigbee2MqttCodec::new("z");
    codec.feed("z/bridge/groups", b"[]", true);
    codec.feed("z/bridge/devices", list.as_bytes(), true);
    assert!(codec.feed("z/lights", br#"{"state":"ON"}"#, false).is_empty());
    codec.feed("z/bridge/devices", lamps.as_bytes(), true);
    let events = codec.feed("z/bridge/groups", groups.to_string().as_bytes(), true);
    let states: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Reported { report, .. } => report.values.get("state").cloned(),
            _ => None,
        })
        .collect();
    assert_eq!(states, [Some(Value::Switch(true))], "{events:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The recorded list with some bytes changed: an error or devices, never a panic, and the codec lives on.
    #[test]
    fn a_damaged_list_is_survived(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = RECORDED.as_bytes().to_vec();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let mut codec = recorded();
        codec.feed("z/bridge/devices", &bytes, true);
        codec.feed("z/bridge/devices", RECORDED.as_bytes(), true);
        prop_assert_eq!(report(&mut codec, "plug", &json!({"power": 5})).values.len(), 1);
    }

    /// Any bytes on any topic.
    #[test]
    fn any_bytes_are_survived(payload in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..9) {
        let name = ["plug", "plug/availability", "bridge/state", "bridge/info", "bridge/devices", "bridge/groups",
            "bridge/event", "bridge/logging", "bridge/response/x"][at];
        recorded().feed(&format!("z/{name}"), &payload, false);
    }
}
