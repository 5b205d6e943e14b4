//! Edge rules: `when … if … do …`.

use super::Compiler;
use super::rule::{phrase_duration, words};
use crate::check::Surroundings;
use crate::diagnostic::Code;
use crate::parse::node::Node;
use crate::program::{Missed, Mode, RuleBody};
use lares_model::Millis;

/// What `all` looks back when it does not say how far.
const ALL_WITHIN: Millis = Millis::hours(24);

impl Compiler<'_, '_, '_> {
    /// Looks at every part, even when an earlier one is wrong.
    pub(super) fn edge(&mut self, rule: &Node) -> Option<RuleBody> {
        if rule.get("do").is_none() {
            self.wrong(Code::MissingKey, rule, "the rule has no do:", "");
        }
        let missed = rule.get("missed").map_or(Some(Missed::default()), |node| self.missed(node));
        let triggers = rule.get("when").map(|node| self.triggers(node, missed.unwrap_or_default()))?;
        let mut conditions = Vec::new();
        if let Some(node) = rule.get("if") {
            let around = Surroundings { in_run: true, changes: true, ..Surroundings::default() };
            for one in self.one_or_list(node, "a condition") {
                conditions.push(self.condition(one, around));
            }
        }
        let steps = rule.get("do").map(|node| self.steps(node)).unwrap_or_default();
        let mode = rule.get("mode").map_or(Some(Mode::Single), |node| self.mode(node));
        let conditions = conditions.into_iter().collect::<Option<Vec<_>>>()?;
        missed?;
        Some(RuleBody::Edge { triggers, conditions, steps, mode: mode? })
    }

    /// `skip`, `once [within 1h]`, `all [within 1h]`.
    pub(super) fn missed(&mut self, node: &Node) -> Option<Missed> {
        let text = self.text(node, "once within 1h, skip or all")?;
        let missed = match words(text).as_slice() {
            ["skip"] => Some(Missed::Skip),
            ["once"] => Some(Missed::default()),
            ["once", "within", length @ ..] => phrase_duration(length).map(Missed::OnceWithin),
            ["all"] => Some(Missed::AllWithin(ALL_WITHIN)),
            ["all", "within", length @ ..] => phrase_duration(length).map(Missed::AllWithin),
            _ => None,
        };
        if missed.is_none() {
            self.wrong(Code::UnknownValue, node, "missed: is once within 1h, skip, or all within 1h", "");
        }
        missed
    }

    fn mode(&mut self, node: &Node) -> Option<Mode> {
        let text = self.text(node, "single, restart, queue N or parallel N")?;
        let count = |n: &str| n.parse::<u8>().ok().filter(|n| (1..=10).contains(n));
        let mode = match words(text).as_slice() {
            ["single"] => Some(Mode::Single),
            ["restart"] => Some(Mode::Restart),
            ["queue"] => Some(Mode::Queue(10)),
            ["parallel"] => Some(Mode::Parallel(10)),
            ["queue", n] => count(n).map(Mode::Queue),
            ["parallel", n] => count(n).map(Mode::Parallel),
            _ => None,
        };
        if mode.is_none() {
            let help = "N is 1 to 10";
            self.wrong(Code::UnknownValue, node, "mode: is single, restart, queue N or parallel N", help);
        }
        mode
    }
}
