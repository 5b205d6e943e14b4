//! A simulated device: its description, what it holds, and the messages that it sends.

use std::sync::Arc;

use lares_model::{DeviceDescription, Event, Power, PropertyDescription, Report, Value};
use serde::{Deserialize, Serialize};

use super::cell::{Cell, ReportPolicy, neutral_value};
use super::sense::Sense;
use super::thermostat::Thermostat;

/// Where a device is in the simulated house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the room of this number.
    Room(usize),
    /// In the garden.
    Outside,
    /// Within the rack, which stands in the room of this number.
    Rack(usize),
}

impl Place {
    /// The room whose air is around it.
    pub fn room(self) -> Option<usize> {
        match self {
            Self::Room(room) | Self::Rack(room) => Some(room),
            Self::Outside => None,
        }
    }
}

/// What a device has to do with the house beyond measuring it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing special.
    #[default]
    Plain,
    /// Sits on the opening of this number.
    Opening(usize),
    /// Feeds the washing machine.
    Washer,
    /// Feeds a television.
    Television,
    /// Moves the air of the rack.
    RackFan,
    /// Covers a window.
    Blind,
    /// Locks the front door.
    FrontDoorLock,
    /// Gives so much light in its room when fully on, lx.
    Lamp(u16),
    /// Is pressed by whoever goes to bed.
    BedRemote,
}

/// A value on its way to another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ramp {
    /// Index of the property.
    pub cell: usize,
    /// Value at its start.
    pub from: f64,
    /// Value at its end.
    pub to: f64,
    /// Home time of its start.
    pub start: u64,
    /// Home time of its end, after its start.
    pub end: u64,
}

/// All that changes of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceState {
    /// Beside the properties of the description.
    pub cells: Vec<Cell>,
    /// It answers.
    pub online: bool,
    /// When it tells everything again, home time.
    pub heartbeat_at: u64,
    /// A report is on its way until then, home time; no other is begun.
    pub speaking_until: u64,
    /// Radio quality, 0 to 255.
    pub link: f64,
    /// Battery, %.
    pub charge: f64,
    /// Counted, kWh.
    pub meter: f64,
    /// Water or smoke at its feet or nose.
    pub alarm: bool,
    /// Motion is held until then, home time.
    pub motion_until: u64,
    /// The last brightness that was not zero.
    pub bright: f64,
    /// What moves.
    pub ramps: Vec<Ramp>,
    /// The control of a radiator valve.
    pub thermostat: Thermostat,
}

/// A simulated device.
#[derive(Clone, Debug)]
pub struct SimulatedDevice {
    /// What it says of itself.
    pub description: Arc<DeviceDescription>,
    /// Where it is.
    pub place: Place,
    /// What it has to do with the house.
    pub role: Role,
    /// What changes.
    pub state: DeviceState,
    pub(super) senses: Vec<Option<Sense>>,
    pub(super) brightness_cell: Option<usize>,
    state_cell: Option<usize>,
    policies: Vec<ReportPolicy>,
}

impl SimulatedDevice {
    /// A device as it comes out of its box.
    pub fn new(description: DeviceDescription, place: Place, role: Role) -> Self {
        let cell = |property: &PropertyDescription| Cell {
            value: (!property.value_type.is_event()).then(|| neutral_value(&property.value_type)),
            ..Cell::default()
        };
        let state = DeviceState {
            cells: description.properties.iter().map(cell).collect(),
            online: true,
            heartbeat_at: 0,
            speaking_until: 0,
            link: 140.0,
            charge: 87.0,
            meter: 0.0,
            alarm: false,
            motion_until: 0,
            bright: 100.0,
            ramps: Vec::new(),
            thermostat: Thermostat::default(),
        };
        let policies = description.properties.iter().map(|p| ReportPolicy::of(p.base.as_str())).collect();
        let senses = description.properties.iter().map(Sense::of).collect();
        let cell = |name: &str| description.properties.iter().position(|p| p.name.as_str() == name);
        let (state_cell, brightness_cell) = (cell("state"), cell("brightness"));
        let description = Arc::new(description);
        Self { description, place, role, state, senses, brightness_cell, state_cell, policies }
    }

    /// The index of a property.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.description.properties.iter().position(|property| property.name.as_str() == name)
    }

    /// The index of the property with this base on the same endpoint as another one.
    pub fn sibling(&self, index: usize, base: &str) -> Option<usize> {
        let endpoint = &self.description.properties[index].endpoint;
        let fits = |p: &PropertyDescription| p.base.as_str() == base && p.endpoint == *endpoint;
        self.description.properties.iter().position(fits)
    }

    /// What a property holds.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.index(name).and_then(|index| self.state.cells[index].value.as_ref())
    }

    /// Puts a value into a property, if it has it.
    pub fn put(&mut self, name: &str, value: Value) {
        if let Some(index) = self.index(name) {
            self.state.cells[index].value = Some(value);
        }
    }

    /// True unless it has a switch that is off.
    pub fn is_on(&self) -> bool {
        let held = self.state_cell.and_then(|index| self.state.cells[index].value.as_ref());
        held.and_then(Value::as_bool).unwrap_or(true)
    }

    /// True for devices that sleep to spare their battery: they answer late and cannot be asked.
    pub fn sleeps(&self) -> bool {
        self.description.power == Power::Battery
    }

    /// Longest time between two full reports, ms: five minutes from the wall, fifty from a battery.
    pub fn heartbeat(&self) -> u64 {
        if self.sleeps() { 3_000_000 } else { 300_000 }
    }

    /// The properties that are worth a report now. A property without a policy of its own is one that alarms or
    /// is commanded: with it goes all that the device measures.
    pub fn due(&self, now: u64) -> Vec<usize> {
        let readable = |index: &usize| self.description.properties[*index].access.readable;
        let due = |index: &usize| self.state.cells[*index].due(self.policies[*index], now);
        (0..self.state.cells.len()).filter(readable).filter(due).collect()
    }

    /// True if what is due must not wait.
    pub fn urgent(&self, due: &[usize]) -> bool {
        due.iter().any(|index| self.policies[*index].pause == 0)
    }

    /// All that can be read and has a value.
    pub fn readable(&self) -> Vec<usize> {
        let has = |index: &usize| {
            self.description.properties[*index].access.readable && self.state.cells[*index].value.is_some()
        };
        (0..self.state.cells.len()).filter(has).collect()
    }

    /// Says these properties, and how well the radio works. `None` while the device does not answer.
    pub fn report(&mut self, now: u64, cells: &[usize]) -> Option<Event> {
        if !self.state.online {
            return None;
        }
        let mut report = Report::default();
        let link = self.index("link_quality");
        for index in cells.iter().copied().chain(link) {
            let cell = &mut self.state.cells[index];
            if cell.value.is_none() || !self.description.properties[index].access.readable {
                continue;
            }
            cell.reported.clone_from(&cell.value);
            cell.reported_at = now;
            report.values.insert(self.description.properties[index].name.clone(), cell.value.clone());
        }
        let news =
            report.values.len() > usize::from(link.is_some()) || cells.iter().any(|cell| Some(*cell) == link);
        news.then(|| Event::Reported { device: self.description.id.clone(), report })
    }

    /// A momentary event, such as a press.
    pub fn happen(&mut self, property: &str, word: &str) -> Option<Event> {
        let index = self.index(property).filter(|_| self.state.online)?;
        let name = self.description.properties[index].name.clone();
        let report = Report { happened: vec![(name, Arc::from(word))], ..Report::default() };
        Some(Event::Reported { device: self.description.id.clone(), report })
    }
}
