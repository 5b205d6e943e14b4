//! `history.db` through its interface: what was recorded comes back, in few points, with causes, and bounded.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{change, entry, number, reported};
use lares_history::{
    ChangeFilter, History, HistoryReader, HistoryRow, JournalFilter, OpenNote, Place, Retention, Series,
    StoreError,
};
use lares_model::{Cause, CauseLink, Change, JournalEntry, JournalKind, PropertyKey, Value};
use tempfile::TempDir;

const NOW: i64 = 1_795_000_000_000;
const HOUR: i64 = 3_600_000;

struct Opened {
    dir: TempDir,
    history: History,
    reader: HistoryReader,
}

fn open() -> Opened {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.db");
    let (history, notes) = History::open(&file, NOW).unwrap();
    assert_eq!(notes, []);
    Opened { dir, history, reader: HistoryReader::new(&file) }
}

fn key(n: usize) -> PropertyKey {
    PropertyKey::new(format!("zigbee:0x{n:016x}"), "temperature")
}

#[test]
fn a_change_comes_back_with_its_cause_and_what_it_came_from() {
    let Opened { mut history, reader, dir: _dir } = open();
    let lamp = PropertyKey::new("demo:lamp", "state");
    let sensor = PropertyKey::new("demo:motion", "motion");
    let by_rule = reported(&sensor, &Value::Binary(true)).then(CauseLink::Rule {
        rule: "hall".into(),
        name: "Hall".into(),
        because: "motion".into(),
        run: None,
    });
    let unknown = Change {
        device: lamp.device.clone(),
        property: lamp.property.clone(),
        from: Some(Value::Switch(true)),
        to: None,
        cause: Cause::new(CauseLink::Restored { what: "the hub".into() }),
    };
    let on = Change {
        from: Some(Value::Switch(false)),
        to: Some(Value::Switch(true)),
        cause: by_rule.clone(),
        ..unknown.clone()
    };
    history
        .record(&[
            change(10, &lamp, None, Value::Switch(false)),
            change(20, &sensor, None, Value::Binary(true)),
            HistoryRow::change(20, 42, on),
            HistoryRow::change(30, 43, unknown),
        ])
        .unwrap();

    let all = reader.changes(&ChangeFilter::All, None, 10).unwrap();
    let brief: Vec<_> =
        all.iter().map(|c| (c.place.t, c.key.to_string(), c.from.clone(), c.to.clone())).collect();
    let (on, off) = (Some(Value::Switch(true)), Some(Value::Switch(false)));
    assert_eq!(
        brief,
        [
            (30, "demo:lamp/state".into(), on.clone(), None),
            (20, "demo:lamp/state".into(), off.clone(), on.clone()),
            (20, "demo:motion/motion".into(), None, Some(Value::Binary(true))),
            (10, "demo:lamp/state".into(), None, off.clone()),
        ]
    );
    assert_eq!((all[1].seq, &all[1].cause), (42, &by_rule));

    // "Why was the lamp on at 25?"
    let at = reader.at(&lamp, 25).unwrap().unwrap();
    assert_eq!((at.value, at.cause, at.changed_at, at.seq), (on, by_rule, 20, 42));
    assert_eq!(reader.at(&lamp, 10).unwrap().unwrap().value, off);
    assert_eq!(reader.latest_before(&lamp, 10).unwrap(), None);
    assert_eq!(reader.at(&PropertyKey::new("no", "such"), 10).unwrap(), None);

    let last = reader.last_values().unwrap();
    assert_eq!(
        last.iter().map(|l| (l.value.clone(), l.changed_at)).collect::<Vec<_>>(),
        [(None, 30), (Some(Value::Binary(true)), 20)]
    );
}

