//! The catalog, indexed by what files call things.

use std::collections::BTreeMap;

use lares_model::{DeviceId, PropertyDescription};

use crate::catalog::{CatalogDevice, HomeCatalog};
use crate::diagnostic::Code;
use crate::parse::ast::Name;
use crate::parse::sink::Issue;
use crate::parse::source::Place;
use crate::suggest;

/// A device by its slug.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'c> {
    pub(crate) id: &'c DeviceId,
    pub(crate) device: &'c CatalogDevice,
}

/// The names of a home.
#[derive(Debug)]
pub(crate) struct Names<'c> {
    pub(crate) catalog: &'c HomeCatalog,
    slugs: BTreeMap<&'c str, Found<'c>>,
    /// Properties by the name without endpoint, in the order of the devices' ids.
    pub(super) by_base: BTreeMap<&'c str, Vec<(Found<'c>, &'c PropertyDescription)>>,
}

impl<'c> Names<'c> {
    pub(crate) fn new(catalog: &'c HomeCatalog) -> Self {
        let mut names = Self { catalog, slugs: BTreeMap::new(), by_base: BTreeMap::new() };
        for (id, device) in &catalog.devices {
            let found = Found { id, device };
            names.slugs.insert(&device.slug, found);
            for property in &device.description.properties {
                names.by_base.entry(property.base.as_str()).or_default().push((found, property));
            }
        }
        names
    }

    /// A device by its slug.
    pub(crate) fn slug(&self, slug: &str) -> Option<Found<'c>> {
        self.slugs.get(slug).copied()
    }

    /// What to write for a slug in keys that survive a rename: the internal id.
    pub(crate) fn stable(&self, slug: &str) -> String {
        self.slug(slug).map_or_else(|| slug.to_owned(), |found| found.id.to_string())
    }

    /// True if an unknown name may yet be announced.
    pub(crate) fn may_come(&self) -> bool {
        !self.catalog.complete
    }

    /// A device, or why not.
    pub(crate) fn device(&self, name: &Name) -> Result<Found<'c>, Issue> {
        if let Some(found) = self.slug(&name.text) {
            return Ok(found);
        }
        let shown = suggest::shorten(&name.text);
        if self.may_come() {
            let message = format!("the device \"{shown}\" is not known yet");
            return Err(Issue::warning(Code::UnknownDevice, name.place, message)
                .help("the rule waits until all devices are listed"));
        }
        let help = suggest::help(&name.text, self.slugs.keys().copied());
        Err(Issue::error(Code::UnknownDevice, name.place, format!("there is no device \"{shown}\""))
            .help(help))
    }

    /// A device's property, or why not.
    pub(crate) fn property(&self, found: Found<'c>, name: &Name) -> Result<&'c PropertyDescription, Issue> {
        let device = found.device;
        if let Some(property) = device.description.property(&name.text) {
            return Ok(property);
        }
        let all = device.description.properties.iter().map(|property| property.name.as_str());
        let parts: Vec<&str> = device
            .description
            .properties
            .iter()
            .filter(|property| property.base.as_str() == name.text)
            .map(|property| property.name.as_str())
            .collect();
        let help = if parts.is_empty() {
            suggest::help(&name.text, all)
        } else {
            format!("it has several: {}", parts.join(", "))
        };
        let message = format!("\"{}\" has no property \"{}\"", device.slug, suggest::shorten(&name.text));
        Err(Issue::error(Code::UnknownProperty, name.place, message).help(help))
    }

    /// What is wrong with a word that stands alone where a value is needed.
    pub(crate) fn lonely(&self, word: &str, place: Place) -> Issue {
        let shown = suggest::shorten(word);
        if let Some(found) = self.slug(word) {
            let first = found.device.description.properties.first().map_or("state", |p| p.name.as_str());
            return Issue::error(Code::UnknownName, place, format!("\"{shown}\" is a device"))
                .help(format!("name its property: {shown}.{first}"));
        }
        if let Some(known) = self.by_base.get(word).and_then(|all| all.first()) {
            return Issue::error(
                Code::UnknownName,
                place,
                format!("\"{shown}\" is a property without its device"),
            )
            .help(format!("such as {}.{word}, or any({word})", known.0.device.slug));
        }
        let words = [
            "on", "off", "true", "false", "clock", "weekday", "date", "sunrise", "sunset", "mon", "tue",
            "wed", "thu", "fri", "sat", "sun",
        ];
        let help = suggest::nearest(word, words.into_iter().chain(self.slugs.keys().copied()))
            .map(|near| format!("did you mean \"{near}\"?"))
            .unwrap_or_default();
        Issue::error(Code::UnknownName, place, format!("\"{shown}\" means nothing here")).help(help)
    }
}
