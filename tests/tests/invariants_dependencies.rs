//! What each crate may know of: the drawing in `ARCHITECTURE.md`, held against what cargo resolves.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use lares_tests::checkout;
use serde_json::Value;

/// The crates that do no I/O.
const PURE: [&str; 4] = ["lares-model", "lares-rules", "lares-engine", "lares-twin"];

/// Crates whose only purpose is a clock, a file, a network, randomness, waiting, or a log.
const IMPURE: &[&str] = &[
    "async-io",
    "async-std",
    "axum",
    "btleplug",
    "env_logger",
    "fastrand",
    "futures-executor",
    "getrandom",
    "hyper",
    "iana-time-zone",
    "libsqlite3-sys",
    "log",
    "mio",
    "mqtt5",
    "notify",
    "polling",
    "rand",
    "reqwest",
    "rumqttc",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "sysinfo",
    "tempfile",
    "tokio",
    "tokio-tungstenite",
    "tokio-util",
    "tracing",
    "tracing-core",
    "tracing-subscriber",
    "tungstenite",
    "walkdir",
    "zbus",
];

/// Features that bring I/O into a crate which is pure without them.
const IMPURE_FEATURES: &[(&str, &str)] = &[
    ("chrono", "clock"),
    ("chrono", "now"),
    ("rand_core", "os_rng"),
    ("rand_chacha", "os_rng"),
    ("minijinja", "loader"),
];

/// For each crate the Lares crates that it may depend on. What is not here may depend on all.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("lares-model", &[]),
    ("lares-rules", &["lares-model"]),
    ("lares-engine", &["lares-model", "lares-rules"]),
    ("lares-twin", &["lares-model", "lares-rules", "lares-engine"]),
    ("lares-adapters", &["lares-model"]),
    ("lares-broker", &["lares-model"]),
    ("lares-history", &["lares-model"]),
    (
        "lares-hub",
        &[
            "lares-model",
            "lares-rules",
            "lares-engine",
            "lares-twin",
            "lares-adapters",
            "lares-broker",
            "lares-history",
        ],
    ),
    // A product crate that knew of the tests or of xtask would ship them.
    ("xtask", &[]),
];

#[test]
fn the_pure_crates_reach_no_crate_that_does_io() {
    let mut faults = Vec::new();
    for name in PURE {
        let tree = resolved(name);
        assert!(tree.contains_key(name), "cargo tree does not show {name} itself");
        for (dependency, features) in &tree {
            if IMPURE.contains(&dependency.as_str()) {
                faults.push(format!(
                    "{name} reaches {dependency}: see `cargo tree -p {name} -e normal -i {dependency}`"
                ));
            }
            for (of, feature) in IMPURE_FEATURES {
                if dependency == of && features.contains(*feature) {
                    faults.push(format!("{name} reaches {dependency} with its feature {feature}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Without this the test above could not fail: it shows that the list and the reading of the tree find something.
#[test]
fn the_hub_does_reach_crates_that_do_io() {
    let tree = resolved("lares-hub");
    for dependency in ["tokio", "tracing", "axum"] {
        assert!(tree.contains_key(dependency) && IMPURE.contains(&dependency), "{dependency}");
    }
}

#[test]
fn each_crate_knows_only_those_before_it() {
    let members = members();
    let mut faults = Vec::new();
    for (name, allowed) in MAY_KNOW {
        let Some(known) = members.get(*name) else { panic!("there is no crate {name}") };
        for other in known.iter().filter(|other| !allowed.contains(&other.as_str())) {
            faults.push(format!("{name} must not know of {other}"));
        }
    }
    for (name, known) in &members {
        if known.contains("lares-tests") || known.contains("xtask") {
            faults.push(format!("{name} must not know of the tests or of xtask"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// bluez-async may panic in a task of its own when a device connects; with `panic = "abort"` that would end the hub.
#[test]
fn a_panic_in_one_task_never_ends_the_process() {
    let manifests = checkout::text_files();
    for file in manifests.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        assert!(
            !file.text.replace(' ', "").contains("panic=\"abort\""),
            "{} sets panic = \"abort\"",
            file.path
        );
    }
}

/// All that a crate reaches by normal dependencies on this platform, with the features that are on for it alone.
fn resolved(name: &str) -> BTreeMap<String, BTreeSet<String>> {
    let tree = cargo(&[
        "tree",
        "--offline",
        "-p",
        name,
        "-e",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "-f",
        "{p}|{f}",
    ]);
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in tree.lines() {
        let (package, features) = line.split_once('|').expect("the format has a bar");
        let dependency = package.split(' ').next().unwrap_or(package);
        let features = features.trim_end_matches("(*)").trim().split(',').map(String::from);
        found.entry(dependency.to_string()).or_default().extend(features);
    }
    found
}

/// For each member of the workspace the members it depends on, its tests left aside.
fn members() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = cargo(&["metadata", "--offline", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo prints JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            let known = list(&package["dependencies"])
                .iter()
                .filter(|dependency| dependency["path"].is_string() && dependency["kind"] != "dev")
                .map(|dependency| dependency["name"].as_str().unwrap_or_default().to_string())
                .collect();
            (package["name"].as_str().unwrap_or_default().to_string(), known)
        })
        .collect()
}

fn cargo(args: &[&str]) -> String {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(program).current_dir(checkout::root()).args(args).output().expect("cargo starts");
    assert!(output.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}
