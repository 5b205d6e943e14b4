//! Asking devices for their values after a gap, at a pace that a Zigbee network bears. A queue; it sends nothing.
//!
//! States are not retained in Zigbee2MQTT, so after a connection was lost, or Zigbee2MQTT was away, what
//! happened meanwhile is not known. Each `get` is one or more radio messages: 20 a second is what a network
//! of any size carries beside its normal traffic, so 5,000 devices take about four minutes. Battery devices
//! are asleep and cannot answer; they report by themselves.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use lares_model::{DeviceId, PropertyName};

/// The time between two questions.
pub(crate) const PACE: Duration = Duration::from_millis(50);

/// Who is to be asked, and for what.
#[derive(Debug, Default)]
pub(crate) struct RefreshQueue {
    order: VecDeque<DeviceId>,
    wanted: BTreeMap<DeviceId, Vec<PropertyName>>,
}

impl RefreshQueue {
    /// Puts a device in line, or to the front of it. One that is there already is asked once, for all.
    pub(crate) fn push(&mut self, device: DeviceId, properties: Vec<PropertyName>, urgent: bool) {
        if properties.is_empty() {
            return;
        }
        let known = self.wanted.entry(device.clone()).or_default();
        let is_new = known.is_empty();
        for property in properties {
            if !known.contains(&property) {
                known.push(property);
            }
        }
        if urgent {
            if !is_new {
                self.order.retain(|queued| *queued != device);
            }
            self.order.push_front(device);
        } else if is_new {
            self.order.push_back(device);
        }
    }

    /// The next to be asked.
    pub(crate) fn pop(&mut self) -> Option<(DeviceId, Vec<PropertyName>)> {
        let device = self.order.pop_front()?;
        let properties = self.wanted.remove(&device)?;
        Some((device, properties))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Forgets all: the other end is gone.
    pub(crate) fn clear(&mut self) {
        self.order.clear();
        self.wanted.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_asked_once_for_all_and_the_urgent_first() {
        let mut queue = RefreshQueue::default();
        queue.push("a".into(), vec!["state".into()], false);
        queue.push("b".into(), vec!["state".into()], false);
        queue.push("a".into(), vec!["state".into(), "power".into()], false);
        queue.push("b".into(), vec!["color".into()], true);
        queue.push("c".into(), vec![], false);
        assert_eq!(queue.pop(), Some(("b".into(), vec!["state".into(), "color".into()])));
        assert_eq!(queue.pop(), Some(("a".into(), vec!["state".into(), "power".into()])));
        assert_eq!(queue.pop(), None);
        assert!(queue.is_empty());
    }
}
