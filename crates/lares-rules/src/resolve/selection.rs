//! Selectors to their members: `open in living_room`, `lights`, `position in [bedroom, office]`.

use std::collections::BTreeSet;

use lares_model::{DeviceId, DeviceKind, PropertyDescription, PropertyKey, RoomId};

use super::names::{Found, Names};
use crate::diagnostic::Code;
use crate::parse::ast::Name;
use crate::parse::sink::Issue;
use crate::suggest;

/// One property that a selector matches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'c> {
    pub(crate) found: Found<'c>,
    pub(crate) property: &'c PropertyDescription,
}

impl Member<'_> {
    pub(crate) fn key(&self) -> PropertyKey {
        PropertyKey { device: self.found.id.clone(), property: self.property.name.clone() }
    }
}

/// Where a selector looks.
#[derive(Debug, Default)]
pub(crate) struct Area<'c> {
    everywhere: bool,
    rooms: BTreeSet<&'c RoomId>,
    devices: BTreeSet<&'c DeviceId>,
}

impl Area<'_> {
    pub(crate) fn has(&self, found: Found<'_>) -> bool {
        self.everywhere
            || self.devices.contains(found.id)
            || found.device.room.as_ref().is_some_and(|room| self.rooms.contains(room))
    }
}

impl<'c> Names<'c> {
    /// Rooms, labels and devices to look in.
    pub(crate) fn area(&self, places: Option<&[Name]>) -> Result<Area<'c>, Issue> {
        let Some(places) = places else { return Ok(Area { everywhere: true, ..Area::default() }) };
        let mut area = Area::default();
        for name in places {
            let before = area.rooms.len() + area.devices.len();
            let fits =
                |room: &&lares_model::Room| room.id.as_str() == name.text || room.labels.contains(&name.text);
            area.rooms.extend(self.catalog.rooms.iter().filter(fits).map(|room| &room.id));
            area.devices.extend(self.slug(&name.text).map(|found| found.id));
            let known = self.catalog.rooms.iter().any(|room| fits(&room)) || self.slug(&name.text).is_some();
            if before == area.rooms.len() + area.devices.len() && !known {
                return Err(self.no_place(name));
            }
        }
        Ok(area)
    }

    fn no_place(&self, name: &Name) -> Issue {
        let rooms = self.catalog.rooms.iter();
        let words: BTreeSet<&str> =
            rooms.flat_map(|room| room.labels.iter().map(String::as_str).chain([room.id.as_str()])).collect();
        let shown = suggest::shorten(&name.text);
        if self.may_come() {
            return Issue::warning(
                Code::UnknownRoom,
                name.place,
                format!("the room \"{shown}\" is not known yet"),
            )
            .help("the rule waits until all devices are listed");
        }
        Issue::error(Code::UnknownRoom, name.place, format!("there is no room or label \"{shown}\""))
            .help(suggest::help(&name.text, words))
    }

    /// The properties of this base name in an area.
    pub(crate) fn members_by_property(&self, base: &str, area: &Area<'c>) -> Option<Vec<Member<'c>>> {
        let all = self.by_base.get(base)?;
        let members = all.iter().filter(|(found, _)| area.has(*found));
        Some(members.map(|&(found, property)| Member { found, property }).collect())
    }

    /// The devices of a kind in an area.
    pub(crate) fn devices_of(&self, kind: DeviceKind, area: &Area<'c>) -> Vec<Found<'c>> {
        let all = self.catalog.devices.iter().map(|(id, device)| Found { id, device });
        all.filter(|found| found.device.description.kind == kind && area.has(*found)).collect()
    }

    /// What tells whether a device of a kind is on: the properties that a selector of the kind looks at.
    pub(crate) fn members_by_kind(&self, kind: DeviceKind, area: &Area<'c>) -> Vec<Member<'c>> {
        let base = match kind {
            DeviceKind::Lock => "lock",
            DeviceKind::Presence => "presence",
            DeviceKind::Cover => "position",
            _ => "state",
        };
        let devices = self.devices_of(kind, area).into_iter();
        devices
            .flat_map(|found| {
                let all = found.device.description.properties.iter();
                all.filter(|property| property.base.as_str() == base)
                    .map(move |property| Member { found, property })
            })
            .collect()
    }

    /// What there is no property or kind of.
    pub(crate) fn no_such_members(&self, what: &Name) -> Issue {
        let kinds = DeviceKind::ALL.into_iter().map(DeviceKind::plural);
        let canonical = lares_model::canonical_properties().map(|property| property.name);
        let mut words: Vec<&str> = kinds.chain(canonical).collect();
        words.extend(self.by_base.keys());
        words.sort_unstable();
        words.dedup();
        let shown = suggest::shorten(&what.text);
        Issue::error(Code::UnknownProperty, what.place, format!("there is no property or kind \"{shown}\""))
            .help(suggest::help(&what.text, words))
    }
}

/// The kind that a plural names: `lights`.
pub(crate) fn kind_of_plural(word: &str) -> Option<DeviceKind> {
    DeviceKind::ALL.into_iter().find(|kind| kind.plural() == word)
}
