//! A rule: what it is called, which kind it is, and whether it can run.

use std::sync::Arc;

use lares_model::{Millis, Priority, RuleId, slugify};

use super::Compiler;
use super::fields::{Grammar, parse_duration};
use crate::diagnostic::{Code, Diagnostic};
use crate::hash::Fnv;
use crate::parse::node::Node;
use crate::program::{ManualHold, Rule, RuleBody, RuleEntry, RuleStatus};
use crate::suggest;

/// A rule of a file, with the id that it asks for.
pub(crate) struct Compiled {
    pub(crate) id: RuleId,
    /// Where the id or name stands, for telling of a second one.
    pub(crate) node: Node,
    pub(crate) entry: RuleEntry,
}

const LATER: &[&str] = &["match", "cases", "trust", "helpers", "variables"];

const COMMON: [&str; 6] = ["name", "id", "priority", "manual", "gap", "description"];
const LEVEL_ONLY: [&str; 7] = ["while", "hold", "linger", "enter_if", "release", "if_unknown", "apply"];
const EDGE_ONLY: [&str; 6] = ["when", "if", "do", "mode", "missed", "reentrant"];

const LEVEL: Grammar = Grammar {
    what: "a rule with while: and hold:",
    keys: &joined::<13>(&[&COMMON, &LEVEL_ONLY]),
    later: LATER,
};
const EDGE: Grammar =
    Grammar { what: "a rule with when: and do:", keys: &joined::<12>(&[&COMMON, &EDGE_ONLY]), later: LATER };
/// While it is not clear which of both is meant.
const EITHER: Grammar =
    Grammar { what: "a rule", keys: &joined::<19>(&[&COMMON, &LEVEL_ONLY, &EDGE_ONLY]), later: LATER };

/// Lists of keys as one; does not compile if `N` is not their length.
const fn joined<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let (mut all, mut at, mut list) = ([""; N], 0, 0);
    while list < lists.len() {
        let mut key = 0;
        while key < lists[list].len() {
            all[at] = lists[list][key];
            (at, key) = (at + 1, key + 1);
        }
        list += 1;
    }
    assert!(at == N);
    all
}

