//! `lares`, the command line: starts a hub, or talks to one that runs. It decides nothing about homes itself.
//!
//! Exit codes: 0 done, 1 the answer is "no" or errors were found, 2 it could not run.

mod args;
mod commands;
mod failure;
mod hub;
mod known_home;
mod logging;
mod output;
mod rule_paths;
mod value_text;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::CannotRun(format!("the system gives no threads: {error}")).tell(),
    };
    let outcome = runtime.block_on(commands::dispatch(cli));
    // What still reads a disk or a pipe must not hold the end up.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.tell(),
    }
}
