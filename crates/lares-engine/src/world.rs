//! The world that rules see: devices, rooms, place and time. Rules read it; only reports and people change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;
use lares_model::{
    AdapterId, AdapterState, Device, DeviceDescription, DeviceId, DeviceKind, Freshness, HomeConfig, Moment,
    PropertyDescription, PropertyKey, PropertyName, Room, Value,
};

use crate::cell::{Cell, Claim};
use crate::freshness::Rhythm;
use crate::left::Left;
use crate::reading::AdapterReading;
use crate::ring::Rings;
use crate::sun::SunTable;

/// Everything outside of the rules.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: HomeConfig,
    pub(crate) zone: Tz,
    pub(crate) rooms: Vec<Room>,
    pub(crate) devices: BTreeMap<DeviceId, Entry>,
    /// Slugs in use and slugs of before a rename, which redirect.
    pub(crate) slugs: BTreeMap<String, DeviceId>,
    /// What each device is called now, or was when it left.
    pub(crate) slug_of: BTreeMap<DeviceId, String>,
    /// The groups that each device is a member of.
    pub(crate) groups_of: BTreeMap<DeviceId, Vec<DeviceId>>,
    pub(crate) adapters: BTreeMap<AdapterId, AdapterReading>,
    /// Adapters that have told all their devices since the start.
    pub(crate) listed: BTreeSet<AdapterId>,
    pub(crate) rings: Rings,
    /// Properties of which history is asked at the moment.
    pub(crate) recalls: BTreeSet<PropertyKey>,
    /// What people gave devices that left.
    pub(crate) left: BTreeMap<DeviceId, Left>,
    pub(crate) sun: SunTable,
}

/// A device with its properties.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) device: Device,
    /// The same description, shared with catalogs.
    pub(crate) description: Arc<DeviceDescription>,
    pub(crate) cells: BTreeMap<PropertyName, Cell>,
    pub(crate) rhythm: Rhythm,
    /// False while its adapter is gone.
    pub(crate) adapter_up: bool,
    /// Until when (home time) a person waits for it to go for good.
    pub(crate) dismissed_until: u64,
}

impl Entry {
    /// True if it is believed to answer.
    pub(crate) fn reachable(&self) -> bool {
        self.device.online && self.adapter_up
    }

    /// The states of a light that is claimed off, where somebody now asks for a brightness: they mean it to be on.
    pub(crate) fn woken_by(
        &self,
        values: &BTreeMap<PropertyName, Value>,
        gives_way: impl Fn(&Claim) -> bool,
    ) -> Vec<PropertyName> {
        if self.description.kind != DeviceKind::Light {
            return Vec::new();
        }
        let is_lit = |name: &PropertyName, value: &Value| {
            let property = self.property(name).filter(|property| property.base.as_str() == "brightness");
            property.filter(|_| value.as_number().is_some_and(|number| number > 0.0))
        };
        let lit = values.iter().filter_map(|(name, value)| is_lit(name, value));
        let state = |lit: &PropertyDescription| {
            let properties = &self.description.properties;
            properties.iter().find(|p| p.base.as_str() == "state" && p.endpoint == lit.endpoint)
        };
        let is_off = |state: &&PropertyDescription| {
            let claim = self.cells.get(&state.name).and_then(Cell::effective);
            !values.contains_key(&state.name)
                && claim.is_some_and(|claim| claim.value.as_bool() == Some(false) && gives_way(claim))
        };
        lit.filter_map(state).filter(is_off).map(|state| state.name.clone()).collect()
    }

    /// How its property is described.
    pub(crate) fn property(&self, name: &PropertyName) -> Option<&PropertyDescription> {
        self.description.property(name.as_str())
    }

    /// How far a property can be trusted.
    pub(crate) fn freshness(&self, cell: &Cell, now: Moment) -> Freshness {
        match cell.state.reported_mono {
            None => Freshness::NeverSeen,
            Some(_) if !self.reachable() => Freshness::Offline,
            Some(_) if self.rhythm.is_stale(self.description.power, now) => Freshness::Stale,
            Some(_) => Freshness::Known,
        }
    }
}

/// Why a value cannot be told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unknown {
    /// The device does not answer.
    Offline(PropertyKey),
    /// It was never reported, or the device is not there.
    NeverSeen(PropertyKey),
    /// The device says that it does not know.
    NotSaid(PropertyKey),
    /// Something else, in words.
    Other(String),
}

impl World {
    pub(crate) fn new(config: HomeConfig) -> Self {
        let zone = config.time_zone.parse().unwrap_or(Tz::UTC);
        Self {
            sun: SunTable::default(),
            config,
            zone,
            rooms: Vec::new(),
            devices: BTreeMap::new(),
            slugs: BTreeMap::new(),
            slug_of: BTreeMap::new(),
            groups_of: BTreeMap::new(),
            adapters: BTreeMap::new(),
            listed: BTreeSet::new(),
            rings: Rings::default(),
            recalls: BTreeSet::new(),
            left: BTreeMap::new(),
        }
    }

