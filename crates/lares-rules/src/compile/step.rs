//! The steps of `do:`. A step has exactly one verb and that verb's modifiers.

use std::sync::Arc;

use lares_model::{NoticeLevel, PropertyKey, Value, ValueType};

use super::fields::Grammar;
use super::rule::words;
use super::{Compiler, template};
use crate::check::{Surroundings, Type};
use crate::diagnostic::Code;
use crate::parse::expression;
use crate::parse::node::Node;
use crate::program::{Expr, Notification, OnFail, Step};
use crate::suggest;

/// Each verb with its modifiers.
const VERBS: [(&str, &[&str]); 7] = [
    ("set", &["transition", "verify", "retry", "on_fail"]),
    ("toggle", &[]),
    ("notify", &["level", "text", "repeat"]),
    ("wait", &[]),
    ("if", &["then", "else"]),
    ("log", &[]),
    ("stop", &[]),
];

/// Verbs and modifiers of later versions.
const LATER: &[&str] = &[
    "scene",
    "wait_for",
    "timeout",
    "on_timeout",
    "match",
    "cases",
    "repeat",
    "while",
    "until",
    "ramp",
    "by",
    "at_most",
    "parallel",
    "run",
    "helper",
    "mqtt",
    "webhook",
    "count",
    "each",
];

const ANY: Grammar = Grammar {
    what: "a step",
    keys: &[
        "set",
        "toggle",
        "notify",
        "wait",
        "if",
        "log",
        "stop",
        "transition",
        "verify",
        "retry",
        "on_fail",
        "level",
        "text",
        "repeat",
        "then",
        "else",
    ],
    later: LATER,
};

