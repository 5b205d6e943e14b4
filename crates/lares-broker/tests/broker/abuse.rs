//! Bytes and clients that mean no good, and clients that cannot keep up: nobody else may notice.

use std::time::{Duration, Instant};

use rumqttc::QoS;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::fixture::{Fixture, Login, soon};
use crate::{raw, v4};

/// A client that must get its messages whatever happens to others.
struct Bystander {
    client: v4::Client,
}

impl Bystander {
    async fn new(login: &Login) -> Self {
        let mut client = v4::connect(login, "bystander").await;
        assert!(client.subscribe("bystander/#").await);
        Self { client }
    }

    async fn is_well(&mut self) {
        let start = Instant::now();
        for index in 0..20 {
            let payload = format!("{index}").into_bytes();
            self.client.publish("bystander/echo", payload.clone(), false).await;
            assert_eq!(self.client.message().await.payload, payload);
        }
        assert!(start.elapsed() < Duration::from_secs(4), "twenty echoes took {:?}", start.elapsed());
    }
}

/// A small deterministic generator (Knuth's MMIX constants); a failure repeats.
fn random(seed: &mut u64) -> u8 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 56) as u8
}

#[tokio::test]
async fn garbage_on_the_port_harms_nobody() {
    let fixture = Fixture::new().await;
    let mut bystander = Bystander::new(&fixture.device("bystander")).await;
    let plug = fixture.device("plug");
    let connect = raw::connect(&plug, "x");
    let mut seed = 1;
    for round in 0..300 {
        let mut bytes = match round % 5 {
            0 => b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            1 => vec![0x16, 3, 1, 0, 200],
            2 => raw::packet(0x10, &[0xFF; 40]),
            3 => connect[..1 + round % connect.len()].to_vec(),
            _ => connect.clone(),
        };
        // The last kind signs in first and goes wrong then.
        bytes.extend((0..round % 64).map(|_| random(&mut seed)));
        let mut socket = TcpStream::connect(plug.addr).await.unwrap();
        // The broker may have closed it before all is written.
        let _ = socket.write_all(&bytes).await;
    }
    bystander.is_well().await;
}

#[tokio::test]
async fn half_open_connections_lock_nobody_out() {
    let fixture = Fixture::new().await;
    let mut bystander = Bystander::new(&fixture.device("bystander")).await;
    let login = fixture.device("plug");
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(login.addr).await.unwrap());
    }
    let start = Instant::now();
    let mut client = v4::connect(&login, "plug").await;
    client.publish("plug/state", "on", false).await;
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    bystander.is_well().await;
    // The first of them had to make room.
    raw::closed(silent.swap_remove(0)).await;
}

#[tokio::test]
async fn a_connection_that_does_not_sign_in_is_closed_in_time() {
    let fixture = Fixture::with(|config| config.limits.handshake_timeout = Duration::from_millis(200)).await;
    let login = fixture.device("plug");
    let connect = raw::connect(&login, "plug");
    for written in [0, 1, 2, 10] {
        let mut socket = TcpStream::connect(login.addr).await.unwrap();
        socket.write_all(&connect[..written]).await.unwrap();
        raw::closed(socket).await;
    }
    let signed_in = raw::signed_in(&login, "plug").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(fixture.broker_clients(), 1, "the time is over for those only that have not signed in");
    drop(signed_in);
}

#[tokio::test]
async fn oversized_packets_close_only_their_own_connection() {
    let fixture = Fixture::with(|config| config.limits.packet_bytes = 1024 * 1024).await;
    let mut bystander = Bystander::new(&fixture.device("bystander")).await;
    let login = fixture.device("plug");

    let mut signed_in = raw::signed_in(&login, "plug").await;
    // Type and length alone are enough: 256 MB are announced, none are sent.
    signed_in.write_all(&[0x30, 0xFF, 0xFF, 0xFF, 0x7F]).await.unwrap();
    raw::closed(signed_in).await;

    let mut stranger = TcpStream::connect(login.addr).await.unwrap();
    stranger.write_all(&raw::packet(0x10, &[0; 70_000])[..10]).await.unwrap();
    raw::closed(stranger).await;

    let mut within = v4::connect(&login, "plug").await;
    within.publish("plug/large", vec![b'x'; 1_000_000], false).await;
    bystander.is_well().await;
}

