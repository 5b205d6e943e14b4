//! A file's text by characters, so that every place can be told as line and column.

use crate::diagnostic::Span;

/// A piece of a file, in characters from its start; the end is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Place {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }
}

/// The text of a file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the automations folder.
    pub(crate) name: String,
    pub(crate) chars: Vec<char>,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// The most characters of a line that a diagnostic shows.
const SHOWN_MAX: usize = 200;

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut lines = vec![0];
        for (index, &c) in chars.iter().enumerate() {
            if c == '\n' || (c == '\r' && chars.get(index + 1) != Some(&'\n')) {
                lines.push(index + 1);
            }
        }
        Self { name: name.to_owned(), chars, lines }
    }

    /// Line and column of a place, both from 1.
    pub(crate) fn span(&self, place: Place) -> Span {
        let (line, column) = self.position(place.start);
        let (end_line, end_column) = self.position(place.end.max(place.start));
        Span { line, column, end_line, end_column }
    }

    /// The line of a place, from 1.
    pub(crate) fn line(&self, place: Place) -> u32 {
        self.position(place.start).0
    }

    fn position(&self, index: usize) -> (u32, u32) {
        let index = index.min(self.chars.len());
        let line = self.lines.partition_point(|&start| start <= index).max(1);
        let column = index - self.lines[line - 1];
        (count(line), count(column + 1))
    }

    /// The line of a span for showing, and the column at which what is shown begins.
    pub(crate) fn shown(&self, span: Span) -> (String, u32) {
        let line = span.line as usize;
        let Some(&start) = self.lines.get(line.wrapping_sub(1)) else { return (String::new(), 1) };
        let end = self.lines.get(line).copied().unwrap_or(self.chars.len());
        let whole = &self.chars[start..end];
        let column = span.column as usize - 1;
        let from = if whole.len() <= SHOWN_MAX { 0 } else { column.saturating_sub(SHOWN_MAX / 2) };
        let text: String = whole[from.min(whole.len())..].iter().take(SHOWN_MAX).collect();
        (text.trim_end().to_owned(), count(from + 1))
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_in_any_way() {
        let source = Source::new("a.yaml", "ä: 1\r\nb: ü\rc: 3\n");
        let at = |c| source.chars.iter().position(|&x| x == c).unwrap();
        assert_eq!(source.position(at('1')), (1, 4));
        assert_eq!(source.position(at('ü')), (2, 4));
        assert_eq!(source.position(at('3')), (3, 4));
        assert_eq!(source.position(9999), (4, 1));
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let source = Source::new("a.yaml", &format!("{}HERE{}", "x".repeat(1000), "y".repeat(1000)));
        let (text, from) = source.shown(source.span(Place::new(1000, 1004)));
        assert_eq!(text.chars().count(), 200);
        assert_eq!(from, 901);
        assert!(text.contains("HERE"));
    }
}
