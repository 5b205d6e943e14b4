//! Reacting: what happened is shown to the rules that asked for it, one happening after the other.

use std::sync::Arc;

use lares_model::{Cause, CommandId, CommandOutcome, PropertyKey, RuleId};
use lares_rules::program::{RuleBody, Trigger};

use crate::eval::TriggerInfo;
use crate::home::Home;

/// Something that rules may look at.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// A property has another value.
    Changed { key: PropertyKey, cause: Cause, retained: bool },
    /// It was reported again, with the same value, or first as unknown.
    Updated { key: PropertyKey, cause: Cause, retained: bool },
    /// It became known or unknown because its device came or went.
    Availability { key: PropertyKey, cause: Cause },
    /// A momentary event.
    Event { key: PropertyKey, word: Arc<str>, cause: Cause },
    /// A command came to an end.
    Outcome { command: CommandId, outcome: CommandOutcome },
}

/// Why a rule looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    pub(crate) cause: Cause,
    /// The property that changed, if one did.
    pub(crate) key: Option<PropertyKey>,
    /// True if the value is another one, for `changed`.
    pub(crate) changed: bool,
    /// In words, where no property tells.
    pub(crate) what: String,
    /// Values are taken in as they are, and nothing starts a run: at load, and for retained messages.
    pub(crate) quiet: bool,
}

impl Home {
    /// Shows everything that happened to the rules.
    pub(crate) fn react(&mut self) {
        while let Some(happening) = self.happenings.pop_front() {
            if self.started {
                self.show(happening);
            }
        }
    }

    fn show(&mut self, happening: Happening) {
        match happening {
            Happening::Changed { key, cause, retained } => {
                self.show_readers(self.program.readers(&key), &key, &cause, true, retained);
            }
            Happening::Updated { key, cause, retained } => {
                self.show_readers(self.program.update_readers(&key), &key, &cause, false, retained);
            }
            Happening::Availability { key, cause } => {
                self.show_readers(self.program.readers(&key), &key, &cause, false, false);
            }
            Happening::Event { key, word, cause } => self.show_event(&key, &word, &cause),
            Happening::Outcome { command, outcome } => self.run_outcome(command, &outcome),
        }
    }

    fn show_readers(
        &mut self,
        rules: Vec<RuleId>,
        key: &PropertyKey,
        cause: &Cause,
        changed: bool,
        quiet: bool,
    ) {
        for id in rules {
            let look =
                Look { cause: cause.clone(), key: Some(key.clone()), changed, what: String::new(), quiet };
            self.look(&id, &look);
        }
    }

    /// One rule looks at the world.
    pub(crate) fn look(&mut self, id: &RuleId, look: &Look) {
        let Some(rule) = self.program.ready(id).cloned() else { return };
        if self.awaits_history(id) {
            return;
        }
        self.track(id);
        match &rule.body {
            RuleBody::Level(level) => self.look_level(&rule, level, look),
            RuleBody::Edge { triggers, .. } => {
                for spec in triggers {
                    if let Trigger::Becomes(expr) = &spec.trigger {
                        self.look_edge(&rule, spec, expr, look);
                    }
                }
                if let Some(key) = &look.key {
                    self.move_triggers(&rule, triggers, key);
                }
            }
        }
        self.schedule_look(id);
    }

    fn show_event(&mut self, key: &PropertyKey, word: &Arc<str>, cause: &Cause) {
        for (id, place) in self.program.event_triggers(key) {
            let Some(rule) = self.program.ready(&id).cloned() else { continue };
            let RuleBody::Edge { triggers, .. } = &rule.body else { continue };
            let Some(spec) = triggers.get(place) else { continue };
            let Trigger::Event { is, .. } = &spec.trigger else { continue };
            if is.as_ref().is_some_and(|is| is != word) {
                continue;
            }
            let info = TriggerInfo {
                key: Some(key.clone()),
                value: Some(lares_model::Value::word(word)),
                device: Some(key.device.clone()),
                id: spec.id.as_deref().map(Into::into),
            };
            let because = format!("{} was {word}", self.world.words(key));
            self.trigger(&rule, info, cause, because);
        }
    }

    /// Why a rule acts, in words: `hall_motion.motion became true`.
    pub(crate) fn because(&self, look: &Look) -> String {
        let Some(key) = &look.key else { return look.what.clone() };
        let words = self.world.words(key);
        match self.world.value(key) {
            Ok(value) => format!("{words} became {}", self.world.value_words(key, value)),
            Err(unknown) => self.world.unknown_words(&unknown),
        }
    }
}
