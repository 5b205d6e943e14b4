//! The home: all state, one writer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use lares_model::{
    AdapterId, CommandId, Device, DeviceId, Effect, Event, HomeConfig, Moment, PropertyKey, Room, RuleId,
    RunId,
};
use lares_rules::catalog::{CatalogDevice, HomeCatalog};
use lares_rules::program::{RuleEntry, RuleSet, TimerKey};

use crate::agenda::Agenda;
use crate::durable::{Counters, DurableChange, DurableRow, RowKey};
use crate::flights::Flight;
use crate::program::Program;
use crate::react::Happening;
use crate::reading::{AdapterReading, PropertyReading, RuleReading};
use crate::reminders::{Reminder, ReminderKey};
use crate::runs::Run;
use crate::world::World;

/// How often reacting and settling may follow on each other in one step.
const ROUNDS_MAX: usize = 20;

/// What can happen to a home.
#[derive(Clone, Debug)]
pub enum Input {
    /// Something happened.
    Event(Event),
    /// The rules are these from now on.
    Rules(Arc<RuleSet>),
    /// Lares runs again. To be stepped once after [`Home::restore`] and the first [`Input::Rules`].
    Started,
}

/// All state of a home.
#[derive(Debug)]
pub struct Home {
    pub(crate) world: World,
    pub(crate) program: Program,
    /// Commands under way or in their window.
    pub(crate) flights: BTreeMap<CommandId, Flight>,
    pub(crate) runs: BTreeMap<RunId, Run>,
    pub(crate) reminders: BTreeMap<ReminderKey, Reminder>,
    /// What is due at which home time.
    pub(crate) agenda: Agenda<u64, Due>,
    /// What is due at which wall-clock time.
    pub(crate) calendar: Agenda<i64, Call>,
    pub(crate) counters: Counters,
    /// The time of the step, by which the outer world goes.
    pub(crate) real: Moment,
    /// The time of what is being handled: a timer that was due before the step has its own.
    pub(crate) now: Moment,
    /// False from a restore until [`Input::Started`]: until then nothing acts.
    pub(crate) started: bool,
    /// What rules have not looked at yet.
    pub(crate) happenings: VecDeque<Happening>,
    /// Devices whose claims changed in this step.
    pub(crate) touched: BTreeSet<DeviceId>,
    /// Rows that must be stored.
    pub(crate) dirty: BTreeSet<RowKey>,
    pub(crate) out: Vec<Effect>,
}

/// What can be due at a home time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A command's time is up, or its window closes.
    Command(CommandId),
    /// A `for` is fulfilled.
    For(RuleId, TimerKey),
    /// A level rule's linger, or its patience with the unknown.
    Level(RuleId),
    /// An expression that reads an age may have another value.
    Reevaluate(RuleId),
    /// A run's `wait` or `verify`.
    Run(RunId),
    /// A claim ends by itself.
    Claim(PropertyKey),
    /// What a rule holds is told again.
    Retry(PropertyKey),
    /// History took too long.
    Recall(PropertyKey),
    /// A notice is said again.
    Reminder(ReminderKey),
    /// A device may have been silent for too long.
    Stale(DeviceId),
}

/// What can be due at a wall-clock time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    /// An expression that reads the clock may have another value.
    Reevaluate(RuleId),
    /// A clock trigger of a rule, by its place in `when`.
    Trigger(RuleId, usize),
}

impl Default for Home {
    fn default() -> Self {
        Self::new(HomeConfig::default())
    }
}

impl Home {
    /// An empty home.
    pub fn new(config: HomeConfig) -> Self {
        Self {
            world: World::new(config),
            program: Program::default(),
            flights: BTreeMap::new(),
            runs: BTreeMap::new(),
            reminders: BTreeMap::new(),
            agenda: Agenda::default(),
            calendar: Agenda::default(),
            counters: Counters::default(),
            real: Moment::default(),
            now: Moment::default(),
            started: true,
            happenings: VecDeque::new(),
            touched: BTreeSet::new(),
            dirty: BTreeSet::new(),
            out: Vec::new(),
        }
    }

    /// A home from its stored rows; what cannot be read is left out and told in words.
    pub fn restore(rows: &[DurableRow]) -> (Self, Vec<String>) {
        crate::restore::restore(rows)
    }

    /// Fires every timer that is due at or before `at`, in order, then takes the input in.
    pub fn step(&mut self, at: Moment, input: Input) -> Vec<Effect> {
        self.set_time(at);
        if self.started {
            self.fire_due();
        }
        match input {
            Input::Event(event) => self.take_event(event),
            Input::Rules(rules) => self.install(rules),
            Input::Started => self.start(),
        }
        for _ in 0..ROUNDS_MAX {
            self.react();
            self.settle();
            // A command that took the place of another is news for the run that waits for that.
            if self.happenings.is_empty() {
                break;
            }
        }
        std::mem::take(&mut self.out)
    }

