//! Starting: settings checked, port taken, storage opened and recovered, tasks under way.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::config::{AuthConfig, BrokerConfig as LibraryConfig, StorageConfig};
use mqtt5::broker::resource_monitor::{ResourceLimits, ResourceMonitor};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::{DynamicStorage, FileBackend, QueueLimits};
use mqtt5::broker::sys_topics::BrokerStats;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::late::{Job, Late};
use super::long_topics::LongTopics;
use super::roster::Roster;
use super::running::RunningBroker;
use super::shared::Shared;
use crate::config::{BrokerConfig, Limits};
use crate::embedded::HubLogin;
use crate::error::BrokerError;
use crate::users::{HUB_USER, LiveUsers, Password, PasswordHash, UserStore};

/// Threads of the broker. What takes long is done beside them (see [`super::late`]).
const THREADS: usize = 4;

/// Unfinished QoS 2 messages that one client may have open.
const RECEIVE_MAX: u16 = 512;

/// Topic aliases of one MQTT 5 client; each holds a topic name in memory.
const TOPIC_ALIASES: u16 = 64;

/// The way to an embedded broker.
#[derive(Debug)]
pub struct Broker;

impl Broker {
    /// Starts a broker. It works until [`RunningBroker`] is stopped or dropped.
    ///
    /// It runs on threads of its own: a busy hub does not delay messages, and whatever the library leaves
    /// running ends with it. The library logs under the target `mqtt5`; its warnings repeat what is logged here, once
    /// for each packet, so a log filter does well to hold `mqtt5=error`.
    ///
    /// # Errors
    /// [`BrokerError::AddressInUse`] when the port is taken; settings, users file or storage that cannot be used.
    pub async fn start(config: BrokerConfig, users: UserStore) -> Result<RunningBroker, BrokerError> {
        config.check()?;
        let password = Password::draw()?;
        let hub = HubLogin { user: HUB_USER.to_owned(), password };
        let hub_password = PasswordHash::of(&hub.password)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("lares-broker")
            .enable_all()
            .build()
            .map_err(BrokerError::Threads)?;
        match on(&runtime, open(config, users, hub_password)).await {
            Ok((opened, addr)) => Ok(RunningBroker::run(runtime, opened, addr, hub)),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }
}

/// A broker with its port taken and its storage open, not at work yet.
pub(super) struct Opened {
    pub(super) shared: Arc<Shared>,
    pub(super) listener: TcpListener,
    pub(super) jobs: mpsc::Receiver<Job>,
}

/// Awaits a future on the broker's own threads.
async fn on<T: Send + 'static>(
    runtime: &Runtime,
    work: impl Future<Output = Result<T, BrokerError>> + Send + 'static,
) -> Result<T, BrokerError> {
    runtime.spawn(work).await.unwrap_or_else(|error| Err(BrokerError::Threads(io::Error::other(error))))
}

async fn open(
    config: BrokerConfig,
    users: UserStore,
    hub_password: PasswordHash,
) -> Result<(Opened, SocketAddr), BrokerError> {
    let (listener, addr) = listen(config.listen).await?;
    let users = LiveUsers::open(users)?;
    let limits = config.limits.clone();
    let library = library_config(&config);

    let failed = |error: &dyn std::fmt::Display| BrokerError::Storage {
        dir: config.storage_dir.clone(),
        reason: error.to_string(),
    };
    crate::users::create_private_dir(&config.storage_dir).map_err(|error| failed(&error))?;
    let queues = QueueLimits { max_messages: limits.queued_messages, max_bytes: limits.queued_bytes };
    let storage =
        FileBackend::with_queue_limits(&config.storage_dir, queues).await.map_err(|e| failed(&e))?;
    let storage = Arc::new(DynamicStorage::File(storage));
    let long_topics = LongTopics::open(&config.storage_dir).map_err(|error| failed(&error))?;
    let router = MessageRouter::with_storage(Arc::clone(&storage))
        .with_event_handler(Arc::new(long_topics.clone()))
        .with_retained_limits(limits.retained_messages, limits.packet_bytes);
    router.recover_sessions(seconds(limits.session_expiry)).await.map_err(|e| failed(&e))?;
    router.initialize().await.map_err(|e| failed(&e))?;
    let router = Arc::new(router);
    long_topics.restore(&router).await.map_err(|error| failed(&error))?;

    let (late, jobs) = Late::new();
    let shared = Arc::new(Shared {
        base: Arc::from(config.zigbee_base.as_str()),
        users,
        hub_password,
        roster: Roster::new(limits.clients, limits.handshakes),
        library,
        router,
        storage,
        stats: Arc::new(BrokerStats::new()),
        monitor: Arc::new(ResourceMonitor::new(unlimited())),
        late,
        connections: TaskTracker::new(),
        stop: CancellationToken::new(),
        limits,
    });
    shared.forget_strangers().await;
    Ok((Opened { shared, listener, jobs }, addr))
}

async fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), BrokerError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => BrokerError::AddressInUse { addr },
        _ => BrokerError::Listen { addr, source },
    };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    Ok((listener, local))
}

/// The library's settings. Its listeners, users and storage settings are not used, and set so as to open nothing.
fn library_config(config: &BrokerConfig) -> LibraryConfig {
    let Limits { packet_bytes, channel_messages, subscriptions, session_expiry, .. } = config.limits;
    let mut library = LibraryConfig::new()
        .with_bind_addresses(Vec::new())
        .with_auth(AuthConfig::new().with_allow_anonymous(false))
        .with_storage(StorageConfig::new().with_base_dir(config.storage_dir.clone()))
        .with_max_packet_size(packet_bytes)
        .with_client_channel_capacity(channel_messages)
        .with_max_subscriptions_per_client(subscriptions)
        .with_session_expiry(session_expiry)
        .with_server_receive_maximum(RECEIVE_MAX)
        .with_sys_topics_enabled(false);
    library.topic_alias_maximum = TOPIC_ALIASES;
    library
}

/// The library counts connections where it accepts them, which is here done by the roster.
fn unlimited() -> ResourceLimits {
    ResourceLimits {
        max_connections: usize::MAX,
        max_connections_per_ip: usize::MAX,
        max_message_rate_per_client: 0,
        max_bandwidth_per_client: 0,
        max_connection_rate: u32::MAX,
        rate_limit_window: Duration::from_secs(1),
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
