//! The architecture's invariants, as far as the sources alone show them: what must not be in them.
//!
//! Behaviour (one writer, bounds, durability, replay) is tested where it lives; the last test here sees to it that
//! `ARCHITECTURE.md` names a test for each.

use lares_tests::checkout::{self, SourceFile};
use lares_tests::source;
use serde_json::Value;

/// The folders of the crates that do no I/O.
const PURE: [&str; 4] =
    ["crates/lares-model/", "crates/lares-rules/", "crates/lares-engine/", "crates/lares-twin/"];

/// What a pure crate never names, and why: a word or path wherever it stands, or with `::` at its end only the start of
/// a path (a variable may well be a `log`).
const IMPURE: &[(&str, &str)] = &[
    ("Instant", "time is an argument"),
    ("SystemTime", "time is an argument"),
    ("Utc::now", "time is an argument"),
    ("Local::now", "time is an argument"),
    ("std::fs", "no file"),
    ("std::env", "no environment"),
    ("std::io", "no input or output"),
    ("std::net", "no network"),
    ("std::os", "no operating system"),
    ("std::process", "no process"),
    ("std::thread", "no thread"),
    ("std::sync::mpsc", "nothing waits"),
    ("HashMap", "iteration order is deterministic"),
    ("HashSet", "iteration order is deterministic"),
    ("RandomState", "no randomness but a seed"),
    ("OsRng", "no randomness but a seed"),
    ("thread_rng", "no randomness but a seed"),
    ("from_os_rng", "no randomness but a seed"),
    ("tokio::", "no tasks"),
    ("tracing::", "no logging"),
    ("log::", "no logging"),
    ("println!", "no logging"),
    ("eprintln!", "no logging"),
    ("print!", "no logging"),
    ("eprint!", "no logging"),
    ("static mut", "no hidden state"),
];

/// The modules of `std` that [`IMPURE`] names, in the form `use std::{fs, env};`.
const IMPURE_MODULES: [&str; 7] = ["fs", "env", "io", "net", "os", "process", "thread"];

const LINES_MAX: usize = 600;

#[test]
fn the_pure_crates_name_no_clock_file_network_or_randomness() {
    let mut seen = [0; PURE.len()];
    let mut faults = Vec::new();
    for file in checkout::text_files() {
        let Some(of) = PURE.iter().position(|folder| file.path.starts_with(&format!("{folder}src/"))) else {
            continue;
        };
        if !file.has_extension(&["rs"]) || is_test_file(&file.path) {
            continue;
        }
        seen[of] += 1;
        faults.extend(impurities(&file.text).into_iter().map(|fault| format!("{}:{fault}", file.path)));
    }
    assert!(seen.iter().all(|&files| files > 0), "a pure crate was not found: {seen:?} files");
    report(&faults);
}

#[test]
fn an_impurity_is_found_however_it_is_written() {
    for text in [
        "let now = Instant::now();",
        "use std::time::{Duration, Instant};",
        "let text = std::fs::read_to_string(path);",
        "use std::{collections::BTreeMap, fs};",
        "use std::{\n    collections::BTreeMap,\n    env::var,\n};",
        "let x: std::collections::HashMap<u8, u8>;",
        "tracing::warn!(\"x\");",
        "println!(\"x\");",
        "chrono::Utc::now()",
    ] {
        assert!(!impurities(text).is_empty(), "{text}");
    }
    for text in [
        "// Instant::now() is not called here.\n",
        "let text = \"std::fs\";",
        "#[cfg(test)]\nmod tests { use std::fs; }",
        "let instant = at; let logged = true; self.print();",
        "use std::{collections::BTreeMap, fmt};",
        "let log = home.log_size; log.push(entry);",
    ] {
        assert_eq!(impurities(text), [""; 0], "{text}");
    }
}

#[test]
fn the_pure_crates_deny_the_methods_that_clippy_toml_lists() {
    for folder in PURE {
        let path = checkout::root().join(folder).join("src/lib.rs");
        let text = std::fs::read_to_string(&path).expect("a crate has a lib.rs");
        assert!(
            source::code(&text).contains("#![deny(clippy::disallowed_methods)]"),
            "{folder}src/lib.rs lacks #![deny(clippy::disallowed_methods)]"
        );
    }
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let sources = ["rs", "ts", "svelte", "css", "js", "cjs", "mjs"];
    let files = checkout::text_files();
    let faults: Vec<String> = files
        .iter()
        .filter(|file| file.has_extension(&sources) && file.is_written_by_hand())
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(file, lines)| format!("{} has {lines} lines", file.path))
        .collect();
    report(&faults);
}

