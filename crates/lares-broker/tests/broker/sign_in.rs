//! Who is let in, and who is put out.

use lares_broker::{Role, UserName};
use rumqttc::ConnectReturnCode as V4;
use rumqttc::v5::mqttbytes::v5::ConnectReturnCode as V5;

use crate::fixture::{Fixture, Login, add, until};
use crate::{v4, v5};

#[tokio::test]
async fn strangers_wrong_passwords_and_anonymous_clients_are_refused() {
    let fixture = Fixture::new().await;
    let plug = fixture.device("plug");
    let wrong = plug.with_password("wrong");
    let stranger = Login::new(fixture.addr(), "stranger", &plug.password);
    let hub = fixture.hub().with_password(&plug.password);
    for login in [&wrong, &stranger, &hub] {
        assert_eq!(v4::refusal(v4::options(login, "x")).await, V4::BadUserNamePassword);
        assert_eq!(v5::refusal(v5::options(login, "x")).await, V5::BadUserNamePassword);
    }
    let anonymous = rumqttc::MqttOptions::new("x", "127.0.0.1", plug.addr.port());
    assert_eq!(v4::refusal(anonymous).await, V4::BadUserNamePassword);
    let anonymous = rumqttc::v5::MqttOptions::new("x", "127.0.0.1", plug.addr.port());
    assert_eq!(v5::refusal(anonymous).await, V5::BadUserNamePassword);

    let client = v4::connect(&plug, "x").await;
    assert!(client.is_connected(), "the right password opens");
}

#[tokio::test]
async fn a_user_added_while_the_broker_runs_signs_in_at_once() {
    let fixture = Fixture::new().await;
    for index in 0..20 {
        let login = fixture.device(&format!("plug{index}"));
        v4::connect(&login, &format!("client{index}")).await;
    }
}

#[tokio::test]
async fn a_removed_user_is_put_out_and_loses_its_session() {
    let fixture = Fixture::new().await;
    let (plug, lamp) = (fixture.device("plug"), fixture.device("lamp"));
    let mut out = v4::connect_persistent(&plug, "plug-1").await;
    assert!(out.subscribe("plug/#").await);
    let mut stays = v4::connect(&lamp, "lamp-1").await;

    fixture.users.remove(&UserName::parse("plug").unwrap()).unwrap();
    out.ended().await;
    assert_eq!(v4::refusal(v4::options(&plug, "plug-1")).await, V4::BadUserNamePassword);
    stays.publish("lamp/state", "on", false).await;

    // The same name with a new password is another user: nothing of the old session is left to it.
    until("the connection has been taken down", || fixture.broker_clients() == 1).await;
    let again = fixture.device("plug");
    let client = v4::connect_persistent(&again, "plug-1").await;
    assert!(!client.session_present);
}

#[tokio::test]
async fn a_session_of_a_user_removed_while_no_broker_ran_is_forgotten() {
    let fixture = Fixture::new().await;
    let plug = fixture.device("plug");
    let mut client = v4::connect_persistent(&plug, "shared-id").await;
    assert!(client.subscribe("plug/#").await);
    client.vanish();

    let users = fixture.users.clone();
    let dir = fixture.stop().await;
    users.remove(&UserName::parse("plug").unwrap()).unwrap();
    let fixture = Fixture::on(dir).await;
    let lamp = fixture.device("lamp");
    let client = v4::connect_persistent(&lamp, "shared-id").await;
    assert!(!client.session_present);
}

#[tokio::test]
async fn a_client_id_of_another_user_is_refused() {
    let fixture = Fixture::new().await;
    let (plug, lamp) = (fixture.device("plug"), fixture.device("lamp"));
    let mut owner = v4::connect_persistent(&plug, "one").await;
    assert!(owner.subscribe("plug/#").await);

    assert_eq!(v4::refusal(v4::options(&lamp, "one")).await, V4::BadClientId);
    assert_eq!(v5::refusal(v5::options(&lamp, "one")).await, V5::ClientIdentifierNotValid);
    owner.publish("plug/state", "still here", false).await;
    assert_eq!(owner.message().await.payload, b"still here");

    // The id stays its owner's while the session does, even against a clean start that would wipe it.
    owner.vanish();
    until("the owner is gone", || fixture.broker_clients() == 0).await;
    assert_eq!(v4::refusal(v4::options(&lamp, "one")).await, V4::BadClientId);
    assert!(v4::connect_persistent(&plug, "one").await.session_present);
}

#[tokio::test]
async fn the_hubs_client_ids_and_names_that_reach_into_zigbee2mqtt_are_refused() {
    let fixture = Fixture::new().await;
    let plug = fixture.device("plug");
    assert_eq!(v4::refusal(v4::options(&plug, "lares-main")).await, V4::BadClientId);
    v4::connect(&fixture.hub(), "lares-main").await;

    let impostor = fixture.device("zigbee2mqtt");
    assert_eq!(v4::refusal(v4::options(&impostor, "x")).await, V4::NotAuthorized);
    assert!(add(&fixture.users, "lares-hub", Role::Device).is_err());
}

#[tokio::test]
async fn a_last_will_on_a_topic_of_others_is_refused() {
    let fixture = Fixture::new().await;
    let plug = fixture.device("plug");
    let mut hub = v4::connect(&fixture.hub(), "lares-main").await;
    assert!(hub.subscribe("#").await);

    let options = v4::with_will(v4::options(&plug, "x"), "zigbee2mqtt/bridge/request/restart");
    assert_eq!(v4::refusal(options).await, V4::NotAuthorized);
    let options = v4::with_will(v4::options(&plug, "x"), "plug/gone");
    v4::open(options).await.unwrap().vanish();
    assert_eq!(hub.message().await.topic, "plug/gone");
}

#[tokio::test]
async fn beyond_the_most_clients_only_the_hub_gets_in() {
    let fixture = Fixture::with(|config| config.limits.clients = 2).await;
    let plug = fixture.device("plug");
    let first = v4::connect(&plug, "one").await;
    let _second = v4::connect(&plug, "two").await;
    assert_eq!(v4::refusal(v4::options(&plug, "three")).await, V4::ServiceUnavailable);
    v4::connect(&fixture.hub(), "lares-main").await.vanish();
    first.vanish();
    until("a place is free", || fixture.broker_clients() == 1).await;
    v4::connect(&plug, "three").await;
}

#[tokio::test]
async fn one_user_cannot_fill_the_disk_with_sessions() {
    let fixture = Fixture::with(|config| config.limits.sessions_per_user = 3).await;
    let plug = fixture.device("plug");
    for id in ["one", "two", "three"] {
        v4::connect_persistent(&plug, id).await.vanish();
    }
    assert_eq!(v4::refusal(v4::options(&plug, "four")).await, V4::ServiceUnavailable);
    assert!(v4::connect_persistent(&plug, "two").await.session_present);
}
