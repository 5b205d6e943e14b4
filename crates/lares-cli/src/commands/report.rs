//! How tests of rule files went, for people, programs and CI servers. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lares_engine::testing::{TestFailure, TestOutcome};
use lares_rules::diagnostic::Diagnostic;
use lares_rules::program::TestCase;
use serde_json::{Value as Json, json};

use super::check::count;

/// A test and how it went.
pub struct Run {
    /// The test.
    pub case: TestCase,
    /// How it went.
    pub outcome: TestOutcome,
}

/// For people: each test, what differed, and how it came to that.
pub fn text(runs: &[Run]) -> String {
    let mut out = String::new();
    for run in runs {
        let word = if run.outcome.passed { "ok  " } else { "FAIL" };
        out.push_str(&format!("{word} {} ({}:{})\n", run.case.name, run.case.file, run.case.line));
        for failure in &run.outcome.failures {
            out.push_str(&format!("     {}\n", sentence(failure)));
        }
        if !run.outcome.passed {
            run.outcome.trace.iter().for_each(|line| out.push_str(&format!("     | {line}\n")));
        }
    }
    let failed = runs.iter().filter(|run| !run.outcome.passed).count();
    let tests = count(runs.len(), "test");
    out + &format!("{tests}: {} passed, {failed} failed", runs.len() - failed)
}

fn sentence(failure: &TestFailure) -> String {
    let TestFailure { file, span, what, expected, got } = failure;
    format!("{file}:{}:{}: {what}: expected {expected}, got {got}", span.line, span.column)
}

/// For programs.
pub fn json(runs: &[Run], diagnostics: &[Diagnostic]) -> Json {
    let failure = |failure: &TestFailure| {
        json!({
            "file": failure.file, "line": failure.span.line, "column": failure.span.column,
            "what": failure.what, "expected": failure.expected, "got": failure.got,
        })
    };
    let test = |run: &Run| {
        json!({
            "name": run.case.name, "file": run.case.file, "line": run.case.line, "passed": run.outcome.passed,
            "failures": run.outcome.failures.iter().map(failure).collect::<Vec<_>>(), "trace": run.outcome.trace,
        })
    };
    let failed = runs.iter().filter(|run| !run.outcome.passed).count();
    json!({
        "passed": runs.len() - failed,
        "failed": failed,
        "tests": runs.iter().map(test).collect::<Vec<_>>(),
        "diagnostics": diagnostics,
    })
}

/// For CI servers: one suite a file; what keeps a file from being read is an error of its suite.
pub fn junit(runs: &[Run], diagnostics: &[Diagnostic]) -> String {
    let mut suites: BTreeMap<&str, (Vec<&Run>, Vec<&Diagnostic>)> = BTreeMap::new();
    for run in runs {
        suites.entry(&run.case.file).or_default().0.push(run);
    }
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
        suites.entry(&diagnostic.file).or_default().1.push(diagnostic);
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (file, (runs, errors)) in suites {
        let failed = runs.iter().filter(|run| !run.outcome.passed).count();
        let (tests, file) = (runs.len() + errors.len(), escape(file));
        let head = format!("tests=\"{tests}\" failures=\"{failed}\" errors=\"{}\"", errors.len());
        out.push_str(&format!("  <testsuite name=\"{file}\" {head}>\n"));
        for error in errors {
            let (name, text) = (escape(&error.code), escape(&error.message));
            let line = error.span.line;
            let head = format!("    <testcase name=\"{name}\" classname=\"{file}\" line=\"{line}\">");
            out.push_str(&format!("{head}<error message=\"{text}\"/></testcase>\n"));
        }
        runs.into_iter().for_each(|run| out.push_str(&test_case(run, &file)));
        out.push_str("  </testsuite>\n");
    }
    out + "</testsuites>"
}

fn test_case(run: &Run, file: &str) -> String {
    let (name, line) = (escape(&run.case.name), run.case.line);
    let mut out = format!("    <testcase name=\"{name}\" classname=\"{file}\" line=\"{line}\">");
    for failure in &run.outcome.failures {
        let message = escape(&sentence(failure));
        // Writing to a string cannot fail.
        _ = write!(out, "<failure message=\"{message}\">{}</failure>", escape(&run.outcome.trace.join("\n")));
    }
    out + "</testcase>\n"
}

/// XML 1.0 has no way to write control characters, so they become a mark.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_xml() {
        assert_eq!(escape("a \"<b>\" & \u{1}"), "a &quot;&lt;b&gt;&quot; &amp; \u{fffd}");
    }
}
