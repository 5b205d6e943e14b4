//! The thread of `history.db`: it loses little to a kill, and nothing to a disk that is full for a while.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::{entry, number};
use lares_history::{
    ChangeFilter, History, HistoryReader, HistoryState, HistoryWriter, JournalFilter, OpenNote, Recorded,
    Retention, StoreError, WriterOptions,
};
use lares_model::{JournalKind, PropertyKey};
use rusqlite::Connection;

fn key() -> PropertyKey {
    PropertyKey::new("zigbee:0x01", "temperature")
}

fn start(file: &Path, options: WriterOptions) -> HistoryWriter {
    HistoryWriter::start(file, options).unwrap()
}

/// Does nothing by itself, so that a test decides when.
fn patient() -> WriterOptions {
    let hour = Duration::from_secs(3600);
    WriterOptions { batch: hour, sync: hour, retry: hour, ..WriterOptions::default() }
}

fn recorded(reader: &HistoryReader) -> Vec<i64> {
    let mut at: Vec<_> =
        reader.changes(&ChangeFilter::All, None, 99_999).unwrap().iter().map(|c| c.place.t).collect();
    at.reverse();
    at
}

#[test]
fn rows_come_to_the_file_in_their_order_and_in_batches() {
    let dir = tempfile::tempdir().unwrap();
    let writer = start(&dir.path().join("history.db"), patient());
    writer.record_all((0..1200).map(|n| number(n, &key(), 1.0)));
    writer.record(entry(1200, JournalKind::Home, "done"));
    writer.flush().unwrap();
    assert_eq!(recorded(&writer.reader()), (0..1200).collect::<Vec<_>>());
    assert_eq!(writer.reader().journal(&JournalFilter::default(), 9).unwrap().len(), 1);
    let health = writer.health();
    assert_eq!((health.state, health.queued, health.recorded), (HistoryState::Working, 0, 1201));
    assert!(health.bytes > 0);
}

#[test]
fn a_writer_that_is_stopped_or_dropped_records_what_waits() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.db");
    let writer = start(&file, patient());
    writer.record_all((0..700).map(|n| number(n, &key(), 1.0)));
    drop(writer);
    let writer = start(&file, patient());
    writer.record(number(700, &key(), 2.0));
    writer.stop().unwrap();
    assert_eq!(recorded(&HistoryReader::new(&file)).len(), 701);
}

#[test]
fn a_row_that_is_waited_for_is_in_the_file_with_all_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let writer = start(&dir.path().join("history.db"), patient());
    writer.record_all((0..10).map(|n| number(n, &key(), 1.0)));
    writer.record_acknowledged(number(10, &key(), 1.0)).wait().unwrap();
    assert_eq!(recorded(&writer.reader()).len(), 11);
}

#[test]
fn a_row_is_waited_for_but_not_for_long_while_another_process_holds_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.db");
    let writer = start(&file, patient());
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(writer.record_now(number(1, &key(), 1.0)), Recorded::NotYet);
    // Far from the five seconds for which the writer itself is patient.
    assert!(begun.elapsed() < Duration::from_secs(3));
    // Reading goes on meanwhile.
    assert!(recorded(&writer.reader()).is_empty());
    other.execute_batch("ROLLBACK").unwrap();
    writer.flush().unwrap();
    assert_eq!(recorded(&writer.reader()), [1]);
}

#[test]
fn a_full_disk_delays_nobody_and_what_fits_in_memory_is_recorded_later() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.db");
    let size = History::open(&file, 0).unwrap().0.bytes().unwrap();
    let full = WriterOptions { rows_max: 1000, bytes_max: Some(size + 5 * 4096), ..patient() };
    let writer = start(&file, full);
    for n in 0..10_000 {
        writer.record(number(n, &key(), 1.0));
    }
    assert!(matches!(writer.flush(), Err(StoreError::DiskFull | StoreError::Overloaded)));
    let flushed = writer.flush();
    assert!(matches!(flushed, Err(StoreError::DiskFull)), "{flushed:?}");
    let health = writer.health();
    assert!(matches!(&health.state, HistoryState::Failing { reason, .. } if reason == "the disk is full"));
    assert_eq!(writer.record_now(number(10_000, &key(), 1.0)), Recorded::NotYet);
    let health = writer.health();
    assert_eq!(health.queued as u64 + health.recorded + health.dropped, 10_001);
    assert!(health.queued <= 1000 && health.dropped > 0, "{health:?}");
    // What is recorded and what waits is each in order, and the newest is among what waits.
    let before = recorded(&writer.reader());
    assert!(before.is_sorted());

    // Room again: pruning makes it.
    let mut tries = 0;
    while let Err(error) = writer.flush() {
        writer.prune(10_001, Retention { keep_ms: 0, max_bytes: u64::MAX });
        assert!(matches!(error, StoreError::DiskFull), "{error}");
        tries += 1;
        assert!(tries < 1000, "{:?}", writer.health());
    }
    let health = writer.health();
    assert_eq!((health.state, health.queued), (HistoryState::Working, 0));
    assert_eq!(recorded(&writer.reader()).last(), Some(&10_000));
}

