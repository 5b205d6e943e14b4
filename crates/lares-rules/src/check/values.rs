//! Values in YAML: decoded from their source text by the type of the property they are for, so that `on`, `true` and
//! `"on"` are one for a switch, whatever YAML makes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_model::{PropertyDescription, Unit, Value, ValueError, ValueType};

use super::elaborate::{Checker, Surroundings};
use super::quantity::convert;
use super::types::{Quantity, Type, Typed};
use crate::diagnostic::Code;
use crate::parse::ast::Kind;
use crate::parse::expression;
use crate::parse::node::Node;
use crate::parse::sink::{Issue, Sink};
use crate::parse::source::Place;
use crate::program::Expr;
use crate::resolve::Names;
use crate::suggest;

/// A value as it stands in a file, for a property. `None` when it is wrong, which is then in the sink.
pub(crate) fn literal(
    node: &Node,
    property: &PropertyDescription,
    names: &Names<'_>,
    sink: &mut Sink<'_>,
) -> Option<Value> {
    let value = decode(node, &property.value_type, property.unit.as_ref(), names, sink)?;
    match property.value_type.check(&value) {
        Ok(()) => Some(value),
        Err(error) => {
            sink.add(Issue { place: node.place, ..refused(&error, property.unit.as_ref()) });
            None
        }
    }
}

/// A value for a property that shall be set: a literal, or `= …` to be computed when it is applied.
pub(crate) fn assigned<'c>(
    node: &Node,
    property: &'c PropertyDescription,
    names: &Names<'c>,
    around: Surroundings,
    sink: &mut Sink<'_>,
    waiting: &mut bool,
) -> Option<Expr> {
    let text = node.text().unwrap_or_default();
    let Some(rest) = text.trim_start().strip_prefix('=') else {
        return literal(node, property, names, sink).map(Expr::Literal);
    };
    let shift = text.chars().count() - rest.chars().count();
    let ast = match expression::parse(rest) {
        Ok((ast, warnings)) => {
            warnings.into_iter().for_each(|issue| sink.add_inside(node, shift, issue));
            ast
        }
        Err(issue) => {
            sink.add_inside(node, shift, issue);
            return None;
        }
    };
    let mut checker = Checker::new(names, around);
    let expr = checker.value(&ast, &Type::of(property));
    if let Expr::Literal(value) = &expr
        && let Err(error) = property.value_type.check(&as_wanted(value, &property.value_type))
        && checker.issues.is_empty()
    {
        checker.issues.push(Issue { place: ast.place, ..refused(&error, property.unit.as_ref()) });
    }
    *waiting |= checker.waiting;
    let broken = checker.issues.iter().any(|issue| issue.severity == crate::diagnostic::Severity::Error);
    checker.issues.into_iter().for_each(|issue| sink.add_inside(node, shift, issue));
    (!broken).then(|| match expr {
        Expr::Literal(value) => Expr::Literal(as_wanted(&value, &property.value_type)),
        expr => expr,
    })
}

/// A truth as the property holds it.
fn as_wanted(value: &Value, value_type: &ValueType) -> Value {
    match (value, value_type) {
        (Value::Binary(b) | Value::Switch(b), ValueType::Switch) => Value::Switch(*b),
        (Value::Binary(b) | Value::Switch(b), ValueType::Binary) => Value::Binary(*b),
        _ => value.clone(),
    }
}

fn decode(
    node: &Node,
    value_type: &ValueType,
    unit: Option<&Unit>,
    names: &Names<'_>,
    sink: &mut Sink<'_>,
) -> Option<Value> {
    match value_type {
        ValueType::Binary => truth(node, value_type, sink).map(Value::Binary),
        ValueType::Switch => truth(node, value_type, sink).map(Value::Switch),
        ValueType::Number { .. } => number(node, value_type, unit, names, sink),
        ValueType::Enum { .. } | ValueType::Event { .. } => scalar(node, value_type, sink).map(Value::word),
        ValueType::Text => scalar(node, value_type, sink).map(Value::text),
        ValueType::Color => color(node, value_type, names, sink),
        ValueType::Composite { fields } => composite(node, fields, value_type, names, sink),
        ValueType::List { item, .. } => {
            let Some(items) = node.list() else { return wrong_kind(node, value_type, sink) };
            items
                .iter()
                .map(|one| decode(one, item, unit, names, sink))
                .collect::<Option<_>>()
                .map(Value::List)
        }
    }
}

fn wrong_kind<T>(node: &Node, value_type: &ValueType, sink: &mut Sink<'_>) -> Option<T> {
    let message = format!("expected {}, found {}", value_type.in_words(), node.in_words());
    sink.error(Code::WrongType, node.place, message);
    None
}

fn scalar<'n>(node: &'n Node, value_type: &ValueType, sink: &mut Sink<'_>) -> Option<&'n str> {
    match node.text() {
        Some(text) if !node.is_empty() => Some(text),
        _ => wrong_kind(node, value_type, sink),
    }
}

