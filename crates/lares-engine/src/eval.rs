//! Evaluation: an expression gives a value, or says what is unknown. Reads only; nothing else can go wrong.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Timelike};
use lares_model::{DeviceId, Millis, Moment, PropertyKey, Value};
use lares_rules::program::{
    Aggregate, ArithmeticOp, Comparison, Expr, Function, RangeKind, TimerKey, TriggerField,
};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::timers::Timer;
use crate::world::{Unknown, World};

/// A value, or why there is none.
pub(crate) type Known = Result<Value, Unknown>;

/// What started a run, frozen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TriggerInfo {
    pub(crate) key: Option<PropertyKey>,
    pub(crate) value: Option<Value>,
    pub(crate) device: Option<DeviceId>,
    /// The `id:` of the trigger.
    pub(crate) id: Option<String>,
}

/// All that an expression can see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) world: &'a World,
    pub(crate) timers: &'a BTreeMap<TimerKey, Timer>,
    pub(crate) now: Moment,
    /// The property whose change is looked at.
    pub(crate) changed: Option<&'a PropertyKey>,
    pub(crate) trigger: Option<&'a TriggerInfo>,
    /// The member under test.
    pub(crate) member: Option<&'a PropertyKey>,
    /// The one member for which `each(…)` is asked; all of them if none.
    pub(crate) one: Option<&'a PropertyKey>,
    /// The day whose sun is meant; today if none.
    pub(crate) day: Option<NaiveDate>,
}

