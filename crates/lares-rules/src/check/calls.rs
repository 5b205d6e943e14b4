//! Functions of scalars and of the course of a property.

use lares_model::{PropertyDescription, PropertyKey};

use super::elaborate::Checker;
use super::types::{Quantity, QuantityKind, Type, Typed};
use crate::diagnostic::Code;
use crate::parse::ast::{Ast, Kind, Name};
use crate::parse::expression::is_duration;
use crate::parse::sink::Issue;
use crate::parse::source::Place;
use crate::program::{Expr, Function};
use crate::suggest;

/// Every function, for "did you mean".
const FUNCTIONS: [&str; 16] = [
    "any", "all", "each", "count", "avg", "min", "max", "sum", "age", "changed", "previous", "rate", "mean",
    "round", "abs", "clamp",
];

impl<'c> Checker<'_, 'c> {
    pub(super) fn call(&mut self, name: &Name, arguments: &[Ast], place: Place) -> Typed<'c> {
        let count = match name.text.as_str() {
            "age" | "changed" | "previous" | "abs" => 1..=1,
            "rate" | "mean" => 2..=2,
            "round" => 1..=2,
            "clamp" => 3..=3,
            "min" | "max" => 1..=usize::MAX,
            _ => {
                let message = format!("there is no function \"{}\"", suggest::shorten(&name.text));
                let issue = Issue::error(Code::UnknownFunction, name.place, message);
                return self.wrong(issue.help(suggest::help(&name.text, FUNCTIONS)));
            }
        };
        if !count.contains(&arguments.len()) {
            let message = format!("{} does not take {} arguments", name.text, arguments.len());
            let help = signature(&name.text);
            return self.wrong(Issue::error(Code::Expression, place, message).help(help));
        }
        match name.text.as_str() {
            "age" | "changed" | "previous" => self.course(&name.text, &arguments[0], place),
            "rate" | "mean" => self.window(&name.text, &arguments[0], &arguments[1]),
            _ => self.scalars(&name.text, arguments),
        }
    }

    fn of_property(&mut self, function: &str, ast: &Ast) -> Option<(PropertyKey, &'c PropertyDescription)> {
        match &ast.bare().kind {
            Kind::Path(path) if path.len() == 2 && path[0].text != "trigger" && path[0].text != "sun" => {
                self.property(path)
            }
            _ => {
                let message = format!("{function}(…) takes a property");
                let issue = Issue::error(Code::TypeMismatch, ast.place, message);
                self.wrong(issue.help(format!("such as {function}(hall_motion.motion)")));
                None
            }
        }
    }

    fn course(&mut self, function: &str, ast: &Ast, place: Place) -> Typed<'c> {
        let Some((key, property)) = self.of_property(function, ast) else { return Typed::broken() };
        if property.value_type.is_event() && function != "age" {
            return self.wrong(super::elaborate::event_is_no_state(ast.place));
        }
        match function {
            "age" => Typed::new(Expr::Age(key), Type::Number(Quantity::of("s"))),
            "previous" => Typed::new(Expr::Previous(key), Type::of(property)),
            _ if !self.around.changes => {
                let message = "changed(…) is true only in the moment of the change";
                let issue = Issue::error(Code::ChangedOutsideTrigger, place, message);
                self.wrong(issue.help("it can stand in when:, and in if: of that run"))
            }
            _ => Typed::new(Expr::Changed(key), Type::Truth),
        }
    }

    fn window(&mut self, function: &str, of: &Ast, length: &Ast) -> Typed<'c> {
        let Kind::Number(number) = &length.bare().kind else { return self.no_window(function, length.place) };
        if !is_duration(number) {
            return self.no_window(function, length.place);
        }
        let window = self.duration(number, length.place);
        let Some((key, property)) = self.of_property(function, of) else { return Typed::broken() };
        let Type::Number(quantity) = Type::of(property) else {
            let message = format!("{function}(…) takes a number");
            return self.mismatch(of.place, message);
        };
        if window.0 == 0 {
            return self.no_window(function, length.place);
        }
        match function {
            "rate" => {
                let ty = Type::Number(Quantity { kind: QuantityKind::PerSecond, ..quantity });
                Typed::new(Expr::Rate { key, window }, ty)
            }
            _ => Typed::new(Expr::Mean { key, window }, Type::Number(quantity)),
        }
    }

    fn no_window(&mut self, function: &str, place: Place) -> Typed<'c> {
        let issue = Issue::error(Code::Duration, place, format!("{function}(…) needs a length of time"));
        self.wrong(issue.help(signature(function)))
    }

    fn scalars(&mut self, name: &str, arguments: &[Ast]) -> Typed<'c> {
        // The first that is no plain number gives the unit to all.
        let mut all: Vec<Typed<'c>> =
            arguments.iter().map(|argument| self.elaborate(argument, None)).collect();
        let leader = all
            .iter()
            .find(|typed| !typed.literal && typed.ty.is_ordered())
            .or_else(|| all.iter().find(|typed| !matches!(&typed.ty, Type::Number(q) if q.unit.is_none())))
            .unwrap_or(&all[0])
            .ty
            .clone();
        if !matches!(leader, Type::Number(_) | Type::Clock | Type::Broken | Type::Any) {
            let message = format!("{name}(…) takes numbers or clock times, not {}", leader.in_words());
            return self.mismatch(arguments[0].place, message);
        }
        let fitted = if name == "round" { 1 } else { all.len() };
        let mut expressions = Vec::with_capacity(all.len());
        for (index, typed) in all.drain(..).enumerate() {
            let typed = if index < fitted { self.fit(typed, &leader, &arguments[index]) } else { typed };
            if index >= fitted && !matches!(&typed.ty, Type::Number(q) if q.unit.is_none()) {
                self.mismatch(
                    arguments[index].place,
                    "round(x, digits) takes a plain number of digits".into(),
                );
            }
            expressions.push(typed.expr);
        }
        let function = match name {
            "round" => Function::Round,
            "abs" => Function::Abs,
            "clamp" => Function::Clamp,
            "min" => Function::Min,
            _ => Function::Max,
        };
        Typed::new(Expr::Call { function, arguments: expressions }, leader)
    }
}

fn signature(function: &str) -> &'static str {
    match function {
        "age" => "age(device.property)",
        "changed" => "changed(device.property)",
        "previous" => "previous(device.property)",
        "rate" => "rate(device.property, 10m)",
        "mean" => "mean(device.property, 1h)",
        "round" => "round(x) or round(x, digits)",
        "abs" => "abs(x)",
        "clamp" => "clamp(x, least, most)",
        _ => "min(a, b) or min(temperature in upstairs)",
    }
}
