//! The ports that `lares doctor` looks at: those of the hub that runs, or those that the next start will want.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use lares_hub::api::request::Request;
use lares_hub::api::view::AddressesView;
use lares_hub::socket::Client;
use lares_hub::{HttpChoice, MqttChoice, Settings, stored};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::doctor::Finding;
use crate::hub::ask;

/// Who does not answer by then does not answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// The broker's own port, where nothing else was chosen.
const MQTT_PORT_DEFAULT: u16 = 1883;

/// Whether the parts of a running hub answer where it says that they are.
pub async fn answering(mut client: Client) -> Vec<(&'static str, Finding)> {
    let Ok(found) = ask::<AddressesView>(&mut client, &Request::Addresses).await else { return Vec::new() };
    let dashboard = match found.http {
        None => Finding::Note("it is off; `lares run --http 127.0.0.1:8420` turns it on".into()),
        Some(address) => match timeout(ANSWER_WITHIN, healthy(&address)).await {
            Ok(Ok(())) => {
                Finding::Good(format!("http://{address} answers; `lares link` prints a link to sign in"))
            }
            Ok(Err(error)) => Finding::Bad(format!("http://{address} does not answer: {error}")),
            Err(_) => Finding::Bad(format!("http://{address} does not answer in time")),
        },
    };
    let broker = match found.mqtt {
        // The reason is among the troubles of the hub.
        None => Finding::Bad("there is none at the moment".into()),
        Some(address) => match timeout(ANSWER_WITHIN, TcpStream::connect(&address)).await {
            Ok(Ok(_)) => Finding::Good(format!("{address} takes connections")),
            Ok(Err(error)) => Finding::Bad(format!("{address} cannot be reached: {error}")),
            Err(_) => Finding::Bad(format!("{address} cannot be reached in time")),
        },
    };
    vec![("dashboard", dashboard), ("MQTT broker", broker)]
}

/// Whether this is a hub that lives.
async fn healthy(address: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    let line = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
    match line.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(std::io::Error::other(format!("it says “{line}”"))),
    }
}

/// Whether the next start will get the ports that it wants.
pub async fn free(data: &Path, settings: &Settings) -> Vec<(&'static str, Finding)> {
    let http = match settings.http {
        HttpChoice::Off => Finding::Note("the dashboard is off by config.toml".into()),
        HttpChoice::Listen(address) => port(address, "--http").await,
    };
    let kept = stored::last_run(data).ok().and_then(|last| last.mqtt_port);
    let mqtt = match (&settings.mqtt, kept) {
        (Some(MqttChoice::Url(_)), _) => {
            Finding::Note("another broker is used by config.toml, and looked at when Lares runs".into())
        }
        (Some(MqttChoice::Listen(address)), _) => port(*address, "--mqtt-listen").await,
        (None, kept) => {
            let port_of = kept.unwrap_or(MQTT_PORT_DEFAULT);
            match (port(SocketAddr::from(([127, 0, 0, 1], port_of)), "--mqtt-listen").await, kept) {
                (Finding::Bad(text), None) => {
                    Finding::Note(format!("{text}; the first start chooses another one by itself"))
                }
                (finding, _) => finding,
            }
        }
    };
    vec![("dashboard port", http), ("MQTT port", mqtt)]
}

async fn port(address: SocketAddr, option: &str) -> Finding {
    if address.port() == 0 {
        return Finding::Good("any free one".into());
    }
    match TcpListener::bind(address).await {
        Ok(_) => Finding::Good(format!("{address} is free")),
        Err(error) => Finding::Bad(format!("{address}: {error}; {option} names another address")),
    }
}
