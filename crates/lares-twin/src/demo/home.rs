//! The demo home as an adapter sees it: devices that come, speak and obey.

use lares_model::{AdapterState, AdapterStatus, Command, DeviceId, Event, Moment, PropertyName};

use super::{devices, rooms};
use crate::sim::{Poke, RestoreError, Simulation, TwinConfig};

/// The id of the adapter under which the demo home's devices come.
pub const ADAPTER: &str = "demo";

/// A flat with two people and some 27 devices that exist nowhere else.
///
/// It has no clock: every call says what time it is, and home time must not run backwards from call to call
/// (if it does, nothing happens until it has caught up). The same seed and the same calls give the same events,
/// to the byte; how often [`DemoHome::advance`] is called in between does not matter.
#[derive(Clone, Debug)]
pub struct DemoHome(Simulation);

impl DemoHome {
    /// The home as it is at this hour in this place.
    pub fn new(seed: u64, config: TwinConfig, at: Moment) -> Self {
        let plans = rooms::plans();
        let names: Vec<_> = plans.iter().map(|plan| plan.name.clone()).collect();
        let devices = devices::devices(&names);
        Self(Simulation::new(seed, config, at, (plans, rooms::openings()), devices))
    }

    /// The home that [`DemoHome::save`] wrote, with whatever this version adds to it. The time in between passes
    /// at the next [`DemoHome::advance`]; a command that was on its way still arrives.
    ///
    /// # Errors
    /// [`RestoreError`] when it cannot be read; [`DemoHome::new`] then gives a fresh one.
    pub fn restore(saved: &serde_json::Value, config: TwinConfig, at: Moment) -> Result<Self, RestoreError> {
        let mut home = Self::new(0, config, at);
        home.0.take_up(saved, at)?;
        Ok(home)
    }

    /// All that changes, for [`DemoHome::restore`]: about 26 kB.
    pub fn save(&self) -> serde_json::Value {
        self.0.save()
    }

    /// What an adapter says when it comes up: its status, its devices, the list, and every device's first report.
    pub fn start_events(&mut self) -> Vec<Event> {
        let count = self.0.devices().len();
        let status = AdapterStatus {
            state: AdapterState::Online,
            detail: format!("Demo home: {count} simulated devices. Nothing here is real."),
            joining_until: None,
            can_join: false,
        };
        let mut events = vec![Event::Adapter { adapter: ADAPTER.into(), status }];
        let described =
            self.0.devices().iter().map(|device| Event::Described { device: device.description.clone() });
        events.extend(described);
        let all = self.0.devices().iter().map(|device| device.description.id.clone()).collect();
        events.push(Event::Listed { adapter: ADAPTER.into(), devices: all });
        let silent = self.0.devices().iter().filter(|device| !device.state.online);
        events.extend(
            silent.map(|device| Event::Availability { device: device.description.id.clone(), online: false }),
        );
        events.extend(self.0.report_all());
        events
    }

    /// Takes a command: [`Event::CommandSent`] or [`Event::CommandFailed`] now, after whatever else was due. The
    /// device obeys and reports a little later, from [`DemoHome::advance`].
    pub fn command(&mut self, at: Moment, command: &Command) -> Vec<Event> {
        self.0.command(at, command)
    }

    /// Lets time pass: everything that was due up to `at`, in order. After a gap of more than ten minutes the
    /// devices only say their last words.
    pub fn advance(&mut self, at: Moment) -> Vec<Event> {
        self.0.advance(at)
    }

    /// When [`DemoHome::advance`] has something to do next, home time. At most five seconds ahead.
    pub fn next_wakeup(&self) -> u64 {
        self.0.next_wakeup()
    }

    /// Asks a device for properties; sleeping devices and properties that cannot be asked for are skipped.
    pub fn refresh(&mut self, at: Moment, device: &DeviceId, properties: &[PropertyName]) -> Vec<Event> {
        self.0.refresh(at, device, properties)
    }

    /// A hand in the house.
    pub fn poke(&mut self, at: Moment, poke: &Poke) -> Vec<Event> {
        self.0.poke(at, poke)
    }

    /// The simulation behind it, to look at.
    pub fn simulation(&self) -> &Simulation {
        &self.0
    }
}
