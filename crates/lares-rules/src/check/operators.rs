//! Comparisons, ranges, arithmetic, `if`, `for` and `until`.

use std::sync::Arc;

use lares_model::Value;

use super::elaborate::Checker;
use super::quantity::{convert, tidy};
use super::types::{Quantity, QuantityKind, Type, Typed};
use crate::diagnostic::Code;
use crate::parse::ast::{Ast, Kind, Number};
use crate::parse::sink::Issue;
use crate::parse::source::Place;
use crate::program::{ArithmeticOp, Comparison, Expr, RangeKind};

impl<'c> Checker<'_, 'c> {
    pub(super) fn compare(&mut self, op: Comparison, left: &Ast, right: &Ast) -> Typed<'c> {
        let (a, b) = self.pair(left, right);
        if a.ty == Type::Broken || b.ty == Type::Broken {
            return Typed::broken();
        }
        let orders = !matches!(op, Comparison::Equal | Comparison::NotEqual);
        for (typed, ast) in [(&a, left), (&b, right)] {
            if orders && !typed.ty.is_ordered() {
                let message = format!("{} has no order", typed.ty.in_words());
                let issue = Issue::error(Code::TypeMismatch, ast.place, message);
                return self.wrong(issue.help("only == and != can be asked of it"));
            }
        }
        Typed::new(Expr::Compare { op, left: Box::new(a.expr), right: Box::new(b.expr) }, Type::Truth)
    }

    /// Two sides brought together: words get their meaning from the other side, literals its unit.
    pub(super) fn pair(&mut self, left: &Ast, right: &Ast) -> (Typed<'c>, Typed<'c>) {
        if is_flexible(left) && !is_flexible(right) {
            let b = self.elaborate(right, None);
            let a = self.elaborate(left, Some(&b.ty.clone()));
            let (b, a) = self.meet(b, a, right, left);
            return (a, b);
        }
        let a = self.elaborate(left, None);
        let b = self.elaborate(right, Some(&a.ty.clone()));
        self.meet(a, b, left, right)
    }

    /// `b` in the type and unit of `a`; a literal `a` gives way instead.
    fn meet(&mut self, a: Typed<'c>, b: Typed<'c>, left: &Ast, right: &Ast) -> (Typed<'c>, Typed<'c>) {
        if a.ty == Type::Event || b.ty == Type::Event {
            let place = if a.ty == Type::Event { left.place } else { right.place };
            return (self.wrong(super::elaborate::event_is_no_state(place)), Typed::broken());
        }
        if let (Type::Number(have), Type::Number(want)) = (&a.ty, &b.ty) {
            let gives_way = a.literal && (!b.literal || have.unit.is_none());
            if gives_way {
                let want = want.clone();
                let have = have.clone();
                return match convert(a, &want) {
                    Ok(a) => (a, b),
                    Err(_) => (self.units_differ(&have, &want, left.place), b),
                };
            }
        }
        let wanted = a.ty.clone();
        let b = self.fit(b, &wanted, right);
        (a, b)
    }

    pub(super) fn range(&mut self, subject: &Ast, low: &Ast, high: &Ast) -> Typed<'c> {
        let of = self.elaborate(subject, None);
        let low_typed = self.elaborate(low, Some(&of.ty));
        let high_typed = self.elaborate(high, Some(&of.ty));
        // `10 .. 20 %`: the unit stands once.
        let low_typed = match (&low_typed.ty, &high_typed.ty) {
            (Type::Number(have), Type::Number(want)) if have.unit.is_none() && low_typed.literal => {
                let want = want.clone();
                convert(low_typed, &want).unwrap_or_else(|same| same)
            }
            _ => low_typed,
        };
        if !of.ty.is_ordered() {
            let message = format!("{} cannot be in a range", of.ty.in_words());
            return self.mismatch(subject.place, message);
        }
        let literals = low_typed.literal && high_typed.literal;
        let low_typed = self.fit(low_typed, &of.ty, low);
        let high_typed = self.fit(high_typed, &of.ty, high);
        let kind = match of.ty {
            Type::Clock => RangeKind::Clock { wraps: literals },
            _ => RangeKind::Number,
        };
        let make = |low: Expr, high: Expr| Expr::InRange {
            subject: Box::new(of.expr.clone()),
            low: Box::new(low),
            high: Box::new(high),
            kind,
        };
        let expr = match (&low_typed.expr, &high_typed.expr) {
            // `sat .. mon` goes round the end of the week.
            (Expr::Literal(Value::Number(a)), Expr::Literal(Value::Number(b)))
                if of.ty == Type::Weekday && a > b =>
            {
                let day = |n: f64| Expr::Literal(Value::Number(n));
                Expr::Or(vec![make(day(*a), day(7.0)), make(day(1.0), day(*b))])
            }
            _ => make(low_typed.expr, high_typed.expr),
        };
        Typed::new(expr, Type::Truth)
    }

    pub(super) fn choice(
        &mut self,
        condition: &Ast,
        then: &Ast,
        otherwise: &Ast,
        wanted: Option<&Type<'c>>,
    ) -> Typed<'c> {
        let condition = Box::new(self.condition(condition));
        let (a, b) = match wanted {
            Some(wanted) if !wanted.is_open() => {
                let a = self.elaborate(then, Some(wanted));
                let a = self.fit(a, wanted, then);
                let b = self.elaborate(otherwise, Some(wanted));
                (a, self.fit(b, wanted, otherwise))
            }
            _ => self.pair(then, otherwise),
        };
        let ty = if a.ty.is_open() { b.ty } else { a.ty };
        Typed::new(Expr::If { condition, then: Box::new(a.expr), otherwise: Box::new(b.expr) }, ty)
    }

    pub(super) fn lasting(&mut self, operand: &Ast, length: &Number) -> Typed<'c> {
        let condition = self.condition(operand);
        let millis = self.duration(length, operand.place);
        let timer = self.timer_key(&format!("for {millis}"), &[operand]);
        let gap_restarts = self.around.gap_restarts;
        Typed::new(
            Expr::For { timer, operand: Box::new(condition), length: millis, gap_restarts },
            Type::Truth,
        )
    }

    pub(super) fn latch(&mut self, enter: &Ast, leave: &Ast) -> Typed<'c> {
        let latch = self.timer_key("until", &[enter, leave]);
        let enter = Box::new(self.condition(enter));
        let leave = Box::new(self.condition(leave));
        Typed::new(Expr::Until { latch, enter, leave }, Type::Truth)
    }

    pub(super) fn negate(&mut self, inner: &Ast) -> Typed<'c> {
        // −5 °F is a point on the scale, not the negative of 5 °F in °C.
        if let Kind::Number(number) = &inner.bare().kind {
            return self.number(number, -1.0);
        }
        let typed = self.elaborate(inner, None);
        if !matches!(typed.ty, Type::Number(_) | Type::Broken | Type::Any) {
            let message = format!("{} has no negative", typed.ty.in_words());
            return self.mismatch(inner.place, message);
        }
        Typed { expr: Expr::Negate(Box::new(typed.expr)), ..typed }
    }

    pub(super) fn arithmetic(
        &mut self,
        op: ArithmeticOp,
        left: &Ast,
        right: &Ast,
        place: Place,
    ) -> Typed<'c> {
        let a = self.elaborate(left, None);
        let b = self.elaborate(right, None);
        let (a, b, ty) = match (&a.ty, &b.ty, op) {
            (Type::Broken, ..) | (_, Type::Broken, _) => return Typed::broken(),
            (Type::Any, ..) | (_, Type::Any, _) => (a, b, Type::Any),
            (Type::Number(_), Type::Number(_), ArithmeticOp::Add | ArithmeticOp::Subtract) => {
                return self.sum_of(op, a, b, left, right);
            }
            (Type::Number(_), Type::Number(_), _) => return self.product_of(op, a, b, right),
            (Type::Clock, Type::Number(_), ArithmeticOp::Add | ArithmeticOp::Subtract) => {
                let b = self.fit(b, &Type::Number(Quantity::of("s")), right);
                (a, b, Type::Clock)
            }
            (Type::Number(_), Type::Clock, ArithmeticOp::Add) => {
                let a = self.fit(a, &Type::Number(Quantity::of("s")), left);
                (a, b, Type::Clock)
            }
            (Type::Clock, Type::Clock, ArithmeticOp::Subtract) => (a, b, Type::Number(Quantity::of("s"))),
            (x, y, _) => {
                let message = format!("{} and {} cannot be put together so", x.in_words(), y.in_words());
                return self.mismatch(place, message);
            }
        };
        build(op, a, b, ty)
    }

    /// On a temperature scale a sum is a point and a difference; everywhere else it is just a sum.
    fn sum_of(&mut self, op: ArithmeticOp, a: Typed<'c>, b: Typed<'c>, left: &Ast, right: &Ast) -> Typed<'c> {
        let (Type::Number(x), Type::Number(y)) = (a.ty.clone(), b.ty.clone()) else { return Typed::broken() };
        if x.unit.is_none() && y.unit.is_some() {
            return match convert(a, &y) {
                Ok(a) => build(op, a, b, Type::Number(y)),
                Err(_) => self.units_differ(&x, &y, left.place),
            };
        }
        if !x.is_temperature() || x.kind != QuantityKind::Amount {
            let b = self.fit(b, &a.ty.clone(), right);
            return if b.ty == Type::Broken { b } else { build(op, a, b, Type::Number(x)) };
        }
        let difference = Quantity { kind: QuantityKind::Difference, ..x.clone() };
        let is_difference = y.kind == QuantityKind::Difference || (b.literal && !a.literal);
        if is_difference || y.unit.is_none() {
            let b = self.fit(b, &Type::Number(difference), right);
            return if b.ty == Type::Broken { b } else { build(op, a, b, Type::Number(x)) };
        }
        if op == ArithmeticOp::Add {
            if a.literal && !b.literal {
                return self.sum_of(op, b, a, right, left);
            }
            let issue = Issue::error(Code::UnitMismatch, right.place, "two temperatures cannot be added");
            return self
                .wrong(issue.help("their difference or mean can be taken: a - b, (mean of both) avg(…)"));
        }
        let b = self.fit(b, &a.ty.clone(), right);
        if b.ty == Type::Broken { b } else { build(op, a, b, Type::Number(difference)) }
    }

    fn product_of(&mut self, op: ArithmeticOp, a: Typed<'c>, b: Typed<'c>, right: &Ast) -> Typed<'c> {
        let (Type::Number(x), Type::Number(y)) = (a.ty.clone(), b.ty.clone()) else { return Typed::broken() };
        let ty = match (&x.unit, &y.unit, op) {
            (_, None, _) => Type::Number(x),
            (None, Some(_), ArithmeticOp::Multiply) => Type::Number(y),
            (Some(_), Some(_), ArithmeticOp::Divide) => {
                let b = self.fit(b, &a.ty.clone(), right);
                return if b.ty == Type::Broken {
                    b
                } else {
                    build(op, a, b, Type::Number(Quantity::amount(None)))
                };
            }
            _ => {
                let message =
                    format!("{} and {} cannot be multiplied or divided so", x.in_words(), y.in_words());
                return self.wrong(Issue::error(Code::UnitMismatch, right.place, message));
            }
        };
        build(op, a, b, ty)
    }
}

