//! One connection from its first byte to its end.

use std::net::{Shutdown, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::auth::AuthProvider;
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::events::BrokerEventHandler;
use mqtt5::broker::transport::BrokerTransport;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::door::Door;
use super::greeting;
use super::roster::Place;
use super::shared::Shared;

/// How long a client that has to go gets to read its DISCONNECT before the socket is closed.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// Serves one connection until it ends, by itself or because its place's token is cancelled.
pub(super) async fn serve(shared: Arc<Shared>, place: Place, stream: TcpStream, peer: SocketAddr) {
    let deadline = Instant::now() + shared.limits.handshake_timeout;
    let greeted = timeout_at(deadline, greeting::is_connect(&stream, shared.limits.connect_bytes));
    match place.end.run_until_cancelled(greeted).await {
        Some(Ok(Ok(true))) => {}
        _ => {
            tracing::debug!(%peer, "closed a connection that did not begin with an MQTT sign-in");
            return;
        }
    }
    let (stream, socket) = match second_handle(stream) {
        Ok(pair) => pair,
        Err(error) => {
            tracing::warn!(%peer, %error, "failed to take in an MQTT connection");
            return;
        }
    };
    let place = Arc::new(place);
    let door = Arc::new(Door::new(Arc::clone(&shared), Arc::clone(&place)));
    attend(&shared, &place, &door, stream, &socket, peer, deadline).await;
    if place.is_revoked()
        && let Some(guest) = door.guest()
    {
        shared.forget_session(&guest.client_id).await;
    }
    place.leave();
}

/// Runs the library's handler, and makes it end in time when it has to.
async fn attend(
    shared: &Shared,
    place: &Place,
    door: &Arc<Door>,
    stream: TcpStream,
    socket: &std::net::TcpStream,
    peer: SocketAddr,
    deadline: Instant,
) {
    let (closing, closing_rx) = Shared::closing_channel();
    let mut library = shared.library.clone();
    library.event_handler = Some(Arc::clone(door) as Arc<dyn BrokerEventHandler>);
    let handler = ClientHandler::new(
        BrokerTransport::tcp(stream),
        peer,
        Arc::new(library),
        Arc::clone(&shared.router),
        Arc::clone(door) as Arc<dyn AuthProvider>,
        Some(Arc::clone(&shared.storage)),
        Arc::clone(&shared.stats),
        Arc::clone(&shared.monitor),
        closing_rx,
    );
    let mut run = pin!(handler.run());
    let mut cut_at = Some(deadline);
    let mut asked = false;
    loop {
        tokio::select! {
            outcome = &mut run => {
                if let Err(error) = outcome {
                    tracing::debug!(%peer, %error, "an MQTT connection ended");
                }
                return;
            }
            () = place.end.cancelled(), if !asked => {
                asked = true;
                // No receiver means that the handler is ending already.
                let _ = closing.send(());
                cut_at = Some(if door.guest().is_some() { Instant::now() + FAREWELL } else { Instant::now() });
            }
            () = sleep_until(cut_at.unwrap_or(deadline)), if cut_at.is_some() => {
                cut_at = None;
                if asked || door.guest().is_none() {
                    // The handler notices, puts what it could not send back into the queue, and ends.
                    let _ = socket.shutdown(Shutdown::Both);
                }
            }
        }
    }
}

/// The stream, and a second handle on its socket by which it can be closed while the handler waits on it.
fn second_handle(stream: TcpStream) -> std::io::Result<(TcpStream, std::net::TcpStream)> {
    // Small packets go out at once: a command must not wait for the acknowledgement of the one before.
    stream.set_nodelay(true)?;
    let stream = stream.into_std()?;
    let socket = stream.try_clone()?;
    Ok((TcpStream::from_std(stream)?, socket))
}
