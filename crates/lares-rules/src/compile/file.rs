//! A file as a whole.

use super::fields::Grammar;
use super::rule::Compiled;
use super::{Compiler, lint};
use crate::diagnostic::{Code, Diagnostic};
use crate::parse::node::Node;
use crate::parse::sink::{Issue, Sink};
use crate::parse::source::Source;
use crate::parse::yaml;
use crate::program::TestCase;
use crate::resolve::Names;

const FILE: Grammar = Grammar {
    what: "a rule file",
    keys: &["format", "rules", "tests"],
    later: &["helpers", "scenes", "schedules"],
};

/// What a file comes to.
pub(crate) struct FileResult {
    pub(crate) rules: Vec<Compiled>,
    pub(crate) tests: Vec<TestCase>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Compiles one file. `claim` is asked for each rule's id; it gives where the id was taken before, if it was.
pub(crate) fn compile(
    name: &str,
    text: &str,
    names: &Names<'_>,
    claim: &mut dyn FnMut(&mut Compiled, u32) -> Option<String>,
) -> FileResult {
    // A mark at the start of the file is no text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Source::new(name, text);
    let mut sink = Sink::new(&source);
    let (mut rules, mut tests) = (Vec::new(), Vec::new());
    if let Some(root) = yaml::parse(text, &source, &mut sink) {
        let mut compiler = Compiler { names, sink: &mut sink, waiting: false, gap_restarts: false };
        compiler.file(&root, &mut rules, &mut tests);
        for rule in &mut rules {
            let line = source.line(rule.node.place);
            let asked = rule.id.clone();
            if let Some(before) = claim(rule, line) {
                let message = format!("the id \"{asked}\" is taken by another rule");
                let issue = Issue::error(Code::DuplicateId, rule.node.place, message);
                sink.add(issue.help(format!("it stands in {before}; give one of them an id:")));
            }
        }
    }
    FileResult { rules, tests, diagnostics: sink.finish() }
}

impl Compiler<'_, '_, '_> {
    fn file(&mut self, root: &Node, rules: &mut Vec<Compiled>, tests: &mut Vec<TestCase>) {
        if root.map().is_some() {
            // What stands in rules and tests is looked at there, one by one.
            self.lint_top(root);
        }
        if !self.is_map(root, &FILE) {
            return;
        }
        if let Some(format) = root.get("format")
            && format.text().map(str::trim) != Some("1")
        {
            self.wrong(Code::WrongFormat, format, "this version reads format: 1", "");
        }
        if let Some(node) = root.get("rules") {
            for (index, one) in self.entries(node, "rules").iter().enumerate() {
                let cut = lint(one, self.sink);
                rules.push(self.rule(one, cut, index));
            }
        }
        if let Some(node) = root.get("tests") {
            for one in self.entries(node, "tests") {
                if !lint(one, self.sink) {
                    tests.extend(self.test_case(one));
                }
            }
        }
    }

    /// The keys at top level alone.
    fn lint_top(&mut self, root: &Node) {
        let mut seen = std::collections::BTreeSet::new();
        for (key, _) in root.map().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            if !seen.insert(name) {
                let message = format!("\"{}\" stands twice", crate::suggest::shorten(name));
                self.sink.error(Code::DuplicateKey, key.place, message);
            }
        }
    }

    fn entries<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        if node.is_empty() {
            return &[];
        }
        match node.list() {
            Some(items) => items,
            None => {
                let message = format!("{what}: is a list, found {}", node.in_words());
                self.wrong(Code::WrongType, node, message, "each begins with - name: …");
                &[]
            }
        }
    }
}
