//! `cargo xtask dist`: the installers of this platform, by Tauri's own bundler.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::debian::{self, Purpose};
use crate::node::Node;
use crate::process;
use crate::workspace::Workspace;

/// The installers that need nothing but what the build needs; an AppImage downloads its tools.
const BUNDLES: [&str; 2] = ["deb", "rpm"];

/// Builds the installers and copies them to `dist` in the target directory.
pub fn dist(workspace: &Workspace) -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") {
        bail!(
            "installers are made on Linux only (.deb and .rpm); nobody has made one on {} yet",
            std::env::consts::OS
        );
    }
    debian::ensure_packages(Purpose::Window)?;
    let node = Node::find(workspace)?;
    node.install(&workspace.ui())?;

    let bundled = workspace.target.join("release/bundle");
    for kind in BUNDLES {
        // What an older version left there would be taken for this one's.
        remove_folder(&bundled.join(kind))?;
    }
    // The configuration's own `beforeBuildCommand` builds the user interface.
    let mut tauri = node.command(workspace.ui().join("node_modules/.bin/tauri"));
    tauri.current_dir(workspace.root.join("src-tauri")).args(["build", "--bundles", &BUNDLES.join(",")]);
    process::run(&mut tauri)?;

    let out = workspace.target.join("dist");
    remove_folder(&out)?;
    fs::create_dir_all(&out).context("failed to make the folder for the installers")?;
    for kind in BUNDLES {
        let mut installers = Vec::new();
        for entry in fs::read_dir(bundled.join(kind)).with_context(|| format!("Tauri made no .{kind}"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == kind) {
                installers.push(path);
            }
        }
        let [installer] = installers.as_slice() else {
            bail!("Tauri made {} files .{kind}", installers.len())
        };
        let copy = out.join(installer.file_name().unwrap_or_default());
        fs::copy(installer, &copy).with_context(|| format!("failed to copy {}", installer.display()))?;
        println!("{}", copy.display());
    }
    Ok(())
}

fn remove_folder(path: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to clear {}", path.display()))
        }
        _ => Ok(()),
    }
}
