//! What can be told of the tree alone: keys that stand twice, commas that YAML took for its own, and spellings that
//! other YAML readers would take for something else.

use std::collections::BTreeMap;

use crate::diagnostic::Code;
use crate::parse::node::{Node, NodeKind};
use crate::parse::sink::{Issue, Sink};
use crate::suggest;

/// Looks at a node and all below it. True if YAML cut something at a comma, so that its pieces mean nothing.
pub(crate) fn lint(node: &Node, sink: &mut Sink<'_>) -> bool {
    match &node.kind {
        NodeKind::Scalar { text, .. } => {
            if node.is_plain() && is_clock(text) {
                let issue = Issue::warning(Code::QuoteClock, node.place, "a clock time without quotes");
                sink.add(issue.help(format!("write \"{}\"", text.trim())));
            }
            false
        }
        NodeKind::List { items, flow } => {
            let cut = *flow && cut_at_comma(items.iter(), sink);
            items.iter().fold(cut, |cut, item| lint(item, sink) | cut)
        }
        NodeKind::Map { entries, flow } => {
            let cut = *flow && cut_at_comma(entries.iter().flat_map(|(key, value)| [key, value]), sink);
            if !cut {
                keys(entries, sink);
            }
            entries.iter().fold(cut, |cut, (_, value)| lint(value, sink) | cut)
        }
    }
}

fn keys(entries: &[(Node, Node)], sink: &mut Sink<'_>) {
    let mut seen: BTreeMap<&str, &Node> = BTreeMap::new();
    for (key, _) in entries {
        let Some(name) = key.text() else {
            sink.error(Code::WrongType, key.place, "a key is a text");
            continue;
        };
        if let Some(first) = seen.insert(name, key) {
            let line = sink.source.line(first.place);
            let message = format!("\"{}\" stands twice", suggest::shorten(name));
            sink.add(
                Issue::error(Code::DuplicateKey, key.place, message).help(format!("first in line {line}")),
            );
        }
        if key.is_plain()
            && ["on", "off", "yes", "no", "y", "n"].contains(&name.to_ascii_lowercase().as_str())
        {
            let issue =
                Issue::warning(Code::QuoteKey, key.place, "a key that other readers take for true or false");
            sink.add(issue.help(format!("write \"{name}\":")));
        }
    }
}

/// True if a piece of a flow collection has a bracket without its partner, which only a cut can leave.
fn cut_at_comma<'n>(pieces: impl Iterator<Item = &'n Node>, sink: &mut Sink<'_>) -> bool {
    for piece in pieces {
        if let Some(text) = piece.text()
            && piece.is_plain()
            && !is_balanced(text)
        {
            let issue = Issue::error(Code::FlowComma, piece.place, "YAML cut this at a comma or bracket");
            sink.add(issue.help("quote this expression"));
            return true;
        }
    }
    false
}

fn is_balanced(text: &str) -> bool {
    let mut depth = 0_i64;
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

fn is_clock(text: &str) -> bool {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let digits = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (2..=3).contains(&parts.len()) && parts.iter().all(digits)
}
