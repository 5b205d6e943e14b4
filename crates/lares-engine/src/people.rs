//! People: what a person or a program asks of the home, and the answer, given at once. What becomes of commands
//! follows as phases.

use std::collections::BTreeMap;

use lares_model::{
    Answer, Cause, CauseLink, DeviceId, Effect, HomeConfig, JournalKind, Millis, Person, PersonAction,
    PropertyKey, PropertyName, Refusal, RequestId, Room, RoomId, Value, slugify, unique_slug,
};

use crate::cell::Status;
use crate::durable::RowKey;
use crate::home::Home;

/// The longest name of a device, room or home, in characters.
const NAME_MAX: usize = 100;
/// How long after a person asked for it the source may take to remove a device.
const DISMISSED: Millis = Millis::mins(1);

impl Home {
    pub(crate) fn asked(&mut self, request: RequestId, person: &Person, action: PersonAction) {
        let answer = match self.act(person, action) {
            Ok(answer) => answer,
            Err(refusal) => Answer::Refused { refusal },
        };
        self.out.push(Effect::Answer { request, answer });
    }

    fn act(&mut self, person: &Person, action: PersonAction) -> Result<Answer, Refusal> {
        match action {
            PersonAction::Set { device, values } => self.person_sets(person, &device, values),
            PersonAction::Resume { device, property } => self.resume(&device, property.as_ref()),
            PersonAction::SwitchRule { rule, enabled } => self.switch_rule(person, &rule, enabled),
            PersonAction::RunRule { rule } => self.run_rule(person, &rule),
            PersonAction::RenameDevice { device, name } => self.rename_device(&device, &name),
            PersonAction::PlaceDevice { device, room } => self.place_device(&device, room),
            PersonAction::PutRoom { room } => self.put_room(room),
            PersonAction::RemoveRoom { room } => self.remove_room(&room),
            PersonAction::DismissDevice { device } => self.dismiss_device(&device),
            PersonAction::ForgetDevice { device } => self.forget_device(&device),
            PersonAction::Configure { config } => self.configure(config),
            PersonAction::Acknowledge { rule } => Ok(self.acknowledge(person, &rule)),
        }
    }

    /// A click: a manual claim on each property, and one command for what is not so already. With nothing to do the
    /// answer names no command. A device that does not answer is told all the same; its time-out tells the truth.
    fn person_sets(
        &mut self,
        person: &Person,
        id: &DeviceId,
        mut values: BTreeMap<PropertyName, Value>,
    ) -> Result<Answer, Refusal> {
        if let Some(entry) = self.world.devices.get(id) {
            let woken = entry.woken_by(&values, |_| true);
            values.extend(woken.into_iter().map(|state| (state, Value::Switch(true))));
        }
        for (property, value) in &values {
            self.may_set(&PropertyKey { device: id.clone(), property: property.clone() }, value)?;
        }
        let cause = Cause::new(CauseLink::Person { name: person.name.clone() });
        let before = self.counters.command;
        for (property, value) in values {
            let key = PropertyKey { device: id.clone(), property };
            self.claim_by_hand(&key, value, &person.name, cause.clone(), Status::Fresh);
        }
        self.settle_device(id);
        let commands = (before + 1..=self.counters.command).map(lares_model::CommandId).collect();
        Ok(Answer::Commands { commands })
    }

    fn may_set(&self, key: &PropertyKey, value: &Value) -> Result<(), Refusal> {
        let entry = self.entry(&key.device)?;
        let not_found = || Refusal::NotFound { what: format!("{} of {}", key.property, entry.device.name) };
        let property = entry.property(&key.property).ok_or_else(not_found)?;
        let invalid = |reason: String| Refusal::Invalid { reason };
        if !property.access.writable {
            return Err(invalid(format!("{} of {} cannot be set", key.property, entry.device.name)));
        }
        property.value_type.check(value).map_err(|error| invalid(format!("{}: {error}", key.property)))?;
        match self.outranks_people(key) {
            Some(by) => Err(Refusal::Outranked { by }),
            None => Ok(()),
        }
    }

    fn entry(&self, id: &DeviceId) -> Result<&crate::world::Entry, Refusal> {
        self.world.devices.get(id).ok_or_else(|| Refusal::NotFound { what: format!("device {id}") })
    }

    fn resume(&mut self, id: &DeviceId, property: Option<&PropertyName>) -> Result<Answer, Refusal> {
        let entry = self.entry(id)?;
        let held: Vec<PropertyKey> = (entry.cells.iter())
            .filter(|(name, _)| property.is_none_or(|property| *name == property))
            .filter(|(_, cell)| cell.claims.iter().any(|claim| claim.owner.is_manual()))
            .map(|(name, _)| PropertyKey { device: id.clone(), property: name.clone() })
            .collect();
        for key in held {
            self.end_claim(&key, |claim| claim.owner.is_manual());
        }
        Ok(Answer::Done)
    }

