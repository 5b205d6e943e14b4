//! Where all that is wrong in one file is gathered, so that one mistake does not hide the others.

use super::node::Node;
use super::source::{Place, Source};
use crate::diagnostic::{Code, Diagnostic, Severity};

/// The most that is told of one file.
const MAX: usize = 200;

/// Something wrong inside an expression, by its characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Issue {
    pub(crate) code: Code,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) place: Place,
}

impl Issue {
    pub(crate) fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: String::new(), place }
    }

    pub(crate) fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, place, message) }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// What is wrong in a file.
#[derive(Debug)]
pub(crate) struct Sink<'s> {
    pub(crate) source: &'s Source,
    diagnostics: Vec<Diagnostic>,
    errors: usize,
    suppressed: usize,
}

impl<'s> Sink<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        Self { source, diagnostics: Vec::new(), errors: 0, suppressed: 0 }
    }

    /// Takes one in, placed in the file.
    pub(crate) fn add(&mut self, issue: Issue) {
        let is_error = issue.severity == Severity::Error;
        self.errors += usize::from(is_error);
        if self.diagnostics.len() >= MAX {
            self.suppressed += 1;
            return;
        }
        let span = self.source.span(issue.place);
        let (source_line, source_from) = self.source.shown(span);
        let diagnostic = Diagnostic {
            code: issue.code.as_str().to_owned(),
            severity: issue.severity,
            message: issue.message,
            help: issue.help,
            file: self.source.name.clone(),
            span,
            source_line,
            source_from,
        };
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Takes one in that is placed by the characters of a scalar's text, `shift` characters into it.
    pub(crate) fn add_inside(&mut self, node: &Node, shift: usize, mut issue: Issue) {
        issue.place = node.place_of(self.source, issue.place.start + shift, issue.place.end + shift);
        self.add(issue);
    }

    /// An error at a place.
    pub(crate) fn error(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.add(Issue::error(code, place, message));
    }

    /// The number of errors so far, for telling which rule they belong to.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// The first error's message at or after this many diagnostics.
    pub(crate) fn first_error_since(&self, mark: usize) -> Option<&Diagnostic> {
        self.diagnostics.iter().skip(mark).find(|diagnostic| diagnostic.is_error())
    }

    /// The number of diagnostics so far.
    pub(crate) fn len(&self) -> usize {
        self.diagnostics.len()
    }

    /// All of them, by place.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        if self.suppressed > 0 {
            let place = Place::new(self.source.chars.len(), self.source.chars.len());
            let message = format!("{} more are not shown", self.suppressed);
            let span = self.source.span(place);
            self.diagnostics.push(Diagnostic {
                code: Code::TooMany.as_str().to_owned(),
                severity: Severity::Error,
                message,
                help: String::new(),
                file: self.source.name.clone(),
                span,
                source_line: String::new(),
                source_from: 1,
            });
        }
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        self.diagnostics
    }
}
