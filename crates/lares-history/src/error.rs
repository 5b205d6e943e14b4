//! What can go wrong with a store. The texts fit after "failed to …:".

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;

/// Why a store could not do as asked. Cheap to clone, because several callers may wait for one transaction.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room for more. Tried again by the writer; a person has to make room.
    #[error("the disk is full")]
    DiskFull,
    /// The file or its directory may not be written.
    #[error("the file cannot be written")]
    ReadOnly,
    /// Another process held the file for longer than the patience of five seconds.
    #[error("another process holds the file")]
    Busy,
    /// The file is damaged.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// The file was written by a newer Lares. Nothing in it was touched.
    #[error(
        "{} was written by a newer Lares (schema {found}, this one knows {known}); install that version again",
        file.display()
    )]
    NewerSchema {
        /// Which file.
        file: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// The file was written by an older Lares, and only its owner may bring it up to date.
    #[error("{} has an older schema; start the hub once to bring it up to date", file.display())]
    OlderSchema {
        /// Which file.
        file: PathBuf,
    },
    /// The file is a database of another program. Nothing in it was touched.
    #[error("{} is a database, but not one of Lares", file.display())]
    Foreign {
        /// Which file.
        file: PathBuf,
    },
    /// There is a token of this name.
    #[error("there is a token named {0} already")]
    TokenExists(String),
    /// There is no token of this name.
    #[error("there is no token named {0}")]
    NoSuchToken(String),
    /// What stands in a row cannot be read.
    #[error("a row cannot be read: {0}")]
    Row(String),
    /// A file beside the database could not be handled.
    #[error("{action} {}: {source}", file.display())]
    Io {
        /// What was tried: `move`, `copy`.
        action: &'static str,
        /// With which file.
        file: PathBuf,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// Anything else that SQLite refuses.
    #[error(transparent)]
    Sqlite(Arc<rusqlite::Error>),
    /// The thread that owns the store has stopped.
    #[error("the store is closed")]
    Closed,
    /// Too many callers wait already.
    #[error("too many requests wait for the store")]
    Overloaded,
}

impl StoreError {
    pub(crate) fn io(action: &'static str, file: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { action, file: file.into(), source: Arc::new(source) }
    }

    /// True if the same rows may well be accepted later: nothing is wrong with them.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::DiskFull | Self::ReadOnly | Self::Busy | Self::Corrupt(_) | Self::Io { .. } => true,
            Self::Sqlite(error) => !matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::TooBig
                        | ErrorCode::ConstraintViolation
                        | ErrorCode::TypeMismatch
                        | ErrorCode::ApiMisuse
                )
            ),
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Row(error.to_string())
    }
}