impl Scope<'_> {
    /// The truth of an expression.
    pub(crate) fn truth(&self, expr: &Expr) -> Result<bool, Unknown> {
        let value = self.eval(expr)?;
        value.as_bool().ok_or_else(|| Unknown::Other(format!("{value} is neither true nor false")))
    }

    /// The number of an expression.
    pub(crate) fn number(&self, expr: &Expr) -> Result<f64, Unknown> {
        let value = self.eval(expr)?;
        value.as_number().ok_or_else(|| Unknown::Other(format!("{value} is no number")))
    }

    /// The value of an expression.
    pub(crate) fn eval(&self, expr: &Expr) -> Known {
        match expr {
            Expr::Literal(value) => Ok(value.clone()),
            Expr::Property(key) => self.world.value(key).cloned(),
            Expr::Member => match self.member {
                Some(key) => self.world.value(key).cloned(),
                None => Err(other("there is no member here")),
            },
            Expr::Part { of, part } => part_of(&self.eval(of)?, part),
            Expr::Helper(name) => Err(Unknown::Other(format!("{name} is unknown (no such helper yet)"))),
            Expr::Clock | Expr::Weekday | Expr::Date => self.calendar(expr),
            Expr::Sunrise | Expr::Sunset | Expr::SunElevation => self.sun(expr),
            Expr::Not(inner) => Ok(Value::Binary(!self.truth(inner)?)),
            Expr::And(all) => self.junction(all, false),
            Expr::Or(all) => self.junction(all, true),
            Expr::Compare { op, left, right } => compare(*op, &self.eval(left)?, &self.eval(right)?),
            Expr::Arithmetic { op, left, right } => arithmetic(*op, self.number(left)?, self.number(right)?),
            Expr::Negate(inner) => finite(-self.number(inner)?),
            Expr::If { condition, then, otherwise } => {
                self.eval(if self.truth(condition)? { then } else { otherwise })
            }
            Expr::InRange { subject, low, high, kind } => {
                let inside = in_range(self.number(subject)?, self.number(low)?, self.number(high)?, *kind);
                Ok(Value::Binary(inside))
            }
            Expr::For { timer, operand, length, .. } => self.lasting(*timer, operand, *length),
            Expr::Until { latch, .. } => {
                Ok(Value::Binary(self.timers.get(latch).is_some_and(|timer| timer.latched)))
            }
            Expr::Select { aggregate, members, predicate } => {
                self.select(*aggregate, members, predicate.as_deref())
            }
            Expr::Age(key) => self.age(key),
            Expr::Previous(key) => {
                self.world.value(key)?;
                let previous = self.world.cell(key).and_then(|cell| cell.state.previous.clone());
                previous
                    .ok_or_else(|| Unknown::Other(format!("{} has no previous value", self.world.words(key))))
            }
            Expr::Changed(key) => Ok(Value::Binary(self.changed == Some(key))),
            Expr::Rate { key, window } => {
                self.world.value(key)?;
                self.filled(key, self.world.rings.rate(key, self.now.mono, *window))
            }
            Expr::Mean { key, window } => {
                self.world.value(key)?;
                self.filled(key, self.world.rings.mean(key, self.now.mono, *window))
            }
            Expr::Call { function, arguments } => self.call(*function, arguments),
            Expr::Trigger(field) => self.trigger_field(*field),
        }
    }

    /// Kleene and (`decides` = false) or or (true): one that decides is enough, whatever else is unknown.
    fn junction(&self, all: &[Expr], decides: bool) -> Known {
        let mut unknown = None;
        for expr in all {
            match self.truth(expr) {
                Ok(truth) if truth == decides => return Ok(Value::Binary(decides)),
                Ok(_) => {}
                Err(why) => unknown = unknown.or(Some(why)),
            }
        }
        unknown.map_or(Ok(Value::Binary(!decides)), Err)
    }

    fn calendar(&self, expr: &Expr) -> Known {
        let local =
            clock::local(self.now.utc, self.world.zone).ok_or_else(|| other("the clock is unknown"))?;
        Ok(Value::Number(match expr {
            Expr::Clock => f64::from(local.num_seconds_from_midnight()),
            Expr::Weekday => f64::from(local.weekday().number_from_monday()),
            _ => {
                let days = local.date_naive().signed_duration_since(NaiveDate::default()).num_days();
                #[expect(clippy::cast_precision_loss, reason = "days since 1970 are far below 2^53")]
                let days = days as f64;
                days
            }
        }))
    }

    fn sun(&self, expr: &Expr) -> Known {
        let location =
            self.world.config.location.ok_or_else(|| other("the sun is unknown: set your location"))?;
        let value = match expr {
            Expr::SunElevation => chrono::DateTime::from_timestamp_millis(self.now.utc)
                .and_then(|at| crate::sun::elevation(at, location)),
            _ => {
                let today = clock::local(self.now.utc, self.world.zone).map(|local| local.date_naive());
                let day = self.day.or(today).ok_or_else(|| other("the date is unknown"))?;
                let sun = self.world.sun.day(day, self.world.zone, location);
                if matches!(expr, Expr::Sunrise) { sun.rise } else { sun.set }.map(f64::from)
            }
        };
        value.map(Value::Number).ok_or_else(|| other("the sun does not rise or set today"))
    }

    fn age(&self, key: &PropertyKey) -> Known {
        let reported = self.world.cell(key).and_then(|cell| cell.state.reported_mono);
        let reported = reported.ok_or_else(|| Unknown::NeverSeen(key.clone()))?;
        #[expect(clippy::cast_precision_loss, reason = "ages are far below 2^53 ms")]
        finite(self.now.since(reported).0 as f64 / 1000.0)
    }

    fn filled(&self, key: &PropertyKey, value: Option<f64>) -> Known {
        let unknown =
            || Unknown::Other(format!("{} is not known for long enough yet", self.world.words(key)));
        finite(value.ok_or_else(unknown)?)
    }

    /// `for`: of each member by itself where `each(…)` stands in it.
    fn lasting(&self, timer: TimerKey, operand: &Expr, length: Millis) -> Known {
        if self.one.is_none() && operand.reads_each() {
            let members = operand.each_members();
            let of_one = |key| Scope { one: Some(key), ..*self }.lasting(timer, operand, length);
            return fold_truth(members.into_iter().map(of_one), true);
        }
        let holds = self.truth(operand)?;
        let since = self.timers.get(&timer).and_then(|timer| timer.since_of(self.one));
        Ok(Value::Binary(holds && since.is_some_and(|since| self.now.since(since) >= length)))
    }

    /// What is asked of one member.
    pub(crate) fn of_member(&self, key: &PropertyKey, predicate: Option<&Expr>) -> Known {
        let scope = Scope { member: Some(key), ..*self };
        predicate.map_or_else(|| self.world.value(key).cloned(), |predicate| scope.eval(predicate))
    }

    fn select(&self, aggregate: Aggregate, members: &[PropertyKey], predicate: Option<&Expr>) -> Known {
        if let (Aggregate::Each, Some(one)) = (aggregate, self.one)
            && members.binary_search(one).is_ok()
        {
            return fold_truth(std::iter::once(self.of_member(one, predicate)), true);
        }
        let values = members.iter().map(|key| self.of_member(key, predicate));
        match aggregate {
            Aggregate::Any | Aggregate::Each => fold_truth(values, true),
            Aggregate::All => fold_truth(values, false),
            Aggregate::Count => {
                let mut count = 0.0;
                for value in values {
                    count += f64::from(u8::from(value?.as_bool().unwrap_or(false)));
                }
                Ok(Value::Number(count))
            }
            Aggregate::Avg | Aggregate::Min | Aggregate::Max | Aggregate::Sum => {
                fold_numbers(aggregate, values)
            }
        }
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> Known {
        let mut numbers = Vec::with_capacity(arguments.len());
        for argument in arguments {
            numbers.push(self.number(argument)?);
        }
        finite(match (function, numbers.as_slice()) {
            (Function::Round, [x]) => x.round(),
            (Function::Round, [x, digits]) => {
                let scale = 10_f64.powf(digits.clamp(-9.0, 9.0).round());
                (x * scale).round() / scale
            }
            (Function::Abs, [x]) => x.abs(),
            (Function::Clamp, [x, low, high]) => x.max(*low).min(*high),
            (Function::Min, [first, rest @ ..]) => rest.iter().copied().fold(*first, f64::min),
            (Function::Max, [first, rest @ ..]) => rest.iter().copied().fold(*first, f64::max),
            _ => return Err(other("a function has the wrong number of arguments")),
        })
    }

    fn trigger_field(&self, field: TriggerField) -> Known {
        let trigger = self.trigger.ok_or_else(|| other("there is no trigger here"))?;
        let entry = trigger.device.as_ref().and_then(|device| self.world.devices.get(device));
        let value = match field {
            TriggerField::Value => trigger.value.clone(),
            TriggerField::DeviceName => entry.map(|entry| Value::text(&entry.device.name)),
            TriggerField::DeviceRoom => entry.and_then(|entry| entry.device.room.as_ref()).map(Value::text),
            TriggerField::Id => trigger.id.as_ref().map(Value::text),
        };
        value.ok_or_else(|| other("the trigger does not tell"))
    }
}

