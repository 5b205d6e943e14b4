//! Boundaries: when an expression that reads the time may have another value next, so that it is looked at then and
//! not before. Exact for comparisons and ranges of the clock with a literal or the sun; else each minute.

use chrono::NaiveDate;
use lares_model::UtcMillis;
use lares_rules::program::Expr;

use crate::clock;
use crate::eval::Scope;

/// When to look again.
#[derive(Debug, Default)]
pub(crate) struct Boundaries {
    /// At these seconds after local midnight.
    seconds: Vec<f64>,
    /// At local midnight.
    daily: bool,
    /// At each full minute.
    minutely: bool,
    /// At this home time.
    pub(crate) mono: Option<u64>,
}

impl Boundaries {
    /// Collects those of an expression.
    pub(crate) fn of(&mut self, expr: &Expr, scope: &Scope<'_>) {
        match expr {
            Expr::Clock | Expr::SunElevation | Expr::Age(_) | Expr::Rate { .. } | Expr::Mean { .. } => {
                self.minutely = true;
            }
            Expr::Weekday | Expr::Date | Expr::Sunrise | Expr::Sunset => self.daily = true,
            Expr::Compare { left, right, .. } => self.of_comparison(left, right, scope),
            Expr::InRange { subject, low, high, .. } if matches!(**subject, Expr::Clock) => {
                self.clock_against(low, scope);
                self.clock_against(high, scope);
            }
            _ => self.of_children(expr, scope),
        }
    }

    fn of_comparison(&mut self, left: &Expr, right: &Expr, scope: &Scope<'_>) {
        match (left, right) {
            (Expr::Clock, other) | (other, Expr::Clock) => self.clock_against(other, scope),
            (Expr::Age(key), other) | (other, Expr::Age(key)) if !other.reads_time() => {
                let reported = scope.world.cell(key).and_then(|cell| cell.state.reported_mono);
                let (Some(reported), Ok(seconds)) = (reported, scope.number(other)) else { return };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                let length = (seconds.clamp(0.0, 1e9) * 1000.0) as u64;
                let due = reported.saturating_add(length);
                // Once at the very time, for `>=`, and once just after, for `>`.
                let due = if due > scope.now.mono { due } else { due + 1 };
                if due > scope.now.mono {
                    self.mono = Some(self.mono.map_or(due, |other| other.min(due)));
                }
            }
            _ => {
                self.of(left, scope);
                self.of(right, scope);
            }
        }
    }

    /// The clock is compared with something: it passes there, and a second later it is beyond.
    fn clock_against(&mut self, other: &Expr, scope: &Scope<'_>) {
        self.daily = true;
        let mut moves = false;
        other.walk(&mut |expr| {
            moves |= matches!(
                expr,
                Expr::Clock | Expr::SunElevation | Expr::Age(_) | Expr::Rate { .. } | Expr::Mean { .. }
            );
        });
        match scope.number(other) {
            Ok(seconds) if !moves => self.seconds.extend([seconds.ceil(), seconds.floor() + 1.0]),
            Ok(_) => self.minutely = true,
            Err(_) => {}
        }
    }

    fn of_children(&mut self, expr: &Expr, scope: &Scope<'_>) {
        match expr {
            Expr::Part { of: inner, .. }
            | Expr::Not(inner)
            | Expr::Negate(inner)
            | Expr::For { operand: inner, .. }
            | Expr::Select { predicate: Some(inner), .. } => self.of(inner, scope),
            Expr::And(all) | Expr::Or(all) | Expr::Call { arguments: all, .. } => {
                for expr in all {
                    self.of(expr, scope);
                }
            }
            Expr::Arithmetic { left, right, .. } | Expr::Until { enter: left, leave: right, .. } => {
                self.of(left, scope);
                self.of(right, scope);
            }
            Expr::If { condition, then, otherwise } => {
                for expr in [condition, then, otherwise] {
                    self.of(expr, scope);
                }
            }
            Expr::InRange { subject, low, high, .. } => {
                for expr in [subject, low, high] {
                    self.of(expr, scope);
                }
            }
            _ => {}
        }
    }

    /// The next wall-clock time to look.
    pub(crate) fn next(&self, scope: &Scope<'_>) -> Option<UtcMillis> {
        let (now, zone) = (scope.now.utc, scope.world.zone);
        let mut times = Vec::new();
        if self.minutely {
            times.push(now - now.rem_euclid(60_000) + 60_000);
        }
        if self.daily || !self.seconds.is_empty() {
            let today = clock::local(now, zone)?.date_naive();
            for day in [today, today.succ_opt()?] {
                times.extend(clock::midnight(day, zone));
                times.extend(self.seconds.iter().flat_map(|seconds| both_instants(day, *seconds, zone)));
            }
            // Where the clock is moved for summer time, it is moved on a half hour.
            times.push(now - now.rem_euclid(1_800_000) + 1_800_000);
        }
        times.into_iter().filter(|at| *at > now).min()
    }
}

/// In the hour that comes twice the clock passes twice.
fn both_instants(day: NaiveDate, seconds: f64, zone: chrono_tz::Tz) -> impl Iterator<Item = UtcMillis> {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let seconds = seconds.clamp(-1e6, 1e6) as i64;
    let time =
        day.and_hms_opt(0, 0, 0).and_then(|t| t.checked_add_signed(chrono::TimeDelta::seconds(seconds)));
    let (first, second) = time.map_or((None, None), |time| clock::instants(time, zone));
    first.into_iter().chain(second)
}