#[test]
fn a_file_that_is_damaged_while_it_is_open_is_replaced_and_rows_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.db");
    let writer = start(&file, WriterOptions { retry: Duration::from_millis(1), ..patient() });
    writer.record_all((0..3000).map(|n| number(n, &key(), 1.0)));
    writer.flush().unwrap();
    let reader = writer.reader();
    assert_eq!(recorded(&reader).len(), 3000);
    // Another process makes a mess of it: the log goes into the file, and then its pages are overwritten.
    let other = Connection::open(&file).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(other);
    let size = std::fs::metadata(&file).unwrap().len();
    let mess = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    for page in 1..size / 4096 {
        write_at(&mess, page * 4096, &[0xff; 4096]);
    }
    // Enough for the writer to leave the pages that it has in memory.
    let mut tries = 0;
    while writer.health().notes.is_empty() {
        writer.record_all((0..5000).map(|n| number(10_000 + n, &PropertyKey::new("a", n.to_string()), 1.0)));
        // The batch that meets the damage is refused once and then goes into the new file.
        _ = writer.flush();
        tries += 1;
        assert!(tries < 100, "{:?}", writer.health());
    }
    writer.record(number(99_999, &key(), 1.0));
    writer.flush().unwrap();
    let notes = writer.health().notes;
    assert!(
        matches!(&notes[..], [OpenNote::SetAside { to, .. }, OpenNote::StartedEmpty { .. }] if to.exists())
    );
    // The reader from before answers from the new file.
    assert_eq!(recorded(&reader).last(), Some(&99_999));
    assert!(!recorded(&reader).contains(&1));
}

fn write_at(file: &std::fs::File, at: u64, bytes: &[u8]) {
    use std::io::{Seek, SeekFrom, Write};
    let mut file = file;
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn a_file_that_cannot_be_opened_yet_keeps_rows_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("later/history.db");
    let writer = start(&file, patient());
    writer.record(number(1, &key(), 1.0));
    assert!(writer.flush().is_err());
    assert!(matches!(writer.health().state, HistoryState::Failing { .. }));
    std::fs::create_dir(dir.path().join("later")).unwrap();
    writer.flush().unwrap();
    assert_eq!(recorded(&writer.reader()), [1]);
}

#[test]
fn forgetting_a_device_takes_what_still_waits_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let writer = start(&dir.path().join("history.db"), patient());
    writer.record_all((0..2500).map(|n| number(n, &key(), 1.0)));
    let forgotten = writer.forget(key().device);
    writer.record(number(9000, &key(), 1.0));
    forgotten.wait().unwrap();
    writer.flush().unwrap();
    // What came later may have gone with it, or have come too late for that.
    assert!(recorded(&writer.reader()).iter().all(|at| *at == 9000));
}

#[test]
fn whoever_waits_for_forgetting_hears_that_the_file_takes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let writer = start(&dir.path().join("later").join("history.db"), WriterOptions::default());
    assert!(writer.forget(key().device).wait().is_err());
    std::fs::create_dir(dir.path().join("later")).unwrap();
    writer.flush().unwrap();
    writer.forget(key().device).wait().unwrap();
}

fn utc() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[test]
fn a_kill_takes_at_most_a_second_of_history() {
    if let Some(file) = std::env::var_os("LARES_TEST_CHILD") {
        let writer = start(Path::new(&file), WriterOptions::default());
        for n in 0u32.. {
            let now = utc();
            writer.record(number(now, &key(), f64::from(n)));
            println!("given {n} {now}");
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["a_kill_takes_at_most_a_second_of_history", "--exact", "--nocapture", "--test-threads=1"])
        .env("LARES_TEST_CHILD", &file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut given: Vec<(u32, i64)> = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some((_, row)) = line.split_once("given ") else { continue };
        let (n, at) = row.split_once(' ').unwrap();
        given.push((n.parse().unwrap(), at.parse().unwrap()));
        if given[given.len() - 1].1 - given[0].1 > 1300 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let (history, notes) = History::open(&file, 0).unwrap();
    assert_eq!(notes, []);
    let reader = HistoryReader::new(&file);
    let kept = reader.changes(&ChangeFilter::All, None, 99_999).unwrap();
    let last = given.last().unwrap();
    let due = given.iter().filter(|(_, at)| *at <= last.1 - 1000).count();
    assert!(due > 0, "{given:?}");
    assert!(kept.len() >= due, "{} of {due} due rows are there", kept.len());
    // And no holes: what is there is the beginning of what was given.
    for (n, change) in (0u32..).zip(kept.iter().rev()) {
        assert_eq!(change.to.as_ref().unwrap().as_number(), Some(f64::from(n)));
    }
    drop(history);
}
