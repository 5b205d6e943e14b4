//! Licences: that of everything that is built in is held against the list in `deny.toml`, from what cargo and npm already
//! know, so that it works without a network.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::process;
use crate::spdx;
use crate::workspace::Workspace;

/// npm packages that say their licence in a file only, and what was read there.
const READ_BY_HAND: &[(&str, &str)] = &[("svelte-toolbelt", "MIT")];

/// A package's name with its version, and its licence as the package states it.
struct Licensed {
    package: String,
    licence: Option<String>,
}

/// Fails on a package whose licence is not in the list.
pub fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let allowed = allowed(workspace)?;
    let mut packages = cargo_packages(workspace)?;
    packages.extend(npm_packages(workspace)?);
    let complaints = complaints(&packages, &allowed);
    if !complaints.is_empty() {
        bail!("{} (the list is in deny.toml)", complaints.join("; "));
    }
    eprintln!("   {} packages, all under permitted licences", packages.len());
    Ok(())
}

fn allowed(workspace: &Workspace) -> anyhow::Result<BTreeSet<String>> {
    let text = fs::read_to_string(workspace.root.join("deny.toml")).context("failed to read deny.toml")?;
    let table: toml::Table = text.parse().context("deny.toml is no TOML")?;
    let list =
        table.get("licenses").and_then(|licences| licences.get("allow")).and_then(toml::Value::as_array);
    let list = list.context("deny.toml has no licenses.allow")?;
    Ok(list.iter().filter_map(toml::Value::as_str).map(String::from).collect())
}

/// What is built for this platform: those of other platforms need not even be downloaded.
fn cargo_packages(workspace: &Workspace) -> anyhow::Result<Vec<Licensed>> {
    let version = process::output(std::process::Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let metadata = process::output(&mut workspace.cargo([
        "metadata",
        "--format-version",
        "1",
        "--filter-platform",
        host,
    ]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let resolved: BTreeSet<&str> =
        array(&metadata["resolve"]["nodes"]).iter().filter_map(|node| node["id"].as_str()).collect();
    Ok(array(&metadata["packages"])
        .iter()
        .filter(|package| package["id"].as_str().is_some_and(|id| resolved.contains(id)))
        .map(|package| Licensed {
            package: format!("{} {}", text(&package["name"]), text(&package["version"])),
            licence: package["license"].as_str().map(String::from),
        })
        .collect())
}

/// The lock file carries the licence of each package, whether or not it fits this platform.
fn npm_packages(workspace: &Workspace) -> anyhow::Result<Vec<Licensed>> {
    let lock = fs::read_to_string(workspace.ui().join("package-lock.json"))
        .context("failed to read the UI's lock file")?;
    let lock: Value = serde_json::from_str(&lock).context("the UI's lock file is no JSON")?;
    let packages = lock["packages"].as_object().context("the UI's lock file names no packages")?;
    Ok(packages
        .iter()
        // The empty name is the user interface itself.
        .filter(|(path, _)| !path.is_empty())
        .map(|(path, package)| {
            let name = path.rsplit("node_modules/").next().unwrap_or(path);
            let by_hand = READ_BY_HAND.iter().find(|(read, _)| *read == name).map(|(_, licence)| *licence);
            Licensed {
                package: format!("{name} {}", text(&package["version"])),
                licence: package["license"].as_str().or(by_hand).map(String::from),
            }
        })
        .collect())
}

fn complaints(packages: &[Licensed], allowed: &BTreeSet<String>) -> Vec<String> {
    packages
        .iter()
        .filter_map(|Licensed { package, licence }| {
            let Some(licence) = licence else { return Some(format!("{package} states no licence")) };
            match spdx::is_allowed(licence, allowed) {
                Some(true) => None,
                Some(false) => Some(format!("{package} is under {licence}")),
                None => Some(format!("{package} has the unreadable licence `{licence}`")),
            }
        })
        .collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_a_permitted_licence_is_named() {
        let packages = [
            ("good 1", Some("MIT")),
            ("bad 2", Some("GPL-3.0-only")),
            ("odd 3", Some("MIT,")),
            ("bare 4", None),
        ]
        .map(|(package, licence)| Licensed {
            package: package.to_string(),
            licence: licence.map(String::from),
        });
        let complaints = complaints(&packages, &["MIT".to_string()].into());
        assert_eq!(complaints.len(), 3, "{complaints:?}");
        assert!(complaints[0].contains("bad 2 is under GPL-3.0-only"), "{complaints:?}");
    }
}
