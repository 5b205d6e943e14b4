//! The user interface: its packages, its checks, and `ui/dist`, which the hub and the window take in.

use anyhow::Context as _;

use crate::node::Node;
use crate::process;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Names below `ui/` that are products, not inputs.
const PRODUCTS: [&str; 4] = ["node_modules", "dist", "coverage", ".vite"];

/// Installs the packages of the user interface and builds `ui/dist`, each only when its inputs changed.
pub fn build(workspace: &Workspace, node: &Node) -> anyhow::Result<()> {
    let ui = workspace.ui();
    node.install(&ui)?;
    // The stamp is not in `dist`: all that is there is served.
    let stamp = ui.join("node_modules/.lares-dist-stamp");
    if !ui.join("dist/index.html").is_file() && stamp.exists() {
        std::fs::remove_file(&stamp).context("failed to remove the stamp of ui/dist")?;
    }
    Stamp::of(stamp, "npm run build", std::slice::from_ref(&ui), &PRODUCTS)?.refresh(|| {
        eprintln!("xtask: building the user interface");
        process::run(&mut node.npm(&ui, ["run", "--silent", "build"]))
    })
}

/// The accessibility check of the built pages in a real browser.
pub fn check_pages(workspace: &Workspace, node: &Node) -> anyhow::Result<()> {
    process::run(&mut node.npm(&workspace.ui(), ["run", "--silent", "test:axe"]))
}

/// Types, lints and unit tests of the user interface.
pub fn check(workspace: &Workspace, node: &Node) -> anyhow::Result<()> {
    let ui = workspace.ui();
    node.install(&ui)?;
    for script in ["check", "lint", "test"] {
        process::run(&mut node.npm(&ui, ["run", "--silent", script]))?;
    }
    Ok(())
}
