//! Calls: functions of scalars, and functions over a selector, `(PROPERTY [CMP] | KIND) [in ROOM | LABEL | LIST]`.

use super::ast::{Ast, Kind, Name, Selector};
use super::expression::Parser;
use super::lexer::Token;
use super::sink::Issue;
use crate::program::Aggregate;

/// What stands after a name and `(`.
pub(crate) fn call(parser: &mut Parser, name: Name) -> Result<Ast, Issue> {
    parser.expect("(")?;
    let start = name.place.start;
    if let Some(aggregate) = aggregate(&name.text)
        && (starts_selector(parser) || !is_scalar_too(aggregate))
    {
        let selector = Box::new(selector(parser)?);
        parser.expect(")")?;
        return Ok(parser.since(start, Kind::Select { aggregate, selector }));
    }
    let mut arguments = Vec::new();
    if !parser.take(")") {
        loop {
            arguments.push(parser.expression()?);
            if !parser.take(",") {
                break;
            }
        }
        parser.expect(")")?;
    }
    Ok(parser.since(start, Kind::Call { name, arguments }))
}

fn selector(parser: &mut Parser) -> Result<Selector, Issue> {
    let what = parser.name("a property or kind, such as open or lights")?;
    if matches!(parser.peek(), Token::Sign(".")) {
        let help = "it looks at all devices: any(open in kitchen); one property stands by itself: door.open";
        return Err(parser.unexpected("a property without its device").help(help));
    }
    let compare = match parser.comparison_sign() {
        Some(op) => {
            parser.advance();
            Some((op, parser.sum()?))
        }
        None => None,
    };
    let places = if parser.take_word("in") { Some(places(parser)?) } else { None };
    Ok(Selector { what, compare, places })
}

/// A room, label or device, or a list of them in brackets.
pub(crate) fn places(parser: &mut Parser) -> Result<Vec<Name>, Issue> {
    if !parser.take("[") {
        return Ok(vec![parser.name("a room or label")?]);
    }
    let mut names = vec![parser.name("a room, label or device")?];
    while parser.take(",") {
        names.push(parser.name("a room, label or device")?);
    }
    parser.expect("]")?;
    Ok(names)
}

/// `max(a, b)` of scalars and `max(temperature in upstairs)` are two overloads: a bare word that is no value of its
/// own, followed by the end, a comparison or `in`, begins a selector.
fn starts_selector(parser: &Parser) -> bool {
    let Token::Word(word) = parser.peek() else { return false };
    if is_value(word) {
        return false;
    }
    match parser.ahead(1) {
        Token::Sign(sign) => [")", "==", "!=", "<", "<=", ">", ">="].contains(sign),
        Token::Word(next) => next == "in",
        _ => false,
    }
}

/// Words that are values by themselves.
fn is_value(word: &str) -> bool {
    ["clock", "weekday", "date", "sunrise", "sunset", "on", "off", "true", "false"].contains(&word)
}

fn is_scalar_too(aggregate: Aggregate) -> bool {
    matches!(aggregate, Aggregate::Min | Aggregate::Max)
}

/// The function over a selector of this name.
pub(crate) fn aggregate(name: &str) -> Option<Aggregate> {
    Some(match name {
        "any" => Aggregate::Any,
        "all" => Aggregate::All,
        "each" => Aggregate::Each,
        "count" => Aggregate::Count,
        "avg" => Aggregate::Avg,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        "sum" => Aggregate::Sum,
        _ => return None,
    })
}

/// Its name.
pub(crate) fn aggregate_name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Any => "any",
        Aggregate::All => "all",
        Aggregate::Each => "each",
        Aggregate::Count => "count",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Sum => "sum",
    }
}
