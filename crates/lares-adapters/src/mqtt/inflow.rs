//! What came from the broker and was not taken yet: a queue bounded by count and by bytes. Whoever fills it waits, so
//! that beyond its bounds nothing is read from the network, and the broker decides.

use std::sync::Arc;

use tokio::sync::mpsc::error::SendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::link::LinkEvent;

/// How many events wait.
const EVENTS_MAX: usize = 4096;

/// How many bytes of payload wait. A single message that is larger has the queue to itself.
const BYTES_MAX: u32 = 32 * 1024 * 1024;

/// The end that fills it.
#[derive(Debug)]
pub(super) struct Inflow {
    sender: mpsc::Sender<(LinkEvent, OwnedSemaphorePermit)>,
    bytes: Arc<Semaphore>,
}

/// The events of a link, in their order.
#[derive(Debug)]
pub struct LinkEvents(mpsc::Receiver<(LinkEvent, OwnedSemaphorePermit)>);

pub(super) fn channel() -> (Inflow, LinkEvents) {
    let (sender, receiver) = mpsc::channel(EVENTS_MAX);
    (Inflow { sender, bytes: Arc::new(Semaphore::new(BYTES_MAX as usize)) }, LinkEvents(receiver))
}

impl Inflow {
    /// Puts an event in, when there is room.
    ///
    /// # Errors
    /// When nobody takes them any more.
    pub(super) async fn send(&self, event: LinkEvent) -> Result<(), SendError<()>> {
        let bytes = match &event {
            LinkEvent::Message(message) => u32::try_from(message.payload.len()).unwrap_or(BYTES_MAX),
            _ => 0,
        };
        let permit = self.bytes.clone().acquire_many_owned(bytes.min(BYTES_MAX)).await;
        let permit = permit.map_err(|_| SendError(()))?;
        self.sender.send((event, permit)).await.map_err(|_| SendError(()))
    }
}

impl LinkEvents {
    /// The next one; `None` when the link has ended.
    pub async fn recv(&mut self) -> Option<LinkEvent> {
        self.0.recv().await.map(|(event, _)| event)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::mqtt::Message;

    fn message(bytes: usize) -> LinkEvent {
        LinkEvent::Message(Message { topic: "x".into(), payload: vec![b'x'; bytes], retained: false })
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_room_in_bytes_long_before_there_are_too_many() {
        let (inflow, mut events) = channel();
        let moment = Duration::from_secs(1);
        let third = BYTES_MAX as usize / 3;
        for _ in 0..3 {
            timeout(moment, inflow.send(message(third))).await.unwrap().unwrap();
        }
        assert!(timeout(moment, inflow.send(message(third))).await.is_err(), "it is full");
        timeout(moment, inflow.send(LinkEvent::Connected)).await.unwrap().unwrap();

        events.recv().await.unwrap();
        timeout(moment, inflow.send(message(third))).await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_larger_than_all_room_passes_alone() {
        let (inflow, mut events) = channel();
        let moment = Duration::from_secs(1);
        let large = message(2 * BYTES_MAX as usize);
        timeout(moment, inflow.send(large)).await.unwrap().unwrap();
        assert!(timeout(moment, inflow.send(message(1))).await.is_err());
        events.recv().await.unwrap();
        timeout(moment, inflow.send(message(1))).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn whoever_waits_for_room_learns_that_nobody_takes_any_more() {
        let (inflow, events) = channel();
        inflow.send(message(BYTES_MAX as usize)).await.unwrap();
        let (sent, ()) = tokio::join!(inflow.send(message(1)), async { drop(events) });
        assert!(sent.is_err());
    }
}
