//! `home.db` through its interface: durability, damage, versions, and two processes at once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lares_history::{DurableChange, HomeStore, HomeThread, OpenNote, Role, StoreError};
use lares_model::Moment;
use serde_json::json;

const NOW: i64 = 1_795_000_000_000;

fn open(file: &Path) -> (HomeStore, Vec<OpenNote>) {
    HomeStore::open(file, NOW).unwrap()
}

fn put(kind: &str, key: &str, body: &str) -> DurableChange {
    DurableChange { kind: kind.into(), key: key.into(), body: Some(body.into()) }
}

/// This test once more, in a process of its own.
fn again(test: &str, file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env("LARES_TEST_CHILD", file)
        .stdout(Stdio::piped())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}

fn as_child() -> Option<std::path::PathBuf> {
    std::env::var_os("LARES_TEST_CHILD").map(Into::into)
}

#[test]
fn rows_settings_and_the_clock_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("home.db");
    let (mut home, notes) = open(&file);
    assert_eq!((notes, home.load_clock().unwrap()), (vec![], None));
    let clock = Moment { mono: 5, utc: NOW };
    home.save(&[put("timer", "b", "2"), put("claim", "x", "1"), put("timer", "a", "1")], Some(clock))
        .unwrap();
    let gone = DurableChange { kind: "timer".into(), key: "a".into(), body: None };
    home.save(&[gone, put("timer", "b", "3")], None).unwrap();
    home.set("mqtt", &json!({"port": 1883})).unwrap();
    home.set("demo", &json!(true)).unwrap();
    assert!(home.unset("demo").unwrap());
    drop(home);

    let (home, notes) = open(&file);
    assert_eq!(notes, []);
    let rows: Vec<_> = home.load().unwrap().into_iter().map(|r| (r.kind, r.key, r.body)).collect();
    let want = [("claim", "x", "1"), ("timer", "b", "3")];
    assert_eq!(rows, want.map(|(kind, key, body)| (kind.into(), key.into(), body.into())));
    assert_eq!(home.load_clock().unwrap(), Some(clock));
    assert_eq!(home.get("mqtt").unwrap(), Some(json!({"port": 1883})));
    assert_eq!(home.get("demo").unwrap(), None);
}

