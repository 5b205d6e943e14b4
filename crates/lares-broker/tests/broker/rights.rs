//! What each role may publish and subscribe, and what a denial looks like.

use std::time::{Duration, Instant};

use lares_broker::Role;
use rumqttc::QoS;
use rumqttc::v5::mqttbytes::v5::{PubAckReason, SubscribeReasonCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::fixture::{Fixture, soon};
use crate::{raw, v4, v5};

#[tokio::test]
async fn zigbee2mqtt_hears_requests_and_answers_but_sends_none() {
    let fixture = Fixture::new().await;
    let mut z2m = v4::connect(&fixture.user("z2m", Role::Zigbee2mqtt), "z2m").await;
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(z2m.subscribe("zigbee2mqtt/bridge/request/#").await);
    assert!(z2m.subscribe("zigbee2mqtt/#").await);
    assert!(!z2m.subscribe("#").await);
    assert!(!z2m.subscribe("homeassistant/#").await);
    assert!(hub.subscribe("zigbee2mqtt/bridge/response/#").await);
    assert!(hub.subscribe("zigbee2mqtt/bridge/request/#").await);

    hub.publish("zigbee2mqtt/bridge/request/permit_join", "{}", false).await;
    assert_eq!(z2m.message().await.topic, "zigbee2mqtt/bridge/request/permit_join");
    assert_eq!(hub.message().await.topic, "zigbee2mqtt/bridge/request/permit_join");
    z2m.publish("zigbee2mqtt/bridge/request/converter/save", "evil", false).await;
    z2m.publish("zigbee2mqtt/bridge/response/permit_join", "{}", false).await;
    assert_eq!(hub.message().await.topic, "zigbee2mqtt/bridge/response/permit_join");
}

#[tokio::test]
async fn a_device_stays_under_its_own_name() {
    let fixture = Fixture::new().await;
    let mut plug = v4::connect(&fixture.device("plug"), "plug").await;
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(hub.subscribe("#").await);
    assert!(plug.subscribe("plug/set/#").await);
    for filter in ["#", "+/state", "plug2/#", "zigbee2mqtt/#", "$share/g/plug/#"] {
        assert!(!plug.subscribe(filter).await, "{filter}");
    }
    for topic in ["plug2/state", "zigbee2mqtt/bridge/request/restart", "zigbee2mqtt/lamp/set"] {
        plug.publish(topic, "x", true).await;
    }
    plug.publish("plug/state", "on", false).await;
    assert_eq!(hub.message().await.topic, "plug/state", "nothing denied has passed before it");
}

#[tokio::test]
async fn a_denied_publish_keeps_a_v4_client_connected_and_tells_a_v5_client() {
    let fixture = Fixture::new().await;
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(hub.subscribe("#").await);

    let mut old = v4::connect(&fixture.device("old"), "old").await;
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        old.client.publish("elsewhere", qos, false, "x").await.unwrap();
    }
    old.publish("old/state", "fine", false).await;
    assert!(old.is_connected());

    let mut new = v5::connect(&fixture.device("new"), "new").await;
    assert_eq!(new.publish("elsewhere", "x").await, PubAckReason::NotAuthorized);
    assert_eq!(new.subscribe("elsewhere/#").await, SubscribeReasonCode::NotAuthorized);
    assert_eq!(new.publish("new/state", "fine").await, PubAckReason::Success);

    assert_eq!(hub.message().await.topic, "old/state");
    assert_eq!(hub.message().await.topic, "new/state");
}

#[tokio::test]
async fn denials_to_a_v4_client_are_well_formed_packets_of_its_version() {
    let fixture = Fixture::new().await;
    let mut socket = raw::signed_in(&fixture.device("plug"), "plug").await;
    // (packet sent, answer that MQTT 3.1.1 prescribes)
    for (packet, expected) in [
        (raw::publish("elsewhere", 1, 7), vec![0x40, 2, 0, 7]),
        (raw::publish("elsewhere", 2, 8), vec![0x50, 2, 0, 8]),
        (raw::packet(0x62, &[0, 8]), vec![0x70, 2, 0, 8]),
        (raw::subscribe("elsewhere/#", 1), vec![0x90, 3, 0, 1, 0x80]),
        (raw::packet(0xC0, &[]), vec![0xD0, 0]),
    ] {
        socket.write_all(&packet).await.unwrap();
        let mut answer = vec![0; expected.len()];
        soon("an answer", socket.read_exact(&mut answer)).await.unwrap();
        assert_eq!(answer, expected, "to {packet:02x?}");
    }
}

#[tokio::test]
async fn a_denied_retained_message_is_not_retained() {
    let fixture = Fixture::new().await;
    let mut plug = v4::connect(&fixture.device("plug"), "plug").await;
    plug.publish("zigbee2mqtt/bridge/state", "online", true).await;
    plug.publish("plug/state", "on", true).await;
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(hub.subscribe("#").await);
    assert_eq!(hub.message().await.topic, "plug/state");
    hub.publish("end", "", false).await;
    assert_eq!(hub.message().await.topic, "end");
}

#[tokio::test]
async fn a_flood_of_denied_messages_delays_nobody_else() {
    let fixture = Fixture::new().await;
    let flooder = v4::connect(&fixture.device("flooder"), "flooder").await;
    let mut plug = v4::connect(&fixture.device("plug"), "plug").await;
    for _ in 0..5_000 {
        flooder.client.try_publish("elsewhere", QoS::AtMostOnce, false, "x").unwrap();
    }
    let start = Instant::now();
    for _ in 0..50 {
        plug.publish("plug/state", "on", false).await;
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test]
async fn v4_and_v5_clients_hear_each_other() {
    let fixture = Fixture::new().await;
    let login = fixture.device("plug");
    let mut old = v4::connect(&login, "old").await;
    let mut new = v5::connect(&login, "new").await;
    assert!(old.subscribe("plug/from/new").await);
    new.subscribe("plug/from/old").await;
    old.publish("plug/from/old", "hello", false).await;
    assert_eq!(new.message().await, b"hello");
    assert_eq!(new.publish("plug/from/new", "hi").await, PubAckReason::Success);
    assert_eq!(old.message().await.payload, b"hi");
}
