//! What the broker is started with. Every insecure or unbounded default of the library below is overridden here.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::error::BrokerError;

/// Where the broker listens, where it keeps its storage, and what it allows.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Loopback address to listen on; port 0 picks a free port.
    pub listen: SocketAddr,
    /// Directory of retained messages, sessions and queued messages; created when missing, held by a lock.
    pub storage_dir: PathBuf,
    /// Topic under which Zigbee2MQTT publishes, without slashes at its ends.
    pub zigbee_base: String,
    /// Bounds on what clients can make the broker hold.
    pub limits: Limits,
}

impl BrokerConfig {
    /// The default settings: `127.0.0.1:1883`, base topic `zigbee2mqtt`, storage in `storage_dir`.
    #[must_use]
    pub fn new(storage_dir: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 1883)),
            storage_dir: storage_dir.into(),
            zigbee_base: "zigbee2mqtt".to_owned(),
            limits: Limits::default(),
        }
    }

    /// Refuses settings that would open the broker to others or that cannot work.
    pub(crate) fn check(&self) -> Result<(), BrokerError> {
        if !self.listen.ip().is_loopback() {
            return Err(BrokerError::NotLoopback { addr: self.listen });
        }
        let setting = |setting, reason: &str| BrokerError::Setting { setting, reason: reason.to_owned() };
        let base = &self.zigbee_base;
        if base.is_empty() || base.len() > 128 || base.starts_with('$') {
            return Err(setting("zigbee_base", "it must be 1 to 128 bytes long and not start with $"));
        }
        if base.starts_with('/') || base.ends_with('/') || base.contains(['+', '#']) {
            return Err(setting("zigbee_base", "it must not hold + or #, nor begin or end with /"));
        }
        if base.chars().any(char::is_control) {
            return Err(setting("zigbee_base", "it must not hold control characters"));
        }
        if self.limits.packet_bytes < 1024 || self.limits.clients == 0 || self.limits.handshakes == 0 {
            return Err(setting("limits", "packets of 1 kB and one client are the least"));
        }
        Ok(())
    }
}

/// Bounds on what clients can make the broker hold. Sizes are in bytes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Signed-in clients at a time; the hub itself is let in beyond it.
    pub clients: usize,
    /// Connections that have not signed in yet; one more displaces the oldest of them.
    pub handshakes: usize,
    /// Longest time from the connection to the sign-in.
    pub handshake_timeout: Duration,
    /// How long a refused sign-in waits for its answer, against clients that retry without a pause.
    pub refusal_delay: Duration,
    /// Largest first packet (CONNECT with its last will) of a client that has not signed in.
    pub connect_bytes: usize,
    /// Largest packet of a signed-in client. Zigbee2MQTT's list of 5,000 devices is 20.7 MB.
    pub packet_bytes: usize,
    /// Messages that wait in memory for one connected client; beyond it QoS 0 is dropped.
    pub channel_messages: usize,
    /// QoS 1 and 2 messages kept on disk for one absent client; beyond it the oldest go.
    pub queued_messages: usize,
    /// Bytes of the messages kept on disk for one absent client.
    pub queued_bytes: usize,
    /// Retained messages in all; beyond it new topics are delivered without being retained.
    pub retained_messages: usize,
    /// Subscriptions of one client.
    pub subscriptions: usize,
    /// Stored sessions of one user.
    pub sessions_per_user: usize,
    /// Longest time an absent client's session and queue are kept.
    pub session_expiry: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clients: 256,
            handshakes: 64,
            handshake_timeout: Duration::from_secs(5),
            refusal_delay: Duration::from_millis(500),
            connect_bytes: 64 * 1024,
            packet_bytes: 32 * 1024 * 1024,
            channel_messages: 50_000,
            queued_messages: 10_000,
            queued_bytes: 32 * 1024 * 1024,
            retained_messages: 20_000,
            subscriptions: 1_000,
            sessions_per_user: 64,
            session_expiry: Duration::from_hours(7 * 24),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_accepted() {
        for (addr, accepted) in [
            ("127.0.0.1:1883", true),
            ("127.0.0.9:0", true),
            ("[::1]:1883", true),
            ("0.0.0.0:1883", false),
            ("[::]:1883", false),
            ("192.168.1.5:1883", false),
        ] {
            let mut config = BrokerConfig::new("unused");
            config.listen = addr.parse().unwrap();
            assert_eq!(config.check().is_ok(), accepted, "{addr}");
        }
    }

    #[test]
    fn a_base_topic_with_wildcards_or_outer_slashes_is_refused() {
        for (base, accepted) in [
            ("zigbee2mqtt", true),
            ("home/zigbee 2", true),
            ("", false),
            ("/zigbee", false),
            ("zigbee/", false),
            ("zigbee/+", false),
            ("#", false),
            ("$SYS", false),
            ("a\u{7}", false),
        ] {
            let mut config = BrokerConfig::new("unused");
            config.zigbee_base = base.to_owned();
            assert_eq!(config.check().is_ok(), accepted, "{base:?}");
        }
    }
}
