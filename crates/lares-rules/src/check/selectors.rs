//! Functions over the members of a selector.

use std::borrow::Cow;

use lares_model::{DeviceKind, PropertyKey, Value};

use super::elaborate::Checker;
use super::operators::union;
use super::types::{Quantity, Type, Typed};
use crate::diagnostic::Code;
use crate::parse::ast::{Ast, Name, Selector};
use crate::parse::selector::aggregate_name;
use crate::parse::sink::Issue;
use crate::program::{Aggregate, Comparison, Expr};
use crate::resolve::{Member, kind_of_plural};

impl<'c> Checker<'_, 'c> {
    pub(super) fn select(&mut self, aggregate: Aggregate, selector: &Selector) -> Typed<'c> {
        let what = &selector.what;
        let area = match self.names.area(selector.places.as_deref()) {
            Ok(area) => area,
            Err(issue) => return self.wrong(issue),
        };
        let kind = kind_of_plural(&what.text);
        let members = match (self.names.members_by_property(&what.text, &area), kind) {
            (Some(members), _) => members,
            (None, Some(kind)) => self.names.members_by_kind(kind, &area),
            (None, None) if self.names.may_come() => Vec::new(),
            (None, None) if lares_model::canonical(&what.text).is_some() => Vec::new(),
            (None, None) => {
                let issue = self.names.no_such_members(what);
                return self.wrong(issue);
            }
        };
        let Some(first) = members.first() else { return self.empty(aggregate, what) };
        let ty = match self.common_type(&members, what) {
            Ok(ty) => ty,
            Err(issue) => return self.wrong(issue),
        };
        if first.property.value_type.is_event() {
            return self.wrong(super::elaborate::event_is_no_state(what.place));
        }
        let keys = members.iter().map(Member::key).collect();
        if matches!(aggregate, Aggregate::Avg | Aggregate::Min | Aggregate::Max | Aggregate::Sum) {
            return self.of_numbers(aggregate, selector, &ty, keys);
        }
        let predicate = self.predicate(selector, &ty, kind);
        let ty =
            if aggregate == Aggregate::Count { Type::Number(Quantity::amount(None)) } else { Type::Truth };
        match predicate {
            Some(predicate) => {
                let predicate = predicate.map(Box::new);
                Typed::new(Expr::Select { aggregate, members: keys, predicate }, ty)
            }
            None => Typed::broken(),
        }
    }

    /// Nothing matches: unknown forever, and worth a warning.
    fn empty(&mut self, aggregate: Aggregate, what: &Name) -> Typed<'c> {
        let message = format!("no device matches \"{}\" here now", crate::suggest::shorten(&what.text));
        self.issues.push(Issue::warning(Code::EmptySelector, what.place, message));
        let numbers = !matches!(aggregate, Aggregate::Any | Aggregate::All | Aggregate::Each);
        let ty = match aggregate {
            Aggregate::Count => Type::Number(Quantity::amount(None)),
            _ if numbers => Type::Any,
            _ => Type::Truth,
        };
        Typed::new(Expr::Select { aggregate, members: Vec::new(), predicate: None }, ty)
    }

    fn common_type(&self, members: &[Member<'c>], what: &Name) -> Result<Type<'c>, Issue> {
        let mut ty = Type::of(members[0].property);
        for member in &members[1..] {
            let other = Type::of(member.property);
            match (&ty, &other) {
                (Type::Word(a), Type::Word(b)) if a != b => ty = Type::Word(Cow::Owned(union(a, b))),
                (Type::Word(_), Type::Word(_)) => {}
                (Type::Composite(_), Type::Composite(_)) => {}
                (Type::Truth | Type::Switch, Type::Truth | Type::Switch) => {}
                (a, b) if a == b => {}
                (a, b) => {
                    let message = format!(
                        "{} is {} of {}, but {} of {}",
                        what.text,
                        a.in_words(),
                        members[0].found.device.slug,
                        b.in_words(),
                        member.found.device.slug
                    );
                    return Err(Issue::error(Code::MixedUnits, what.place, message));
                }
            }
        }
        Ok(ty)
    }

    fn of_numbers(
        &mut self,
        aggregate: Aggregate,
        selector: &Selector,
        ty: &Type<'c>,
        members: Vec<PropertyKey>,
    ) -> Typed<'c> {
        let name = aggregate_name(aggregate);
        if let Some((_, value)) = &selector.compare {
            let message = format!("{name}(…) takes numbers, not a comparison");
            let issue = Issue::error(Code::TypeMismatch, value.place, message);
            return self
                .wrong(issue.help(format!("compare the result: {name}(…) > …, or use any(…), count(…)")));
        }
        if !matches!(ty, Type::Number(_)) {
            let message = format!("{name}(…) takes numbers, but {} is {}", selector.what.text, ty.in_words());
            return self.mismatch(selector.what.place, message);
        }
        Typed::new(Expr::Select { aggregate, members, predicate: None }, ty.clone())
    }

    /// What is asked of each member; the outer `None` if that is wrong.
    fn predicate(
        &mut self,
        selector: &Selector,
        ty: &Type<'c>,
        kind: Option<DeviceKind>,
    ) -> Option<Option<Expr>> {
        match &selector.compare {
            Some((op, value)) => self.asked(*op, value, ty).map(Some),
            None if ty.is_truth() => Some(None),
            // A cover is open as soon as it is not closed.
            None if kind == Some(DeviceKind::Cover) => Some(Some(Expr::Compare {
                op: Comparison::Greater,
                left: Box::new(Expr::Member),
                right: Box::new(Expr::Literal(Value::Number(0.0))),
            })),
            None => {
                let what = &selector.what;
                let message = format!("{} is {}, so it must be compared", what.text, ty.in_words());
                let issue = Issue::error(Code::TypeMismatch, what.place, message);
                self.wrong(issue.help(format!("such as any({} > 20)", what.text)));
                None
            }
        }
    }

    fn asked(&mut self, op: Comparison, value: &Ast, ty: &Type<'c>) -> Option<Expr> {
        if !matches!(op, Comparison::Equal | Comparison::NotEqual) && !ty.is_ordered() {
            self.mismatch(value.place, format!("{} has no order", ty.in_words()));
            return None;
        }
        let before = self.issues.len();
        let right = self.value(value, ty);
        (self.issues.len() == before).then(|| Expr::Compare {
            op,
            left: Box::new(Expr::Member),
            right: Box::new(right),
        })
    }
}
