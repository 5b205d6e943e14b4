//! Where the programs are that the tests drive. `cargo xtask test` builds and installs them and says so in `LARES_TEST_*`.
//!
//! Nothing is skipped quietly: a test that needs what is missing fails and says how to get it. Tests that need more than
//! the build products belong in a test binary with `required-features = ["real"]`, which only `cargo xtask test` turns on.

use std::path::{Path, PathBuf};

/// The `lares` program. Without `cargo xtask test` it is the one beside this test in the target directory.
///
/// # Panics
/// When it is not built.
#[must_use]
pub fn lares() -> PathBuf {
    program("LARES_TEST_LARES", "lares")
}

/// The program with the window.
///
/// # Panics
/// When it is not built.
#[must_use]
pub fn shell() -> PathBuf {
    program("LARES_TEST_SHELL", "lares-shell")
}

/// What is needed to start a real Zigbee2MQTT; [`crate::zigbee2mqtt`] does so.
#[derive(Debug)]
pub struct Zigbee2MqttInstallation {
    /// `run_z2m.sh`, whose head names the variables that it reads.
    pub script: PathBuf,
    /// For its variable `Z2M_DIR`: the installed npm package.
    pub package: PathBuf,
    /// For its variable `NODE`: a Node.js that is new enough.
    pub node: PathBuf,
}

/// The Zigbee2MQTT that `cargo xtask test` has installed.
///
/// # Panics
/// When it is not installed.
#[must_use]
pub fn zigbee2mqtt() -> Zigbee2MqttInstallation {
    Zigbee2MqttInstallation {
        script: crate::checkout::root().join("tests/zigbee2mqtt/run_z2m.sh"),
        package: existing("LARES_TEST_ZIGBEE2MQTT", told("LARES_TEST_ZIGBEE2MQTT")),
        node: existing("LARES_TEST_NODE", told("LARES_TEST_NODE")),
    }
}

fn program(variable: &str, name: &str) -> PathBuf {
    let beside = || {
        // A test is at `<target>/<profile>/deps/NAME-HASH`.
        let test = std::env::current_exe().ok()?;
        Some(test.parent()?.parent()?.join(name).with_extension(std::env::consts::EXE_EXTENSION))
    };
    existing(name, told(variable).or_else(beside))
}

fn told(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

fn existing(what: &str, path: Option<PathBuf>) -> PathBuf {
    match path {
        Some(path) if path.exists() => path,
        other => panic!(
            "{what} is missing{}: `cargo xtask test` builds and installs it",
            other.as_deref().map(Path::display).map(|path| format!(" at {path}")).unwrap_or_default()
        ),
    }
}
