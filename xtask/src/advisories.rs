//! Security advisories: the versions in `Cargo.lock` held against a copy of the RustSec database that is on this
//! computer. Nothing is fetched. <https://github.com/RustSec/advisory-db#advisory-format>
//!
//! It reads no function paths and no platforms: what is built on any of them counts. What cargo's copy of the index says
//! of withdrawn versions is told too, and fails nothing: a version may be withdrawn on any day.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use semver::{Version, VersionReq};

use crate::workspace::Workspace;

/// The only place that packages may come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
const HOW_TO_GET: &str = "git clone --depth 1 https://github.com/RustSec/advisory-db ~/.cargo/advisory-db";

/// A package of the lock file that comes from elsewhere.
struct Locked {
    name: String,
    version: Version,
    source: String,
}

/// What an advisory says, as far as it matters here.
struct Advisory {
    id: String,
    title: String,
    /// A remark, such as that nobody maintains it, and no hole.
    informational: bool,
    withdrawn: bool,
    /// Versions that are not, or no longer, affected.
    safe: Vec<VersionReq>,
}

/// Fails on a package from another registry, and on one with a known hole where the database is at hand.
pub fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock")).context("failed to read Cargo.lock")?;
    let packages = locked(&lock)?;
    if let Some(stranger) = packages.iter().find(|package| package.source != REGISTRY) {
        bail!("{} {} comes from {}", stranger.name, stranger.version, stranger.source);
    }
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let cargo_home = cargo_home.unwrap_or_default();
    for package in packages.iter().filter(|package| is_withdrawn(&cargo_home, package)) {
        eprintln!("   {} {} was withdrawn by its authors", package.name, package.version);
    }
    let Some(database) = database(&cargo_home) else {
        eprintln!("   SKIPPED: security advisories, for want of a database; to have one: {HOW_TO_GET}");
        return Ok(());
    };
    let ignored = ignored(workspace)?;
    let mut holes = Vec::new();
    for package in &packages {
        for advisory in advisories(&database, &package.name)? {
            if advisory.concerns(&package.version) && !ignored.contains(&advisory.id) {
                let line =
                    format!("{} {}: {} {}", package.name, package.version, advisory.id, advisory.title);
                if advisory.informational { eprintln!("   {line}") } else { holes.push(line) }
            }
        }
    }
    if !holes.is_empty() {
        bail!("{} (by {})", holes.join("; "), database.display());
    }
    eprintln!("   {} packages, none with a hole that {} knows", packages.len(), database.display());
    Ok(())
}

impl Advisory {
    /// Reads the head of an advisory's file: TOML between fences, before the text.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (head, text) = text
            .trim_start()
            .strip_prefix("```toml")
            .and_then(|rest| rest.split_once("```"))
            .context("it does not begin with TOML between fences")?;
        let head: toml::Table = head.parse()?;
        let advisory = head.get("advisory").and_then(toml::Value::as_table).context("no [advisory]")?;
        let mut safe = Vec::new();
        for key in ["patched", "unaffected"] {
            let versions = head.get("versions").and_then(|versions| versions.get(key));
            for version in versions.and_then(toml::Value::as_array).into_iter().flatten() {
                safe.push(VersionReq::parse(version.as_str().unwrap_or_default())?);
            }
        }
        Ok(Self {
            id: advisory.get("id").and_then(toml::Value::as_str).context("no id")?.to_string(),
            title: text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().to_string(),
            informational: advisory.contains_key("informational"),
            withdrawn: advisory.contains_key("withdrawn"),
            safe,
        })
    }

    fn concerns(&self, version: &Version) -> bool {
        !self.withdrawn && !self.safe.iter().any(|safe| safe.matches(version))
    }
}

fn locked(lock: &str) -> anyhow::Result<Vec<Locked>> {
    let lock: toml::Table = lock.parse().context("Cargo.lock is no TOML")?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock has no packages")?;
    let text = |package: &toml::Value, key: &str| {
        package.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_string()
    };
    packages
        .iter()
        // The workspace's own packages have no source.
        .filter(|package| package.get("source").is_some())
        .map(|package| {
            let version = text(package, "version");
            let version = Version::parse(&version).with_context(|| format!("version {version}"))?;
            Ok(Locked { name: text(package, "name"), version, source: text(package, "source") })
        })
        .collect()
}

/// Where cargo-audit keeps the database, or where cargo-deny keeps its databases.
fn database(cargo_home: &Path) -> Option<PathBuf> {
    let of_deny = fs::read_dir(cargo_home.join("advisory-dbs")).into_iter().flatten().flatten();
    std::iter::once(cargo_home.join("advisory-db"))
        .chain(of_deny.map(|entry| entry.path()))
        .find(|folder| folder.join("crates").is_dir())
}

