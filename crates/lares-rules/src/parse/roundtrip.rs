//! Random expressions, printed and read again: the normal text says the same, and is its own normal text.

use super::ast::{Ast, Kind, Name, Number, Selector};
use super::expression::parse;
use super::print::print;
use super::source::Place;
use crate::program::{Aggregate, ArithmeticOp, Comparison};

/// SplitMix64: a seed gives the same expressions on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let index = self.below(all.len() as u64);
        all[usize::try_from(index).unwrap()]
    }
}

fn ast(kind: Kind) -> Ast {
    Ast::new(kind, Place::default())
}

fn name(text: &str) -> Name {
    Name { text: text.into(), place: Place::default() }
}

fn number(dice: &mut Dice) -> Number {
    let value = dice.of(&[0.0, 1.0, 2.5, 28.0, 1234.0]);
    let unit = dice.of(&["", "°C", "%", "min", "W", "µg/m³"]);
    let per = if unit == "W" { dice.of(&["", "s", "h"]) } else { "" };
    Number { value, unit: unit.into(), per: per.into() }
}

fn selector(dice: &mut Dice, depth: u32) -> Selector {
    let places = match dice.below(3) {
        0 => None,
        1 => Some(vec![name("hall")]),
        _ => Some(vec![name("hall"), name("kitchen")]),
    };
    let compare = (dice.below(2) == 0).then(|| (comparison(dice), random(dice, depth.min(1))));
    Selector { what: name(dice.of(&["open", "lights", "temperature"])), compare, places }
}

fn comparison(dice: &mut Dice) -> Comparison {
    dice.of(&[
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
}

fn random(dice: &mut Dice, depth: u32) -> Ast {
    let inner = |dice: &mut Dice| Box::new(random(dice, depth.saturating_sub(1)));
    let kind = match if depth == 0 { dice.below(6) } else { dice.below(18) } {
        0 => Kind::Number(number(dice)),
        1 => Kind::Clock(u32::try_from(dice.below(86_400)).unwrap()),
        2 => Kind::Date(i64::try_from(dice.below(40_000)).unwrap()),
        3 => Kind::Text(dice.of(&["", "following(off)", "a \"b\" \\c", "ä ° {"]).into()),
        4 => Kind::Word(dice.of(&["on", "clock", "heat", "mon", "sunrise"]).into()),
        5 => Kind::Path(["hall_light", "color", "hue"][..dice.of(&[2, 3])].iter().map(|n| name(n)).collect()),
        6 => Kind::Not(inner(dice)),
        7 => Kind::Negate(inner(dice)),
        8 | 9 => {
            let all = (0..2 + dice.below(2)).map(|_| *inner(dice)).collect();
            if dice.below(2) == 0 { Kind::And(all) } else { Kind::Or(all) }
        }
        10 => Kind::Compare { op: comparison(dice), left: inner(dice), right: inner(dice) },
        11 | 12 => {
            let op = dice.of(&[
                ArithmeticOp::Add,
                ArithmeticOp::Subtract,
                ArithmeticOp::Multiply,
                ArithmeticOp::Divide,
            ]);
            Kind::Arithmetic { op, left: inner(dice), right: inner(dice) }
        }
        13 => Kind::If { condition: inner(dice), then: inner(dice), otherwise: inner(dice) },
        14 => Kind::In { subject: inner(dice), low: inner(dice), high: inner(dice) },
        15 => {
            let length = Number { value: 2.5, unit: "h".into(), per: String::new() };
            Kind::For { operand: inner(dice), length }
        }
        16 => Kind::Until { enter: inner(dice), leave: inner(dice) },
        _ if dice.below(2) == 0 => {
            let aggregate = dice.of(&[Aggregate::Any, Aggregate::Each, Aggregate::Max, Aggregate::Count]);
            Kind::Select { aggregate, selector: Box::new(selector(dice, depth)) }
        }
        _ => Kind::Call { name: name("clamp"), arguments: (0..3).map(|_| *inner(dice)).collect() },
    };
    ast(kind)
}

/// Without parentheses, which only say what belongs together.
fn bare(ast: &Ast) -> String {
    print(ast, &str::to_owned)
}

/// The tree without parentheses, in a form that tells every nesting.
fn tree(ast: &Ast) -> String {
    let mut text = format!("{:?}", strip(ast));
    // Places differ; they are the only numbers after these words.
    while let Some(at) = text.find("place: Place {") {
        let end = text[at..].find('}').map_or(text.len(), |end| at + end + 1);
        text.replace_range(at..end, "");
    }
    text
}

fn strip(ast: &Ast) -> Ast {
    let one = |inner: &Ast| Box::new(strip(inner));
    let all = |list: &[Ast]| list.iter().map(strip).collect();
    Ast::new(
        match &ast.bare().kind {
            Kind::Not(a) => Kind::Not(one(a)),
            Kind::Negate(a) => Kind::Negate(one(a)),
            Kind::And(list) => Kind::And(all(list)),
            Kind::Or(list) => Kind::Or(all(list)),
            Kind::Compare { op, left, right } => {
                Kind::Compare { op: *op, left: one(left), right: one(right) }
            }
            Kind::Arithmetic { op, left, right } => {
                Kind::Arithmetic { op: *op, left: one(left), right: one(right) }
            }
            Kind::If { condition, then, otherwise } => {
                Kind::If { condition: one(condition), then: one(then), otherwise: one(otherwise) }
            }
            Kind::In { subject, low, high } => {
                Kind::In { subject: one(subject), low: one(low), high: one(high) }
            }
            Kind::For { operand, length } => Kind::For { operand: one(operand), length: length.clone() },
            Kind::Until { enter, leave } => Kind::Until { enter: one(enter), leave: one(leave) },
            Kind::Call { name, arguments } => Kind::Call { name: name.clone(), arguments: all(arguments) },
            Kind::Select { aggregate, selector } => {
                let compare = selector.compare.as_ref().map(|(op, value)| (*op, strip(value)));
                Kind::Select {
                    aggregate: *aggregate,
                    selector: Box::new(Selector { compare, ..(**selector).clone() }),
                }
            }
            other => other.clone(),
        },
        Place::default(),
    )
}

#[test]
fn a_printed_expression_reads_as_the_same_expression() {
    for seed in 0..4_000 {
        let mut dice = Dice(seed);
        let made = random(&mut dice, 3);
        let text = bare(&made);
        let (read, _) = parse(&text).unwrap_or_else(|issue| panic!("seed {seed}: {text}: {}", issue.message));
        assert_eq!(tree(&read), tree(&made), "seed {seed}: {text}");
        assert_eq!(bare(&read), text, "seed {seed}");
    }
}

#[test]
fn spacing_units_and_needless_brackets_do_not_change_the_normal_text() {
    for (text, normal) in [
        ("((a.b))>28°C", "a.b > 28 °C"),
        ("a.b > 28 ℃", "a.b > 28 °C"),
        ("( a.b and c.d ) or e.f", "a.b and c.d or e.f"),
        ("a.b for 1h30m", "a.b for 5400 s"),
        ("a.b and (c.d for 2m)", "a.b and (c.d for 2 m)"),
        ("any( open in [ x , y ] )", "any(open in [x, y])"),
    ] {
        assert_eq!(bare(&parse(text).unwrap().0), normal);
    }
}
