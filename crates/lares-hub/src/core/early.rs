//! Commands of the first seconds: what ended while the hub was down is due before any adapter is there to take it.
//! They wait for their adapter, no longer than a command may take.

use std::collections::{BTreeMap, BTreeSet};

use lares_model::{AdapterId, AdapterState, Command, DeviceId, Event};

/// An adapter that is not there by then has missed them; the engine has given them up then, too.
const WAIT_MS: u64 = 9_500;
/// More commands fail as if there was no adapter.
const COMMANDS_MAX: usize = 1024;

/// Commands that wait for their adapters to arrive for the first time.
#[derive(Debug, Default)]
pub struct Early {
    since: u64,
    online: BTreeSet<AdapterId>,
    listed: BTreeSet<AdapterId>,
    /// Devices that their adapter has told, one by one; the end of a list may take longer.
    told: BTreeSet<DeviceId>,
    waiting: BTreeMap<AdapterId, Vec<Command>>,
}

impl Early {
    /// Since the start of the hub, in home time.
    pub fn new(since: u64) -> Self {
        Self { since, ..Self::default() }
    }

    /// Keeps the command if its adapter may still arrive; gives it back if there is nothing to wait for.
    pub fn keep(&mut self, adapter: &AdapterId, now: u64, command: Command) -> Option<Command> {
        if self.is_over(now) || self.has_arrived(adapter, &command.device) {
            return Some(command);
        }
        let waiting = self.waiting.entry(adapter.clone()).or_default();
        if waiting.len() >= COMMANDS_MAX {
            return Some(command);
        }
        waiting.push(command);
        None
    }

    fn has_arrived(&self, adapter: &AdapterId, device: &DeviceId) -> bool {
        self.online.contains(adapter) && (self.listed.contains(adapter) || self.told.contains(device))
    }

    /// Listens for arrivals: an adapter takes commands once it is online and has told the device, or all. Gives what
    /// waited for it.
    pub fn hear(&mut self, event: &Event, now: u64) -> Vec<Command> {
        if self.is_over(now) {
            self.told.clear();
            self.waiting.clear();
            return Vec::new();
        }
        let adapter = match event {
            Event::Adapter { adapter, status } if status.state == AdapterState::Online => {
                self.online.insert(adapter.clone());
                adapter
            }
            Event::Listed { adapter, .. } => {
                self.listed.insert(adapter.clone());
                adapter
            }
            Event::Described { device } => {
                self.told.insert(device.id.clone());
                &device.adapter
            }
            _ => return Vec::new(),
        };
        let Some(waiting) = self.waiting.remove(adapter) else { return Vec::new() };
        let (arrived, waiting): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|command| self.has_arrived(adapter, &command.device));
        if !waiting.is_empty() {
            self.waiting.insert(adapter.clone(), waiting);
        }
        arrived
    }

    fn is_over(&self, now: u64) -> bool {
        now.saturating_sub(self.since) > WAIT_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lares_model::{AdapterStatus, Cause, CommandId};

    fn command(id: u64) -> Command {
        let device = "zigbee:0x1".into();
        Command {
            id: CommandId(id),
            device,
            values: BTreeMap::new(),
            transition: None,
            cause: Cause::default(),
        }
    }

    fn online() -> Event {
        let status = AdapterStatus { state: AdapterState::Online, ..AdapterStatus::default() };
        Event::Adapter { adapter: "a".into(), status }
    }

    fn described(id: &str) -> Event {
        let device =
            serde_json::json!({"id": id, "adapter": "a", "name": "Lamp", "kind": "light", "properties": []});
        Event::Described { device: serde_json::from_value(device).unwrap() }
    }

    fn listed() -> Event {
        Event::Listed { adapter: "a".into(), devices: Vec::new() }
    }

    #[test]
    fn commands_wait_until_their_adapter_is_online_and_has_told_its_devices() {
        let (mut early, a) = (Early::new(0), "a".into());
        assert_eq!(early.keep(&a, 10, command(1)), None);
        assert_eq!(early.hear(&listed(), 20), []);
        assert_eq!(early.keep(&a, 30, command(2)), None);
        assert_eq!(early.hear(&online(), 40), [command(1), command(2)]);
        assert_eq!(early.keep(&a, 50, command(3)), Some(command(3)));
        assert_eq!(early.hear(&online(), 60), []);
    }

    #[test]
    fn an_adapter_that_is_late_does_not_get_what_was_given_up() {
        let (mut early, a) = (Early::new(1_000), "a".into());
        assert_eq!(early.keep(&a, 1_010, command(1)), None);
        assert_eq!(early.keep(&a, 1_000 + WAIT_MS + 1, command(2)), Some(command(2)));
        early.hear(&listed(), 20_000);
        assert_eq!(early.hear(&online(), 20_000), []);
        assert_eq!(early.keep(&a, 20_000, command(3)), Some(command(3)));
    }

    #[test]
    fn a_device_that_was_told_waits_for_no_end_of_a_list() {
        let (mut early, a) = (Early::new(0), "a".into());
        assert_eq!(early.keep(&a, 10, command(1)), None);
        assert_eq!(early.hear(&online(), 20), []);
        assert_eq!(early.hear(&described("zigbee:0x2"), 30), []);
        assert_eq!(early.hear(&described("zigbee:0x1"), 40), [command(1)]);
        assert_eq!(early.keep(&a, 50, command(2)), Some(command(2)));
    }
}
