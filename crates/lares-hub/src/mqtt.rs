//! MQTT: the built-in broker or another one, and Zigbee2MQTT on it. When the broker ends it is started again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lares_adapters::mqtt::LinkOptions;
use lares_adapters::zigbee2mqtt::{Zigbee2Mqtt, Zigbee2MqttOptions};
use lares_broker::{Broker, BrokerConfig, BrokerError, EmbeddedBroker as _, RunningBroker, UserStore};
use lares_model::Event;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{MqttChoice, Settings};
use crate::core::Message;
use crate::mqtt_users::BrokerDoor;
use crate::reach::Reach;
use crate::supervisor::supervise;

/// MQTT's own port.
const PORT_DEFAULT: u16 = 1883;
const RETRY: Duration = Duration::from_secs(5);
/// The hub's own name among the clients; the built-in broker keeps `lares-` for it.
const CLIENT_ID: &str = "lares-hub";
/// The file of users in the data directory.
pub const USERS_FILE: &str = "secrets/mqtt-users.json";

/// What MQTT needs of the hub.
#[derive(Clone)]
pub struct MqttGround {
    /// The data directory.
    pub data: PathBuf,
    /// Which broker; none lets us choose.
    pub choice: Option<MqttChoice>,
    /// The port that was chosen at an earlier start.
    pub remembered: Option<u16>,
    /// Base topic of Zigbee2MQTT.
    pub base: String,
    /// Told where the broker is.
    pub reach: Arc<Reach>,
    /// Where events go.
    pub inbox: mpsc::Sender<Event>,
    /// The hub.
    pub hub: mpsc::Sender<Message>,
    /// Cancelled when the hub stops.
    pub stop: CancellationToken,
}

/// What came of the first try.
pub struct MqttStart {
    /// Where the built-in broker listens, or the host and port of the other one. None if it could not start yet.
    pub address: Option<String>,
    /// The port to remember.
    pub chosen: Option<u16>,
    /// What keeps it going.
    pub task: JoinHandle<()>,
}

/// Who may make users of the broker: nobody, if it is another one than ours.
pub fn door(data: &Path, settings: &Settings) -> BrokerDoor {
    let other = match &settings.mqtt {
        // The address without the password that may stand in it.
        Some(MqttChoice::Url(url)) => Some(
            LinkOptions::from_url(url, CLIENT_ID)
                .map_or_else(|_| "another address".into(), |link| format!("{}:{}", link.host, link.port)),
        ),
        _ => None,
    };
    BrokerDoor::new(UserStore::new(data.join(USERS_FILE)), other, settings.zigbee_base.clone())
}

/// Starts, and keeps it going.
pub async fn start(ground: MqttGround) -> MqttStart {
    if let Some(MqttChoice::Url(url)) = &ground.choice {
        return external(&ground, url).await;
    }
    let first = open(&ground).await;
    let (address, chosen) = match &first {
        Ok(broker) => (Some(broker.local_addr().to_string()), Some(broker.local_addr().port())),
        Err(_) => (None, None),
    };
    ground.reach.set_mqtt(address.clone());
    // A port of our own choice is remembered; one that a person named is named again at the next start.
    let chosen = chosen.filter(|_| ground.choice.is_none());
    MqttStart { address, chosen, task: tokio::spawn(keep(ground, first)) }
}

async fn external(ground: &MqttGround, url: &str) -> MqttStart {
    match LinkOptions::from_url(url, format!("lares-{}", std::process::id())) {
        Ok(link) => {
            let address = Some(format!("{}:{}", link.host, link.port));
            ground.reach.set_mqtt(address.clone());
            let options = Zigbee2MqttOptions { link, base: ground.base.clone() };
            let make = move || Zigbee2Mqtt::new(options.clone());
            let task = supervise(make, ground.inbox.clone(), ground.hub.clone(), ground.stop.clone());
            MqttStart { address, chosen: None, task }
        }
        Err(error) => {
            trouble(&ground.hub, Some(format!("The address of the MQTT broker is wrong: {error}."))).await;
            MqttStart { address: None, chosen: None, task: tokio::spawn(async {}) }
        }
    }
}

async fn keep(ground: MqttGround, first: Result<RunningBroker, BrokerError>) {
    let mut opened = first;
    loop {
        match opened {
            Ok(broker) => {
                trouble(&ground.hub, None).await;
                run(&ground, broker).await;
            }
            Err(error) => {
                let advice = match error {
                    BrokerError::AddressInUse { .. } => {
                        " Stop that program, or choose another address by --mqtt-listen or in config.toml."
                    }
                    _ => "",
                };
                let text = format!(
                    "The built-in MQTT broker is off: {error}. It is tried again every 5 seconds.{advice}"
                );
                trouble(&ground.hub, Some(text)).await;
            }
        }
        tokio::select! {
            () = ground.stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
        opened = open(&ground).await;
    }
}

/// One life of the broker, with Zigbee2MQTT's adapter on it.
async fn run(ground: &MqttGround, broker: RunningBroker) {
    let stop = ground.stop.child_token();
    let (address, login) = (broker.local_addr(), broker.hub_login());
    ground.reach.set_mqtt(Some(address.to_string()));
    let link = LinkOptions {
        credentials: Some((login.user.clone(), login.password.as_str().to_owned())),
        ..LinkOptions::new(address.ip().to_string(), address.port(), CLIENT_ID)
    };
    let options = Zigbee2MqttOptions { link, base: ground.base.clone() };
    let make = move || Zigbee2Mqtt::new(options.clone());
    let adapter = supervise(make, ground.inbox.clone(), ground.hub.clone(), stop.clone());
    tokio::select! {
        () = ground.stop.cancelled() => {}
        ended = broker.ended() => tracing::error!(?ended, "the built-in MQTT broker ended and is started again"),
    }
    ground.reach.set_mqtt(None);
    stop.cancel();
    // It ends within a second, or is of no use any more.
    _ = adapter.await;
    if let Err(error) = broker.stop().await {
        tracing::error!(%error, "the built-in MQTT broker did not end well");
    }
}

/// Opens at the port that is named or remembered; at the first start at MQTT's own, or at any free one.
async fn open(ground: &MqttGround) -> Result<RunningBroker, BrokerError> {
    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let (listen, may_move) = match (&ground.choice, ground.remembered) {
        (Some(MqttChoice::Listen(listen)), _) => (*listen, false),
        (_, Some(port)) => (loopback(port), false),
        _ => (loopback(PORT_DEFAULT), true),
    };
    match open_at(ground, listen).await {
        Err(BrokerError::AddressInUse { .. }) if may_move => open_at(ground, loopback(0)).await,
        opened => opened,
    }
}

async fn open_at(ground: &MqttGround, listen: SocketAddr) -> Result<RunningBroker, BrokerError> {
    let mut config = BrokerConfig::new(ground.data.join("mqtt"));
    config.listen = listen;
    config.zigbee_base.clone_from(&ground.base);
    Broker::start(config, UserStore::new(ground.data.join(USERS_FILE))).await
}

async fn trouble(hub: &mpsc::Sender<Message>, text: Option<String>) {
    // Nobody to tell when the hub stops.
    _ = hub.send(Message::Trouble { about: "mqtt", text }).await;
}
