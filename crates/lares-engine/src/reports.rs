//! Reports: what devices say becomes what is believed, and each change knows why it happened.

use std::sync::Arc;

use lares_model::{
    Cause, CauseLink, Change, DeviceId, DeviceKind, Effect, JournalKind, PropertyDescription, PropertyKey,
    PropertyName, Report, Value, ValueType,
};

use crate::cell::Watch;
use crate::durable::RowKey;
use crate::flights::nearer;
use crate::home::{Due, Home};
use crate::react::Happening;

/// Mere repetition of a value is stored again after so long only.
const STORE_AGAIN_MS: u64 = 60_000;

impl Home {
    pub(crate) fn reported(&mut self, id: &DeviceId, report: Report) {
        if !self.world.devices.contains_key(id) {
            return;
        }
        self.heard(id, report.retained);
        let mut changed = Vec::new();
        for (property, value) in report.values {
            let key = PropertyKey { device: id.clone(), property };
            if let Some(value) = self.fit(&key, value)
                && let Some(news) = self.believe(&key, value, report.retained)
            {
                changed.push(news);
            }
        }
        // All values are in before anyone looks at one of them.
        self.happenings.extend(changed);
        if !report.retained {
            for (property, word) in report.happened {
                self.happened(id, property, word);
            }
        }
    }

    /// The device lives.
    fn heard(&mut self, id: &DeviceId, retained: bool) {
        if retained {
            return;
        }
        let (now, utc) = (self.now, self.real.utc);
        let Some(entry) = self.world.devices.get_mut(id) else { return };
        entry.device.heard_at = Some(utc);
        let was_stale = entry.rhythm.hear(now, entry.description.power);
        if entry.rhythm.stored + 5 * STORE_AGAIN_MS <= now.mono {
            entry.rhythm.stored = now.mono;
            self.dirty.insert(RowKey::Heard(id.clone()));
        }
        let due = entry.rhythm.stale_at(entry.description.power);
        if due.is_some() && self.agenda.get(&Due::Stale(id.clone())).is_none() {
            self.agenda.set(Due::Stale(id.clone()), due);
        }
        if was_stale {
            self.touch_seen(id);
        }
    }

    /// The value if it has the property's type; told once in the journal if not.
    #[expect(clippy::option_option, reason = "the inner one is the device's own \"unknown\"")]
    fn fit(&mut self, key: &PropertyKey, value: Option<Value>) -> Option<Option<Value>> {
        let entry = self.world.devices.get_mut(&key.device)?;
        let description = entry.description.property(key.property.as_str())?;
        let cell = entry.cells.get_mut(&key.property)?;
        let Some(value) = value else { return Some(None) };
        if let Some(value) = typed(description, value.clone()) {
            cell.bad = false;
            return Some(Some(value));
        }
        if !std::mem::replace(&mut cell.bad, true) {
            let text = format!(
                "{} said {} for {}, which takes {}",
                entry.device.name,
                shorten(&value.to_string()),
                key.property,
                shorten(&description.value_type.in_words())
            );
            self.journal(JournalKind::BadInput, text).property(key);
        }
        None
    }

    /// Takes a reported value in. News if it is another one, or if rules look at repetitions too.
    fn believe(&mut self, key: &PropertyKey, value: Option<Value>, retained: bool) -> Option<Happening> {
        let first = self.world.cell(key)?.state.reported_mono.is_none();
        let before = self.world.cell(key)?.state.value.clone();
        let mut cause = self.cause_of(key, before.as_ref(), value.as_ref());
        if let Some(value) = &value {
            self.answer_watch(key, before.as_ref(), value);
            self.keep_moving(key, before.as_ref(), value);
            let late = self.answers_late(key, value);
            if !retained && late.is_none() {
                self.notice_hand(key, first, before.as_ref(), value);
            }
            cause = late.unwrap_or(cause);
            if let Some(number) = value.as_number() {
                self.world.rings.push(key, self.now.mono, number);
            }
        }
        let (now, utc) = (self.now.mono, self.real.utc);
        let cell = self.world.cell_mut(key)?;
        cell.state.reported_at = Some(utc);
        cell.state.reported_mono = Some(now);
        let store = first || before != value || now.saturating_sub(cell.stored_at) >= STORE_AGAIN_MS;
        if store {
            cell.stored_at = now;
            self.dirty.insert(RowKey::State(key.clone()));
        }
        let (device, property) = (key.device.clone(), key.property.clone());
        if before == value {
            self.out.push(Effect::PropertyTouched { device, property });
            return (first || self.program.watches_updates(key)).then(|| Happening::Updated {
                key: key.clone(),
                cause,
                retained,
            });
        }
        let cell = self.world.cell_mut(key)?;
        if before.is_some() {
            cell.state.previous.clone_from(&before);
        }
        cell.state.value.clone_from(&value);
        cell.state.changed_at = Some(utc);
        cell.state.cause = cause.clone();
        self.out.push(Effect::Changed(Change {
            device,
            property,
            from: before,
            to: value,
            cause: cause.clone(),
        }));
        Some(Happening::Changed { key: key.clone(), cause, retained })
    }

