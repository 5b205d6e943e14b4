//! Values: what a property can hold. Their types are in [`crate::ValueType`]; units are the property's.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::property::ValueType;

/// What a property holds.
///
/// Its serde form (externally tagged) is for storage and logs. People and programs get [`Value::to_json`],
/// which is bare, and [`ValueType::parse_json`] reads it back by the property's type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// True or false: motion, open, water leak.
    Binary(bool),
    /// On or off: a lamp, a plug; locked is on.
    Switch(bool),
    /// A number in the property's unit. Always finite.
    Number(f64),
    /// One of the property's words.
    Enum(Arc<str>),
    /// Any text.
    Text(Arc<str>),
    /// A colour.
    Color(Color),
    /// Named parts.
    Composite(BTreeMap<Arc<str>, Value>),
    /// A sequence.
    List(Vec<Value>),
}

/// A colour without its brightness.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Color {
    /// Degrees, 0 up to but not including 360.
    pub hue: f64,
    /// Percent, 0 (white) to 100.
    pub saturation: f64,
}

/// Why a value does not fit a property.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ValueError {
    /// Another type was expected.
    #[error("expected {expected}, got {got}")]
    Type {
        /// What the property takes, in words.
        expected: String,
        /// What was given, shortened.
        got: String,
    },
    /// A number outside of the property's range.
    #[error("{got} is outside {min} to {max}")]
    Range {
        /// What was given.
        got: f64,
        /// The least allowed.
        min: f64,
        /// The most allowed.
        max: f64,
    },
    /// A word that the property does not have.
    #[error("{got} is none of {}", values.join(", "))]
    NoSuchWord {
        /// What was given.
        got: String,
        /// What there is.
        values: Vec<String>,
    },
    /// A part of a composite or list is wrong.
    #[error("in {place}: {error}")]
    Part {
        /// Which part.
        place: String,
        /// What is wrong with it.
        error: Box<ValueError>,
    },
}

impl Value {
    /// A word.
    pub fn word(text: impl AsRef<str>) -> Self {
        Self::Enum(Arc::from(text.as_ref()))
    }

    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// The truth of a binary or a switch.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Binary(b) | Self::Switch(b) => Some(*b),
            _ => None,
        }
    }

    /// The number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// The word or text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Enum(t) | Self::Text(t) => Some(t),
            _ => None,
        }
    }

    /// The bare form that people and programs see: `true`, `"on"`, `21.5`, `"heat"`, `{"hue":…}`.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::{Value as Json, json};
        match self {
            Self::Binary(b) => Json::Bool(*b),
            Self::Switch(b) => Json::from(if *b { "on" } else { "off" }),
            Self::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "whole and within ±2^53")]
                Json::from(*n as i64)
            }
            Self::Number(n) => Json::from(*n),
            Self::Enum(t) | Self::Text(t) => Json::from(&**t),
            Self::Color(c) => json!({"hue": round3(c.hue), "saturation": round3(c.saturation)}),
            Self::Composite(parts) => parts.iter().map(|(k, v)| (k.to_string(), v.to_json())).collect(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
        }
    }

    /// True if `self`, reported by a device, fulfils the wish `wanted`. Numbers may differ by `tolerance`,
    /// hues by 6 degrees and saturations by 5 %, because devices round in their own scale.
    pub fn fulfils(&self, wanted: &Value, tolerance: f64) -> bool {
        match (self, wanted) {
            (Self::Number(a), Self::Number(b)) => (a - b).abs() <= tolerance.max(1e-9),
            (Self::Color(a), Self::Color(b)) => {
                let turn = (a.hue - b.hue).rem_euclid(360.0);
                let hue = turn.min(360.0 - turn);
                // Near white the hue means nothing.
                (hue <= 6.0 || a.saturation.max(b.saturation) < 6.0)
                    && (a.saturation - b.saturation).abs() <= 5.0
            }
            (Self::Composite(a), Self::Composite(b)) => {
                b.iter().all(|(name, part)| a.get(name).is_some_and(|have| have.fulfils(part, tolerance)))
            }
            (Self::Enum(a) | Self::Text(a), Self::Enum(b) | Self::Text(b)) => a == b,
            (Self::Binary(a) | Self::Switch(a), Self::Binary(b) | Self::Switch(b)) => a == b,
            (a, b) => a == b,
        }
    }
}

fn round3(n: f64) -> f64 {
    (n * 1000.0).round() / 1000.0
}

impl fmt::Display for Value {
    /// In words for messages and the journal, without unit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Binary(b) => write!(f, "{b}"),
            Self::Switch(b) => f.write_str(if *b { "on" } else { "off" }),
            Self::Number(n) => write!(f, "{}", round3(*n)),
            Self::Enum(t) | Self::Text(t) => f.write_str(t),
            Self::Color(c) => write!(f, "hue {:.0}° saturation {:.0} %", c.hue, c.saturation),
            Self::Composite(_) | Self::List(_) => write!(f, "{}", self.to_json()),
        }
    }
}

impl ValueType {
    /// Reads the bare form by this type and checks it against range and words.
    ///
    /// # Errors
    /// [`ValueError`] says what was expected. Nothing is clamped or guessed.
    pub fn parse_json(&self, json: &serde_json::Value) -> Result<Value, ValueError> {
        crate::property::parse_json(self, json)
    }
}
