//! Users of the built-in MQTT broker, made through the API.

use lares_hub::api::problem::{Code, Problem};
use lares_hub::api::request::{Request, Response};
use lares_hub::api::view::MqttUserView;
use lares_hub::caller::{Caller, Role};
use lares_hub::{HttpChoice, Hub, HubConfig, MqttChoice, RunningHub};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn hub(mqtt: MqttChoice) -> (RunningHub, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = HubConfig::new(dir.path());
    config.http = Some(HttpChoice::Off);
    config.mqtt = Some(mqtt);
    (Hub::start(config).await.unwrap(), dir)
}

async fn make(
    hub: &RunningHub,
    by: Role,
    user: &str,
    role: &str,
    replace: bool,
) -> Result<MqttUserView, Problem> {
    let caller = Caller { name: "test".into(), role: by };
    let request = Request::AddMqttUser { user: user.into(), role: role.into(), replace };
    match hub.handle().call(&caller, request).await? {
        Response::MqttUser(made) => Ok(made),
        other => panic!("{other:?}"),
    }
}

/// Whether the broker lets this user in: by MQTT 3.1.1, byte for byte.
async fn signs_in(hub: &RunningHub, user: &str, password: &str) -> bool {
    let text = |text: &str| {
        let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(text.as_bytes());
        bytes
    };
    let parts = [text("MQTT"), vec![4, 0b1100_0010, 0, 60], text("test"), text(user), text(password)];
    let rest = parts.concat();
    let connect = [vec![0x10, u8::try_from(rest.len()).unwrap()], rest].concat();
    let mut stream = TcpStream::connect(hub.mqtt.as_ref().unwrap()).await.unwrap();
    stream.write_all(&connect).await.unwrap();
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.is_ok_and(|_| answer == [0x20, 2, 0, 0])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_makes_zigbee2mqtt_a_user_whose_password_is_told_once() {
    let (hub, _dir) = hub(MqttChoice::Listen("127.0.0.1:0".parse().unwrap())).await;
    let name = "zigbee2mqtt";
    let refused = make(&hub, Role::Resident, name, name, false).await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    let made = make(&hub, Role::Admin, name, name, false).await.unwrap();
    assert_eq!(made.server, format!("mqtt://{}", hub.mqtt.clone().unwrap()));
    assert_eq!((made.user.as_str(), made.base_topic.as_str()), (name, name));
    assert!(!format!("{made:?}").contains(&made.password), "a log must not have it");
    assert!(signs_in(&hub, name, &made.password).await);

    // A second one does not put the first out, unless that is asked for.
    let again = make(&hub, Role::Admin, name, name, false).await.unwrap_err();
    assert_eq!((again.code, again.status), (Code::Exists, 409));
    assert!(signs_in(&hub, name, &made.password).await);
    let anew = make(&hub, Role::Admin, name, name, true).await.unwrap();
    assert!(signs_in(&hub, name, &anew.password).await);
    assert!(!signs_in(&hub, name, &made.password).await, "the former password has ended");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_name_or_role_is_told_with_its_place() {
    let (hub, _dir) = hub(MqttChoice::Listen("127.0.0.1:0".parse().unwrap())).await;
    for (user, role, pointer) in [("a/b", "device", "/params/user"), ("plug", "admin", "/params/role")] {
        let refused = make(&hub, Role::Admin, user, role, false).await.unwrap_err();
        assert_eq!((refused.code, refused.pointer.as_str()), (Code::InvalidValue, pointer), "{refused:?}");
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_another_broker_are_not_made_here() {
    let (hub, _dir) = hub(MqttChoice::Url("mqtt://lares:secret@127.0.0.1:1".into())).await;
    let refused = make(&hub, Role::Admin, "zigbee2mqtt", "zigbee2mqtt", false).await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    assert!(refused.detail.contains("127.0.0.1:1") && !refused.detail.contains("secret"), "{refused:?}");
    match hub.handle().call(&Caller::local(), Request::Addresses).await.unwrap() {
        Response::Addresses(addresses) => assert!(!addresses.built_in_broker),
        other => panic!("{other:?}"),
    }
    hub.stop().await;
}
