//! The real Zigbee2MQTT that the tests talk to, and a Node.js that it runs on.
//!
//! It is installed under the target directory from the lock file in `tests/zigbee2mqtt`, and kept there. It is a peer
//! to test against and no part of the product.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::node::{self, Node};
use crate::workspace::Workspace;

/// Where the tests find it.
pub struct Lab {
    /// The folder of the npm package `zigbee2mqtt`.
    pub package: PathBuf,
    /// The Node.js program to run it with.
    pub node: PathBuf,
}

/// Installs what `tests/zigbee2mqtt/package-lock.json` names, unless it is there.
pub fn install(workspace: &Workspace, node: &Node) -> anyhow::Result<Lab> {
    let source = workspace.root.join("tests/zigbee2mqtt");
    let folder = workspace.target.join("zigbee2mqtt-lab");
    fs::create_dir_all(&folder).context("failed to make a folder for Zigbee2MQTT")?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), folder.join(name)).with_context(|| format!("failed to copy {name}"))?;
    }
    node.install(&folder)?;

    let modules = folder.join("node_modules");
    let Some(node_package) = node::node_package() else {
        bail!("the tests run Zigbee2MQTT on Linux only, on x86-64 and arm64");
    };
    let lab = Lab { package: modules.join("zigbee2mqtt"), node: modules.join(node_package).join("bin/node") };
    for file in [&lab.package.join("cli.js"), &lab.node] {
        if !file.is_file() {
            bail!(
                "{} is missing after the installation; remove {} and try again",
                file.display(),
                modules.display()
            );
        }
    }
    Ok(lab)
}
