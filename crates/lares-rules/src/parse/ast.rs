//! Expressions as written: names are words, nothing is known of devices or types.

use super::source::Place;
use crate::program::{Aggregate, ArithmeticOp, Comparison};

/// An expression and where it stands, in characters of its own text.
#[derive(Clone, Debug)]
pub(crate) struct Ast {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
}

/// What stands there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// `28 °C`, `3m`, `25 %/s`.
    Number(Number),
    /// Seconds since midnight: `06:45`.
    Clock(u32),
    /// Days since 1970-01-01: `2026-01-10`.
    Date(i64),
    /// `"text"`
    Text(String),
    /// A word by itself: `on`, `heat`, `mon`, `clock`.
    Word(String),
    /// Words with dots between: `hall_light.state`, `sun.elevation`.
    Path(Vec<Name>),
    /// Parentheses, which say what belongs together.
    Paren(Box<Ast>),
    Not(Box<Ast>),
    Negate(Box<Ast>),
    And(Vec<Ast>),
    Or(Vec<Ast>),
    Compare {
        op: Comparison,
        left: Box<Ast>,
        right: Box<Ast>,
    },
    Arithmetic {
        op: ArithmeticOp,
        left: Box<Ast>,
        right: Box<Ast>,
    },
    If {
        condition: Box<Ast>,
        then: Box<Ast>,
        otherwise: Box<Ast>,
    },
    In {
        subject: Box<Ast>,
        low: Box<Ast>,
        high: Box<Ast>,
    },
    For {
        operand: Box<Ast>,
        length: Number,
    },
    /// The leaving comparison has its left side filled in.
    Until {
        enter: Box<Ast>,
        leave: Box<Ast>,
    },
    Call {
        name: Name,
        arguments: Vec<Ast>,
    },
    Select {
        aggregate: Aggregate,
        selector: Box<Selector>,
    },
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// A number as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    /// As written, or empty.
    pub(crate) unit: String,
    /// `s`, `min` or `h` after a slash, or empty.
    pub(crate) per: String,
}

/// `(PROPERTY [CMP] | KIND) [in ROOM | LABEL | LIST]`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selector {
    /// A property's base name or the plural of a kind.
    pub(crate) what: Name,
    /// What is asked of each.
    pub(crate) compare: Option<(Comparison, Ast)>,
    /// Rooms, labels or devices; none means the whole home.
    pub(crate) places: Option<Vec<Name>>,
}

// Two expressions are equal if they say the same, wherever they stand.
impl PartialEq for Ast {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Ast {
    pub(crate) fn new(kind: Kind, place: Place) -> Self {
        Self { kind, place }
    }

    /// What stands inside of parentheses.
    pub(crate) fn bare(&self) -> &Ast {
        let mut ast = self;
        while let Kind::Paren(inner) = &ast.kind {
            ast = inner;
        }
        ast
    }
}
