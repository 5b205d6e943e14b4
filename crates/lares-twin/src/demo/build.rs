//! Writing descriptions as a table: a property or device in a line or two, filled up from the vocabulary.

use std::sync::Arc;

use lares_model::{
    Access, ActionDescription, Category, DeviceDescription, DeviceId, DeviceKind, Power, PropertyDescription,
    PropertyName, Unit, Value, ValueType, canonical, slugify,
};

use super::home::ADAPTER;
use crate::device::{Place, Role, SimulatedDevice};

const READ: Access = Access { readable: true, writable: false, gettable: false };
const READ_WRITE: Access = Access { readable: true, writable: true, gettable: false };
const WRITE: Access = Access { readable: false, writable: true, gettable: false };

/// A property being described.
pub struct Prop(PropertyDescription);

/// A property of the vocabulary.
pub fn prop(name: &str) -> Prop {
    match canonical(name) {
        Some(word) => {
            let access = if word.writable { READ_WRITE } else { READ };
            described(name, word.label, word.value_type, word.unit, access, word.category)
        }
        None => described(name, name, ValueType::Text, None, READ, Category::Main),
    }
}

/// A setting with a name of its own.
pub fn setting(name: &str, label: &str, value_type: ValueType) -> Prop {
    described(name, label, value_type, None, READ_WRITE, Category::Config)
}

/// A measurement with a name of its own.
pub fn measured(name: &str, label: &str, value_type: ValueType, category: Category) -> Prop {
    described(name, label, value_type, None, READ, category)
}

fn described(
    name: &str,
    label: &str,
    value_type: ValueType,
    unit: Option<Unit>,
    access: Access,
    category: Category,
) -> Prop {
    Prop(PropertyDescription {
        name: name.into(),
        base: name.into(),
        label: label.into(),
        description: String::new(),
        value_type,
        unit,
        access,
        category,
        endpoint: None,
        presets: Vec::new(),
    })
}

/// A number within bounds.
pub fn number(min: f64, max: f64, step: f64) -> ValueType {
    ValueType::Number { min: Some(min), max: Some(max), step: Some(step) }
}

/// One of some words.
pub fn words(words: &[&str]) -> ValueType {
    ValueType::Enum { values: words.iter().map(|word| Arc::from(*word)).collect() }
}

impl Prop {
    /// Bounds and step of a number.
    pub fn range(mut self, min: f64, max: f64, step: f64) -> Self {
        self.0.value_type = number(min, max, step);
        self
    }

    /// The words of an enum or event.
    pub fn words(mut self, list: &[&str]) -> Self {
        let values = list.iter().map(|word| Arc::from(*word)).collect();
        self.0.value_type = if self.0.value_type.is_event() {
            ValueType::Event { values }
        } else {
            ValueType::Enum { values }
        };
        self
    }

    /// The unit.
    pub fn unit(mut self, unit: &str) -> Self {
        self.0.unit = Some(Unit::clean(unit));
        self
    }

    /// One sentence.
    pub fn about(mut self, sentence: &str) -> Self {
        self.0.description = sentence.into();
        self
    }

    /// A named value.
    pub fn preset(mut self, name: &str, value: f64) -> Self {
        self.0.presets.push((name.into(), Value::Number(value)));
        self
    }

    /// It can be commanded and never tells.
    pub fn write_only(mut self) -> Self {
        self.0.access = WRITE;
        self
    }

    /// As a part of a composite.
    pub fn part(self) -> PropertyDescription {
        self.0
    }
}

/// A device being described.
pub struct Entry {
    description: DeviceDescription,
    place: Place,
    role: Role,
    start: Vec<(&'static str, Value)>,
    charge: f64,
}

/// A device of the demo home. Its slug follows from its name.
pub fn entry(name: &str, kind: DeviceKind, power: Power, model: &str, about: &str) -> Entry {
    let description = DeviceDescription {
        id: DeviceId::new(format!("demo:{}", slugify(name))),
        adapter: ADAPTER.into(),
        name: name.into(),
        unnamed: false,
        kind,
        power,
        manufacturer: "Lares demo".into(),
        model: model.into(),
        description: about.into(),
        firmware: "1.0.4".into(),
        suggested_room: None,
        not_ready: String::new(),
        properties: Vec::new(),
        actions: Vec::new(),
        virtual_device: true,
        members: Vec::new(),
    };
    Entry { description, place: Place::Outside, role: Role::Plain, start: Vec::new(), charge: 100.0 }
}

impl Entry {
    /// Where it is.
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// What it has to do with the house.
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Its properties, in the order of its page; battery and link quality follow by themselves.
    pub fn with(mut self, properties: impl IntoIterator<Item = Prop>) -> Self {
        self.description.properties.extend(properties.into_iter().map(|prop| prop.0));
        self
    }

    /// What it holds at first.
    pub fn start(mut self, name: &'static str, value: Value) -> Self {
        self.start.push((name, value));
        self
    }

    /// Its battery is not as full as the others', %.
    pub fn charge(mut self, percent: f64) -> Self {
        self.charge = percent;
        self
    }

    /// A named write.
    pub fn action(mut self, name: &str, property: &str, value: Value) -> Self {
        let property = PropertyName::from(property);
        self.description.actions.push(ActionDescription { name: name.into(), property, value: Some(value) });
        self
    }

    /// The device, in a house with rooms of these names.
    pub fn build(mut self, rooms: &[String]) -> SimulatedDevice {
        let room = self.place.room().and_then(|room| rooms.get(room).cloned());
        self.description.suggested_room = Some(room.unwrap_or_else(|| "Outside".into()));
        let sleeps = self.description.power == Power::Battery;
        if sleeps {
            self.description.properties.push(prop("battery").0);
        }
        self.description.properties.push(prop("link_quality").range(0.0, 255.0, 1.0).0);
        for property in &mut self.description.properties {
            let passive = property.value_type.is_event() || property.name.as_str() == "link_quality";
            property.access.gettable = property.access.readable && !sleeps && !passive;
        }
        let mut device = SimulatedDevice::new(self.description, self.place, self.role);
        device.state.charge = self.charge;
        for (name, value) in self.start {
            device.put(name, value);
        }
        device
    }
}
