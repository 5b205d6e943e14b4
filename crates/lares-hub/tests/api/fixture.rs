//! A hub with the demo home on free ports, and a plain HTTP client.

use std::net::SocketAddr;

use lares_hub::caller::Role;
use lares_hub::{HttpChoice, Hub, HubConfig, MqttChoice, RunningHub, tokens};
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A running hub.
pub struct Fixture {
    pub hub: RunningHub,
    pub address: SocketAddr,
    pub dir: TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn code(&self) -> String {
        assert!(self.head.contains("application/problem+json"), "{self:?}");
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

impl Fixture {
    pub async fn start() -> Self {
        Self::start_with_rules("rules: []").await
    }

    /// With a rule file beside those of the demo home.
    pub async fn start_with_rules(rules: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("automations")).unwrap();
        std::fs::write(dir.path().join("automations/own.yaml"), rules).unwrap();
        Self::start_in(dir, true).await
    }

    /// On a data directory that is there.
    pub async fn start_in(dir: TempDir, demo: bool) -> Self {
        let any = "127.0.0.1:0".parse().unwrap();
        let mut config = HubConfig::new(dir.path());
        config.demo = demo;
        config.http = Some(HttpChoice::Listen(any));
        config.mqtt = Some(MqttChoice::Listen(any));
        let hub = Hub::start(config).await.unwrap();
        Self { address: hub.http.unwrap(), hub, dir }
    }

    pub fn token(&self, name: &str, role: Role) -> String {
        tokens::add(self.dir.path(), &name.parse().unwrap(), role).unwrap()
    }

    /// Sends a request with these headers besides Host; `Host` among them replaces it.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut text =
            format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "Host") {
            text += &format!("Host: {}\r\n", self.address);
        }
        headers.iter().for_each(|(name, value)| text += &format!("{name}: {value}\r\n"));
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(format!("{text}\r\n{body}").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub async fn ask(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, &[("Authorization", &format!("Bearer {token}"))], body).await
    }
}