fn other(text: &str) -> Unknown {
    Unknown::Other(text.to_owned())
}

fn finite(number: f64) -> Known {
    if number.is_finite() { Ok(Value::Number(number)) } else { Err(other("a sum has no result")) }
}

fn fold_truth(values: impl Iterator<Item = Known>, decides: bool) -> Known {
    let mut unknown = None;
    for value in values {
        match value {
            Ok(value) if value.as_bool() == Some(decides) => return Ok(Value::Binary(decides)),
            Ok(_) => {}
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    unknown.map_or(Ok(Value::Binary(!decides)), Err)
}

/// Of the known numbers; unknown only if none is.
fn fold_numbers(aggregate: Aggregate, values: impl Iterator<Item = Known>) -> Known {
    let mut unknown = None;
    let mut numbers = Vec::new();
    for value in values {
        match value {
            Ok(value) => numbers.extend(value.as_number()),
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    let Some((first, rest)) = numbers.split_first() else {
        return Err(unknown.unwrap_or_else(|| other("the selector has no members")));
    };
    let sum: f64 = numbers.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "a home has far fewer than 2^53 members")]
    finite(match aggregate {
        Aggregate::Min => rest.iter().copied().fold(*first, f64::min),
        Aggregate::Max => rest.iter().copied().fold(*first, f64::max),
        Aggregate::Sum => sum,
        _ => sum / numbers.len() as f64,
    })
}

fn part_of(whole: &Value, part: &str) -> Known {
    let value = match (whole, part) {
        (Value::Color(color), "hue") => Some(Value::Number(color.hue)),
        (Value::Color(color), "saturation") => Some(Value::Number(color.saturation)),
        (Value::Composite(parts), name) => parts.get(name).cloned(),
        _ => None,
    };
    value.ok_or_else(|| Unknown::Other(format!("{part} is not known")))
}

fn compare(op: Comparison, left: &Value, right: &Value) -> Known {
    let order = match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        _ => None,
    };
    Ok(Value::Binary(match (op, order) {
        (Comparison::Equal, _) => left.fulfils(right, 0.0) && same_color(left, right),
        (Comparison::NotEqual, _) => !(left.fulfils(right, 0.0) && same_color(left, right)),
        (Comparison::Less, Some(order)) => order.is_lt(),
        (Comparison::LessOrEqual, Some(order)) => order.is_le(),
        (Comparison::Greater, Some(order)) => order.is_gt(),
        (Comparison::GreaterOrEqual, Some(order)) => order.is_ge(),
        (_, None) => return Err(Unknown::Other(format!("{left} cannot be compared with {right}"))),
    }))
}

/// Colours are equal only when they are the same; `fulfils` forgives what radios round.
fn same_color(left: &Value, right: &Value) -> bool {
    !matches!((left, right), (Value::Color(a), Value::Color(b)) if a != b)
}

fn arithmetic(op: ArithmeticOp, left: f64, right: f64) -> Known {
    finite(match op {
        ArithmeticOp::Add => left + right,
        ArithmeticOp::Subtract => left - right,
        ArithmeticOp::Multiply => left * right,
        ArithmeticOp::Divide => left / right,
    })
}

fn in_range(subject: f64, low: f64, high: f64, kind: RangeKind) -> bool {
    match kind {
        RangeKind::Number => (low..=high).contains(&subject),
        RangeKind::Clock { wraps: true } if low > high => subject >= low || subject < high,
        RangeKind::Clock { .. } => (low..high).contains(&subject),
    }
}