fn truth(node: &Node, value_type: &ValueType, sink: &mut Sink<'_>) -> Option<bool> {
    match scalar(node, value_type, sink)?.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        other => {
            let issue = Issue::error(
                Code::WrongType,
                node.place,
                format!("expected {}, found \"{}\"", value_type.in_words(), suggest::shorten(other)),
            );
            sink.add(issue.help(suggest::help(other, ["on", "off", "true", "false"])));
            None
        }
    }
}

fn number(
    node: &Node,
    value_type: &ValueType,
    unit: Option<&Unit>,
    names: &Names<'_>,
    sink: &mut Sink<'_>,
) -> Option<Value> {
    let text = scalar(node, value_type, sink)?;
    let ast = match expression::parse(text) {
        Ok((ast, _)) => ast,
        Err(issue) => {
            sink.add_inside(node, 0, issue);
            return None;
        }
    };
    let plain = match &ast.kind {
        Kind::Number(_) => true,
        Kind::Negate(inner) => matches!(inner.kind, Kind::Number(_)),
        _ => false,
    };
    if !plain {
        let found = suggest::shorten(text);
        let issue =
            Issue::error(Code::WrongType, node.place, format!("expected a number, found \"{found}\""));
        sink.add(issue.help("to compute a value, begin with =, in quotes: \"= …\""));
        return None;
    }
    let mut checker = Checker::new(names, Surroundings::default());
    let typed = checker.elaborate(&ast, None);
    let from = typed.ty.clone();
    let to = Quantity::amount(unit.cloned());
    if let Ok(Typed { expr: Expr::Literal(value @ Value::Number(_)), .. }) = convert(typed, &to) {
        return Some(value);
    }
    let Type::Number(from) = from else { return None };
    let message = match unit {
        Some(unit) => format!("{} is no {unit}", from.in_words()),
        None => format!("it takes a plain number, not {}", from.in_words()),
    };
    sink.error(Code::UnitMismatch, node.place, message);
    None
}

fn color(node: &Node, value_type: &ValueType, names: &Names<'_>, sink: &mut Sink<'_>) -> Option<Value> {
    let Some(entries) = node.map() else { return wrong_kind(node, value_type, sink) };
    let (mut hue, mut saturation) = (None, None);
    let plain = ValueType::Number { min: None, max: None, step: None };
    for (key, value) in entries {
        let (unit, slot) = match key.text() {
            Some("hue") => ("°", &mut hue),
            Some("saturation") => ("%", &mut saturation),
            _ => {
                sink.error(Code::UnknownKey, key.place, "a colour has hue and saturation");
                return None;
            }
        };
        *slot = number(value, &plain, Some(&Unit::clean(unit)), names, sink)?.as_number();
    }
    match (hue, saturation) {
        (Some(hue), Some(saturation)) => Some(Value::Color(lares_model::Color { hue, saturation })),
        _ => {
            sink.error(Code::MissingKey, node.place, "a colour needs hue and saturation");
            None
        }
    }
}

fn composite(
    node: &Node,
    fields: &[PropertyDescription],
    value_type: &ValueType,
    names: &Names<'_>,
    sink: &mut Sink<'_>,
) -> Option<Value> {
    let Some(entries) = node.map() else { return wrong_kind(node, value_type, sink) };
    let mut parts = BTreeMap::new();
    for (key, value) in entries {
        let name = key.text().unwrap_or_default();
        let Some(field) = fields.iter().find(|field| field.name.as_str() == name) else {
            let help = suggest::help(name, fields.iter().map(|field| field.name.as_str()));
            let message = format!("it has no part \"{}\"", suggest::shorten(name));
            sink.add(Issue::error(Code::UnknownProperty, key.place, message).help(help));
            return None;
        };
        let part = decode(value, &field.value_type, field.unit.as_ref(), names, sink)?;
        parts.insert(Arc::from(name), part);
    }
    Some(Value::Composite(parts))
}

/// What the model says against a value, as a diagnostic without a place.
fn refused(error: &ValueError, unit: Option<&Unit>) -> Issue {
    let place = Place::default();
    match error {
        ValueError::Range { got, min, max } => {
            let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
            let message = format!("{got}{unit} is outside of what the device accepts");
            let help = match (min.is_finite(), max.is_finite()) {
                (true, true) => format!("{min} to {max}{unit}"),
                (true, false) => format!("at least {min}{unit}"),
                _ => format!("at most {max}{unit}"),
            };
            Issue::error(Code::OutOfRange, place, message).help(help)
        }
        ValueError::NoSuchWord { got, values } => {
            let word = got.trim_matches('"');
            let help = suggest::help(word, values.iter().map(String::as_str));
            Issue::error(Code::UnknownValue, place, format!("{got} is none of its values")).help(help)
        }
        other => Issue::error(Code::WrongType, place, other.to_string()),
    }
}
