//! Stage 4: files to rules and tests. Reads the tree by the grammar of the reference, hands expressions to the checker,
//! and puts the program together. Every mistake is told; a rule with one does not run.

mod assign;
mod cron;
mod edge;
mod fields;
mod file;
mod level;
mod lint;
mod rule;
mod step;
mod template;
mod test_case;
mod trigger;

pub(crate) use cron::check as check_cron;
pub(crate) use file::compile;
pub(crate) use lint::lint;
pub(crate) use rule::Compiled;

use crate::check::{Checker, Surroundings};
use crate::diagnostic::{Code, Severity};
use crate::parse::ast::Ast;
use crate::parse::expression;
use crate::parse::node::Node;
use crate::parse::sink::{Issue, Sink};
use crate::program::Expr;
use crate::resolve::Names;

/// Compiles one file.
pub(crate) struct Compiler<'f, 's, 'c> {
    pub(crate) names: &'f Names<'c>,
    pub(crate) sink: &'f mut Sink<'s>,
    /// Something is not known that may yet be announced.
    pub(crate) waiting: bool,
    /// `gap: restart` of the present rule.
    pub(crate) gap_restarts: bool,
}

impl<'c> Compiler<'_, '_, 'c> {
    /// The text of a node that must be one.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match node.text() {
            Some(text) if !node.is_empty() => Some(text),
            _ => {
                let message = format!("expected {what}, found {}", node.in_words());
                self.sink.error(Code::WrongType, node.place, message);
                None
            }
        }
    }

    /// The items of a node that must be a list, or the node itself where one stands for a list of one.
    pub(crate) fn one_or_list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match node.list() {
            Some([]) | None if node.is_empty() || node.list().is_some() => {
                self.sink.error(Code::MissingKey, node.place, format!("expected {what}"));
                &[]
            }
            Some(items) => items,
            None => std::slice::from_ref(node),
        }
    }

    /// A parsed expression, its warnings told.
    pub(crate) fn parse(&mut self, node: &Node) -> Option<Ast> {
        let text = self.text(node, "an expression")?;
        match expression::parse(text) {
            Ok((ast, warnings)) => {
                warnings.into_iter().for_each(|issue| self.sink.add_inside(node, 0, issue));
                Some(ast)
            }
            Err(issue) => {
                self.sink.add_inside(node, 0, issue);
                None
            }
        }
    }

    /// Runs a checker over something in this node, and takes its issues in. `None` if it is broken.
    pub(crate) fn checked<T>(
        &mut self,
        node: &Node,
        around: Surroundings,
        go: impl FnOnce(&mut Checker<'_, 'c>) -> T,
    ) -> Option<T> {
        let around = Surroundings { gap_restarts: self.gap_restarts, ..around };
        let mut checker = Checker::new(self.names, around);
        let result = go(&mut checker);
        self.waiting |= checker.waiting;
        let broken = checker.issues.iter().any(|issue| issue.severity == Severity::Error);
        let waiting = checker.waiting;
        checker.issues.into_iter().for_each(|issue| self.sink.add_inside(node, 0, issue));
        (!broken && !waiting).then_some(result)
    }

    /// A condition.
    pub(crate) fn condition(&mut self, node: &Node, around: Surroundings) -> Option<Expr> {
        let ast = self.parse(node)?;
        self.checked(node, around, |checker| checker.condition(&ast))
    }

    /// An issue at a node.
    pub(crate) fn wrong(&mut self, code: Code, node: &Node, message: impl Into<String>, help: &str) {
        self.sink.add(Issue::error(code, node.place, message).help(help));
    }
}
