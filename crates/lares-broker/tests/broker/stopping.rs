//! Stopping, starting again, and what stands in the way of a start.

use std::time::{Duration, Instant};

use lares_broker::{Broker, BrokerError, EmbeddedBroker as _, Ended};
use rumqttc::QoS;
use rumqttc::v5::mqttbytes::v5::{LastWill, LastWillProperties};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpSocket;

use crate::fixture::{self, Dir, Fixture, soon};
use crate::{raw, v4, v5};

#[tokio::test]
async fn a_stopped_broker_starts_again_on_the_same_port_with_everything_it_had() {
    let fixture = Fixture::new().await;
    let login = fixture.device("plug");
    let mut keeper = v4::connect_persistent(&login, "keeper").await;
    assert!(keeper.subscribe("plug/queued").await);
    keeper.client.disconnect().await.unwrap();
    keeper.ended().await;
    let mut publisher = v4::connect(&login, "publisher").await;
    publisher.publish("plug/retained", "kept", true).await;
    for index in 0..50 {
        publisher.client.publish("plug/queued", QoS::AtLeastOnce, false, format!("{index}")).await.unwrap();
    }
    publisher.acknowledged(50).await;

    let fixture = fixture.restart().await;
    publisher.ended().await;
    assert_eq!(fixture.addr(), login.addr);
    let mut keeper = v4::connect_persistent(&login, "keeper").await;
    for index in 0..50 {
        assert_eq!(keeper.message().await.payload, format!("{index}").into_bytes());
    }
    assert!(keeper.subscribe("plug/retained").await);
    assert_eq!(keeper.message().await.payload, b"kept");
}

#[tokio::test]
async fn a_taken_port_is_named_in_the_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = Dir::new();
    let mut config = fixture::config(&dir.0);
    config.listen = taken.local_addr().unwrap();
    match Broker::start(config, fixture::users(&dir.0)).await {
        Err(error @ BrokerError::AddressInUse { addr }) => {
            assert_eq!(addr, taken.local_addr().unwrap());
            assert!(error.to_string().contains(&addr.to_string()), "{error}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("started on a taken port"),
    }
}

#[tokio::test]
async fn two_brokers_cannot_share_a_storage() {
    let fixture = Fixture::new().await;
    let second = Broker::start(fixture::config(&fixture.dir.0), fixture.users.clone()).await;
    match second {
        Err(BrokerError::Storage { dir, reason }) => {
            assert_eq!(dir, fixture.dir.0.join("mqtt"));
            assert!(reason.contains("in use"), "{reason}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("started twice on one storage"),
    }
}

#[tokio::test]
async fn the_supervisor_learns_of_a_stop_and_stopping_twice_is_harmless() {
    let fixture = Fixture::new().await;
    let stop = async {
        fixture.broker.stop().await.unwrap();
        fixture.broker.stop().await.unwrap();
    };
    let (ended, ()) = soon("the end", async { tokio::join!(fixture.broker.ended(), stop) }).await;
    assert_eq!(ended, Ended::Stopped);
    std::net::TcpListener::bind(fixture.addr()).unwrap();
}

#[tokio::test]
async fn clients_that_do_not_read_hold_up_a_stop_for_seconds_only_and_lose_nothing() {
    let fixture = Fixture::new().await;
    let login = fixture.device("plug");
    let mut persistent = v4::connect_persistent(&login, "stalled").await;
    assert!(persistent.subscribe("plug/#").await);
    persistent.vanish();
    let mut connect = raw::connect(&login, "stalled");
    // The same session again, now without the clean session flag and without ever reading.
    connect[9] = 0xC0;
    let stalled = TcpSocket::new_v4().unwrap();
    stalled.set_recv_buffer_size(4096).unwrap();
    let mut stalled = stalled.connect(login.addr).await.unwrap();
    stalled.write_all(&connect).await.unwrap();
    fixture::until("it is signed in", || fixture.broker_clients() == 1).await;
    let mut publisher = v4::connect(&login, "publisher").await;
    for index in 0..30_u8 {
        publisher.client.publish("plug/x", QoS::AtLeastOnce, false, vec![index; 200_000]).await.unwrap();
    }
    publisher.acknowledged(30).await;

    let start = Instant::now();
    let fixture = fixture.restart().await;
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    let mut again = v4::connect_persistent(&login, "stalled").await;
    for index in 0..30_u8 {
        assert!(again.message().await.payload == vec![index; 200_000], "message {index}");
    }
    drop(fixture);
}

#[tokio::test]
async fn a_delayed_last_will_does_not_keep_the_storage_from_the_next_start() {
    let fixture = Fixture::new().await;
    let login = fixture.device("plug");
    let properties = LastWillProperties {
        delay_interval: Some(3600),
        payload_format_indicator: None,
        message_expiry_interval: None,
        content_type: None,
        response_topic: None,
        correlation_data: None,
        user_properties: Vec::new(),
    };
    let qos = rumqttc::v5::mqttbytes::QoS::AtLeastOnce;
    let mut options = v5::options(&login, "plug");
    options.set_last_will(LastWill::new("plug/gone", "gone", qos, false, Some(properties)));
    options.set_session_expiry_interval(Some(7200));
    drop(v5::open(options).await.unwrap());
    let fixture = fixture.restart().await;
    v5::connect(&login, "plug").await;
    drop(fixture);
}
