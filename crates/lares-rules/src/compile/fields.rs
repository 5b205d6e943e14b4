//! A mapping read by its grammar: which keys there are, which come in a later version, and which are nothing.

use lares_model::Millis;

use super::Compiler;
use crate::diagnostic::Code;
use crate::parse::expression;
use crate::parse::node::Node;
use crate::parse::sink::Issue;
use crate::suggest;

/// The keys of a mapping.
pub(crate) struct Grammar {
    /// What the mapping is, for messages: `a level rule`.
    pub(crate) what: &'static str,
    /// What it may have.
    pub(crate) keys: &'static [&'static str],
    /// What the language has, but this version does not carry out.
    pub(crate) later: &'static [&'static str],
}

impl Compiler<'_, '_, '_> {
    /// True if the node is a mapping. Keys that do not belong there are told.
    pub(crate) fn is_map(&mut self, node: &Node, grammar: &Grammar) -> bool {
        let Some(entries) = node.map() else {
            let message = format!("expected {}, found {}", grammar.what, node.in_words());
            self.sink.error(Code::WrongType, node.place, message);
            return false;
        };
        for (key, _) in entries {
            let Some(name) = key.text() else { continue };
            if grammar.keys.contains(&name) {
                continue;
            }
            if grammar.later.contains(&name) {
                self.not_yet(key, name);
                continue;
            }
            let message = format!("\"{}\" is not part of {}", suggest::shorten(name), grammar.what);
            let help = suggest::help(name, grammar.keys.iter().chain(grammar.later).copied());
            self.sink.add(Issue::error(Code::UnknownKey, key.place, message).help(help));
        }
        true
    }

    /// Refuses a piece of the language that this version does not carry out.
    pub(crate) fn not_yet(&mut self, node: &Node, what: &str) {
        let message = format!("\"{}\" is not yet supported by this version", suggest::shorten(what));
        self.sink.error(Code::NotYetSupported, node.place, message);
    }

    /// A length of time such as `3m`.
    pub(crate) fn duration(&mut self, node: &Node) -> Option<Millis> {
        let text = self.text(node, "a length of time, such as 3m")?;
        match parse_duration(text) {
            Some(length) => Some(length),
            None => {
                let message = format!("\"{}\" is no length of time", suggest::shorten(text));
                self.wrong(Code::Duration, node, message, "such as 90s, 3m, 1h30m or 2d");
                None
            }
        }
    }

    /// A whole number in a range.
    pub(crate) fn whole(&mut self, node: &Node, least: u16, most: u16) -> Option<u16> {
        let text = self.text(node, "a number")?;
        let number = text.trim().parse::<u16>().ok().filter(|n| (least..=most).contains(n));
        if number.is_none() {
            let message = format!("expected a whole number from {least} to {most}");
            self.sink.error(Code::OutOfRange, node.place, message);
        }
        number
    }

    /// `true` or `false`.
    pub(crate) fn truth(&mut self, node: &Node) -> Option<bool> {
        match self.text(node, "true or false")?.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" => Some(true),
            "false" | "off" | "no" => Some(false),
            _ => {
                self.sink.error(Code::WrongType, node.place, "expected true or false");
                None
            }
        }
    }
}

/// A length of time by itself.
pub(crate) fn parse_duration(text: &str) -> Option<Millis> {
    use crate::parse::ast::Kind;
    let (ast, _) = expression::parse(text).ok()?;
    let Kind::Number(number) = ast.kind else { return None };
    if !expression::is_duration(&number) {
        return None;
    }
    let seconds = crate::parse::lexer::seconds_in(&number.unit)? * number.value;
    let ms = (seconds * 1000.0).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (0.0..=1e13).contains(&ms).then_some(Millis(ms as u64))
}
