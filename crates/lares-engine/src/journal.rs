//! Journal entries, written in the order of happening.

use lares_model::{Cause, DeviceId, Effect, JournalEntry, JournalKind, PropertyKey, RuleId};

use crate::home::Home;

/// An entry that was just written and can still be told what it is about.
pub(crate) struct Written<'a>(Option<&'a mut JournalEntry>);

impl Written<'_> {
    pub(crate) fn device(mut self, id: &DeviceId) -> Self {
        if let Some(entry) = &mut self.0 {
            entry.device = Some(id.clone());
        }
        self
    }

    pub(crate) fn property(mut self, key: &PropertyKey) -> Self {
        if let Some(entry) = &mut self.0 {
            entry.device = Some(key.device.clone());
            entry.property = Some(key.property.clone());
        }
        self
    }

    pub(crate) fn rule(mut self, id: &RuleId) -> Self {
        if let Some(entry) = &mut self.0 {
            entry.rule = Some(id.clone());
        }
        self
    }

    pub(crate) fn cause(mut self, cause: &Cause) -> Self {
        if let Some(entry) = &mut self.0 {
            entry.cause = cause.clone();
        }
        self
    }
}

impl Home {
    /// Writes one sentence into the journal.
    pub(crate) fn journal(&mut self, kind: JournalKind, text: impl Into<String>) -> Written<'_> {
        self.out.push(Effect::Journal(JournalEntry {
            kind,
            text: text.into(),
            device: None,
            property: None,
            rule: None,
            cause: Cause::default(),
        }));
        match self.out.last_mut() {
            Some(Effect::Journal(entry)) => Written(Some(entry)),
            _ => Written(None),
        }
    }
}