    pub(crate) fn cell(&self, key: &PropertyKey) -> Option<&Cell> {
        self.devices.get(&key.device)?.cells.get(&key.property)
    }

    pub(crate) fn cell_mut(&mut self, key: &PropertyKey) -> Option<&mut Cell> {
        self.devices.get_mut(&key.device)?.cells.get_mut(&key.property)
    }

    /// The believed value, as rules may use it.
    pub(crate) fn value(&self, key: &PropertyKey) -> Result<&Value, Unknown> {
        let never = || Unknown::NeverSeen(key.clone());
        let entry = self.devices.get(&key.device).ok_or_else(never)?;
        let cell = entry.cells.get(&key.property).ok_or_else(never)?;
        if cell.state.reported_mono.is_none() {
            return Err(never());
        }
        if !entry.reachable() {
            return Err(Unknown::Offline(key.clone()));
        }
        cell.state.value.as_ref().ok_or_else(|| Unknown::NotSaid(key.clone()))
    }

    /// Looks anew who is in which group.
    pub(crate) fn regroup(&mut self) {
        self.groups_of.clear();
        for (group, entry) in &self.devices {
            for member in &entry.description.members {
                self.groups_of.entry(member.clone()).or_default().push(group.clone());
            }
        }
    }

    /// The devices whose commands reach this one too, or change what it says: a member's groups; a group's members, and
    /// their groups.
    pub(crate) fn relatives(&self, id: &DeviceId) -> Vec<&Entry> {
        let members = self.devices.get(id).map_or(&[][..], |entry| &entry.description.members);
        let groups = members.iter().chain([id]).filter_map(|member| self.groups_of.get(member)).flatten();
        groups.chain(members).filter_map(|relative| self.devices.get(relative)).collect()
    }

    /// How far a report of the property may be from a wish and still fulfil it.
    pub(crate) fn tolerance(&self, key: &PropertyKey) -> f64 {
        let property = self.devices.get(&key.device).and_then(|entry| entry.property(&key.property));
        property.map_or(0.0, PropertyDescription::tolerance)
    }

    /// The name without the endpoint: `state` of `state_left`.
    pub(crate) fn base_name(&self, key: &PropertyKey) -> Option<&PropertyName> {
        Some(&self.devices.get(&key.device)?.property(&key.property)?.base)
    }

    pub(crate) fn kind(&self, device: &DeviceId) -> DeviceKind {
        self.devices.get(device).map_or(DeviceKind::Other, |entry| entry.description.kind)
    }

    /// `hall_light.state`, as files write it.
    pub(crate) fn words(&self, key: &PropertyKey) -> String {
        match self.devices.get(&key.device) {
            Some(entry) => format!("{}.{}", entry.device.slug, key.property),
            None => format!("{}.{}", key.device, key.property),
        }
    }

    /// "Hall light state", as people say it.
    pub(crate) fn spoken(&self, key: &PropertyKey) -> String {
        let property = key.property.as_str().replace('_', " ");
        match self.devices.get(&key.device) {
            Some(entry) => format!("{} {property}", entry.device.name),
            None => format!("{} {property}", key.device),
        }
    }

    /// A value with its unit.
    pub(crate) fn value_words(&self, key: &PropertyKey, value: &Value) -> String {
        let unit =
            self.devices.get(&key.device).and_then(|entry| entry.property(&key.property)?.unit.as_ref());
        match unit {
            Some(unit) if matches!(value, Value::Number(_)) => format!("{value} {unit}"),
            _ => value.to_string(),
        }
    }

    pub(crate) fn name(&self, device: &DeviceId) -> String {
        self.devices.get(device).map_or_else(|| device.to_string(), |entry| entry.device.name.clone())
    }

    pub(crate) fn unknown_words(&self, unknown: &Unknown) -> String {
        match unknown {
            Unknown::Offline(key) => format!("{} is unknown (offline)", self.words(key)),
            Unknown::NeverSeen(key) => format!("{} is unknown (never seen)", self.words(key)),
            Unknown::NotSaid(key) => format!("{} is unknown (the device does not know it)", self.words(key)),
            Unknown::Other(text) => text.clone(),
        }
    }

    /// True if the device and the whole way to it are believed to work at this moment.
    pub(crate) fn within_reach(&self, device: &DeviceId) -> bool {
        self.devices.get(device).is_some_and(|entry| {
            let status = self.adapters.get(&entry.description.adapter).map(|reading| reading.status.state);
            entry.reachable() && status.is_none_or(|state| state == AdapterState::Online)
        })
    }

    pub(crate) fn adapter_up(&self, adapter: &AdapterId) -> bool {
        self.adapters.get(adapter).is_none_or(|reading| reading.status.state != AdapterState::Offline)
    }
}
