//! `lares run`: the hub without a window.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use lares_hub::clock::{rfc3339, utc_now};
use lares_hub::{Hub, HubConfig, MqttChoice};
use serde_json::json;

use crate::args::{LogFormat, RunArgs};
use crate::failure::Failure;
use crate::{logging, output};

/// Runs until SIGINT or SIGTERM.
///
/// # Errors
/// When the hub cannot start.
pub async fn run(args: RunArgs, data: PathBuf) -> Result<ExitCode, Failure> {
    logging::start(&args.log, args.log_format)?;
    // Before the start, so that a signal during it is not lost.
    let stop = stop_signal()?;
    let config = HubConfig {
        data,
        automations: args.automations,
        demo: args.demo,
        mqtt: args.mqtt.or(args.mqtt_listen.map(MqttChoice::Listen)),
        http: args.http,
        zigbee_base: args.zigbee_base,
    };
    let hub = Hub::start(config).await.map_err(Failure::cannot)?;
    for note in &hub.notes {
        tracing::warn!("{note}");
    }
    if let Some(link) = &hub.sign_in {
        // It is for the person at the terminal, whatever the level of the log. Nobody may be there.
        _ = writeln!(io::stderr(), "{}", sign_in_line(link, args.log_format));
    }
    let ready = match hub.handle().counts().await {
        Ok(counts) => {
            let off = || "off".to_owned();
            let http = hub.http.map_or_else(off, |address| address.to_string());
            let mqtt = hub.mqtt.clone().unwrap_or_else(off);
            format!("ready http={http} mqtt={mqtt} devices={} rules={}", counts.devices, counts.rules)
        }
        Err(problem) => return Err(Failure::CannotRun(problem.detail)),
    };
    // A hub whose starter does not listen runs all the same.
    _ = output::line(ready);
    stop.await;
    tracing::info!("stopping");
    hub.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// A log in JSON stays one: each line is an object.
fn sign_in_line(link: &str, format: LogFormat) -> String {
    let text = format!("sign in: {link}");
    match format {
        LogFormat::Text => text,
        LogFormat::Json => {
            let at = rfc3339(utc_now());
            json!({"timestamp": at, "level": "INFO", "fields": {"message": text}, "target": "lares"})
                .to_string()
        }
    }
}

#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::cannot)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::cannot)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        // Without signals the hub ends with its process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