fn advisories(database: &Path, package: &str) -> anyhow::Result<Vec<Advisory>> {
    let mut found = Vec::new();
    // Most packages have none.
    for entry in fs::read_dir(database.join("crates").join(package)).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let advisory = Advisory::parse(&text);
        found.push(advisory.with_context(|| format!("failed to read {}", entry.path().display()))?);
    }
    Ok(found)
}

/// The advisories that `deny.toml` says do not concern us.
fn ignored(workspace: &Workspace) -> anyhow::Result<BTreeSet<String>> {
    let text = fs::read_to_string(workspace.root.join("deny.toml")).context("failed to read deny.toml")?;
    let table: toml::Table = text.parse().context("deny.toml is no TOML")?;
    let list = table.get("advisories").and_then(|advisories| advisories.get("ignore"));
    let list = list.and_then(toml::Value::as_array).into_iter().flatten();
    Ok(list
        .filter_map(|entry| entry.as_str().or_else(|| entry.get("id")?.as_str()))
        .map(String::from)
        .collect())
}

/// Whether cargo, when it last asked, was told that nobody should use this version any more.
fn is_withdrawn(cargo_home: &Path, package: &Locked) -> bool {
    let indexes = fs::read_dir(cargo_home.join("registry/index")).into_iter().flatten().flatten();
    indexes
        .filter_map(|index| fs::read(index.path().join(".cache").join(index_path(&package.name))).ok())
        .any(|entries| says_withdrawn(&entries, &package.version.to_string()))
}

/// <https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files>
fn index_path(name: &str) -> String {
    let name = name.to_lowercase();
    match name.len() {
        0..=2 => format!("{}/{name}", name.len()),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    }
}

/// Cargo's cache of an index file: a binary head, then version and JSON in turns, each with a zero at its end.
fn says_withdrawn(entries: &[u8], version: &str) -> bool {
    entries
        .split(|byte| *byte == 0)
        .filter_map(|part| serde_json::from_slice::<serde_json::Value>(part).ok())
        .any(|entry| entry["vers"] == version && entry["yanked"] == true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVISORY: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2099-0001\"\npackage = \"lamp\"\n\n[versions]\n\
        patched = [\">= 1.2.3\", \"^1.1.9\"]\nunaffected = [\"< 1.0.0\"]\n```\n\n# Burns\n\nToo hot.\n";

    #[test]
    fn a_version_is_concerned_unless_it_is_patched_or_was_never_affected() {
        let advisory = Advisory::parse(ADVISORY).expect("an advisory");
        assert_eq!((advisory.id.as_str(), advisory.title.as_str()), ("RUSTSEC-2099-0001", "Burns"));
        for (version, concerned) in
            [("0.9.9", false), ("1.0.0", true), ("1.1.8", true), ("1.1.9", false), ("1.2.3", false)]
        {
            let version = Version::parse(version).expect("a version");
            assert_eq!(advisory.concerns(&version), concerned, "{version}");
        }
        let withdrawn = ADVISORY.replace("package =", "withdrawn = \"2099-01-02\"\npackage =");
        let withdrawn = Advisory::parse(&withdrawn).expect("an advisory");
        assert!(!withdrawn.concerns(&Version::new(1, 0, 0)) && !withdrawn.informational);
        assert!(Advisory::parse("# No head").is_err());
    }

    #[test]
    fn only_packages_from_elsewhere_are_asked_about() {
        let lock = "[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n\n\
            [[package]]\nname = \"lamp\"\nversion = \"1.0.0+meta\"\nsource = \"git+https://example.org\"\n";
        let packages = locked(lock).expect("a lock file");
        let [lamp] = packages.as_slice() else { panic!("{} packages", packages.len()) };
        assert_eq!((lamp.name.as_str(), lamp.version.to_string().as_str()), ("lamp", "1.0.0+meta"));
        assert_ne!(lamp.source, REGISTRY);
    }

    #[test]
    fn a_withdrawn_version_is_found_in_cargos_cache() {
        let entry = |version, yanked| format!("{version}\0{{\"vers\":\"{version}\",\"yanked\":{yanked}}}\0");
        let cache = format!("\u{3}\0etag: x\0{}{}", entry("1.0.0", true), entry("1.0.1", false));
        assert!(says_withdrawn(cache.as_bytes(), "1.0.0"));
        assert!(!says_withdrawn(cache.as_bytes(), "1.0.1"));
        let paths = ["a", "ab", "abc", "Serde"].map(index_path);
        assert_eq!(paths, ["1/a", "2/ab", "3/a/abc", "se/rd/serde"]);
    }
}
