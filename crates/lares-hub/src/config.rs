//! Configuration: what the command line says, then what `config.toml` says, then the defaults.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use lares_adapters::mqtt::LinkOptions;
use serde::Deserialize;

use crate::error::HubError;

/// Where the dashboard listens unless somebody says otherwise.
pub const HTTP_DEFAULT: &str = "127.0.0.1:8420";
/// Zigbee2MQTT's own default.
const ZIGBEE_BASE_DEFAULT: &str = "zigbee2mqtt";

const TEMPLATE: &str = r#"# Settings of Lares that are not made in the window. Lines that begin with # are examples of what can be set.

[http]
# Where the dashboard and the API listen; "off" for nowhere. Only this computer can reach 127.0.0.1.
# listen = "127.0.0.1:8420"

[mqtt]
# Where the built-in broker listens. Left out, it is port 1883, or another free one if that is taken at the first start.
# listen = "127.0.0.1:1883"
# Use another broker instead of the built-in one.
# url = "mqtt://user:password@192.168.1.10:1883"
# The base topic of Zigbee2MQTT.
# zigbee_base = "zigbee2mqtt"
"#;

/// How to start a hub.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// The data directory.
    pub data: PathBuf,
    /// The folder of rule files; `automations` in the data directory unless given.
    pub automations: Option<PathBuf>,
    /// Start the demo home.
    pub demo: bool,
    /// The broker.
    pub mqtt: Option<MqttChoice>,
    /// The API over HTTP.
    pub http: Option<HttpChoice>,
    /// Base topic of Zigbee2MQTT.
    pub zigbee_base: Option<String>,
}

impl HubConfig {
    /// Everything by default, in this directory.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), automations: None, demo: false, mqtt: None, http: None, zigbee_base: None }
    }
}

/// Which broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MqttChoice {
    /// The built-in one, listening here; port 0 picks a free one.
    Listen(SocketAddr),
    /// Another one.
    Url(String),
}

impl MqttChoice {
    /// Reads the address of another broker.
    ///
    /// # Errors
    /// In words, without the password.
    pub fn parse_url(text: &str) -> Result<Self, String> {
        let link = LinkOptions::from_url(text, "lares").map_err(|error| error.to_string())?;
        drop(link);
        Ok(Self::Url(text.to_owned()))
    }
}

/// Where HTTP listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpChoice {
    /// Nowhere.
    Off,
    /// Here; port 0 picks a free one.
    Listen(SocketAddr),
}

impl HttpChoice {
    /// Reads `off` or `ADDR:PORT`.
    ///
    /// # Errors
    /// In words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse()
            .map(Self::Listen)
            .map_err(|_| format!("“{text}” is neither `off` nor an address such as {HTTP_DEFAULT}"))
    }
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where HTTP listens.
    pub http: HttpChoice,
    /// Which broker; none lets the hub choose a port for the built-in one and remember it.
    pub mqtt: Option<MqttChoice>,
    /// Base topic of Zigbee2MQTT.
    pub zigbee_base: String,
    /// What in the file was not understood, for people to see.
    pub warnings: Vec<String>,
}

#[derive(Default, Deserialize)]
struct FileText {
    http: Option<HttpPart>,
    mqtt: Option<MqttPart>,
    #[serde(flatten)]
    unknown: toml::Table,
}

#[derive(Default, Deserialize)]
struct HttpPart {
    listen: Option<String>,
    #[serde(flatten)]
    unknown: toml::Table,
}

#[derive(Default, Deserialize)]
struct MqttPart {
    listen: Option<SocketAddr>,
    url: Option<String>,
    zigbee_base: Option<String>,
    #[serde(flatten)]
    unknown: toml::Table,
}

/// Reads `config.toml`, writing a commented one if there is none, and puts the command line before it.
///
/// # Errors
/// [`HubError::Config`] says what is wrong and where.
pub fn settings(config: &HubConfig, data: &Path) -> Result<Settings, HubError> {
    let path = data.join("config.toml");
    if !path.exists() {
        // It may come to hold the password of a broker.
        crate::data_dir::write_private(&path, TEMPLATE)
            .map_err(|error| HubError::io("write", &path, error))?;
    }
    settings_as_they_are(config, data)
}

/// [`settings`], but nothing is written.
///
/// # Errors
/// [`HubError::Config`] says what is wrong and where.
pub fn settings_as_they_are(config: &HubConfig, data: &Path) -> Result<Settings, HubError> {
    let path = data.join("config.toml");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(HubError::io("read", &path, error)),
    };
    merge(config, &text).map_err(|detail| HubError::Config { path, detail })
}

fn merge(config: &HubConfig, text: &str) -> Result<Settings, String> {
    let file: FileText = toml::from_str(text).map_err(|error| error.to_string())?;
    let (http, mqtt) = (file.http.unwrap_or_default(), file.mqtt.unwrap_or_default());
    let unknown = file.unknown.keys().map(String::clone);
    let unknown = unknown.chain(http.unknown.keys().map(|key| format!("http.{key}")));
    let unknown = unknown.chain(mqtt.unknown.keys().map(|key| format!("mqtt.{key}")));
    let warnings = unknown
        .map(|key| format!("config.toml: “{key}” is not a setting of Lares and does nothing"))
        .collect();
    let http = match (config.http, http.listen) {
        (Some(choice), _) => choice,
        (None, Some(text)) => HttpChoice::parse(&text).map_err(|error| format!("http.listen: {error}"))?,
        (None, None) => HttpChoice::parse(HTTP_DEFAULT)?,
    };
    let url = mqtt.url.map(|url| MqttChoice::parse_url(&url)).transpose();
    let url = url.map_err(|error| format!("mqtt.url: {error}"))?;
    let from_file = url.or(mqtt.listen.map(MqttChoice::Listen));
    let base = config.zigbee_base.clone().or(mqtt.zigbee_base).unwrap_or_else(|| ZIGBEE_BASE_DEFAULT.into());
    Ok(Settings { http, mqtt: config.mqtt.clone().or(from_file), zigbee_base: base, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        merge(&HubConfig::new("/nowhere"), text)
    }

    #[test]
    fn the_template_says_nothing_but_the_defaults() {
        let settings = read(TEMPLATE).unwrap();
        assert_eq!(settings, read("").unwrap());
        assert_eq!(settings.http, HttpChoice::Listen(HTTP_DEFAULT.parse().unwrap()));
        assert_eq!((settings.mqtt, settings.warnings), (None, vec![]));
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let mut config = HubConfig::new("/nowhere");
        config.http = Some(HttpChoice::Off);
        let settings =
            merge(&config, "[http]\nlisten = \"127.0.0.1:9\"\n[mqtt]\nlisten = \"127.0.0.1:7\"").unwrap();
        assert_eq!(settings.http, HttpChoice::Off);
        assert_eq!(settings.mqtt, Some(MqttChoice::Listen("127.0.0.1:7".parse().unwrap())));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert_eq!(read("[mqtt]\nportt = 1").unwrap().warnings.len(), 1);
        assert!(read("[http]\nlisten = \"somewhere\"").unwrap_err().contains("http.listen"));
        assert!(read("[http").unwrap_err().contains("line 1"));
        let url = read("[mqtt]\nurl = \"amqp://me:secret@host\"").unwrap_err();
        assert!(url.contains("mqtt.url") && !url.contains("secret"), "{url}");
    }
}
