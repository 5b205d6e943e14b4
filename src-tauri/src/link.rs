//! The way to the hub: the one in this process, or the one that holds the data directory already.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lares_hub::api::problem::{Code, Problem};
use lares_hub::api::request::Request;
use lares_hub::caller::Caller;
use lares_hub::socket::{Client, SocketError, Updates};
use lares_hub::{HttpChoice, Hub, HubConfig, HubError, HubHandle, RunningHub, UpdateStream};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// A hub that has the data directory and cannot be reached is just starting, or just stopping. This long.
const CHANGING_MAX: Duration = Duration::from_secs(10);
const CHANGING_PAUSE: Duration = Duration::from_millis(250);
/// Updates of another process's hub that may wait here; beyond that they wait there, where a reader that is late gets
/// a snapshot in their stead.
const UPDATES_MAX: usize = 16;

/// A way to a hub that runs.
pub enum Link {
    /// The hub of this process.
    Own(HubHandle),
    /// The hub of another process, by the socket in its data directory.
    Other(PathBuf),
}

impl Link {
    /// Asks the hub for something, as the person in front of the machine.
    pub async fn call(&self, request: Request) -> Result<Value, Problem> {
        match self {
            Self::Own(handle) => {
                let response = handle.call(&Caller::local(), request).await?;
                serde_json::to_value(response)
                    .map_err(|error| Problem::new(Code::Internal, error.to_string()))
            }
            Self::Other(data) => {
                // A connection each: a command that waits for its device holds up nothing.
                let answer = async { Client::connect(data).await?.call(&request).await };
                answer.await.map_err(problem)
            }
        }
    }

    /// The stream of updates, a snapshot first.
    pub async fn subscribe(&self) -> Result<UpdateStream, Problem> {
        match self {
            Self::Own(handle) => handle.subscribe().await,
            Self::Other(data) => {
                let updates = async { Client::connect(data).await?.subscribe().await };
                Ok(stream(updates.await.map_err(problem)?))
            }
        }
    }
}

/// Starts a hub, or finds the one that has the data directory. This process's own hub comes with it, to be stopped.
///
/// # Errors
/// In words, why there is none.
pub async fn open(mut config: HubConfig) -> Result<(Link, Option<RunningHub>), String> {
    let patience = Instant::now() + CHANGING_MAX;
    loop {
        match Hub::start(config.clone()).await {
            Ok(hub) => {
                announce(&hub);
                return Ok((Link::Own(hub.handle()), Some(hub)));
            }
            // The window needs no HTTP, so that a port in use is no reason to do nothing.
            Err(HubError::Http { addr, error }) if error.kind() == ErrorKind::AddrInUse => {
                tracing::warn!("{addr} is in use: browsers cannot reach this hub");
                config.http = Some(HttpChoice::Off);
            }
            Err(held @ HubError::Held { .. }) => match attach(&config).await {
                Ok(link) => {
                    tracing::info!("{held}: the window shows that one's home");
                    return Ok((link, None));
                }
                Err(_) if Instant::now() < patience => sleep(CHANGING_PAUSE).await,
                Err(error) => return Err(format!("{held} ({error})")),
            },
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Finds the hub that runs already. What a new one would have been started with, that one has chosen for itself; only
/// the demo home can still be had.
async fn attach(config: &HubConfig) -> Result<Link, SocketError> {
    let mut hub = Client::connect(&config.data).await?;
    if config.demo
        && let Err(error) = hub.call(&Request::StartDemo).await
    {
        tracing::warn!("the hub that runs already starts no demo home: {error}");
    }
    Ok(Link::Other(config.data.clone()))
}

/// Says how the start went, and how a browser gets in.
fn announce(hub: &RunningHub) {
    for note in &hub.notes {
        tracing::info!("{note}");
    }
    if let Some(broker) = &hub.mqtt {
        tracing::info!("the MQTT broker is at {broker}");
    }
    if let Some(link) = &hub.sign_in {
        eprintln!("The dashboard in a browser, for the next ten minutes: {link}");
    }
}

/// The updates of another process's hub, as those of our own come.
fn stream(mut updates: Updates) -> UpdateStream {
    let (sender, stream) = mpsc::channel(UPDATES_MAX);
    tokio::spawn(async move {
        loop {
            let update = tokio::select! {
                () = sender.closed() => return,
                update = updates.next() => update,
            };
            let Ok(update) = update.inspect_err(|error| tracing::debug!("the updates ended: {error}")) else {
                return;
            };
            if sender.send(Arc::new(update)).await.is_err() {
                return;
            }
        }
    });
    stream
}

fn problem(error: SocketError) -> Problem {
    match error {
        SocketError::Refused(problem) => *problem,
        error => Problem::new(Code::NotConnected, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::Path;

    use lares_hub::MqttChoice;
    use lares_hub::api::update::Update;

    use super::*;

    /// A hub on this directory that hides from browsers, on ports that are free.
    fn config(data: &Path) -> HubConfig {
        let mut config = HubConfig::new(data);
        config.http = Some(HttpChoice::Off);
        config.mqtt = Some(MqttChoice::Listen("127.0.0.1:0".parse().unwrap()));
        config
    }

    #[tokio::test]
    async fn the_demo_home_is_had_from_the_hub_that_runs_already_too() {
        let data = tempfile::tempdir().unwrap();
        let (_, runs) = open(config(data.path())).await.unwrap();
        let (link, own) = open(HubConfig { demo: true, ..config(data.path()) }).await.unwrap();
        assert!(matches!(link, Link::Other(_)) && own.is_none());
        let mut updates = link.subscribe().await.unwrap();
        match updates.recv().await.as_deref() {
            Some(Update::Snapshot { snapshot, .. }) => assert!(snapshot.home.demo, "there is no demo home"),
            other => panic!("the first update is {other:?}"),
        }
        runs.unwrap().stop().await;
    }

    #[tokio::test]
    async fn a_port_in_use_closes_the_home_to_browsers_and_not_to_the_window() {
        let data = tempfile::tempdir().unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let http = HttpChoice::Listen(taken.local_addr().unwrap());
        let (link, own) = open(HubConfig { http: Some(http), ..config(data.path()) }).await.unwrap();
        let own = own.unwrap();
        assert_eq!(own.http, None);
        assert!(link.call(Request::Devices).await.unwrap().is_array());
        own.stop().await;
    }

    #[tokio::test]
    async fn a_configuration_that_cannot_be_read_is_told_with_its_place() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join("config.toml"), "[http\n").unwrap();
        let reason = open(config(data.path())).await.err().unwrap();
        assert!(reason.contains("config.toml") && reason.contains("line 1"), "{reason}");
    }
}
