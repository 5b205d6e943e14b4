//! The whole hub with the real Zigbee2MQTT and all devices of the simulated radio: the main job on real input.

use std::fs;
use std::time::Duration;

use lares_broker::Role;
use lares_tests::home::View;
use lares_tests::hub::TestHub;
use lares_tests::zigbee2mqtt::{Settings, Zigbee2Mqtt};
use serde_json::{Value, json};

/// What is away is shown within this, and what is back is right again.
const SOON: Duration = Duration::from_secs(5);
/// Interviews take their time: the smoke alarm alone pauses for 10 s.
const INTERVIEWS: Duration = Duration::from_secs(60);

/// Each device of the simulation: address, kind, and properties of which a person must find the controls.
const EXPECTED: [(&str, &str, &[&str]); 15] = [
    ("0x000b57fffe000001", "light", &["state", "brightness", "color_temperature", "color"]),
    ("0x0017880100000002", "light", &["state", "brightness", "color_temperature", "color"]),
    ("0x00158d0000000003", "sensor", &[]),
    ("0x00124b0000000004", "sensor", &[]),
    ("0x0017880100000005", "sensor", &[]),
    ("0x00158d0000000006", "sensor", &[]),
    ("0x00158d0000000007", "sensor", &[]),
    ("0x0015bc0000000008", "plug", &["state"]),
    ("0x14b457fffe000009", "thermostat", &["target_temperature"]),
    ("0x000b57fffe00000a", "cover", &["position"]),
    ("0x000d6f000000000b", "lock", &["lock"]),
    ("0x000b57fffe00000c", "button", &[]),
    ("0x000004740000000d", "sensor", &[]),
    ("0x00124b000000000e", "switch", &["state_l1", "state_l2"]),
    ("0x00aabb000000000f", "switch", &["state"]),
];

const BULB: &str = "0x000b57fffe000001";
const MOTION: &str = "0x0017880100000005";
const LEAK: &str = "0x00158d0000000007";

