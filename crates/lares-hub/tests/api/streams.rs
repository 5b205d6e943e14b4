//! Streams: the WebSocket, server-sent events and the Unix socket.

use std::time::Duration;

use futures_util::StreamExt as _;
use lares_hub::api::request::Request;
use lares_hub::api::update::{ChangeUpdate, Update};
use lares_hub::caller::Role;
use lares_hub::{socket, tokens};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::fixture::Fixture;

/// Far more than any of it takes.
const SOON: Duration = Duration::from_secs(20);

fn switched(update: &Json) -> bool {
    let changes = update["changes"].as_array().into_iter().flatten();
    changes
        .into_iter()
        .any(|c| c["key"] == "demo:bed_light" && c["property"] == "state" && c["state"]["value"] == "on")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browsers_websocket_gets_a_snapshot_then_deltas_until_its_token_is_revoked() {
    let home = Fixture::start().await;
    let token = home.token("browser", Role::Resident);
    let mut request = format!("ws://{}/api/v1/updates", home.address).into_client_request().unwrap();
    let offer = HeaderValue::from_str(&format!("lares, bearer.{token}")).unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", offer.clone());
    let (mut stream, answer) = tokio_tungstenite::connect_async(request.clone()).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "lares");
    let first: Json = serde_json::from_str(stream.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
    assert_eq!(first["type"], "snapshot");
    assert!(first["snapshot"]["devices"].as_array().unwrap().len() >= 20);
    home.ask(&token, "PUT", "/things/bed_light/properties/state", "\"on\"").await;
    let seen = async {
        loop {
            let message = stream.next().await.unwrap().unwrap();
            let Ok(update) = serde_json::from_str::<Json>(message.to_text().unwrap()) else { continue };
            if switched(&update) {
                break;
            }
        }
    };
    timeout(SOON, seen).await.unwrap();
    tokens::revoke(home.dir.path(), &"browser".parse().unwrap()).unwrap();
    let ended = async { while stream.next().await.is_some_and(|message| message.is_ok()) {} };
    timeout(SOON, ended).await.unwrap();
    assert!(tokio_tungstenite::connect_async(request.clone()).await.is_err());
    let other = home.token("other", Role::Viewer);
    let offer = HeaderValue::from_str(&format!("lares, bearer.{other}")).unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", offer);
    request.headers_mut().insert("Origin", HeaderValue::from_static("http://evil.example"));
    assert!(tokio_tungstenite::connect_async(request).await.is_err());
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_sent_events_tell_the_value_now_and_each_other_one() {
    let home = Fixture::start().await;
    let token = home.token("r", Role::Resident);
    let mut stream = TcpStream::connect(home.address).await.unwrap();
    let request = format!(
        "GET /things/bed_light/properties/state/observe HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
        home.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut data = Vec::new();
    let told = async {
        while data.len() < 2 {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some(value) = line.strip_prefix("data: ") {
                data.push(value.to_owned());
                home.ask(&token, "PUT", "/things/bed_light/properties/state", "\"on\"").await;
            }
        }
    };
    timeout(SOON, told).await.unwrap();
    assert_eq!(data, ["\"off\"", "\"on\""]);
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_answers_calls_and_streams_updates() {
    let home = Fixture::start().await;
    let mut client = socket::Client::connect(home.dir.path()).await.unwrap();
    let request = Request::Device { device: "bed_light".into() };
    assert_eq!(client.call(&request).await.unwrap()["key"], "demo:bed_light");
    let unknown = client.call(&Request::Device { device: "nobody".into() }).await.unwrap_err();
    assert!(
        matches!(&unknown, socket::SocketError::Refused(problem) if problem.status == 404),
        "{unknown:?}"
    );
    let mut updates = socket::Client::connect(home.dir.path()).await.unwrap().subscribe().await.unwrap();
    assert!(matches!(updates.next().await.unwrap(), Update::Snapshot { .. }));
    let set =
        Request::SetProperty { device: "bed_light".into(), property: "state".into(), value: json!("on") };
    assert_eq!(client.call(&set).await.unwrap()["outcome"], "confirmed");
    let seen = async {
        loop {
            let Update::Changes { changes, .. } = updates.next().await.unwrap() else { continue };
            let on = |change: &ChangeUpdate| {
                matches!(change, ChangeUpdate::Property { key, property, state }
                    if key == "demo:bed_light" && property == "state" && state.value == "on")
            };
            if changes.iter().any(on) {
                break;
            }
        }
    };
    timeout(SOON, seen).await.unwrap();
    home.hub.stop().await;
    assert!(matches!(updates.next().await, Err(socket::SocketError::Closed)));
    let gone = socket::Client::connect(home.dir.path()).await;
    assert!(matches!(gone, Err(socket::SocketError::NoHub { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_on_the_socket_is_answered_and_harms_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Fixture::start().await;
    let path = socket::path(home.dir.path());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream
        .write_all(b"nonsense\n\n{\"id\": 7, \"method\": \"fly\"}\n{\"id\": \"a\", \"method\": \"rules\"}\n")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    let mut text = String::new();
    timeout(SOON, stream.read_to_string(&mut text)).await.unwrap().unwrap();
    let answers: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 3, "{text}");
    assert!(answers.iter().any(|a| a.get("id").is_none() && a["problem"]["code"] == "bad_request"), "{text}");
    assert!(answers.iter().any(|a| a["id"] == 7 && a["problem"]["code"] == "bad_request"), "{text}");
    assert!(answers.iter().any(|a| a["id"] == "a" && a["result"]["rules"].is_array()), "{text}");
    home.hub.stop().await;
}
