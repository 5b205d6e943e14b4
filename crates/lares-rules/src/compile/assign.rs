//! What `set`, `hold` and `release` name, and the values for it: a device, a property, or a selector.

use std::collections::BTreeMap;

use lares_model::{DeviceKind, PropertyDescription, PropertyKey};

use super::Compiler;
use crate::check::{Surroundings, assigned};
use crate::diagnostic::{Code, Severity};
use crate::parse::ast::Name;
use crate::parse::expression::{self, Target};
use crate::parse::node::Node;
use crate::parse::sink::Issue;
use crate::program::Assignment;
use crate::resolve::{Found, kind_of_plural};
use crate::suggest;

/// What was gathered so far.
#[derive(Default)]
struct Gathered {
    by_key: BTreeMap<PropertyKey, (Assignment, bool)>,
}

impl<'c> Compiler<'_, '_, 'c> {
    /// The assignments of a mapping. A device named directly beats a selector; otherwise nothing may stand twice.
    pub(crate) fn assignments(&mut self, node: &Node, around: Surroundings) -> Vec<Assignment> {
        let Some(entries) = node.map() else {
            let message = format!("expected devices and their values, found {}", node.in_words());
            self.wrong(Code::WrongType, node, message, "such as { hall_light: { state: on } }");
            return Vec::new();
        };
        if entries.is_empty() {
            self.sink.error(Code::MissingKey, node.place, "nothing is named here");
        }
        let mut gathered = Gathered::default();
        for (key, value) in entries {
            let Some(text) = key.text() else { continue };
            match expression::parse_target(text) {
                Ok(target) => self.target(key, value, &target, around, &mut gathered),
                Err(issue) => self.sink.add_inside(key, 0, issue),
            }
        }
        gathered.by_key.into_values().map(|(assignment, _)| assignment).collect()
    }

    fn target(
        &mut self,
        key: &Node,
        value: &Node,
        target: &Target,
        around: Surroundings,
        into: &mut Gathered,
    ) {
        let first = &target.path[0];
        match (target.path.as_slice(), &target.places) {
            ([device, property], None) => {
                let Some(found) = self.device(key, device) else { return };
                if let Some(property) = self.writable(key, found, property) {
                    self.put(key, value, found, property, around, true, into);
                }
            }
            ([device], None) if self.names.slug(&device.text).is_some() => {
                let Some(found) = self.device(key, device) else { return };
                self.whole_device(value, found, around, into);
            }
            ([_], places) => {
                let area = match self.names.area(places.as_deref()) {
                    Ok(area) => area,
                    Err(issue) => return self.take(key, issue),
                };
                let kind = kind_of_plural(&first.text);
                if let Some(members) = self.names.members_by_property(&first.text, &area) {
                    let found: Vec<Found<'c>> = members.iter().map(|member| member.found).collect();
                    self.one_of_many(key, value, &found, &first.text, around, into);
                } else if let Some(kind) = kind {
                    let devices = self.names.devices_of(kind, &area);
                    self.kind(key, value, kind, &devices, around, into);
                } else if places.is_some() {
                    let issue = self.names.no_such_members(first);
                    self.take(key, issue);
                } else {
                    self.device(key, first);
                }
            }
            _ => self.not_yet(key, "a part of a property as a target"),
        }
    }

    /// Takes an issue in that is placed by the characters of a key.
    fn take(&mut self, key: &Node, issue: Issue) {
        self.waiting |= issue.severity == Severity::Warning;
        self.sink.add_inside(key, 0, issue);
    }

