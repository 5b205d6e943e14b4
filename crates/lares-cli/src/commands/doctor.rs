//! `lares doctor`: looks at what an installation stands on, and says what to do. Leaves nothing behind.

use std::fs::{self, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use lares_broker::{Role, UserStore};
use lares_hub::api::request::Request;
use lares_hub::api::update::Snapshot;
use lares_hub::clock::{rfc3339, utc_now};
use lares_hub::socket::Client;
use lares_hub::{HubConfig, Settings, USERS_FILE, has_dashboard, settings_as_they_are, stored, tokens};

use super::doctor_ports::{answering, free};
use crate::failure::Failure;
use crate::hub::ask;
use crate::output::line;

/// A clock that is behind the last run by more than this was set wrong; a little is a matter of its setting itself.
const CLOCK_BEHIND_MS: i64 = 60_000;
/// No clock that is right shows an earlier time: 2026-01-01.
const CLOCK_LEAST: i64 = 1_767_225_600_000;

/// How something fares.
pub enum Finding {
    Good(String),
    Note(String),
    Bad(String),
}

use Finding::{Bad, Good, Note};

/// Looks and tells: 1 if anything is wrong.
///
/// # Errors
/// When nobody reads the report.
pub async fn doctor(data: &Path) -> Result<ExitCode, Failure> {
    let mut findings = vec![("installation", installation()), ("data directory", directory(data))];
    let settings = settings_as_they_are(&HubConfig::new(data), data);
    findings.push(("config.toml", configuration(data, settings.as_ref().map_err(ToString::to_string))));
    let runs = held(data);
    let (fares, client) = hub(data, runs).await;
    findings.push(("hub", fares));
    match (client, &settings) {
        (Some(client), _) => findings.extend(answering(client).await),
        (None, Ok(settings)) if !runs => findings.extend(free(data, settings).await),
        _ => {}
    }
    findings.push(("clock", clock(data)));
    findings.push(("MQTT users", users(data)));
    findings.push(("home.db", home(data)));
    findings.push(("history.db", history(data)));
    let mut bad = false;
    for (what, finding) in findings {
        let (mark, text) = match finding {
            Good(text) => ("ok  ", text),
            Note(text) => ("note", text),
            Bad(text) => {
                bad = true;
                ("BAD ", text)
            }
        };
        line(format!("{mark}  {what}: {text}"))?;
    }
    Ok(ExitCode::from(u8::from(bad)))
}

fn directory(data: &Path) -> Finding {
    let shown = data.display();
    match fs::metadata(data) {
        Ok(found) if !found.is_dir() => Bad(format!("{shown} is no directory")),
        Ok(_) => match try_writing(data) {
            Ok(()) => Good(shown.to_string()),
            Err(error) => Bad(format!("{shown} cannot be written: {error}")),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Note(format!("{shown} is not there yet; `lares run` makes it"))
        }
        Err(error) => Bad(format!("{shown}: {error}")),
    }
}

/// Writes and removes a small file: a directory can be writable and the disk full.
fn try_writing(data: &Path) -> std::io::Result<()> {
    let path = data.join(format!(".doctor-{}", std::process::id()));
    let written = OpenOptions::new().create_new(true).write(true).open(&path).and_then(|mut file| {
        file.write_all(&[0; 4096])?;
        file.sync_all()
    });
    // What could not be made cannot be removed.
    _ = fs::remove_file(&path);
    written
}

fn installation() -> Finding {
    let version = format!("Lares {}", env!("CARGO_PKG_VERSION"));
    match has_dashboard() {
        true => Good(version),
        false => Bad(format!("{version}, built without the dashboard; `cargo xtask run` builds both")),
    }
}

fn configuration(data: &Path, settings: Result<&Settings, String>) -> Finding {
    match settings {
        Err(error) => Bad(error.trim_end().replace('\n', " ")),
        Ok(settings) if !settings.warnings.is_empty() => Note(settings.warnings.join("; ")),
        Ok(_) if !data.join("config.toml").exists() => Note("it is not there yet; all is by default".into()),
        Ok(_) => Good("it can be read".into()),
    }
}

/// Rules go by the clock, and history is kept by it.
fn clock(data: &Path) -> Finding {
    let now = utc_now();
    let shown = rfc3339(now);
    let last = stored::last_run(data).ok().and_then(|last| last.at);
    if let Some(last) = last.filter(|last| *last > now + CLOCK_BEHIND_MS) {
        return Bad(format!(
            "it says {shown}, but Lares has run at {} already; set the clock",
            rfc3339(last)
        ));
    }
    match now < CLOCK_LEAST {
        true => Bad(format!("it says {shown}; set the clock")),
        false => Good(shown),
    }
}

/// Whether a hub holds the lock of the directory.
fn held(data: &Path) -> bool {
    let lock = OpenOptions::new().read(true).write(true).open(data.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

/// How it fares, and a connection to one that answers.
async fn hub(data: &Path, runs: bool) -> (Finding, Option<Client>) {
    match (Client::connect(data).await, runs) {
        (Ok(mut client), _) => match ask::<Snapshot>(&mut client, &Request::Snapshot).await {
            Ok(snapshot) => (running(&snapshot), Some(client)),
            Err(Failure::No(error) | Failure::CannotRun(error)) => {
                (Bad(format!("it runs, but says: {error}")), None)
            }
            Err(Failure::NobodyReads) => (Bad("it runs, but does not answer".into()), None),
        },
        (Err(error), true) => (Bad(format!("one holds the directory, but does not answer: {error}")), None),
        (Err(_), false) => (Note("none runs on this directory; start one by `lares run`".into()), None),
    }
}

fn running(snapshot: &Snapshot) -> Finding {
    let broken = snapshot.rules.iter().filter(|rule| rule.health == "error").count();
    let adapters = snapshot.adapters.iter().map(|a| format!("{} is {} ({})", a.id, a.state, a.detail));
    let mut parts = vec![format!("{} devices, {} rules", snapshot.devices.len(), snapshot.rules.len())];
    parts.extend(adapters);
    if broken > 0 {
        parts.push(format!("{broken} rules have errors, see `lares check`"));
    }
    parts.extend(snapshot.home.troubles.iter().cloned());
    let text = parts.join("; ");
    if !snapshot.home.troubles.is_empty() {
        Bad(text)
    } else if broken > 0 {
        Note(text)
    } else {
        Good(text)
    }
}

fn users(data: &Path) -> Finding {
    match UserStore::new(data.join(USERS_FILE)).list() {
        Ok(users) if users.iter().any(|user| user.role == Role::Zigbee2mqtt) => {
            Good(format!("{} users", users.len()))
        }
        Ok(users) => Note(format!(
            "{} users, none for Zigbee2MQTT; `lares mqtt-user add zigbee2mqtt --role zigbee2mqtt` makes one",
            users.len()
        )),
        Err(error) => Bad(format!("failed to {error}")),
    }
}

fn home(data: &Path) -> Finding {
    if !data.join("home.db").is_file() {
        return Note("it is not there yet".into());
    }
    let known = stored::catalog(data).map(|home| home.map_or(0, |home| home.devices.len()));
    match (known, tokens::list(data)) {
        (Ok(devices), Ok(tokens)) => Good(format!("{devices} devices, {} tokens", tokens.len())),
        (Err(error), _) => Bad(error.to_string()),
        (_, Err(error)) => Bad(error.to_string()),
    }
}

fn history(data: &Path) -> Finding {
    match fs::metadata(data.join("history.db")) {
        Ok(file) => Good(format!("{:.1} MB", file.len() as f64 / 1e6)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Note("it is not there yet".into()),
        Err(error) => Bad(error.to_string()),
    }
}
