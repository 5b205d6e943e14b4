//! From files to rules and diagnostics: the whole way, for a home, for one file, and for one expression.

use std::collections::BTreeMap;

use lares_model::RuleId;

use crate::catalog::HomeCatalog;
use crate::check::{Checker, Surroundings};
use crate::compile::{self, lint};
use crate::diagnostic::{Diagnostic, Severity};
use crate::parse::expression;
use crate::parse::node::Node;
use crate::parse::sink::Sink;
use crate::parse::source::Source;
use crate::parse::yaml;
use crate::program::{Expr, RuleSet, RuleStatus, TestCase};
use crate::resolve::Names;

/// A rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path relative to the automations folder, with `/`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What a set of rule files comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// The rules, good and bad.
    pub rules: RuleSet,
    /// Everything that is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The tests of all files, in their order; those with errors are left out.
    pub tests: Vec<TestCase>,
}

impl Loaded {
    /// True if anything does not run.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Loads all rule files of a home. Never fails: a bad rule is off, the rest run.
pub fn load(files: &[SourceFile], catalog: &HomeCatalog) -> Loaded {
    let names = Names::new(catalog);
    let mut loaded = Loaded::default();
    let mut taken: BTreeMap<RuleId, String> = BTreeMap::new();
    for file in files {
        let mut claim = |rule: &mut compile::Compiled, line: u32| {
            let before = taken.get(&rule.id).cloned();
            if before.is_none() {
                taken.insert(rule.id.clone(), format!("{} line {line}", file.name));
                return None;
            }
            // Still shown, in red: under a free id, so that nothing of the first is lost.
            let free =
                (2..).map(|n| RuleId::from(format!("{}_{n}", rule.id))).find(|id| !taken.contains_key(id));
            rule.entry.status = RuleStatus::Broken { reason: format!("its id {} is taken", rule.id) };
            let asked = rule.id.clone();
            rule.id = free.unwrap_or(asked.clone());
            taken.insert(rule.id.clone(), file.name.clone());
            before
        };
        let result = compile::compile(&file.name, &file.text, &names, &mut claim);
        loaded.rules.rules.extend(result.rules.into_iter().map(|rule| (rule.id, rule.entry)));
        loaded.tests.extend(result.tests);
        loaded.diagnostics.extend(result.diagnostics);
    }
    loaded
}

/// What can be said of a file without any home: whether it is YAML, and whether its expressions can be read.
pub fn check_syntax(file: &SourceFile) -> Vec<Diagnostic> {
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let source = Source::new(&file.name, text);
    let mut sink = Sink::new(&source);
    if let Some(root) = yaml::parse(text, &source, &mut sink) {
        lint(&root, &mut sink);
        for rule in root.get("rules").and_then(Node::list).unwrap_or_default() {
            for key in ["while", "when", "if", "enter_if"] {
                let Some(node) = rule.get(key) else { continue };
                for one in node.list().unwrap_or(std::slice::from_ref(node)) {
                    let Some(text) = one.text().filter(|text| *text != "start") else { continue };
                    if let Err(issue) = expression::parse(text) {
                        sink.add_inside(one, 0, issue);
                    }
                }
            }
        }
    }
    sink.finish()
}

/// An expression by itself, as it would stand in `when:`.
///
/// # Errors
/// Everything that is wrong with it; columns count in `text`, the file is named `expression`.
pub fn parse_expression(text: &str, catalog: &HomeCatalog) -> Result<Expr, Vec<Diagnostic>> {
    let source = Source::new("expression", text);
    let mut sink = Sink::new(&source);
    let names = Names::new(catalog);
    match expression::parse(text) {
        Ok((ast, _)) => {
            let around = Surroundings { in_run: true, changes: true, gap_restarts: false };
            let mut checker = Checker::new(&names, around);
            let typed = checker.elaborate(&ast, None);
            let fine =
                checker.issues.iter().all(|issue| issue.severity == Severity::Warning) && !checker.waiting;
            if fine {
                return Ok(typed.expr);
            }
            checker.issues.into_iter().for_each(|issue| sink.add(issue));
        }
        Err(issue) => sink.add(issue),
    }
    Err(sink.finish())
}
