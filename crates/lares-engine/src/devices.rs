//! Devices: how they come, change, go and come back; and the adapters that speak for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use lares_model::{
    AdapterId, AdapterState, AdapterStatus, Cause, CauseLink, Device, DeviceDescription, DeviceId, Effect,
    JournalKind, PairingNotice, PairingStep, Power, PropertyDescription, PropertyName, Room, RoomId, slugify,
};

use crate::cell::{Cell, Status};
use crate::durable::RowKey;
use crate::freshness::Rhythm;
use crate::home::{Due, Home};
use crate::react::Happening;
use crate::reading::Pairing;
use crate::world::{Entry, World};

/// The most devices shown on their way in, for each adapter.
const PAIRING_MAX: usize = 50;
/// How long after a device came back a report may be its first, which is nobody's hand.
pub(crate) const FIRST_REPORT_MS: u64 = 60_000;

impl Home {
    pub(crate) fn described(&mut self, description: Arc<DeviceDescription>) {
        match self.world.devices.contains_key(&description.id) {
            true => self.described_again(description),
            false => self.described_anew(description),
        }
    }

    fn described_anew(&mut self, description: Arc<DeviceDescription>) {
        let id = description.id.clone();
        let (slug, name) = self.world.called(&description);
        self.give_slug(&id, &slug);
        let is_known = self.world.left.contains_key(&id);
        let suggested = description.suggested_room.as_deref().filter(|_| !is_known);
        let room = suggested.and_then(|name| self.suggested_room(name));
        let cells = description.properties.iter().map(|p| (p.name.clone(), Cell::default())).collect();
        let entry = Entry {
            device: Device {
                slug,
                name,
                unnamed: description.unnamed,
                room,
                online: true,
                heard_at: None,
                description: (*description).clone(),
            },
            cells,
            rhythm: Rhythm::default(),
            adapter_up: self.world.adapter_up(&description.adapter),
            dismissed_until: 0,
            description,
        };
        let text = format!("{} is new", entry.device.name);
        let asked = entry.gettable();
        let mains = entry.description.power == Power::Mains;
        let is_group = !entry.description.members.is_empty();
        self.world.devices.insert(id.clone(), entry);
        self.give_back(&id);
        if is_group {
            self.world.regroup();
        }
        self.device_changed(&id);
        self.journal(JournalKind::Device, text).device(&id);
        if mains && !asked.is_empty() {
            self.out.push(Effect::Refresh { device: id.clone(), properties: asked });
        }
        self.claim_again(&id, "it is new");
    }

    fn described_again(&mut self, description: Arc<DeviceDescription>) {
        let Some(entry) = self.world.devices.get_mut(&description.id) else { return };
        if *entry.description == *description {
            return;
        }
        let names: BTreeSet<&PropertyName> = description.properties.iter().map(|p| &p.name).collect();
        let gone: Vec<_> = entry.cells.keys().filter(|name| !names.contains(name)).cloned().collect();
        for name in &gone {
            entry.cells.remove(name);
        }
        for name in names {
            entry.cells.entry(name.clone()).or_default();
        }
        let regroups = entry.description.members != description.members;
        let before = entry.description.clone();
        // What the interview has just told of a newcomer: what it is at is not known yet.
        let is_new =
            |p: &&PropertyDescription| p.access.gettable && before.property(p.name.as_str()).is_none();
        let mains = description.power == Power::Mains;
        let asked: Vec<PropertyName> =
            description.properties.iter().filter(|p| mains && is_new(p)).map(|p| p.name.clone()).collect();
        entry.device.description = (*description).clone();
        entry.description = description;
        let id = entry.device.description.id.clone();
        for name in gone {
            let key = lares_model::PropertyKey { device: id.clone(), property: name };
            self.forget_property(&key);
        }
        if regroups {
            self.world.regroup();
        }
        self.call_anew(&id, &before);
        if !asked.is_empty() {
            self.out.push(Effect::Refresh { device: id.clone(), properties: asked });
        }
        self.device_changed(&id);
        self.touched.insert(id);
    }

    pub(crate) fn removed(&mut self, id: &DeviceId) {
        self.end_flights(id);
        let Some(entry) = self.world.devices.remove(id) else { return };
        match entry.dismissed_until > self.real.mono {
            true => self.forget_names(id),
            false => self.remember_left(&entry),
        }
        for property in entry.cells.into_keys() {
            self.forget_property(&lares_model::PropertyKey { device: id.clone(), property });
        }
        if !entry.description.members.is_empty() {
            self.world.regroup();
        }
        self.agenda.set(Due::Stale(id.clone()), None);
        self.dirty.insert(RowKey::Device(id.clone()));
        self.dirty.insert(RowKey::Heard(id.clone()));
        self.out.push(Effect::DeviceRemoved { device: id.clone() });
        self.journal(JournalKind::Device, format!("{} is gone", entry.device.name)).device(id);
    }