#[cfg(unix)]
#[test]
fn nobody_else_on_the_machine_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (mut home, _) = open(&dir.path().join("home.db"));
    home.save(&[put("a", "b", "c")], None).unwrap();
    home.keep_copy().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    if let Some(file) = as_child() {
        let home = HomeThread::start(HomeStore::open(&file, NOW).unwrap().0).unwrap();
        for n in 0u64.. {
            let clock = Moment { mono: n, utc: NOW };
            home.save(vec![put("row", &n.to_string(), "{}"), put("last", "n", &n.to_string())], clock)
                .wait()
                .unwrap();
            println!("acknowledged {n}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("home.db");
    let mut start = 0;
    // Killed in the midst of writing, several times over the same file.
    for kill_after in [1u64, 40, 97] {
        let mut child = again("what_was_acknowledged_is_there_after_a_kill", &file);
        let mut acknowledged = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let Some((_, n)) = line.split_once("acknowledged ") else { continue };
            acknowledged = n.parse::<u64>().unwrap();
            if acknowledged >= kill_after {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(acknowledged >= kill_after);

        let (home, notes) = open(&file);
        assert_eq!(notes, []);
        let rows = home.load().unwrap();
        let last: u64 = rows.iter().find(|r| r.kind == "last").unwrap().body.parse().unwrap();
        assert!(last >= acknowledged, "{acknowledged} was acknowledged, {last} is there");
        let saved = rows.iter().filter(|r| r.kind == "row").count() as u64;
        assert!(saved > last.max(start), "{saved} rows up to {last}");
        assert_eq!(home.load_clock().unwrap().unwrap().mono, last);
        start = start.max(last);
    }
}

#[test]
fn a_token_made_by_another_process_counts_at_once() {
    if let Some(file) = as_child() {
        let home = HomeStore::open_beside(&file).unwrap();
        for n in 0..20u8 {
            home.token_add(&format!("phone {n}"), Role::Resident, &[n; 32], NOW).unwrap();
        }
        println!("added");
        std::io::stdout().flush().unwrap();
        std::io::stdin().read_line(&mut String::new()).unwrap();
        home.token_revoke("phone 7").unwrap();
        println!("revoked");
        std::process::exit(0);
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("home.db");
    let (mut home, _) = open(&file);
    let mut child = again("a_token_made_by_another_process_counts_at_once", &file);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The hub goes on saving all the while.
    for n in 0..50 {
        home.save(&[put("row", &n.to_string(), "{}")], None).unwrap();
    }
    assert!(lines.any(|line| line.unwrap().contains("added")));
    for n in 0..20u8 {
        let token = home.token_find(&[n; 32]).unwrap().unwrap();
        assert_eq!((token.name, token.role), (format!("phone {n}"), Role::Resident));
    }
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(lines.any(|line| line.unwrap().contains("revoked")));
    assert_eq!(home.token_find(&[7; 32]).unwrap(), None);
    assert_eq!(home.token_list().unwrap().len(), 19);
    assert!(child.wait().unwrap().success());
}

#[test]
fn tokens_are_unique_and_their_use_is_kept_to_the_minute() {
    let dir = tempfile::tempdir().unwrap();
    let (home, _) = open(&dir.path().join("home.db"));
    home.token_add("phone", Role::Viewer, &[1; 32], NOW).unwrap();
    for hash in [[1; 32], [2; 32]] {
        let twice = home.token_add("phone", Role::Admin, &hash, NOW);
        assert!(matches!(twice, Err(StoreError::TokenExists(name)) if name == "phone"));
    }
    assert!(matches!(home.token_revoke("tablet"), Err(StoreError::NoSuchToken(_))));
    for (used, kept) in [(0, 0), (59_999, 0), (60_000, 60_000), (10, 10)] {
        home.token_used(&[1; 32], NOW + used).unwrap();
        assert_eq!(home.token_list().unwrap()[0].last_used, Some(NOW + kept));
    }
    home.token_used(&[9; 32], NOW).unwrap();
    assert_eq!(home.token_list().unwrap()[0].role, Role::Viewer);
}

/// Overwrites the middle of a file.
fn damage(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let (start, end) = (bytes.len() / 4, bytes.len());
    bytes[start..end].fill(0xa5);
    std::fs::write(file, bytes).unwrap();
}

fn filled(file: &Path) -> HomeStore {
    let (mut home, _) = open(file);
    let rows: Vec<_> = (0..500).map(|n| put("row", &n.to_string(), &"x".repeat(100))).collect();
    home.save(&rows, None).unwrap();
    home
}

#[test]
fn a_damaged_file_is_kept_aside_and_the_last_good_copy_takes_its_place() {
    for harm in ["damage", "garbage", "empty", "missing"] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("home.db");
        let mut home = filled(&file);
        home.keep_copy().unwrap();
        home.save(&[put("row", "after the copy", "{}")], None).unwrap();
        drop(home);
        match harm {
            "damage" => damage(&file),
            "garbage" => std::fs::write(&file, "This is no database at all. ".repeat(200)).unwrap(),
            "empty" => std::fs::write(&file, "").unwrap(),
            _ => std::fs::remove_file(&file).unwrap(),
        }
        let harmed = std::fs::read(&file).ok();

        let (home, notes) = open(&file);
        assert_eq!(home.load().unwrap().len(), 500, "{harm}");
        assert!(
            notes.iter().any(|note| matches!(note, OpenNote::Restored { made_at: Some(_), .. })),
            "{harm}"
        );
        // Nothing is lost: the damaged file is as it was, under another name.
        let aside = notes.iter().find_map(|note| match note {
            OpenNote::SetAside { to, .. } => Some(std::fs::read(to).unwrap()),
            _ => None,
        });
        assert_eq!(aside, harmed, "{harm}");
        drop(home);
        assert_eq!(open(&file).1, [], "it is told of once");
    }
}

#[test]
fn without_a_usable_copy_the_home_begins_empty_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("home.db");
    drop(filled(&file));
    damage(&file);
    let (home, notes) = open(&file);
    assert_eq!(home.load().unwrap(), []);
    assert!(matches!(&notes[..], [OpenNote::SetAside { .. }, OpenNote::StartedEmpty { .. }]), "{notes:?}");
    drop(home);

    // Twice within the same second, and with a copy that is damaged as well.
    let home = filled(&file);
    home.keep_copy().unwrap();
    drop(home);
    damage(&file);
    damage(&dir.path().join("home.db.good"));
    let (home, notes) = open(&file);
    assert_eq!(home.load().unwrap(), []);
    let told: Vec<_> = notes.iter().map(ToString::to_string).collect();
    assert!(told[0].contains("home.db.corrupt-20261118T") && told[0].contains("-2."), "{told:?}");
    assert!(matches!(&notes[1], OpenNote::CopyUnusable { copy, .. } if copy.exists()), "{told:?}");
}

#[test]
fn a_damaged_file_never_replaces_the_good_copy() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("home.db");
    let home = filled(&file);
    home.keep_copy().unwrap();
    drop(home);
    damage(&file);
    let home = HomeStore::open_beside(&file).unwrap();
    assert!(home.keep_copy().is_err());
    drop(home);
    assert_eq!(open(&file).0.load().unwrap().len(), 500);
}

#[test]
fn a_file_of_a_newer_lares_or_of_another_program_is_not_touched() {
    for (harm, text) in [
        ("PRAGMA user_version = 99", "written by a newer Lares (schema 99, this one knows 1)"),
        ("PRAGMA application_id = 7", "is a database, but not one of Lares"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("home.db");
        drop(filled(&file));
        rusqlite::Connection::open(&file).unwrap().execute_batch(harm).unwrap();
        let before = std::fs::read(&file).unwrap();
        let opened = HomeStore::open(&file, NOW).map(|_| ()).unwrap_err();
        assert!(opened.to_string().contains(text), "{opened}");
        assert!(matches!(opened, StoreError::NewerSchema { .. } | StoreError::Foreign { .. }));
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
}

#[test]
fn saves_are_put_together_and_calls_see_what_was_saved_before() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("home.db");
    let home = HomeThread::start(open(&file).0).unwrap();
    let replies: Vec<_> = (0..200u64)
        .map(|n| {
            home.save(vec![put("row", &(n % 50).to_string(), &n.to_string())], Moment { mono: n, utc: 0 })
        })
        .collect();
    let rows = home.call(|store| store.load()).wait().unwrap();
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().all(|row| row.body.parse::<u64>().unwrap() >= 150));
    replies.into_iter().for_each(|reply| reply.wait().unwrap());
    drop(home);
    let (home, _) = open(&file);
    assert_eq!(home.load_clock().unwrap().unwrap().mono, 199);
}

#[test]
fn a_job_that_panics_turns_later_callers_away_instead_of_hanging_them() {
    let dir = tempfile::tempdir().unwrap();
    let home = HomeThread::start(open(&dir.path().join("home.db")).0).unwrap();
    let panicked = home.call(|_| -> Result<(), StoreError> { panic!("on purpose") });
    assert!(matches!(panicked.wait(), Err(StoreError::Closed)));
    // The reply above may come before the thread is gone; this one comes in any case.
    assert!(matches!(home.save(vec![], Moment::default()).wait(), Err(StoreError::Closed)));
}
