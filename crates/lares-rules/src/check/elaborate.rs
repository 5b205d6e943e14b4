//! The walk over an expression: every piece gets a type, and becomes a piece of the program.

use std::sync::Arc;

use lares_model::{Millis, PropertyDescription, PropertyKey, Unit, Value};

use super::quantity::{self, convert};
use super::types::{Quantity, QuantityKind, Type, Typed};
use crate::diagnostic::{Code, Severity};
use crate::hash;
use crate::parse::ast::{Ast, Kind, Name, Number};
use crate::parse::lexer::seconds_in;
use crate::parse::print::print;
use crate::parse::sink::Issue;
use crate::parse::source::Place;
use crate::program::{Expr, TimerKey, TriggerField};
use crate::resolve::Names;
use crate::suggest;

/// What an expression stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// `trigger.…` exists.
    pub(crate) in_run: bool,
    /// `changed(x)` has a meaning.
    pub(crate) changes: bool,
    /// `gap: restart`
    pub(crate) gap_restarts: bool,
}

/// Checks expressions and gathers what is wrong.
pub(crate) struct Checker<'n, 'c> {
    pub(crate) names: &'n Names<'c>,
    pub(crate) around: Surroundings,
    pub(crate) issues: Vec<Issue>,
    /// True if something is not known that may yet be announced.
    pub(crate) waiting: bool,
}

impl<'n, 'c> Checker<'n, 'c> {
    pub(crate) fn new(names: &'n Names<'c>, around: Surroundings) -> Self {
        Self { names, around, issues: Vec::new(), waiting: false }
    }

    /// An expression that must be true or false.
    pub(crate) fn condition(&mut self, ast: &Ast) -> Expr {
        let typed = self.elaborate(ast, Some(&Type::Truth));
        self.must_be_truth(&typed, ast);
        typed.expr
    }

    /// An expression for a value of this type.
    pub(crate) fn value(&mut self, ast: &Ast, wanted: &Type<'c>) -> Expr {
        let typed = self.elaborate(ast, Some(wanted));
        self.fit(typed, wanted, ast).expr
    }

