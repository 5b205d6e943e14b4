//! The rule files that come with Lares pass their own tests, run by the engine itself.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use lares_engine::testing::run_test;
use lares_rules::{SourceFile, catalog::infer, load};

fn files() -> Vec<SourceFile> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../automations");
    let mut files: Vec<SourceFile> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| SourceFile {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

#[test]
fn the_starter_rules_pass_their_tests() {
    let mut ran = 0;
    let mut failed = Vec::new();
    for file in files() {
        let file = [file];
        let catalog = infer(&file);
        let loaded = load(&file, &catalog);
        let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let rules = Arc::new(loaded.rules);
        for case in &loaded.tests {
            ran += 1;
            let outcome = run_test(case, &rules, &catalog);
            if !outcome.passed {
                failed.push(format!("{}: {:#?}\n{}", case.name, outcome.failures, outcome.trace.join("\n")));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(ran >= 10, "only {ran} tests were found");
}
