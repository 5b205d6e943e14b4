//! Timers and latches inside expressions: `for` remembers since when its operand holds, `until` whether it is set.
//!
//! They are brought up to date whenever an input changes, in every expression of the rule, so that `x for 5m` in an
//! `if` knows its time though nobody asked before.

use std::collections::BTreeMap;

use lares_model::{PropertyKey, RuleId};
use lares_rules::program::{Expr, TimerKey};
use serde::{Deserialize, Serialize};

use crate::durable::RowKey;
use crate::eval::Scope;
use crate::home::{Due, Home};
use crate::program::expressions;

/// The memory of one `for` or `until`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timer {
    /// Since when the operand of `for` holds, home time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<u64>,
    /// The same for each member, where the operand asks `each(…)`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) members: BTreeMap<String, u64>,
    /// Whether the latch of `until` is set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) latched: bool,
}

impl Timer {
    /// Since when the operand holds, for one member if it is asked for one.
    ///
    /// Where `each(…)` is asked for one beside an operand without it, there is but one time.
    pub(crate) fn since_of(&self, one: Option<&PropertyKey>) -> Option<u64> {
        one.and_then(|one| self.members.get(&one.to_string()).copied()).or(self.since)
    }
}

impl Home {
    /// Brings the timers of a rule up to date.
    pub(crate) fn track(&mut self, id: &RuleId) {
        let Some(state) = self.program.rules.get(id) else { return };
        let Some(rule) = state.rule.clone().filter(|_| state.has_timers) else { return };
        for expr in expressions(&rule) {
            self.track_expr(id, expr);
        }
    }

    /// Innermost first, because an outer timer reads the inner ones.
    fn track_expr(&mut self, id: &RuleId, expr: &Expr) {
        each_child(expr, &mut |child| self.track_expr(id, child));
        match expr {
            Expr::For { timer, operand, length, .. } => {
                let Some(scope) = self.scope(id) else { return };
                let after = lasting(&scope, *timer, operand);
                let sinces = after.members.values().chain(&after.since);
                let dues = sinces.map(|since| since.saturating_add(length.0));
                let due = dues.filter(|due| *due > self.now.mono).min();
                self.agenda.set(Due::For(id.clone(), *timer), due);
                self.remember(id, *timer, after);
            }
            Expr::Until { latch, enter, leave } => {
                let Some(scope) = self.scope(id) else { return };
                let before = scope.timers.get(latch).is_some_and(|timer| timer.latched);
                let latched = match (before, scope.truth(enter), scope.truth(leave)) {
                    (false, Ok(true), leave) => leave != Ok(true),
                    (true, _, Ok(true)) => false,
                    (before, ..) => before,
                };
                self.remember(id, *latch, Timer { latched, ..Timer::default() });
            }
            _ => {}
        }
    }

    fn remember(&mut self, id: &RuleId, key: TimerKey, timer: Timer) {
        let Some(state) = self.program.rules.get_mut(id) else { return };
        let timers = &mut state.memory.timers;
        let is_blank = timer == Timer::default();
        if timers.get(&key).map_or(is_blank, |before| *before == timer) {
            return;
        }
        match is_blank {
            true => timers.remove(&key),
            false => timers.insert(key, timer),
        };
        self.dirty.insert(RowKey::Rule(id.clone()));
    }

    /// What an expression of this rule can see now.
    pub(crate) fn scope<'a>(&'a self, id: &RuleId) -> Option<Scope<'a>> {
        let state = self.program.rules.get(id)?;
        Some(Scope {
            world: &self.world,
            timers: &state.memory.timers,
            now: self.now,
            changed: None,
            trigger: None,
            member: None,
            one: None,
            day: None,
        })
    }

    /// Begins those waits anew whose rule says that a restart breaks them.
    pub(crate) fn break_waits(&mut self, id: &RuleId) {
        let Some(rule) = self.program.rules.get(id).and_then(|state| state.rule.clone()) else { return };
        for expr in expressions(&rule) {
            expr.walk(&mut |expr| {
                if let Expr::For { timer, gap_restarts: true, .. } = expr {
                    self.remember(id, *timer, Timer::default());
                }
            });
        }
    }
}

/// What a `for` remembers from now on.
fn lasting(scope: &Scope<'_>, key: TimerKey, operand: &Expr) -> Timer {
    let before = scope.timers.get(&key);
    let since = |one: Option<&PropertyKey>| {
        let before = before.and_then(|timer| timer.since_of(one));
        match (Scope { one, ..*scope }).truth(operand) {
            Ok(true) => before.or(Some(scope.now.mono)),
            Ok(false) => None,
            // Unknown: if it holds again afterwards, it is assumed to have held all the time.
            Err(_) => before,
        }
    };
    if !operand.reads_each() {
        return Timer { since: since(None), ..Timer::default() };
    }
    let members = operand.each_members().into_iter();
    let members = members.filter_map(|key| Some((key.to_string(), since(Some(key))?))).collect();
    Timer { members, ..Timer::default() }
}

/// Calls `visit` for each direct part of an expression.
fn each_child(expr: &Expr, visit: &mut impl FnMut(&Expr)) {
    match expr {
        Expr::Part { of: inner, .. }
        | Expr::Not(inner)
        | Expr::Negate(inner)
        | Expr::For { operand: inner, .. } => {
            visit(inner);
        }
        Expr::And(all) | Expr::Or(all) | Expr::Call { arguments: all, .. } => all.iter().for_each(visit),
        Expr::Compare { left, right, .. } | Expr::Arithmetic { left, right, .. } => {
            visit(left);
            visit(right);
        }
        Expr::Until { enter, leave, .. } => {
            visit(enter);
            visit(leave);
        }
        Expr::If { condition, then, otherwise } => {
            visit(condition);
            visit(then);
            visit(otherwise);
        }
        Expr::InRange { subject, low, high, .. } => {
            visit(subject);
            visit(low);
            visit(high);
        }
        Expr::Select { predicate: Some(inner), .. } => visit(inner),
        _ => {}
    }
}
