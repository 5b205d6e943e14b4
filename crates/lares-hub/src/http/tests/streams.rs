//! Streams on virtual time: events of a device, and what becomes of receivers that are gone.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};
use tokio::time::{Instant, timeout};

use super::stage::Stage;
use crate::api::update::ChangeUpdate;

/// Far longer than anything takes here; virtual.
const LONG: Duration = Duration::from_secs(3600);

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

fn happened(property: &str, value: &str) -> ChangeUpdate {
    let (key, property, value) = ("test:lamp".to_owned(), property.to_owned(), value.to_owned());
    ChangeUpdate::Happened { key, property, value, at: String::new() }
}

#[tokio::test(start_paused = true)]
async fn events_of_a_device_are_told_from_now_on_the_same_one_twice_too() {
    let stage = Stage::new();
    let mut stream = stage.connect();
    let head = stage.head("GET", "/things/lamp/events/action", "");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut head = Vec::new();
    while head.last().is_none_or(|line: &String| !line.is_empty()) {
        head.push(lines.next_line().await.unwrap().unwrap().to_ascii_lowercase());
    }
    assert!(
        head[0].contains(" 200 ") && head.contains(&"content-type: text/event-stream".to_owned()),
        "{head:?}"
    );
    stage.tell(vec![happened("action", "single"), happened("other", "single"), happened("action", "single")]);
    stage.tell(vec![happened("action", "double")]);
    let mut told = Vec::new();
    while told.len() < 6 {
        let line = lines.next_line().await.unwrap().unwrap();
        if line.starts_with("event: ") || line.starts_with("data: ") {
            told.push(line);
        }
    }
    let one = |value: &str| ["event: action".to_owned(), format!("data: \"{value}\"")];
    assert_eq!(told, [one("single"), one("single"), one("double")].concat());
    for path in ["/things/lamp/events/state", "/things/lamp/events/nothing", "/things/lamp/properties/action"]
    {
        assert_eq!(stage.ask("GET", path, "").await.status, 404, "{path}");
    }
}

/// A WebSocket, after the handshake and the snapshot.
async fn websocket(stage: &Stage) -> DuplexStream {
    let mut stream = stage.connect();
    stream.write_all(stage.head("GET", "/api/v1/updates", UPGRADE).as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.unwrap());
    }
    assert!(bytes.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&bytes));
    stream
}

/// The next frame of a server: its kind and its content. None at the end.
async fn frame(stream: &mut DuplexStream) -> Option<(u8, Vec<u8>)> {
    let first = stream.read_u8().await.ok()?;
    let length = match stream.read_u8().await.ok()? {
        126 => usize::from(stream.read_u16().await.ok()?),
        127 => usize::try_from(stream.read_u64().await.ok()?).ok()?,
        short => usize::from(short),
    };
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await.ok()?;
    Some((first & 0x0f, content))
}

/// A frame of a client, masked with zeros.
async fn send(stream: &mut DuplexStream, kind: u8, content: &[u8]) {
    let length = u8::try_from(content.len()).unwrap();
    let mut bytes = vec![0x80 | kind, 0x80 | length, 0, 0, 0, 0];
    bytes.extend(content);
    // The other end may have gone.
    _ = stream.write_all(&bytes).await;
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

#[tokio::test(start_paused = true)]
async fn a_websocket_that_answers_no_ping_is_closed_within_a_minute_and_its_place_is_free() {
    let stage = Stage::new();
    let mut stream = websocket(&stage).await;
    assert_eq!(stage.streams(), 1);
    let began = Instant::now();
    let gone = async { while frame(&mut stream).await.is_some() {} };
    timeout(LONG, gone).await.unwrap();
    assert!(began.elapsed() <= Duration::from_secs(61), "{:?}", began.elapsed());
    assert_eq!(stage.streams(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_websocket_that_answers_pings_stays() {
    let stage = Stage::new();
    let mut stream = websocket(&stage).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(300) {
        let (kind, content) = frame(&mut stream).await.unwrap();
        if kind == PING {
            send(&mut stream, PONG, &content).await;
        }
    }
    assert_eq!(stage.streams(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_websocket_that_takes_nothing_is_given_up() {
    let stage = Stage::new();
    let stream = websocket(&stage).await;
    // Far more than all that is between here and there can hold.
    let large = "x".repeat(200_000);
    stage.tell(vec![happened("action", &large)]);
    let gone = async {
        while stage.streams() > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    timeout(LONG, gone).await.unwrap();
    drop(stream);
}

#[tokio::test(start_paused = true)]
async fn a_farewell_is_answered() {
    let stage = Stage::new();
    let mut stream = websocket(&stage).await;
    while frame(&mut stream).await.unwrap().0 != TEXT {}
    send(&mut stream, CLOSE, &1000_u16.to_be_bytes()).await;
    let mut kinds = Vec::new();
    while let Some((kind, content)) = frame(&mut stream).await {
        kinds.push((kind, content));
    }
    assert_eq!(kinds.last(), Some(&(CLOSE, 1000_u16.to_be_bytes().to_vec())), "{kinds:?}");
}
