//! The lists of devices and groups, which may be 20 MB: how they get from their own connection into the codec while
//! reports pass them by.
//!
//! Three things keep them from standing in the way. They come on a connection of their own, so that no report waits
//! behind one in a socket. They are decoded on a thread of their own. And the devices are told to the hub a few at a
//! time, each few only when it has taken what was told before, so that no report waits behind thousands of them.
//!
//! Two connections have no common order. What can therefore come in the wrong order, and what becomes of it:
//! - A report of a device that the list does not name yet is kept until it does (see [`super::super::parked`]), its
//!   presses for some seconds; so it was with one connection too, because decoding takes its time.
//! - After a rename a report may come under the new name before the list tells it, and is kept in the same way. Where
//!   two devices swap names in one go, a report in that moment goes to the wrong one of the two; the next mends it. A
//!   list being decoded had the same moment.
//! - An answer of Zigbee2MQTT may come before or after the list that follows from the request. It always could.
//!
//! The two lists share one connection because the groups are made of the devices. Lists are taken in one after the
//! other and none is skipped: one that cannot be read must not displace a good one. Meanwhile the next one waits, and
//! what does not fit into its queue waits in the broker.

use std::time::Duration;

use lares_model::Event;
use tokio::time::Instant;

use super::{LIST_OVERDUE, Worker};
use crate::mqtt::LinkEvent;
use crate::zigbee2mqtt::list::{DeviceList, decode_devices};

/// How many devices of a new list are told at once.
const DEVICES_AT_ONCE: usize = 8;

/// The time between two such lots, at the least.
pub(super) const LOT: Duration = Duration::from_millis(1);

/// A further lot is told only when no more events than this wait for the hub.
const WAITING_MAX: usize = 4;

impl Worker {
    /// True if the next list may come.
    pub(super) fn takes_lists(&self) -> bool {
        self.decoding.is_none() && !self.codec.is_applying()
    }

    pub(super) fn list_link_event(&mut self, event: LinkEvent) -> Vec<Event> {
        match event {
            LinkEvent::Connected => {
                self.lists_away = None;
                self.codec.lists_missing(None)
            }
            LinkEvent::Disconnected { reason } => {
                let since = self.lists_away.take().map_or_else(Instant::now, |(since, _)| since);
                self.lists_away = Some((since, reason));
                Vec::new()
            }
            LinkEvent::Message(message) => self.message(message),
        }
    }

    /// When to say that the connection for the lists does not come about.
    pub(super) fn lists_missing_at(&self) -> Option<Instant> {
        let (since, _) = self.lists_away.as_ref().filter(|_| self.link.is_connected())?;
        (!self.codec.is_missing_lists()).then_some(*since + LIST_OVERDUE)
    }

    pub(super) fn lists_missing(&mut self) -> Vec<Event> {
        let reason = self.lists_away.as_ref().map(|(_, reason)| reason.clone());
        self.codec.lists_missing(reason)
    }

    /// Decodes a list apart.
    pub(super) fn decode_list(&mut self, payload: Vec<u8>) {
        let former = self.codec.fingerprints();
        self.decoding = Some(tokio::task::spawn_blocking(move || decode_devices(&payload, &former)));
    }

    pub(super) fn list_decoded(&mut self, decoded: Result<DeviceList, String>) -> Vec<Event> {
        self.decoding = None;
        let events = self.codec.begin_list(decoded);
        if !self.codec.is_applying() {
            self.list_done();
        }
        events
    }

    /// Takes the next few devices in, if the hub has taken the former.
    pub(super) fn apply_some(&mut self) -> Vec<Event> {
        if self.inbox.max_capacity() - self.inbox.capacity() > WAITING_MAX {
            return Vec::new();
        }
        let (events, done) = self.codec.apply_some(DEVICES_AT_ONCE);
        if done {
            self.list_done();
        }
        events
    }

    fn list_done(&mut self) {
        let filters = self.codec.name_filters();
        self.link.unsubscribe(self.name_filters.difference(&filters).cloned());
        self.link.subscribe(filters.difference(&self.name_filters).cloned());
        self.name_filters = filters;
    }
}
