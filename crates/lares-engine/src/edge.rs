//! Edge rules: what starts a run. An expression that turns true is compared with its last *known* value.

use std::collections::BTreeSet;

use lares_model::{Cause, PropertyKey};
use lares_rules::program::{Expr, Rule, TriggerSpec};

use crate::durable::RowKey;
use crate::eval::{Scope, TriggerInfo};
use crate::home::Home;
use crate::program::{EdgeMemory, Side};
use crate::react::Look;
use crate::world::Unknown;

/// An edge that fires.
struct Fired {
    member: Option<PropertyKey>,
    /// The value was unknown in between.
    late: bool,
}

impl Home {
    /// What an expression of a rule sees at this look.
    pub(crate) fn scope_at<'a>(&'a self, id: &lares_model::RuleId, look: &'a Look) -> Option<Scope<'a>> {
        let scope = self.scope(id)?;
        Some(Scope { changed: look.key.as_ref().filter(|_| look.changed), ..scope })
    }

    /// One trigger looks whether its expression turned true.
    pub(crate) fn look_edge(&mut self, rule: &Rule, spec: &TriggerSpec, expr: &Expr, look: &Look) {
        let Some(state) = self.program.rules.get(&rule.id) else { return };
        let before = state.memory.edges.get(&spec.key).cloned().unwrap_or_default();
        let mut memory = before.clone();
        let Some(scope) = self.scope_at(&rule.id, look) else { return };
        let fired = match expr.reads_each() {
            true => each_edge(&scope, &mut memory, expr, look),
            false => whole_edge(&scope, &mut memory, expr, look),
        };
        if memory != before
            && let Some(state) = self.program.rules.get_mut(&rule.id)
        {
            state.memory.edges.insert(spec.key, memory);
            self.dirty.insert(RowKey::Rule(rule.id.clone()));
        }
        for fired in fired {
            self.fire_edge(rule, spec, look, fired);
        }
    }

    fn fire_edge(&mut self, rule: &Rule, spec: &TriggerSpec, look: &Look, fired: Fired) {
        let key = fired.member.or_else(|| look.key.clone());
        let told = Look { key: key.clone(), ..look.clone() };
        let mut because = match (&key, &look.key) {
            (None, _) => format!("{} became true", spec.text),
            (Some(_), Some(_)) => self.because(&told),
            // A time was over: the member itself did nothing just now.
            (Some(key), None) => format!("{} became true of {}", spec.text, self.world.words(key)),
        };
        if fired.late {
            because.push_str(" (late: it was unknown in between)");
        }
        let info = TriggerInfo {
            value: key.as_ref().and_then(|key| self.world.value(key).ok().cloned()),
            device: key.as_ref().map(|key| key.device.clone()),
            key,
            id: spec.id.as_deref().map(Into::into),
        };
        let cause: &Cause = &look.cause;
        self.trigger(rule, info, cause, because);
    }
}

fn each_edge(scope: &Scope<'_>, memory: &mut EdgeMemory, expr: &Expr, look: &Look) -> Vec<Fired> {
    let mut fired = Vec::new();
    let members = expr.each_members();
    let momentary = reads_changed(expr);
    for &key in &members {
        let truth = Scope { one: Some(key), ..*scope }.truth(expr);
        let side = memory.members.entry(key.to_string()).or_default();
        let urgent = is_urgent(scope, std::iter::once(key));
        if let Some(late) = turn(side, &truth, urgent, look.quiet) {
            fired.push(Fired { member: Some(key.clone()), late });
        }
        if momentary {
            side.last = Some(false);
        }
    }
    if memory.members.len() > members.len() {
        let names: BTreeSet<String> = members.into_iter().map(ToString::to_string).collect();
        memory.members.retain(|name, _| names.contains(name));
    }
    fired
}

fn whole_edge(scope: &Scope<'_>, memory: &mut EdgeMemory, expr: &Expr, look: &Look) -> Vec<Fired> {
    let inputs = expr.inputs();
    let urgent = is_urgent(scope, inputs.iter());
    let truth = scope.truth(expr);
    let fired = turn(&mut memory.whole, &truth, urgent, look.quiet);
    if reads_changed(expr) {
        // `changed(x)` is true at the change only, so that the next one is an edge again.
        memory.whole.last = Some(false);
    }
    let Some(late) = fired else { return Vec::new() };
    vec![Fired { member: culprit(scope, expr, look), late }]
}

/// Which member of a selector made the whole true: the one that changed, else the first for which it holds.
fn culprit(scope: &Scope<'_>, expr: &Expr, look: &Look) -> Option<PropertyKey> {
    let mut found = None;
    expr.walk(&mut |expr| {
        let Expr::Select { members, predicate, .. } = expr else { return };
        let holds = |key: &&PropertyKey| {
            scope.of_member(key, predicate.as_deref()).ok().and_then(|v| v.as_bool()) == Some(true)
        };
        let changed = look.key.as_ref().filter(|key| members.contains(key) && holds(key));
        if found.is_none() {
            found = changed.or_else(|| members.iter().find(holds)).cloned();
        }
    });
    found
}

/// Moves a side to its present truth. Tells if that is an edge, and whether it comes late.
fn turn(side: &mut Side, truth: &Result<bool, Unknown>, urgent: bool, quiet: bool) -> Option<bool> {
    let Ok(truth) = *truth else {
        side.gap = side.last.is_some();
        return None;
    };
    let rises = truth && (side.last == Some(false) || (side.last.is_none() && urgent));
    let late = side.gap;
    *side = Side { last: Some(truth), gap: false };
    (rises && !quiet).then_some(late)
}

/// Leak, smoke and gas fire on a first *true* too.
fn is_urgent<'a>(scope: &Scope<'_>, keys: impl Iterator<Item = &'a PropertyKey>) -> bool {
    let mut keys = keys;
    keys.any(|key| {
        let base = scope.world.base_name(key).map(lares_model::PropertyName::as_str);
        matches!(base, Some("water_leak" | "smoke" | "gas"))
    })
}

fn reads_changed(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| found |= matches!(expr, Expr::Changed(_)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a story and tells at which steps it fired; `L` is a late one.
    fn play(story: &str, urgent: bool) -> String {
        let mut side = Side::default();
        let fires = story.chars().map(|c| {
            let truth = match c {
                '1' => Ok(true),
                '0' => Ok(false),
                _ => Err(Unknown::Other("offline".into())),
            };
            match turn(&mut side, &truth, urgent, false) {
                Some(true) => 'L',
                Some(false) => '!',
                None => '.',
            }
        });
        fires.collect()
    }

    #[test]
    fn an_edge_is_compared_with_the_last_known_value() {
        for (story, fires) in [
            ("01", ".!"),
            ("1", "."),
            ("?1", ".."),
            ("101", "..!"),
            ("0?1", "..L"),
            ("01?1", ".!.."),
            ("0?0", "..."),
            ("0??1?1", "...L.."),
        ] {
            assert_eq!(play(story, false), fires, "{story}");
        }
        assert_eq!(play("1", true), "!");
        assert_eq!(play("?1", true), ".!");
    }
}
