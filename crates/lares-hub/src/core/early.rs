//! Commands of the first seconds: what ended while the hub was down is due before any adapter is there to take it.
//! They wait for their adapter, no longer than a command may take.

use std::collections::{BTreeMap, BTreeSet};

use lares_model::{AdapterId, AdapterState, Command, Event};

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
    waiting: BTreeMap<AdapterId, Vec<Command>>,
}

impl Early {
    /// Since the start of the hub, in home time.
    pub fn new(since: u64) -> Self {
        Self { since, ..Self::default() }
    }

    /// Keeps the command if its adapter may still arrive; gives it back if there is nothing to wait for.
    pub fn keep(&mut self, adapter: &AdapterId, now: u64, command: Command) -> Option<Command> {
        let has_arrived = self.online.contains(adapter) && self.listed.contains(adapter);
        if has_arrived || self.is_over(now) {
            return Some(command);
        }
        let waiting = self.waiting.entry(adapter.clone()).or_default();
        if waiting.len() >= COMMANDS_MAX {
            return Some(command);
        }
        waiting.push(command);
        None
    }

    /// Listens for arrivals: an adapter takes commands once it is online and has told its devices. Gives what waited
    /// for it.
    pub fn hear(&mut self, event: &Event, now: u64) -> Vec<Command> {
        let adapter = match event {
            Event::Adapter { adapter, status } if status.state == AdapterState::Online => {
                self.online.insert(adapter.clone());
                adapter
            }
            Event::Listed { adapter, .. } => {
                self.listed.insert(adapter.clone());
                adapter
            }
            _ => return Vec::new(),
        };
        if !(self.online.contains(adapter) && self.listed.contains(adapter)) {
            return Vec::new();
        }
        let waited = self.waiting.remove(adapter).unwrap_or_default();
        if self.is_over(now) { Vec::new() } else { waited }
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
    }
}
