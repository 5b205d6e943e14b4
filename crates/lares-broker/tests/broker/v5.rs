//! The same conversation in MQTT 5.0, as far as it differs: reasons in the answers.

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, Packet, PubAckReason, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, MqttOptions};
use tokio::sync::mpsc;

use crate::fixture::{Login, soon};

pub struct Client {
    client: AsyncClient,
    events: mpsc::UnboundedReceiver<Packet>,
    _task: tokio::task::JoinHandle<()>,
}

pub fn options(login: &Login, client_id: &str) -> MqttOptions {
    let mut options = MqttOptions::new(client_id, login.addr.ip().to_string(), login.addr.port());
    options.set_credentials(&login.user, &login.password);
    options
}

pub async fn refusal(options: MqttOptions) -> ConnectReturnCode {
    match open(options).await {
        Err(ConnectionError::ConnectionRefused(code)) => code,
        Err(other) => panic!("not refused but {other:?}"),
        Ok(_) => panic!("let in"),
    }
}

pub async fn connect(login: &Login, client_id: &str) -> Client {
    open(options(login, client_id)).await.unwrap()
}

pub async fn open(options: MqttOptions) -> Result<Client, ConnectionError> {
    let (client, mut eventloop) = AsyncClient::new(options, 1_000);
    while !matches!(
        soon("the answer to CONNECT", eventloop.poll()).await?,
        Event::Incoming(Packet::ConnAck(_))
    ) {}
    let (events_tx, events) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        loop {
            match eventloop.poll().await {
                Ok(Event::Incoming(packet)) => _ = events_tx.send(packet),
                Ok(Event::Outgoing(_)) => {}
                Err(_) => return,
            }
        }
    });
    Ok(Client { client, events, _task: task })
}

impl Client {
    async fn event(&mut self) -> Packet {
        soon("a packet", self.events.recv()).await.expect("disconnected")
    }

    pub async fn subscribe(&mut self, filter: &str) -> SubscribeReasonCode {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        loop {
            if let Packet::SubAck(ack) = self.event().await {
                return ack.return_codes[0];
            }
        }
    }

    pub async fn publish(&mut self, topic: &str, payload: &str) -> PubAckReason {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload.to_owned()).await.unwrap();
        loop {
            if let Packet::PubAck(ack) = self.event().await {
                return ack.reason;
            }
        }
    }

    /// The payload of the next message.
    pub async fn message(&mut self) -> Vec<u8> {
        loop {
            if let Packet::Publish(publish) = self.event().await {
                return publish.payload.to_vec();
            }
        }
    }
}
