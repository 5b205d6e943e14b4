//! The log of `lares run`, on standard error.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::args::LogFormat;
use crate::failure::Failure;

/// The broker's library logs each refused client as an error and much else as a warning.
const QUIET: &str = "mqtt5=error";

/// Starts logging.
///
/// # Errors
/// When the level cannot be understood.
pub fn start(level: &str, format: LogFormat) -> Result<(), Failure> {
    // What is named later counts more, so a person can still ask for the broker's words.
    let filter = EnvFilter::try_new(format!("{QUIET},{level}"))
        .map_err(|error| Failure::CannotRun(format!("--log {level}: {error}")))?;
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    started.map_err(Failure::cannot)
}