#[test]
fn no_type_is_named_after_its_lack_of_a_purpose() {
    let mut faults = Vec::new();
    for file in checkout::text_files().iter().filter(|file| file.is_written_by_hand()) {
        let (text, keywords): (String, &[&str]) = if file.has_extension(&["rs"]) {
            (source::code(&file.text), &["struct", "enum", "trait", "type", "union"])
        } else if file.has_extension(&["ts", "svelte"]) {
            (file.text.clone(), &["class", "interface", "enum", "type"])
        } else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let mut words = source::words(line).skip_while(|word| MODIFIERS.contains(word));
            if words.next().is_some_and(|word| keywords.contains(&word)) {
                let Some(name) = words.next() else { continue };
                if ["Manager", "Service", "Util", "Utils"].iter().any(|suffix| name.ends_with(suffix))
                    // A helper is a user's variable, so that word alone is a type of the domain.
                    || (name.ends_with("Helper") && name != "Helper")
                {
                    faults.push(format!("{}:{}: {name}", file.path, number + 1));
                }
            }
        }
    }
    report(&faults);
}

/// What may stand before the keyword of a declaration.
const MODIFIERS: [&str; 8] = ["pub", "crate", "super", "export", "default", "abstract", "declare", "unsafe"];

/// The user interface runs in the window and in a browser: all but a few files named for it must not care which.
#[test]
fn only_files_named_after_tauri_import_it() {
    let files = checkout::text_files();
    let importing: Vec<&str> = files
        .iter()
        .filter(|file| file.path.starts_with("ui/src/") && file.has_extension(&["ts", "svelte", "js"]))
        .filter(|file| ["'@tauri-apps", "\"@tauri-apps"].iter().any(|import| file.text.contains(import)))
        .map(|file| file.path.as_str())
        .collect();
    let strangers: Vec<String> = importing
        .iter()
        .filter(|path| !path.rsplit('/').next().is_some_and(|name| name.starts_with("tauri")))
        .map(|path| format!("{path} imports @tauri-apps"))
        .collect();
    report(&strangers);
    assert!(importing.len() <= 3, "more than three files import @tauri-apps: {importing:?}");
}

#[test]
fn no_lint_is_silenced_without_a_reason_and_no_test_is_left_out() {
    // In pieces, so that this file does not find itself.
    let in_rust = [["#[", "allow("].concat(), ["#![", "allow("].concat(), ["#[", "ignore"].concat()];
    let in_script = [[".", "only("].concat(), [".", "skip("].concat(), [".", "todo("].concat()];
    let mut faults = Vec::new();
    for file in checkout::text_files().iter().filter(|file| file.is_written_by_hand()) {
        let (text, forbidden): (String, &[String]) = if file.has_extension(&["rs"]) {
            (source::code(&file.text), &in_rust)
        } else if is_script_test(&file.path) {
            (file.text.clone(), &in_script)
        } else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            for mark in forbidden.iter().filter(|mark| line.contains(mark.as_str())) {
                faults.push(format!("{}:{}: {mark}", file.path, number + 1));
            }
        }
    }
    report(&faults);
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    // In pieces, so that this file does not find itself.
    let paths = [
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/fa", "rm/"].concat(),
        ["/tmp/", "target-"].concat(),
    ];
    let mut faults = Vec::new();
    for file in checkout::text_files() {
        for (number, line) in file.text.lines().enumerate() {
            for path in paths.iter().filter(|path| line.contains(path.as_str())) {
                faults.push(format!("{}:{}: {path}", file.path, number + 1));
            }
        }
    }
    report(&faults);
}

/// A lock file that names a mirror would send everybody there.
#[test]
fn lock_files_name_no_registry_but_the_public_one() {
    let mut locks = 0;
    for SourceFile { path, text } in &checkout::text_files() {
        if path.ends_with("package-lock.json") {
            locks += 1;
            let named = text.lines().find(|line| {
                line.contains("\"resolved\"")
                    && line.contains("://")
                    && !line.contains("https://registry.npmjs.org/")
            });
            assert_eq!(named, None, "{path}");
        }
        if path.ends_with("Cargo.lock") {
            locks += 1;
            for line in text.lines().filter(|line| line.starts_with("source = ")) {
                assert_eq!(
                    line, "source = \"registry+https://github.com/rust-lang/crates.io-index\"",
                    "{path}"
                );
            }
        }
    }
    assert!(locks >= 2, "the lock files of cargo and npm were not found");
}

/// `npm ci` refuses a lock file that lacks a package, even one for another platform. npm writes such a file without a word
/// when the registry at hand has not (yet) got a version for all platforms.
#[test]
fn npm_lock_files_hold_every_package_that_they_ask_for() {
    let mut faults = Vec::new();
    for file in checkout::text_files().iter().filter(|file| file.path.ends_with("package-lock.json")) {
        let lock: Value = serde_json::from_str(&file.text).expect("a lock file is JSON");
        let packages = lock["packages"].as_object().expect("a lock file lists packages");
        for (of, package) in packages {
            for kind in ["dependencies", "optionalDependencies"] {
                for name in package[kind].as_object().into_iter().flatten().map(|(name, _)| name) {
                    if !packages.keys().any(|path| path.ends_with(&format!("node_modules/{name}"))) {
                        faults.push(format!("{}: {of} asks for {name}, which is not there", file.path));
                    }
                }
            }
        }
    }
    report(&faults);
}

