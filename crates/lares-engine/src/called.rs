//! What devices are called: names that people read, and slugs that rules and addresses use.
//!
//! A slug is made once, from the first name; only a person's rename here changes it, and the former one still leads
//! to the device. A device that nobody named yet is called by what it is, with a number where there are several.

use std::collections::BTreeSet;

use lares_model::{DeviceDescription, DeviceId, slugify, unique_slug};

use crate::durable::RowKey;
use crate::home::Home;
use crate::world::World;

impl Home {
    /// The device is called so from now on; what it was called before leads to it still.
    pub(crate) fn give_slug(&mut self, id: &DeviceId, slug: &str) {
        self.world.slugs.insert(slug.to_owned(), id.clone());
        let before = self.world.slug_of.insert(id.clone(), slug.to_owned());
        self.dirty.extend(before.into_iter().chain([slug.to_owned()]).map(RowKey::Slug));
    }

    /// Follows the name at the source, unless a person gave another one here. The slug stays, as rules may refer to it.
    pub(crate) fn call_anew(&mut self, id: &DeviceId, before: &DeviceDescription) {
        let Some(entry) = self.world.devices.get(id) else { return };
        let now = entry.description.clone();
        let follows = entry.device.unnamed || (entry.device.name == before.name && !before.unnamed);
        let is_same = now.unnamed == before.unnamed && now.name == before.name;
        if !follows || is_same {
            return;
        }
        // Before its interview it had nothing that a rule could refer to, and people could not tell it from others.
        let was_nothing = entry.device.unnamed && before.properties.is_empty();
        if now.unnamed && entry.device.unnamed && !was_nothing {
            return;
        }
        if now.unnamed && was_nothing {
            self.withdraw_slug(id);
        }
        let (slug, name) = self.world.called(&now);
        self.give_slug(id, &slug);
        if let Some(entry) = self.world.devices.get_mut(id) {
            entry.device.name = name;
            entry.device.slug = slug;
            entry.device.unnamed = now.unnamed;
        }
    }

    /// Takes the slug back from a device that is known by nothing else yet.
    fn withdraw_slug(&mut self, id: &DeviceId) {
        if let Some(slug) = self.world.slug_of.remove(id) {
            self.world.slugs.remove(&slug);
            self.dirty.insert(RowKey::Slug(slug));
        }
    }
}

impl World {
    /// The slug and the name of a device: the slug that it had before, if it had one.
    pub(crate) fn called(&self, description: &DeviceDescription) -> (String, String) {
        let slug = match self.slug_of.get(&description.id) {
            Some(slug) => slug.clone(),
            None => unique_slug(&description.name, |slug| self.slugs.contains_key(slug)),
        };
        let name = match description.unnamed {
            true => self.numbered(&description.id, &description.name, &slug),
            false => description.name.clone(),
        };
        (slug, name)
    }

    /// "IKEA bulb 2" for the slug `ikea_bulb_2`; for a slug of other making the first such name that is free.
    fn numbered(&self, id: &DeviceId, name: &str, slug: &str) -> String {
        let rest = slug.strip_prefix(&slugify(name));
        let number = rest.and_then(|rest| rest.strip_prefix('_')).and_then(|rest| rest.parse::<u64>().ok());
        match (rest, number) {
            (Some(""), _) => return name.to_owned(),
            (_, Some(number)) => return format!("{name} {number}"),
            _ => {}
        }
        let others = self.devices.iter().filter(|(other, _)| *other != id);
        let taken: BTreeSet<&str> = others.map(|(_, entry)| entry.device.name.as_str()).collect();
        let mut free = (2_u64..).map(|number| format!("{name} {number}"));
        let first = Some(name.to_owned()).filter(|name| !taken.contains(name.as_str()));
        first.or_else(|| free.find(|name| !taken.contains(name.as_str()))).unwrap_or_default()
    }
}
