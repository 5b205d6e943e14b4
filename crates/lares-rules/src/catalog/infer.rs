//! A home guessed from rule files alone, for running their tests where no home is given: every device and property that
//! they name, typed by the vocabulary, else by the form of the values that tests report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lares_model::{
    Access, DeviceDescription, DeviceId, DeviceKind, Location, Power, PropertyDescription, Room, RoomId,
    Unit, ValueType, canonical,
};

use super::{CatalogDevice, HomeCatalog, bare_device, bare_property};
use crate::load::SourceFile;
use crate::parse::ast::Number;
use crate::parse::expression;
use crate::parse::lexer::{self, Token};
use crate::parse::node::{Node, NodeKind};
use crate::parse::sink::Sink;
use crate::parse::source::Source;
use crate::parse::yaml;

/// Greenwich: where a guessed home stands, so that sun rules can be tested.
const PLACE: Location = Location { latitude: 51.48, longitude: 0.0 };

/// What is known of a property so far.
#[derive(Default)]
struct Guess {
    words: BTreeSet<String>,
    truth: bool,
    on_off: bool,
    number: Option<Option<Unit>>,
    written: bool,
    event: bool,
}

#[derive(Default)]
struct Guesses {
    properties: BTreeMap<(String, String), Guess>,
    rooms: BTreeMap<String, BTreeSet<String>>,
}

/// Guesses a home from what rule files name. Never fails: what cannot be read is passed over.
pub fn infer(files: &[SourceFile]) -> HomeCatalog {
    let mut guesses = Guesses::default();
    for file in files {
        let source = Source::new(&file.name, &file.text);
        let mut sink = Sink::new(&source);
        if let Some(root) = yaml::parse(&file.text, &source, &mut sink) {
            guesses.walk(&root, "");
        }
    }
    guesses.catalog()
}

impl Guesses {
    /// Looks for names everywhere; `key` is the key above.
    fn walk(&mut self, node: &Node, key: &str) {
        match &node.kind {
            NodeKind::Scalar { text, .. } if key == "toggle" && !text.contains('.') => {
                self.properties.entry((text.trim().to_owned(), "state".to_owned())).or_default().written =
                    true;
            }
            NodeKind::Scalar { text, .. } => self.expression(text, key),
            NodeKind::List { items, .. } => items.iter().for_each(|item| self.walk(item, key)),
            NodeKind::Map { entries, .. } => {
                for (name, value) in entries {
                    let Some(name) = name.text() else { continue };
                    match name {
                        "rooms" if key == "given" => self.rooms_given(value),
                        "name" | "text" | "log" | "id" | "clock" | "cron" => {}
                        _ if ["given", "report", "expect", "set", "hold", "release"].contains(&key) => {
                            self.entry(name, value, key);
                        }
                        _ => self.walk(value, name),
                    }
                }
            }
        }
    }

    fn rooms_given(&mut self, node: &Node) {
        for (room, devices) in node.map().unwrap_or_default() {
            let Some(room) = room.text() else { continue };
            let devices = devices.list().unwrap_or_default().iter().filter_map(Node::text).map(str::to_owned);
            self.rooms.entry(room.to_owned()).or_default().extend(devices);
        }
    }

    /// `device.property: value` or `device: { property: value }`.
    fn entry(&mut self, name: &str, value: &Node, key: &str) {
        let Ok(target) = expression::parse_target(name) else { return };
        self.places(target.places.iter().flatten().map(|place| place.text.as_str()));
        let path: Vec<&str> = target.path.iter().map(|name| name.text.as_str()).collect();
        match (path.as_slice(), value.map()) {
            ([device, property], _) => self.value(device, property, value, key),
            ([device], Some(entries)) if target.places.is_none() && !is_kind(device) => {
                for (property, value) in entries {
                    if let Some(property) = property.text() {
                        self.value(device, property, value, key);
                    }
                }
            }
            ([_], Some(entries)) => entries.iter().for_each(|(_, value)| self.walk(value, key)),
            _ => {}
        }
    }

    fn value(&mut self, device: &str, property: &str, node: &Node, key: &str) {
        let guess = self.properties.entry((device.to_owned(), property.to_owned())).or_default();
        guess.written |= ["set", "hold", "release"].contains(&key);
        let Some(text) = node.text() else { return };
        if let Some(rest) = text.trim_start().strip_prefix('=') {
            self.expression(rest, key);
            return;
        }
        match text.trim() {
            "true" | "false" => guess.truth = true,
            "on" | "off" => guess.on_off = true,
            text => match lexer::tokens(text).ok().as_deref() {
                Some([(Token::Number(number), _), (Token::End, _)]) => guess.number = Some(unit(number)),
                _ => {
                    guess.words.insert(text.to_owned());
                }
            },
        }
    }

