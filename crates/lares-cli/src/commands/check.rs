//! `lares check`: what is wrong in rule files.

use std::path::Path;
use std::process::ExitCode;

use lares_rules::catalog::infer;
use lares_rules::diagnostic::{Diagnostic, render};
use lares_rules::load;
use serde_json::json;

use crate::args::{CheckArgs, Format};
use crate::failure::Failure;
use crate::{known_home, output, rule_paths};

/// Checks and tells.
///
/// # Errors
/// When files or the home cannot be read, and, after all was told, when no home is known.
pub async fn check(args: &CheckArgs, data: &Path) -> Result<ExitCode, Failure> {
    let files = rule_paths::read(&args.paths, data)?;
    let home = known_home::find(args.home.as_deref(), data).await?;
    let catalog = home.clone().unwrap_or_else(|| infer(&files));
    let loaded = load(&files, &catalog);
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let warnings = loaded.diagnostics.len() - errors;
    let rules = loaded.rules.rules.len();
    match args.format {
        Format::Json => output::line(
            json!({
                "files": files.len(),
                "rules": rules,
                "home_known": home.is_some(),
                "errors": errors,
                "warnings": warnings,
                "diagnostics": loaded.diagnostics,
            })
            .to_string(),
        )?,
        Format::Text => {
            show(&loaded.diagnostics)?;
            let (files, rules) = (count(files.len(), "file"), count(rules, "rule"));
            let (errors, warnings) = (count(errors, "error"), count(warnings, "warning"));
            output::line(format!("{files}, {rules}: {errors}, {warnings}"))?;
        }
    }
    match (errors, home) {
        (0, Some(_)) => Ok(ExitCode::SUCCESS),
        (0, None) => Err(Failure::CannotRun(
            "no home is known, so only syntax and types were checked, not whether devices and rooms exist; name one \
             by --home FILE (the JSON of `lares devices`), or by --data DIR"
                .into(),
        )),
        _ => Ok(ExitCode::from(1)),
    }
}

/// Writes diagnostics with their places.
///
/// # Errors
/// When nobody reads any more.
pub fn show(diagnostics: &[Diagnostic]) -> std::io::Result<()> {
    diagnostics.iter().try_for_each(|diagnostic| output::line(render::text(diagnostic)))
}

/// `1 rule`, `2 rules`.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
