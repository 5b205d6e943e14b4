//! `cargo xtask dist`: the installers of this platform, by Tauri's own bundler. Each brings the window and the `lares`
//! program.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::debian::{self, Purpose};
use crate::node::Node;
use crate::process;
use crate::ui;
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
    ui::build(workspace, &node)?;
    process::run(&mut workspace.cargo([
        "build",
        "--release",
        "--package=lares-cli",
        "--package=lares-shell",
        // Without this feature the window would look for a development server.
        "--features=lares-shell/custom-protocol",
    ]))?;

    let bundled = workspace.target.join("release/bundle");
    for kind in BUNDLES {
        // What an older version left there would be taken for this one's.
        remove_folder(&bundled.join(kind))?;
    }
    let mut tauri = node.command(workspace.ui().join("node_modules/.bin/tauri"));
    tauri.current_dir(workspace.root.join("src-tauri")).args(["bundle", "--bundles", &BUNDLES.join(",")]);
    process::run(tauri.arg("--config").arg(with_program(&workspace.released("lares")).to_string()))?;

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

/// What is put into the installers beside the window. It is no part of `tauri.conf.json`, which cannot know where the
/// target directory is.
fn with_program(lares: &Path) -> Value {
    let bundles = BUNDLES.map(|kind| (kind.to_string(), json!({ "files": { "/usr/bin/lares": lares } })));
    json!({ "bundle": { "linux": bundles.into_iter().collect::<serde_json::Map<_, _>>() } })
}

fn remove_folder(path: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to clear {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_installer_brings_the_program_from_the_target_directory() {
        let config = with_program(Path::new("/elsewhere/release/lares"));
        for kind in BUNDLES {
            let program = &config["bundle"]["linux"][kind]["files"]["/usr/bin/lares"];
            assert_eq!(program, "/elsewhere/release/lares", "{config}");
        }
    }
}
