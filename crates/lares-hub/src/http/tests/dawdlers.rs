//! Whoever dawdles, or says too much, on virtual time.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};

use super::stage::{Stage, read_answer};

/// Far longer than anything takes here; virtual.
const LONG: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_ends_the_connection() {
    let stage = Stage::new();
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost: 127.0"] {
        let mut stream = stage.connect();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let began = Instant::now();
        let mut rest = Vec::new();
        timeout(LONG, stream.read_to_end(&mut rest)).await.unwrap().unwrap();
        let took = began.elapsed();
        assert!((29..=31).contains(&took.as_secs()), "{begun:?}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up_and_nothing_is_done() {
    let stage = Stage::new();
    let mut stream = stage.connect();
    let head =
        stage.head("PUT", "/things/lamp/properties/state", "Connection: close\r\nContent-Length: 4\r\n");
    stream.write_all(format!("{head}\"o").as_bytes()).await.unwrap();
    let answer = timeout(LONG, read_answer(&mut stream)).await.unwrap();
    assert_eq!((answer.status, answer.json()["code"].as_str()), (408, Some("bad_request")), "{answer:?}");
    assert!(stage.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_head_without_end_is_refused() {
    let stage = Stage::new();
    let mut stream = stage.connect();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nX: ").await.unwrap();
    let (mut reader, mut writer) = tokio::io::split(stream);
    let flood = async { while writer.write_all(&[b'x'; 4096]).await.is_ok() {} };
    let mut answer = Vec::new();
    let (_, read) = tokio::join!(flood, timeout(LONG, reader.read_to_end(&mut answer)));
    // The end may come torn, as much is still on its way.
    drop(read.unwrap());
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1.1 431 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_is_refused_by_its_length_alone() {
    let stage = Stage::new();
    let mut stream = stage.connect();
    let more = format!("Connection: close\r\nContent-Length: {}\r\n", (1 << 20) + 1);
    let head = stage.head("PUT", "/things/lamp/properties/state", &more);
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = timeout(LONG, read_answer(&mut stream)).await.unwrap();
    assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("too_large")), "{answer:?}");
    assert_eq!(answer.json()["detail"], "a request has 1 MB at most");
}