    /// Why a value is reported: our own command while one is under way on that part of the device, else the device.
    ///
    /// A device that had obeyed and now goes elsewhere does so on its own account, or by a hand.
    fn cause_of(&self, key: &PropertyKey, before: Option<&Value>, value: Option<&Value>) -> Cause {
        let strays = |watch: &&Watch| {
            let is_own = self.world.cell(key).is_some_and(|cell| cell.watch.is_some());
            let answers = value.is_some_and(|value| {
                value.fulfils(&watch.value, self.world.tolerance(key)) || nearer(before, value, &watch.value)
            });
            is_own && watch.confirmed && !answers
        };
        match self.answering(key).filter(|watch| !strays(watch)) {
            Some(watch) => watch.cause.clone(),
            None => Cause::new(CauseLink::Report {
                device: key.device.clone(),
                property: key.property.clone(),
                value: value.map_or_else(|| "unknown".into(), |value| self.world.value_words(key, value)),
            }),
        }
    }

    /// The command that a report on this property may answer: its own, else one on the same endpoint, because a
    /// command for brightness also turns `state` on; else one on its group.
    pub(crate) fn answering(&self, key: &PropertyKey) -> Option<&Watch> {
        let entry = self.world.devices.get(&key.device)?;
        if let Some(watch) = &entry.cells.get(&key.property)?.watch {
            return Some(watch);
        }
        let property = entry.property(&key.property)?;
        if !property.access.writable {
            return None;
        }
        let same =
            |name: &PropertyName| entry.property(name).is_some_and(|p| p.endpoint == property.endpoint);
        let open = entry.cells.iter().filter(|(name, cell)| cell.watch.is_some() && same(name));
        let own = open.filter_map(|(_, cell)| cell.watch.as_ref()).next_back();
        own.or_else(|| self.answering_for_group(&key.device, property))
    }

    /// A group passes its commands on, and says what its members do.
    fn answering_for_group(&self, id: &DeviceId, property: &PropertyDescription) -> Option<&Watch> {
        if !matches!(
            property.base.as_str(),
            "state" | "brightness" | "color_temperature" | "color" | "color_mode"
        ) {
            return None;
        }
        let relatives = self.world.relatives(id);
        relatives.into_iter().flat_map(|entry| entry.cells.values()).find_map(|cell| cell.watch.as_ref())
    }

    /// A cover that was told to open, close or stop says where it is: as long as it moves, that is no hand.
    fn keep_moving(&mut self, key: &PropertyKey, before: Option<&Value>, value: &Value) {
        let is_cover = self.world.kind(&key.device) == DeviceKind::Cover;
        let has_own = self.world.cell(key).is_none_or(|cell| cell.watch.is_some());
        if !is_cover || has_own || value.as_number().is_none() || before == Some(value) {
            return;
        }
        if let Some(command) = self.answering(key).map(|watch| watch.command) {
            self.moving(command);
        }
    }

    fn happened(&mut self, id: &DeviceId, property: PropertyName, word: Arc<str>) {
        let Some(entry) = self.world.devices.get(id) else { return };
        if entry.property(&property).is_none() {
            return;
        }
        let key = PropertyKey { device: id.clone(), property: property.clone() };
        let text = format!("{}: {word}", self.world.spoken(&key));
        self.out.push(Effect::Happened {
            device: id.clone(),
            property: property.clone(),
            value: word.clone(),
        });
        let cause = Cause::new(CauseLink::Report { device: id.clone(), property, value: word.to_string() });
        self.journal(JournalKind::Happened, text).property(&key).cause(&cause);
        self.happenings.push_back(Happening::Event { key, word, cause });
    }
}

/// The value as the property's type holds it; switches and binaries are forgiven for each other, and so are words
/// and texts. Ranges and words are the device's own business: what it says, it has.
fn typed(description: &PropertyDescription, value: Value) -> Option<Value> {
    Some(match (&description.value_type, value) {
        (ValueType::Binary, Value::Binary(b) | Value::Switch(b)) => Value::Binary(b),
        (ValueType::Switch, Value::Binary(b) | Value::Switch(b)) => Value::Switch(b),
        (ValueType::Number { .. }, Value::Number(n)) if n.is_finite() => Value::Number(n),
        (ValueType::Enum { .. }, Value::Enum(t) | Value::Text(t)) => Value::Enum(t),
        (ValueType::Text, Value::Enum(t) | Value::Text(t)) => Value::Text(t),
        (ValueType::Color, value @ Value::Color(_))
        | (ValueType::Composite { .. }, value @ Value::Composite(_))
        | (ValueType::List { .. }, value @ Value::List(_)) => value,
        _ => return None,
    })
}

/// At most 80 characters, for messages.
fn shorten(text: &str) -> String {
    if text.chars().count() <= 80 { text.into() } else { text.chars().take(79).chain(['…']).collect() }
}
