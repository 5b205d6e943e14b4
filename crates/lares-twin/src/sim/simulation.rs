//! The loop: ticks of five seconds for the physics, jobs in between for what devices do.

use lares_model::{Command, DeviceId, Event, Moment, PropertyName, Value};
use serde::{Deserialize, Serialize};

use super::jobs::{Job, Jobs};
use crate::climate::Calendar;
use crate::device::{SimulatedDevice, Surroundings};
use crate::dice::Dice;
use crate::house::{House, Opening, RoomPlan, RoomUse, Step};

/// Length of a tick, ms.
pub const TICK: u64 = 5_000;

/// Where the pretended home is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwinConfig {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
    /// IANA time zone; an unknown one counts as UTC.
    pub time_zone: String,
}

impl Default for TwinConfig {
    /// In the middle of Germany.
    fn default() -> Self {
        Self { latitude: 51.0, longitude: 10.0, time_zone: "Europe/Berlin".into() }
    }
}

/// A house with its devices.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub(super) config: TwinConfig,
    pub(super) calendar: Calendar,
    pub(super) dice: Dice,
    /// How far it got, home time.
    pub(super) now: u64,
    /// Wall clock less home time.
    pub(super) skew: i64,
    pub(super) next_tick: u64,
    pub(super) jobs: Jobs,
    pub(super) house: House,
    pub(super) devices: Vec<SimulatedDevice>,
    /// Rooms that somebody lit by hand, to be put out by hand.
    pub(super) lit_by_hand: Vec<usize>,
}

impl Simulation {
    /// A house as it is at this hour, and its devices as they measure it.
    pub fn new(
        seed: u64,
        config: TwinConfig,
        at: Moment,
        (plans, openings): (Vec<RoomPlan>, Vec<Opening>),
        devices: Vec<SimulatedDevice>,
    ) -> Self {
        let mut dice = Dice::new(seed);
        let calendar = Calendar::new(&config.time_zone);
        let local = calendar.local(at.utc);
        let step = Step { now: at.mono, seconds: 0.0, utc: at.utc, local };
        let house = House::new(plans, openings, (config.latitude, config.longitude), step, &mut dice);
        let mut simulation = Self {
            config,
            calendar,
            dice,
            now: at.mono,
            skew: at.utc.saturating_sub_unsigned(at.mono),
            next_tick: at.mono + TICK,
            jobs: Jobs::default(),
            house,
            devices,
            lit_by_hand: Vec::new(),
        };
        simulation.settle_in();
        simulation
    }

    /// Gives every device its own phase, battery and distance, and a first look around.
    fn settle_in(&mut self) {
        for index in 0..self.devices.len() {
            let device = &mut self.devices[index];
            device.state.heartbeat_at =
                self.now + self.dice.millis(device.heartbeat() / 4, device.heartbeat());
            device.state.link = self.dice.between(70.0, 210.0);
            device.state.charge = self.dice.between(35.0, 100.0).min(device.state.charge);
            device.state.meter = self.dice.between(3.0, 180.0);
        }
        let actuators = self.actuators();
        // The light of the hour, before anybody looks.
        let step = self.step_to(self.now, 0.001);
        self.house.step(step, &actuators, &mut self.dice);
        self.sense(0.001);
    }

    /// What it is and where: the devices in their order.
    pub fn devices(&self) -> &[SimulatedDevice] {
        &self.devices
    }

    /// The house, to look at.
    pub fn house(&self) -> &House {
        &self.house
    }

    /// Every device tells all that it has. For the start, when the home knows nothing.
    pub fn report_all(&mut self) -> Vec<Event> {
        let now = self.now;
        self.devices.iter_mut().filter_map(|device| device.report(now, &device.readable())).collect()
    }

    /// Takes a command to its device. What the device does and says comes later, from [`Simulation::advance`].
    pub fn command(&mut self, at: Moment, command: &Command) -> Vec<Event> {
        let mut events = self.advance(at);
        events.push(match self.accept(command) {
            Ok(()) => Event::CommandSent { command: command.id },
            Err(reason) => Event::CommandFailed { command: command.id, reason },
        });
        events
    }

    fn accept(&mut self, command: &Command) -> Result<(), String> {
        let index = self
            .find(&command.device)
            .ok_or_else(|| format!("there is no simulated device {}", command.device))?;
        let device = &self.devices[index];
        device.refuses(&command.values)?;
        if self.jobs.full() {
            return Err("too many commands wait already".into());
        }
        let due = self.now + device.latency(&command.values, &mut self.dice);
        let job = Job::Obey { device: index, values: command.values.clone(), transition: command.transition };
        self.jobs.add(due, job);
        Ok(())
    }

    /// Asks a device for properties; those that cannot be asked for are skipped. Answers come later.
    pub fn refresh(&mut self, at: Moment, device: &DeviceId, properties: &[PropertyName]) -> Vec<Event> {
        let events = self.advance(at);
        if let Some(index) = self.find(device) {
            let all = &self.devices[index].description.properties;
            let asked = |cell: &usize| all[*cell].access.gettable && properties.contains(&all[*cell].name);
            let cells: Vec<_> = (0..all.len()).filter(asked).collect();
            if !cells.is_empty() && !self.jobs.full() {
                let due = self.now + self.dice.millis(120, 900);
                self.jobs.add(due, Job::Speak { device: index, cells });
            }
        }
        events
    }

