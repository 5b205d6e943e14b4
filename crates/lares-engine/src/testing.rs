//! The runner of tests that stand in rule files: a home on virtual time, whose devices confirm at once unless they are
//! offline. The same engine runs them as runs the house.

mod stage;
mod trace;

use std::sync::Arc;

use lares_model::{Freshness, Report};
use lares_rules::catalog::HomeCatalog;
use lares_rules::diagnostic::Span;
use lares_rules::program::{ExpectNotify, RuleSet, TestCase, TestStep, TestValue};

use stage::Stage;

/// How a test went.
#[derive(Clone, Debug, PartialEq)]
pub struct TestOutcome {
    /// True if nothing differed.
    pub passed: bool,
    /// What differed, in order.
    pub failures: Vec<TestFailure>,
    /// What happened, one line each, with the time since the start of the test.
    pub trace: Vec<String>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFailure {
    /// The file, relative to the automations folder.
    pub file: String,
    /// Where the expectation stands in it.
    pub span: Span,
    /// In words: `hall_light.state at 4m1s`.
    pub what: String,
    /// What the test expects.
    pub expected: String,
    /// What was there instead.
    pub got: String,
}

/// Runs one test of a rule file against these rules, in a home with these devices.
pub fn run_test(case: &TestCase, rules: &Arc<RuleSet>, catalog: &HomeCatalog) -> TestOutcome {
    let mut stage = Stage::set_up(case, rules, catalog);
    let mut failures = Vec::new();
    for step in &case.steps {
        stage.play(step);
        failures.extend(differences(case, step, &stage));
        stage.clear_notices();
    }
    TestOutcome { passed: failures.is_empty(), failures, trace: stage.into_trace() }
}

fn differences(case: &TestCase, step: &TestStep, stage: &Stage) -> Vec<TestFailure> {
    let file = case.file.clone();
    let values = step.expect.iter().filter_map(|expected| {
        let got = value_difference(stage, expected)?;
        let property = stage.words(&expected.key, &expected.value);
        let what = format!("{} at {}", expected.text, step.at);
        Some(TestFailure { file: file.clone(), span: expected.span, what, expected: property, got })
    });
    let notices = step.expect_notify.iter().filter_map(|expected| {
        let (wanted, got) = notice_difference(stage, expected)?;
        let what = format!("a notice by {}", step.at);
        Some(TestFailure { file: file.clone(), span: expected.span, what, expected: wanted, got })
    });
    values.chain(notices).collect()
}

/// What is believed instead, if it is not what is expected.
fn value_difference(stage: &Stage, expected: &TestValue) -> Option<String> {
    let Some(reading) = stage.home().property(&expected.key) else { return Some("no such property".into()) };
    let tolerance = stage.tolerance(&expected.key);
    match &reading.state.value {
        Some(value) if value.fulfils(&expected.value, tolerance) => None,
        Some(value) => Some(stage.words(&expected.key, value)),
        None if reading.freshness == Freshness::NeverSeen => Some("never reported".into()),
        None => Some("unknown".into()),
    }
}

fn notice_difference(stage: &Stage, expected: &ExpectNotify) -> Option<(String, String)> {
    let told = stage.notices();
    let got = if told.is_empty() { "nobody was told anything".into() } else { told.join(" / ") };
    match expected.none {
        true => (!told.is_empty()).then(|| ("nobody is told anything".into(), got)),
        false => {
            let found = told.iter().any(|text| text.contains(&expected.contains));
            let wanted = match expected.contains.is_empty() {
                true => "somebody is told something".into(),
                false => format!("somebody is told \"{}\"", expected.contains),
            };
            (!found).then_some((wanted, got))
        }
    }
}

/// The reports of a step, one for each device.
fn reports_of(step: &TestStep) -> Vec<(lares_model::DeviceId, Report)> {
    let mut reports: std::collections::BTreeMap<_, Report> = std::collections::BTreeMap::new();
    for value in &step.report {
        let report = reports.entry(value.key.device.clone()).or_default();
        report.values.insert(value.key.property.clone(), Some(value.value.clone()));
    }
    for event in &step.happened {
        let report = reports.entry(event.key.device.clone()).or_default();
        report.happened.push((event.key.property.clone(), event.word.as_str().into()));
    }
    reports.into_iter().collect()
}
