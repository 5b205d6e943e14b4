//! The command line of the window: where the home is and how its hub is started. The words are those of `lares run`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use lares_hub::{HttpChoice, HubConfig, MqttChoice};
use tracing_subscriber::EnvFilter;

/// The window of Lares.
#[derive(Debug, Parser)]
#[command(name = "lares-shell", version, after_help = "Example: lares-shell --data ~/lares-demo --demo")]
pub struct Arguments {
    /// The data directory; the platform's own unless given
    #[arg(long, value_name = "DIR", env = "LARES_DATA")]
    data: Option<PathBuf>,
    /// The folder of rule files; `automations` in the data directory unless given
    #[arg(long, value_name = "DIR")]
    automations: Option<PathBuf>,
    /// Start the demo home
    #[arg(long)]
    demo: bool,
    /// Where the dashboard listens for browsers on this computer
    #[arg(long, value_name = "ADDR:PORT|off", value_parser = HttpChoice::parse)]
    http: Option<HttpChoice>,
    /// Where the built-in broker listens; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", conflicts_with = "mqtt")]
    mqtt_listen: Option<SocketAddr>,
    /// Another broker to use instead of the built-in one
    #[arg(long, value_name = "URL")]
    mqtt: Option<String>,
    /// Base topic of Zigbee2MQTT
    #[arg(long, value_name = "TOPIC")]
    zigbee_base: Option<String>,
    /// What is logged to standard error: error, warn, info, debug, trace, or a filter such as `lares_hub=debug`
    #[arg(long, value_name = "LEVEL", default_value = "info", value_parser = parse_filter)]
    log: String,
}

impl Arguments {
    /// How to start the hub.
    pub fn hub_config(&self) -> HubConfig {
        let listen = self.mqtt_listen.map(MqttChoice::Listen);
        HubConfig {
            data: self
                .data
                .clone()
                .or_else(lares_hub::default_data_dir)
                .unwrap_or_else(|| "lares-data".into()),
            automations: self.automations.clone(),
            demo: self.demo,
            mqtt: self.mqtt.clone().map(MqttChoice::Url).or(listen),
            http: self.http,
            zigbee_base: self.zigbee_base.clone(),
        }
    }

    /// What is logged.
    pub fn log_filter(&self) -> EnvFilter {
        // It was parsed once already, with the other arguments.
        EnvFilter::new(&self.log)
    }
}

fn parse_filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_lares_run() {
        let parse =
            |line: &str| Arguments::try_parse_from(line.split_whitespace()).map(|parsed| parsed.hub_config());
        let config =
            parse("lares-shell --data d --demo --automations a --http off --mqtt-listen 127.0.0.1:0")
                .unwrap();
        assert_eq!((config.data, config.automations), (PathBuf::from("d"), Some(PathBuf::from("a"))));
        assert_eq!((config.demo, config.http), (true, Some(HttpChoice::Off)));
        assert_eq!(config.mqtt, Some(MqttChoice::Listen("127.0.0.1:0".parse().unwrap())));
        let config = parse("lares-shell --mqtt mqtt://broker:1883 --zigbee-base z2m").unwrap();
        assert_eq!(config.mqtt, Some(MqttChoice::Url("mqtt://broker:1883".into())));
        assert!(!config.demo && config.http.is_none());
        assert!(parse("lares-shell --http nowhere").is_err());
        assert!(parse("lares-shell --log lares=loud").is_err());
    }
}
