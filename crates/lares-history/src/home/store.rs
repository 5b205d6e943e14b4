//! Opening `home.db`, as its owner or beside its owner.

use std::path::{Path, PathBuf};

use lares_model::UtcMillis;
use rusqlite::Connection;

use crate::error::StoreError;
use crate::file::{Durability, Layout, OpenNote, beside, check, open, set_aside};
use crate::home::copy;

const LAYOUT: Layout = Layout {
    // "LRSH".
    application_id: 0x4c52_5348,
    migrations: &["
        CREATE TABLE durable (
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (kind, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE setting (
            key TEXT PRIMARY KEY,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE clock (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            mono INTEGER NOT NULL,
            utc INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE token (
            name TEXT PRIMARY KEY,
            role TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            created_at INTEGER NOT NULL,
            last_used INTEGER
        ) STRICT, WITHOUT ROWID;
    "],
    durability: Durability::EachCommit,
};

/// The configuration, registry, timers, claims and tokens of a home. Each call is one transaction, and has
/// reached the disk when it returns.
///
/// Calls wait for the disk: use [`crate::HomeThread`] from anything that may not.
#[derive(Debug)]
pub struct HomeStore {
    pub(super) connection: Connection,
    pub(super) file: PathBuf,
}

impl HomeStore {
    /// Opens or makes the file as its only owner (the hub, holding the lock of the data directory).
    ///
    /// A damaged file is moved aside and the last good copy takes its place; the notes say so. `now` only
    /// names the file that is moved aside.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] and [`StoreError::Foreign`], with nothing touched; what the system says.
    pub fn open(file: &Path, now: UtcMillis) -> Result<(Self, Vec<OpenNote>), StoreError> {
        let mut notes = Vec::new();
        let found = look(file);
        let connection = match found.and_then(|()| checked(file)) {
            Ok(connection) => connection,
            Err(StoreError::Corrupt(reason)) => {
                if file.exists() {
                    notes.push(set_aside(file, now, &reason)?);
                }
                copy::restore(file, &mut notes)?;
                checked(file)?
            }
            Err(error) => return Err(error),
        };
        Ok((Self { connection, file: file.to_path_buf() }, notes))
    }

    /// Opens or makes the file beside a hub that may own it, for `lares token add` and the like. Both see
    /// each other's commits at once. Nothing is repaired.
    ///
    /// # Errors
    /// As [`HomeStore::open`], and [`StoreError::Corrupt`].
    pub fn open_beside(file: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open(file, &LAYOUT)?, file: file.to_path_buf() })
    }
}

/// Absence and emptiness are damage when there is a good copy: a crash or a person took the file away.
fn look(file: &Path) -> Result<(), StoreError> {
    let copy_exists = copy::path(file).exists();
    match std::fs::metadata(file) {
        Ok(meta) if meta.len() == 0 && copy_exists && !beside(file, "-wal").exists() => {
            Err(StoreError::Corrupt("it is empty".into()))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && copy_exists => {
            Err(StoreError::Corrupt("it is missing".into()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::io("read", file, error)),
    }
}

fn checked(file: &Path) -> Result<Connection, StoreError> {
    let connection = open(file, &LAYOUT)?;
    check(&connection)?;
    Ok(connection)
}
