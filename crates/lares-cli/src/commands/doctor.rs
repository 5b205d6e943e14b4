//! `lares doctor`: looks at what an installation stands on, and says what to do. Changes nothing.

use std::fs::{self, OpenOptions, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;

use lares_broker::{Role, UserStore};
use lares_hub::api::request::Request;
use lares_hub::api::update::Snapshot;
use lares_hub::socket::Client;
use lares_hub::{HTTP_DEFAULT, USERS_FILE, stored, tokens};

use crate::failure::Failure;
use crate::hub::ask;
use crate::output::line;

/// How something fares.
enum Finding {
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
    let mut findings = vec![("data directory", directory(data))];
    let runs = held(data);
    findings.push(("hub", hub(data, runs).await));
    if !runs {
        findings.push(("dashboard port", port(HTTP_DEFAULT, "--http")));
        findings.push(("MQTT port", port("127.0.0.1:1883", "--mqtt-listen")));
    }
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
        Ok(found) if found.permissions().readonly() => Bad(format!("{shown} cannot be written")),
        Ok(_) => Good(shown.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Note(format!("{shown} is not there yet; `lares run` makes it"))
        }
        Err(error) => Bad(format!("{shown}: {error}")),
    }
}

/// Whether a hub holds the lock of the directory.
fn held(data: &Path) -> bool {
    let lock = OpenOptions::new().read(true).write(true).open(data.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

async fn hub(data: &Path, runs: bool) -> Finding {
    match (Client::connect(data).await, runs) {
        (Ok(mut client), _) => match ask::<Snapshot>(&mut client, &Request::Snapshot).await {
            Ok(snapshot) => running(&snapshot),
            Err(Failure::No(error) | Failure::CannotRun(error)) => Bad(format!("it runs, but says: {error}")),
            Err(Failure::NobodyReads) => Bad("it runs, but does not answer".into()),
        },
        (Err(error), true) => Bad(format!("one holds the directory, but does not answer: {error}")),
        (Err(_), false) => Note("none runs on this directory; start one by `lares run`".into()),
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

fn port(address: &str, option: &str) -> Finding {
    let Ok(address) = address.parse::<SocketAddr>() else { return Bad(format!("{address} is no address")) };
    match TcpListener::bind(address) {
        Ok(_) => Good(format!("{address} is free")),
        Err(error) => Note(format!("{address}: {error}; another address is chosen by {option}")),
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
