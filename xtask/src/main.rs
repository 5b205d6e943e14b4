//! Commands of a source checkout: `cargo xtask run | test | bench | dist`.
//!
//! Each command first installs what is missing and says nothing about what is there. This is no part of the product:
//! nothing in `crates/` or `src-tauri/` knows of it.

mod advisories;
mod bench;
mod cli;
mod debian;
mod dist;
mod licences;
mod node;
mod process;
mod run;
mod spdx;
mod stamp;
mod starter_rules;
mod test;
mod ui;
mod workspace;
mod zigbee2mqtt;

use std::process::ExitCode;

use cli::Command;
use workspace::Workspace;

fn main() -> ExitCode {
    let command = match cli::parse(std::env::args().skip(1)) {
        Ok(Command::Help(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(command) => command,
        Err(complaint) => {
            eprintln!("{complaint}");
            return ExitCode::from(2);
        }
    };
    match perform(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(command: &Command) -> anyhow::Result<()> {
    let workspace = Workspace::locate()?;
    match command {
        Command::Help(_) => Ok(()),
        Command::Run { headless, args } => run::run(&workspace, *headless, args),
        Command::Test { args } => test::test(&workspace, args),
        Command::Bench { args } => bench::bench(&workspace, args),
        Command::Dist => dist::dist(&workspace),
    }
}
