//! `cargo xtask run`: Lares with the demo home, from nothing but a checkout.

use std::process::Command;

use crate::debian::{self, Purpose};
use crate::node::Node;
use crate::process;
use crate::ui;
use crate::workspace::Workspace;

/// Installs and builds what is missing, then becomes the window, or the hub where there is no display.
pub fn run(workspace: &Workspace, headless: bool, args: &[String]) -> anyhow::Result<()> {
    let window = !headless && has_display();
    debian::ensure_packages(if window { Purpose::Window } else { Purpose::Hub })?;
    let node = Node::find(workspace)?;
    ui::build(workspace, &node)?;

    let mut program = if window {
        // Without this feature the window would look for a development server.
        process::run(&mut workspace.cargo([
            "build",
            "--package",
            "lares-shell",
            "--features",
            "tauri/custom-protocol",
        ]))?;
        Command::new(workspace.built("lares-shell"))
    } else {
        process::run(&mut workspace.cargo(["build", "--package", "lares-cli"]))?;
        let mut lares = Command::new(workspace.built("lares"));
        lares.arg("run");
        lares
    };
    process::become_program(program.arg("--demo").args(args))
}

/// Whether a window could be shown. Only Linux has machines that are commonly without.
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