#[test]
fn pages_of_changes_follow_each_other_without_gap_or_repetition() {
    let Opened { mut history, reader, dir: _dir } = open();
    // Many in the same millisecond, on two properties of one device and on another device.
    let keys = [PropertyKey::new("a", "x"), PropertyKey::new("a", "y"), PropertyKey::new("b", "x")];
    let rows: Vec<_> =
        (0u32..90).map(|n| number(i64::from(n / 30), &keys[n as usize % 3], f64::from(n))).collect();
    history.record(&rows).unwrap();
    for (filter, want) in [
        (ChangeFilter::All, (0u32..90).rev().collect::<Vec<_>>()),
        (ChangeFilter::Device("a".into()), (0..90).rev().filter(|n| n % 3 != 2).collect()),
        (ChangeFilter::Key(keys[2].clone()), (0..90).rev().filter(|n| n % 3 == 2).collect()),
        (ChangeFilter::Device("c".into()), vec![]),
    ] {
        let (mut got, mut before) = (Vec::new(), None);
        loop {
            let page = reader.changes(&filter, before, 7).unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.place);
            got.extend(page.iter().map(|c| c.to.as_ref().unwrap().as_number().unwrap()));
        }
        assert_eq!(got, want.into_iter().map(f64::from).collect::<Vec<_>>(), "{filter:?}");
    }
}

#[test]
fn what_a_change_came_from_is_exact_even_over_gaps_and_clocks_set_back() {
    let Opened { mut history, reader, dir } = open();
    let k = key(1);
    let rows =
        [(10, None, 1.0), (20, Some(1.0), 2.0), (30, Some(7.0), 3.0), (15, Some(3.0), 4.0), (40, None, 5.0)];
    let row =
        |&(t, from, to): &(i64, Option<f64>, f64)| change(t, &k, from.map(Value::Number), Value::Number(to));
    history.record(&rows.iter().map(row).collect::<Vec<_>>()).unwrap();
    drop(history);
    // The next run goes on where this one ended.
    let (mut history, _) = History::open(&dir.path().join("history.db"), NOW).unwrap();
    let more = [(50, Some(5.0), 6.0), (5, Some(6.0), 8.0)];
    history.record(&more.iter().map(row).collect::<Vec<_>>()).unwrap();

    let mut got = reader.changes(&ChangeFilter::Key(k), None, 99).unwrap();
    got.sort_by_key(|c| c.place.n);
    let as_number = |v: &Option<Value>| v.as_ref().and_then(Value::as_number);
    let got: Vec<_> =
        got.iter().map(|c| (c.place.t, as_number(&c.from), as_number(&c.to).unwrap())).collect();
    assert_eq!(got, rows.iter().chain(&more).copied().collect::<Vec<_>>());
}

