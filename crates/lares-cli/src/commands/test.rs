//! `lares test`: the tests of rule files, on the engine's own clock.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use lares_engine::testing::run_test;
use lares_rules::catalog::infer;
use lares_rules::load;

use super::check::show;
use super::report::{self, Run};
use crate::args::{TestArgs, TestFormat};
use crate::failure::Failure;
use crate::{known_home, output, rule_paths};

/// Runs and tells.
///
/// # Errors
/// When files or the home cannot be read.
pub async fn test(args: &TestArgs, data: &Path) -> Result<ExitCode, Failure> {
    let files = rule_paths::read(&args.paths, data)?;
    let home = known_home::find(args.home.as_deref(), data).await?;
    if home.is_none() {
        // Said aloud, but not among the results.
        _ = writeln!(
            io::stderr(),
            "lares: no home is known, so devices are guessed from the names in the files; name one by --home FILE \
             (the JSON of `lares devices`), or by --data DIR"
        );
    }
    let catalog = home.unwrap_or_else(|| infer(&files));
    let loaded = load(&files, &catalog);
    let rules = Arc::new(loaded.rules);
    let runs: Vec<Run> = loaded
        .tests
        .into_iter()
        .map(|case| Run { outcome: run_test(&case, &rules, &catalog), case })
        .collect();
    match args.format {
        TestFormat::Json => output::line(report::json(&runs, &loaded.diagnostics).to_string())?,
        TestFormat::Junit => output::line(report::junit(&runs, &loaded.diagnostics))?,
        TestFormat::Text => {
            show(&loaded.diagnostics)?;
            output::line(report::text(&runs))?;
        }
    }
    let wrong = loaded.diagnostics.iter().any(lares_rules::diagnostic::Diagnostic::is_error)
        || runs.iter().any(|run| !run.outcome.passed);
    Ok(ExitCode::from(u8::from(wrong)))
}
