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
            let property = property.as_str().replace('_', " ");
            // A list or an object says nothing in a sentence.
            match value.starts_with(['{', '[']) {
                true => format!("{} reported a new {property}", name(device)),
                false => format!("{} reported {property} {value}", name(device)),
            }
        }
        CauseLink::Person { name } => format!("{name} asked for it"),
        CauseLink::Rule { name, because, .. } => format!("rule “{name}”, because {because}"),
        CauseLink::ClaimEnded { whose } => format!("{whose} ended"),
        CauseLink::Clock { what } | CauseLink::Restored { what } => what.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_a_cause_is_named_and_not_spelled_out() {
        let report = |value: &str| {
            let link = CauseLink::Report {
                device: DeviceId::new("trv"),
                property: "schedule_workdays".into(),
                value: value.into(),
            };
            link_in_words(&link, |_| "Valve".to_owned())
        };
        assert_eq!(report("[{\"at\":\"06:00\"}]"), "Valve reported a new schedule workdays");
        assert_eq!(report("06:00/20"), "Valve reported schedule workdays 06:00/20");
    }
}
