//! YAML to the tree. Hostile files are refused early: depth, size, anchors, tags.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::node::{Node, NodeKind, Style};
use super::sink::{Issue, Sink};
use super::source::{Place, Source};
use crate::diagnostic::Code;

/// How deep lists and mappings may be nested.
const DEPTH_MAX: usize = 64;
/// How many bytes a file may have.
const LENGTH_MAX: usize = 2_000_000;

/// A list or mapping whose end was not seen yet.
struct Open {
    start: usize,
    flow: bool,
    items: Vec<Node>,
    is_map: bool,
}

/// The tree of a file. `None` for an empty file, and when it cannot be read at all, which is then in the sink.
///
/// `source` must be made of the same `text`.
pub(crate) fn parse(text: &str, source: &Source, sink: &mut Sink<'_>) -> Option<Node> {
    if text.len() > LENGTH_MAX {
        sink.error(Code::TooLarge, Place::new(0, 1), "the file is larger than 2 MB");
        return None;
    }
    match build(text, source) {
        Ok(root) => root.filter(|root| !root.is_empty()),
        Err(issue) => {
            sink.add(*issue);
            None
        }
    }
}

fn build(text: &str, source: &Source) -> Result<Option<Node>, Box<Issue>> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().index();
            let info = error.info().trim_end_matches('.').to_owned();
            Box::new(Issue::error(Code::Syntax, Place::new(at, at + 1), info))
        })?;
        let place = Place::new(span.start.index(), span.end.index());
        let fail = |code, message: &str| Err(Box::new(Issue::error(code, place, message)));
        let finished = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return fail(Code::Syntax, "a rule file is one YAML document");
                }
                None
            }
            Event::Alias(_) => return fail(Code::NoAnchors, "YAML aliases are not part of rule files"),
            Event::Scalar(_, _, anchor, ref tag)
            | Event::SequenceStart(anchor, ref tag)
            | Event::MappingStart(anchor, ref tag)
                if anchor != 0 || tag.is_some() =>
            {
                return fail(Code::NoAnchors, "YAML anchors and tags are not part of rule files");
            }
            Event::Scalar(text, style, ..) => Some(scalar(text.into_owned(), style, place)),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= DEPTH_MAX {
                    return fail(Code::TooDeep, "nested too deep");
                }
                let flow = matches!(source.chars.get(place.start), Some('[' | '{'));
                let is_map = matches!(event, Event::MappingStart(..));
                open.push(Open { start: place.start, flow, items: Vec::new(), is_map });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|done| close(done, place.end)),
            _ => None,
        };
        if let Some(node) = finished {
            match open.last_mut() {
                Some(parent) => parent.items.push(node),
                None => root = Some(node),
            }
        }
    }
    Ok(root)
}

fn scalar(text: String, style: ScalarStyle, place: Place) -> Node {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    // The parser gives `~` for nothing, and no width.
    let text = if style == Style::Plain && place.start == place.end { String::new() } else { text };
    Node { kind: NodeKind::Scalar { text, style }, place }
}

fn close(done: Open, end: usize) -> Node {
    // The end of a block collection is only seen at the next token; its last item is where it ends for people.
    let end = if done.flow { end } else { done.items.last().map_or(end, |last| last.place.end) };
    let place = Place::new(done.start, end);
    let kind = if done.is_map {
        let mut entries = Vec::with_capacity(done.items.len() / 2);
        let mut items = done.items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            entries.push((key, value));
        }
        NodeKind::Map { entries, flow: done.flow }
    } else {
        NodeKind::List { items: done.items, flow: done.flow }
    };
    Node { kind, place }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> (Option<Node>, Vec<String>) {
        let source = Source::new("a.yaml", text);
        let mut sink = Sink::new(&source);
        let root = parse(text, &source, &mut sink);
        (root, sink.finish().into_iter().map(|d| d.code).collect())
    }

    #[test]
    fn scalars_keep_their_text_and_every_node_its_place() {
        let text = "a: on\n'b': [\"x\\ty\", 2]\nc:\n";
        let source = Source::new("a.yaml", text);
        let (root, wrong) = codes(text);
        assert_eq!(wrong, [""; 0]);
        let root = root.unwrap();
        assert_eq!(root.get("a").unwrap().text(), Some("on"));
        let list = root.get("b").unwrap();
        assert_eq!(list.list().unwrap()[0].text(), Some("x\ty"));
        assert_eq!(source.span(list.place).column, 6);
        assert!(root.get("c").unwrap().is_empty());
        // The y stands after the escape.
        let y = list.list().unwrap()[0].place_of(&source, 2, 3);
        assert_eq!((source.chars[y.start], y.end - y.start), ('y', 1));
    }

    #[test]
    fn places_inside_folded_text_are_found() {
        let text = "while: >-\n    one and\n    two\n";
        let source = Source::new("a.yaml", text);
        let root = codes(text).0.unwrap();
        let node = root.get("while").unwrap();
        assert_eq!(node.text(), Some("one and two"));
        let two = node.place_of(&source, 8, 11);
        assert_eq!(source.chars[two.start..two.end].iter().collect::<String>(), "two");
    }

    #[test]
    fn bombs_and_towers_are_refused() {
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n";
        assert_eq!(codes(bomb).1, ["no-anchors"]);
        for tower in ["[".repeat(10_000), "{a: ".repeat(10_000), "- ".repeat(10_000), "? ".repeat(10_000)] {
            let wrong = codes(&tower).1;
            assert!(wrong == ["too-deep"] || wrong == ["syntax"], "{wrong:?}");
        }
        assert_eq!(codes("a: !!binary x").1, ["no-anchors"]);
        assert_eq!(codes("a: 1\n---\nb: 2\n").1, ["syntax"]);
        assert_eq!(codes(&"x".repeat(2_000_001)).1, ["too-large"]);
    }
}
