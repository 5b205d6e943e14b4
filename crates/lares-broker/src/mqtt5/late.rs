//! Large retained messages, routed on a thread of their own beside their publisher's connection.
//!
//! The library writes a retained message to the disk before it reads on from the publisher, and writes ten bytes a
//! byte, worked out in one go. For Zigbee2MQTT's list of 5,000 devices that takes seconds, in which no report of any
//! device would come through, and other connections would have to do without one of the runtime's threads. MQTT demands order within a topic only (5.0, section 4.6), and that is kept.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mqtt5::broker::router::MessageRouter;
use mqtt5::packet::publish::PublishPacket;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Payloads from this size on, in bytes, are worth the detour.
pub(super) const LARGE: usize = 64 * 1024;

/// Messages that may wait; a publisher beyond it waits itself.
const WAITING_MAX: usize = 64;

/// Bytes of payload that may wait, the message at work included. A single message that is larger waits alone.
const WAITING_BYTES_MAX: u32 = 64 * 1024 * 1024;

/// A message, the client id of its publisher, and its share of the bytes that may wait.
pub(super) type Job = (PublishPacket, Arc<str>, OwnedSemaphorePermit);

/// The messages that wait to be stored and delivered.
pub(super) struct Late {
    queue: mpsc::Sender<Job>,
    bytes: Arc<Semaphore>,
    /// How many of them wait on each topic, the one at work included.
    topics: Mutex<BTreeMap<String, usize>>,
    done: Notify,
}

impl Late {
    /// The queue, and its end for [`Self::work`].
    pub(super) fn new() -> (Self, mpsc::Receiver<Job>) {
        let (queue, jobs) = mpsc::channel(WAITING_MAX);
        let bytes = Arc::new(Semaphore::new(WAITING_BYTES_MAX as usize));
        (Self { queue, bytes, topics: Mutex::default(), done: Notify::new() }, jobs)
    }

    /// Takes a message over. `false` when the broker is stopping: then it has to go the ordinary way.
    pub(super) async fn take(&self, publish: PublishPacket, client_id: Arc<str>) -> bool {
        let topic = publish.topic_name.clone();
        *self.topics().entry(topic.clone()).or_default() += 1;
        let bytes = u32::try_from(publish.payload.len()).unwrap_or(WAITING_BYTES_MAX).min(WAITING_BYTES_MAX);
        let taken = match self.bytes.clone().acquire_many_owned(bytes).await {
            Ok(share) => self.queue.send((publish, client_id, share)).await.is_ok(),
            Err(_) => false,
        };
        if !taken {
            self.finish(&topic);
        }
        taken
    }

    /// Waits until no earlier message on `topic` is waiting here, so that none is overtaken by a later one.
    pub(super) async fn passed(&self, topic: &str) {
        loop {
            let mut done = pin!(self.done.notified());
            done.as_mut().enable();
            if !self.topics().contains_key(topic) {
                return;
            }
            done.await;
        }
    }

    /// Stores and delivers one message after the other, until the broker stops and none is left.
    pub(super) async fn work(
        &self,
        mut jobs: mpsc::Receiver<Job>,
        router: &MessageRouter,
        stop: &CancellationToken,
    ) {
        loop {
            let job = match stop.run_until_cancelled(jobs.recv()).await {
                Some(job) => job,
                None => {
                    jobs.close();
                    jobs.recv().await
                }
            };
            let Some((publish, client_id, _share)) = job else { return };
            router.route_message(&publish, Some(&client_id)).await;
            self.finish(&publish.topic_name);
        }
    }

    fn finish(&self, topic: &str) {
        let mut topics = self.topics();
        if let Some(count) = topics.get_mut(topic) {
            *count -= 1;
            if *count == 0 {
                topics.remove(topic);
            }
        }
        drop(topics);
        self.done.notify_waiters();
    }

    fn topics(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
