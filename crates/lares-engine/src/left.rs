//! What people gave to a device that left, and how they switched a rule whose file is gone: kept, should it come back.
//!
//! A list that is restored, a device that is paired again, a file that is put back: all are as they were. Ends when
//! a person has the device removed or forgotten, and by itself after three months.

use lares_model::{DeviceId, Millis, RoomId, RuleId};
use serde::{Deserialize, Serialize};

use crate::durable::RowKey;
use crate::home::Home;
use crate::program::RuleMemory;
use crate::world::Entry;

/// How long it is kept.
const KEPT: Millis = Millis::hours(90 * 24);
/// The most devices, and the most rules, of which something is kept; beyond, the longest gone are forgotten.
const KEPT_MAX: usize = 1000;

/// What people gave a device that is not there any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Left {
    /// The name, if it was not the source's.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    room: Option<RoomId>,
    /// Since when it is gone, home time.
    since: u64,
}

impl Home {
    /// Keeps what people gave the device.
    pub(crate) fn remember_left(&mut self, entry: &Entry) {
        let device = &entry.device;
        let is_given = !device.unnamed && device.name != entry.description.name;
        let name = is_given.then(|| device.name.clone());
        let id = entry.description.id.clone();
        let left = Left { name, room: device.room.clone(), since: self.real.mono };
        self.world.left.insert(id.clone(), left);
        self.dirty.insert(RowKey::Left(id));
        self.forget_long_gone();
    }

    /// The device is back: it has again what people gave it, as far as that is still there.
    pub(crate) fn give_back(&mut self, id: &DeviceId) {
        let Some(left) = self.forget_left(id) else { return };
        let Some(entry) = self.world.devices.get_mut(id) else { return };
        if let Some(name) = left.name {
            entry.device.name = name;
            entry.device.unnamed = false;
        }
        // No room is an answer, too: somebody took it out of the one that the source suggests.
        entry.device.room = left.room.filter(|room| self.world.rooms.iter().any(|known| known.id == *room));
    }

    /// Forgets what was kept of a device.
    pub(crate) fn forget_left(&mut self, id: &DeviceId) -> Option<Left> {
        let left = self.world.left.remove(id)?;
        self.dirty.insert(RowKey::Left(id.clone()));
        Some(left)
    }

    /// Forgets what the device was called; its names are free for others.
    pub(crate) fn forget_names(&mut self, id: &DeviceId) {
        self.world.slug_of.remove(id);
        let slugs: Vec<String> =
            self.world.slugs.iter().filter(|(_, of)| *of == id).map(|(slug, _)| slug.clone()).collect();
        for slug in slugs {
            self.world.slugs.remove(&slug);
            self.dirty.insert(RowKey::Slug(slug));
        }
    }

    /// Of a rule that is gone only its switch stays, and only if somebody turned it.
    pub(crate) fn remember_switch(&mut self, id: &RuleId) {
        let now = self.real.mono;
        let Some(state) = self.program.rules.remove(id) else { return };
        let RuleMemory { enabled, paused, gone_since, .. } = state.memory;
        if !enabled || paused.is_some() {
            let gone_since = Some(gone_since.unwrap_or(now));
            let memory = RuleMemory { enabled, paused, gone_since, ..RuleMemory::default() };
            self.program.rules.entry(id.clone()).or_default().memory = memory;
            self.forget_long_gone();
        }
        self.dirty.insert(RowKey::Rule(id.clone()));
    }

    /// Forgets what has been gone for too long, or is too much.
    pub(crate) fn forget_long_gone(&mut self) {
        let now = self.real.mono;
        let left = self.world.left.iter().map(|(id, left)| (left.since, id.clone()));
        for id in too_old(now, left.collect()) {
            self.forget_left(&id);
        }
        let rules = self.program.rules.iter();
        let gone = rules.filter_map(|(id, state)| Some((state.memory.gone_since?, id.clone()))).collect();
        for id in too_old(now, gone) {
            self.program.rules.remove(&id);
            self.dirty.insert(RowKey::Rule(id));
        }
    }
}

fn too_old<T: Ord>(now: u64, mut gone: Vec<(u64, T)>) -> Vec<T> {
    gone.sort();
    let too_many = gone.len().saturating_sub(KEPT_MAX);
    let is_over =
        |(place, (since, _)): &(usize, (u64, T))| *place < too_many || since.saturating_add(KEPT.0) <= now;
    gone.into_iter().enumerate().filter(is_over).map(|(_, (_, what))| what).collect()
}
