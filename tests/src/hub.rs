//! A hub in this process, on a data directory of its own, with a broker and users on it.
//!
//! What needs a process to be killed or a command line is in [`crate::program`].

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use lares_broker::{Role, UserName, UserStore};
use lares_hub::{HttpChoice, Hub, HubConfig, MqttChoice, RunningHub, USERS_FILE};

use crate::folder::Folder;
use crate::home::Home;

/// A hub that runs, and its home.
pub struct TestHub {
    /// The way to it.
    pub home: Home,
    /// Where its broker listens.
    pub mqtt: SocketAddr,
    running: RunningHub,
    config: HubConfig,
    folder: Folder,
}

impl TestHub {
    /// Starts one on an empty directory, without HTTP, with a broker on a free port.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one, with changes to its configuration.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(change: impl FnOnce(&mut HubConfig)) -> Self {
        let folder = Folder::new();
        let mut config = HubConfig::new(folder.path().join("data"));
        config.automations = Some(folder.path().join("automations"));
        config.http = Some(HttpChoice::Off);
        config.mqtt = Some(MqttChoice::Listen(SocketAddr::from(([127, 0, 0, 1], 0))));
        fs::create_dir_all(folder.path().join("automations")).expect("a folder can be made");
        change(&mut config);
        Self::run(config, folder).await
    }

    async fn run(config: HubConfig, folder: Folder) -> Self {
        let running = Hub::start(config.clone()).await.expect("the hub starts");
        let mqtt = running.mqtt.as_deref().and_then(|address| address.parse().ok()).expect("the broker runs");
        Self { home: Home::Here(running.handle()), mqtt, running, config, folder }
    }

    /// Stops it and starts it on the same directory, with its broker at the same place.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn restart(self) -> Self {
        self.running.stop().await;
        let mut config = self.config;
        // A demo home that is there comes back by itself.
        config.demo = false;
        if let Some(MqttChoice::Listen(address)) = &mut config.mqtt {
            *address = self.mqtt;
        }
        Self::run(config, self.folder).await
    }

    /// Stops it; everything is on disk then.
    pub async fn stop(self) {
        self.running.stop().await;
    }

    /// Makes a user for MQTT and gives the password.
    ///
    /// # Panics
    /// When that is not possible.
    #[must_use]
    pub fn mqtt_user(&self, name: &str, role: Role) -> String {
        let users = UserStore::new(self.config.data.join(USERS_FILE));
        let name = UserName::parse(name).expect("a good name");
        users.add(&name, role).expect("a user can be added").as_str().to_string()
    }

    /// Where a rule file of this name belongs.
    #[must_use]
    pub fn rule_file(&self, name: &str) -> PathBuf {
        self.folder.path().join("automations").join(name)
    }

    /// Writes a rule file, as an editor does: all at once.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write_rules(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.rule_file(name), text).expect("a rule file can be written");
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> &std::path::Path {
        &self.config.data
    }
}
