//! What can be typed. Names of commands and options are a contract; see the reference of the surface.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lares_hub::caller::Role;
use lares_hub::tokens::TokenName;
use lares_hub::{HttpChoice, MqttChoice};

/// A smart home that runs on your own computer.
#[derive(Debug, Parser)]
#[command(name = "lares", version, propagate_version = true)]
#[command(
    after_help = "Examples:\n  lares run --demo\n  lares set hall_light.state on\n  lares why hall_light.state"
)]
pub struct Cli {
    /// The data directory [default: the platform's].
    #[arg(long, global = true, env = "LARES_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the hub without a window, until it is told to stop.
    #[command(after_help = "Example:\n  lares run --demo --http 127.0.0.1:8420 --data ./home")]
    Run(Box<RunArgs>),
    /// Check rule files against the home.
    ///
    /// The home is that of --home, else of the running hub, else of the data directory. With none, only syntax and
    /// types are checked, and the exit code is 2.
    #[command(after_help = "Example:\n  lares check automations --home devices.json")]
    Check(CheckArgs),
    /// Run the tests of rule files, on a simulated clock.
    ///
    /// The home is that of --home, else of the running hub, else of the data directory, else it is guessed from the
    /// names in the files.
    #[command(after_help = "Example:\n  lares test automations --format junit > report.xml")]
    Test(TestArgs),
    /// List the devices of the running hub.
    #[command(after_help = "Example:\n  lares devices --format json > devices.json")]
    Devices(FormatArgs),
    /// Show the value of a property.
    #[command(after_help = "Example:\n  lares get living_room_climate.temperature")]
    Get(GetArgs),
    /// Command a property, and wait up to 10 s for what becomes of it.
    #[command(
        after_help = "Examples:\n  lares set hall_light.state on\n  lares set radiator.target_temperature 21.5"
    )]
    Set(SetArgs),
    /// Show changes as they happen.
    ///
    /// The line “watching …” on standard error says that it has begun: what changes from then on is shown.
    #[command(
        after_help = "Examples:\n  lares watch\n  lares watch hall_light.state\n  lares watch lights in kitchen"
    )]
    Watch(WatchArgs),
    /// Say why a property has its value.
    #[command(after_help = "Example:\n  lares why hall_light.state --at 2026-11-22T18:00:00Z")]
    Why(WhyArgs),
    /// Users of the built-in MQTT broker.
    #[command(
        after_help = "Example:\n  lares mqtt-user add zigbee2mqtt --role zigbee2mqtt",
        name = "mqtt-user"
    )]
    MqttUser {
        /// What to do.
        #[command(subcommand)]
        command: MqttUserCommand,
    },
    /// Tokens for the API and the dashboard.
    #[command(after_help = "Example:\n  lares token add phone --role resident")]
    Token {
        /// What to do.
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Print another one-time link that signs a browser in to the dashboard of the running hub.
    ///
    /// It is good for ten minutes, for one browser, which may do everything.
    #[command(after_help = "Examples:\n  lares link\n  xdg-open $(lares link)")]
    Link,
    /// Look for what is wrong with this installation.
    #[command(after_help = "Example:\n  lares doctor --data ./home")]
    Doctor,
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The folder of rule files [default: `automations` in the data directory].
    #[arg(long, value_name = "DIR")]
    pub automations: Option<PathBuf>,
    /// Start the demo home.
    #[arg(long)]
    pub demo: bool,
    /// Where the built-in MQTT broker listens; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT")]
    pub mqtt_listen: Option<SocketAddr>,
    /// Use another MQTT broker instead of the built-in one: `mqtt://user:password@host:port`.
    #[arg(long, value_name = "URL", conflicts_with = "mqtt_listen", value_parser = MqttChoice::parse_url)]
    pub mqtt: Option<MqttChoice>,
    /// Where the dashboard and the API listen, or `off`; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT|off", value_parser = HttpChoice::parse)]
    pub http: Option<HttpChoice>,
    /// The base topic of Zigbee2MQTT.
    #[arg(long, value_name = "TOPIC")]
    pub zigbee_base: Option<String>,
    /// How the log on standard error looks.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// How much is logged: error, warn, info, debug or trace; also as `part=level`.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log: String,
}

