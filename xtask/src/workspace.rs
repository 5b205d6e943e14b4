//! Where the checkout and its build products are. It asks cargo, and guesses nothing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::process;

/// The directories that every command needs.
pub struct Workspace {
    /// The checkout.
    pub root: PathBuf,
    /// Cargo's target directory, which may be shared between checkouts: nothing that belongs to one checkout alone
    /// may be stamped there.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo for the workspace that this program was started from. Not the one it was built in: a target directory
    /// that is shared may hold the program of another checkout.
    pub fn locate() -> anyhow::Result<Self> {
        let mut cargo = cargo_command();
        if let Some(here) = std::env::var_os("CARGO_MANIFEST_DIR") {
            cargo.current_dir(here);
        }
        cargo.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
        let metadata = process::output(&mut cargo).context("failed to ask cargo for the workspace")?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let path = |key: &str| {
            metadata[key].as_str().map(PathBuf::from).with_context(|| format!("cargo metadata has no {key}"))
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// The cargo that started this program, with the checkout as its working directory.
    pub fn cargo<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut cargo = cargo_command();
        cargo.current_dir(&self.root).args(args);
        cargo
    }

    /// The user interface's source directory.
    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// A program of the development build.
    pub fn built(&self, name: &str) -> PathBuf {
        self.program("debug", name)
    }

    /// A program of the build that is shipped.
    pub fn released(&self, name: &str) -> PathBuf {
        self.program("release", name)
    }

    fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(name).with_extension(std::env::consts::EXE_EXTENSION)
    }
}

fn cargo_command() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