    /// Its value, its claims and its timers; what rules read of it is unknown from now on.
    fn forget_property(&mut self, key: &lares_model::PropertyKey) {
        self.dirty.insert(RowKey::State(key.clone()));
        self.dirty.insert(RowKey::Claims(key.clone()));
        self.agenda.set(Due::Claim(key.clone()), None);
        self.agenda.set(Due::Retry(key.clone()), None);
        self.world.rings.clear(key);
        self.happenings.push_back(Happening::Availability { key: key.clone(), cause: Cause::default() });
    }

    pub(crate) fn listed(&mut self, adapter: AdapterId, devices: &[DeviceId]) {
        let named: BTreeSet<&DeviceId> = devices.iter().collect();
        let of_it = |entry: &&Entry| entry.description.adapter == adapter;
        let gone: Vec<DeviceId> = (self.world.devices.values().filter(of_it))
            .map(|entry| entry.description.id.clone())
            .filter(|id| !named.contains(id))
            .collect();
        for id in gone {
            self.removed(&id);
        }
        self.world.adapters.entry(adapter.clone()).or_default();
        if self.world.listed.insert(adapter) {
            self.out.push(Effect::HomeChanged);
        }
    }

    pub(crate) fn availability(&mut self, id: &DeviceId, online: bool) {
        let Some(entry) = self.world.devices.get_mut(id) else { return };
        if entry.device.online == online {
            return;
        }
        let before = entry.reachable();
        entry.device.online = online;
        let text = format!("{} {}", entry.device.name, if online { "is back" } else { "does not answer" });
        let after = entry.reachable();
        self.device_changed(id);
        self.journal(JournalKind::Device, text).device(id);
        if before != after {
            self.reach_changed(id);
        }
    }

    /// The device came back, or does not answer any more: its values are known or unknown to rules.
    fn reach_changed(&mut self, id: &DeviceId) {
        let Some(entry) = self.world.devices.get_mut(id) else { return };
        let back = entry.reachable();
        let asked = if back { entry.gettable() } else { Vec::new() };
        let cause = Cause::new(CauseLink::Restored {
            what: format!("{} {}", entry.device.name, if back { "came back" } else { "does not answer" }),
        });
        let seen: Vec<PropertyName> = (entry.cells.iter())
            .filter(|(_, cell)| cell.state.reported_mono.is_some())
            .map(|(name, _)| name.clone())
            .collect();
        for property in seen {
            let key = lares_model::PropertyKey { device: id.clone(), property: property.clone() };
            self.out.push(Effect::PropertyTouched { device: id.clone(), property });
            self.happenings.push_back(Happening::Availability { key, cause: cause.clone() });
        }
        if back {
            if !asked.is_empty() {
                self.out.push(Effect::Refresh { device: id.clone(), properties: asked });
            }
            self.claim_again(id, "it came back");
        }
    }

    /// The device is back, new or paired again: its next reports are nobody's hand, and what is claimed is told again.
    pub(crate) fn claim_again(&mut self, id: &DeviceId, what: &str) {
        let until = self.real.mono + FIRST_REPORT_MS;
        let Some(entry) = self.world.devices.get_mut(id) else { return };
        let link = CauseLink::Restored { what: format!("{}: {what}", entry.device.name) };
        for cell in entry.cells.values_mut() {
            cell.first_until = until;
            for claim in &mut cell.claims {
                if claim.status == Status::Failed {
                    claim.status = Status::Fresh;
                    claim.tries = 0;
                    claim.applied_again(link.clone());
                }
            }
        }
        self.touched.insert(id.clone());
        self.replace_level_claims_on(id, &link);
    }

    pub(crate) fn pairing(&mut self, adapter: &AdapterId, notice: PairingNotice) {
        if matches!(notice.step, PairingStep::Joined | PairingStep::InterviewSuccessful) {
            self.claim_again(&notice.device.clone(), "it joined again");
        }
        let at = self.real.utc;
        let list = &mut self.world.adapters.entry(adapter.clone()).or_default().pairing;
        // News of a device already in the list replaces the former, so that each stands once.
        list.retain(|pairing| pairing.notice.device != notice.device);
        if list.len() == PAIRING_MAX {
            list.remove(0);
        }
        list.push(Pairing { notice, at });
        self.out.push(Effect::AdapterChanged { adapter: adapter.clone() });
    }

