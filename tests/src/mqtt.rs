//! An MQTT client that comes back when the broker does: it subscribes, keeps what it saw, and publishes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, LastWill, MqttOptions, Packet, QoS};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::home::PATIENCE;

/// How soon it tries again when the broker is away.
const RETRY: Duration = Duration::from_millis(50);
/// Zigbee2MQTT's list of 5,000 devices has 20.7 MB.
const PACKET_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A message that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its topic.
    pub topic: String,
    /// What it says; null when that is no JSON.
    pub payload: Value,
    /// Whether the broker had kept it.
    pub retained: bool,
}

/// Where and how to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// The broker.
    pub broker: SocketAddr,
    /// The user's name.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
}

/// A client. It ends, as a crash would end it, when this is dropped.
pub struct Mqtt {
    client: AsyncClient,
    news: mpsc::UnboundedReceiver<News>,
    task: JoinHandle<()>,
}

/// Publishes over a client's connection. Cheap to clone.
#[derive(Clone)]
pub struct Publisher(AsyncClient);

/// What a client learns.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The broker has taken the subscription: at first, and again after each time that it was away.
    Subscribed,
    /// A message.
    Message(Message),
}

impl Mqtt {
    /// Connects, subscribes to `filter`, and returns when the broker has said yes.
    ///
    /// # Panics
    /// When the broker does not.
    pub async fn connect(login: Login<'_>, filter: &str, will: Option<LastWill>) -> Self {
        Self::connect_as(login.user, login, filter, will).await
    }

    /// [`Mqtt::connect`] under another id than the user's name: a user may have several clients.
    ///
    /// # Panics
    /// When the broker does not.
    pub async fn connect_as(id: &str, login: Login<'_>, filter: &str, will: Option<LastWill>) -> Self {
        let mut options = MqttOptions::new(id, login.broker.ip().to_string(), login.broker.port());
        options.set_credentials(login.user, login.password);
        options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
        if let Some(will) = will {
            options.set_last_will(will);
        }
        let (client, mut connection) = AsyncClient::new(options, 1000);
        connection.network_options.set_tcp_nodelay(true);
        let (sender, news) = mpsc::unbounded_channel();
        let failure = Arc::new(Mutex::new(String::new()));
        let task = tokio::spawn(poll(connection, client.clone(), filter.to_owned(), sender, failure.clone()));
        let mut this = Self { client, news, task };
        match timeout(PATIENCE, this.next()).await {
            Ok(News::Subscribed) => this,
            Ok(other) => panic!("{other:?} came before the subscription"),
            Err(_) => {
                panic!("{} cannot subscribe: {}", login.user, failure.lock().expect("nobody panics with it"))
            }
        }
    }

    /// What publishes.
    #[must_use]
    pub fn publisher(&self) -> Publisher {
        Publisher(self.client.clone())
    }

    /// What came next.
    ///
    /// # Panics
    /// Never while this is alive.
    pub async fn next(&mut self) -> News {
        self.news.recv().await.expect("the task lives as long as this")
    }

    /// What has come and was not looked at.
    pub fn seen(&mut self) -> Vec<News> {
        std::iter::from_fn(|| self.news.try_recv().ok()).collect()
    }
}

impl Publisher {
    /// Publishes; it is on its way when this returns.
    ///
    /// # Panics
    /// When a thousand messages wait already.
    pub fn publish(&self, topic: &str, retain: bool, payload: impl Into<Vec<u8>>) {
        self.0.try_publish(topic, QoS::AtLeastOnce, retain, payload).expect("the queue has room");
    }

    /// Publishes as Zigbee2MQTT does states: nobody confirms.
    ///
    /// # Panics
    /// When a thousand messages wait already.
    pub fn publish_once(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.0.try_publish(topic, QoS::AtMostOnce, false, payload).expect("the queue has room");
    }

    /// Publishes as Zigbee2MQTT does its lists: the broker keeps it, and nobody confirms.
    ///
    /// # Panics
    /// When a thousand messages wait already.
    pub fn publish_kept(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.0.try_publish(topic, QoS::AtMostOnce, true, payload).expect("the queue has room");
    }
}

impl Drop for Mqtt {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn poll(
    mut connection: rumqttc::EventLoop,
    client: AsyncClient,
    filter: String,
    news: mpsc::UnboundedSender<News>,
    failure: Arc<Mutex<String>>,
) {
    loop {
        let told = match connection.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                // The queue is empty then, or what fills it is more than a test publishes.
                let _ = client.try_subscribe(&filter, QoS::AtLeastOnce);
                continue;
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => News::Subscribed,
            Ok(Event::Incoming(Packet::Publish(message))) => News::Message(Message {
                payload: serde_json::from_slice(&message.payload).unwrap_or_default(),
                topic: message.topic,
                retained: message.retain,
            }),
            Ok(_) => continue,
            Err(error) => {
                *failure.lock().expect("nobody panics with it") = error.to_string();
                sleep(RETRY).await;
                continue;
            }
        };
        if news.send(told).is_err() {
            return;
        }
    }
}
