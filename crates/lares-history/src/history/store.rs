//! Writing `history.db`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use lares_model::{DeviceId, JournalEntry, PropertyKey, PropertyName, RuleId, UtcMillis};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::StoreError;
use crate::file::{Durability, Layout, OpenNote, beside, check, open, set_aside};
use crate::history::encode::{Stored, Was, cause_column};
use crate::history::row::{Change, HistoryRow, Place};

pub(super) const LAYOUT: Layout = Layout {
    // "LRSM".
    application_id: 0x4c52_534d,
    migrations: &["
        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            device TEXT NOT NULL,
            property TEXT NOT NULL,
            UNIQUE (device, property)
        ) STRICT;
        -- Not STRICT: the affinity REAL is what keeps whole numbers small.
        CREATE TABLE sample (
            series INTEGER NOT NULL,
            t INTEGER NOT NULL,
            n INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            value REAL,
            was REAL,
            cause TEXT,
            PRIMARY KEY (series, t, n)
        ) WITHOUT ROWID;
        CREATE INDEX sample_time ON sample (t, n);
        CREATE TABLE journal (
            n INTEGER PRIMARY KEY,
            t INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            device TEXT,
            property TEXT,
            rule TEXT,
            cause TEXT NOT NULL
        ) STRICT;
        CREATE INDEX journal_time ON journal (t, n);
        CREATE INDEX journal_device ON journal (device, t, n) WHERE device IS NOT NULL;
        CREATE INDEX journal_rule ON journal (rule, t, n) WHERE rule IS NOT NULL;
        -- How many rows were ever recorded, and how often the log was brought to the disk.
        CREATE TABLE tally (id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL, syncs INTEGER NOT NULL)
            STRICT;
        INSERT INTO tally VALUES (1, 0, 0);
    "],
    durability: Durability::OnRequest,
};

/// A file up to this size is read as a whole when it is opened; a larger one would delay the start, and is
/// found out when a damaged page is met.
const CHECK_BYTES_MAX: u64 = 64 << 20;

/// The one writer of history. A commit survives a crash of the program at once, and a power cut after
/// [`History::sync`].
///
/// Calls wait for the disk: use [`crate::HistoryWriter`] from anything that may not.
#[derive(Debug)]
pub struct History {
    pub(super) connection: Connection,
    pub(super) file: PathBuf,
    pub(super) series: HashMap<PropertyKey, Known>,
    pub(super) pruned_to: Option<Place>,
    next: i64,
    unsynced: bool,
}

/// What the writer knows of a series without asking the file.
#[derive(Clone, Debug)]
pub(super) struct Known {
    id: i64,
    /// The newest place and its value.
    newest: Option<(Place, Stored)>,
}

impl History {
    /// Opens or makes the file. A damaged one is moved aside and a new one begun; the notes say so. `now`
    /// only names the file that is moved aside.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] and [`StoreError::Foreign`], with nothing touched; what the system says.
    pub fn open(file: &Path, now: UtcMillis) -> Result<(Self, Vec<OpenNote>), StoreError> {
        let mut notes = Vec::new();
        let connection = match checked(file) {
            Err(StoreError::Corrupt(reason)) => {
                notes.push(set_aside(file, now, &reason)?);
                notes.push(OpenNote::StartedEmpty { file: file.to_path_buf() });
                checked(file)?
            }
            other => other?,
        };
        let next: i64 = connection.query_row("SELECT n + 1 FROM tally", [], |row| row.get(0))?;
        let history = Self {
            connection,
            file: file.to_path_buf(),
            series: HashMap::new(),
            pruned_to: None,
            next,
            unsynced: false,
        };
        Ok((history, notes))
    }

    /// Moves the file aside because damage was met while it was open, and begins a new one.
    ///
    /// # Errors
    /// What the system says; the store is then gone, and [`History::open`] tries again.
    pub(super) fn replace(self, reason: &str, now: UtcMillis) -> Result<(Self, Vec<OpenNote>), StoreError> {
        let file = self.file.clone();
        drop(self);
        let mut notes = vec![set_aside(&file, now, reason)?, OpenNote::StartedEmpty { file: file.clone() }];
        let (history, more) = Self::open(&file, now)?;
        notes.extend(more);
        Ok((history, notes))
    }

    /// Records rows in one transaction: all of them, or on error none.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] and the like; the rows may then be given again.
    pub fn record(&mut self, rows: &[HistoryRow]) -> Result<(), StoreError> {
        let first = self.next;
        let done = self.record_all(rows);
        if done.is_err() {
            self.next = first;
            // The transaction is gone, and with it new series and newest values.
            self.series.clear();
        }
        done
    }

