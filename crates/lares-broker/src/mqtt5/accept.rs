//! The accept loop: takes connections in and gives each its own task.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::connection;
use super::shared::Shared;

/// Pause after a failed accept, such as one for lack of file handles, which would otherwise fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections until the broker stops; the port is free when it returns.
pub(super) async fn accept_connections(shared: Arc<Shared>, listener: TcpListener) {
    while let Some(accepted) = shared.stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                let place = shared.roster.enter(shared.stop.child_token());
                shared.connections.spawn(connection::serve(Arc::clone(&shared), place, stream, peer));
            }
            Err(error) => {
                tracing::warn!(%error, "failed to accept an MQTT connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
