//! `lares watch`: changes of values and momentary events, as they happen.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use lares_hub::api::update::{ChangeUpdate, Snapshot, Update};
use lares_hub::api::view::{DeviceView, RoomView};
use lares_hub::socket::Client;
use lares_model::DeviceKind;
use serde_json::{Value as Json, json};

use super::properties::described;
use crate::args::{Format, WatchArgs};
use crate::failure::Failure;
use crate::output::line;

/// Tells changes until the hub stops.
///
/// # Errors
/// When no hub runs, the selector matches nothing, or the hub stops.
pub async fn watch(args: &WatchArgs, data: &Path) -> Result<ExitCode, Failure> {
    let selector = Selector::parse(&args.selector.join(" ")).map_err(Failure::CannotRun)?;
    let mut updates = Client::connect(data).await?.subscribe().await?;
    let mut known = Known::default();
    let mut first = true;
    loop {
        let news = match updates.next().await? {
            Update::Snapshot { snapshot } => known.snapshot(&snapshot, first),
            Update::Changes { changes, .. } => known.changes(changes),
        };
        if std::mem::take(&mut first) {
            let what = args.selector.join(" ");
            if !known.any(&selector) {
                return Err(Failure::No(format!("nothing in the home matches “{what}”")));
            }
            let what = if what.is_empty() { "everything" } else { &what };
            // For scripts, which must not act before; nobody may read it.
            _ = writeln!(io::stderr(), "watching {what}");
        }
        for news in news {
            if let Some(device) = known.devices.get(&news.key)
                && selector.matches(device, &news.property, &known.rooms)
            {
                tell(&news, device, args.format)?;
            }
        }
    }
}

fn tell(news: &News, device: &DeviceView, format: Format) -> io::Result<()> {
    let News { at, property, value, .. } = news;
    match format {
        Format::Json => {
            line(json!({"at": at, "device": device.id, "property": property, "value": value}).to_string())
        }
        Format::Text => {
            let value = described(value, device.properties.get(property));
            line(format!("{at}  {}.{property}  {value}", device.id))
        }
    }
}

/// Something to tell.
struct News {
    at: String,
    key: String,
    property: String,
    value: Json,
}

/// The home as far as it was told.
#[derive(Default)]
struct Known {
    devices: BTreeMap<String, DeviceView>,
    rooms: Vec<RoomView>,
}

impl Known {
    fn any(&self, selector: &Selector) -> bool {
        let of = |device: &DeviceView| {
            device.properties.keys().any(|name| selector.matches(device, name, &self.rooms))
        };
        self.devices.values().any(of)
    }

    /// Takes all over; after a gap, what changed in it is told.
    fn snapshot(&mut self, snapshot: &Snapshot, first: bool) -> Vec<News> {
        self.rooms.clone_from(&snapshot.rooms);
        let news = snapshot.devices.iter().flat_map(|device| self.device(device)).collect();
        self.devices.retain(|key, _| snapshot.devices.iter().any(|device| device.key == *key));
        if first { Vec::new() } else { news }
    }

    fn changes(&mut self, changes: Vec<ChangeUpdate>) -> Vec<News> {
        let mut news = Vec::new();
        for change in changes {
            match change {
                ChangeUpdate::Rooms { rooms } => self.rooms = rooms,
                ChangeUpdate::Device { device } => news.extend(self.device(&device)),
                ChangeUpdate::DeviceRemoved { key } => _ = self.devices.remove(&key),
                ChangeUpdate::Happened { key, property, value, at } => {
                    news.push(News { at, key, property, value: Json::from(value) });
                }
                ChangeUpdate::Property { key, property, state } => {
                    let device = self.devices.get_mut(&key);
                    let Some(known) = device.and_then(|device| device.properties.get_mut(&property)) else {
                        continue;
                    };
                    let differs = known.state.value != state.value;
                    known.state = state;
                    if differs {
                        let at = known.state.changed_at.clone().unwrap_or_default();
                        news.push(News { at, key, property, value: known.state.value.clone() });
                    }
                }
                _ => {}
            }
        }
        news
    }

    fn device(&mut self, device: &DeviceView) -> Vec<News> {
        let before = self.devices.insert(device.key.clone(), device.clone());
        let value_before =
            |name: &str| before.as_ref().and_then(|d| d.properties.get(name)).map(|p| &p.state.value);
        let changed = device.properties.iter().filter(|(name, property)| {
            value_before(name).is_some_and(|value| *value != property.state.value)
        });
        changed
            .map(|(name, property)| News {
                at: property.state.changed_at.clone().unwrap_or_default(),
                key: device.key.clone(),
                property: name.clone(),
                value: property.state.value.clone(),
            })
            .collect()
    }
}

/// `DEVICE`, `DEVICE.PROPERTY`, `PROPERTY` or a kind, each with `in ROOM` or a label.
#[derive(Debug, Default, PartialEq)]
struct Selector {
    what: Option<String>,
    place: Option<String>,
}

impl Selector {
    fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<_> = text.split_whitespace().map(String::from).collect();
        match words.as_slice() {
            [] => Ok(Self::default()),
            [what] => Ok(Self { what: Some(what.clone()), place: None }),
            [within, place] if within == "in" => Ok(Self { what: None, place: Some(place.clone()) }),
            [what, within, place] if within == "in" => {
                Ok(Self { what: Some(what.clone()), place: Some(place.clone()) })
            }
            _ => Err(format!(
                "“{text}” is no selector; try hall_light.state, temperature, or lights in kitchen"
            )),
        }
    }

    fn matches(&self, device: &DeviceView, property: &str, rooms: &[RoomView]) -> bool {
        let what = self.what.as_deref().is_none_or(|what| {
            let kind = DeviceKind::ALL.into_iter().find(|kind| kind.as_str() == device.kind);
            let endpoint = device.properties.get(property).and_then(|p| p.endpoint.as_deref());
            let base = endpoint.and_then(|end| property.strip_suffix(end)?.strip_suffix('_'));
            what == device.id
                || what == property
                || base == Some(what)
                || what.split_once('.') == Some((device.id.as_str(), property))
                || kind.is_some_and(|kind| what == kind.plural() || what == kind.as_str())
        });
        what && self.place.as_deref().is_none_or(|place| {
            let room = rooms.iter().find(|room| device.room.as_deref() == Some(&room.id));
            room.is_some_and(|room| room.id == place || room.labels.iter().any(|label| label == place))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_and_matched() {
        let device: DeviceView = serde_json::from_value(json!({
            "id": "lamp", "key": "demo:lamp", "name": "Lamp", "room": "kitchen", "kind": "light", "source": "demo",
            "online": true, "power": "mains", "manufacturer": "", "model": "", "description": "", "firmware": "",
            "not_ready": "", "heard_at": null, "order": [], "properties": {}, "actions": [],
        }))
        .unwrap();
        let rooms =
            [RoomView { id: "kitchen".into(), name: "Kitchen".into(), labels: vec!["downstairs".into()] }];
        for (text, matches) in [
            ("", true),
            ("lamp", true),
            ("lamp.state", true),
            ("lamp.brightness", false),
            ("state", true),
            ("lights", true),
            ("lights in kitchen", true),
            ("lights in downstairs", true),
            ("in kitchen", true),
            ("lights in hall", false),
            ("covers", false),
            ("other", false),
        ] {
            let selector = Selector::parse(text).unwrap();
            assert_eq!(selector.matches(&device, "state", &rooms), matches, "{text}");
        }
        assert!(Selector::parse("lights kitchen").is_err());
    }
}