    /// When to step next at the latest, in home time.
    pub fn next_wakeup(&self) -> Option<u64> {
        let clock = self.calendar.first().map(|utc| {
            let ahead = utc.saturating_sub(self.real.utc);
            self.real.mono.saturating_add_signed(ahead)
        });
        self.agenda.first().into_iter().chain(clock).min()
    }

    /// What must be stored since the last call, one change for each row.
    pub fn take_durable(&mut self) -> Vec<DurableChange> {
        let dirty = std::mem::take(&mut self.dirty);
        dirty.iter().map(|key| self.row(key)).collect()
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::Tick => {}
            Event::Adapter { adapter, status } => self.adapter_says(&adapter, &status),
            Event::Listed { adapter, devices } => self.listed(adapter, &devices),
            Event::Described { device } => self.described(device),
            Event::Removed { device } => self.removed(&device),
            Event::Announced { device } => self.claim_again(&device, "it was powered up"),
            Event::Reported { device, report } => self.reported(&device, report),
            Event::Availability { device, online } => self.availability(&device, online),
            Event::Pairing { adapter, notice } => self.pairing(&adapter, notice),
            Event::BadInput { adapter, device, text } => self.bad_input(&adapter, device.as_ref(), &text),
            Event::CommandSent { command } => self.command_sent(command),
            Event::CommandFailed { command, reason } => self.command_failed(command, &reason),
            Event::DeviceRefused { device, property, reason } => {
                self.device_refused(&device, property.as_ref(), &reason);
            }
            Event::Recalled { device, property, samples } => self.recalled(device, property, &samples),
            Event::Asked { request, person, action } => self.asked(request, &person, action),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &HomeConfig {
        &self.world.config
    }

    /// The rooms, in their order.
    pub fn rooms(&self) -> &[Room] {
        &self.world.rooms
    }

    /// The devices, by internal id.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.world.devices.values().map(|entry| &entry.device)
    }

    /// A device.
    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        self.world.devices.get(id).map(|entry| &entry.device)
    }

    /// A device by what files call it now, or called it before a rename.
    pub fn device_by_slug(&self, slug: &str) -> Option<&Device> {
        self.device(self.world.slugs.get(slug)?)
    }

    /// A property of a device; none if it is not described.
    pub fn property(&self, key: &PropertyKey) -> Option<PropertyReading<'_>> {
        let entry = self.world.devices.get(&key.device)?;
        let cell = entry.cells.get(&key.property)?;
        Some(PropertyReading {
            state: &cell.state,
            freshness: entry.freshness(cell, self.real),
            held: cell.held(|mono| self.utc_of(mono)),
            pending: cell.pending(),
            failed: cell.failed.clone(),
        })
    }

    /// The wall clock at a home time.
    pub(crate) fn utc_of(&self, mono: u64) -> lares_model::UtcMillis {
        self.real.utc.saturating_add(mono.cast_signed() - self.real.mono.cast_signed())
    }

    /// The rules, as loaded, with how they stand.
    pub fn rules(&self) -> impl Iterator<Item = (&RuleId, &RuleEntry, RuleReading)> {
        self.program.set.rules.iter().map(|(id, entry)| (id, entry, self.rule_reading(id, entry)))
    }

    /// One rule.
    pub fn rule(&self, id: &RuleId) -> Option<(&RuleEntry, RuleReading)> {
        let entry = self.program.set.rules.get(id)?;
        Some((entry, self.rule_reading(id, entry)))
    }

    /// The adapters.
    pub fn adapters(&self) -> impl Iterator<Item = (&AdapterId, &AdapterReading)> {
        self.world.adapters.iter()
    }

    /// Which names the home has, for the rule language.
    pub fn catalog(&self) -> HomeCatalog {
        let world = &self.world;
        let device = |entry: &crate::world::Entry| CatalogDevice {
            slug: entry.device.slug.clone(),
            name: entry.device.name.clone(),
            room: entry.device.room.clone(),
            description: entry.description.clone(),
        };
        HomeCatalog {
            devices: world.devices.iter().map(|(id, entry)| (id.clone(), device(entry))).collect(),
            rooms: world.rooms.clone(),
            time_zone: world.config.time_zone.clone(),
            location: world.config.location,
            complete: world.all_listed(),
        }
    }

    /// The last command given out, for tests and the hub's bookkeeping.
    pub fn last_command(&self) -> Option<CommandId> {
        (self.counters.command > 0).then_some(CommandId(self.counters.command))
    }
}
