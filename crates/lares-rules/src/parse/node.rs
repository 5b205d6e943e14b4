//! The YAML tree: scalars keep their text as written (nothing is taken for a number or a truth), everything has a place.

use super::source::{Place, Source};

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) place: Place,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeKind {
    Scalar { text: String, style: Style },
    List { items: Vec<Node>, flow: bool },
    Map { entries: Vec<(Node, Node)>, flow: bool },
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Block,
}

impl Node {
    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub(crate) fn map(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            NodeKind::Map { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::List { items, .. } => Some(items),
            _ => None,
        }
    }

    /// True for a scalar without quotes.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.kind, NodeKind::Scalar { style: Style::Plain, .. })
    }

    /// True for nothing at all: `key:` without a value, or `~`.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_plain() && matches!(self.text(), Some("" | "~" | "null"))
    }

    /// True for a mapping.
    pub(crate) fn kind_is_map(&self) -> bool {
        matches!(self.kind, NodeKind::Map { .. })
    }

    /// In words, for messages.
    pub(crate) fn in_words(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scalar { .. } if self.is_empty() => "nothing",
            NodeKind::Scalar { .. } => "a text",
            NodeKind::List { .. } => "a list",
            NodeKind::Map { .. } => "a mapping",
        }
    }

    /// The entry of this key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// A hash of the tree that layout, quotes and comments do not change.
    pub(crate) fn hash_into(&self, hash: &mut crate::hash::Fnv) {
        match &self.kind {
            NodeKind::Scalar { text, .. } => {
                hash.text(&text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            NodeKind::List { items, .. } => {
                hash.text("[");
                items.iter().for_each(|item| item.hash_into(hash));
                hash.text("]");
            }
            NodeKind::Map { entries, .. } => {
                hash.text("{");
                for (key, value) in entries {
                    key.hash_into(hash);
                    value.hash_into(hash);
                }
                hash.text("}");
            }
        }
    }

    /// Where in the file the characters `from..to` of this scalar's text stand. Quotes, escapes and folded lines make
    /// the two differ, so both are walked side by side.
    pub(crate) fn place_of(&self, source: &Source, from: usize, to: usize) -> Place {
        let NodeKind::Scalar { text, style } = &self.kind else { return self.place };
        let end = self.place.end.min(source.chars.len());
        let mut at = self.place.start;
        if matches!(style, Style::SingleQuoted | Style::DoubleQuoted) {
            at += 1;
        }
        if *style == Style::Block && matches!(source.chars.get(at), Some('|' | '>')) {
            // The header line is no text.
            while at < end && source.chars[at] != '\n' {
                at += 1;
            }
        }
        let (mut start, mut last) = (at, at);
        for (index, c) in text.chars().enumerate() {
            if index >= to {
                break;
            }
            let (here, next) = step(&source.chars[..end], at, c, *style);
            if index == from {
                start = here;
            }
            last = next;
            at = next;
        }
        if from >= text.chars().count() {
            start = last;
        }
        Place::new(start.min(end), last.min(end).max(start.min(end) + usize::from(from < to)))
    }
}

/// Where the value's character `c` stands at or after `at`, and where the next may stand.
fn step(chars: &[char], at: usize, c: char, style: Style) -> (usize, usize) {
    let mut at = at;
    if style == Style::DoubleQuoted && chars.get(at) == Some(&'\\') {
        let length = match chars.get(at + 1) {
            Some('x') => 4,
            Some('u') => 6,
            Some('U') => 10,
            _ => 2,
        };
        return (at, at + length);
    }
    if style == Style::SingleQuoted && c == '\'' {
        return (at, at + 2);
    }
    // A folded line break stands for one blank; indentation stands for nothing.
    if c != '\n' && !c.is_whitespace() {
        while chars.get(at).is_some_and(|have| have.is_whitespace()) {
            at += 1;
        }
    }
    (at, at + 1)
}