impl Compiler<'_, '_, '_> {
    /// Compiles a rule. `cut` is true if YAML already took it apart, so that its pieces mean nothing.
    pub(crate) fn rule(&mut self, node: &Node, cut: bool, index: usize) -> Compiled {
        let errors = self.sink.errors();
        let mark = self.sink.len();
        self.waiting = false;
        let (name, id, place) = self.named(node, index);
        let is_level = node.get("while").is_some() || node.get("hold").is_some();
        let rule = if cut { None } else { self.body(node, is_level, &id, &name) };
        let broken = cut || self.sink.errors() > errors;
        let status = match rule {
            _ if broken => RuleStatus::Broken { reason: reason(self.sink.first_error_since(mark)) },
            _ if self.waiting => RuleStatus::Waiting { reason: "waits for devices to be listed".into() },
            Some(rule) => RuleStatus::Ready(Arc::new(rule)),
            None => RuleStatus::Broken { reason: reason(None) },
        };
        let file = Arc::from(self.sink.source.name.as_str());
        let line = self.sink.source.line(node.place);
        let entry = RuleEntry { name: Arc::from(name.as_str()), file, line, is_level, status };
        Compiled { id, node: place, entry }
    }

    fn named(&mut self, node: &Node, index: usize) -> (String, RuleId, Node) {
        let name = node.get("name").filter(|name| !name.is_empty() && name.text().is_some());
        let id = node.get("id").filter(|id| !id.is_empty() && id.text().is_some());
        if let (None, None, Some(_)) = (name, id, node.map()) {
            self.wrong(Code::MissingKey, node, "the rule has no name", "begin it with - name: …");
        }
        let place = id.or(name).unwrap_or(node).clone();
        let text = name.or(id).and_then(Node::text).unwrap_or_default();
        let name =
            if text.is_empty() { format!("Rule {}", index + 1) } else { text.chars().take(200).collect() };
        let id_text = match id.and_then(Node::text) {
            Some(id) => {
                let slug = slugify(id);
                if slug != id {
                    let help = format!("such as {slug}");
                    self.wrong(
                        Code::WrongType,
                        &place,
                        "an id is a slug: lower-case letters, digits and _",
                        &help,
                    );
                }
                slug
            }
            None if text.is_empty() => {
                let line = self.sink.source.line(node.place);
                slugify(&format!("{} line {line}", self.sink.source.name))
            }
            None => slugify(&name),
        };
        (name, RuleId::from(id_text), place)
    }

    fn body(&mut self, node: &Node, is_level: bool, id: &RuleId, name: &str) -> Option<Rule> {
        let is_edge = node.get("when").is_some();
        let mixed = is_level && (is_edge || node.get("do").is_some());
        let grammar = match (is_level, is_edge) {
            (true, false) if !mixed => &LEVEL,
            (false, true) => &EDGE,
            _ => &EITHER,
        };
        if !self.is_map(node, grammar) {
            return None;
        }
        if mixed {
            let help = "a level rule holds while something is true; an edge rule does when something happens";
            self.wrong(Code::Conflict, node, "a rule has either while:/hold: or when:/do:", help);
            return None;
        }
        self.gap_restarts = match node.get("gap").map(|gap| (gap, gap.text())) {
            None | Some((_, Some("assume"))) => false,
            Some((_, Some("restart"))) => true,
            Some((gap, _)) => {
                self.wrong(Code::UnknownValue, gap, "gap: is assume or restart", "");
                false
            }
        };
        let priority = self.priority(node);
        let manual = self.manual(node);
        let reentrant = node.get("reentrant").map_or(Some(false), |node| self.truth(node));
        let body = if is_level {
            RuleBody::Level(self.level(node)?)
        } else if is_edge {
            self.edge(node)?
        } else if let Some(steps) = node.get("do") {
            self.not_yet(steps, "a rule without a trigger (a script)");
            return None;
        } else {
            self.wrong(Code::MissingKey, node, "the rule has neither while: nor when:", "");
            return None;
        };
        let mut hash = Fnv::new();
        node.hash_into(&mut hash);
        Some(Rule {
            id: id.clone(),
            name: Arc::from(name),
            priority: priority?,
            manual: manual?,
            reentrant: reentrant?,
            body,
            fingerprint: hash.finish(),
        })
    }

    fn priority(&mut self, rule: &Node) -> Option<Priority> {
        let Some(node) = rule.get("priority") else { return Some(Priority::RULE) };
        match node.text() {
            Some("safety") => Some(Priority::SAFETY),
            Some("manual") => Some(Priority::MANUAL),
            Some("rule" | "rules") => Some(Priority::RULE),
            Some("schedule" | "schedules") => Some(Priority::SCHEDULE),
            Some(text) if text.trim().parse::<i64>().is_ok() => self.whole(node, 1, 1000).map(Priority),
            _ => {
                let message = "a priority is a number from 1 to 1000, or safety, manual, rules, schedules";
                self.wrong(Code::UnknownValue, node, message, "");
                None
            }
        }
    }

    fn manual(&mut self, rule: &Node) -> Option<Option<ManualHold>> {
        let Some(node) = rule.get("manual") else { return Some(None) };
        let text = self.text(node, "how long a person's hand stays, such as 30m")?;
        match words(text).as_slice() {
            ["until", "next", "block"] => Some(Some(ManualHold::UntilNextBlock)),
            ["until", "resumed"] => Some(Some(ManualHold::UntilResumed)),
            _ => self.duration(node).map(|length| Some(ManualHold::For(length))),
        }
    }
}

/// The words of a short phrase such as `once within 1h`.
pub(super) fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// A length of time in a phrase, or the phrase shown in an error.
pub(super) fn phrase_duration(text: &[&str]) -> Option<Millis> {
    parse_duration(&text.join(" "))
}

fn reason(first: Option<&Diagnostic>) -> String {
    match first {
        Some(first) => suggest::shorten(&format!("line {}: {}", first.span.line, first.message)),
        None => "it cannot be understood".into(),
    }
}
