//! What starts a run: expressions, events, clocks, cron, intervals, the sun, and the start of Lares.

use std::sync::Arc;

use lares_model::{Millis, PropertyKey, ValueType};

use super::fields::Grammar;
use super::{Compiler, check_cron};
use crate::check::{Surroundings, Type};
use crate::diagnostic::{Code, Severity};
use crate::hash;
use crate::parse::ast::{Ast, Kind};
use crate::parse::expression;
use crate::parse::node::Node;
use crate::parse::print::{print, put_clock};
use crate::parse::sink::Issue;
use crate::program::{Missed, Trigger, TriggerSpec};
use crate::suggest;

const GRAMMAR: Grammar = Grammar {
    what: "a trigger",
    keys: &["becomes", "event", "is", "at", "cron", "every", "sun", "start", "id", "missed"],
    later: &["mqtt", "webhook", "topic", "for"],
};

const VERBS: [&str; 7] = ["becomes", "event", "at", "cron", "every", "sun", "start"];

impl Compiler<'_, '_, '_> {
    /// All of `when:`, in their order.
    pub(super) fn triggers(&mut self, node: &Node, missed: Missed) -> Vec<TriggerSpec> {
        let mut all = Vec::new();
        for one in self.one_or_list(node, "a trigger") {
            match one.text() {
                Some("start") => all.push(spec(Trigger::Start, "start".into(), hash::of(&["start"]), missed)),
                Some(_) => all.extend(self.becomes(one, missed)),
                None => self.trigger(one, missed, &mut all),
            }
        }
        all
    }

    fn trigger(&mut self, node: &Node, missed: Missed, all: &mut Vec<TriggerSpec>) {
        let errors = self.sink.errors();
        if !self.is_map(node, &GRAMMAR) {
            return;
        }
        let id = node.get("id").and_then(|id| self.text(id, "an id")).map(Arc::from);
        let missed = match node.get("missed") {
            Some(node) => self.missed(node).unwrap_or(missed),
            None => missed,
        };
        let mut verbs = VERBS.iter().filter_map(|verb| node.get(verb).map(|value| (*verb, value)));
        let first = verbs.next();
        let second = verbs.next();
        let Some((verb, value)) = first else {
            // A verb that is misspelled or of a later version was already told of.
            if self.sink.errors() == errors {
                let help = format!("it is one of {}", VERBS.join(", "));
                self.wrong(Code::MissingKey, node, "the trigger does not say what must happen", &help);
            }
            return;
        };
        if let Some((other, value)) = second {
            let message = format!("\"{verb}\" and \"{other}\" are two triggers");
            self.wrong(Code::Conflict, value, message, "write them as a list");
            return;
        }
        if let Some(is) = node.get("is")
            && verb != "event"
        {
            self.wrong(Code::Conflict, is, "\"is\" belongs to event:", "");
        }
        let before = all.len();
        match verb {
            "becomes" => all.extend(self.becomes(value, missed)),
            "event" => self.event(value, node.get("is"), missed, all),
            "at" => self.at(value, missed, all),
            "sun" => all.extend(self.computed(value, missed, true)),
            "cron" => all.extend(self.cron(value, missed)),
            "every" => all.extend(self.every(value, missed)),
            _ => {
                if self.truth(value) == Some(true) {
                    all.push(spec(Trigger::Start, "start".into(), hash::of(&["start"]), missed));
                }
            }
        }
        for trigger in &mut all[before..] {
            trigger.id.clone_from(&id);
        }
    }

    fn becomes(&mut self, node: &Node, missed: Missed) -> Option<TriggerSpec> {
        let ast = self.parse(node)?;
        let around = Surroundings { changes: true, ..Surroundings::default() };
        let expr = self.checked(node, around, |checker| checker.condition(&ast))?;
        let text = print(&ast, &str::to_owned);
        Some(spec(Trigger::Becomes(expr), text, self.key("becomes", &ast), missed))
    }

    fn key(&self, verb: &str, ast: &Ast) -> u64 {
        hash::of(&[verb, &print(ast, &|slug| self.names.stable(slug))])
    }

    fn event(&mut self, node: &Node, is: Option<&Node>, missed: Missed, all: &mut Vec<TriggerSpec>) {
        let Some(text) = self.text(node, "an event, such as bed_remote.action") else { return };
        let Some((keys, words)) = self.event_keys(node, text) else { return };
        let Some(is) = is else {
            let key = hash::of(&["event", &stable(&keys)]);
            all.push(spec(Trigger::Event { keys, is: None }, text.trim().to_owned(), key, missed));
            return;
        };
        for one in self.one_or_list(is, "what it says") {
            let Some(word) = self.text(one, "what it says") else { continue };
            if !words.is_empty() && !words.iter().any(|have| &**have == word) {
                let help = suggest::help(word, words.iter().map(|word| &**word));
                let message = format!("the event never says \"{}\"", suggest::shorten(word));
                self.sink.add(Issue::error(Code::UnknownValue, one.place, message).help(help));
                continue;
            }
            let key = hash::of(&["event", &stable(&keys), word]);
            let trigger = Trigger::Event { keys: keys.clone(), is: Some(Arc::from(word)) };
            all.push(spec(trigger, format!("{} is {word}", text.trim()), key, missed));
        }
    }

    /// The event properties that a text names, and all words that they can say (none if one may say anything).
    fn event_keys(&mut self, node: &Node, text: &str) -> Option<(Vec<PropertyKey>, Vec<Arc<str>>)> {
        let target = match expression::parse_target(text) {
            Ok(target) => target,
            Err(issue) => {
                self.sink.add_inside(node, 0, issue);
                return None;
            }
        };
        let members = match target.path.as_slice() {
            [device, name] if target.places.is_none() => {
                let found = self.device(node, device)?;
                match self.names.property(found, name) {
                    Ok(property) => vec![(found, property)],
                    Err(issue) => {
                        self.sink.add_inside(node, 0, issue);
                        return None;
                    }
                }
            }
            [base] => match self.names.area(target.places.as_deref()) {
                Ok(area) => {
                    let members = self.names.members_by_property(&base.text, &area).unwrap_or_default();
                    if members.is_empty() {
                        let issue =
                            Issue::warning(Code::EmptySelector, base.place, "nothing matches here now");
                        self.sink.add_inside(node, 0, issue);
                    }
                    members.iter().map(|member| (member.found, member.property)).collect()
                }
                Err(issue) => {
                    self.waiting |= issue.severity == Severity::Warning;
                    self.sink.add_inside(node, 0, issue);
                    return None;
                }
            },
            _ => {
                self.wrong(
                    Code::NoEvent,
                    node,
                    "an event is written device.property",
                    "such as bed_remote.action",
                );
                return None;
            }
        };
        let mut all_words = Vec::new();
        let mut open = false;
        for (found, property) in &members {
            let ValueType::Event { values } = &property.value_type else {
                let message = format!("{}.{} is a state, not an event", found.device.slug, property.name);
                self.wrong(Code::NoEvent, node, message, "write the trigger as an expression");
                return None;
            };
            open |= values.is_empty();
            all_words.extend(values.iter().cloned());
        }
        if open {
            all_words.clear();
        }
        let keys = members.iter().map(|(found, property)| PropertyKey {
            device: found.id.clone(),
            property: property.name.clone(),
        });
        Some((keys.collect(), all_words))
    }

    fn at(&mut self, node: &Node, missed: Missed, all: &mut Vec<TriggerSpec>) {
        for one in self.one_or_list(node, "a clock time, such as \"06:45\"") {
            let Some(ast) = self.parse(one) else { continue };
            if let Kind::Clock(clock) = ast.bare().kind {
                let mut text = String::from("at ");
                put_clock(&mut text, clock);
                let key = hash::of(&[&text]);
                all.push(spec(Trigger::At { clock }, text, key, missed));
            } else {
                all.extend(self.computed(one, missed, false));
            }
        }
    }

    /// A clock time that is computed anew each day.
    fn computed(&mut self, node: &Node, missed: Missed, needs_sun: bool) -> Option<TriggerSpec> {
        let ast = self.parse(node)?;
        let expr =
            self.checked(node, Surroundings::default(), |checker| checker.value(&ast, &Type::Clock))?;
        let mut sun = false;
        expr.walk(&mut |part| {
            sun |= matches!(part, crate::program::Expr::Sunrise | crate::program::Expr::Sunset);
        });
        if needs_sun && !sun {
            self.wrong(Code::Clock, node, "sun: needs sunrise or sunset", "such as sun: sunset - 10m");
            return None;
        }
        let text = print(&ast, &str::to_owned);
        let key = self.key("at", &ast);
        Some(spec(Trigger::AtComputed(expr), format!("at {text}"), key, missed))
    }

    fn cron(&mut self, node: &Node, missed: Missed) -> Option<TriggerSpec> {
        let text = self.text(node, "a cron pattern")?;
        let pattern = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Err(reason) = check_cron(&pattern) {
            let help = "fields: [second] minute hour day month weekday";
            self.wrong(Code::Cron, node, reason, help);
            return None;
        }
        let key = hash::of(&["cron", &pattern]);
        Some(spec(Trigger::Cron(Arc::from(pattern.as_str())), format!("cron {pattern}"), key, missed))
    }

    fn every(&mut self, node: &Node, missed: Missed) -> Option<TriggerSpec> {
        let length = self.duration(node)?;
        if length < Millis::secs(1) || length > Millis::hours(24) {
            self.wrong(Code::Duration, node, "an interval is 1s to 24h", "for rarer times use cron:");
            return None;
        }
        let text = format!("every {length}");
        let key = hash::of(&[&text]);
        Some(spec(Trigger::Every(length), text, key, missed))
    }
}

fn spec(trigger: Trigger, text: String, key: u64, missed: Missed) -> TriggerSpec {
    TriggerSpec { id: None, trigger, missed, key, text: Arc::from(text) }
}

fn stable(keys: &[PropertyKey]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