    fn record_all(&mut self, rows: &[HistoryRow]) -> Result<(), StoreError> {
        let Self { connection, series, next, .. } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for row in rows {
            let n = *next;
            *next += 1;
            match row {
                HistoryRow::Change(change) => record_change(&transaction, series, change, n)?,
                HistoryRow::Journal { at, seq, entry } => record_entry(&transaction, *at, *seq, entry, n)?,
            }
        }
        transaction.prepare_cached("UPDATE tally SET n = ?1")?.execute([*next - 1])?;
        transaction.commit()?;
        self.unsynced = true;
        Ok(())
    }

    /// Brings everything recorded to the disk, so that a power cut does not take it. Does nothing if nothing
    /// was recorded since the last time.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        if !self.unsynced {
            return Ok(());
        }
        // A commit in FULL mode syncs the whole log, with all commits before it. This goes through SQLite's
        // own file handles, so no lock is lost and macOS gets its full sync.
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let done = self.connection.execute("UPDATE tally SET syncs = syncs + 1", []);
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        done?;
        self.unsynced = false;
        Ok(())
    }

    /// Bytes in use, without what pruning freed inside the file.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn bytes(&self) -> Result<u64, StoreError> {
        let ask = |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let used = (ask("page_count")? - ask("freelist_count")?) * ask("page_size")?;
        Ok(u64::try_from(used).unwrap_or(0))
    }

    /// The largest size that the file may take, in bytes; beyond it [`StoreError::DiskFull`] is answered.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn limit_bytes(&self, bytes: u64) -> Result<(), StoreError> {
        let page: i64 = self.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
        self.connection.pragma_update_and_check(None, "max_page_count", pages.max(1), |_| Ok(()))?;
        Ok(())
    }
}

fn checked(file: &Path) -> Result<Connection, StoreError> {
    let size = std::fs::metadata(file).map_or(0, |meta| meta.len());
    if size == 0 && beside(file, "-wal").exists() {
        // The log of a database that is gone. A new one must not take it for its own.
        return Err(StoreError::Corrupt("it is missing or empty, but its log is there".into()));
    }
    let connection = open(file, &LAYOUT)?;
    if size <= CHECK_BYTES_MAX {
        check(&connection)?;
    }
    Ok(connection)
}

fn record_change(
    connection: &Connection,
    series: &mut HashMap<PropertyKey, Known>,
    change: &Change,
    n: i64,
) -> Result<(), StoreError> {
    if !series.contains_key(&change.key) {
        series.insert(change.key.clone(), look_up(connection, &change.key)?);
    }
    let Some(known) = series.get_mut(&change.key) else { return Ok(()) };
    let place = Place { t: change.at, n };
    let from = Stored::of(change.from.as_ref())?;
    let from = match &known.newest {
        // Only in order: a change stamped before the newest, by a clock set back, has another one before it.
        Some((newest, value)) if *newest < place && *value == from => Was::TheOneBefore,
        None if from == Stored::Unknown => Was::TheOneBefore,
        _ => Was::Given(from),
    };
    let to = Stored::of(change.to.as_ref())?;
    let cause = cause_column(&change.cause, &change.key, change.to.as_ref())?;
    connection
        .prepare_cached(
            "INSERT INTO sample (series, t, n, seq, value, was, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((known.id, change.at, n, whole(change.seq), &to, &from, cause))?;
    if known.newest.as_ref().is_none_or(|(newest, _)| *newest < place) {
        known.newest = Some((place, to));
    }
    Ok(())
}

fn look_up(connection: &Connection, key: &PropertyKey) -> Result<Known, StoreError> {
    let names = [key.device.as_str(), key.property.as_str()];
    let id = connection
        .prepare_cached("SELECT id FROM series WHERE device = ?1 AND property = ?2")?
        .query_row(names, |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(id) = id else {
        connection.prepare_cached("INSERT INTO series (device, property) VALUES (?1, ?2)")?.execute(names)?;
        return Ok(Known { id: connection.last_insert_rowid(), newest: None });
    };
    let newest = connection
        .prepare_cached("SELECT t, n, value FROM sample WHERE series = ?1 ORDER BY t DESC, n DESC LIMIT 1")?
        .query_row([id], |row| Ok((Place { t: row.get(0)?, n: row.get(1)? }, Stored::read(row.get_ref(2)?)?)))
        .optional()?;
    Ok(Known { id, newest })
}

fn record_entry(
    connection: &Connection,
    at: UtcMillis,
    seq: u64,
    entry: &JournalEntry,
    n: i64,
) -> Result<(), StoreError> {
    let kind = serde_json::to_value(entry.kind)?;
    connection
        .prepare_cached(
            "INSERT INTO journal (n, t, seq, kind, text, device, property, rule, cause)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            n,
            at,
            whole(seq),
            kind.as_str(),
            &entry.text,
            entry.device.as_ref().map(DeviceId::as_str),
            entry.property.as_ref().map(PropertyName::as_str),
            entry.rule.as_ref().map(RuleId::as_str),
            serde_json::to_string(&entry.cause)?,
        ))?;
    Ok(())
}

/// SQLite counts to 2^63 − 1; the hub's events never get there.
fn whole(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
