//! A hand in the house: what a test, or a person in front of the simulation, can do to it from inside.

use lares_model::{DeviceId, Event, Moment, PropertyName, Value};

use super::simulation::Simulation;
use crate::device::Role;

/// Something that happens in the house and is no command.
#[derive(Clone, Debug, PartialEq)]
pub enum Poke {
    /// A button is pressed.
    Press {
        /// Of which device.
        device: DeviceId,
        /// How: one of the words of its `action`.
        action: String,
    },
    /// Something is set at the device itself: a wall switch, a knob.
    ByHand {
        /// Which device.
        device: DeviceId,
        /// What.
        property: PropertyName,
        /// To what.
        value: Value,
    },
    /// The window or door under this contact is opened or shut, and stays so until somebody moves it.
    Open {
        /// The contact.
        device: DeviceId,
        /// Open or shut.
        open: bool,
    },
    /// Somebody walks into a room, or out of the house.
    Walk {
        /// Which of the people, from 0.
        person: usize,
        /// Where, as the room is called; `None` for outside.
        room: Option<String>,
    },
    /// The washing machine is started.
    StartWashing,
    /// Water or smoke reaches a detector, or leaves it.
    Alarm {
        /// Which detector.
        device: DeviceId,
        /// There or gone.
        alarm: bool,
    },
    /// A device falls out of the network, or comes back.
    Online {
        /// Which device.
        device: DeviceId,
        /// Whether it answers.
        online: bool,
    },
    /// A battery is exchanged or runs down.
    Battery {
        /// Which device.
        device: DeviceId,
        /// %.
        percent: f64,
    },
}

impl Simulation {
    /// Does it. What names nothing in this house does nothing.
    pub fn poke(&mut self, at: Moment, poke: &Poke) -> Vec<Event> {
        let mut events = self.advance(at);
        match poke {
            Poke::Walk { person, room } => self.walk(*person, room.as_deref()),
            Poke::StartWashing => self.house.state.washer.start(),
            Poke::Press { device, .. }
            | Poke::ByHand { device, .. }
            | Poke::Open { device, .. }
            | Poke::Alarm { device, .. }
            | Poke::Online { device, .. }
            | Poke::Battery { device, .. } => {
                if let Some(index) = self.find(device) {
                    self.poke_device(index, poke, &mut events);
                }
            }
        }
        events
    }

    fn walk(&mut self, person: usize, room: Option<&str>) {
        let target = room.map(|name| self.house.plans.iter().position(|plan| plan.name == name));
        let Some(target) = target.map_or(Some(None), |found| found.map(Some)) else { return };
        if self.house.state.people.send(person, target, self.now)
            && let Some(room) = target
        {
            self.house.state.rooms[room].moved_at = Some(self.now);
        }
    }

    fn poke_device(&mut self, index: usize, poke: &Poke, events: &mut Vec<Event>) {
        let device = &mut self.devices[index];
        match poke {
            Poke::Press { action, .. } => events.extend(device.happen("action", action)),
            Poke::ByHand { property, value, .. } => {
                if device.refuses(&[(property.clone(), value.clone())].into()).is_ok() {
                    self.by_hand(index, property.as_str(), value.clone(), events);
                    self.keep_moving(index);
                }
            }
            Poke::Open { open, .. } => {
                if let Role::Opening(opening) = device.role {
                    self.open(opening, *open);
                }
            }
            Poke::Alarm { alarm, .. } => device.state.alarm = *alarm,
            Poke::Battery { percent, .. } => device.state.charge = percent.clamp(0.0, 100.0),
            Poke::Online { online, .. } if device.state.online != *online => {
                device.state.online = *online;
                events.push(Event::Availability { device: device.description.id.clone(), online: *online });
                let cells = device.readable();
                events.extend(device.report(self.now, &cells));
            }
            Poke::Online { .. } | Poke::Walk { .. } | Poke::StartWashing => {}
        }
    }
}
