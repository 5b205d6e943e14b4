//! Expressions to their normal text: one spacing, the fewest parentheses. Keys of durable timers are hashes of it, so
//! it may never change for what it already prints.

use std::fmt::Write as _;

use super::ast::{Ast, Kind, Name, Number, Selector};
use super::selector::aggregate_name;
use crate::program::{ArithmeticOp, Comparison};

/// The normal text. `device` gives what to write for a device's slug: itself for people, the internal id for keys that
/// survive a rename.
pub(crate) fn print(ast: &Ast, device: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    Printer { device }.put(&mut out, ast, 0);
    out
}

struct Printer<'a> {
    device: &'a dyn Fn(&str) -> String,
}

/// How tightly a kind binds: 0 is an `if`, 8 an atom.
fn strength(ast: &Ast) -> u8 {
    match &ast.bare().kind {
        Kind::If { .. } => 0,
        Kind::Or(_) => 1,
        Kind::And(_) => 2,
        Kind::Not(_) => 3,
        Kind::For { .. } | Kind::Until { .. } => 4,
        Kind::Compare { .. } | Kind::In { .. } => 5,
        Kind::Arithmetic { op: ArithmeticOp::Add | ArithmeticOp::Subtract, .. } => 6,
        Kind::Arithmetic { .. } => 7,
        Kind::Negate(_) => 8,
        _ => 9,
    }
}

impl Printer<'_> {
    fn put(&self, out: &mut String, ast: &Ast, least: u8) {
        let ast = ast.bare();
        let brackets = strength(ast) < least;
        if brackets {
            out.push('(');
        }
        self.put_bare(out, ast);
        if brackets {
            out.push(')');
        }
    }

    fn put_bare(&self, out: &mut String, ast: &Ast) {
        match &ast.kind {
            Kind::Number(number) => put_number(out, number),
            Kind::Clock(seconds) => put_clock(out, *seconds),
            Kind::Date(days) => put_date(out, *days),
            Kind::Text(text) => put_text(out, text),
            Kind::Word(word) => out.push_str(word),
            Kind::Path(path) => self.put_path(out, path),
            Kind::Paren(inner) => self.put(out, inner, 0),
            Kind::Not(inner) => {
                out.push_str("not ");
                self.put(out, inner, 3);
            }
            Kind::Negate(inner) => {
                out.push('-');
                self.put(out, inner, 8);
            }
            Kind::And(all) => self.put_chain(out, all, " and ", 3),
            Kind::Or(all) => self.put_chain(out, all, " or ", 2),
            Kind::Compare { op, left, right } => {
                self.put(out, left, 6);
                let _ = write!(out, " {} ", comparison_sign(*op));
                self.put(out, right, 6);
            }
            Kind::Arithmetic { op, left, right } => self.put_arithmetic(out, *op, left, right),
            Kind::If { condition, then, otherwise } => {
                out.push_str("if ");
                self.put(out, condition, 0);
                out.push_str(" then ");
                self.put(out, then, 0);
                out.push_str(" else ");
                self.put(out, otherwise, 0);
            }
            Kind::In { subject, low, high } => {
                self.put(out, subject, 6);
                out.push_str(" in ");
                self.put(out, low, 6);
                out.push_str(" .. ");
                self.put(out, high, 6);
            }
            Kind::For { operand, length } => {
                // `a until b for 2m` would give the `for` to b.
                let least = if matches!(operand.bare().kind, Kind::Until { .. }) { 5 } else { 4 };
                self.put(out, operand, least);
                out.push_str(" for ");
                put_number(out, length);
            }
            Kind::Until { enter, leave } => {
                self.put(out, enter, 4);
                out.push_str(" until ");
                // One `for` of its own needs no brackets.
                let plain = matches!(&leave.bare().kind, Kind::For { operand, .. } if strength(operand) >= 5);
                self.put(out, leave, if plain { 4 } else { 5 });
            }
            Kind::Call { name, arguments } => {
                let _ = write!(out, "{}(", name.text);
                for (index, argument) in arguments.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    self.put(out, argument, 0);
                }
                out.push(')');
            }
            Kind::Select { aggregate, selector } => {
                let _ = write!(out, "{}(", aggregate_name(*aggregate));
                self.put_selector(out, selector);
                out.push(')');
            }
        }
    }

    fn put_chain(&self, out: &mut String, all: &[Ast], word: &str, least: u8) {
        for (index, one) in all.iter().enumerate() {
            out.push_str(if index > 0 { word } else { "" });
            // Brackets around a late `for` say what it covers, to people and to the warning.
            let suffix = matches!(one.bare().kind, Kind::For { .. } | Kind::Until { .. });
            self.put(out, one, if suffix && index > 0 { 5 } else { least });
        }
    }

    fn put_arithmetic(&self, out: &mut String, op: ArithmeticOp, left: &Ast, right: &Ast) {
        let (sign, least) = match op {
            ArithmeticOp::Add => ("+", 6),
            ArithmeticOp::Subtract => ("-", 6),
            ArithmeticOp::Multiply => ("*", 7),
            ArithmeticOp::Divide => ("/", 7),
        };
        self.put(out, left, least);
        let _ = write!(out, " {sign} ");
        self.put(out, right, least + 1);
    }

    fn put_path(&self, out: &mut String, path: &[Name]) {
        for (index, name) in path.iter().enumerate() {
            match index {
                0 => out.push_str(&(self.device)(&name.text)),
                _ => {
                    let _ = write!(out, ".{}", name.text);
                }
            }
        }
    }

    fn put_selector(&self, out: &mut String, selector: &Selector) {
        out.push_str(&selector.what.text);
        if let Some((op, value)) = &selector.compare {
            let _ = write!(out, " {} ", comparison_sign(*op));
            self.put(out, value, 6);
        }
        match selector.places.as_deref() {
            None => {}
            Some([one]) => {
                let _ = write!(out, " in {}", (self.device)(&one.text));
            }
            Some(places) => {
                let names: Vec<_> = places.iter().map(|place| (self.device)(&place.text)).collect();
                let _ = write!(out, " in [{}]", names.join(", "));
            }
        }
    }
}

/// As it is written: `>=`.
pub(crate) fn comparison_sign(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn put_number(out: &mut String, number: &Number) {
    let _ = write!(out, "{}", number.value);
    if !number.unit.is_empty() {
        // `m` stays as it is: beside a length it is metres.
        let unit =
            if number.unit == "m" { "m".into() } else { lares_model::Unit::clean(&number.unit).to_string() };
        let _ = write!(out, " {unit}");
    }
    if !number.per.is_empty() {
        let _ = write!(out, "/{}", number.per);
    }
}

/// Seconds since midnight as a clock time.
pub(crate) fn put_clock(out: &mut String, seconds: u32) {
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = if s == 0 { write!(out, "{h:02}:{m:02}") } else { write!(out, "{h:02}:{m:02}:{s:02}") };
}

fn put_date(out: &mut String, days: i64) {
    let date = chrono::NaiveDate::default() + chrono::TimeDelta::days(days);
    let _ = write!(out, "{date}");
}

fn put_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}
