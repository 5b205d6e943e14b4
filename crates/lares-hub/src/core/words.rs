//! Names and causes in words, for people.

use std::collections::BTreeMap;

use lares_engine::Home;
use lares_model::{Cause, CauseLink, DeviceId};

/// The names of some devices, as they are now.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<DeviceId, (String, String)>);

impl Names {
    /// Of these devices; those that are gone keep their internal id.
    pub fn of(home: &Home, devices: impl IntoIterator<Item = DeviceId>) -> Self {
        let known = |id: DeviceId| {
            let device = home.device(&id)?;
            Some((id, (device.slug.clone(), device.name.clone())))
        };
        Self(devices.into_iter().filter_map(known).collect())
    }

    /// The slug, or the internal id of a device that is gone.
    pub fn slug(&self, id: &DeviceId) -> String {
        self.0.get(id).map_or_else(|| id.to_string(), |(slug, _)| slug.clone())
    }

    /// Each link as a short sentence, newest first.
    pub fn cause_in_words(&self, cause: &Cause) -> Vec<String> {
        let name = |id: &DeviceId| self.0.get(id).map_or_else(|| id.to_string(), |(_, name)| name.clone());
        cause.links().iter().map(|link| link_in_words(link, name)).collect()
    }
}

/// Each link as a short sentence, newest first.
pub fn cause_in_words(home: &Home, cause: &Cause) -> Vec<String> {
    let name = |id: &DeviceId| home.device(id).map_or_else(|| id.to_string(), |device| device.name.clone());
    cause.links().iter().map(|link| link_in_words(link, name)).collect()
}

fn link_in_words(link: &CauseLink, name: impl Fn(&DeviceId) -> String) -> String {
    match link {
        CauseLink::Report { device, property, value } => {
            format!("{} reported {} {value}", name(device), property.as_str().replace('_', " "))
        }
        CauseLink::Person { name } => format!("{name} asked for it"),
        CauseLink::Rule { name, because, .. } => format!("rule “{name}”, because {because}"),
        CauseLink::ClaimEnded { whose } => format!("{whose} ended"),
        CauseLink::Clock { what } | CauseLink::Restored { what } => what.clone(),
    }
}