/// An invariant that no test enforces is a wish. Each numbered one in `ARCHITECTURE.md` ends with the tests that hold it,
/// in the form `file.rs::name_of_the_test`.
#[test]
fn each_invariant_names_a_test_that_exists() {
    let files = checkout::text_files();
    let document =
        files.iter().find(|file| file.path == "ARCHITECTURE.md").expect("there is no ARCHITECTURE.md");
    let invariants = invariants(&document.text);
    assert!(invariants.len() >= 10, "ARCHITECTURE.md lists {} invariants of 10", invariants.len());
    let mut faults = Vec::new();
    for (number, text) in &invariants {
        let tests: Vec<&str> =
            text.split('`').skip(1).step_by(2).filter(|quoted| quoted.contains(".rs::")).collect();
        if tests.is_empty() {
            faults.push(format!("invariant {number} names no test (`file.rs::name_of_the_test`)"));
        }
        for test in tests {
            let (path, name) = test.split_once("::").expect("it holds .rs::");
            let name = name.rsplit("::").next().unwrap_or(name);
            let declaration = format!("fn {name}(");
            let exists = files
                .iter()
                .filter(|file| file.path == path || file.path.ends_with(&format!("/{path}")))
                .any(|file| source::code(&file.text).contains(&declaration));
            if !exists {
                faults.push(format!("invariant {number} names {test}, which does not exist"));
            }
        }
    }
    report(&faults);
}

#[test]
fn invariants_are_read_with_all_their_lines() {
    let text = "# A\n\n1. Not one.\n\n## Invariants\n\nSome words.\n\n1. First\n   `a.rs::b`.\n2. Second.\n\n   More.\n\n## Next\n\n1. No.\n";
    let read = invariants(text);
    assert_eq!(read.len(), 2);
    assert!(read[0].1.contains("`a.rs::b`") && read[1].1.contains("More."), "{read:?}");
    assert_eq!(invariants("**Invariants**\n1. One `x.rs::y`\n").len(), 1);
}

/// The numbered entries below the heading "Invariants", up to the next heading: their numbers and texts.
fn invariants(document: &str) -> Vec<(usize, String)> {
    let is_title = |line: &str| {
        line.trim_matches(['#', '*', ' ']).starts_with("Invariants") && line.starts_with(['#', '*'])
    };
    let mut entries: Vec<(usize, String)> = Vec::new();
    let section = document.lines().skip_while(|line| !is_title(line)).skip(1);
    for line in section.take_while(|line| !line.starts_with('#')) {
        let number = line.split_once(". ").and_then(|(number, _)| number.parse::<usize>().ok());
        match (number, entries.last_mut()) {
            (Some(number), _) => entries.push((number, line.to_string())),
            (None, Some((_, text))) => {
                text.push('\n');
                text.push_str(line);
            }
            (None, None) => {}
        }
    }
    entries
}

/// The impure words of a file's code outside its tests, each as `LINE: WORD (REASON)`.
fn impurities(text: &str) -> Vec<String> {
    let code = source::code_outside_tests(text);
    let mut faults = Vec::new();
    for (number, line) in code.lines().enumerate() {
        for word in source::words(line) {
            let hit = IMPURE.iter().find(|(impure, _)| {
                if impure.ends_with("::") {
                    return word.starts_with(impure);
                }
                let impure: Vec<&str> = impure.split("::").collect();
                word.split("::").collect::<Vec<_>>().windows(impure.len()).any(|window| window == impure)
            });
            if let Some((_, reason)) = hit {
                faults.push(format!("{}: {word} ({reason})", number + 1));
            }
        }
        if line.contains("static mut") {
            faults.push(format!("{}: static mut (no hidden state)", number + 1));
        }
    }
    for (at, group) in code.match_indices("std::{") {
        let group = &code[at + group.len()..];
        let group = &group[..group.find(';').unwrap_or(group.len())];
        let number = code[..at].lines().count().max(1);
        for word in source::words(group) {
            if IMPURE_MODULES.contains(&word.split("::").next().unwrap_or(word)) {
                faults.push(format!("{number}: std::{word}"));
            }
        }
    }
    faults
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn is_script_test(path: &str) -> bool {
    [".test.ts", ".spec.ts", ".test.js", ".spec.js", ".test.mjs", ".test.svelte.ts"]
        .iter()
        .any(|end| path.ends_with(end))
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
