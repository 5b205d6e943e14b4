//! The whole line on a hub in this process: from an MQTT packet of Zigbee2MQTT to a command back, and what goes wrong on
//! the way. Recorded traffic comes through a real MQTT client; the real program is in `real_hub.rs`.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use lares_broker::{Broker, BrokerConfig, EmbeddedBroker as _, HubLogin, Role, UserName, UserStore};
use lares_hub::{HttpChoice, Hub, HubConfig, MqttChoice};
use lares_tests::checkout;
use lares_tests::folder::Folder;
use lares_tests::home::{Home, View};
use lares_tests::hub::TestHub;
use lares_tests::mqtt::Login;
use lares_tests::proxy::Proxy;
use lares_tests::stand_in::{StandIn, address, recorded_devices};
use serde_json::{Value, json};

/// What is away is shown within this, and what is back is right again.
const SOON: Duration = Duration::from_secs(5);

const MOTION_LIGHT: &str = "\
rules:
  - name: Ceiling on motion
    while: hall_motion.motion
    hold: { living_ceiling: { state: on } }
";

async fn zigbee(hub: &TestHub) -> StandIn {
    let password = hub.mqtt_user("zigbee2mqtt", Role::Zigbee2mqtt);
    let zigbee = StandIn::start(login(hub, &password)).await;
    hub.home.until("the recorded devices are there", |view| view.device("newest").is_some()).await;
    zigbee
}

fn login<'a>(hub: &TestHub, password: &'a str) -> Login<'a> {
    Login { broker: hub.mqtt, user: "zigbee2mqtt", password }
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_traffic_gives_the_expected_devices_and_states() {
    let hub = TestHub::start().await;
    let zigbee = zigbee(&hub).await;
    let folder = checkout::root().join("crates/lares-adapters/tests/data");
    let recording = fs::read_to_string(folder.join("messages.jsonl")).expect("the recording is there");
    for line in recording.lines() {
        let message: Value = serde_json::from_str(line).expect("JSON");
        let Some(topic) = message["topic"].as_str() else { continue };
        let payload = match message["file"].as_str() {
            Some(file) => fs::read_to_string(folder.join(file)).expect("the recording is there"),
            None => message["payload"].as_str().unwrap_or_default().to_owned(),
        };
        zigbee.say(topic, message["retained"] == true, payload);
    }
    // Messages of one client arrive in order: when the last is in, all are.
    zigbee.report("newest", &json!({"temperature": 12.25}));
    hub.home.until_value("newest.temperature", &json!(12.25)).await;
    // But for the lists, which have a connection of their own.
    let view = hub.home.until_value("lights.state", &json!("on")).await;
    expect("recorded_home.txt", &in_full(&view));
    hub.stop().await;
}

