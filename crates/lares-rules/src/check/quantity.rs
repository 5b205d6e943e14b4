//! Numbers between units: literals are converted at once, anything else by a small sum around it.

use lares_model::{Dimension, Unit, Value};

use super::types::{Quantity, QuantityKind, Type, Typed};
use crate::program::{ArithmeticOp, Expr};

/// Brings a number into the unit of `to`. Gives it back unchanged when the two measure different things.
pub(crate) fn convert<'c>(typed: Typed<'c>, to: &Quantity) -> Result<Typed<'c>, Typed<'c>> {
    let Type::Number(from) = &typed.ty else { return Err(typed) };
    let result = Type::Number(to.clone());
    let (Some(from_unit), Some(to_unit)) = (&from.unit, &to.unit) else {
        // A plain number stands for the unit of what it meets; a number with a unit never meets one without.
        return if from.unit.is_none() { Ok(Typed { ty: result, ..typed }) } else { Err(typed) };
    };
    let metres = typed.minutes_or_metres && to_unit.dimension() == Dimension::Length;
    let from_unit = if metres { Unit::clean("m") } else { from_unit.clone() };
    let as_difference = match (from.kind, to.kind) {
        (QuantityKind::Amount, QuantityKind::Amount) => false,
        (QuantityKind::Amount, QuantityKind::Difference) if typed.literal => true,
        (a, b) if a == b => true,
        _ => return Err(typed),
    };
    let through = |amount: f64| {
        if as_difference {
            from_unit.convert_difference(amount, to_unit).or((from_unit == *to_unit).then_some(amount))
        } else {
            from_unit.convert(amount, to_unit)
        }
    };
    let (Some(zero), Some(one)) = (through(0.0), through(1.0)) else { return Err(typed) };
    let expr = match typed.expr {
        Expr::Literal(Value::Number(n)) => Expr::Literal(Value::Number(tidy(through(n).unwrap_or(n)))),
        expr if zero == 0.0 && one == 1.0 => expr,
        expr => {
            let scaled = arithmetic(ArithmeticOp::Multiply, expr, tidy(one - zero));
            if zero == 0.0 { scaled } else { arithmetic(ArithmeticOp::Add, scaled, tidy(zero)) }
        }
    };
    Ok(Typed { expr, ty: result, ..typed })
}

fn arithmetic(op: ArithmeticOp, left: Expr, right: f64) -> Expr {
    Expr::Arithmetic { op, left: Box::new(left), right: Box::new(Expr::Literal(Value::Number(right))) }
}

/// Without the last digits that conversion leaves: 21.000000000000004 is 21.
pub(crate) fn tidy(n: f64) -> f64 {
    let rounded = (n * 1e9).round() / 1e9;
    if (n - rounded).abs() <= n.abs() * 1e-12 { rounded } else { n }
}

/// Milliseconds of a number of seconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range before")]
pub(crate) fn millis(seconds: f64) -> Option<lares_model::Millis> {
    let ms = (seconds * 1000.0).round();
    (0.0..=1e13).contains(&ms).then_some(lares_model::Millis(ms as u64))
}
