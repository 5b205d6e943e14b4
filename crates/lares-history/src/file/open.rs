//! Opening a database with all its checks, in an order in which nothing is touched before it is understood.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::StoreError;

/// How long a writer waits for another process.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a file is made of.
pub(crate) struct Layout {
    /// Stands in the file's header, so that a database of another program is recognised.
    pub application_id: i32,
    /// One script for each schema version, from 1 on. Scripts are only ever added.
    pub migrations: &'static [&'static str],
    /// When a commit has to be on disk.
    pub durability: Durability,
}

/// When a commit has to be on disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Before it is acknowledged.
    EachCommit,
    /// When the owner asks for it.
    OnRequest,
}

/// Opens or makes the file and brings it to the newest schema.
///
/// # Errors
/// [`StoreError::NewerSchema`] and [`StoreError::Foreign`] before anything was written;
/// [`StoreError::Corrupt`] for a damaged file.
pub(crate) fn open(file: &Path, layout: &Layout) -> Result<Connection, StoreError> {
    create_private(file)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // Closing a file that we refuse must not fold its log into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let version = version_of(&connection, file, layout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    prepare(&connection, layout, version == 0)?;
    if version < layout.migrations.len() as i64 {
        migrate(&mut connection, layout)?;
    }
    Ok(connection)
}

/// Opens an existing file of the present schema, never to write.
///
/// # Errors
/// As [`open`]; [`StoreError::OlderSchema`] for a file that its owner has not yet brought up to date.
pub(crate) fn open_to_read(file: &Path, layout: &Layout) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(PATIENCE)?;
    if version_of(&connection, file, layout)? < layout.migrations.len() as i64 {
        return Err(StoreError::OlderSchema { file: file.to_path_buf() });
    }
    Ok(connection)
}

/// Reads the whole structure of the file. Costs time in proportion to its size.
///
/// # Errors
/// [`StoreError::Corrupt`] with the first finding.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    let finding: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if finding == "ok" { Ok(()) } else { Err(StoreError::Corrupt(finding)) }
}

/// SQLite gives its log the permissions of the database, so making the file private makes both private.
fn create_private(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::io("create", file, error)),
    }
}

fn version_of(connection: &Connection, file: &Path, layout: &Layout) -> Result<i64, StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && id != layout.application_id {
        return Err(StoreError::Foreign { file: file.to_path_buf() });
    }
    let known = layout.migrations.len() as i64;
    if found > known {
        return Err(StoreError::NewerSchema { file: file.to_path_buf(), found, known });
    }
    Ok(found)
}

fn prepare(connection: &Connection, layout: &Layout, new: bool) -> Result<(), StoreError> {
    if new && layout.durability == Durability::OnRequest {
        // Only before the first table; lets pruning give space back in small steps.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    let synchronous = match layout.durability {
        Durability::EachCommit => "FULL",
        Durability::OnRequest => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // On macOS a plain fsync stops at the drive's cache. Elsewhere this does nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A log that grew during a long read shrinks again.
    connection.pragma_update(None, "journal_size_limit", 8 << 20)?;
    Ok(())
}

fn migrate(connection: &mut Connection, layout: &Layout) -> Result<(), StoreError> {
    // Asked inside the transaction: another process may be doing the same just now.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let have: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let have = usize::try_from(have).unwrap_or(0);
    for (done, script) in layout.migrations.iter().enumerate().skip(have) {
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "user_version", done as i64 + 1)?;
        transaction.pragma_update(None, "application_id", layout.application_id)?;
    }
    transaction.commit()?;
    Ok(())
}
