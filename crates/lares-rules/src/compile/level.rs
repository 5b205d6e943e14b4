//! Level rules: `while … hold …`.

use std::sync::Arc;

use lares_model::Millis;

use super::Compiler;
use super::rule::{phrase_duration, words};
use crate::check::Surroundings;
use crate::diagnostic::Code;
use crate::parse::node::Node;
use crate::program::{IfUnknown, Level, Release};

impl Compiler<'_, '_, '_> {
    /// Looks at every part, even when an earlier one is wrong.
    pub(super) fn level(&mut self, rule: &Node) -> Option<Level> {
        let around = Surroundings::default();
        for missing in ["while", "hold"] {
            if rule.get(missing).is_none() {
                self.wrong(Code::MissingKey, rule, format!("the rule has no {missing}:"), "");
            }
        }
        let condition = rule.get("while").map(|node| (self.condition(node, around), node));
        let enter_if = rule.get("enter_if").map(|node| self.condition(node, around));
        let linger = rule.get("linger").map_or(Some(Millis(0)), |node| self.duration(node));
        let hold = rule.get("hold").map(|node| self.assignments(node, around)).unwrap_or_default();
        let release = self.release(rule);
        let apply_once = rule.get("apply").map_or(Some(false), |node| self.apply(node));
        let if_unknown = rule.get("if_unknown").map_or(Some(IfUnknown::Keep), |node| self.if_unknown(node));
        let (condition, node) = condition?;
        let text = words(node.text().unwrap_or_default()).join(" ");
        let enter_if = match enter_if {
            Some(expr) => Some(expr?),
            None => None,
        };
        Some(Level {
            condition: condition?,
            condition_text: Arc::from(text.as_str()),
            enter_if,
            linger: linger?,
            hold,
            release: release?,
            apply_once: apply_once?,
            if_unknown: if_unknown?,
        })
    }

    fn release(&mut self, rule: &Node) -> Option<Release> {
        let Some(node) = rule.get("release") else { return Some(Release::Default) };
        match node.text() {
            Some("keep") => Some(Release::Keep),
            Some("default") => Some(Release::Default),
            Some(_) => {
                self.wrong(Code::UnknownValue, node, "release: is keep, or devices and their values", "");
                None
            }
            None => Some(Release::Set(self.assignments(node, Surroundings::default()))),
        }
    }

    fn apply(&mut self, node: &Node) -> Option<bool> {
        match node.text() {
            Some("once") => Some(true),
            Some("always") => Some(false),
            _ => {
                self.wrong(Code::UnknownValue, node, "apply: is once", "without it, the value is held");
                None
            }
        }
    }

    fn if_unknown(&mut self, node: &Node) -> Option<IfUnknown> {
        let text = self.text(node, "keep, release, or hold 15m then alert")?;
        match words(text).as_slice() {
            ["keep" | "hold"] => return Some(IfUnknown::Keep),
            ["release"] => return Some(IfUnknown::Release),
            ["hold", length @ .., "then", "alert"] => {
                if let Some(length) = phrase_duration(length) {
                    return Some(IfUnknown::HoldThenAlert(length));
                }
            }
            _ => {}
        }
        self.wrong(Code::UnknownValue, node, "if_unknown: is keep, release, or hold 15m then alert", "");
        None
    }
}
