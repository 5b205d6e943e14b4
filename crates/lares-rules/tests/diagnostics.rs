//! Files that are wrong, with what must be said of them. A comment `# error[code] col N: text` speaks of the line above
//! it; the text must be a part of the message and help. Nothing else may be said.
//!
//! A failure lists what is said now in the same form, for copying.

mod common;

use lares_rules::diagnostic::{Diagnostic, Severity};
use lares_rules::{SourceFile, load};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    line: u32,
    severity: String,
    code: String,
    column: u32,
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").flatten().map(|e| e.path()).collect();
    paths.sort();
    let mut wrong = Vec::new();
    let mut expectations = 0;
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("a file");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let (expected, texts) = expected(&text);
        expectations += expected.len();
        let loaded = load(&[SourceFile { name: name.clone(), text }], &common::home());
        let said: Vec<Said> = loaded.diagnostics.iter().map(said).collect();
        let missing: Vec<_> = expected.iter().filter(|one| !said.contains(one)).collect();
        let surplus: Vec<_> =
            loaded.diagnostics.iter().filter(|one| !expected.contains(&self::said(one))).collect();
        for one in missing {
            wrong.push(format!(
                "{name}:{} not said: {}[{}] col {}",
                one.line, one.severity, one.code, one.column
            ));
        }
        for one in surplus {
            wrong.push(format!("{name}:{} said: {}", one.span.line, comment(one)));
        }
        for (expected, part) in &texts {
            let found = loaded.diagnostics.iter().filter(|one| &self::said(one) == expected);
            let found: Vec<_> = found.map(|one| format!("{} {}", one.message, one.help)).collect();
            if !found.is_empty() && !found.iter().any(|text| text.contains(part.as_str())) {
                wrong.push(format!("{name}:{} says {found:?}, not \"{part}\"", expected.line));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(expectations > 60, "only {expectations} expectations were found");
}

fn said(one: &Diagnostic) -> Said {
    Said {
        line: one.span.line,
        severity: word(one.severity).into(),
        code: one.code.clone(),
        column: one.span.column,
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn comment(one: &Diagnostic) -> String {
    format!("# {}[{}] col {}: {} | {}", word(one.severity), one.code, one.span.column, one.message, one.help)
}

/// What the comments of a file ask for. Several may follow a line.
fn expected(text: &str) -> (Vec<Said>, Vec<(Said, String)>) {
    let (mut all, mut texts) = (Vec::new(), Vec::new());
    let mut above = 0;
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("# ").filter(|rest| rest.contains("] col ")) else {
            above = u32::try_from(index).expect("a short file") + 1;
            continue;
        };
        let (severity, rest) = rest.split_once('[').expect("severity[code]");
        let (code, rest) = rest.split_once("] col ").expect("] col N");
        let (column, part) = rest.split_once(':').expect("col N: text");
        let make = || Said {
            line: above,
            severity: severity.into(),
            code: code.into(),
            column: column.trim().parse().expect("a column"),
        };
        all.push(make());
        texts.push((make(), part.trim().to_owned()));
    }
    (all, texts)
}