/// How the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// How test results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For CI servers.
    Junit,
}

/// `devices`.
#[derive(Debug, Args)]
pub struct FormatArgs {
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Rule files, or folders of them [default: `automations` in the data directory].
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The home: the JSON of `lares devices`.
    #[arg(long, value_name = "FILE")]
    pub home: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Rule files, or folders of them [default: `automations` in the data directory].
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The home: the JSON of `lares devices`.
    #[arg(long, value_name = "FILE")]
    pub home: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: TestFormat,
}

/// `get`.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// Which: `device.property`.
    #[arg(value_name = "DEVICE.PROPERTY")]
    pub property: Name,
    /// How it is written; JSON tells all that is known of it.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Which: `device.property`.
    #[arg(value_name = "DEVICE.PROPERTY")]
    pub property: Name,
    /// `on`, `off`, `true`, `21.5`, a word, or JSON for colours and what has parts.
    #[arg(allow_hyphen_values = true)]
    pub value: String,
}

/// `watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// A device, `device.property`, a property, or a kind such as `lights`; with `in ROOM` only what is there.
    #[arg(value_name = "SELECTOR")]
    pub selector: Vec<String>,
    /// How it is written; JSON is one object a line.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `why`.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// Which: `device.property`.
    #[arg(value_name = "DEVICE.PROPERTY")]
    pub property: Name,
    /// At this time, RFC 3339 [default: now].
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `mqtt-user`.
#[derive(Debug, Subcommand)]
pub enum MqttUserCommand {
    /// Add a user, and print the password, which cannot be shown again.
    #[command(after_help = "Example:\n  lares mqtt-user add zigbee2mqtt --role zigbee2mqtt")]
    Add {
        /// The name it signs in with.
        name: String,
        /// `zigbee2mqtt` may use everything under Zigbee2MQTT's base topic, `device` everything under its own name.
        #[arg(long)]
        role: lares_broker::Role,
    },
    /// List users.
    #[command(after_help = "Example:\n  lares mqtt-user list")]
    List,
    /// Remove a user; its connections are closed within a second.
    #[command(after_help = "Example:\n  lares mqtt-user remove plug")]
    Remove {
        /// Which.
        name: String,
    },
}

/// `token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token, and print it; it cannot be shown again.
    #[command(after_help = "Example:\n  lares token add phone --role resident")]
    Add {
        /// What people call it.
        name: TokenName,
        /// `viewer` looks, `resident` also commands devices, `admin` may everything.
        #[arg(long)]
        role: Role,
    },
    /// List tokens.
    #[command(after_help = "Example:\n  lares token list")]
    List,
    /// Take a token away, at once.
    #[command(after_help = "Example:\n  lares token revoke phone")]
    Revoke {
        /// Which.
        name: TokenName,
    },
}

/// A property by name: `device.property`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The device's slug.
    pub device: String,
    /// The property's name.
    pub property: String,
}

impl std::str::FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('.') {
            Some((device, property)) if !device.is_empty() && !property.is_empty() => {
                Ok(Self { device: device.into(), property: property.into() })
            }
            _ => Err("a property is named device.property, such as hall_light.state".into()),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.device, self.property)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_well_formed_and_every_help_has_an_example() {
        Cli::command().debug_assert();
        fn look(command: &clap::Command, path: &str) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("  lares "), "{path}");
            command.get_subcommands().filter(|sub| sub.get_name() != "help").for_each(|sub| {
                look(sub, &format!("{path} {}", sub.get_name()));
            });
        }
        look(&Cli::command(), "lares");
    }

    #[test]
    fn the_data_directory_may_stand_before_or_after_the_command() {
        for line in [["lares", "--data", "x", "devices"], ["lares", "devices", "--data", "x"]] {
            assert_eq!(Cli::parse_from(line).data, Some(PathBuf::from("x")));
        }
    }
}
