//! The hub of Lares: the loop around the pure core, supervision of adapters, configuration, secrets and the API.

pub mod api;
pub mod caller;
pub mod clock;
mod config;
mod core;
mod data_dir;
mod demo;
mod error;
mod handle;
mod http;
mod hub;
mod mqtt;
mod mqtt_users;
mod notice;
mod reach;
mod read;
mod rule_files;
mod rule_folders;
pub mod socket;
pub mod stored;
mod supervisor;
pub mod tokens;
mod wire;

pub use config::{HTTP_DEFAULT, HttpChoice, HubConfig, MqttChoice, Settings, settings_as_they_are};
pub use core::{Counts, UpdateStream};
pub use data_dir::default_data_dir;
pub use error::HubError;
pub use handle::HubHandle;
pub use http::has_dashboard;
pub use hub::{Hub, RunningHub};
pub use mqtt::USERS_FILE;
