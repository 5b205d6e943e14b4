//! The stream to subscribers: what changed is collected, coalesced at 20 Hz, and sent as deltas in sequence.
//!
//! A subscriber that does not keep up loses its queue and gets a new snapshot; nothing grows without bound.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use lares_model::{AdapterId, DeviceId, PropertyKey, PropertyName, RuleId, UtcMillis};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::api::update::{ChangeUpdate, Snapshot, Update};
use crate::api::view::{JournalView, NoticeView};
use crate::clock::rfc3339;

/// Messages that may wait for one subscriber.
const QUEUE_MESSAGES_MAX: usize = 64;
/// Momentary events and notices that may wait for one flush; older ones are dropped.
const MOMENTS_MAX: usize = 1000;
/// Whole devices told in one flush: some milliseconds of work.
const DEVICES_AT_ONCE: usize = 64;
/// Lines of the journal that may wait for one flush; of more the newest are told, and that there was a gap.
const JOURNAL_MAX: usize = 200;

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
    journal: VecDeque<JournalView>,
    journal_gap: bool,
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

    /// The journal went on.
    pub fn journal(&mut self, entry: JournalView) {
        if self.journal.len() >= JOURNAL_MAX {
            self.journal.pop_front();
            self.journal_gap = true;
        }
        self.journal.push_back(entry);
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
            && self.journal.is_empty()
    }

    /// What goes out at this flush. Of many whole devices the rest stays for the next ones, with what is about it: a
    /// list of 5,000 new devices must not become one long turn of the loop.
    fn take(&mut self) -> Self {
        let Some(first) = self.devices.iter().nth(DEVICES_AT_ONCE).cloned() else {
            return std::mem::take(self);
        };
        let later = self.devices.split_off(&first);
        let mut now = std::mem::take(self);
        now.properties.retain(|key| !later.contains(&key.device));
        self.devices = later;
        now
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
        if !self.journal.is_empty() {
            changes.push(ChangeUpdate::Journal { entries: self.journal.into(), gap: self.journal_gap });
        }
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
        let pending = pending.take();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A home without anything.
    struct Nothing;

    impl ViewSource for Nothing {
        fn snapshot(&self, seq: u64) -> Snapshot {
            let json = serde_json::json!({"seq": seq, "now": "", "rooms": [], "devices": [], "rules": [],
                "diagnostics": [], "adapters": [], "notices": [],
                "home": {"name": "", "time_zone": "", "location": null, "demo": false, "version": "",
                    "automations": "", "troubles": []}});
            serde_json::from_value(json).unwrap()
        }
        fn home(&self) -> ChangeUpdate {
            ChangeUpdate::Home { home: self.snapshot(0).home }
        }
        fn rooms(&self) -> ChangeUpdate {
            ChangeUpdate::Rooms { rooms: Vec::new() }
        }
        fn rules(&self) -> ChangeUpdate {
            ChangeUpdate::Rules { rules: Vec::new(), diagnostics: Vec::new() }
        }
        fn device(&self, id: &DeviceId) -> Option<ChangeUpdate> {
            Some(ChangeUpdate::DeviceRemoved { key: format!("the whole of {id}") })
        }
        fn property(&self, key: &PropertyKey) -> ChangeUpdate {
            ChangeUpdate::DeviceRemoved { key: key.to_string() }
        }
        fn rule(&self, _: &RuleId) -> Option<ChangeUpdate> {
            None
        }
        fn adapter(&self, id: &AdapterId) -> ChangeUpdate {
            ChangeUpdate::AdapterRemoved { id: id.to_string() }
        }
    }

    fn entry(number: usize) -> JournalView {
        let (at, kind) = ("2026-01-10T22:00:00Z".into(), "device".into());
        let text = number.to_string();
        JournalView { at, kind, text, device: None, property: None, rule: None, why: Vec::new() }
    }

    #[test]
    fn a_flood_of_the_journal_is_told_in_one_bounded_change_with_its_gap() {
        let mut subscribers = Subscribers::default();
        let mut stream = subscribers.add(&Nothing);
        assert!(matches!(&*stream.try_recv().unwrap(), Update::Snapshot { .. }));
        for (count, told, is_gap) in [(3, 3, false), (JOURNAL_MAX + 1, JOURNAL_MAX, true), (1, 1, false)] {
            let mut pending = Pending::default();
            (0..count).for_each(|number| pending.journal(entry(number)));
            assert!(pending.is_waiting());
            subscribers.flush(&mut pending, &Nothing);
            let update = stream.try_recv().unwrap();
            let Update::Changes { changes, .. } = &*update else { panic!("{update:?}") };
            let [ChangeUpdate::Journal { entries, gap }] = &changes[..] else { panic!("{changes:?}") };
            assert_eq!((entries.len(), *gap), (told, is_gap));
            assert_eq!(entries.last(), Some(&entry(count - 1)), "the newest is told");
        }
    }

    #[test]
    fn thousands_of_new_devices_are_told_in_lots_and_none_of_their_properties_before_them() {
        let mut subscribers = Subscribers::default();
        let mut stream = subscribers.add(&Nothing);
        stream.try_recv().unwrap();
        let mut pending = Pending::default();
        for number in 0..2 * DEVICES_AT_ONCE + 1 {
            let device = DeviceId::from(format!("test:{number}"));
            pending.property(PropertyKey::new(device.clone(), PropertyName::from("state")));
            pending.device(device);
        }
        let mut seen = BTreeSet::new();
        for lot in [DEVICES_AT_ONCE, DEVICES_AT_ONCE, 1] {
            assert!(pending.is_waiting());
            subscribers.flush(&mut pending, &Nothing);
            let update = stream.try_recv().unwrap();
            let Update::Changes { changes, .. } = &*update else { panic!("{update:?}") };
            assert_eq!(changes.len(), lot);
            for change in changes {
                let ChangeUpdate::DeviceRemoved { key } = change else { panic!("{change:?}") };
                assert!(key.starts_with("the whole of ") && seen.insert(key.clone()), "{key}");
            }
        }
        assert!(!pending.is_waiting());
    }

    #[test]
    fn a_reader_that_takes_nothing_keeps_a_bounded_queue_and_gets_a_snapshot_when_it_reads_again() {
        let mut subscribers = Subscribers::default();
        let mut stream = subscribers.add(&Nothing);
        for number in 0..10 * QUEUE_MESSAGES_MAX {
            let mut pending = Pending::default();
            pending.journal(entry(number));
            subscribers.flush(&mut pending, &Nothing);
        }
        assert!(subscribers.any_lagging());
        let mut seen = 0;
        while stream.try_recv().is_ok() {
            seen += 1;
        }
        assert_eq!(seen, QUEUE_MESSAGES_MAX);
        subscribers.flush(&mut Pending::default(), &Nothing);
        let Ok(update) = stream.try_recv() else { panic!("nothing came") };
        let Update::Snapshot { snapshot } = &*update else { panic!("{update:?}") };
        assert_eq!(snapshot.seq, subscribers.seq());
        assert!(!subscribers.any_lagging());
    }
}
