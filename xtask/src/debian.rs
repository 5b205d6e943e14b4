//! System packages. On Debian and its kin they are installed by apt; elsewhere they are named, and the build goes on.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::process;

/// To compile the hub: the C compiler is for the bundled SQLite.
const HUB: &[&str] = &["build-essential", "pkg-config"];
/// To compile and show the window; the indicator library is the tray's.
const WINDOW: &[&str] = &["libayatana-appindicator3-dev", "librsvg2-dev", "libwebkit2gtk-4.1-dev"];
/// To drive the real window and a real browser without a screen.
const TESTS: &[&str] = &[
    "at-spi2-core",
    "chromium",
    "dbus",
    "dbus-daemon",
    "fonts-dejavu-core",
    "imagemagick",
    "openbox",
    "webkit2gtk-driver",
    "xauth",
    "xdotool",
    "xvfb",
];
/// Only where there is no npm: Debian's own Node.js may be too old, which `node` then mends.
const NODE: &[&str] = &["nodejs", "npm"];

/// What a command is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Build the hub.
    Hub,
    /// Build and show the window.
    Window,
    /// Run the tests.
    Tests,
}

/// Installs the packages that are missing, in one go; one cheap question when nothing is.
pub fn ensure_packages(purpose: Purpose) -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") {
        // The compilers and web views of macOS and Windows come with Xcode's tools and the system.
        return Ok(());
    }
    let wanted = packages(purpose, process::is_on_path("npm"));
    if !Path::new("/etc/debian_version").exists() || !process::is_on_path("dpkg-query") {
        eprintln!("xtask: this is no Debian; needed is what Debian calls: {}", wanted.join(" "));
        return Ok(());
    }
    let query = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .args(&wanted)
        .stderr(Stdio::null())
        .output()
        .context("failed to ask dpkg-query")?;
    let missing = missing(&wanted, &String::from_utf8_lossy(&query.stdout));
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("xtask: installing {}", missing.join(" "));
    // One of a person's own sources that does not answer is no reason to give up: the lists that are there may do.
    if let Err(error) = process::run(&mut apt(&["update", "--quiet"])?) {
        eprintln!("xtask: {error:#}; going on with the package lists that are there");
    }
    let mut install = apt(&["install", "--yes", "--quiet", "--no-install-recommends"])?;
    // The system's own updates may be at it.
    install.args(["--option", "DPkg::Lock::Timeout=300"]);
    process::run(install.args(&missing)).with_context(|| format!("needed are: {}", missing.join(" ")))
}

fn packages(purpose: Purpose, has_npm: bool) -> Vec<&'static str> {
    let mut wanted = HUB.to_vec();
    if purpose >= Purpose::Window {
        wanted.extend(WINDOW);
    }
    if purpose >= Purpose::Tests {
        wanted.extend(TESTS);
    }
    if !has_npm {
        wanted.extend(NODE);
    }
    wanted
}

/// The wanted packages that `answer`, lines of `NAME STATUS`, does not call installed.
fn missing<'a>(wanted: &[&'a str], answer: &str) -> Vec<&'a str> {
    let installed: BTreeSet<&str> =
        answer.lines().filter_map(|line| line.strip_suffix(" installed")).map(str::trim).collect();
    wanted.iter().filter(|name| !installed.contains(*name)).copied().collect()
}

/// `apt-get` with the rights that it needs.
fn apt(args: &[&str]) -> anyhow::Result<Command> {
    let mut command = if is_root() {
        Command::new("env")
    } else if process::is_on_path("sudo") {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    } else {
        bail!(
            "packages are missing, and this is neither root nor is there sudo; run as root: apt-get {}",
            args.join(" ")
        )
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(args);
    Ok(command)
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_called_installed_are_there() {
        let answer = "xvfb installed\nxauth config-files\nlibc6 installed\n";
        assert_eq!(missing(&["xvfb", "xauth", "openbox"], answer), ["xauth", "openbox"]);
        assert_eq!(missing(&["xvfb"], ""), ["xvfb"]);
        assert!(missing(&["xvfb"], answer).is_empty());
    }

    #[test]
    fn a_headless_run_needs_no_web_view_and_the_tests_need_everything() {
        let hub = packages(Purpose::Hub, true);
        let tests = packages(Purpose::Tests, false);
        assert!(!hub.contains(&"libwebkit2gtk-4.1-dev") && !hub.contains(&"npm"));
        assert!(packages(Purpose::Window, true).contains(&"libwebkit2gtk-4.1-dev"));
        assert!(
            ["xvfb", "npm", "libwebkit2gtk-4.1-dev", "pkg-config"].iter().all(|name| tests.contains(name))
        );
    }
}