    fn rename_device(&mut self, id: &DeviceId, name: &str) -> Result<Answer, Refusal> {
        let name = clean_name(name)?;
        self.entry(id)?;
        let slug = unique_slug(&name, |slug| self.world.slugs.get(slug).is_some_and(|of| of != id));
        self.give_slug(id, &slug);
        if let Some(entry) = self.world.devices.get_mut(id) {
            entry.device.name = name;
            entry.device.slug = slug;
            entry.device.unnamed = false;
        }
        self.device_changed(id);
        Ok(Answer::Done)
    }

    fn place_device(&mut self, id: &DeviceId, room: Option<RoomId>) -> Result<Answer, Refusal> {
        if let Some(room) = &room
            && !self.world.rooms.iter().any(|r| r.id == *room)
        {
            return Err(Refusal::NotFound { what: format!("room {room}") });
        }
        self.entry(id)?;
        if let Some(entry) = self.world.devices.get_mut(id) {
            entry.device.room = room;
        }
        self.device_changed(id);
        Ok(Answer::Done)
    }

    fn put_room(&mut self, mut room: Room) -> Result<Answer, Refusal> {
        room.name = clean_name(&room.name)?;
        room.labels = room.labels.iter().map(|label| slugify(label)).collect();
        room.labels.sort();
        room.labels.dedup();
        if room.id.as_str().is_empty() {
            let taken = |slug: &str| self.world.rooms.iter().any(|r| r.id.as_str() == slug);
            room.id = RoomId::from(unique_slug(&room.name, taken));
        }
        let id = room.id.clone();
        match self.world.rooms.iter_mut().find(|r| r.id == id) {
            Some(there) => *there = room,
            None => self.world.rooms.push(room),
        }
        self.rooms_changed();
        Ok(Answer::Room { room: id })
    }

    fn remove_room(&mut self, id: &RoomId) -> Result<Answer, Refusal> {
        let before = self.world.rooms.len();
        self.world.rooms.retain(|room| room.id != *id);
        if self.world.rooms.len() == before {
            return Err(Refusal::NotFound { what: format!("room {id}") });
        }
        let mut left = Vec::new();
        for (device, entry) in &mut self.world.devices {
            if entry.device.room.take_if(|room| room == id).is_some() {
                left.push(device.clone());
            }
        }
        for device in left {
            self.device_changed(&device);
        }
        self.rooms_changed();
        Ok(Answer::Done)
    }

    fn rooms_changed(&mut self) {
        self.dirty.insert(RowKey::Rooms);
        self.out.push(Effect::HomeChanged);
    }

    /// The source is asked to remove it; whether it does shows when it goes.
    fn dismiss_device(&mut self, id: &DeviceId) -> Result<Answer, Refusal> {
        self.entry(id)?;
        let until = self.real.mono.saturating_add(DISMISSED.0);
        if let Some(entry) = self.world.devices.get_mut(id) {
            entry.dismissed_until = until;
        }
        Ok(Answer::Done)
    }

    fn forget_device(&mut self, id: &DeviceId) -> Result<Answer, Refusal> {
        self.entry(id)?;
        self.removed(id);
        self.forget_left(id);
        self.forget_names(id);
        Ok(Answer::Done)
    }

    fn configure(&mut self, mut config: HomeConfig) -> Result<Answer, Refusal> {
        config.name = clean_name(&config.name)?;
        let invalid = |reason: String| Refusal::Invalid { reason };
        let zone = config.time_zone.parse().map_err(|_| {
            invalid(format!("\"{}\" is no time zone; one looks like Europe/Berlin", config.time_zone))
        })?;
        if let Some(place) = config.location {
            let on_earth = place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0;
            if !on_earth {
                return Err(invalid("latitude goes from -90 to 90, longitude from -180 to 180".into()));
            }
        }
        self.world.zone = zone;
        self.world.config = config;
        self.world.sun.clear();
        self.dirty.insert(RowKey::Config);
        self.out.push(Effect::HomeChanged);
        self.journal(JournalKind::Home, "The home's configuration was changed");
        self.clock_was_moved();
        Ok(Answer::Done)
    }
}

fn clean_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        let reason = format!("a name has 1 to {NAME_MAX} characters, on one line");
        return Err(Refusal::Invalid { reason });
    }
    Ok(name.to_owned())
}