impl Compiler<'_, '_, '_> {
    /// Steps in their order; those that are wrong are told and left out.
    pub(super) fn steps(&mut self, node: &Node) -> Vec<Step> {
        let mut steps = Vec::new();
        for one in self.one_or_list(node, "steps") {
            self.step(one, &mut steps);
        }
        steps
    }

    fn step(&mut self, node: &Node, steps: &mut Vec<Step>) {
        if node.text() == Some("stop") {
            steps.push(Step::Stop);
            return;
        }
        // A repeat without notify is a verb of its own, of a later version.
        if let (Some(entries), None, Some(_)) = (node.map(), node.get("notify"), node.get("repeat")) {
            if let Some((key, _)) = entries.iter().find(|(key, _)| key.text() == Some("repeat")) {
                self.not_yet(key, "repeat");
            }
            return;
        }
        let errors = self.sink.errors();
        if !self.is_map(node, &ANY) {
            return;
        }
        let present: Vec<_> = VERBS.iter().filter(|(verb, _)| node.get(verb).is_some()).collect();
        let (verb, modifiers) = match present.as_slice() {
            [one] => **one,
            [] => {
                // A verb that is misspelled or of a later version was already told of.
                if self.sink.errors() == errors {
                    let help = format!("one of {}", VERBS.map(|(verb, _)| verb).join(", "));
                    self.wrong(Code::MissingKey, node, "the step does not say what to do", &help);
                }
                return;
            }
            [first, second, ..] => {
                let message = format!("a step has one verb, not \"{}\" and \"{}\"", first.0, second.0);
                self.wrong(Code::Conflict, node, message, "make it two steps");
                return;
            }
        };
        for (key, _) in node.map().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            if ANY.keys.contains(&name) && name != verb && !modifiers.contains(&name) {
                let message = format!("\"{name}\" does not belong to \"{verb}\"");
                self.wrong(Code::UnknownKey, key, message, &suggest::help(name, modifiers.iter().copied()));
            }
        }
        let Some(value) = node.get(verb) else { return };
        match verb {
            "set" => steps.extend(self.set(node, value)),
            "toggle" => self.toggle(value, steps),
            "notify" => steps.extend(self.notify(node, value)),
            "wait" => steps.extend(self.wait(value)),
            "if" => steps.extend(self.branch(node, value)),
            "log" => {
                template::check_node(self, value);
                steps.extend(self.text(value, "a text").map(|text| Step::Log { text: Arc::from(text) }));
            }
            _ => steps.push(Step::Stop),
        }
    }

    fn set(&mut self, node: &Node, value: &Node) -> Option<Step> {
        let around = Surroundings { in_run: true, ..Surroundings::default() };
        let assignments = self.assignments(value, around);
        let transition = node.get("transition").map(|node| self.duration(node));
        let verify = node.get("verify").map(|node| self.duration(node));
        let retry = node.get("retry").map_or(Some(0), |node| self.whole(node, 0, 10));
        let on_fail = match node.get("on_fail") {
            None => OnFail::default(),
            Some(node) if node.text() == Some("stop") => OnFail { steps: Vec::new(), stop: true },
            Some(node) => self.on_fail(node),
        };
        Some(Step::Set {
            assignments,
            transition: transition.flatten(),
            verify: verify.flatten(),
            retry: u8::try_from(retry?).unwrap_or(10),
            on_fail,
        })
    }

    /// Steps, of which a last `stop` ends the whole run.
    fn on_fail(&mut self, node: &Node) -> OnFail {
        let mut steps = self.steps(node);
        let stop = steps.last() == Some(&Step::Stop);
        if stop {
            steps.pop();
        }
        OnFail { steps, stop }
    }

    fn toggle(&mut self, node: &Node, steps: &mut Vec<Step>) {
        for one in self.one_or_list(node, "a device to toggle") {
            if let Some(text) = self.text(one, "a device to toggle")
                && let Some(key) = self.toggled(one, text)
            {
                steps.push(Step::Toggle { key });
            }
        }
    }

    fn toggled(&mut self, node: &Node, text: &str) -> Option<PropertyKey> {
        let target = match expression::parse_target(text) {
            Ok(target) => target,
            Err(issue) => {
                self.sink.add_inside(node, 0, issue);
                return None;
            }
        };
        if target.places.is_some() || target.path.len() > 2 {
            self.not_yet(node, "toggle of a selector");
            return None;
        }
        let found = self.device(node, &target.path[0])?;
        let property = match target.path.get(1) {
            Some(name) => self.writable(node, found, name)?,
            None => {
                let all = found.device.description.properties.iter();
                let switches: Vec<_> = all
                    .filter(|property| {
                        property.access.writable
                            && property.value_type == ValueType::Switch
                            && ["state", "lock"].contains(&property.base.as_str())
                    })
                    .collect();
                match switches.as_slice() {
                    [one] => *one,
                    [] => {
                        let message = format!("\"{}\" has no switch", found.device.slug);
                        self.wrong(Code::UnknownProperty, node, message, "");
                        return None;
                    }
                    many => {
                        let names: Vec<_> =
                            many.iter().map(|p| format!("{}.{}", found.device.slug, p.name)).collect();
                        let help = format!("one of {}", names.join(", "));
                        self.wrong(Code::ManyStates, node, "the device has several switches", &help);
                        return None;
                    }
                }
            }
        };
        if property.value_type != ValueType::Switch {
            let message = format!("{}.{} is no switch", found.device.slug, property.name);
            self.wrong(Code::TypeMismatch, node, message, "");
            return None;
        }
        Some(PropertyKey { device: found.id.clone(), property: property.name.clone() })
    }

    fn notify(&mut self, node: &Node, value: &Node) -> Option<Step> {
        let to = self.text(value, "whom to tell, such as everyone");
        let level = match node.get("level").map(|level| (level, level.text())) {
            None | Some((_, Some("info"))) => NoticeLevel::Info,
            Some((_, Some("warning"))) => NoticeLevel::Warning,
            Some((_, Some("critical"))) => NoticeLevel::Critical,
            Some((level, _)) => {
                self.wrong(Code::UnknownValue, level, "level: is info, warning or critical", "");
                NoticeLevel::Info
            }
        };
        let text = match node.get("text") {
            Some(text) => {
                template::check_node(self, text);
                self.text(text, "a text")
            }
            None => {
                self.wrong(Code::MissingKey, node, "the notice has no text:", "");
                None
            }
        };
        let repeat = match node.get("repeat") {
            None => None,
            Some(repeat) => {
                let phrase = self.text(repeat, "such as 5m until acknowledged")?;
                let length = match words(phrase).as_slice() {
                    [length @ .., "until", "acknowledged"] | length => super::rule::phrase_duration(length),
                };
                if length.is_none_or(|length| length < lares_model::Millis::secs(10)) {
                    let help = "at least 10s: repeat: 5m until acknowledged";
                    self.wrong(Code::Duration, repeat, "how often the notice is said again", help);
                }
                length
            }
        };
        Some(Step::Notify(Notification { to: Arc::from(to?), level, text: Arc::from(text?), repeat }))
    }

    fn wait(&mut self, node: &Node) -> Option<Step> {
        let text = self.text(node, "a length of time")?;
        let Some(rest) = text.trim_start().strip_prefix('=') else {
            #[expect(clippy::cast_precision_loss, reason = "a length of time is far below 2^53 ms")]
            return self
                .duration(node)
                .map(|length| Step::Wait { length: Expr::Literal(Value::Number(length.0 as f64 / 1000.0)) });
        };
        let shift = text.chars().count() - rest.chars().count();
        let ast = match expression::parse(rest) {
            Ok((ast, _)) => ast,
            Err(issue) => {
                self.sink.add_inside(node, shift, issue);
                return None;
            }
        };
        let around = Surroundings { in_run: true, ..Surroundings::default() };
        let mut checker = crate::check::Checker::new(self.names, around);
        let length = checker.value(&ast, &Type::seconds());
        self.waiting |= checker.waiting;
        let fine = checker.issues.is_empty();
        checker.issues.into_iter().for_each(|issue| self.sink.add_inside(node, shift, issue));
        fine.then_some(Step::Wait { length })
    }

    fn branch(&mut self, node: &Node, condition: &Node) -> Option<Step> {
        let around = Surroundings { in_run: true, ..Surroundings::default() };
        let mut all = Vec::new();
        for one in self.one_or_list(condition, "a condition") {
            all.push(self.condition(one, around));
        }
        let then = match node.get("then") {
            Some(then) => self.steps(then),
            None => {
                self.wrong(Code::MissingKey, node, "if: needs then:", "");
                Vec::new()
            }
        };
        let otherwise = node.get("else").map(|node| self.steps(node)).unwrap_or_default();
        let mut all = all.into_iter().collect::<Option<Vec<_>>>()?;
        let condition = if all.len() == 1 { all.remove(0) } else { Expr::And(all) };
        Some(Step::If { condition, then, otherwise })
    }
}
