//! A demo home that is led through simulated time as the hub would: from one wake-up to the next.

use std::collections::BTreeMap;

use lares_model::{Cause, Command, CommandId, DeviceId, Event, Millis, Moment, Value};
use lares_twin::{DemoHome, Poke, TwinConfig};

/// 2026-01-14 08:00 UTC, a Wednesday.
pub const WINTER: Moment = Moment { mono: 5_000_000, utc: 1_768_377_600_000 };
/// 2026-07-15 08:00 UTC, a Wednesday.
pub const SUMMER: Moment = Moment { mono: 5_000_000, utc: 1_784_102_400_000 };

pub struct Walk {
    pub home: DemoHome,
    pub at: Moment,
    /// Everything that was said, with its time.
    pub log: Vec<(u64, Event)>,
    commands: u64,
}

impl Walk {
    pub fn new(seed: u64, at: Moment) -> Self {
        let mut home = DemoHome::new(seed, TwinConfig::default(), at);
        let log = home.start_events().into_iter().map(|event| (at.mono, event)).collect();
        Self { home, at, log, commands: 0 }
    }

    pub fn run(&mut self, time: Millis) {
        let end = self.at.plus(time);
        while self.at.mono < end.mono {
            let next = self.home.next_wakeup().clamp(self.at.mono, end.mono);
            self.at = self.at.plus(Millis(next - self.at.mono));
            let events = self.home.advance(self.at);
            self.note(events);
            assert!(self.home.next_wakeup() > self.at.mono, "a wake-up in the past would spin");
        }
    }

    fn note(&mut self, events: Vec<Event>) {
        self.log.extend(events.into_iter().map(|event| (self.at.mono, event)));
    }

    /// Sends a command and gives the event that answers it.
    pub fn command(&mut self, device: &str, values: &[(&str, Value)], transition: Option<Millis>) -> Event {
        self.commands += 1;
        let command = Command {
            id: CommandId(self.commands),
            device: DeviceId::new(format!("demo:{device}")),
            values: values.iter().map(|(name, value)| ((*name).into(), value.clone())).collect(),
            transition,
            cause: Cause::default(),
        };
        let events = self.home.command(self.at, &command);
        let answer = events.last().cloned().unwrap();
        self.note(events);
        answer
    }

    pub fn set(&mut self, device: &str, property: &str, value: Value) {
        let answer = self.command(device, &[(property, value)], None);
        assert!(matches!(answer, Event::CommandSent { .. }), "{answer:?}");
    }

    pub fn poke(&mut self, poke: &Poke) {
        let events = self.home.poke(self.at, poke);
        self.note(events);
    }

    /// What a property was last reported as.
    pub fn heard(&self, device: &str, property: &str) -> Option<Value> {
        self.course(device, property).pop().map(|(_, value)| value)
    }

    pub fn number(&self, device: &str, property: &str) -> f64 {
        self.heard(device, property).and_then(|value| value.as_number()).unwrap()
    }

    /// Every report of a property.
    pub fn course(&self, device: &str, property: &str) -> Vec<(u64, Value)> {
        let id = format!("demo:{device}");
        let said = |(at, event): &(u64, Event)| match event {
            Event::Reported { device, report } if device.as_str() == id => {
                report.values.get(property).cloned().flatten().map(|value| (*at, value))
            }
            _ => None,
        };
        self.log.iter().filter_map(said).collect()
    }

    /// How many reports each device made.
    pub fn reports(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (_, event) in &self.log {
            if let Event::Reported { device, .. } = event {
                *counts.entry(device.to_string()).or_default() += 1;
            }
        }
        counts
    }

    pub fn clear(&mut self) {
        self.log.clear();
    }
}

pub fn device(slug: &str) -> DeviceId {
    DeviceId::new(format!("demo:{slug}"))
}
