//! Retained messages whose topic is too long to be a file name, which is how the library stores retained messages.
//!
//! Such a file cannot be made (255 bytes are the most on all usual file systems, and the library writes `/` as three),
//! so the library keeps these messages in memory only and logs an error each time. Here they are on disk before the
//! publisher's acknowledgement, as all others are: one file each, named by the SHA-256 of the topic.

use std::fs::{self, File};
use std::future::Future;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, OnceLock, Weak};

use mqtt5::broker::events::{BrokerEventHandler, RetainedSetEvent};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::RetainedMessage;
use sha2::{Digest as _, Sha256};

use crate::users::{create_private_dir, sync_dir};

/// The longest stem of a file name that the library can surely write: beside it stand the endings `.json` and, while
/// it is written, `.tmp` with two numbers.
const STEM_MAX: usize = 200;

/// What the library writes as three bytes in a file name (`FileBackend::topic_to_filename`).
const ESCAPED: [char; 14] = ['%', '/', '+', '#', '$', '\\', ':', '*', '?', '"', '<', '>', '|', '\0'];

/// The messages on disk.
#[derive(Clone)]
pub(super) struct LongTopics {
    dir: PathBuf,
    /// Knows the message in full; the event of the library holds a part of it only.
    router: Arc<OnceLock<Weak<MessageRouter>>>,
}

impl LongTopics {
    /// In a directory below the broker's storage; created when missing.
    pub(super) fn open(storage_dir: &Path) -> io::Result<Self> {
        let dir = storage_dir.join("retained-long");
        create_private_dir(&dir)?;
        Ok(Self { dir, router: Arc::default() })
    }

    /// Hands what is on disk to the router, and looks after what is retained from now on.
    pub(super) async fn restore(&self, router: &Arc<MessageRouter>) -> io::Result<()> {
        let dir = self.dir.clone();
        let found = tokio::task::spawn_blocking(move || read_all(&dir)).await.map_err(io::Error::other)??;
        for mut message in found {
            message.recompute_expiry();
            match message.is_expired() {
                true => self.store(&message.topic, None).await?,
                false => router.route_message(&message.to_publish_packet(), None).await,
            }
        }
        // Only now: what was just read need not be written again.
        let _ = self.router.set(Arc::downgrade(router));
        Ok(())
    }

    async fn store(&self, topic: &str, message: Option<RetainedMessage>) -> io::Result<()> {
        let (dir, path) = (self.dir.clone(), self.dir.join(file_name(topic)));
        let work = move || match message {
            Some(message) => write(&dir, &path, &message),
            None => remove(&dir, &path),
        };
        tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
    }

    async fn keep(&self, topic: &str, cleared: bool) {
        let Some(router) = self.router.get().and_then(Weak::upgrade) else { return };
        let message = match cleared {
            true => None,
            false => router.get_retained_messages(topic).await.pop().map(RetainedMessage::new),
        };
        if let Err(error) = self.store(topic, message).await {
            tracing::error!(topic, %error, "failed to store a retained MQTT message; it is lost at a restart");
        }
    }
}

impl BrokerEventHandler for LongTopics {
    fn on_retained_set<'a>(
        &'a self,
        event: RetainedSetEvent,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if is_long(&event.topic) {
                self.keep(&event.topic, event.cleared).await;
            }
        })
    }
}

/// Whether the library can not be relied on to make a file for this topic.
fn is_long(topic: &str) -> bool {
    topic.len() + 2 * topic.matches(ESCAPED).count() > STEM_MAX
}

fn file_name(topic: &str) -> String {
    use std::fmt::Write as _;
    let mut name = String::new();
    for byte in Sha256::digest(topic.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name + ".json"
}

fn read_all(dir: &Path) -> io::Result<Vec<RetainedMessage>> {
    let mut messages = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        match serde_json::from_slice::<RetainedMessage>(&fs::read(&path)?) {
            Ok(message) => messages.push(message),
            // One unreadable file must not keep the broker from starting.
            Err(error) => tracing::warn!(path = %path.display(), %error, "passed over a stored MQTT message"),
        }
    }
    Ok(messages)
}

fn write(dir: &Path, path: &Path, message: &RetainedMessage) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    // Two writers of one topic take turns: the router hands one message on after the other, and the last one wins.
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_dir(dir)
}

fn remove(dir: &Path, path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_dir(dir),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_long_when_its_escaped_form_is() {
        for (topic, long) in [
            ("x".repeat(200), false),
            ("x".repeat(201), true),
            (format!("plug/{}", "x".repeat(193)), false),
            (format!("plug/{}", "x".repeat(194)), true),
            ("é".repeat(101), true),
            ("a/".repeat(50), false),
            ("a/".repeat(51), true),
        ] {
            assert_eq!(is_long(&topic), long, "{topic}");
        }
        assert_ne!(file_name("a"), file_name("A"));
    }
}
