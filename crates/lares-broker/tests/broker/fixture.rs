//! A broker on a free port in a directory of its own, and waiting with a limit.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use lares_broker::{
    Broker, BrokerConfig, BrokerError, EmbeddedBroker, Role, RunningBroker, UserName, UserStore,
};

/// Longer than anything here takes; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// A directory that goes with the value.
pub struct Dir(pub PathBuf);

impl Dir {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("lares-broker-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A broker with users to be added.
pub struct Fixture {
    pub broker: RunningBroker,
    pub users: UserStore,
    pub dir: Dir,
}

/// The settings of the tests: a free port, and no long wait for a refusal.
pub fn config(dir: &Path) -> BrokerConfig {
    let mut config = BrokerConfig::new(dir.join("mqtt"));
    config.listen.set_port(0);
    config.limits.refusal_delay = Duration::from_millis(10);
    config
}

pub fn users(dir: &Path) -> UserStore {
    UserStore::new(dir.join("secrets").join("mqtt-users.json"))
}

impl Fixture {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut BrokerConfig)) -> Self {
        let dir = Dir::new();
        let mut config = config(&dir.0);
        change(&mut config);
        let users = users(&dir.0);
        let broker = Broker::start(config, users.clone()).await.unwrap();
        Self { broker, users, dir }
    }

    /// Starts again on the same directory and port after the broker was stopped.
    pub async fn restart(self) -> Self {
        let addr = self.addr();
        self.broker.stop().await.unwrap();
        let mut config = config(&self.dir.0);
        config.listen = addr;
        let broker = Broker::start(config, self.users.clone()).await.unwrap();
        Self { broker, ..self }
    }

    pub fn addr(&self) -> SocketAddr {
        self.broker.local_addr()
    }

    /// Adds a user and returns how it signs in.
    pub fn user(&self, name: &str, role: Role) -> Login {
        Login::new(self.addr(), name, &add(&self.users, name, role).unwrap())
    }

    pub fn device(&self, name: &str) -> Login {
        self.user(name, Role::Device)
    }

    pub fn hub(&self) -> Login {
        let hub = self.broker.hub_login();
        Login::new(self.addr(), &hub.user, hub.password.as_str())
    }
}

pub fn add(users: &UserStore, name: &str, role: Role) -> Result<String, BrokerError> {
    Ok(users.add(&UserName::parse(name)?, role)?.as_str().to_owned())
}

/// What a client needs to sign in.
#[derive(Clone)]
pub struct Login {
    pub addr: SocketAddr,
    pub user: String,
    pub password: String,
}

impl Login {
    pub fn new(addr: SocketAddr, user: &str, password: &str) -> Self {
        Self { addr, user: user.to_owned(), password: password.to_owned() }
    }

    pub fn with_password(&self, password: &str) -> Self {
        Self { password: password.to_owned(), ..self.clone() }
    }
}

/// Awaits with a limit, so that a missing message fails the test instead of hanging it.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Waits until a condition holds that nothing announces.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl Fixture {
    /// Clients signed in.
    pub fn broker_clients(&self) -> usize {
        self.broker.counts().clients
    }

    /// Stops the broker and keeps its directory.
    pub async fn stop(self) -> Dir {
        self.broker.stop().await.unwrap();
        self.dir
    }

    /// A broker on a directory that was used before.
    pub async fn on(dir: Dir) -> Self {
        let users = users(&dir.0);
        let broker = Broker::start(config(&dir.0), users.clone()).await.unwrap();
        Self { broker, users, dir }
    }
}
