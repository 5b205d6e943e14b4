//! The link itself. One task only polls the connection and hands on what comes; everybody else publishes and
//! subscribes through a bounded queue without ever waiting, so that the two cannot block each other.
//!
//! What rumqttc leaves to its user is done here: back-off between attempts, subscribing again after each
//! connection, and refusing to publish while there is none (a command that goes out a minute late is worse
//! than one that fails at once).

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, Packet, QoS, StateError,
    SubscribeFilter, SubscribeReasonCode,
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::LinkOptions;
use super::inflow::{self, Inflow, LinkEvents};

/// The pause before the next attempt: it doubles up to the longest, which is short enough that all is well
/// again within seconds of the broker's return.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A connection that held this long counts as a good one.
const STEADY: Duration = Duration::from_secs(5);

/// Filters in one SUBSCRIBE packet.
const FILTERS_PER_PACKET: usize = 100;

/// What comes from a link.
#[derive(Debug)]
pub enum LinkEvent {
    /// The connection stands; the subscriptions are on their way.
    Connected,
    /// The connection is gone, or an attempt failed for another reason than the one before.
    Disconnected {
        /// In words.
        reason: String,
    },
    /// A message.
    Message(Message),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Vec<u8>,
    /// True if the broker kept it from before we subscribed.
    pub retained: bool,
}

/// Why something could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// There is no connection.
    #[error("the MQTT broker is not connected")]
    NotConnected,
    /// Too much waits to be sent.
    #[error("too many messages wait to be sent to the MQTT broker")]
    Full,
}

/// A connection to a broker that comes back by itself. Closed when it is dropped.
#[derive(Debug)]
pub struct Link {
    client: AsyncClient,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

#[derive(Debug, Default)]
struct Shared {
    connected: AtomicBool,
    subscriptions: Mutex<Subscriptions>,
}

/// What is subscribed, and what of it the broker is still to be told.
#[derive(Debug, Default)]
struct Subscriptions {
    wanted: BTreeSet<String>,
    untold: VecDeque<Change>,
}

#[derive(Debug)]
enum Change {
    Add(Vec<String>),
    Remove(String),
}

impl Link {
    /// Starts to connect; `filters` are subscribed on each connection. Must be called within a tokio runtime.
    pub fn open(options: &LinkOptions, filters: impl IntoIterator<Item = String>) -> (Self, LinkEvents) {
        let (client, mut event_loop) = AsyncClient::new(options.to_rumqttc(), options.queue);
        // A command goes out at once: it must not wait until the broker has acknowledged the one before.
        event_loop.network_options.set_tcp_nodelay(true);
        let (sender, receiver) = inflow::channel();
        let shared = Arc::new(Shared::default());
        shared.subscriptions().wanted = filters.into_iter().collect();
        let stop = CancellationToken::new();
        let poller =
            Poller { event_loop, client: client.clone(), shared: shared.clone(), sender, stop: stop.clone() };
        tokio::spawn(poller.run());
        (Self { client, shared, _stop: stop.drop_guard() }, receiver)
    }

    /// True while the connection stands.
    pub fn is_connected(&self) -> bool {
        self.shared.connected.load(Ordering::Acquire)
    }

    /// Hands a message on, without waiting; not retained, at most once (QoS 0).
    ///
    /// QoS 1 would only tell that the *broker* has it. The devices' own reports tell more, and after a lost
    /// connection QoS 1 may send an old command again.
    ///
    /// # Errors
    /// [`LinkError`] when it could not be taken.
    pub fn publish(&self, topic: &str, payload: Vec<u8>) -> Result<(), LinkError> {
        if !self.is_connected() {
            return Err(LinkError::NotConnected);
        }
        self.client.try_publish(topic, QoS::AtMostOnce, false, payload).map_err(|_| LinkError::Full)
    }

    /// Subscribes these filters too, now and on each connection.
    pub fn subscribe(&self, filters: impl IntoIterator<Item = String>) {
        let mut subscriptions = self.shared.subscriptions();
        let new: Vec<_> =
            filters.into_iter().filter(|filter| subscriptions.wanted.insert(filter.clone())).collect();
        if self.is_connected() {
            subscriptions
                .untold
                .extend(new.chunks(FILTERS_PER_PACKET).map(|chunk| Change::Add(chunk.to_vec())));
            subscriptions.tell(&self.client);
        }
    }

