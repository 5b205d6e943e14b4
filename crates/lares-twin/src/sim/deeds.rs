//! What people's deeds do to devices: doors, keys, windows, pans, buttons, and now and then a light switch.

use lares_model::{Event, Value};

use super::jobs::Job;
use super::simulation::Simulation;
use crate::device::Role;
use crate::house::{Deed, RoomUse};

impl Simulation {
    /// Carries a deed out.
    pub(super) fn react(&mut self, deed: Deed, events: &mut Vec<Event>) {
        match deed {
            Deed::Moved(_) => {}
            Deed::Door => self.through_front_door(events),
            Deed::Arrived(room) => {
                self.occupy(room);
                self.air(room);
                self.reach_for_switch(room, events);
            }
            Deed::WentToBed => {
                if let Some(remote) = self.with_role(|role| role == Role::BedRemote)
                    && self.dice.chance(0.5)
                {
                    events.extend(self.devices[remote].happen("action", "single"));
                }
            }
        }
    }

    fn through_front_door(&mut self, events: &mut Vec<Event>) {
        let Some(opening) = self.house.state.openings.iter().position(|opening| opening.front_door) else {
            return;
        };
        if let Some(lock) = self.with_role(|role| role == Role::FrontDoorLock)
            && self.devices[lock].value("lock").and_then(Value::as_bool) == Some(true)
        {
            self.by_hand(lock, "lock", Value::Switch(false), events);
            let due = self.now + self.dice.millis(20_000, 30_000);
            self.jobs.add(due, Job::Relock { device: lock });
        }
        self.open(opening, true);
        let due = self.now + self.dice.millis(6_000, 14_000);
        self.jobs.add(due, Job::Shut { opening });
    }

    /// Cooking in the kitchen at meal times, a shower in the morning, washing now and then.
    fn occupy(&mut self, room: usize) {
        let hour = self.calendar.local(self.utc(self.now)).hour;
        let used_for = self.house.plans[room].used_for;
        let meal = (12.0..13.5).contains(&hour) || (18.0..20.0).contains(&hour);
        let minutes = match used_for {
            RoomUse::Kitchen if meal && self.dice.chance(0.5) => self.dice.millis(8, 18),
            RoomUse::Bathroom if hour < 9.5 && self.dice.chance(0.4) => self.dice.millis(5, 10),
            _ => 0,
        };
        if minutes > 0 {
            self.house.state.rooms[room].steam_until = self.now + minutes * 60_000;
        }
        let washer = self.with_role(|role| role == Role::Washer);
        if washer.is_some_and(|washer| self.devices[washer].place.room() == Some(room))
            && self.house.state.washer.progress.is_none()
            && (9.0..19.0).contains(&hour)
            && self.dice.chance(0.06)
        {
            self.house.state.washer.start();
        }
    }

    /// Now and then somebody opens a window, for longer when it is mild outside.
    fn air(&mut self, room: usize) {
        let shut =
            |opening: &crate::house::Opening| opening.room == room && !opening.front_door && !opening.open;
        let Some(opening) = self.house.state.openings.iter().position(shut) else { return };
        if !self.dice.chance(0.08) {
            return;
        }
        self.open(opening, true);
        let mild = self.house.outdoors.temperature > 14.0;
        let minutes = if mild { self.dice.millis(10, 40) } else { self.dice.millis(5, 12) };
        self.jobs.add(self.now + minutes * 60_000, Job::Shut { opening });
    }

    /// Rarely somebody uses the switch on the wall; rooms lit so are put out so.
    fn reach_for_switch(&mut self, room: usize, events: &mut Vec<Event>) {
        let lit = std::mem::take(&mut self.lit_by_hand);
        for lamp in lit {
            let there = self.devices[lamp].place.room();
            let empty = there.is_none_or(|there| self.house.state.people.in_room(there) == (0.0, 0.0));
            if empty {
                self.by_hand(lamp, "state", Value::Switch(false), events);
            } else {
                self.lit_by_hand.push(lamp);
            }
        }
        let dark = self.house.lux[room] < 30.0 && self.house.plans[room].used_for != RoomUse::Bedroom;
        if dark && self.dice.chance(0.06) {
            let lamp = self.devices.iter().position(|device| {
                matches!(device.role, Role::Lamp(_)) && device.place.room() == Some(room) && !device.is_on()
            });
            if let Some(lamp) = lamp {
                self.by_hand(lamp, "state", Value::Switch(true), events);
                self.lit_by_hand.push(lamp);
            }
        }
    }

    /// Opens or shuts a window or door; its contact tells at the next tick.
    pub(super) fn open(&mut self, opening: usize, open: bool) {
        if let Some(opening) = self.house.state.openings.get_mut(opening) {
            opening.open = open;
        }
        self.tell_contacts(opening);
    }

    fn tell_contacts(&mut self, opening: usize) {
        if let Some(contact) = self.with_role(|role| role == Role::Opening(opening)) {
            self.changed_by_hand_or_command(contact);
            let due = self.now + self.dice.millis(60, 250);
            let cells = self.devices[contact].readable();
            self.jobs.add(due, Job::Speak { device: contact, cells });
        }
    }

    /// A hand sets something at the device itself, which says so at once.
    pub(super) fn by_hand(&mut self, index: usize, property: &str, value: Value, events: &mut Vec<Event>) {
        let values = [(property.into(), value)].into();
        let touched = self.devices[index].obey(self.now, &values, None);
        self.changed_by_hand_or_command(index);
        events.extend(self.devices[index].report(self.now, &touched));
    }

    pub(super) fn with_role(&self, fits: impl Fn(Role) -> bool) -> Option<usize> {
        self.devices.iter().position(|device| fits(device.role))
    }
}
