//! Node.js and npm: one that is new enough, and packages installed exactly as their lock file says.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::process;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// What is fetched where the system's Node.js is too old, as Debian 12's is.
const NODE_VERSION: &str = "22.23.3";
/// Flags that keep npm quiet and unable to run code of packages while it installs them.
const INSTALL_FLAGS: [&str; 5] =
    ["--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];

/// A Node.js that the UI's tools accept.
pub struct Node {
    /// The folder to put first on the search path, unless the system's own Node.js will do.
    folder: Option<PathBuf>,
}

impl Node {
    /// The system's Node.js, or one fetched by npm into the target directory.
    pub fn find(workspace: &Workspace) -> anyhow::Result<Self> {
        let version = Command::new("node").arg("--version").stderr(Stdio::null()).output();
        let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string());
        if version.as_deref().is_ok_and(is_new_enough) {
            return Ok(Self { folder: None });
        }
        let found = version.unwrap_or_else(|_| "none".to_string());
        let (Some(package), true) = (node_package(), process::is_on_path("npm")) else {
            bail!(
                "Node.js 20.19 or newer, with npm, is needed (found: {found}); get it from https://nodejs.org"
            );
        };
        let home = workspace.target.join("node");
        let folder = home.join("node_modules").join(&package).join("bin");
        if !folder.join("node").is_file() {
            eprintln!("xtask: Node.js {found} is too old for the UI's tools; fetching {NODE_VERSION}");
            fs::create_dir_all(&home).context("failed to make a folder for Node.js")?;
            let mut npm = Command::new("npm");
            npm.arg("install").args(INSTALL_FLAGS).args(["--no-save", "--prefix"]).arg(&home);
            process::run(npm.arg(format!("{package}@{NODE_VERSION}")))?;
        }
        Ok(Self { folder: Some(folder) })
    }

    /// An npm that runs in `folder`.
    pub fn npm<const N: usize>(&self, folder: &Path, args: [&str; N]) -> Command {
        let mut npm = self.command(if cfg!(windows) { "npm.cmd" } else { "npm" });
        npm.current_dir(folder).args(args);
        npm
    }

    /// A program that finds this Node.js first on its search path.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        if let Some(folder) = &self.folder {
            let old = std::env::var_os("PATH").unwrap_or_default();
            let folders = std::iter::once(folder.clone()).chain(std::env::split_paths(&old));
            // A folder that cannot stand in a search path came from no search path: then the old one serves.
            command.env("PATH", std::env::join_paths(folders).unwrap_or(old));
        }
        command
    }

    /// Installs the packages of `folder`'s lock file, if they are not the ones already there.
    pub fn install(&self, folder: &Path) -> anyhow::Result<()> {
        let inputs = ["package.json", "package-lock.json"].map(|name| folder.join(name));
        let stamp = Stamp::of(folder.join("node_modules/.lares-stamp"), "npm ci", &inputs, &[])?;
        stamp.refresh(|| {
            eprintln!("xtask: installing the npm packages of {}", folder.display());
            process::run(self.npm(folder, ["ci"]).args(INSTALL_FLAGS))
        })
    }
}

/// The npm package that holds nothing but a Node.js for this machine.
pub fn node_package() -> Option<String> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        _ => return None,
    };
    cfg!(target_os = "linux").then(|| format!("node-linux-{architecture}"))
}

/// Whether `node --version` names one that Vite 8 runs on: 20.19, 22.12, or anything newer.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else { return false };
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        _ => major > 22,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_12_has_too_old_a_node() {
        for (version, fits) in [
            ("v18.20.4", false),
            ("v20.18.9", false),
            ("v20.19.0", true),
            ("v21.7.3", false),
            ("v22.11.0", false),
            ("v22.12.0", true),
            ("v24.0.0", true),
            ("", false),
            ("v22", false),
            ("not a version", false),
        ] {
            assert_eq!(is_new_enough(version), fits, "{version:?}");
        }
    }
}