    /// Subscribes these filters no longer.
    pub fn unsubscribe(&self, filters: impl IntoIterator<Item = String>) {
        let mut subscriptions = self.shared.subscriptions();
        for filter in filters {
            if subscriptions.wanted.remove(&filter) && self.is_connected() {
                subscriptions.untold.push_back(Change::Remove(filter));
            }
        }
        subscriptions.tell(&self.client);
    }
}

impl Shared {
    fn subscriptions(&self) -> MutexGuard<'_, Subscriptions> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriptions {
    /// A new connection knows nothing.
    fn start_anew(&mut self) {
        let all: Vec<_> = self.wanted.iter().cloned().collect();
        self.untold = all.chunks(FILTERS_PER_PACKET).map(|chunk| Change::Add(chunk.to_vec())).collect();
    }

    /// Tells the broker as much as the queue takes; the poller goes on with the rest as the queue empties.
    fn tell(&mut self, client: &AsyncClient) {
        while let Some(change) = self.untold.front() {
            let told = match change {
                Change::Add(filters) => {
                    // QoS 1: as reliably as they were sent.
                    let filters = filters.iter().map(|f| SubscribeFilter::new(f.clone(), QoS::AtLeastOnce));
                    client.try_subscribe_many(filters)
                }
                Change::Remove(filter) => client.try_unsubscribe(filter.as_str()),
            };
            if told.is_err() {
                return;
            }
            self.untold.pop_front();
        }
    }
}

/// The task that polls.
struct Poller {
    event_loop: EventLoop,
    client: AsyncClient,
    shared: Arc<Shared>,
    sender: Inflow,
    stop: CancellationToken,
}

impl Poller {
    async fn run(mut self) {
        let stop = self.stop.clone();
        let worked_until_stopped = stop.run_until_cancelled(self.work()).await;
        if worked_until_stopped.is_none() && self.shared.connected.load(Ordering::Acquire) {
            self.say_goodbye().await;
        }
    }

    async fn work(&mut self) {
        let mut pause = PAUSE_MIN;
        let mut connected_at = None;
        let mut told_reason = None;
        loop {
            match self.event_loop.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    connected_at = Some(Instant::now());
                    told_reason = None;
                    self.shared.connected.store(true, Ordering::Release);
                    self.shared.subscriptions().start_anew();
                    if self.sender.send(LinkEvent::Connected).await.is_err() {
                        return;
                    }
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    let message = Message {
                        topic: publish.topic,
                        payload: Vec::from(publish.payload),
                        retained: publish.retain,
                    };
                    if self.sender.send(LinkEvent::Message(message)).await.is_err() {
                        return;
                    }
                }
                Ok(Event::Incoming(Packet::SubAck(ack))) => {
                    if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                        tracing::warn!("the MQTT broker refused a subscription");
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    self.shared.connected.store(false, Ordering::Release);
                    if connected_at.take().is_some_and(|since: Instant| since.elapsed() >= STEADY) {
                        pause = PAUSE_MIN;
                    }
                    let reason = in_words(&error);
                    if told_reason.as_ref() != Some(&reason) {
                        told_reason = Some(reason.clone());
                        if self.sender.send(LinkEvent::Disconnected { reason }).await.is_err() {
                            return;
                        }
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                    continue;
                }
            }
            if self.shared.connected.load(Ordering::Acquire) {
                self.shared.subscriptions().tell(&self.client);
            }
        }
    }

    /// Takes leave, so that the broker need not find out by itself. Not worth more than a moment.
    async fn say_goodbye(&mut self) {
        if self.client.try_disconnect().is_ok() {
            let until_closed = async { while self.event_loop.poll().await.is_ok() {} };
            let _ = tokio::time::timeout(Duration::from_millis(200), until_closed).await;
        }
    }
}

fn in_words(error: &ConnectionError) -> String {
    match error {
        ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ) => "it refused the user name or password".into(),
        ConnectionError::MqttState(StateError::ConnectionAborted) => "it closed the connection".into(),
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
            let text = error.to_string().to_lowercase();
            text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words).to_owned()
        }
        ConnectionError::MqttState(StateError::AwaitPingResp)
        | ConnectionError::NetworkTimeout
        | ConnectionError::FlushTimeout => "no answer in time".into(),
        other => other.to_string(),
    }
}
