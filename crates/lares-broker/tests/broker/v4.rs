//! An MQTT 3.1.1 client whose event loop runs in a task, so that a test reads like a conversation.

use rumqttc::{AsyncClient, ConnectReturnCode, ConnectionError, Event, Incoming, LastWill, MqttOptions, QoS};
use rumqttc::{SubAck, SubscribeReasonCode};
use tokio::sync::mpsc;

use crate::fixture::{Login, soon};

pub const PACKET_MAX: usize = 64 * 1024 * 1024;

pub struct Client {
    pub client: AsyncClient,
    events: mpsc::UnboundedReceiver<Incoming>,
    task: tokio::task::JoinHandle<ConnectionError>,
    pub session_present: bool,
}

/// A message as received.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    pub topic: String,
    pub payload: Vec<u8>,
    pub retain: bool,
}

pub fn options(login: &Login, client_id: &str) -> MqttOptions {
    let mut options = MqttOptions::new(client_id, login.addr.ip().to_string(), login.addr.port());
    options.set_credentials(&login.user, &login.password);
    options.set_max_packet_size(PACKET_MAX, PACKET_MAX);
    options
}

pub async fn connect(login: &Login, client_id: &str) -> Client {
    open(options(login, client_id)).await.unwrap()
}

pub async fn connect_persistent(login: &Login, client_id: &str) -> Client {
    let mut options = options(login, client_id);
    options.set_clean_session(false);
    open(options).await.unwrap()
}

/// Why a sign-in is refused.
pub async fn refusal(options: MqttOptions) -> ConnectReturnCode {
    match open(options).await {
        Err(ConnectionError::ConnectionRefused(code)) => code,
        Err(other) => panic!("not refused but {other:?}"),
        Ok(_) => panic!("let in"),
    }
}

pub fn with_will(mut options: MqttOptions, topic: &str) -> MqttOptions {
    options.set_last_will(LastWill::new(topic, "gone", QoS::AtLeastOnce, false));
    options
}

pub async fn open(options: MqttOptions) -> Result<Client, ConnectionError> {
    let (client, mut eventloop) = AsyncClient::new(options, 10_000);
    let session_present = loop {
        let event = soon("the answer to CONNECT", eventloop.poll()).await?;
        if let Event::Incoming(Incoming::ConnAck(ack)) = event {
            break ack.session_present;
        }
    };
    let (events_tx, events) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        loop {
            match eventloop.poll().await {
                Ok(Event::Incoming(packet)) => _ = events_tx.send(packet),
                Ok(Event::Outgoing(_)) => {}
                Err(error) => return error,
            }
        }
    });
    Ok(Client { client, events, task, session_present })
}

impl Client {
    async fn event(&mut self) -> Option<Incoming> {
        soon("a packet", self.events.recv()).await
    }

    /// Subscribes and returns whether the broker granted it.
    pub async fn subscribe(&mut self, filter: &str) -> bool {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        loop {
            match self.event().await {
                Some(Incoming::SubAck(SubAck { return_codes, .. })) => {
                    return return_codes != [SubscribeReasonCode::Failure];
                }
                Some(_) => {}
                None => panic!("disconnected"),
            }
        }
    }

    /// Publishes at QoS 1 and waits for the acknowledgement.
    pub async fn publish(&mut self, topic: &str, payload: impl Into<Vec<u8>>, retain: bool) {
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload).await.unwrap();
        self.acknowledged(1).await;
    }

    pub async fn acknowledged(&mut self, count: usize) {
        let mut left = count;
        while left > 0 {
            match self.event().await {
                Some(Incoming::PubAck(_)) => left -= 1,
                Some(_) => {}
                None => panic!("disconnected with {left} acknowledgements missing"),
            }
        }
    }

    /// The next message.
    pub async fn message(&mut self) -> Message {
        loop {
            match self.event().await {
                Some(Incoming::Publish(publish)) => {
                    let (topic, payload) = (publish.topic, publish.payload.to_vec());
                    return Message { topic, payload, retain: publish.retain };
                }
                Some(_) => {}
                None => panic!("disconnected"),
            }
        }
    }

    /// Waits until the connection has ended.
    pub async fn ended(&mut self) {
        soon("the end of the connection", &mut self.task).await.unwrap();
    }

    pub fn is_connected(&self) -> bool {
        !self.task.is_finished()
    }

    /// Closes the socket without a DISCONNECT.
    pub fn vanish(self) {
        self.task.abort();
    }
}
