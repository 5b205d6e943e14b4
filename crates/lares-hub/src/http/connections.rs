//! Connections: how many, how long they may dawdle, and how they end.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::routes;
use super::site::{HttpContext, Site};

/// Connections at once; the next ones wait to be accepted.
const CONNECTIONS_MAX: usize = 256;
/// The head of a request must be there by then; an idle connection is closed after it, too.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// Memory for what a connection has sent and nobody has read yet.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// How long requests get to end when the hub stops.
const STOP_WAIT: Duration = Duration::from_secs(2);
/// After an error of the system, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop`; ends when all requests have ended, or after a moment.
pub fn serve(listener: TcpListener, context: HttpContext, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        let address = match listener.local_addr() {
            Ok(address) => address,
            Err(error) => {
                tracing::error!(%error, "HTTP does not know its own address");
                return;
            }
        };
        let router = routes::router(Site::new(context, address, stop.clone()));
        let mut connections = JoinSet::new();
        accept(&listener, &router, &stop, &mut connections).await;
        drop(listener);
        let ended = async { while connections.join_next().await.is_some() {} };
        if timeout(STOP_WAIT, ended).await.is_err() {
            tracing::debug!("some HTTP connections were cut off");
        }
    })
}

async fn accept(
    listener: &TcpListener,
    router: &axum::Router,
    stop: &CancellationToken,
    connections: &mut JoinSet<()>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        while connections.try_join_next().is_some() {}
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = stop.cancelled() => return,
            next = next => next,
        };
        match (place, accepted) {
            (Ok(place), Ok((stream, _))) => {
                connections.spawn(connection(stream, router.clone(), stop.clone(), place));
            }
            (_, accepted) => {
                if let Err(error) = accepted {
                    tracing::debug!(%error, "a connection could not be accepted");
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    router: axum::Router,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
) {
    // A small answer shall not wait for more to send. That it cannot be set is no reason not to serve.
    _ = stream.set_nodelay(true);
    serve_one(stream, router, stop).await;
}

/// One connection, whatever carries it, until it ends or `stop`.
pub(super) async fn serve_one(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: axum::Router,
    stop: CancellationToken,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(READ_BUFFER_BYTES);
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}
