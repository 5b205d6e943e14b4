//! Compiled rules: what the engine runs. Names are bound to internal ids, units are converted, selectors are
//! expanded, types are checked. Nothing here knows YAML, files or spans.

mod expr;
mod rule;
mod step;
mod test_case;
mod trigger;

pub use expr::{Aggregate, ArithmeticOp, Comparison, Expr, Function, RangeKind, TimerKey, TriggerField};
pub use rule::{IfUnknown, Level, ManualHold, Mode, Release, Rule, RuleBody, RuleEntry, RuleSet, RuleStatus};
pub use step::{Assignment, Notification, OnFail, Step};
pub use test_case::{ExpectNotify, Given, TestCase, TestEvent, TestStep, TestValue};
pub use trigger::{Missed, Trigger, TriggerSpec};