/// Puts two numbers together; at once if both are written out.
fn build<'c>(op: ArithmeticOp, a: Typed<'c>, b: Typed<'c>, ty: Type<'c>) -> Typed<'c> {
    let literal = a.literal && b.literal;
    if let (Expr::Literal(Value::Number(x)), Expr::Literal(Value::Number(y)), true) =
        (&a.expr, &b.expr, literal)
    {
        let n = match op {
            ArithmeticOp::Add => x + y,
            ArithmeticOp::Subtract => x - y,
            ArithmeticOp::Multiply => x * y,
            ArithmeticOp::Divide => x / y,
        };
        if n.is_finite() {
            return Typed::literal(Value::Number(tidy(n)), ty);
        }
    }
    Typed::new(Expr::Arithmetic { op, left: Box::new(a.expr), right: Box::new(b.expr) }, ty)
}

/// True for what takes its meaning from what stands beside it.
fn is_flexible(ast: &Ast) -> bool {
    match &ast.bare().kind {
        Kind::Word(word) => !["clock", "weekday", "date", "sunrise", "sunset"].contains(&word.as_str()),
        Kind::Text(_) | Kind::Number(_) => true,
        Kind::Negate(inner) => is_flexible(inner),
        Kind::If { then, otherwise, .. } => is_flexible(then) && is_flexible(otherwise),
        _ => false,
    }
}

/// The words of an enumeration, for messages and unions.
pub(super) fn union(a: &[Arc<str>], b: &[Arc<str>]) -> Vec<Arc<str>> {
    let mut all = a.to_vec();
    all.extend(b.iter().filter(|word| !a.contains(word)).cloned());
    all
}