    /// Takes an issue in; gives what stands for the broken piece.
    pub(super) fn wrong(&mut self, issue: Issue) -> Typed<'c> {
        if issue.severity == Severity::Warning {
            self.waiting = true;
        }
        self.issues.push(issue);
        Typed::broken()
    }

    pub(super) fn mismatch(&mut self, place: Place, message: String) -> Typed<'c> {
        self.wrong(Issue::error(Code::TypeMismatch, place, message))
    }

    pub(super) fn must_be_truth(&mut self, typed: &Typed<'c>, ast: &Ast) {
        if typed.ty.is_truth() {
            return;
        }
        if typed.ty == Type::Event {
            self.wrong(event_is_no_state(ast.place));
            return;
        }
        let help = match &typed.ty {
            Type::Number(_) | Type::Word(_) | Type::Clock => "compare it with something: … > 3, … == heat",
            _ => "",
        };
        let message = format!("a condition is true or false, but this is {}", typed.ty.in_words());
        self.wrong(Issue::error(Code::TypeMismatch, ast.place, message).help(help));
    }

    /// Brings an expression to a type, or says why it does not fit.
    pub(super) fn fit(&mut self, typed: Typed<'c>, wanted: &Type<'c>, ast: &Ast) -> Typed<'c> {
        match (&typed.ty, wanted) {
            (Type::Broken | Type::Any, _) | (_, Type::Broken | Type::Any) => typed,
            (Type::Number(from), Type::Number(to)) => {
                let (from, to) = (from.clone(), to.clone());
                convert(typed, &to).unwrap_or_else(|_| self.units_differ(&from, &to, ast.place))
            }
            (Type::Truth | Type::Switch, Type::Truth | Type::Switch) => typed,
            (Type::Word(_), Type::Word(words)) if fits_words(&typed.ty, words) => typed,
            (Type::Word(_) | Type::Text, Type::Text) => typed,
            (from, to) if from == to => typed,
            (Type::Event, _) => self.wrong(event_is_no_state(ast.place)),
            (from, to) => {
                let message = format!("expected {}, but this is {}", to.in_words(), from.in_words());
                self.mismatch(ast.place, message)
            }
        }
    }

    pub(super) fn units_differ(&mut self, from: &Quantity, to: &Quantity, place: Place) -> Typed<'c> {
        let message = match (&from.unit, &to.unit) {
            (Some(unit), None) => format!("this is in {unit}, but the other is a plain number"),
            _ => format!("{} cannot be compared with {}", from.in_words(), to.in_words()),
        };
        self.wrong(Issue::error(Code::UnitMismatch, place, message))
    }

    /// The type and program of an expression. `wanted` is what it stands beside: it gives words their meaning.
    pub(crate) fn elaborate(&mut self, ast: &Ast, wanted: Option<&Type<'c>>) -> Typed<'c> {
        match &ast.kind {
            Kind::Paren(inner) => self.elaborate(inner, wanted),
            Kind::Number(number) => self.number(number, 1.0),
            Kind::Clock(seconds) => Typed::literal(Value::Number(f64::from(*seconds)), Type::Clock),
            #[expect(clippy::cast_precision_loss, reason = "a day count is far below 2^53")]
            Kind::Date(days) => Typed::literal(Value::Number(*days as f64), Type::Date),
            Kind::Text(text) => self.text(text, ast.place, wanted),
            Kind::Word(word) => self.word(word, ast.place, wanted),
            Kind::Path(path) => self.path(path, ast.place),
            Kind::Not(inner) => Typed::new(Expr::Not(Box::new(self.condition(inner))), Type::Truth),
            Kind::Negate(inner) => self.negate(inner),
            Kind::And(all) => {
                let all = all.iter().map(|one| self.condition(one)).collect();
                Typed::new(Expr::And(all), Type::Truth)
            }
            Kind::Or(all) => {
                let all = all.iter().map(|one| self.condition(one)).collect();
                Typed::new(Expr::Or(all), Type::Truth)
            }
            Kind::Compare { op, left, right } => self.compare(*op, left, right),
            Kind::Arithmetic { op, left, right } => self.arithmetic(*op, left, right, ast.place),
            Kind::If { condition, then, otherwise } => self.choice(condition, then, otherwise, wanted),
            Kind::In { subject, low, high } => self.range(subject, low, high),
            Kind::For { operand, length } => self.lasting(operand, length),
            Kind::Until { enter, leave } => self.latch(enter, leave),
            Kind::Call { name, arguments } => self.call(name, arguments, ast.place),
            Kind::Select { aggregate, selector } => self.select(*aggregate, selector),
        }
    }

    pub(super) fn number(&mut self, number: &Number, sign: f64) -> Typed<'c> {
        let value = sign * number.value;
        let minutes = number.unit == "m" && number.per.is_empty();
        let unit = match number.unit.as_str() {
            "" => None,
            "m" => Some(Unit::clean("min")),
            text => Some(Unit::clean(text)),
        };
        let mut quantity = Quantity::amount(unit);
        let mut value = value;
        if let Some(seconds) = seconds_in(&number.per).filter(|_| !number.per.is_empty()) {
            quantity.kind = QuantityKind::PerSecond;
            value /= seconds;
        }
        let typed = Typed::literal(Value::Number(value), Type::Number(quantity));
        Typed { minutes_or_metres: minutes, ..typed }
    }

    fn text(&mut self, text: &str, place: Place, wanted: Option<&Type<'c>>) -> Typed<'c> {
        match wanted {
            Some(Type::Word(words)) => self.one_of(text, words, place),
            _ => Typed::literal(Value::text(text), Type::Text),
        }
    }

    fn one_of(&mut self, word: &str, words: &[Arc<str>], place: Place) -> Typed<'c> {
        if words.is_empty() || words.iter().any(|have| &**have == word) {
            let ty = Type::Word(words.to_vec().into());
            return Typed::literal(Value::word(word), ty);
        }
        let help = suggest::help(word, words.iter().map(|word| &**word));
        let message = format!("\"{}\" is none of its values", suggest::shorten(word));
        self.wrong(Issue::error(Code::UnknownValue, place, message).help(help))
    }

    fn word(&mut self, word: &str, place: Place, wanted: Option<&Type<'c>>) -> Typed<'c> {
        let truth = match word {
            "on" | "true" => Some(true),
            "off" | "false" => Some(false),
            _ => None,
        };
        match (wanted, truth) {
            // What it stands beside was already told of.
            (Some(Type::Broken | Type::Event), _) => Typed::broken(),
            // Beside an enum operand its values win.
            (Some(Type::Word(words)), _) => {
                if words.is_empty() || words.iter().any(|have| &**have == word) {
                    return self.one_of(word, words, place);
                }
                match self.constant(word, place) {
                    Some(typed) => typed,
                    None => self.one_of(word, words, place),
                }
            }
            (Some(Type::Switch), Some(truth)) => Typed::literal(Value::Switch(truth), Type::Switch),
            (_, Some(truth)) => Typed::literal(Value::Binary(truth), Type::Truth),
            (Some(Type::Any), None) => {
                self.constant(word, place).unwrap_or_else(|| Typed::literal(Value::word(word), Type::Any))
            }
            _ => match self.constant(word, place) {
                Some(typed) => typed,
                None => {
                    let issue = self.names.lonely(word, place);
                    self.wrong(issue)
                }
            },
        }
    }

    /// Clock, sun and weekdays.
    fn constant(&mut self, word: &str, place: Place) -> Option<Typed<'c>> {
        let typed = match word {
            "clock" => Typed::new(Expr::Clock, Type::Clock),
            "weekday" => Typed::new(Expr::Weekday, Type::Weekday),
            "date" => Typed::new(Expr::Date, Type::Date),
            "sunrise" => self.sun(Typed::new(Expr::Sunrise, Type::Clock), place),
            "sunset" => self.sun(Typed::new(Expr::Sunset, Type::Clock), place),
            _ => {
                let day =
                    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().position(|day| *day == word)?;
                let day = u8::try_from(day).unwrap_or_default() + 1;
                Typed::literal(Value::Number(f64::from(day)), Type::Weekday)
            }
        };
        Some(typed)
    }

    fn sun(&mut self, typed: Typed<'c>, place: Place) -> Typed<'c> {
        if self.names.catalog.location.is_some() {
            return typed;
        }
        if self.names.may_come() {
            let issue = Issue::warning(Code::NoLocation, place, "the home's location is not known yet");
            return self.wrong(issue.help("set your location in the settings"));
        }
        self.wrong(
            Issue::error(Code::NoLocation, place, "sunrise and sunset need the home's location")
                .help("set your location in the settings"),
        )
    }

    fn path(&mut self, path: &[Name], place: Place) -> Typed<'c> {
        match path[0].text.as_str() {
            "trigger" => return self.trigger(path, place),
            "sun" if path[1].text == "elevation" && path.len() == 2 => {
                return self.sun(Typed::new(Expr::SunElevation, Type::Number(Quantity::of("°"))), place);
            }
            _ => {}
        }
        let Some((key, property)) = self.property(path) else { return Typed::broken() };
        if !property.access.readable && !property.value_type.is_event() {
            let message = format!("{}.{} is never reported", path[0].text, path[1].text);
            return self.wrong(Issue::error(Code::NotReadable, place, message));
        }
        let whole = Typed::new(Expr::Property(key), Type::of(property));
        path[2..].iter().fold(whole, |of, part| self.part(of, part))
    }

    /// The property that a path begins with.
    pub(super) fn property(&mut self, path: &[Name]) -> Option<(PropertyKey, &'c PropertyDescription)> {
        let found = match self.names.device(&path[0]) {
            Ok(found) => found,
            Err(issue) => {
                self.wrong(issue);
                return None;
            }
        };
        match self.names.property(found, &path[1]) {
            Ok(property) => {
                let key = PropertyKey { device: found.id.clone(), property: property.name.clone() };
                Some((key, property))
            }
            Err(issue) => {
                self.wrong(issue);
                None
            }
        }
    }

    fn part(&mut self, of: Typed<'c>, part: &Name) -> Typed<'c> {
        let ty = match &of.ty {
            Type::Broken => return of,
            Type::Color if part.text == "hue" => Type::Number(Quantity::of("°")),
            Type::Color if part.text == "saturation" => Type::Number(Quantity::of("%")),
            Type::Composite(fields) => match fields.iter().find(|field| field.name.as_str() == part.text) {
                Some(field) => Type::of(field),
                None => {
                    let help = suggest::help(&part.text, fields.iter().map(|field| field.name.as_str()));
                    let message = format!("it has no part \"{}\"", suggest::shorten(&part.text));
                    return self.wrong(Issue::error(Code::UnknownProperty, part.place, message).help(help));
                }
            },
            Type::Color => {
                let issue = Issue::error(Code::UnknownProperty, part.place, "a colour has no such part");
                return self.wrong(issue.help("there is hue, saturation"));
            }
            other => {
                let message = format!("{} has no parts", other.in_words());
                return self.wrong(Issue::error(Code::UnknownProperty, part.place, message));
            }
        };
        Typed::new(Expr::Part { of: Box::new(of.expr), part: Arc::from(part.text.as_str()) }, ty)
    }

    fn trigger(&mut self, path: &[Name], place: Place) -> Typed<'c> {
        let words: Vec<&str> = path.iter().map(|name| name.text.as_str()).collect();
        let (field, ty) = match words[1..] {
            ["value"] => (TriggerField::Value, Type::Any),
            ["device", "name"] => (TriggerField::DeviceName, Type::Text),
            ["device", "room"] => (TriggerField::DeviceRoom, Type::Text),
            ["id"] => (TriggerField::Id, Type::Text),
            _ => {
                return self.wrong(
                    Issue::error(Code::UnknownName, place, "there is no such thing of a trigger")
                        .help("there is trigger.value, trigger.device.name, trigger.device.room, trigger.id"),
                );
            }
        };
        if !self.around.in_run {
            let message = "trigger.… exists only in the if: and do: of an edge rule";
            return self.wrong(Issue::error(Code::TriggerOutsideRun, place, message));
        }
        Typed::new(Expr::Trigger(field), ty)
    }

    /// The name of a durable timer or latch: stable over renames and over edits elsewhere.
    pub(super) fn timer_key(&self, what: &str, asts: &[&Ast]) -> TimerKey {
        let texts: Vec<String> = asts.iter().map(|ast| print(ast, &|slug| self.names.stable(slug))).collect();
        let mut all = vec![what];
        all.extend(texts.iter().map(String::as_str));
        hash::of(&all)
    }

    /// The length of time that a number with a unit stands for.
    pub(crate) fn duration(&mut self, number: &Number, place: Place) -> Millis {
        let seconds = seconds_in(&number.unit).map(|size| size * number.value);
        seconds.and_then(quantity::millis).unwrap_or_else(|| {
            self.wrong(Issue::error(Code::Duration, place, "the length of time is too long"));
            Millis(0)
        })
    }
}

fn fits_words(ty: &Type<'_>, words: &[Arc<str>]) -> bool {
    let Type::Word(have) = ty else { return false };
    words.is_empty() || have.is_empty() || have.iter().any(|word| words.contains(word))
}

pub(super) fn event_is_no_state(place: Place) -> Issue {
    Issue::error(Code::EventIsNoState, place, "a momentary event has no state")
        .help("use it as a trigger: when: { event: device.action, is: single }")
}