    pub(super) fn device(&mut self, key: &Node, name: &Name) -> Option<Found<'c>> {
        match self.names.device(name) {
            Ok(found) => Some(found),
            Err(issue) => {
                self.take(key, issue);
                None
            }
        }
    }

    pub(super) fn writable(
        &mut self,
        key: &Node,
        found: Found<'c>,
        name: &Name,
    ) -> Option<&'c PropertyDescription> {
        match self.names.property(found, name) {
            Ok(property) if property.access.writable && !property.value_type.is_event() => Some(property),
            Ok(property) => {
                let message = format!("{}.{} can only be read", found.device.slug, property.name);
                let all = found.device.description.properties.iter();
                let all: Vec<&str> = all.filter(|p| p.access.writable).map(|p| p.name.as_str()).collect();
                let help = match all.as_slice() {
                    [] => "nothing of this device can be set".to_owned(),
                    all => format!("what can be set is {}", all.join(", ")),
                };
                self.take(key, Issue::error(Code::ReadOnly, name.place, message).help(help));
                None
            }
            Err(issue) => {
                self.take(key, issue);
                None
            }
        }
    }

    fn whole_device(&mut self, value: &Node, found: Found<'c>, around: Surroundings, into: &mut Gathered) {
        for (key, value) in self.properties(value, &found.device.slug) {
            let Some(name) = name_of(key) else { continue };
            if let Some(property) = self.writable(key, found, &name) {
                self.put(key, value, found, property, around, true, into);
            }
        }
    }

    fn properties<'n>(&mut self, value: &'n Node, what: &str) -> &'n [(Node, Node)] {
        match value.map() {
            Some([]) | None => {
                let shown = suggest::shorten(value.text().unwrap_or("…"));
                let help = format!("{what}: {{ state: {} }}", if shown.is_empty() { "on" } else { &shown });
                let message = format!("expected properties and their values, found {}", value.in_words());
                self.wrong(Code::WrongType, value, message, &format!("such as {help}"));
                &[]
            }
            Some(entries) => entries,
        }
    }

    fn kind(
        &mut self,
        key: &Node,
        value: &Node,
        kind: DeviceKind,
        devices: &[Found<'c>],
        around: Surroundings,
        into: &mut Gathered,
    ) {
        if devices.is_empty() {
            let message = format!("there are no {} here now", kind.plural());
            self.sink.add(Issue::warning(Code::EmptySelector, key.place, message));
            return;
        }
        for (property, value) in self.properties(value, kind.plural()) {
            let name = property.text().unwrap_or_default();
            self.one_of_many(property, value, devices, name, around, into);
        }
    }

    /// One property of several devices; those that do not have it are passed over.
    fn one_of_many(
        &mut self,
        key: &Node,
        value: &Node,
        devices: &[Found<'c>],
        base: &str,
        around: Surroundings,
        into: &mut Gathered,
    ) {
        if devices.is_empty() {
            let message = format!("no device matches \"{}\" here now", suggest::shorten(base));
            self.sink.add(Issue::warning(Code::EmptySelector, key.place, message));
            return;
        }
        let (mut readable, mut any) = (false, false);
        for found in devices {
            let all = found.device.description.properties.iter();
            for property in all.filter(|property| property.base.as_str() == base) {
                readable = true;
                if property.access.writable && !property.value_type.is_event() {
                    any = true;
                    self.put(key, value, *found, property, around, false, into);
                }
            }
        }
        if any {
            return;
        }
        let base = suggest::shorten(base);
        if readable {
            self.sink.error(Code::ReadOnly, key.place, format!("\"{base}\" can only be read"));
        } else {
            let names: std::collections::BTreeSet<&str> = devices
                .iter()
                .flat_map(|found| found.device.description.properties.iter())
                .filter(|property| property.access.writable)
                .map(|property| property.base.as_str())
                .collect();
            let message = format!("none of them has \"{base}\"");
            let help = suggest::help(&base, names);
            self.sink.add(Issue::error(Code::NothingMatches, key.place, message).help(help));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what, where, and with what all belong to one assignment")]
    fn put(
        &mut self,
        key: &Node,
        value: &Node,
        found: Found<'c>,
        property: &'c PropertyDescription,
        around: Surroundings,
        direct: bool,
        into: &mut Gathered,
    ) {
        let mut waiting = false;
        let expr = assigned(value, property, self.names, around, self.sink, &mut waiting);
        self.waiting |= waiting;
        let Some(value) = expr else { return };
        let property = PropertyKey { device: found.id.clone(), property: property.name.clone() };
        match into.by_key.get(&property) {
            Some((_, true)) if !direct => return,
            Some((_, before)) if *before == direct => {
                let message = format!("{}.{} is given two values", found.device.slug, property.property);
                self.sink.error(Code::AssignedTwice, key.place, message);
                return;
            }
            _ => {}
        }
        into.by_key.insert(property.clone(), (Assignment { key: property, value }, direct));
    }
}

/// The key of a mapping as a name inside itself.
pub(super) fn name_of(key: &Node) -> Option<Name> {
    let text = key.text()?.to_owned();
    let place = crate::parse::source::Place::new(0, text.chars().count());
    Some(Name { text, place })
}