/// What is believed of each device, for people to read.
fn in_full(view: &View) -> String {
    let mut text = String::new();
    for device in &view.devices {
        let online = if device.online { "online" } else { "offline" };
        let (id, key, name) = (&device.id, &device.key, &device.name);
        writeln!(text, "{id} {key} {name:?} {} {online} {}", device.kind, device.power)
            .expect("a string takes all");
        for name in &device.order {
            let property = &device.properties[name];
            let access = [(property.readable, 'r'), (property.writable, 'w')];
            let access: String = access.iter().filter(|(has, _)| *has).map(|(_, letter)| *letter).collect();
            let (shape, state) = (&property.shape.r#type, &property.state);
            let unit = property.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
            writeln!(text, "  {name}: {shape} {access} = {}{unit} ({})", state.value, state.freshness)
                .expect("a string takes all");
        }
        let actions: Vec<_> = device.actions.iter().map(|action| action.name.as_str()).collect();
        if !actions.is_empty() {
            writeln!(text, "  actions: {}", actions.join(", ")).expect("a string takes all");
        }
    }
    text
}

/// Compares with a file of `tests/tests/data`; with `LARES_BLESS` set, writes it anew.
fn expect(name: &str, found: &str) {
    let path = checkout::root().join("tests/tests/data").join(name);
    if std::env::var_os("LARES_BLESS").is_some() {
        fs::write(&path, found).expect("the expectation can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (number, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {} of {name}", number + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{name} has as many lines as was found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_motion_lights_a_lamp_by_a_rule_file_that_can_be_edited_live() {
    let hub = TestHub::start().await;
    let zigbee = zigbee(&hub).await;
    hub.write_rules("light.yaml", MOTION_LIGHT);
    hub.home.until("the rule is well", |view| view.rule_is_ok("ceiling_on_motion")).await;
    zigbee.report("living/ceiling", &json!({"state": "OFF", "brightness": 100}));
    zigbee.report("hall_motion", &json!({"occupancy": false, "illuminance": 10}));
    hub.home.until_value("hall_motion.motion", &json!(false)).await;

    zigbee.report("hall_motion", &json!({"occupancy": true}));
    assert_eq!(zigbee.until_commanded(address::CEILING, 1).await, [json!({"state": "ON"})]);
    let view = hub.home.until_value("living_ceiling.state", &json!("on")).await;
    let state = &view.property("living_ceiling.state").expect("it is there").state;
    assert!(state.pending.is_none() && state.failed.is_none(), "{state:?}");
    assert!(state.why.iter().any(|link| link.contains("Ceiling on motion")), "{:?}", state.why);
    assert!(state.held.as_ref().is_some_and(|held| !held.manual), "{:?}", state.held);
    zigbee.report("hall_motion", &json!({"occupancy": false}));
    assert_eq!(zigbee.until_commanded(address::CEILING, 2).await[1], json!({"state": "OFF"}));

    // Edited live: from now on it is dimmed, too.
    let edited = MOTION_LIGHT.replace("state: on", "state: on, brightness: 50 %");
    hub.write_rules("light.yaml", &edited);
    // Whether the new text is in force cannot be seen before it acts, so both are asked for together.
    hub.write_rules(
        "more.yaml",
        "rules:\n  - name: Other\n    when: { every: 1h }\n    do: [ { log: tick } ]\n",
    );
    hub.home.until("the files are read", |view| view.rule_is_ok("other")).await;
    zigbee.report("hall_motion", &json!({"occupancy": true}));
    assert_eq!(
        zigbee.until_commanded(address::CEILING, 3).await[2],
        json!({"state": "ON", "brightness": 127})
    );
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_file_keeps_its_last_good_version_and_a_broken_rule_stops_only_itself() {
    let hub = TestHub::start().await;
    let zigbee = zigbee(&hub).await;
    zigbee.report("hall_motion", &json!({"occupancy": false}));
    hub.write_rules("light.yaml", MOTION_LIGHT);
    hub.home.until("the rule is well", |view| view.rule_is_ok("ceiling_on_motion")).await;

    // Half written: the last good version goes on, and the place of the trouble is told.
    hub.write_rules("light.yaml", &MOTION_LIGHT[..MOTION_LIGHT.len() - 12]);
    let told = |view: &View| {
        view.diagnostics.iter().any(|told| told.file == "light.yaml" && told.severity == "error")
    };
    let view = hub.home.until("the error is told", told).await;
    assert!(view.rule_is_ok("ceiling_on_motion"), "{}", view.in_short());
    zigbee.report("hall_motion", &json!({"occupancy": true}));
    zigbee.until_commanded(address::CEILING, 1).await;

    // Complete again, with a second rule that is wrong and a third that is right.
    let broken = "  - name: Broken\n    while: hall_motion.moton\n    hold: { plug: { state: on } }\n\
                  \x20 - name: Plug follows door\n    while: front_door.open\n    hold: { plug: { state: on } }\n";
    hub.write_rules("light.yaml", format!("{MOTION_LIGHT}{broken}"));
    let view = hub.home.until("the broken rule is told", |view| view.rule("broken").is_some()).await;
    let rule = view.rule("broken").expect("it is there");
    assert_eq!(rule.health, "error", "{}", view.in_short());
    assert!(
        view.rule_is_ok("ceiling_on_motion") && view.rule_is_ok("plug_follows_door"),
        "{}",
        view.in_short()
    );
    let [told] = &view.diagnostics[..] else { panic!("{:?}", view.diagnostics) };
    assert_eq!((told.file.as_str(), told.line, told.severity.as_str()), ("light.yaml", 6, "error"));
    let shown: String = told.source_line.chars().skip(told.column as usize - 1).collect();
    assert!(shown.starts_with("hall_motion.moton") || shown.starts_with("moton"), "{told:?}");
    assert!(format!("{}{}", told.message, told.help).contains("motion"), "did you mean: {told:?}");
    zigbee.report("front door", &json!({"contact": false}));
    zigbee.until_commanded(address::PLUG, 1).await;

    // A file that goes takes its rules with it.
    fs::remove_file(hub.rule_file("light.yaml")).expect("it is there");
    hub.home.until("no rules are left", |view| view.rules.is_empty() && view.diagnostics.is_empty()).await;
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_kept_is_state_and_fires_nothing() {
    let hub = TestHub::start().await;
    let rules = "\
rules:
  - name: On press
    when: { event: remote.action, is: \"on\" }
    do: [ { set: { plug: { state: on } } } ]
  - name: On open
    when: front_door.open
    do: [ { set: { newest: { state: on } } } ]
";
    hub.write_rules("rules.yaml", rules);
    let zigbee = zigbee(&hub).await;
    let well = |view: &View| view.rule_is_ok("on_press") && view.rule_is_ok("on_open");
    hub.home.until("the rules are well", well).await;
    zigbee.say("remote", true, r#"{"action":"on","battery":74}"#);
    zigbee.say("front door", true, r#"{"contact":false}"#);
    hub.home.until_value("front_door.open", &json!(true)).await;
    // A wish that is under way at the restart would be told again: this one is fulfilled before.
    zigbee.until_commanded(address::PLUG, 1).await;
    hub.home.until_value("plug.state", &json!("on")).await;
    // Live messages are seen as retained by a hub that connects later.
    let hub = hub.restart().await;
    hub.home.until("Zigbee2MQTT is there", |view| view.adapter_state("zigbee2mqtt") == "online").await;
    hub.home.until("the rules are well", well).await;
    let before = zigbee.commands().len();
    hub.home.until_value("remote.battery", &json!(74)).await;
    // What comes live does fire, and after all that came before it.
    zigbee.report("front door", &json!({"contact": true}));
    hub.home.until_value("front_door.open", &json!(false)).await;
    zigbee.report("front door", &json!({"contact": false}));
    zigbee.until_commanded(address::NEWEST, 1).await;
    assert_eq!(zigbee.commands().len(), before + 1, "{:?}", zigbee.commands());
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zigbee2mqtt_goes_and_comes_back_and_the_window_knows_within_five_seconds() {
    let hub = TestHub::start().await;
    hub.write_rules("light.yaml", MOTION_LIGHT);
    let password = hub.mqtt_user("zigbee2mqtt", Role::Zigbee2mqtt);
    let mut zigbee = StandIn::start(login(&hub, &password)).await;
    let there =
        |view: &View| view.adapter_state("zigbee2mqtt") == "online" && view.rule_is_ok("ceiling_on_motion");
    hub.home.until("all is well", there).await;

    for clean in [false, true] {
        zigbee.report("hall_motion", &json!({"occupancy": false}));
        hub.home.until_value("hall_motion.motion", &json!(false)).await;
        if clean {
            zigbee.stop().await;
        } else {
            drop(zigbee);
        }
        let view = hub
            .home
            .within(SOON, "it is shown as away", |view| view.adapter_state("zigbee2mqtt") == "offline")
            .await;
        let lamp = view.property("hall_motion.motion").expect("devices stay");
        assert_eq!(lamp.state.freshness, "offline", "what cannot be heard is not known");
        let problem = hub.home.set("living_ceiling.state", json!("on")).await.expect_err("nobody hears it");
        assert!(["not_connected", "failed", "timed_out"].contains(&problem.code.as_str()), "{problem:?}");

        zigbee = StandIn::start(login(&hub, &password)).await;
        hub.home
            .within(SOON, "it is shown as back", |view| view.adapter_state("zigbee2mqtt") == "online")
            .await;
        zigbee.report("hall_motion", &json!({"occupancy": false}));
        hub.home.until_value("hall_motion.motion", &json!(false)).await;
        zigbee.report("hall_motion", &json!({"occupancy": true}));
        let commands = zigbee.until_commanded(address::CEILING, 1).await;
        assert_eq!(commands, [json!({"state": "ON"})]);
        hub.home.until_value("living_ceiling.state", &json!("on")).await;
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_broker_goes_and_comes_back_and_all_is_right_again_without_a_restart() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path().join("automations")).expect("a folder can be made");
    fs::write(folder.path().join("automations/light.yaml"), MOTION_LIGHT).expect("a file can be written");
    let users = UserStore::new(folder.path().join("users.json"));
    let name = UserName::parse("zigbee2mqtt").expect("a good name");
    let password = users.add(&name, Role::Zigbee2mqtt).expect("a user can be added");
    let mut config = BrokerConfig::new(folder.path().join("broker"));
    config.listen.set_port(0);
    let broker = Broker::start(config, users).await.expect("the broker starts");
    let mut wire = Proxy::start(broker.local_addr()).await;

    let mut config = HubConfig::new(folder.path());
    config.http = Some(HttpChoice::Off);
    let HubLogin { user, password: own } = broker.hub_login();
    config.mqtt = Some(MqttChoice::Url(format!("mqtt://{user}:{}@{}", own.as_str(), wire.address)));
    let running = Hub::start(config).await.expect("the hub starts");
    let home = Home::Here(running.handle());
    let login = Login { broker: broker.local_addr(), user: "zigbee2mqtt", password: password.as_str() };
    let zigbee = StandIn::start(login).await;
    let there =
        |view: &View| view.adapter_state("zigbee2mqtt") == "online" && view.rule_is_ok("ceiling_on_motion");
    home.until("all is well", there).await;

    wire.cut().await;
    home.within(SOON, "it is shown as away", |view| view.adapter_state("zigbee2mqtt") != "online").await;
    // What happened meanwhile is seen afterwards, and is no reason to act late on it.
    wire.mend().await;
    home.within(SOON, "it is shown as back", there).await;
    zigbee.report("hall_motion", &json!({"occupancy": false}));
    home.until_value("hall_motion.motion", &json!(false)).await;
    zigbee.report("hall_motion", &json!({"occupancy": true}));
    zigbee.until_commanded(address::CEILING, 1).await;
    home.until_value("living_ceiling.state", &json!("on")).await;
    running.stop().await;
    broker.stop().await.expect("the broker stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_told_where_it_belongs_and_everything_else_goes_on() {
    let hub = TestHub::start().await;
    hub.write_rules("light.yaml", MOTION_LIGHT);
    hub.write_rules("latin1.yaml", b"rules:\n  - name: K\xfcche\n");
    let zigbee = zigbee(&hub).await;
    let long = "x".repeat(1_000_000);
    let cases: [(&str, Vec<u8>); 11] = [
        ("hall_motion", b"{\"occupancy\":".to_vec()),
        ("hall_motion", b"[true]".to_vec()),
        ("hall_motion", b"\xff\xfe\x00".to_vec()),
        ("hall_motion", json!({"occupancy": "perhaps", "illuminance": [1, 2]}).to_string().into()),
        ("hall_motion", json!({"no_such_property": {"a": 1}, &long: 1}).to_string().into()),
        ("plug", json!({"state": long}).to_string().into()),
        ("bridge/devices", b"{".to_vec()),
        ("bridge/devices", b"[{\"ieee_address\":7},null,3]".to_vec()),
        ("bridge/event", b"null".to_vec()),
        ("bridge/state", b"\xc3\x28".to_vec()),
        ("no such device", b"{\"state\":\"ON\"}".to_vec()),
    ];
    for (topic, payload) in cases {
        zigbee.say(topic, false, payload);
    }
    // A device whose name has a megabyte, beside the good ones.
    let mut devices = recorded_devices();
    let mut giant = devices[1].clone();
    giant["ieee_address"] = json!("0x00000000000000ff");
    giant["friendly_name"] = json!(long);
    devices.as_array_mut().expect("a list").push(giant);
    zigbee.tell_devices(&devices);

    // Everything else goes on.
    zigbee.report("hall_motion", &json!({"occupancy": false}));
    hub.home.until_value("hall_motion.motion", &json!(false)).await;
    zigbee.report("hall_motion", &json!({"occupancy": true}));
    zigbee.until_commanded(address::CEILING, 1).await;
    let view = hub.home.until_value("living_ceiling.state", &json!("on")).await;
    assert_eq!(view.adapter_state("zigbee2mqtt"), "online");
    let names = view.devices.iter().map(|device| device.name.len().max(device.id.len()));
    assert!(names.max().unwrap_or(0) < 1000, "a name is as long as a message");
    let told = view.diagnostics.iter().find(|told| told.file == "latin1.yaml").expect("the file is told");
    assert_eq!(told.line, 2, "{told:?}");
    assert!(told.message.contains("UTF-8"), "{told:?}");

    // It is told in the journal, in so few words that a person can read them.
    let journal = hub.home.ask("journal", json!({"limit": 1000})).await;
    let bad: Vec<&str> = journal
        .as_array()
        .into_iter()
        .flatten()
        .filter(|line| line["kind"] == "bad_input")
        .filter_map(|line| line["text"].as_str())
        .collect();
    assert!(bad.len() >= 5, "{journal}");
    assert!(bad.iter().any(|text| text.contains("perhaps")), "{bad:?}");
    assert!(bad.iter().all(|text| text.len() < 2000), "a line of the journal is as long as a message");
    hub.stop().await;
}
