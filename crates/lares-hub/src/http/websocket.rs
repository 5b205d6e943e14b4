//! `GET /api/v1/updates`: the stream of updates as a WebSocket. Nothing is read from it but signs of life.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse as _, Response};
use tokio::time::{Instant, interval, timeout};

use super::answer::Refused;
use super::feed::Feed;
use super::identity::Signed;
use super::site::Shared;

const PROTOCOL: &str = "lares";
/// Nothing of use is said to this stream.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;
const PING_EVERY: Duration = Duration::from_secs(15);
/// A receiver that answers no ping for so long is gone.
const SILENT_MAX: Duration = Duration::from_secs(45);
/// A receiver that takes nothing for so long is given up; meanwhile its queue holds 64 messages at most.
const WRITE_MAX: Duration = Duration::from_secs(20);

/// Accepts the stream.
pub async fn updates(
    State(site): State<Shared>,
    signed: Signed,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let feed = Feed::open(&site, signed).await?;
    let upgrade =
        upgrade.protocols([PROTOCOL]).max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(|socket| stream(socket, feed)))
}

async fn stream(mut socket: WebSocket, mut feed: Feed) {
    let mut heard = Instant::now();
    let mut ping = interval(PING_EVERY);
    loop {
        let message = tokio::select! {
            update = feed.next() => match update.map(|update| serde_json::to_string(&*update)) {
                Some(Ok(text)) => Message::Text(text.into()),
                Some(Err(_)) | None => break,
            },
            said = socket.recv() => match said {
                Some(Ok(Message::Close(_))) => {
                    // Reading on sends the other half of the farewell; without it the other end sees a torn line.
                    _ = timeout(WRITE_MAX, socket.recv()).await;
                    return;
                }
                Some(Err(_)) | None => return,
                Some(Ok(_)) => {
                    heard = Instant::now();
                    continue;
                }
            },
            _ = ping.tick() => {
                if heard.elapsed() > SILENT_MAX {
                    return;
                }
                Message::Ping(Bytes::new())
            }
        };
        if !matches!(timeout(WRITE_MAX, socket.send(message)).await, Ok(Ok(()))) {
            return;
        }
    }
    // The other end may be gone already.
    _ = timeout(WRITE_MAX, socket.send(Message::Close(None))).await;
}