#[tokio::test(flavor = "multi_thread")]
async fn real_devices_join_obey_react_and_come_back() {
    let hub = TestHub::start().await;
    let password = hub.mqtt_user("zigbee2mqtt", Role::Zigbee2mqtt);
    let data = hub.data().join("zigbee2mqtt");
    let settings = Settings {
        broker: hub.mqtt,
        user: "zigbee2mqtt",
        password: &password,
        base: "zigbee2mqtt",
        data: &data,
        devices: "",
    };
    let zigbee = Zigbee2Mqtt::start(&settings);
    hub.home.until("Zigbee2MQTT is there", |view| view.adapter_state("zigbee2mqtt") == "online").await;

    // Add device: the countdown runs, and everything comes in by itself.
    hub.home.ask("permit_join", json!({"adapter": "zigbee2mqtt", "seconds": 120})).await;
    let joining =
        |view: &View| view.adapter("zigbee2mqtt").is_some_and(|adapter| adapter.joining_until.is_some());
    hub.home.until("the countdown is shown", joining).await;
    let complete = |view: &View| EXPECTED.iter().all(|expected| misfit(view, expected).is_none());
    let view =
        match tokio::time::timeout(INTERVIEWS, hub.home.within(INTERVIEWS, "all are in", complete)).await {
            Ok(view) => view,
            Err(_) => hub.home.look().await,
        };
    let misfits: Vec<String> = EXPECTED.iter().filter_map(|expected| misfit(&view, expected)).collect();
    assert!(misfits.is_empty(), "{misfits:#?}");
    // Nobody named them yet, so each is called by what it is.
    let addresses: Vec<_> = view.devices.iter().filter(|device| device.name.starts_with("0x")).collect();
    assert!(addresses.is_empty(), "{}", view.in_short());
    for (address, name, id) in
        [(BULB, "IKEA bulb", "ikea_bulb"), (MOTION, "Hue motion sensor", "hue_motion_sensor")]
    {
        let key = format!("zigbee:{address}");
        let device = view.devices.iter().find(|device| device.key == key).expect("it is in");
        assert_eq!((device.name.as_str(), device.id.as_str()), (name, id));
    }
    let steps = &view.adapter("zigbee2mqtt").expect("it is there").pairing;
    assert!(steps.iter().any(|pairing| pairing.step == "interview_successful"), "{steps:?}");

    // What a person sets changes the world.
    let bulb = slug(&view, BULB);
    for (address, property, value, key, attribute, expected) in [
        (BULB, "state", json!("off"), "bulb_ikea", "genOnOff.onOff", json!(0)),
        (
            "0x14b457fffe000009",
            "target_temperature",
            json!(23.5),
            "trv_danfoss",
            "hvacThermostat.occupiedHeatingSetpoint",
            json!(2350),
        ),
        (
            "0x000b57fffe00000a",
            "position",
            json!(30),
            "blind_ikea",
            "closuresWindowCovering.currentPositionLiftPercentage",
            json!(70),
        ),
        ("0x000d6f000000000b", "lock", json!("off"), "lock_yale", "closuresDoorLock.lockState", json!(2)),
    ] {
        let name = format!("{}.{property}", slug(&view, address));
        let outcome = hub.home.set(&name, value.clone()).await;
        assert_eq!(outcome, Ok(json!("confirmed")), "{name} = {value}");
        let (cluster, attribute) = attribute.split_once('.').expect("a cluster and an attribute");
        until_world(&zigbee, key, cluster, attribute, &expected).await;
    }

    // A rule file: motion lights the lamp.
    // A person's click holds for half an hour; "resume" gives the lamp back to the rules.
    hub.home.ask("resume", json!({"device": bulb, "property": null})).await;
    let motion = slug(&view, MOTION);
    let rule = format!(
        "rules:\n  - name: Motion lights\n    while: {motion}.motion\n    hold: {{ {bulb}: {{ state: on }} }}\n"
    );
    fs::write(hub.rule_file("rule.yaml"), rule).expect("a rule file can be written");
    hub.home.until("the rule is well", |view| view.rule_is_ok("motion_lights")).await;
    zigbee.world(r#"{"device":"motion_hue","do":"motion"}"#);
    until_world(&zigbee, "bulb_ikea", "genOnOff", "onOff", &json!(1)).await;
    hub.home.until_value(&format!("{bulb}.state"), &json!("on")).await;

    // Another name: the device, its history and the rule go on.
    hub.home.ask("rename_device", json!({"device": bulb, "name": "Kitchen ceiling"})).await;
    let view = hub
        .home
        .until("it is renamed", |view| view.devices.iter().any(|d| d.name == "Kitchen ceiling"))
        .await;
    let bulb = slug(&view, BULB);
    hub.home.set(&format!("{bulb}.brightness"), json!(40)).await.expect("the renamed lamp obeys");

    // Zigbee2MQTT goes and comes back; nothing is restarted here.
    zigbee.stop();
    hub.home.within(SOON, "it is shown as away", |view| view.adapter_state("zigbee2mqtt") == "offline").await;
    let zigbee = Zigbee2Mqtt::start(&settings);
    hub.home.within(SOON, "it is shown as back", |view| view.adapter_state("zigbee2mqtt") == "online").await;
    let outcome = hub.home.set(&format!("{bulb}.brightness"), json!(80)).await;
    assert_eq!(outcome, Ok(json!("confirmed")));

    // Removal.
    let leak = slug(&hub.home.look().await, LEAK);
    hub.home.ask("remove_device", json!({"device": leak, "force": true})).await;
    hub.home.until("it is gone", |view| view.devices.iter().all(|device| !device.key.ends_with(LEAK))).await;
    zigbee.stop();
    hub.stop().await;
}

fn slug(view: &View, address: &str) -> String {
    let key = format!("zigbee:{address}");
    let device = view.devices.iter().find(|device| device.key == key);
    device.unwrap_or_else(|| panic!("{key} is not there: {}", view.in_short())).id.clone()
}

/// How a device differs from what is expected, if it does.
fn misfit(view: &View, (address, kind, controls): &(&str, &str, &[&str])) -> Option<String> {
    let key = format!("zigbee:{address}");
    let Some(device) = view.devices.iter().find(|device| device.key == key) else {
        return Some(format!("{key} is not there"));
    };
    if !device.not_ready.is_empty() {
        return Some(format!("{key} is not ready: {}", device.not_ready));
    }
    let missing: Vec<_> = controls
        .iter()
        .filter(|name| device.properties.get(**name).is_none_or(|property| !property.writable))
        .collect();
    let fits = device.kind == *kind && missing.is_empty() && !device.properties.is_empty();
    (!fits).then(|| format!("{key} is a {} with {:?}", device.kind, device.order))
}

/// Waits until an attribute of a simulated device is so.
async fn until_world(zigbee: &Zigbee2Mqtt, key: &str, cluster: &str, attribute: &str, expected: &Value) {
    let until = tokio::time::Instant::now() + lares_tests::home::PATIENCE;
    loop {
        let world = zigbee.look();
        let found = attribute_of(&world, key, cluster, attribute);
        if found.as_ref() == Some(expected) {
            return;
        }
        assert!(
            tokio::time::Instant::now() < until,
            "{key} {cluster} {attribute} is {found:?}, not {expected}; {world}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The attribute on whichever endpoint has it.
fn attribute_of(world: &Value, key: &str, cluster: &str, attribute: &str) -> Option<Value> {
    let device = world.as_array()?.iter().find(|device| device["key"] == key)?;
    let suffix = format!(".{cluster}");
    let (_, attributes) = device["attrs"].as_object()?.iter().find(|(name, _)| name.ends_with(&suffix))?;
    attributes.get(attribute).cloned()
}
