//! A stand-in for Zigbee2MQTT: a real MQTT client that has the recorded devices, says what it is told to, and obeys.
//!
//! It knows no Zigbee and checks nothing. `tests/real_*.rs` have the real program.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rumqttc::{LastWill, QoS};
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::checkout;
use crate::home::PATIENCE;
use crate::mqtt::{Login, Mqtt, News, Publisher};

/// Addresses of recorded devices, by which they are commanded.
pub mod address {
    /// `living/ceiling`, a lamp.
    pub const CEILING: &str = "0x000b57fffe000001";
    /// `Hue lamp`.
    pub const HUE: &str = "0x0017880100000002";
    /// `hall_motion`.
    pub const MOTION: &str = "0x0017880100000005";
    /// `front door`, a contact.
    pub const DOOR: &str = "0x00158d0000000006";
    /// `plug`.
    pub const PLUG: &str = "0x0015bc0000000008";
    /// `remote`.
    pub const REMOTE: &str = "0x000b57fffe00000c";
    /// `newest`, a relay.
    pub const NEWEST: &str = "0x00aabb000000000f";
}

const BASE: &str = "zigbee2mqtt";
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A command that came on `<base>/ADDRESS/set`.
#[derive(Clone, Debug, PartialEq)]
pub struct Commanded {
    /// The address, or the name.
    pub device: String,
    /// What was wished.
    pub wish: Value,
}

/// The stand-in. It vanishes as in a crash, and its last will speaks, when this is dropped.
pub struct StandIn {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    publisher: Publisher,
    world: Mutex<World>,
}

#[derive(Default)]
struct World {
    /// The last full state of each device, by name.
    states: BTreeMap<String, Map<String, Value>>,
    /// From address to name.
    names: BTreeMap<String, String>,
    commands: Vec<Commanded>,
    /// Whether commands are obeyed, and answered with the new state.
    obeys: bool,
}

/// The recorded list of devices.
///
/// # Panics
/// When the checkout does not have it.
#[must_use]
pub fn recorded_devices() -> Value {
    let path = checkout::root().join("crates/lares-adapters/tests/data/devices.json");
    serde_json::from_slice(&fs::read(path).expect("the recording is there")).expect("it is JSON")
}

