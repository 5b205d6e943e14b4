//! Large retained messages that nobody asked an acknowledgement for, routed beside their publisher's connection.
//!
//! The library writes a retained message to the disk before it reads on from the publisher, and writes ten bytes a
//! byte. For Zigbee2MQTT's list of 5,000 devices that takes seconds, in which no report of any device would
//! come through. MQTT demands order within a topic only (5.0, section 4.6), and that is kept.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mqtt5::broker::router::MessageRouter;
use mqtt5::packet::publish::PublishPacket;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// Payloads from this size on, in bytes, are worth the detour.
pub(super) const LARGE: usize = 64 * 1024;

/// Messages that may wait; a publisher beyond it waits itself. Each may be as large as a packet.
const WAITING_MAX: usize = 8;

/// A message and the client id of its publisher.
pub(super) type Job = (PublishPacket, Arc<str>);

/// The messages that wait to be stored and delivered.
pub(super) struct Late {
    queue: mpsc::Sender<Job>,
    /// How many of them wait on each topic, the one at work included.
    topics: Mutex<BTreeMap<String, usize>>,
    done: Notify,
}

impl Late {
    /// The queue, and its end for [`Self::work`].
    pub(super) fn new() -> (Self, mpsc::Receiver<Job>) {
        let (queue, jobs) = mpsc::channel(WAITING_MAX);
        (Self { queue, topics: Mutex::default(), done: Notify::new() }, jobs)
    }

    /// Takes a message over. `false` when the broker is stopping: then it has to go the ordinary way.
    pub(super) async fn take(&self, publish: PublishPacket, client_id: Arc<str>) -> bool {
        let topic = publish.topic_name.clone();
        *self.topics().entry(topic.clone()).or_default() += 1;
        let taken = self.queue.send((publish, client_id)).await.is_ok();
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
            let Some((publish, client_id)) = job else { return };
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
