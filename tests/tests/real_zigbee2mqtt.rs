//! The real Zigbee2MQTT on the embedded broker, without a hub between: what the adapter is built on must be true.

use std::future::Future;
use std::time::Duration;

use lares_broker::{Broker, BrokerConfig, EmbeddedBroker as _, Role, RunningBroker, UserName, UserStore};
use lares_tests::folder::Folder;
use lares_tests::zigbee2mqtt::{Settings, Zigbee2Mqtt};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Longer than any step takes on a busy machine; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
const BULB: &str = "0x000b57fffe000001";
const MOTION: &str = "0x0017880100000005";

#[tokio::test(flavor = "multi_thread")]
async fn devices_join_obey_report_and_survive_a_restart_on_the_embedded_broker() {
    let folder = Folder::new();
    let (broker, password) = broker(&folder).await;
    let mut hub = Client::connect(&broker).await;
    let data = folder.path().join("z2m");
    let settings = Settings {
        broker: broker.local_addr(),
        user: "zigbee2mqtt",
        password: &password,
        base: "zigbee2mqtt",
        data: &data,
        devices: "bulb_ikea,motion_hue",
    };
    let zigbee = Zigbee2Mqtt::start(&settings);

    // Pairing: both devices are interviewed and listed.
    hub.publish("bridge/request/permit_join", &json!({"time": 120, "transaction": "1"})).await;
    hub.until("bridge/response/permit_join", |answer| answer["status"] == "ok").await;
    hub.until("bridge/devices", |devices| interviewed(devices) == [BULB, MOTION]).await;

    // A command is obeyed, and what happens in the world is reported.
    hub.publish(&format!("{BULB}/set"), &json!({"state": "OFF"})).await;
    hub.until(BULB, |state| state["state"] == "OFF").await;
    zigbee.world(r#"{"device":"motion_hue","do":"motion"}"#);
    hub.until(MOTION, |state| state["occupancy"] == true).await;

    // A rename: the new name is the topic from then on, and the address still works for commands.
    let rename = json!({"from": BULB, "to": "Kitchen/Ceiling", "transaction": "2"});
    hub.publish("bridge/request/device/rename", &rename).await;
    hub.until("bridge/response/device/rename", |answer| answer["status"] == "ok").await;
    hub.publish(&format!("{BULB}/set"), &json!({"state": "ON"})).await;
    hub.until("Kitchen/Ceiling", |state| state["state"] == "ON").await;

    // A clean end, a power cut: the broker says so each time, by a message or by the last will.
    zigbee.stop();
    hub.until("bridge/state", |state| state["state"] == "offline").await;
    let zigbee = Zigbee2Mqtt::start(&settings);
    hub.until("bridge/state", |state| state["state"] == "online").await;
    zigbee.kill();
    hub.until("bridge/state", |state| state["state"] == "offline").await;
    let zigbee = Zigbee2Mqtt::start(&settings);
    hub.until("bridge/devices", |devices| names(devices).contains(&"Kitchen/Ceiling".to_string())).await;

    // Removal. The answer may come before or after the list, so that only one of them can be waited for.
    hub.publish("bridge/request/device/remove", &json!({"id": MOTION, "transaction": "3"})).await;
    hub.until("bridge/devices", |devices| names(devices) == ["Coordinator", "Kitchen/Ceiling"]).await;

    zigbee.stop();
    broker.stop().await.expect("the broker stops");
}

/// A broker on a free port, and the password of its user for Zigbee2MQTT.
async fn broker(folder: &Folder) -> (RunningBroker, String) {
    let users = UserStore::new(folder.path().join("users.json"));
    let name = UserName::parse("zigbee2mqtt").expect("a good name");
    let password = users.add(&name, Role::Zigbee2mqtt).expect("a user can be added").as_str().to_string();
    let mut config = BrokerConfig::new(folder.path().join("mqtt"));
    config.listen.set_port(0);
    (Broker::start(config, users).await.expect("the broker starts"), password)
}

/// The names in a `bridge/devices` message, sorted.
fn names(devices: &Value) -> Vec<String> {
    let mut names: Vec<String> = devices
        .as_array()
        .into_iter()
        .flatten()
        .map(|device| device["friendly_name"].as_str().unwrap_or_default().to_string())
        .collect();
    names.sort();
    names
}

/// The addresses in a `bridge/devices` message whose interview has succeeded, sorted; the coordinator left aside.
fn interviewed(devices: &Value) -> Vec<String> {
    let done = |device: &&Value| device["type"] != "Coordinator" && device["interview_state"] == "SUCCESSFUL";
    let mut addresses: Vec<String> = devices
        .as_array()
        .into_iter()
        .flatten()
        .filter(done)
        .map(|device| device["ieee_address"].as_str().unwrap_or_default().to_string())
        .collect();
    addresses.sort();
    addresses
}

/// What the hub is to the broker: a client that sees all that Zigbee2MQTT says, and may ask anything of it.
struct Client {
    client: AsyncClient,
    messages: mpsc::UnboundedReceiver<(String, Value)>,
}

impl Client {
    async fn connect(broker: &RunningBroker) -> Self {
        let (address, login) = (broker.local_addr(), broker.hub_login());
        let id = format!("{}test", lares_broker::HUB_CLIENT_ID_PREFIX);
        let mut options = MqttOptions::new(id, address.ip().to_string(), address.port());
        options.set_credentials(&login.user, login.password.as_str());
        options.set_max_packet_size(10_000_000, 10_000_000);
        let (client, mut connection) = AsyncClient::new(options, 100);
        let (sender, messages) = mpsc::unbounded_channel();
        let (subscribed, ready) = tokio::sync::oneshot::channel();
        client.subscribe("zigbee2mqtt/#", QoS::AtLeastOnce).await.expect("the queue has room");
        tokio::spawn(async move {
            let mut subscribed = Some(subscribed);
            while let Ok(event) = connection.poll().await {
                match event {
                    Event::Incoming(Packet::Publish(message)) => {
                        let topic = message.topic.trim_start_matches("zigbee2mqtt/").to_string();
                        // What is no JSON is not waited for. Nobody listens any more when the test is over.
                        let _ = sender
                            .send((topic, serde_json::from_slice(&message.payload).unwrap_or_default()));
                    }
                    Event::Incoming(Packet::SubAck(_)) => {
                        let _ = subscribed.take().map(|subscribed| subscribed.send(()));
                    }
                    _ => {}
                }
            }
        });
        soon("the subscription", ready).await.expect("the connection lives");
        Self { client, messages }
    }

    async fn publish(&self, topic: &str, payload: &Value) {
        let topic = format!("zigbee2mqtt/{topic}");
        self.client
            .publish(topic, QoS::AtLeastOnce, false, payload.to_string())
            .await
            .expect("the queue has room");
    }

    /// Waits for a message on `topic` that fits; what comes before it is dropped.
    async fn until(&mut self, topic: &str, fits: impl Fn(&Value) -> bool) {
        let mut last = Value::Null;
        let found = tokio::time::timeout(PATIENCE, async {
            while let Some((on, payload)) = self.messages.recv().await {
                if on == topic {
                    if fits(&payload) {
                        return true;
                    }
                    last = payload;
                }
            }
            false
        });
        assert!(found.await.unwrap_or(false), "waited in vain on {topic}; the last there was {last}");
    }
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