#[test]
fn a_series_begins_with_the_value_in_force_and_becomes_buckets_when_it_is_long() {
    let Opened { mut history, reader, dir: _dir } = open();
    let k = key(1);
    history.record(&[number(0, &k, 10.0), number(150, &k, 20.0), number(180, &k, 30.0)]).unwrap();
    let samples = |from, to, points| -> Vec<(i64, f64)> {
        match reader.series(&k, from, to, points).unwrap() {
            Series::Samples(s) => {
                s.iter().map(|s| (s.t, s.value.as_ref().unwrap().as_number().unwrap())).collect()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(samples(100, 200, 3), [(100, 10.0), (150, 20.0), (180, 30.0)]);
    assert_eq!(samples(150, 180, 3), [(150, 20.0), (180, 30.0)]);
    assert_eq!(samples(500, 600, 3), [(500, 30.0)]);
    assert_eq!(samples(-10, -1, 3), []);
    assert_eq!(samples(-10, 5, 3), [(0, 10.0)]);
    // A range the wrong way round is the point at its beginning.
    assert_eq!(samples(100, 50, 3), [(100, 10.0)]);
    let Series::Buckets(buckets) = reader.series(&k, 100, 200, 2).unwrap() else { panic!("too many") };
    let brief: Vec<_> = buckets.iter().map(|b| (b.t, b.min, b.mean, b.max, b.n)).collect();
    assert_eq!(brief, [(100, 10.0, 10.0, 10.0, 0), (150, 20.0, 24.0, 30.0, 2)]);
}

#[test]
fn words_are_thinned_to_the_last_of_each_stretch() {
    let Opened { mut history, reader, dir: _dir } = open();
    let k = PropertyKey::new("demo:valve", "hvac_mode");
    let rows: Vec<_> = (0..100).map(|n| change(n * 10, &k, None, Value::word(format!("m{n}")))).collect();
    history.record(&rows).unwrap();
    let Series::Thinned(points) = reader.series(&k, 5, 1000, 6).unwrap() else { panic!("too many") };
    let brief: Vec<_> = points.iter().map(|p| (p.t, p.value.as_ref().unwrap().to_string(), p.n)).collect();
    assert_eq!(brief.len(), 6);
    assert_eq!(brief[0], (5, "m0".into(), 0));
    assert_eq!(brief[1], (200, "m20".into(), 20));
    assert_eq!(brief[5], (990, "m99".into(), 19));
    assert_eq!(brief.iter().map(|p| p.2).sum::<u64>(), 99);
    // A series that was of numbers once is thinned too: a mean of words means nothing.
    let mixed = key(3);
    let rows: Vec<_> = (0..50).map(|n| number(n, &mixed, 1.0)).collect();
    history.record(&rows).unwrap();
    history.record(&[change(60, &mixed, None, Value::text("?"))]).unwrap();
    assert!(matches!(reader.series(&mixed, 0, 100, 10).unwrap(), Series::Thinned(p) if p.len() <= 10));
}

#[test]
fn the_journal_is_filtered_and_paged_newest_first() {
    let Opened { mut history, reader, dir: _dir } = open();
    let full = JournalEntry {
        kind: JournalKind::RuleRan,
        text: "Hall ran.".into(),
        device: Some("demo:lamp".into()),
        property: Some("state".into()),
        rule: Some("hall".into()),
        cause: Cause::new(CauseLink::Person { name: "Ada".into() }),
    };
    history
        .record(&[
            entry(1, JournalKind::Home, "started"),
            HistoryRow::journal(2, 9, full.clone()),
            entry(2, JournalKind::Notify, "Leak"),
            number(2, &key(1), 1.0),
            entry(3, JournalKind::Home, "rules loaded"),
        ])
        .unwrap();
    let texts = |filter: JournalFilter, limit| -> Vec<String> {
        reader.journal(&filter, limit).unwrap().into_iter().map(|row| row.entry.text).collect()
    };
    let any = JournalFilter::default;
    assert_eq!(texts(any(), 9), ["rules loaded", "Leak", "Hall ran.", "started"]);
    let kinds = vec![JournalKind::Home, JournalKind::Notify];
    assert_eq!(texts(JournalFilter { kinds, ..any() }, 2), ["rules loaded", "Leak"]);
    assert_eq!(texts(JournalFilter { before: Some(Place::from(2)), ..any() }, 9), ["started"]);
    for filter in [
        JournalFilter { device: Some("demo:lamp".into()), ..any() },
        JournalFilter { rule: Some("hall".into()), ..any() },
    ] {
        let rows = reader.journal(&filter, 9).unwrap();
        assert_eq!((rows.len(), rows[0].seq, &rows[0].entry), (1, 9, &full));
    }
    assert_eq!(texts(JournalFilter { rule: Some("other".into()), ..any() }, 9), Vec::<String>::new());
}

#[test]
fn pruning_by_age_keeps_what_was_in_force_at_the_bound() {
    let Opened { mut history, reader, dir: _dir } = open();
    let (chatty, idle) = (key(1), PropertyKey::new("demo:lamp", "state"));
    history.record(&[change(NOW - 500 * HOUR, &idle, None, Value::Switch(true))]).unwrap();
    let rows: Vec<_> = (0u32..6000)
        .map(|n| {
            let value = |n: Option<u32>| n.map(|n| Value::Number(f64::from(n)));
            let t = NOW - HOUR * 100 + i64::from(n) * 60_000;
            change(t, &chatty, value(n.checked_sub(1)), Value::Number(f64::from(n)))
        })
        .chain((0..100).map(|n| entry(NOW - HOUR * n, JournalKind::Home, "x")))
        .collect();
    history.record(&rows).unwrap();
    let keep = Retention { keep_ms: 10 * HOUR, max_bytes: u64::MAX };
    let mut slices = 0;
    while !history.prune(NOW, &keep).unwrap().done {
        slices += 1;
        assert!(slices < 100);
    }
    assert!(slices > 3, "it is done in slices");
    // 600 minutes within the bound, and the one in force at it.
    let left = reader.changes(&ChangeFilter::Key(chatty.clone()), None, 9999).unwrap();
    assert_eq!(left.len(), 601);
    assert_eq!(left[600].place.t, NOW - 10 * HOUR - 60_000);
    assert_eq!(left[599].from, left[600].to);
    assert_eq!(reader.journal(&JournalFilter::default(), 999).unwrap().len(), 11);
    // "Why is the lamp on?" has its answer still.
    let why = reader.at(&idle, NOW).unwrap().unwrap();
    assert_eq!((why.changed_at, why.value), (NOW - 500 * HOUR, Some(Value::Switch(true))));
    // An hour later what was kept for being the newest has become old.
    let more = history.prune(NOW + HOUR, &keep).unwrap();
    assert_eq!(more.rows, 61);
}

#[test]
fn pruning_by_size_takes_the_oldest_first_and_gives_the_space_back() {
    let Opened { mut history, reader, dir } = open();
    let keys: Vec<_> = (0..20).map(key).collect();
    for chunk in 0..20i64 {
        let row = |n: i64| number(NOW + chunk * 1000 + n, &keys[n.unsigned_abs() as usize % 20], 0.1);
        history.record(&(0..1000).map(row).collect::<Vec<_>>()).unwrap();
    }
    let before = history.bytes().unwrap();
    let keep = Retention { keep_ms: HOUR, max_bytes: before / 2 };
    while !history.prune(NOW + 20_000, &keep).unwrap().done {}
    let after = history.bytes().unwrap();
    assert!(after <= before / 2 && after > before / 4, "{before} → {after}");
    let left = reader.changes(&ChangeFilter::All, None, 99_999).unwrap();
    assert!(left.len() > 5000 && left.len() < 12_000, "{}", left.len());
    assert_eq!(left[0].place.t, NOW + 19_999);
    let newest_gone = NOW + 20_000 - left.len() as i64 - 40;
    assert!(left.iter().all(|c| c.place.t > newest_gone - 1000));
    // The writer last: a reader may not fold the log into the file.
    drop((reader, history));
    let on_disk = std::fs::metadata(dir.path().join("history.db")).unwrap().len();
    assert!(on_disk <= before / 2, "{on_disk} of {before} is still taken");
}

#[test]
fn a_forgotten_device_leaves_nothing_behind_and_can_come_back() {
    let Opened { mut history, reader, dir: _dir } = open();
    let (gone, stays) = (PropertyKey::new("demo:lamp", "power"), key(1));
    let rows: Vec<_> = (0..2500).flat_map(|n| [number(n, &gone, 1.0), number(n, &stays, 2.0)]).collect();
    history.record(&rows).unwrap();
    while !history.forget(&gone.device).unwrap().done {}
    assert_eq!(reader.last_values().unwrap().len(), 1);
    assert_eq!(reader.changes(&ChangeFilter::All, None, 9999).unwrap().len(), 2500);
    history.record(&[number(9000, &gone, 3.0)]).unwrap();
    let back = reader.changes(&ChangeFilter::Device(gone.device), None, 9).unwrap();
    assert_eq!((back.len(), &back[0].from), (1, &None));
}

#[test]
fn a_batch_that_fails_leaves_no_trace_and_can_be_given_again() {
    let Opened { mut history, reader, dir: _dir } = open();
    history.record(&[number(1, &key(1), 1.0)]).unwrap();
    history.limit_bytes(history.bytes().unwrap()).unwrap();
    let rows: Vec<_> = (2i32..3000).map(|n| number(i64::from(n), &key(2), f64::from(n))).collect();
    assert!(matches!(history.record(&rows), Err(StoreError::DiskFull)));
    assert_eq!(reader.last_values().unwrap().len(), 1);
    history.limit_bytes(1 << 30).unwrap();
    history.record(&rows).unwrap();
    let all = reader.changes(&ChangeFilter::All, None, 9999).unwrap();
    assert_eq!((all.len(), all[0].place.n), (2999, 2999));
}

#[test]
fn a_sample_of_a_chatty_sensor_is_small_and_a_day_of_it_is_read_by_its_key_alone() {
    let Opened { mut history, reader, dir } = open();
    let keys: Vec<_> = (0..10).map(key).collect();
    let empty = history.bytes().unwrap();
    let mut last = [None; 10];
    for minute in 0..100u32 {
        let rows: Vec<_> = (0..300u32)
            .map(|n| {
                let (series, value) = ((n % 10) as usize, f64::from(n * 7919 % 400 + minute) / 10.0);
                let from = last[series].replace(value).map(Value::Number);
                change(NOW + i64::from(minute * 300 + n) * 200, &keys[series], from, Value::Number(value))
            })
            .collect();
        history.record(&rows).unwrap();
    }
    let each = (history.bytes().unwrap() - empty) as f64 / 30_000.0;
    println!("{each:.1} bytes a sample");
    assert!(each < 75.0, "{each:.1} bytes a sample");
    let Series::Buckets(buckets) = reader.series(&keys[0], NOW, NOW + 6_000_000, 300).unwrap() else {
        panic!("3,000 samples are more than 300 points")
    };
    assert_eq!((buckets.len(), buckets.iter().map(|b| b.n).sum::<u64>()), (300, 3000));

    let plain = rusqlite::Connection::open(dir.path().join("history.db")).unwrap();
    for (question, plan) in [
        (
            "SELECT t, value FROM sample WHERE series = 1 AND t BETWEEN 2 AND 3 ORDER BY t, n",
            "SEARCH sample USING PRIMARY KEY (series=? AND t>? AND t<?)",
        ),
        (
            "SELECT * FROM sample WHERE series = 1 AND (t, n) < (2, 3) ORDER BY t DESC, n DESC LIMIT 1",
            "SEARCH sample USING PRIMARY KEY (series=? AND (t,n)<(?,?))",
        ),
        (
            "SELECT * FROM sample WHERE (t, n) < (2, 3) ORDER BY t DESC, n DESC LIMIT 9",
            "SEARCH sample USING INDEX sample_time ((t,n)<(?,?))",
        ),
    ] {
        let explain = format!("EXPLAIN QUERY PLAN {question}");
        let steps: Vec<String> = plain
            .prepare(&explain)
            .unwrap()
            .query_map([], |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(steps, [plan], "{question}");
    }
}

#[test]
fn a_damaged_history_is_kept_aside_and_a_new_one_begins() {
    let Opened { mut history, reader, dir } = open();
    history.record(&(0..2000).map(|n| number(n, &key(1), 1.5)).collect::<Vec<_>>()).unwrap();
    drop((history, reader));
    let file = dir.path().join("history.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle..].fill(0x5a);
    std::fs::write(&file, &bytes).unwrap();
    let (mut history, notes) = History::open(&file, NOW).unwrap();
    let [OpenNote::SetAside { to, .. }, OpenNote::StartedEmpty { .. }] = &notes[..] else {
        panic!("{notes:?}")
    };
    assert_eq!(std::fs::read(to).unwrap(), bytes);
    history.record(&[number(1, &key(1), 1.0)]).unwrap();
    assert_eq!(HistoryReader::new(&file).last_values().unwrap().len(), 1);
}

#[test]
fn a_history_of_a_newer_lares_is_neither_written_nor_read() {
    let Opened { history, dir, .. } = open();
    drop(history);
    let file = dir.path().join("history.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    let before = std::fs::read(&file).unwrap();
    assert!(matches!(History::open(&file, NOW), Err(StoreError::NewerSchema { found: 2, known: 1, .. })));
    let read = HistoryReader::new(&file).last_values();
    assert!(matches!(read, Err(StoreError::NewerSchema { .. })));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}
