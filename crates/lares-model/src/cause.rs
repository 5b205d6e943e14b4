//! Causes: why something happened, as a chain from the newest link back to its origin.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, PropertyName, RuleId, RunId};

/// How long a chain may grow before the engine stops it.
pub const MAX_CAUSE_DEPTH: usize = 8;

/// One link of a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CauseLink {
    /// The device said so, by itself or moved by a hand.
    Report {
        /// Which device.
        device: DeviceId,
        /// Which property.
        property: PropertyName,
        /// The value that it reported, in words.
        value: String,
    },
    /// A person asked for it.
    Person {
        /// Who, as people call them.
        name: String,
    },
    /// A rule did it.
    Rule {
        /// Which rule.
        rule: RuleId,
        /// Its name, as people read it.
        name: String,
        /// What made it act, in words: `hall_motion.motion became true`.
        because: String,
        /// Which run, for edge rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
    },
    /// A claim ended, so the next lower one applies.
    ClaimEnded {
        /// Whose claim ended, in words.
        whose: String,
    },
    /// A clock time or timer was due.
    Clock {
        /// What was due, in words.
        what: String,
    },
    /// Lares started, or a device came back, and the present claim was applied anew.
    Restored {
        /// What came back, in words.
        what: String,
    },
}

/// Why something happened: the newest link first. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cause(Arc<Vec<CauseLink>>);

impl Cause {
    /// A chain of one link.
    pub fn new(link: CauseLink) -> Self {
        Self(Arc::new(vec![link]))
    }

    /// This chain with a newer link in front. Links beyond [`MAX_CAUSE_DEPTH`] are cut at the second oldest,
    /// so that the origin stays.
    #[must_use]
    pub fn then(&self, link: CauseLink) -> Self {
        let mut links = Vec::with_capacity(self.0.len() + 1);
        links.push(link);
        links.extend(self.0.iter().cloned());
        if links.len() > MAX_CAUSE_DEPTH {
            links.remove(MAX_CAUSE_DEPTH - 1);
        }
        Self(Arc::new(links))
    }

    /// The links, newest first.
    pub fn links(&self) -> &[CauseLink] {
        &self.0
    }

    /// The newest link.
    pub fn newest(&self) -> Option<&CauseLink> {
        self.0.first()
    }

    /// How many rules stand in the chain. The engine stops a chain with [`MAX_CAUSE_DEPTH`].
    pub fn rule_depth(&self) -> usize {
        self.0.iter().filter(|link| matches!(link, CauseLink::Rule { .. })).count()
    }

    /// True if the rule stands in the chain.
    pub fn has_rule(&self, rule: &RuleId) -> bool {
        self.0.iter().any(|link| matches!(link, CauseLink::Rule { rule: r, .. } if r == rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_chain_keeps_its_newest_links_and_its_origin() {
        let mut cause = Cause::new(CauseLink::Person { name: "Ada".into() });
        for n in 0..20 {
            cause = cause.then(CauseLink::Clock { what: n.to_string() });
        }
        assert_eq!(cause.links().len(), MAX_CAUSE_DEPTH);
        assert_eq!(cause.newest(), Some(&CauseLink::Clock { what: "19".into() }));
        assert_eq!(cause.links().last(), Some(&CauseLink::Person { name: "Ada".into() }));
    }
}
