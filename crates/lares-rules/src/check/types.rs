//! The types of expressions.

use std::borrow::Cow;
use std::sync::Arc;

use lares_model::{Dimension, PropertyDescription, Unit, Value, ValueType};

use crate::program::Expr;

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type<'c> {
    /// Something was wrong and has been told; nothing more is said of it.
    Broken,
    /// Known only when it happens: `trigger.value`.
    Any,
    /// True or false.
    Truth,
    /// On or off.
    Switch,
    /// A number.
    Number(Quantity),
    /// One of some words; any if there are none.
    Word(Cow<'c, [Arc<str>]>),
    /// Any text.
    Text,
    /// A colour.
    Color,
    /// Named parts.
    Composite(&'c [PropertyDescription]),
    /// A sequence.
    List,
    /// Seconds since local midnight.
    Clock,
    /// Days since 1970-01-01.
    Date,
    /// 1 to 7.
    Weekday,
    /// Happens, and has no state.
    Event,
}

/// What a number measures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantity {
    pub(crate) unit: Option<Unit>,
    pub(crate) kind: QuantityKind,
}

/// How a number measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuantityKind {
    /// A point on the unit's scale.
    Amount,
    /// How far two temperatures are apart.
    Difference,
    /// Change in a second.
    PerSecond,
}

/// An expression with its type.
#[derive(Clone, Debug)]
pub(crate) struct Typed<'c> {
    pub(crate) expr: Expr,
    pub(crate) ty: Type<'c>,
    /// True for a number as written, which can still be a difference.
    pub(crate) literal: bool,
    /// True for a literal `m`, which is metres beside a length.
    pub(crate) minutes_or_metres: bool,
}

impl Quantity {
    pub(crate) fn amount(unit: Option<Unit>) -> Self {
        Self { unit, kind: QuantityKind::Amount }
    }

    pub(crate) fn of(unit: &str) -> Self {
        Self::amount(Some(Unit::clean(unit)))
    }

    pub(crate) fn is_temperature(&self) -> bool {
        self.unit.as_ref().is_some_and(|unit| unit.dimension() == Dimension::Temperature)
    }

    pub(crate) fn in_words(&self) -> String {
        let unit = self.unit.as_ref().map_or("a number without unit", Unit::as_str);
        match self.kind {
            QuantityKind::Amount => unit.to_owned(),
            QuantityKind::Difference => format!("a difference in {unit}"),
            QuantityKind::PerSecond => format!("{unit} per time"),
        }
    }
}

impl<'c> Type<'c> {
    /// The type of a property's value.
    pub(crate) fn of(property: &'c PropertyDescription) -> Self {
        Self::of_value(&property.value_type, property.unit.as_ref())
    }

    pub(crate) fn of_value(value_type: &'c ValueType, unit: Option<&Unit>) -> Self {
        match value_type {
            ValueType::Binary => Self::Truth,
            ValueType::Switch => Self::Switch,
            ValueType::Number { .. } => Self::Number(Quantity::amount(unit.cloned())),
            ValueType::Enum { values } => Self::Word(Cow::Borrowed(values)),
            ValueType::Text => Self::Text,
            ValueType::Color => Self::Color,
            ValueType::Composite { fields } => Self::Composite(fields),
            ValueType::List { .. } => Self::List,
            ValueType::Event { .. } => Self::Event,
        }
    }

    /// A length of time.
    pub(crate) fn seconds() -> Self {
        Self::Number(Quantity::of("s"))
    }

    /// In words, for messages.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Broken | Self::Any => "a value".into(),
            Self::Truth => "true or false".into(),
            Self::Switch => "on or off".into(),
            Self::Number(quantity) if quantity.unit.is_none() => "a number".into(),
            Self::Number(quantity) => format!("a number in {}", quantity.in_words()),
            Self::Word(words) if words.is_empty() => "a word".into(),
            Self::Word(words) => {
                let shown: Vec<_> = words.iter().take(8).map(|word| &**word).collect();
                format!("one of {}{}", shown.join(", "), if words.len() > 8 { " …" } else { "" })
            }
            Self::Text => "a text".into(),
            Self::Color => "a colour".into(),
            Self::Composite(_) => "a value with parts".into(),
            Self::List => "a list".into(),
            Self::Clock => "a clock time".into(),
            Self::Date => "a date".into(),
            Self::Weekday => "a weekday".into(),
            Self::Event => "a momentary event".into(),
        }
    }

    /// True for what can be a condition.
    pub(crate) fn is_truth(&self) -> bool {
        matches!(self, Self::Truth | Self::Switch | Self::Broken | Self::Any)
    }

    /// True for what has a less and a more.
    pub(crate) fn is_ordered(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Clock | Self::Date | Self::Weekday | Self::Broken | Self::Any)
    }

    /// True if nothing more can be said.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Broken | Self::Any)
    }
}

impl<'c> Typed<'c> {
    pub(crate) fn new(expr: Expr, ty: Type<'c>) -> Self {
        Self { expr, ty, literal: false, minutes_or_metres: false }
    }

    /// What stands for an expression that is wrong.
    pub(crate) fn broken() -> Self {
        Self::new(Expr::Literal(Value::Binary(false)), Type::Broken)
    }

    pub(crate) fn literal(value: Value, ty: Type<'c>) -> Self {
        Self { literal: true, ..Self::new(Expr::Literal(value), ty) }
    }
}
