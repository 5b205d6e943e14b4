//! Compiled expressions. Every evaluation gives a value or *unknown*; nothing else can go wrong.
//!
//! At run time a duration is a number of seconds, a clock time a number of seconds since local midnight, a weekday
//! a number from 1 (Monday) to 7, a date a number of days since 1970-01-01, and a truth is [`Value::Binary`].

use std::collections::BTreeSet;
use std::sync::Arc;

use lares_model::{Millis, PropertyKey, Value};

/// Names a durable timer or latch inside one rule: a stable hash of the normalised subexpression.
pub type TimerKey = u64;

/// A compiled expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A constant, already in the unit of what it is compared with.
    Literal(Value),
    /// The believed value of a property; unknown while offline or never seen.
    Property(PropertyKey),
    /// A part of a composite or colour: `hue`.
    Part {
        /// The whole.
        of: Box<Expr>,
        /// Which part.
        part: Arc<str>,
    },
    /// A user's variable.
    Helper(Arc<str>),
    /// The member under test in [`Expr::Select`].
    Member,
    /// Seconds since local midnight.
    Clock,
    /// 1 (Monday) to 7.
    Weekday,
    /// Days since 1970-01-01, local.
    Date,
    /// Seconds since local midnight of today's sunrise; unknown on polar days or without a location.
    Sunrise,
    /// The same of sunset.
    Sunset,
    /// Degrees above the horizon.
    SunElevation,
    /// Kleene not.
    Not(Box<Expr>),
    /// Kleene and.
    And(Vec<Expr>),
    /// Kleene or.
    Or(Vec<Expr>),
    /// A comparison.
    Compare {
        /// Which.
        op: Comparison,
        /// Left side.
        left: Box<Expr>,
        /// Right side, in the unit of the left.
        right: Box<Expr>,
    },
    /// Arithmetic on numbers.
    Arithmetic {
        /// Which.
        op: ArithmeticOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// Minus.
    Negate(Box<Expr>),
    /// `if … then … else …`
    If {
        /// Decides; unknown gives unknown.
        condition: Box<Expr>,
        /// If true.
        then: Box<Expr>,
        /// If false.
        otherwise: Box<Expr>,
    },
    /// `x in low .. high`
    InRange {
        /// What.
        subject: Box<Expr>,
        /// Lower end, inclusive.
        low: Box<Expr>,
        /// Upper end: exclusive on clocks, inclusive on numbers.
        high: Box<Expr>,
        /// Clock or number.
        kind: RangeKind,
    },
    /// `x for DURATION`: true once the operand was true that long.
    For {
        /// Its durable timer.
        timer: TimerKey,
        /// What must stay true.
        operand: Box<Expr>,
        /// How long.
        length: Millis,
        /// True if a restart of Lares begins the wait anew (`gap: restart`).
        gap_restarts: bool,
    },
    /// `enter until leave`: a durable latch that starts false.
    Until {
        /// Its durable latch.
        latch: TimerKey,
        /// Sets it.
        enter: Box<Expr>,
        /// Clears it.
        leave: Box<Expr>,
    },
    /// A function over the members of a selector.
    Select {
        /// Which function.
        aggregate: Aggregate,
        /// The members, sorted; fixed at compile time.
        members: Vec<PropertyKey>,
        /// What is asked of each [`Expr::Member`]; none takes its truth or number itself.
        predicate: Option<Box<Expr>>,
    },
    /// Seconds since the last report.
    Age(PropertyKey),
    /// The known value before the present one.
    Previous(PropertyKey),
    /// True while the step that changed the property is evaluated.
    Changed(PropertyKey),
    /// Change per second over the window; unknown until the window is filled.
    Rate {
        /// Of what.
        key: PropertyKey,
        /// How long.
        window: Millis,
    },
    /// Time-weighted mean over the window; unknown until the window is filled.
    Mean {
        /// Of what.
        key: PropertyKey,
        /// How long.
        window: Millis,
    },
    /// A function of scalars.
    Call {
        /// Which.
        function: Function,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// Something of what started the run.
    Trigger(TriggerField),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Arithmetic on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`; division by zero gives unknown.
    Divide,
}

/// What kind of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeKind {
    /// Inclusive at both ends.
    Number,
    /// Half-open.
    Clock {
        /// True if both ends are literals, so that a reversed range wraps midnight; otherwise it is empty.
        wraps: bool,
    },
}

/// A function over a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// True if it holds for at least one.
    Any,
    /// True if it holds for every one.
    All,
    /// As [`Aggregate::Any`]; a trigger that asks it fires for every member by itself, and `for` over it keeps a time
    /// for each.
    Each,
    /// For how many it holds.
    Count,
    /// Mean of the known numbers.
    Avg,
    /// Least.
    Min,
    /// Greatest.
    Max,
    /// Sum.
    Sum,
}

/// A function of scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `round(x)` or `round(x, digits)`
    Round,
    /// `abs(x)`
    Abs,
    /// `clamp(x, low, high)`
    Clamp,
    /// `min(a, b, …)`
    Min,
    /// `max(a, b, …)`
    Max,
}

/// Something of what started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerField {
    /// The value that the triggering property or event has.
    Value,
    /// The name of the triggering device.
    DeviceName,
    /// The room of the triggering device.
    DeviceRoom,
    /// The `id:` of the trigger.
    Id,
}

impl Expr {
    /// Calls `visit` for this expression and all below it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expr)) {
        visit(self);
        match self {
            Self::Part { of: inner, .. }
            | Self::Not(inner)
            | Self::Negate(inner)
            | Self::For { operand: inner, .. } => {
                inner.walk(visit);
            }
            Self::And(all) | Self::Or(all) | Self::Call { arguments: all, .. } => {
                all.iter().for_each(|inner| inner.walk(visit));
            }
            Self::Compare { left, right, .. } | Self::Arithmetic { left, right, .. } => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::Until { enter, leave, .. } => {
                enter.walk(visit);
                leave.walk(visit);
            }
            Self::If { condition, then, otherwise } => {
                condition.walk(visit);
                then.walk(visit);
                otherwise.walk(visit);
            }
            Self::InRange { subject, low, high, .. } => {
                subject.walk(visit);
                low.walk(visit);
                high.walk(visit);
            }
            Self::Select { predicate: Some(inner), .. } => inner.walk(visit),
            _ => {}
        }
    }

    /// True if it asks `each(…)`, so that as a trigger it is looked at for every member by itself.
    pub fn reads_each(&self) -> bool {
        let mut found = false;
        self.walk(&mut |expr| found |= matches!(expr, Self::Select { aggregate: Aggregate::Each, .. }));
        found
    }

    /// The members of every `each(…)` in it.
    pub fn each_members(&self) -> BTreeSet<&PropertyKey> {
        let mut keys = BTreeSet::new();
        self.walk(&mut |expr| {
            if let Self::Select { aggregate: Aggregate::Each, members, .. } = expr {
                keys.extend(members);
            }
        });
        keys
    }

    /// The property whose course this very expression looks back at, and how far.
    pub fn window(&self) -> Option<(&PropertyKey, Millis)> {
        match self {
            Self::Rate { key, window } | Self::Mean { key, window } => Some((key, *window)),
            _ => None,
        }
    }

    /// Every property that the expression reads.
    pub fn inputs(&self) -> BTreeSet<PropertyKey> {
        let mut keys = BTreeSet::new();
        self.walk(&mut |expr| match expr {
            Self::Property(key)
            | Self::Age(key)
            | Self::Previous(key)
            | Self::Changed(key)
            | Self::Rate { key, .. }
            | Self::Mean { key, .. } => {
                keys.insert(key.clone());
            }
            Self::Select { members, .. } => keys.extend(members.iter().cloned()),
            _ => {}
        });
        keys
    }

    /// True if it can change by the mere passing of time (clock, date, sun, age), `for` apart.
    pub fn reads_time(&self) -> bool {
        let mut found = false;
        self.walk(&mut |expr| {
            found |= matches!(
                expr,
                Self::Clock
                    | Self::Weekday
                    | Self::Date
                    | Self::Sunrise
                    | Self::Sunset
                    | Self::SunElevation
                    | Self::Age(_)
                    | Self::Rate { .. }
                    | Self::Mean { .. }
            );
        });
        found
    }
}
