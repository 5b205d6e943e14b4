//! Rules, compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_model::{Millis, Priority, RuleId};

use super::expr::Expr;
use super::step::{Assignment, Step};
use super::trigger::TriggerSpec;

/// All rules of a home, good and bad, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    /// The rules.
    pub rules: BTreeMap<RuleId, RuleEntry>,
}

/// A rule as people see it in the list, and its program if it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleEntry {
    /// The name.
    pub name: Arc<str>,
    /// The file it stands in, relative to the automations folder.
    pub file: Arc<str>,
    /// Its line there, from 1.
    pub line: u32,
    /// True for `while`/`hold`, false for `when`/`do`.
    pub is_level: bool,
    /// Whether it can run.
    pub status: RuleStatus,
}

/// Whether a rule can run.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleStatus {
    /// It can.
    Ready(Arc<Rule>),
    /// It has errors; the first, in words.
    Broken {
        /// In words.
        reason: String,
    },
    /// It names devices that may still be announced; nothing is known to be wrong.
    Waiting {
        /// In words.
        reason: String,
    },
}

/// A rule that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Its name.
    pub name: Arc<str>,
    /// Its priority; [`Priority::RULE`] unless it says otherwise.
    pub priority: Priority,
    /// How long a person's hand on what it holds stays; none takes the default of the device's kind.
    pub manual: Option<ManualHold>,
    /// Whether it may fire on its own effect.
    pub reentrant: bool,
    /// What it does.
    pub body: RuleBody,
    /// A stable hash of the whole normalised rule; another one means that the rule was edited.
    pub fingerprint: u64,
}

/// How long a person's hand stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManualHold {
    /// So long.
    For(Millis),
    /// Until the next block of a schedule.
    UntilNextBlock,
    /// Until somebody says "resume".
    UntilResumed,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleBody {
    /// `while … hold …`
    Level(Level),
    /// `when … do …`
    Edge {
        /// Any of these starts a run.
        triggers: Vec<TriggerSpec>,
        /// Must all be true then; unknown blocks and says so.
        conditions: Vec<Expr>,
        /// What is done, in order.
        steps: Vec<Step>,
        /// What happens when it is triggered while it runs.
        mode: Mode,
    },
}

/// `while … hold …`
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Must hold.
    pub condition: Expr,
    /// As written, for causes.
    pub condition_text: Arc<str>,
    /// Asked on entry only, and again while the condition holds and the rule has not entered.
    pub enter_if: Option<Expr>,
    /// How long the claim stays after the condition ended.
    pub linger: Millis,
    /// What is claimed.
    pub hold: Vec<Assignment>,
    /// What happens at its end when no lower claim is there.
    pub release: Release,
    /// True if it is sent on entry and at the end only, without a claim between (`apply: once`).
    pub apply_once: bool,
    /// What happens while the condition is unknown.
    pub if_unknown: IfUnknown,
}

/// What happens at the end of a claim when no lower claim is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Release {
    /// A switch held on goes off; everything else stays.
    Default,
    /// Everything stays.
    Keep,
    /// These values; a switch held on that is not named goes off.
    Set(Vec<Assignment>),
}

/// What happens while the condition of a level rule is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfUnknown {
    /// It does not enter, and keeps a claim that it has.
    Keep,
    /// It does not enter, and releases a claim that it has.
    Release,
    /// It keeps a claim for so long, then tells people (once) and goes on holding.
    HoldThenAlert(Millis),
}

/// What happens when a rule is triggered while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The new trigger is dropped and journalled.
    #[default]
    Single,
    /// The old run ends.
    Restart,
    /// The new one waits; at most so many, 10 at most.
    Queue(u8),
    /// Both run; at most so many, 10 at most.
    Parallel(u8),
}
