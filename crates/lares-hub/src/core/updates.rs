//! The stream to subscribers: what changed is collected, coalesced at 20 Hz, and sent as deltas in sequence.
//!
//! A subscriber that does not keep up loses its queue and gets a new snapshot; nothing grows without bound.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lares_model::{AdapterId, DeviceId, PropertyKey, PropertyName, RuleId, UtcMillis};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::api::update::{ChangeUpdate, Snapshot, Update};
use crate::api::view::NoticeView;
use crate::clock::rfc3339;

/// Messages that may wait for one subscriber.
const QUEUE_MESSAGES_MAX: usize = 64;
/// Momentary events and notices that may wait for one flush; older ones are dropped.
const MOMENTS_MAX: usize = 1000;

/// The receiving end of a subscription: first a snapshot, then deltas.
pub type UpdateStream = mpsc::Receiver<Arc<Update>>;

/// Where views come from at a flush.
pub trait ViewSource {
    /// Everything, at this sequence number.
    fn snapshot(&self, seq: u64) -> Snapshot;
    /// The home.
    fn home(&self) -> ChangeUpdate;
    /// The rooms.
    fn rooms(&self) -> ChangeUpdate;
    /// The rules.
    fn rules(&self) -> ChangeUpdate;
    /// A device; none if it is gone.
    fn device(&self, id: &DeviceId) -> Option<ChangeUpdate>;
    /// A property's state.
    fn property(&self, key: &PropertyKey) -> ChangeUpdate;
    /// A rule; none if it is gone.
    fn rule(&self, id: &RuleId) -> Option<ChangeUpdate>;
    /// An adapter; told as removed if it is gone.
    fn adapter(&self, id: &AdapterId) -> ChangeUpdate;
}

/// What changed since the last flush.
#[derive(Debug, Default)]
pub struct Pending {
    home: bool,
    rooms: bool,
    rules: bool,
    devices: BTreeSet<DeviceId>,
    removed: BTreeSet<DeviceId>,
    properties: BTreeSet<PropertyKey>,
    one_rule: BTreeSet<RuleId>,
    adapters: BTreeSet<AdapterId>,
    moments: Vec<ChangeUpdate>,
}

impl Pending {
    /// The home's own record changed.
    pub fn home(&mut self) {
        self.home = true;
    }
    /// Rooms changed.
    pub fn rooms(&mut self) {
        self.rooms = true;
    }
    /// All rules may have changed.
    pub fn rules(&mut self) {
        self.rules = true;
    }
    /// A device is new or another one.
    pub fn device(&mut self, id: DeviceId) {
        self.removed.remove(&id);
        self.devices.insert(id);
    }
    /// A device is gone.
    pub fn device_removed(&mut self, id: DeviceId) {
        self.devices.remove(&id);
        self.removed.insert(id);
    }
    /// A property's state changed.
    pub fn property(&mut self, key: PropertyKey) {
        self.properties.insert(key);
    }
    /// A rule changed.
    pub fn rule(&mut self, id: RuleId) {
        self.one_rule.insert(id);
    }
    /// An adapter changed.
    pub fn adapter(&mut self, id: AdapterId) {
        self.adapters.insert(id);
    }
    /// A momentary event happened.
    pub fn happened(&mut self, device: &DeviceId, property: &PropertyName, value: &str, at: UtcMillis) {
        self.moment(ChangeUpdate::Happened {
            key: device.to_string(),
            property: property.to_string(),
            value: value.into(),
            at: rfc3339(at),
        });
    }
    /// People are told.
    pub fn notice(&mut self, notice: NoticeView) {
        self.moment(ChangeUpdate::Notice { notice });
    }

    fn moment(&mut self, change: ChangeUpdate) {
        if self.moments.len() >= MOMENTS_MAX {
            self.moments.remove(0);
        }
        self.moments.push(change);
    }

    /// True if something waits for the next flush.
    pub fn is_waiting(&self) -> bool {
        !self.is_empty()
    }

    fn is_empty(&self) -> bool {
        !(self.home || self.rooms || self.rules)
            && self.devices.is_empty()
            && self.removed.is_empty()
            && self.properties.is_empty()
            && self.one_rule.is_empty()
            && self.adapters.is_empty()
            && self.moments.is_empty()
    }

    /// The deltas, in an order that a receiver can apply one by one.
    fn build(self, source: &impl ViewSource) -> Vec<ChangeUpdate> {
        let mut changes = Vec::new();
        changes.extend(self.home.then(|| source.home()));
        changes.extend(self.rooms.then(|| source.rooms()));
        changes.extend(self.removed.iter().map(|id| ChangeUpdate::DeviceRemoved { key: id.to_string() }));
        changes.extend(self.devices.iter().filter_map(|id| source.device(id)));
        // A whole device carries its properties already.
        let single = self.properties.iter().filter(|key| !self.devices.contains(&key.device));
        changes.extend(single.map(|key| source.property(key)));
        if self.rules {
            changes.push(source.rules());
        } else {
            changes.extend(self.one_rule.iter().filter_map(|id| source.rule(id)));
        }
        changes.extend(self.adapters.iter().map(|id| source.adapter(id)));
        changes.extend(self.moments);
        changes
    }
}

struct Subscriber {
    queue: mpsc::Sender<Arc<Update>>,
    lagging: bool,
}

/// All subscribers.
#[derive(Default)]
pub struct Subscribers {
    seq: u64,
    next: u64,
    all: BTreeMap<u64, Subscriber>,
}

impl Subscribers {
    /// One more; its first message is a snapshot.
    pub fn add(&mut self, source: &impl ViewSource) -> UpdateStream {
        let (queue, stream) = mpsc::channel(QUEUE_MESSAGES_MAX);
        let snapshot = Update::Snapshot { snapshot: Box::new(source.snapshot(self.seq)) };
        // A fresh queue has room.
        let _ = queue.try_send(Arc::new(snapshot));
        self.next += 1;
        self.all.insert(self.next, Subscriber { queue, lagging: false });
        stream
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// True if somebody waits for a new snapshot.
    pub fn any_lagging(&self) -> bool {
        self.all.values().any(|subscriber| subscriber.lagging)
    }

    /// The number of the last message.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Sends what is pending, and a snapshot to those who lagged and have room again.
    pub fn flush(&mut self, pending: &mut Pending, source: &impl ViewSource) {
        self.all.retain(|_, subscriber| !subscriber.queue.is_closed());
        let pending = std::mem::take(pending);
        if !pending.is_empty() {
            self.seq += 1;
            if !self.all.is_empty() {
                let update = Arc::new(Update::Changes { seq: self.seq, changes: pending.build(source) });
                for subscriber in self.all.values_mut().filter(|s| !s.lagging) {
                    if let Err(TrySendError::Full(_)) = subscriber.queue.try_send(update.clone()) {
                        subscriber.lagging = true;
                    }
                }
            }
        }
        let behind = |s: &&mut Subscriber| s.lagging && s.queue.capacity() == QUEUE_MESSAGES_MAX;
        for subscriber in self.all.values_mut().filter(behind) {
            let snapshot = Update::Snapshot { snapshot: Box::new(source.snapshot(self.seq)) };
            subscriber.lagging = subscriber.queue.try_send(Arc::new(snapshot)).is_err();
        }
    }
}