impl StandIn {
    /// Signs in and tells of the recorded devices.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn start(login: Login<'_>) -> Self {
        Self::start_with(login, &recorded_devices()).await
    }

    /// Signs in and tells of these devices.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn start_with(login: Login<'_>, devices: &Value) -> Self {
        let offline = LastWill::new(topic("bridge/state"), r#"{"state":"offline"}"#, QoS::AtLeastOnce, true);
        let mqtt = Mqtt::connect(login, &topic("#"), Some(offline)).await;
        let publisher = mqtt.publisher();
        let world = Mutex::new(World { obeys: true, ..World::default() });
        let shared = Arc::new(Shared { publisher, world });
        let task = tokio::spawn(listen(mqtt, shared.clone()));
        let this = Self { shared, task };
        this.say("bridge/state", true, r#"{"state":"online"}"#);
        let info = json!({"version": "2.14.1", "commit": "3c3d8c1a", "permit_join": false, "restart_required": false,
            "coordinator": {"ieee_address": "0x00124b00deadbe00", "type": "SimRadio"}, "config": {"devices": {}}});
        this.say("bridge/info", true, info.to_string());
        this.say("bridge/groups", true, "[]");
        this.tell_devices(devices);
        this
    }

    /// Tells of these devices from now on.
    ///
    /// # Panics
    /// When a thousand messages wait already.
    pub fn tell_devices(&self, devices: &Value) {
        let text = |device: &Value, key: &str| device[key].as_str().unwrap_or_default().to_owned();
        let listed = devices.as_array().into_iter().flatten();
        self.world().names =
            listed.map(|device| (text(device, "ieee_address"), text(device, "friendly_name"))).collect();
        self.say("bridge/devices", true, devices.to_string());
    }

    /// Publishes anything below the base topic.
    ///
    /// # Panics
    /// When a thousand messages wait already.
    pub fn say(&self, name: &str, retain: bool, payload: impl Into<Vec<u8>>) {
        self.shared.publisher.publish(&topic(name), retain, payload);
    }

    /// A device reports: what it says is merged into its state, and all of that is published.
    ///
    /// # Panics
    /// When a thousand messages wait already.
    pub fn report(&self, name: &str, news: &Value) {
        self.shared.report(name, news);
    }

    /// Whether commands are obeyed from now on. They are at the start.
    pub fn obey(&self, obeys: bool) {
        self.world().obeys = obeys;
    }

    /// All commands so far.
    #[must_use]
    pub fn commands(&self) -> Vec<Commanded> {
        self.world().commands.clone()
    }

    /// The commands to one device so far.
    #[must_use]
    pub fn commands_to(&self, device: &str) -> Vec<Value> {
        self.world()
            .commands
            .iter()
            .filter(|command| command.device == device)
            .map(|command| command.wish.clone())
            .collect()
    }

    /// Waits until there are so many commands to one device, and gives them.
    ///
    /// # Panics
    /// When they do not come, or there are more already.
    pub async fn until_commanded(&self, device: &str, count: usize) -> Vec<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let commands = self.commands_to(device);
            assert!(commands.len() <= count, "{device} was commanded too often: {commands:?}");
            if commands.len() == count {
                return commands;
            }
            assert!(
                Instant::now() < until,
                "{device} was commanded {commands:?} only; all: {:?}",
                self.commands()
            );
            sleep(LOOK_EVERY).await;
        }
    }

    /// Ends as Zigbee2MQTT does when it is asked to: it says goodbye.
    ///
    /// # Panics
    /// When a thousand messages wait already.
    pub async fn stop(self) {
        self.say("bridge/state", true, r#"{"state":"offline"}"#);
        // The message is out when the client has been polled again; the last will says the same if it was not.
        sleep(LOOK_EVERY * 10).await;
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().expect("nobody panics with it")
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn report(&self, name: &str, news: &Value) {
        let mut world = self.world.lock().expect("nobody panics with it");
        let state = world.states.entry(name.to_owned()).or_default();
        for (key, value) in news.as_object().into_iter().flatten() {
            state.insert(key.clone(), value.clone());
        }
        let payload = Value::Object(state.clone()).to_string();
        // It is a momentary event: in one message, then gone.
        state.remove("action");
        self.publisher.publish_once(&topic(name), payload);
    }

    fn asked(&self, device: &str, what: &str, wish: &Value) {
        let mut world = self.world.lock().expect("nobody panics with it");
        let name = world.names.get(device).cloned().unwrap_or_else(|| device.to_owned());
        if what == "get" {
            if let Some(state) = world.states.get(&name) {
                self.publisher.publish_once(&topic(&name), Value::Object(state.clone()).to_string());
            }
            return;
        }
        world.commands.push(Commanded { device: device.to_owned(), wish: wish.clone() });
        let obeys = world.obeys;
        drop(world);
        if obeys {
            self.report(&name, wish);
        }
    }
}

async fn listen(mut mqtt: Mqtt, shared: Arc<Shared>) {
    loop {
        match mqtt.next().await {
            // The broker was away, and our last will may have spoken.
            News::Subscribed => {
                shared.publisher.publish(&topic("bridge/state"), true, r#"{"state":"online"}"#);
            }
            News::Message(message) => {
                let path = message.topic.strip_prefix(BASE).unwrap_or_default().trim_start_matches('/');
                if let Some((device, what @ ("set" | "get"))) = path.rsplit_once('/') {
                    shared.asked(device, what, &message.payload);
                }
            }
        }
    }
}

fn topic(name: &str) -> String {
    format!("{BASE}/{name}")
}
