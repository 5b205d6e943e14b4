//! The task on the embedded broker. Zigbee2MQTT is played by a second client.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use lares_adapters::mqtt::{Link, LinkEvent, LinkOptions};
use lares_adapters::zigbee2mqtt::{Zigbee2Mqtt, Zigbee2MqttOptions};
use lares_adapters::{Adapter, AdapterAsk, AdapterChannels, AdapterRequest, AskError};
use lares_broker::{Broker, BrokerConfig, EmbeddedBroker as _, Role, RunningBroker, UserName, UserStore};
use lares_model::{AdapterState, Event, Value};
use serde_json::{Value as Json, json};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::support::{RECORDED, command};

/// Longer than anything here takes; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);
const BULB: &str = "zigbee:0x000b57fffe000001";

struct Dir(PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A broker with a user for Zigbee2MQTT; can be stopped and started again on its port.
struct Site {
    broker: RunningBroker,
    password: String,
    dir: Dir,
}

impl Site {
    async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("lares-adapters-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let dir = Dir(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&dir.0).unwrap();
        let users = UserStore::new(dir.0.join("users.json"));
        let password = users.add(&UserName::parse("z2m").unwrap(), Role::Zigbee2mqtt).unwrap();
        let password = password.as_str().to_owned();
        let broker = Self::start(&dir, 0).await;
        Self { broker, password, dir }
    }

    async fn start(dir: &Dir, port: u16) -> RunningBroker {
        let mut config = BrokerConfig::new(dir.0.join("mqtt"));
        config.listen.set_port(port);
        Broker::start(config, UserStore::new(dir.0.join("users.json"))).await.unwrap()
    }

    fn port(&self) -> u16 {
        self.broker.local_addr().port()
    }

    fn hub_options(&self) -> LinkOptions {
        let login = self.broker.hub_login();
        let mut options = LinkOptions::new("127.0.0.1", self.port(), "lares-test");
        options.credentials = Some((login.user.clone(), login.password.as_str().to_owned()));
        options
    }
}

/// Zigbee2MQTT as far as these tests need it: a client that publishes and hears.
struct Zigbee {
    client: rumqttc::AsyncClient,
    heard: mpsc::Receiver<(String, Json)>,
}

impl Zigbee {
    async fn connect(site: &Site) -> Self {
        let mut options = rumqttc::MqttOptions::new("z2m", "127.0.0.1", site.port());
        options.set_credentials("z2m", &site.password);
        options.set_max_packet_size(64 << 20, 64 << 20);
        let (client, mut connection) = rumqttc::AsyncClient::new(options, 1000);
        for filter in ["zigbee2mqtt/+/set", "zigbee2mqtt/+/get", "zigbee2mqtt/bridge/request/#"] {
            client.subscribe(filter, rumqttc::QoS::AtMostOnce).await.unwrap();
        }
        let (sender, heard) = mpsc::channel(100_000);
        let (ready, is_ready) = oneshot::channel();
        tokio::spawn(async move {
            let mut ready = Some(ready);
            let mut acks = 0;
            while let Ok(event) = connection.poll().await {
                match event {
                    rumqttc::Event::Incoming(rumqttc::Packet::SubAck(_)) => {
                        acks += 1;
                        if acks == 3 {
                            let _ = ready.take().map(|ready| ready.send(()));
                        }
                    }
                    rumqttc::Event::Incoming(rumqttc::Packet::Publish(message)) => {
                        let json = serde_json::from_slice(&message.payload).unwrap_or_default();
                        let _ = sender.send((message.topic, json)).await;
                    }
                    _ => {}
                }
            }
        });
        soon("the connection of Zigbee2MQTT", is_ready).await.unwrap();
        Self { client, heard }
    }

    async fn say(&self, name: &str, payload: impl Into<Vec<u8>>, retain: bool) {
        let topic = format!("zigbee2mqtt/{name}");
        self.client.publish(topic, rumqttc::QoS::AtLeastOnce, retain, payload).await.unwrap();
    }

    async fn start(&self) {
        self.say("bridge/state", r#"{"state":"online"}"#, true).await;
        self.say("bridge/info", r#"{"version":"2.14.1"}"#, true).await;
        self.say("bridge/devices", RECORDED, true).await;
        self.say("bridge/groups", "[]", true).await;
    }

    async fn hears(&mut self, name: &str) -> Json {
        let topic = format!("zigbee2mqtt/{name}");
        loop {
            let (heard, payload) = soon(name, self.heard.recv()).await.unwrap();
            if heard == topic {
                return payload;
            }
        }
    }
}

/// A running adapter.
struct Running {
    events: mpsc::Receiver<Event>,
    requests: mpsc::Sender<AdapterRequest>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), String>>,
}

impl Running {
    fn start(link: LinkOptions) -> Self {
        let (inbox, events) = mpsc::channel(256);
        let (requests, receiver) = mpsc::channel(16);
        let stop = CancellationToken::new();
        let channels = AdapterChannels { inbox, requests: receiver, stop: stop.clone() };
        let mut adapter = Zigbee2Mqtt::new(Zigbee2MqttOptions { link, base: "zigbee2mqtt".into() });
        let task = tokio::spawn(async move { adapter.run(channels).await });
        Self { events, requests, stop, task }
    }

    /// The next event that fits; what comes before it is dropped.
    async fn until<T>(&mut self, what: &str, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let event = soon(what, self.events.recv()).await.unwrap();
            if let Some(found) = fits(&event) {
                return found;
            }
        }
    }

    async fn until_state(&mut self, state: AdapterState) -> String {
        self.until(&format!("{state:?}"), |event| match event {
            Event::Adapter { status, .. } if status.state == state => Some(status.detail.clone()),
            _ => None,
        })
        .await
    }

    async fn until_listed(&mut self) -> usize {
        self.until("the list", |event| match event {
            Event::Listed { devices, .. } => Some(devices.len()),
            _ => None,
        })
        .await
    }

    async fn until_reported(&mut self, device: &str, property: &str) -> Option<Value> {
        self.until(&format!("{device} {property}"), |event| match event {
            Event::Reported { device: of, report } if of.as_str() == device => {
                report.values.get(property).cloned()
            }
            _ => None,
        })
        .await
    }

    async fn ask(&self, ask: AdapterAsk) -> oneshot::Receiver<Result<(), AskError>> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(AdapterRequest::Ask { ask, reply }).await.unwrap();
        answer
    }

    async fn end(self) {
        self.stop.cancel();
        assert_eq!(soon("the end", self.task).await.unwrap(), Ok(()));
    }
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_come_commands_go_and_answers_find_their_way_back() {
    let site = Site::new().await;
    let mut adapter = Running::start(site.hub_options());
    let detail = adapter.until_state(AdapterState::Waiting).await;
    assert!(detail.contains("base_topic"), "{detail}");

    // A retained list; a state under a name with a slash, which has a subscription of its own.
    let mut zigbee = Zigbee::connect(&site).await;
    zigbee.start().await;
    assert_eq!(adapter.until_listed().await, 16);
    zigbee.say("living/ceiling/availability", r#"{"state":"online"}"#, true).await;
    adapter.until("availability", |event| matches!(event, Event::Availability { .. }).then_some(())).await;
    zigbee.say("living/ceiling", r#"{"state":"ON","brightness":127}"#, false).await;
    assert_eq!(adapter.until_reported(BULB, "brightness").await, Some(Value::Number(50.0)));

    // A command by address, and one that cannot be.
    let on = command(BULB, &[("state", Value::Switch(true))], None);
    adapter.requests.send(AdapterRequest::Command(on)).await.unwrap();
    adapter.until("sent", |event| matches!(event, Event::CommandSent { .. }).then_some(())).await;
    assert_eq!(zigbee.hears("0x000b57fffe000001/set").await, json!({"state": "ON"}));
    let nobody = command("zigbee:0x7", &[("state", Value::Switch(true))], None);
    adapter.requests.send(AdapterRequest::Command(nobody)).await.unwrap();
    adapter.until("failed", |event| matches!(event, Event::CommandFailed { .. }).then_some(())).await;

    // After Zigbee2MQTT came, what is awake is asked; the mains-powered plug is, the battery thermostat is not.
    assert_eq!(zigbee.hears("0x0015bc0000000008/get").await["state"], "");

    // A question to the adapter itself: refused in the words of Zigbee2MQTT, and one that is done.
    let rename = AdapterAsk::Rename { device: BULB.into(), name: "lock".into() };
    let answer = adapter.ask(rename).await;
    let asked = zigbee.hears("bridge/request/device/rename").await;
    assert_eq!((&asked["from"], &asked["to"]), (&json!("0x000b57fffe000001"), &json!("lock")));
    let refusal = json!({"data": {}, "status": "error", "error": "already in use", "transaction": asked["transaction"]});
    zigbee.say("bridge/response/device/rename", refusal.to_string(), false).await;
    assert_eq!(soon("the refusal", answer).await.unwrap(), Err(AskError::Refused("already in use".into())));
    let answer = adapter.ask(AdapterAsk::PermitJoin { seconds: 60 }).await;
    let asked = zigbee.hears("bridge/request/permit_join").await;
    let done = json!({"data": {"time": 60}, "status": "ok", "transaction": asked["transaction"]});
    zigbee.say("bridge/response/permit_join", done.to_string(), false).await;
    assert_eq!(soon("the answer", answer).await.unwrap(), Ok(()));

    zigbee.say("bridge/state", r#"{"state":"offline"}"#, true).await;
    adapter.until_state(AdapterState::Offline).await;
    let answer = adapter.ask(AdapterAsk::PermitJoin { seconds: 60 }).await;
    assert_eq!(soon("the answer", answer).await.unwrap(), Err(AskError::NotConnected));
    adapter.end().await;
    site.broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_right_again_when_the_broker_returns() {
    let site = Site::new().await;
    let users = site.dir.0.join("users.json");
    // A login that outlives the broker, as an external broker's does.
    let store = UserStore::new(&users);
    let password = store.add(&UserName::parse("second").unwrap(), Role::Zigbee2mqtt).unwrap();
    let mut options = LinkOptions::new("127.0.0.1", site.port(), "second");
    options.credentials = Some(("second".into(), password.as_str().to_owned()));
    let mut adapter = Running::start(options);
    let zigbee = Zigbee::connect(&site).await;
    zigbee.start().await;
    adapter.until_listed().await;
    zigbee.say("living/ceiling/availability", "online", true).await;
    adapter.until("availability", |event| matches!(event, Event::Availability { .. }).then_some(())).await;

    let port = site.port();
    site.broker.stop().await.unwrap();
    let gone = Instant::now();
    let detail = adapter.until_state(AdapterState::Connecting).await;
    assert!(gone.elapsed() < Duration::from_secs(5), "{:?}", gone.elapsed());
    assert!(detail.contains("does not answer"), "{detail}");
    let on = command(BULB, &[("state", Value::Switch(true))], None);
    adapter.requests.send(AdapterRequest::Command(on)).await.unwrap();
    let reason = adapter
        .until("failed", |event| match event {
            Event::CommandFailed { reason, .. } => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert_eq!(reason, "the MQTT broker is not connected");

    let broker = Site::start(&site.dir, port).await;
    let back = Instant::now();
    adapter.until_state(AdapterState::Online).await;
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    // Subscriptions are back, those of names with a slash too; the retained list said nothing new.
    let site = Site { broker, ..site };
    let zigbee = Zigbee::connect(&site).await;
    zigbee.say("living/ceiling", r#"{"state":"OFF"}"#, false).await;
    assert_eq!(adapter.until_reported(BULB, "state").await, Some(Value::Switch(false)));
    adapter.end().await;
    site.broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn states_go_on_while_a_long_list_of_devices_is_taken_in() {
    let site = Site::new().await;
    let mut adapter = Running::start(site.hub_options());
    let zigbee = Zigbee::connect(&site).await;
    zigbee.start().await;
    assert_eq!(adapter.until_listed().await, 16);

    // Enough to take a while; the broker of a debug build takes longest.
    const COUNT: usize = 1500;
    let list = crate::large::list(COUNT, None);
    zigbee.say("bridge/devices", list, true).await;
    // A known device keeps reporting, under a name that the new list still holds.
    let mut slowest = Duration::ZERO;
    let mut between = 0;
    let mut described = 0;
    while described < COUNT {
        let said = Instant::now();
        zigbee.say("plug", r#"{"power":5}"#, false).await;
        let mut heard = false;
        while !heard && described < COUNT {
            match soon("an event", adapter.events.recv()).await.unwrap() {
                Event::Described { .. } => described += 1,
                Event::Reported { device, .. } if device.as_str() == "zigbee:0x0015bc0000000008" => {
                    heard = true;
                }
                // The former 16 are not in the new list.
                Event::Removed { device } if device.as_str() == "zigbee:0x0015bc0000000008" => heard = true,
                _ => {}
            }
        }
        if described == 0 {
            between += 1;
            slowest = slowest.max(said.elapsed());
        }
    }
    println!("{between} reports before the list was in, the slowest in {slowest:?}");
    assert!(between > 0);
    adapter.end().await;
    site.broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_read_displaces_no_good_one() {
    let site = Site::new().await;
    let mut adapter = Running::start(site.hub_options());
    let zigbee = Zigbee::connect(&site).await;
    zigbee.start().await;
    assert_eq!(adapter.until_listed().await, 16);
    // The second and third come while the first, being long, is decoded and taken in.
    const COUNT: usize = 600;
    let good = crate::large::list(COUNT + 1, None);
    zigbee.say("bridge/devices", crate::large::list(COUNT, None), false).await;
    zigbee.say("bridge/devices", good.as_bytes(), false).await;
    zigbee.say("bridge/devices", &good.as_bytes()[..good.len() / 2], false).await;
    let mut listed = 0;
    let complaint = adapter.until("the complaint", |event| match event {
        Event::Listed { devices, .. } => {
            listed = devices.len();
            None
        }
        Event::BadInput { text, .. } => Some(text.clone()),
        _ => None,
    });
    let complaint = complaint.await;
    assert!(complaint.contains("cannot be read"), "{complaint}");
    assert_eq!(listed, COUNT + 1);
    adapter.end().await;
    site.broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_takes_no_second_connection_is_said_to() {
    let site = Site::new().await;
    // The client id of the second connection, in the hands of another user.
    let mut theirs = rumqttc::MqttOptions::new("second-lists", "127.0.0.1", site.port());
    theirs.set_credentials("z2m", &site.password);
    let (_client, mut connection) = rumqttc::AsyncClient::new(theirs, 10);
    soon("the connection", connection.poll()).await.unwrap();
    let other = tokio::spawn(async move { while connection.poll().await.is_ok() {} });

    let store = UserStore::new(site.dir.0.join("users.json"));
    let password = store.add(&UserName::parse("second").unwrap(), Role::Zigbee2mqtt).unwrap();
    let mut options = LinkOptions::new("127.0.0.1", site.port(), "second");
    options.credentials = Some(("second".into(), password.as_str().to_owned()));
    let mut adapter = Running::start(options);
    let zigbee = Zigbee::connect(&site).await;
    zigbee.start().await;
    let missing = adapter.until("the reason", |event| match event {
        Event::Adapter { status, .. } if status.detail.contains("no second connection") => {
            Some(status.detail.clone())
        }
        _ => None,
    });
    let detail = missing.await;
    assert!(detail.contains("refused"), "{detail}");

    other.abort();
    assert_eq!(adapter.until_listed().await, 16);
    let state = adapter.until_state(AdapterState::Online);
    let detail = tokio::time::timeout(Duration::from_millis(200), state).await;
    assert!(detail.is_err() || !detail.unwrap().contains("second connection"));
    adapter.end().await;
    site.broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_in_words() {
    let site = Site::new().await;
    let mut options = site.hub_options();
    options.credentials = Some(("z2m".into(), "wrong".into()));
    let (link, mut events) = Link::open(&options, ["x".to_owned()]);
    let Some(LinkEvent::Disconnected { reason }) = soon("the refusal", events.recv()).await else {
        panic!("it was let in");
    };
    assert_eq!(reason, "it refused the user name or password");
    assert!(link.publish("x", Vec::new()).is_err());
    drop(link);
    assert!(soon("the end", events.recv()).await.is_none());
    site.broker.stop().await.unwrap();
}
