//! Notices: people are told, with a frozen context for the shell to render, and told again until they acknowledge it.

use lares_model::{
    Answer, Cause, CauseLink, Effect, JournalKind, Millis, Notice, NoticeLevel, Person, PropertyName, RuleId,
    RunId,
};
use lares_rules::program::{Notification, Rule};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::durable::RowKey;
use crate::eval::TriggerInfo;
use crate::home::{Due, Home};

/// The least time between two repetitions.
const AGAIN_MS_MIN: u64 = 10_000;

/// Which notice of which rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ReminderKey {
    pub(crate) rule: RuleId,
    /// A stable hash of its text.
    pub(crate) notice: u64,
}

/// A notice that is said again until somebody acknowledges it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reminder {
    pub(crate) key: ReminderKey,
    pub(crate) notice: Notice,
    pub(crate) every: Millis,
    /// When it is said next, home time.
    pub(crate) next: u64,
}

impl Home {
    pub(crate) fn tell_people(&mut self, rule: &Rule, run: RunId, notification: &Notification) {
        let Some(run) = self.runs.get(&run) else { return };
        let context = self.context(&run.trigger, &notification.text);
        let notice = Notice {
            to: notification.to.to_string(),
            level: notification.level,
            text: notification.text.to_string(),
            context,
            rule: Some(rule.id.clone()),
            cause: run.cause.clone(),
        };
        if let Some(every) = notification.repeat {
            let every = Millis(every.0.max(AGAIN_MS_MIN));
            let key = ReminderKey { rule: rule.id.clone(), notice: fingerprint(&notification.text) };
            let next = self.real.mono.saturating_add(every.0);
            self.agenda.set(Due::Reminder(key.clone()), Some(next));
            self.dirty.insert(RowKey::Reminder(key.clone()));
            self.reminders.insert(key.clone(), Reminder { key, notice: notice.clone(), every, next });
        }
        self.notify(notice);
    }

    fn notify(&mut self, notice: Notice) {
        let text = fill_in(&notice.text, &notice.context);
        let loud = if notice.level == NoticeLevel::Critical { "Critical: " } else { "" };
        let rule = notice.rule.clone();
        let entry = self.journal(JournalKind::Notify, format!("{loud}{text}")).cause(&notice.cause);
        if let Some(rule) = &rule {
            entry.rule(rule);
        }
        self.out.push(Effect::Notify(notice));
    }

    /// Says it again. However long nobody could hear it, it is said once, and then at its interval from now.
    pub(crate) fn reminder_due(&mut self, key: &ReminderKey) {
        let now = self.real.mono;
        let Some(reminder) = self.reminders.get_mut(key) else { return };
        reminder.next = now.saturating_add(reminder.every.0);
        let (next, mut notice) = (reminder.next, reminder.notice.clone());
        notice.cause = notice.cause.then(CauseLink::Clock { what: "nobody has acknowledged it yet".into() });
        self.agenda.set(Due::Reminder(key.clone()), Some(next));
        self.dirty.insert(RowKey::Reminder(key.clone()));
        self.notify(notice);
    }

    pub(crate) fn acknowledge(&mut self, person: &Person, rule: &RuleId) -> Answer {
        if self.drop_reminders(rule) {
            let name = self.rule_name(rule).unwrap_or_default();
            let cause = Cause::new(CauseLink::Person { name: person.name.clone() });
            let text = format!("{} acknowledged \"{name}\"", person.name);
            self.journal(JournalKind::Notify, text).rule(rule).cause(&cause);
        }
        Answer::Done
    }

    /// Ends the repetitions of a rule; true if there were any.
    pub(crate) fn drop_reminders(&mut self, rule: &RuleId) -> bool {
        let keys: Vec<ReminderKey> = self.reminders.keys().filter(|key| key.rule == *rule).cloned().collect();
        for key in &keys {
            self.reminders.remove(key);
            self.agenda.set(Due::Reminder(key.clone()), None);
            self.dirty.insert(RowKey::Reminder(key.clone()));
        }
        !keys.is_empty()
    }

    /// A text with its simple places filled in, for the journal.
    pub(crate) fn filled_in(&self, run: RunId, text: &str) -> String {
        let Some(run) = self.runs.get(&run) else { return text.to_owned() };
        fill_in(text, &self.context(&run.trigger, text))
    }

    /// What a template may name: the trigger, and the devices whose slugs stand in it.
    fn context(&self, trigger: &TriggerInfo, text: &str) -> Json {
        let mut context = Map::new();
        let device = trigger.device.as_ref().and_then(|id| self.world.devices.get(id)).map(|entry| {
            let room =
                entry.device.room.as_ref().and_then(|id| self.world.rooms.iter().find(|r| r.id == *id));
            json!({
                "id": entry.device.slug,
                "name": entry.device.name,
                "room": room.map_or("", |room| room.name.as_str()),
            })
        });
        let property = trigger.key.as_ref().map(|key| key.property.as_str());
        context.insert(
            "trigger".into(),
            json!({
                "id": trigger.id,
                "value": trigger.value.as_ref().map(lares_model::Value::to_json),
                "property": property,
                "device": device.unwrap_or_else(|| json!({ "id": "", "name": "", "room": "" })),
            }),
        );
        context.insert("home".into(), json!({ "name": self.world.config.name }));
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            if context.contains_key(word) {
                continue;
            }
            let Some(entry) = self.world.slugs.get(word).and_then(|id| self.world.devices.get(id)) else {
                continue;
            };
            let values = entry.cells.iter().filter(|_| entry.reachable());
            let value = |(name, cell): (&PropertyName, &crate::cell::Cell)| {
                Some((name.to_string(), cell.state.value.as_ref()?.to_json()))
            };
            context.insert(word.to_owned(), Json::Object(values.filter_map(value).collect()));
        }
        Json::Object(context)
    }
}

/// FNV-1a, so that the hash is the same in every version.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Fills in `{{ a.b }}`; anything cleverer is left to the shell and stays as it is.
pub(crate) fn fill_in(text: &str, context: &Json) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((inside, after)) = after.split_once("}}") else {
            filled.push_str("{{");
            rest = after;
            continue;
        };
        let found = inside.trim().split('.').try_fold(context, |json, part| json.get(part));
        match found {
            Some(Json::String(text)) => filled.push_str(text),
            Some(Json::Null) => filled.push_str("unknown"),
            Some(json) => filled.push_str(&json.to_string()),
            None => {
                filled.push_str("{{");
                filled.push_str(inside);
                filled.push_str("}}");
            }
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_places_are_filled_in_and_clever_ones_stay() {
        let context = json!({ "trigger": { "device": { "name": "Sink" }, "value": 21.5 } });
        for (text, filled) in [
            ("Water at {{ trigger.device.name }}!", "Water at Sink!"),
            ("{{trigger.value}} °C", "21.5 °C"),
            ("{{ trigger.value | round }}", "{{ trigger.value | round }}"),
            ("half {{ open", "half {{ open"),
        ] {
            assert_eq!(fill_in(text, &context), filled);
        }
    }
}
