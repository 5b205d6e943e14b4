//! The stream of updates as a browser gets it, over a WebSocket.

use std::net::SocketAddr;

use futures_util::StreamExt as _;
use lares_hub::api::update::Update;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::home::PATIENCE;

/// An open stream.
pub struct Updates(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Updates {
    /// Opens it as a browser does: the token among the subprotocols.
    ///
    /// # Errors
    /// The status by which the hub refuses.
    ///
    /// # Panics
    /// When there is no hub.
    pub async fn open(address: SocketAddr, token: &str) -> Result<Self, u16> {
        let mut request =
            format!("ws://{address}/api/v1/updates").into_client_request().expect("a good address");
        let protocols = format!("lares, bearer.{token}").parse().expect("a good header");
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        match timeout(PATIENCE, connect_async(request)).await.expect("the hub answers") {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no WebSocket: {error}"),
        }
    }

    /// The next message; none when the hub has closed the stream.
    ///
    /// # Panics
    /// When none comes, or it is no update.
    pub async fn next(&mut self) -> Option<Update> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("an update comes")? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).expect("an update")),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}
