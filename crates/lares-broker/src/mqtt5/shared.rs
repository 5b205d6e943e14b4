//! What all connections of one broker share, and the care for stored sessions.

use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::config::BrokerConfig as LibraryConfig;
use mqtt5::broker::resource_monitor::ResourceMonitor;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::{ClientSession, DynamicStorage, StorageBackend as _};
use mqtt5::broker::sys_topics::BrokerStats;
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::late::Late;
use super::roster::Roster;
use crate::config::Limits;
use crate::users::{HUB_USER, LiveUsers, PasswordHash};

/// How often the users file is looked at for removed users.
const USERS_INTERVAL: Duration = Duration::from_millis(200);
/// How often expired messages and sessions are cleared away.
const EXPIRY_INTERVAL: Duration = Duration::from_hours(1);

/// What all connections of one broker share.
pub(super) struct Shared {
    pub(super) limits: Limits,
    pub(super) base: Arc<str>,
    pub(super) users: LiveUsers,
    pub(super) hub_password: PasswordHash,
    pub(super) roster: Arc<Roster>,
    /// The library's settings, without the event handler that each connection adds.
    pub(super) library: LibraryConfig,
    pub(super) router: Arc<MessageRouter>,
    pub(super) storage: Arc<DynamicStorage>,
    pub(super) stats: Arc<BrokerStats>,
    pub(super) monitor: Arc<ResourceMonitor>,
    pub(super) late: Late,
    pub(super) connections: TaskTracker,
    pub(super) stop: CancellationToken,
}

impl Shared {
    /// Looks at the users file again; whoever is gone, or is another user by the same name, is put out.
    pub(super) async fn refresh_users(&self) {
        for user in self.users.refresh() {
            tracing::info!(user = user.as_str(), "the MQTT user was removed; closing its connections");
            self.roster.revoke(user.as_str());
            self.forget_sessions(|session| session.user_id.as_deref() == Some(user.as_str())).await;
        }
    }

    /// Drops the sessions of users that do not exist, left over from a time when no broker ran.
    pub(super) async fn forget_strangers(&self) {
        self.forget_sessions(|session| {
            session.user_id.as_deref().is_none_or(|user| user != HUB_USER && !self.users.knows(user))
        })
        .await;
    }

    /// Looks after removed users until the broker stops.
    pub(super) async fn watch_users(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(USERS_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while self.stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.refresh_users().await;
        }
    }

    /// Clears away what has expired, until the broker stops.
    pub(super) async fn clear_expired(self: Arc<Self>) {
        // Not at the start: it reads every retained message again, and the start has passed over expired ones.
        let mut ticks = tokio::time::interval_at(Instant::now() + EXPIRY_INTERVAL, EXPIRY_INTERVAL);
        while self.stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = self.storage.cleanup_expired().await {
                tracing::warn!(%error, "failed to clear expired MQTT messages");
            }
            self.router.sweep_sessions().await;
        }
    }

    /// The user whose stored session this client id has. Sessions of connected clients are stored as well.
    pub(super) async fn session_owner(&self, client_id: &str) -> Option<String> {
        self.storage.get_session(client_id).await.ok().flatten().and_then(|session| session.user_id)
    }

    /// How many stored sessions a user has.
    pub(super) async fn session_count(&self, user: &str) -> usize {
        let mut count = 0;
        for client_id in self.storage.session_client_ids().await.unwrap_or_default() {
            if self.session_owner(&client_id).await.as_deref() == Some(user) {
                count += 1;
            }
        }
        count
    }

    /// Drops a stored session with its subscriptions, queued and unacknowledged messages.
    pub(super) async fn forget_session(&self, client_id: &str) {
        let slot = self.router.lock_session(client_id).await;
        let removed = self.storage.remove_session(client_id).await;
        let cleared = self.storage.remove_all_inflight_messages(client_id).await;
        let unsubscribed = self.router.set_client_subscriptions(&slot, None).await;
        self.storage.queue_handle(client_id).clear(None);
        for error in [removed, cleared, unsubscribed].into_iter().filter_map(Result::err) {
            tracing::warn!(client_id, %error, "failed to forget an MQTT session");
        }
    }

    /// Drops all sessions that nobody is connected to and that `which` chooses. A connected one is dropped when
    /// its connection has ended.
    async fn forget_sessions(&self, which: impl Fn(&ClientSession) -> bool) {
        for client_id in self.storage.session_client_ids().await.unwrap_or_default() {
            let session = self.storage.get_session(&client_id).await.ok().flatten();
            if session.is_some_and(|session| which(&session)) && !self.roster.holds(&client_id) {
                self.forget_session(&client_id).await;
            }
        }
    }

    /// A channel by which one connection's handler is told to close.
    pub(super) fn closing_channel() -> (broadcast::Sender<()>, broadcast::Receiver<()>) {
        broadcast::channel(1)
    }
}
