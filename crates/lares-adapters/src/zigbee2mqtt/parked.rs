//! Messages of names that are not known yet, kept until the next list is in. Bounded by count and size: what
//! was never listed, such as somebody else's topic, falls out at the old end.

use std::collections::VecDeque;

/// How many messages, and how many bytes of payload, are kept.
const COUNT_MAX: usize = 10_000;
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// After so many calls of [`Parked::grow_old`] a message is old: a press in it means nothing any more.
const OLD: u8 = 2;

/// One kept message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParkedMessage {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) retained: bool,
    /// How often [`Parked::grow_old`] was called since it came.
    age: u8,
}

impl ParkedMessage {
    /// One that has just come.
    pub(crate) fn new(topic: &str, payload: &[u8], retained: bool) -> Self {
        Self { topic: topic.into(), payload: payload.to_vec(), retained, age: 0 }
    }

    /// True if it waited so briefly that a button press in it still means something.
    pub(crate) fn is_fresh(&self) -> bool {
        self.age < OLD
    }
}

/// The kept messages, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    messages: VecDeque<ParkedMessage>,
    bytes: usize,
}

impl Parked {
    /// Keeps a message; one that is larger than all that may be kept is dropped.
    pub(crate) fn push(&mut self, message: ParkedMessage) {
        let size = message.payload.len() + message.topic.len();
        if size > BYTES_MAX {
            return;
        }
        self.bytes += size;
        self.messages.push_back(message);
        while self.messages.len() > COUNT_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.bytes -= oldest.payload.len() + oldest.topic.len();
        }
    }

    /// True if something waits that can still grow old.
    pub(crate) fn has_fresh(&self) -> bool {
        self.messages.iter().rev().any(ParkedMessage::is_fresh)
    }

    /// Time has passed.
    pub(crate) fn grow_old(&mut self) {
        for message in &mut self.messages {
            message.age = message.age.saturating_add(1);
        }
    }

    /// All of them, in their order.
    pub(crate) fn take(&mut self) -> VecDeque<ParkedMessage> {
        self.bytes = 0;
        std::mem::take(&mut self.messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(n: usize, size: usize) -> ParkedMessage {
        ParkedMessage::new(&n.to_string(), &vec![b'x'; size], false)
    }

    #[test]
    fn the_oldest_fall_out_by_count_and_by_size() {
        let mut parked = Parked::default();
        for n in 0..COUNT_MAX + 5 {
            parked.push(message(n, 1));
        }
        let kept = parked.take();
        assert_eq!((kept.len(), kept[0].topic.as_str()), (COUNT_MAX, "5"));

        for n in 0..10 {
            parked.push(message(n, BYTES_MAX / 4));
        }
        assert_eq!(parked.take().len(), 3);
        parked.push(message(1, BYTES_MAX + 1));
        assert!(parked.take().is_empty());
    }
}
