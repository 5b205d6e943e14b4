//! Taking in the lists of devices and groups: what is gone, what is new, what changed, and what came meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;

use lares_model::{AdapterId, DeviceId, Event};

use super::{Zigbee2MqttCodec, bad_input};
use crate::zigbee2mqtt::ADAPTER_ID;
use crate::zigbee2mqtt::device::DeviceCodec;
use crate::zigbee2mqtt::group;
use crate::zigbee2mqtt::list::DeviceList;
use crate::zigbee2mqtt::parked::ParkedMessage;
use crate::zigbee2mqtt::topics::Topic;

impl Zigbee2MqttCodec {
    /// Takes a decoded list: what is gone goes now, what is new or changed is taken in by `apply_some`.
    pub(crate) fn begin_list(&mut self, decoded: Result<DeviceList, String>) -> Vec<Event> {
        self.decoding = false;
        let list = match decoded {
            Ok(list) => list,
            Err(text) => return vec![bad_input(None, text)],
        };
        self.fingerprints = Arc::new(list.fingerprints);
        let mut events = Vec::new();
        let problems: BTreeSet<String> = list.problems.iter().map(|(_, text)| text.clone()).collect();
        // A device whose description cannot be read is not gone; nor is any while an entry does not say whose it is.
        let all_named = list.problems.iter().all(|(device, _)| device.is_some());
        let unread = list.problems.iter().filter_map(|(device, _)| device.as_ref());
        let kept: BTreeSet<&DeviceId> = list.devices.iter().map(|codec| codec.id()).chain(unread).collect();
        let is_gone = |id: &DeviceId, codec: &DeviceCodec| {
            all_named && !codec.description.virtual_device && !kept.contains(id)
        };
        let gone: Vec<_> =
            self.devices.iter().filter(|(id, codec)| is_gone(id, codec)).map(|(id, _)| id.clone()).collect();
        for device in gone {
            self.forget(&device);
            events.push(Event::Removed { device });
        }
        for (device, text) in list.problems {
            if !self.list_problems.contains(&text) {
                events.push(bad_input(device, text));
            }
        }
        self.list_problems = problems;
        self.applying.clear();
        for codec in list.devices {
            match self.devices.get(codec.id()) {
                Some(former) if Arc::ptr_eq(former, &codec) => continue,
                // A former name may be another device's now.
                Some(former) if former.topic_name != codec.topic_name => {
                    let name = former.topic_name.clone();
                    self.forget_name(&name, codec.id());
                }
                _ => {}
            }
            self.applying.push_back(codec);
        }
        if self.applying.is_empty() {
            events.extend(self.finish_list());
        }
        events
    }

    /// True while a list is being taken in.
    pub(crate) fn is_applying(&self) -> bool {
        !self.applying.is_empty()
    }

    /// Takes in at most so many devices of the newest list; true when it is done.
    pub(crate) fn apply_some(&mut self, count_max: usize) -> (Vec<Event>, bool) {
        let mut events = Vec::new();
        let count = self.applying.len().min(count_max);
        for _ in 0..count {
            if let Some(codec) = self.applying.pop_front() {
                events.extend(self.put(codec));
            }
        }
        if self.applying.is_empty() {
            events.extend(self.finish_list());
        }
        (events, self.applying.is_empty())
    }

    /// Puts a device or group in; an event if others can see a difference.
    fn put(&mut self, codec: impl Into<Arc<DeviceCodec>>) -> Option<Event> {
        let codec = codec.into();
        self.names.insert(codec.topic_name.clone(), codec.id().clone());
        let former = self.devices.insert(codec.id().clone(), codec.clone());
        let same = former.is_some_and(|former| former.description == codec.description);
        (!same).then(|| Event::Described { device: codec.description.clone() })
    }

    fn forget(&mut self, device: &DeviceId) {
        if let Some(codec) = self.devices.remove(device) {
            self.forget_name(&codec.topic_name, device);
            self.complained.retain(|(complained, _)| complained != device);
        }
    }

    fn forget_name(&mut self, name: &str, device: &DeviceId) {
        if self.names.get(name) == Some(device) {
            self.names.remove(name);
        }
    }

    fn finish_list(&mut self) -> Vec<Event> {
        self.list_known = true;
        self.list_overdue = false;
        self.lists_changed()
    }

    /// Tells of what the lists say now, then what came before them. What came only just may be of a list to come.
    pub(super) fn lists_changed(&mut self) -> Vec<Event> {
        let mut events = self.settle();
        for message in self.parked.take() {
            let topics = self.topics.clone();
            match topics.parse(&message.topic) {
                Some(Topic::State(name)) if self.names.contains_key(name) => {
                    let ParkedMessage { topic, payload, retained, .. } = &message;
                    events.extend(self.receive_state(topic, name, payload, *retained, message.is_fresh()));
                }
                Some(Topic::Availability(name)) if self.names.contains_key(name) => {
                    let ParkedMessage { topic, payload, retained, .. } = &message;
                    events.extend(self.receive_availability(topic, name, payload, *retained));
                }
                // Of a group whose list is still to come.
                _ if self.groups.is_none() || message.is_fresh() => self.parked.push(message),
                _ => {}
            }
        }
        events
    }

    /// Brings the groups in line with the devices, and tells of all of them when both lists are known.
    pub(super) fn settle(&mut self) -> Vec<Event> {
        let Some(groups) = self.groups.clone() else { return self.status_event().into_iter().collect() };
        let described: Vec<_> =
            groups.iter().filter_map(|group| group::describe(group, &self.devices)).collect();
        let kept: BTreeSet<DeviceId> = described.iter().map(|codec| codec.id().clone()).collect();
        let is_gone =
            |id: &DeviceId, codec: &DeviceCodec| codec.description.virtual_device && !kept.contains(id);
        let gone: Vec<_> =
            self.devices.iter().filter(|(id, codec)| is_gone(id, codec)).map(|(id, _)| id.clone()).collect();
        let mut events = Vec::new();
        for device in gone {
            self.forget(&device);
            events.push(Event::Removed { device });
        }
        for codec in described {
            if let Some(former) = self.devices.get(codec.id()) {
                let name = former.topic_name.clone();
                self.forget_name(&name, codec.id());
            }
            events.extend(self.put(codec));
        }
        let devices: Vec<_> = self.devices.keys().cloned().collect();
        if self.listed.as_ref() != Some(&devices) {
            self.listed = Some(devices.clone());
            events.push(Event::Listed { adapter: AdapterId::new(ADAPTER_ID), devices });
        }
        events.extend(self.status_event());
        events
    }
}
