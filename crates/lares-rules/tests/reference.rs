//! The language reference: every example in it is loaded, those marked `wrong` with what they say.

use lares_rules::catalog::infer;
use lares_rules::{SourceFile, codes, load};

const TEXT: &str = include_str!("../../../docs/rules.md");

/// The fenced blocks: line, mark behind `yaml`, text.
fn examples() -> Vec<(usize, String, String)> {
    let mut all = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (index, line) in TEXT.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(mark)) => open = Some((index + 1, mark.to_owned(), String::new())),
            (Some(_), Some(_)) => all.extend(open.take()),
            (Some((.., text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    all.retain(|(_, mark, _)| mark.starts_with("yaml"));
    all
}

#[test]
fn every_example_of_the_reference_means_what_it_says() {
    let examples = examples();
    assert!(examples.len() >= 9, "only {} examples were found", examples.len());
    for (line, mark, text) in examples {
        let files = [SourceFile { name: format!("rules.md:{line}"), text: text.clone() }];
        let loaded = load(&files, &infer(&files));
        if mark == "yaml wrong" {
            let found: Vec<_> = loaded.diagnostics.iter().map(|one| one.code.as_str()).collect();
            assert!(loaded.has_errors());
            for code in codes().filter(|code| text.contains(&format!("# {code}\n"))) {
                assert!(found.contains(&code), "line {line}: {code} was not said, but {found:?}");
            }
            assert_eq!(found.len(), text.lines().filter(|line| line.contains(" # ")).count(), "{found:?}");
            continue;
        }
        let told: Vec<_> = loaded.diagnostics.iter().map(lares_rules::diagnostic::render::text).collect();
        assert!(told.is_empty(), "line {line}:\n{}", told.join("\n"));
        assert!(!loaded.rules.rules.is_empty(), "line {line} has no rule");
    }
}
