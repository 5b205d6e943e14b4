//! Where the stream takes its views from: the home as it stands at a flush.

use lares_model::{AdapterId, DeviceId, PropertyKey, RuleId};

use super::home_loop::HomeLoop;
use super::updates::ViewSource;
use super::views::{adapter_view, device_view, room_view, rule_view, state_view};
use crate::api::update::{ChangeUpdate, Snapshot};
use crate::api::view::{AdapterView, DeviceView, HomeView, LocationView, RoomView, RuleView};
use crate::clock::rfc3339;

impl HomeLoop {
    pub(super) fn home_view(&self) -> HomeView {
        let config = self.home.config();
        HomeView {
            name: config.name.clone(),
            time_zone: config.time_zone.clone(),
            location: config
                .location
                .map(|place| LocationView { latitude: place.latitude, longitude: place.longitude }),
            demo: self.known.contains(lares_twin::ADAPTER),
            version: env!("CARGO_PKG_VERSION").into(),
            automations: self.automations.clone(),
            troubles: self.troubles.values().cloned().collect(),
        }
    }

    pub(super) fn device_views(&self) -> Vec<DeviceView> {
        self.home.devices().map(|device| device_view(&self.home, device)).collect()
    }

    pub(super) fn rule_views(&self) -> Vec<RuleView> {
        self.home.rules().map(|(id, entry, reading)| rule_view(&self.home, id, entry, &reading)).collect()
    }

    fn room_views(&self) -> Vec<RoomView> {
        self.home.rooms().iter().map(room_view).collect()
    }

    fn adapter_views(&self) -> Vec<AdapterView> {
        let shown = self.home.adapters().filter(|(id, _)| self.known.contains(*id));
        shown.map(|(id, reading)| adapter_view(&self.home, id, reading)).collect()
    }
}

impl ViewSource for HomeLoop {
    fn snapshot(&self, seq: u64) -> Snapshot {
        Snapshot {
            seq,
            now: rfc3339(self.clock.now().utc),
            home: self.home_view(),
            rooms: self.room_views(),
            devices: self.device_views(),
            rules: self.rule_views(),
            diagnostics: self.diagnostics.clone(),
            adapters: self.adapter_views(),
            notices: self.notices.iter().cloned().collect(),
        }
    }

    fn home(&self) -> ChangeUpdate {
        ChangeUpdate::Home { home: self.home_view() }
    }

    fn rooms(&self) -> ChangeUpdate {
        ChangeUpdate::Rooms { rooms: self.room_views() }
    }

    fn rules(&self) -> ChangeUpdate {
        ChangeUpdate::Rules { rules: self.rule_views(), diagnostics: self.diagnostics.clone() }
    }

    fn device(&self, id: &DeviceId) -> Option<ChangeUpdate> {
        let device = self.home.device(id)?;
        Some(ChangeUpdate::Device { device: Box::new(device_view(&self.home, device)) })
    }

    fn property(&self, key: &PropertyKey) -> ChangeUpdate {
        ChangeUpdate::Property {
            key: key.device.to_string(),
            property: key.property.to_string(),
            state: state_view(&self.home, key),
        }
    }

    fn rule(&self, id: &RuleId) -> Option<ChangeUpdate> {
        let (entry, reading) = self.home.rule(id)?;
        Some(ChangeUpdate::Rule { rule: rule_view(&self.home, id, entry, &reading) })
    }

    fn adapter(&self, id: &AdapterId) -> ChangeUpdate {
        match self.home.adapters().find(|(known, _)| *known == id && self.known.contains(id)) {
            Some((id, reading)) => ChangeUpdate::Adapter { adapter: adapter_view(&self.home, id, reading) },
            None => ChangeUpdate::AdapterRemoved { id: id.to_string() },
        }
    }
}
