//! A broker at work: watching its parts, and stopping it in an order that loses nothing.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mqtt5::broker::sys_topics::BrokerStats;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use super::accept::accept_connections;
use super::connection::FAREWELL;
use super::roster::Roster;
use super::shared::Shared;
use super::start::Opened;
use crate::embedded::{BrokerCounts, EmbeddedBroker, Ended, HubLogin};
use crate::error::BrokerError;

/// How long clients may take to go, beyond their farewell, before they are no longer waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// After this time the library no longer waits for its writer (`FileBackend::flush_queue_writes`).
const LIBRARY_GIVES_UP: Duration = Duration::from_secs(5);

/// How often the writer is waited for that long before it is given up.
const WRITE_OUT_TRIES: u32 = 12;

/// How long the threads may take to end when all tasks are done.
const THREADS_END: Duration = Duration::from_secs(5);

/// A broker at work. Dropping it ends it at once, without the care of [`EmbeddedBroker::stop`].
pub struct RunningBroker {
    runtime: Mutex<Option<Runtime>>,
    addr: SocketAddr,
    hub: HubLogin,
    stats: Arc<BrokerStats>,
    roster: Arc<Roster>,
    stop: CancellationToken,
    ended: watch::Receiver<Option<Ended>>,
}

impl RunningBroker {
    pub(super) fn run(runtime: Runtime, opened: Opened, addr: SocketAddr, hub: HubLogin) -> Self {
        let (ended_tx, ended) = watch::channel(None);
        let (stats, roster) = (Arc::clone(&opened.shared.stats), Arc::clone(&opened.shared.roster));
        let stop = opened.shared.stop.clone();
        runtime.spawn(async move {
            let work = tokio::spawn(work(opened));
            let ended =
                work.await.unwrap_or_else(|error| Ended::Failed(ending("the supervision", &Err(error))));
            if let Ended::Failed(reason) = &ended {
                tracing::error!("the MQTT broker has ended: {reason}");
            }
            ended_tx.send_replace(Some(ended));
        });
        Self { runtime: Mutex::new(Some(runtime)), addr, hub, stats, roster, stop, ended }
    }
}

#[async_trait]
impl EmbeddedBroker for RunningBroker {
    fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    fn hub_login(&self) -> &HubLogin {
        &self.hub
    }

    fn counts(&self) -> BrokerCounts {
        BrokerCounts {
            clients: self.roster.clients(),
            received: self.stats.publish_received.load(Ordering::Relaxed),
            sent: self.stats.publish_sent.load(Ordering::Relaxed),
        }
    }

    async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await.map(|ended| ended.clone()) {
            Ok(Some(ended)) => ended,
            _ => Ended::Failed("its threads were ended".to_owned()),
        }
    }

    async fn stop(&self) -> Result<(), BrokerError> {
        self.stop.cancel();
        self.ended().await;
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // Ends whatever the library left running, and with it the last hold on port and storage lock.
            let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(THREADS_END)).await;
            ended.map_err(|error| BrokerError::Threads(std::io::Error::other(error)))?;
        }
        Ok(())
    }
}

impl Drop for RunningBroker {
    fn drop(&mut self) {
        // For the thread that stores large messages: a runtime cannot end it from outside.
        self.stop.cancel();
        // A runtime must not be dropped where tasks run, which is where this may be.
        if let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs the parts until it is told to stop or one of them ends, then puts everything away.
async fn work(Opened { shared, listener, jobs }: Opened) -> Ended {
    let mut accepting = tokio::spawn(accept_connections(Arc::clone(&shared), listener));
    let mut users = tokio::spawn(Arc::clone(&shared).watch_users());
    let mut expiry = tokio::spawn(Arc::clone(&shared).clear_expired());
    let routing = Arc::clone(&shared);
    // On a thread of its own: to put 20 MB into the library's form takes a good part of a second without a pause, in
    // which a worker of the runtime would look after no socket at all, if it was the one whose turn that is.
    let handle = Handle::current();
    let mut late = tokio::task::spawn_blocking(move || {
        handle.block_on(routing.late.work(jobs, &routing.router, &routing.stop));
    });
    let ended = tokio::select! {
        // When told to stop, the parts end as well; that is no failure of theirs.
        biased;
        () = shared.stop.cancelled() => Ended::Stopped,
        result = &mut accepting => Ended::Failed(ending("the accept loop", &result)),
        result = &mut users => Ended::Failed(ending("the watch over users", &result)),
        result = &mut late => Ended::Failed(ending("the storing of large retained messages", &result)),
        result = &mut expiry => Ended::Failed(ending("the clearing of expired messages", &result)),
    };
    shared.stop.cancel();
    put_away(&shared, [accepting, users, expiry, late]).await;
    ended
}

/// First the doors, then the clients, then the storage: what a client could not take goes back into its queue, and
/// only then is the queue written out.
async fn put_away(shared: &Shared, parts: [JoinHandle<()>; 4]) {
    for part in parts {
        if !part.is_finished() {
            // Each ends by itself now that the token is cancelled; a panic was reported by `work`.
            let _ = part.await;
        }
    }
    shared.connections.close();
    if tokio::time::timeout(FAREWELL + PATIENCE, shared.connections.wait()).await.is_err() {
        tracing::warn!(left = shared.connections.len(), "some MQTT clients did not go in time");
    }
    write_out(shared).await;
}

/// Writes out what waits to be written. The library gives up waiting for its own writer after five seconds without
/// saying so; what is not written when the threads end is lost.
async fn write_out(shared: &Shared) {
    for _ in 0..WRITE_OUT_TRIES {
        let start = Instant::now();
        if let Err(error) = shared.storage.shutdown().await {
            tracing::error!(%error, "failed to write out queued MQTT messages");
            return;
        }
        if start.elapsed() < LIBRARY_GIVES_UP {
            return;
        }
    }
    tracing::error!("queued MQTT messages could not be written out in time; some are lost");
}

fn ending(part: &str, result: &Result<(), JoinError>) -> String {
    match result {
        Ok(()) => format!("{part} ended"),
        Err(error) => format!("{part} ended: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Broker, BrokerConfig, UserStore};

    #[tokio::test]
    async fn a_broker_whose_threads_go_away_is_seen_to_have_failed() {
        let dir = std::env::temp_dir().join(format!("lares-broker-threads-{}", std::process::id()));
        let mut config = BrokerConfig::new(dir.join("mqtt"));
        config.listen.set_port(0);
        let broker = Broker::start(config, UserStore::new(dir.join("users.json"))).await.unwrap();
        broker.runtime.lock().unwrap().take().unwrap().shutdown_background();
        assert!(matches!(broker.ended().await, Ended::Failed(_)));
        broker.stop().await.unwrap();
        std::fs::remove_dir_all(dir).unwrap();
    }
}
