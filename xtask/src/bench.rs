//! `cargo xtask bench`: the benchmarks of the `tests` member. Each prints its own ratio to its reference.

use crate::debian::{self, Purpose};
use crate::process;
use crate::workspace::Workspace;

/// Builds with optimisation, runs all benchmarks, and ends with their exit code.
pub fn bench(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    debian::ensure_packages(Purpose::Hub)?;
    let mut cargo = workspace.cargo(["bench", "--package", "lares-tests", "--bench", "*"]);
    if !args.is_empty() {
        cargo.arg("--").args(args);
    }
    process::become_program(&mut cargo)
}