    /// Paths and places in what may be an expression.
    fn expression(&mut self, text: &str, key: &str) {
        let Ok(tokens) = lexer::tokens(text.trim_start().trim_start_matches('=')) else { return };
        for (index, (token, _)) in tokens.iter().enumerate() {
            let Token::Word(word) = token else { continue };
            let next = |ahead: usize| tokens.get(index + ahead).map(|(token, _)| token);
            let after_dot = index > 0 && tokens[index - 1].0 == Token::Sign(".");
            match (next(1), next(2)) {
                (Some(Token::Sign(".")), Some(Token::Word(property)))
                    if !after_dot && word != "trigger" && word != "sun" =>
                {
                    let of = (word.clone(), property.clone());
                    self.properties.entry(of).or_default().event |= key == "event";
                }
                (Some(Token::Word(place)), _) if word == "in" => self.places([place.as_str()]),
                _ => {}
            }
        }
    }

    fn places<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for name in names {
            if !["sunrise", "sunset", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "max", "min"]
                .contains(&name)
            {
                self.rooms.entry(name.to_owned()).or_default();
            }
        }
    }

    fn catalog(self) -> HomeCatalog {
        let mut catalog = HomeCatalog {
            time_zone: "UTC".into(),
            location: Some(PLACE),
            complete: true,
            ..HomeCatalog::default()
        };
        let mut devices: BTreeMap<&str, Vec<PropertyDescription>> = BTreeMap::new();
        for ((device, property), guess) in &self.properties {
            devices.entry(device).or_default().extend(describe(property, guess));
        }
        for (slug, properties) in devices {
            let room = self.room_of(slug);
            let id = DeviceId::new(format!("test:{slug}"));
            let description = description(id.clone(), slug, properties);
            let device = CatalogDevice {
                slug: slug.into(),
                name: slug.into(),
                room,
                description: Arc::new(description),
            };
            catalog.devices.insert(id, device);
        }
        let mut rooms: BTreeSet<&str> = self.rooms.keys().map(String::as_str).collect();
        rooms.retain(|room| !catalog.devices.contains_key(format!("test:{room}").as_str()));
        catalog.rooms = rooms
            .into_iter()
            .map(|room| Room { id: RoomId::from(room), name: room.to_owned(), labels: Vec::new() })
            .collect();
        catalog
    }

    /// The room that a test gives a device, else the one whose name it begins with: `living_window` in `living_room`.
    fn room_of(&self, slug: &str) -> Option<RoomId> {
        let given = self.rooms.iter().find(|(_, devices)| devices.contains(slug));
        let named = || {
            self.rooms.iter().find(|(room, devices)| {
                let first = room.split('_').next().unwrap_or(room);
                devices.is_empty() && slug.split('_').next() == Some(first)
            })
        };
        given.or_else(named).map(|(room, _)| RoomId::from(room.as_str()))
    }
}

fn is_kind(word: &str) -> bool {
    crate::resolve::kind_of_plural(word).is_some()
}

fn unit(number: &Number) -> Option<Unit> {
    (!number.unit.is_empty()).then(|| Unit::clean(if number.unit == "m" { "min" } else { &number.unit }))
}

/// The description that fits what was seen; none if nothing says what it is.
fn describe(name: &str, guess: &Guess) -> Option<PropertyDescription> {
    let known = canonical(name);
    let words = || guess.words.iter().map(|word| Arc::from(word.as_str())).collect();
    let (value_type, unit) = match &known {
        Some(known) => (known.value_type.clone(), known.unit.clone()),
        None if guess.event => (ValueType::Event { values: Vec::new() }, None),
        None if guess.number.is_some() => {
            (ValueType::Number { min: None, max: None, step: None }, guess.number.clone().flatten())
        }
        None if guess.on_off && guess.words.is_empty() => (ValueType::Switch, None),
        None if guess.truth => (ValueType::Binary, None),
        None if !guess.words.is_empty() => (ValueType::Enum { values: words() }, None),
        // A word compared with it may be any.
        None => (ValueType::Enum { values: Vec::new() }, None),
    };
    let writable = known.as_ref().map_or(guess.written, |known| known.writable || guess.written);
    let label = known.as_ref().map_or(name, |known| known.label);
    let access = Access { readable: true, writable, gettable: false };
    Some(PropertyDescription { unit, ..bare_property(name, label, value_type, access) })
}

fn description(id: DeviceId, slug: &str, properties: Vec<PropertyDescription>) -> DeviceDescription {
    let has = |name: &str| properties.iter().any(|property| property.name.as_str() == name);
    let kind = if has("position") {
        DeviceKind::Cover
    } else if has("target_temperature") {
        DeviceKind::Thermostat
    } else if has("lock") {
        DeviceKind::Lock
    } else if has("brightness") || slug.contains("light") || slug.contains("lamp") {
        DeviceKind::Light
    } else if has("action") {
        DeviceKind::Button
    } else if slug.contains("valve") {
        DeviceKind::Valve
    } else if slug.contains("fan") {
        DeviceKind::Fan
    } else if has("state") {
        DeviceKind::Switch
    } else {
        DeviceKind::Sensor
    };
    DeviceDescription { power: Power::Mains, ..bare_device(id, "test", slug, kind, properties) }
}
