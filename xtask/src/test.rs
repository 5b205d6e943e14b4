//! `cargo xtask test`: everything that says whether this checkout is good, cheapest first, stopping at the first failure.
//!
//! Everything is compiled once for checking and once for running: all steps after clippy use the products of one build
//! of the whole workspace, with one set of features. The Rust tests come last, and this process becomes their runner,
//! so that the last lines and the exit code are the runner's own.

use std::process::Command;

use crate::advisories;
use crate::debian::{self, Purpose};
use crate::licences;
use crate::node::Node;
use crate::process::{self, step};
use crate::starter_rules;
use crate::ui;
use crate::workspace::Workspace;
use crate::zigbee2mqtt::{self, Lab};

/// The window as it is shipped, and the tests that need what only this command installs.
const FEATURES: &str = "tauri/custom-protocol,lares-tests/real";
/// What is built and run: all but benchmarks and examples.
const TARGETS: [&str; 4] = ["--workspace", "--lib", "--bins", "--tests"];

/// Runs every check, then becomes the test runner with `args`.
pub fn test(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    step("system packages", || debian::ensure_packages(Purpose::Tests))?;
    let node = Node::find(workspace)?;
    step("formatting", || process::run(&mut workspace.cargo(["fmt", "--all", "--check"])))?;
    step("user interface: types, lints, tests", || ui::check(workspace, &node))?;
    step("user interface: build", || ui::build(workspace, &node))?;
    step("user interface: accessibility", || ui::check_pages(workspace, &node))?;
    step("licences", || licences::check(workspace))?;
    step("security advisories", || advisories::check(workspace))?;
    step("clippy", || {
        let mut clippy = workspace.cargo(["clippy", "--workspace", "--all-targets", "--features", FEATURES]);
        process::run(clippy.args(["--", "-D", "warnings"]))
    })?;
    step("build", || process::run(workspace.cargo(["build", "--features", FEATURES]).args(TARGETS)))?;
    step("starter rules", || starter_rules::check(workspace))?;
    let lab = step("Zigbee2MQTT", || zigbee2mqtt::install(workspace, &node))?;

    eprintln!("── tests");
    let mut runner = on_a_display_of_its_own();
    runner.current_dir(&workspace.root).arg(env_cargo());
    if has_nextest(workspace) {
        runner.args(["nextest", "run"]);
    } else {
        eprintln!("   cargo-nextest is not installed: cargo test serves");
        // It knows no groups: one test at a time, as the real window and the real Zigbee2MQTT must be.
        runner.args(["test", "--no-fail-fast"]).env("RUST_TEST_THREADS", "1");
    }
    runner.args(["--features", FEATURES]).args(TARGETS).args(args);
    tell_tests(&mut runner, workspace, &lab);
    process::become_program(&mut runner)
}

/// The variables by which `lares_tests::environment` finds what this command has built and installed.
fn tell_tests(runner: &mut Command, workspace: &Workspace, lab: &Lab) {
    runner
        .env("LARES_TEST_LARES", workspace.built("lares"))
        .env("LARES_TEST_SHELL", workspace.built("lares-shell"))
        .env("LARES_TEST_ZIGBEE2MQTT", &lab.package)
        .env("LARES_TEST_NODE", &lab.node)
        // A test that writes its expectation anew cannot fail.
        .env_remove("LARES_BLESS")
        // Steadier, and less memory, where there is no GPU.
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        // `C.UTF-8` would make `navigator.language` the word "C".
        .env("LANG", "en_US.UTF-8");
}

/// An X server and a session bus that go with the tests: they open windows and register names, neither of which may
/// reach the person's own desktop.
fn on_a_display_of_its_own() -> Command {
    let mut command = Command::new("xvfb-run");
    command.args(["--auto-servernum", "--server-args=-screen 0 1280x900x24", "dbus-run-session", "--"]);
    // The person's own session would be preferred to the X server.
    command.env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
    command
}

fn env_cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn has_nextest(workspace: &Workspace) -> bool {
    workspace.cargo(["nextest", "--version"]).output().is_ok_and(|output| output.status.success())
}