    /// Lets time pass up to `at`. Gives what the devices said meanwhile, in order; after a long gap only their
    /// last words.
    pub fn advance(&mut self, at: Moment) -> Vec<Event> {
        self.skew = at.utc.saturating_sub_unsigned(at.mono);
        if at.mono > self.now.saturating_add(super::catch_up::GAP) {
            return self.catch_up(at.mono);
        }
        let mut events = Vec::new();
        loop {
            let job_due = self.jobs.next_due().filter(|due| *due < self.next_tick);
            let due = job_due.unwrap_or(self.next_tick);
            if due > at.mono {
                break;
            }
            self.now = self.now.max(due);
            match job_due.and_then(|_| self.jobs.take(due)) {
                Some((_, job)) => self.perform(job, &mut events),
                None => self.tick(&mut events),
            }
        }
        self.now = self.now.max(at.mono);
        events
    }

    /// When something is due next, home time.
    pub fn next_wakeup(&self) -> u64 {
        self.jobs.next_due().map_or(self.next_tick, |due| due.min(self.next_tick))
    }

    fn tick(&mut self, events: &mut Vec<Event>) {
        self.next_tick = self.now + TICK;
        self.live(TICK as f64 / 1000.0, events);
        for index in 0..self.devices.len() {
            self.speak_up(index);
        }
    }

    /// Physics, people and sensors over the time that ends now.
    pub(super) fn live(&mut self, seconds: f64, events: &mut Vec<Event>) {
        let actuators = self.actuators();
        let step = self.step_to(self.now, seconds);
        let deeds = self.house.step(step, &actuators, &mut self.dice);
        for deed in deeds {
            self.react(deed, events);
        }
        self.sense(seconds);
    }

    /// Lets the device speak soon if it has something to say.
    fn speak_up(&mut self, index: usize) {
        let device = &mut self.devices[index];
        let due = device.due(self.now);
        let urgent = device.urgent(&due);
        let beat = device.state.heartbeat_at <= self.now;
        if !(beat || !due.is_empty() && (urgent || device.state.speaking_until <= self.now)) {
            return;
        }
        let delay = if urgent { self.dice.millis(40, 250) } else { self.dice.millis(100, TICK - 500) };
        let cells = if beat || urgent { device.readable() } else { Vec::new() };
        if beat {
            device.state.heartbeat_at = self.now + device.heartbeat();
        }
        device.state.speaking_until = self.now + delay;
        self.jobs.add(self.now + delay, Job::Speak { device: index, cells });
    }

    pub(super) fn perform(&mut self, job: Job, events: &mut Vec<Event>) {
        let now = self.now;
        match job {
            Job::Obey { device, values, transition } => {
                // A device that is off hears nothing; the sender finds out by waiting.
                if self.devices[device].state.online {
                    let touched = self.devices[device].obey(now, &values, transition);
                    self.changed_by_hand_or_command(device);
                    events.extend(self.devices[device].report(now, &touched));
                    self.keep_moving(device);
                }
            }
            Job::Move { device } => {
                let moved = self.devices[device].run_ramps(now);
                events.extend(self.devices[device].report(now, &moved));
                self.keep_moving(device);
            }
            Job::Speak { device, cells } => {
                let device = &mut self.devices[device];
                let cells = if cells.is_empty() { device.due(now) } else { cells };
                events.extend(device.report(now, &cells));
            }
            Job::Shut { opening } => self.open(opening, false),
            Job::Relock { device } => self.by_hand(device, "lock", Value::Switch(true), events),
        }
    }

    pub(super) fn keep_moving(&mut self, index: usize) {
        let device = &self.devices[index];
        let Some(end) = device.state.ramps.iter().map(|ramp| ramp.end).min() else { return };
        let due = end.min(self.now + device.ramp_pace());
        let already = |job: &Job| matches!(job, Job::Move { device } if *device == index);
        if !self.jobs.any(already) {
            self.jobs.add(due.max(self.now + 1), Job::Move { device: index });
        }
    }

    /// Lets the device's own sensors see at once what was just switched.
    pub(super) fn changed_by_hand_or_command(&mut self, index: usize) {
        let television = self.watching();
        let around = Surroundings { house: &self.house, now: self.now, seconds: 0.0, television };
        self.devices[index].sense(&around, &mut self.dice);
    }

    pub(super) fn sense(&mut self, seconds: f64) {
        let television = self.watching();
        let around = Surroundings { house: &self.house, now: self.now, seconds, television };
        for device in &mut self.devices {
            device.sense(&around, &mut self.dice);
        }
    }

    pub(super) fn watching(&self) -> bool {
        let hour = self.calendar.local(self.utc(self.now)).hour;
        let living = self.house.room_for(RoomUse::Living);
        hour >= 18.0 && living.is_some_and(|room| self.house.state.people.in_room(room).0 > 0.0)
    }

    pub(super) fn utc(&self, mono: u64) -> i64 {
        self.skew.saturating_add_unsigned(mono)
    }

    pub(super) fn step_to(&self, now: u64, seconds: f64) -> Step {
        let utc = self.utc(now);
        Step { now, seconds, utc, local: self.calendar.local(utc) }
    }

    pub(super) fn find(&self, device: &DeviceId) -> Option<usize> {
        self.devices.iter().position(|have| have.description.id == *device)
    }
}
