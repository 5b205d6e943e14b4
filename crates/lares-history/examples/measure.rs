//! Prints what history costs: bytes a sample, rows a second, and how long usual questions take.
//!
//! `cargo run --release -p lares-history --example measure`

use std::time::Instant;

use lares_history::{ChangeFilter, History, HistoryReader, HistoryRow, Retention, StoreError};
use lares_model::{Cause, CauseLink, Change, PropertyKey, Value};

const DAY_S: i64 = 86_400;
const SERIES: i64 = 10;

fn main() -> Result<(), StoreError> {
    let file = std::env::temp_dir().join(format!("lares-measure-{}.db", std::process::id()));
    let measured = measure(&file);
    for suffix in ["", "-wal", "-shm"] {
        // What is not there needs no removal.
        _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    measured
}

fn measure(file: &std::path::Path) -> Result<(), StoreError> {
    let (mut history, _) = History::open(file, 0)?;
    let begun = Instant::now();
    for second in 0..DAY_S {
        let rows: Vec<_> = (0..SERIES).map(|n| sample(second, n)).collect();
        history.record(&rows)?;
    }
    let rows = (DAY_S * SERIES) as f64;
    println!("{:.0} rows a second in batches of {SERIES}", rows / begun.elapsed().as_secs_f64());
    println!("{:.1} bytes a sample", history.bytes()? as f64 / rows);

    let reader = HistoryReader::new(file);
    reader.last_values()?;
    let key = key(3);
    timed("a day of a sample each second in 300 points", || {
        Ok(reader.series(&key, 0, DAY_S * 1000, 300)?.len())
    })?;
    timed("an hour of it in 300 points", || Ok(reader.series(&key, 0, 3_600_000, 300)?.len()))?;
    timed("why was it so", || Ok(usize::from(reader.at(&key, DAY_S * 500)?.is_some())))?;
    timed("the last 100 changes of all", || Ok(reader.changes(&ChangeFilter::All, None, 100)?.len()))?;
    timed("a slice of pruning", || Ok(history.prune(DAY_S * 1000, &half_a_day())?.rows))
}

fn half_a_day() -> Retention {
    Retention { keep_ms: DAY_S * 500, max_bytes: u64::MAX }
}

fn key(n: i64) -> PropertyKey {
    PropertyKey::new(format!("zigbee:0x{n:016x}"), "power")
}

fn sample(second: i64, n: i64) -> HistoryRow {
    let PropertyKey { device, property } = key(n);
    let value = |second: i64| Value::Number((second * 7919 % 4000 + n) as f64 / 10.0);
    let link = CauseLink::Report {
        device: device.clone(),
        property: property.clone(),
        value: value(second).to_string(),
    };
    let from = (second > 0).then(|| value(second - 1));
    let change = Change { device, property, from, to: Some(value(second)), cause: Cause::new(link) };
    HistoryRow::change(second * 1000, second.unsigned_abs(), change)
}

fn timed(what: &str, mut ask: impl FnMut() -> Result<usize, StoreError>) -> Result<(), StoreError> {
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..9 {
        let begun = Instant::now();
        found = ask()?;
        times.push(begun.elapsed());
    }
    times.sort();
    println!("{what}: {:.2} ms ({found})", times[4].as_secs_f64() * 1000.0);
    Ok(())
}