    pub(crate) fn adapter_says(&mut self, adapter: &AdapterId, status: &AdapterStatus) {
        let reading = self.world.adapters.entry(adapter.clone()).or_default();
        if reading.status == *status {
            return;
        }
        let before = std::mem::replace(&mut reading.status, status.clone());
        self.out.push(Effect::AdapterChanged { adapter: adapter.clone() });
        if before.state != status.state {
            let words = match status.state {
                AdapterState::Connecting => "is connecting",
                AdapterState::Waiting => "waits for the other end",
                AdapterState::Online => "is online",
                AdapterState::Offline => "is gone",
            };
            let detail =
                if status.detail.is_empty() { String::new() } else { format!(": {}", status.detail) };
            self.journal(JournalKind::Adapter, format!("{adapter} {words}{detail}"));
        }
        let up = self.world.adapter_up(adapter);
        let mut turned = Vec::new();
        for (id, entry) in &mut self.world.devices {
            if entry.description.adapter == *adapter && entry.adapter_up != up {
                let before = entry.reachable();
                entry.adapter_up = up;
                if before != entry.reachable() {
                    turned.push(id.clone());
                }
            }
        }
        if status.state == AdapterState::Online && before.state != AdapterState::Online {
            self.claim_failed_again(adapter);
        }
        for id in turned {
            self.reach_changed(&id);
        }
    }

    /// The way to an adapter's devices works: what failed for want of it is told again.
    fn claim_failed_again(&mut self, adapter: &AdapterId) {
        let failed = |entry: &Entry| {
            entry.cells.values().any(|cell| cell.claims.iter().any(|claim| claim.status == Status::Failed))
        };
        let of_adapter = self.world.devices.iter().filter(|(_, entry)| entry.description.adapter == *adapter);
        let ids: Vec<DeviceId> =
            of_adapter.filter(|(_, entry)| failed(entry)).map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.claim_again(&id, "the way to it works again");
        }
    }

    pub(crate) fn bad_input(&mut self, adapter: &AdapterId, device: Option<&DeviceId>, text: &str) {
        let entry = self.journal(JournalKind::BadInput, format!("{adapter}: {text}"));
        if let Some(device) = device {
            entry.device(device);
        }
    }

    pub(crate) fn device_changed(&mut self, id: &DeviceId) {
        self.dirty.insert(RowKey::Device(id.clone()));
        self.out.push(Effect::DeviceChanged { device: id.clone() });
    }

    /// The room of this name, made if it is not there.
    fn suggested_room(&mut self, name: &str) -> Option<RoomId> {
        let name = name.trim();
        if name.is_empty() {
            return None;
        }
        if let Some(room) = self.world.rooms.iter().find(|room| room.name == name) {
            return Some(room.id.clone());
        }
        let id = RoomId::from(slugify(name));
        if !self.world.rooms.iter().any(|room| room.id == id) {
            self.world.rooms.push(Room { id: id.clone(), name: name.to_owned(), labels: Vec::new() });
            self.dirty.insert(RowKey::Rooms);
            self.out.push(Effect::HomeChanged);
        }
        Some(id)
    }

    /// The device was silent for longer than its rhythm, if it still is.
    pub(crate) fn silent(&mut self, id: &DeviceId) {
        let now = self.now;
        let Some(entry) = self.world.devices.get_mut(id) else { return };
        let due = entry.rhythm.stale_at(entry.description.power);
        if due.is_some_and(|due| due > now.mono) {
            self.agenda.set(Due::Stale(id.clone()), due);
        } else if due.is_some() && !entry.rhythm.told {
            entry.rhythm.told = true;
            self.touch_seen(id);
        }
    }

    /// Tells subscribers that every reported property of the device looks different now.
    pub(crate) fn touch_seen(&mut self, id: &DeviceId) {
        let Some(entry) = self.world.devices.get(id) else { return };
        let seen = entry.cells.iter().filter(|(_, cell)| cell.state.reported_mono.is_some());
        let touched =
            seen.map(|(name, _)| Effect::PropertyTouched { device: id.clone(), property: name.clone() });
        self.out.extend(touched);
    }
}

impl World {
    /// True once every adapter that works has told its devices.
    pub(crate) fn all_listed(&self) -> bool {
        let works = |(_, reading): &(&AdapterId, &crate::AdapterReading)| {
            reading.status.state == AdapterState::Online
        };
        !self.listed.is_empty()
            && self.adapters.iter().filter(works).all(|(adapter, _)| self.listed.contains(adapter))
    }
}

impl Entry {
    /// What the device can be asked for.
    pub(crate) fn gettable(&self) -> Vec<PropertyName> {
        self.description.properties.iter().filter(|p| p.access.gettable).map(|p| p.name.clone()).collect()
    }
}