#[tokio::test]
async fn lists_of_thousands_of_devices_pass_and_are_there_after_a_restart() {
    // 5,000 devices are 20.7 MB. Retained is a shorter list: the storage makes ten times as many bytes of it, and
    // waits for the disk.
    let list: Vec<u8> =
        br#"{"ieee_address":"0x00158d0001234567"},"#.iter().copied().cycle().take(20_700_000).collect();
    let retained = &list[..2_000_000];
    let fixture = Fixture::new().await;
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(hub.subscribe("zigbee2mqtt/bridge/devices").await);
    let mut z2m = v4::connect(&fixture.user("z2m", lares_broker::Role::Zigbee2mqtt), "z2m").await;
    for (payload, retain) in [(&*list, false), (retained, true)] {
        z2m.publish("zigbee2mqtt/bridge/devices", payload, retain).await;
        assert!(hub.message().await.payload == payload);
    }

    let fixture = fixture.restart().await;
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(hub.subscribe("zigbee2mqtt/bridge/devices").await);
    assert!(hub.message().await.payload == retained);
}

#[tokio::test]
async fn storing_a_long_list_holds_up_no_report_of_the_same_client() {
    let fixture = Fixture::new().await;
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(hub.subscribe("zigbee2mqtt/#").await);
    let mut z2m = v4::connect(&fixture.user("z2m", lares_broker::Role::Zigbee2mqtt), "z2m").await;
    let list = vec![b'x'; 3_000_000];
    let devices = "zigbee2mqtt/bridge/devices";
    z2m.client.publish(devices, QoS::AtMostOnce, true, list.clone()).await.unwrap();
    z2m.client.publish("zigbee2mqtt/motion", QoS::AtMostOnce, false, "yes").await.unwrap();
    z2m.publish(devices, "shorter", true).await;

    let order: Vec<_> = [hub.message().await, hub.message().await, hub.message().await]
        .map(|message| (message.topic, message.payload.len()))
        .into();
    let expected = [("zigbee2mqtt/motion", 3), (devices, list.len()), (devices, 7)];
    assert_eq!(order, expected.map(|(topic, len)| (topic.to_owned(), len)));

    // The last one is what stays, here and on the disk; a stop writes out what has only just come.
    z2m.client.publish("zigbee2mqtt/bridge/groups", QoS::AtMostOnce, true, list.clone()).await.unwrap();
    z2m.publish("zigbee2mqtt/end", "", false).await;
    let fixture = fixture.restart().await;
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(hub.subscribe(devices).await);
    assert_eq!(hub.message().await.payload, b"shorter");
    assert!(hub.subscribe("zigbee2mqtt/bridge/groups").await);
    assert!(hub.message().await.payload == list);
}

#[tokio::test]
async fn a_late_subscriber_gets_all_1000_retained_messages() {
    let fixture = Fixture::new().await;
    let login = fixture.device("plug");
    let mut publisher = v4::connect(&login, "publisher").await;
    for index in 0..1_000 {
        publisher
            .client
            .publish(format!("plug/{index}"), QoS::AtLeastOnce, true, format!("{index}"))
            .await
            .unwrap();
    }
    publisher.acknowledged(1_000).await;
    let mut late = v4::connect(&login, "late").await;
    assert!(late.subscribe("plug/#").await);
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 1_000 {
        let message = late.message().await;
        assert!(message.retain);
        assert_eq!(message.topic, format!("plug/{}", String::from_utf8(message.payload).unwrap()));
        seen.insert(message.topic);
    }
}

#[tokio::test]
async fn a_subscriber_that_does_not_read_delays_nobody() {
    let fixture = Fixture::new().await;
    let mut bystander = Bystander::new(&fixture.device("bystander")).await;
    let login = fixture.device("plug");
    let mut stalled = raw::signed_in(&login, "stalled").await;
    stalled.write_all(&raw::subscribe("plug/#", 0)).await.unwrap();
    let mut stalled_qos1 = raw::signed_in(&login, "stalled-qos1").await;
    stalled_qos1.write_all(&raw::subscribe("plug/#", 1)).await.unwrap();
    let mut reader = v4::connect(&login, "reader").await;
    assert!(reader.subscribe("plug/#").await);

    let publisher = v4::connect(&login, "publisher").await;
    let publishing = tokio::spawn(async move {
        let mut publisher = publisher;
        for index in 0..2_000_u32 {
            let mut payload = vec![b'x'; 10_000];
            payload[..4].copy_from_slice(&index.to_be_bytes());
            publisher.client.publish("plug/state", QoS::AtLeastOnce, false, payload).await.unwrap();
        }
        publisher.acknowledged(2_000).await;
    });
    for index in 0..2_000_u32 {
        assert_eq!(reader.message().await.payload[..4], index.to_be_bytes());
    }
    soon("the publisher", publishing).await.unwrap();
    bystander.is_well().await;
    drop((stalled, stalled_qos1));
}
