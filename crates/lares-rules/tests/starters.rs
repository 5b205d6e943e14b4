//! The starter files: they load without a word of complaint, and stay harmless when cut off at any byte.

mod common;

use lares_rules::catalog::{HomeCatalog, infer};
use lares_rules::program::RuleStatus;
use lares_rules::{SourceFile, check_syntax, load};

const STARTERS: [(&str, &str); 3] = [
    ("motion-light.yaml", include_str!("../../../automations/motion-light.yaml")),
    ("cool-the-rack.yaml", include_str!("../../../automations/cool-the-rack.yaml")),
    ("leak-alarm.yaml", include_str!("../../../automations/leak-alarm.yaml")),
];

fn starters() -> Vec<SourceFile> {
    STARTERS.iter().map(|(name, text)| SourceFile { name: (*name).into(), text: (*text).into() }).collect()
}

#[test]
fn the_starter_files_load_without_a_complaint_in_a_guessed_home() {
    let files = starters();
    let loaded = load(&files, &infer(&files));
    let told: Vec<String> = loaded.diagnostics.iter().map(lares_rules::diagnostic::render::text).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert_eq!(loaded.rules.rules.len(), 4);
    assert_eq!(loaded.tests.len(), 10);
    for (id, entry) in &loaded.rules.rules {
        assert!(matches!(entry.status, RuleStatus::Ready(_)), "{id}: {:?}", entry.status);
    }
    assert!(files.iter().all(|file| check_syntax(file).is_empty()));
}

#[test]
fn each_starter_file_also_loads_alone() {
    for file in starters() {
        let files = [file];
        let loaded = load(&files, &infer(&files));
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    }
}

#[test]
fn rules_wait_until_the_devices_are_listed_and_are_errors_then() {
    let mut empty = HomeCatalog::default();
    let loaded = load(&starters(), &empty);
    for (id, entry) in &loaded.rules.rules {
        let waits = matches!(entry.status, RuleStatus::Waiting { .. });
        // The leak alarm names a selector only beside the valve, so it waits, too.
        assert!(waits, "{id}: {:?}", entry.status);
    }
    assert!(!loaded.has_errors());
    empty.complete = true;
    let loaded = load(&starters(), &empty);
    assert!(loaded.rules.rules.values().all(|entry| matches!(entry.status, RuleStatus::Broken { .. })));
}

#[test]
fn a_file_cut_off_at_any_byte_gives_places_and_never_a_panic() {
    let all = starters();
    let catalog = infer(&all);
    for file in &all {
        for end in (0..file.text.len()).filter(|end| file.text.is_char_boundary(*end)) {
            let cut = SourceFile { name: file.name.clone(), text: file.text[..end].to_owned() };
            let lines = u32::try_from(cut.text.lines().count()).expect("a short file") + 1;
            for diagnostic in load(std::slice::from_ref(&cut), &catalog).diagnostics {
                let span = diagnostic.span;
                assert!(span.line >= 1 && span.column >= 1 && span.line <= lines, "{end}: {diagnostic:?}");
                assert!(
                    (span.line, span.column) <= (span.end_line, span.end_column),
                    "{end}: {diagnostic:?}"
                );
                assert!(!diagnostic.message.is_empty());
            }
        }
    }
}

#[test]
fn hostile_files_are_refused_without_delay() {
    let catalog = common::home();
    let name = "x".repeat(1_000_000);
    let deep = "- ".repeat(10_000);
    for text in [
        format!("rules:\n  - name: {name}\n    while: {name}\n    hold: {{ {name}: on }}\n"),
        format!("rules: {}", "[".repeat(10_000)),
        format!("rules:\n  {deep}x"),
        format!(
            "rules:\n  - name: a\n    while: {}\n    hold: {{ hall_light.state: on }}",
            "(".repeat(9_999)
        ),
        format!("rules:\n{}", "  - {}\n".repeat(20_000)),
        "a: &a [1]\nb: [*a, *a]".into(),
        "\u{feff}rules:\n\t- x".into(),
        "\0\u{1}\u{fffd}".into(),
        "rules: {{{{".into(),
    ] {
        let files = [SourceFile { name: "hostile.yaml".into(), text }];
        let loaded = load(&files, &catalog);
        assert!(loaded.has_errors());
        assert!(loaded.diagnostics.len() <= 201);
        for diagnostic in &loaded.diagnostics {
            assert!(diagnostic.span.line >= 1 && diagnostic.span.column >= 1);
            assert!(diagnostic.message.len() < 400 && diagnostic.source_line.chars().count() <= 200);
        }
        let _ = infer(&files);
        let _ = check_syntax(&files[0]);
    }
}

#[test]
fn a_file_with_random_damage_never_panics() {
    const PIECES: [&str; 16] = [
        "(",
        ")",
        "[",
        "{",
        "}",
        ":",
        " ",
        "\n",
        "\t",
        "\"",
        "'",
        "- ",
        "°",
        "= ",
        " for 1m",
        "999999999999999999h",
    ];
    let catalog = infer(&starters());
    // SplitMix64: the same damage on every machine.
    let mut state = 7_u64;
    let mut below = |n: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).expect("below n")
    };
    for round in 0..600 {
        let mut chars: Vec<char> = STARTERS[round % 3].1.chars().collect();
        for _ in 0..=below(3) {
            let (at, other) = (below(chars.len()), below(chars.len()));
            match below(3) {
                0 => drop(chars.remove(at)),
                1 => chars.swap(at, other),
                _ => drop(chars.splice(at..at, PIECES[below(PIECES.len())].chars()).count()),
            }
        }
        let files = [SourceFile { name: "damaged.yaml".into(), text: chars.into_iter().collect() }];
        for diagnostic in load(&files, &catalog).diagnostics {
            assert!(diagnostic.span.line >= 1 && diagnostic.span.column >= 1, "{diagnostic:?}");
        }
        let _ = (infer(&files), check_syntax(&files[0]));
    }
}
