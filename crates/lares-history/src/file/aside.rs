//! Damaged files: moved aside, never deleted, and told of.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use lares_model::UtcMillis;

use crate::error::StoreError;

/// Something that a person should know about how a store was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenNote {
    /// The file was damaged and now stands under another name.
    SetAside {
        /// Which file.
        file: PathBuf,
        /// Where it is now.
        to: PathBuf,
        /// What was wrong with it.
        reason: String,
    },
    /// The last good copy took its place.
    Restored {
        /// The copy.
        from: PathBuf,
        /// When the copy was made, if the system knows.
        made_at: Option<UtcMillis>,
    },
    /// There was nothing to restore; the file begins empty.
    StartedEmpty {
        /// Which file.
        file: PathBuf,
    },
    /// The copy that should have been restored is damaged too. It was left as it is.
    CopyUnusable {
        /// The copy.
        copy: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for OpenNote {
    /// One sentence for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetAside { file, to, reason } => {
                write!(f, "{} was damaged ({reason}); it is kept as {}.", file.display(), to.display())
            }
            Self::Restored { from, made_at } => {
                write!(f, "The last good copy {} was restored", from.display())?;
                match made_at.and_then(DateTime::from_timestamp_millis) {
                    Some(at) => write!(f, "; it was made at {}.", at.format("%Y-%m-%d %H:%M:%S UTC")),
                    None => f.write_str("."),
                }
            }
            Self::StartedEmpty { file } => write!(f, "{} begins empty.", file.display()),
            Self::CopyUnusable { copy, reason } => {
                write!(f, "The copy {} cannot be used: {reason}.", copy.display())
            }
        }
    }
}

/// The path with a suffix after its whole name: `home.db` and `-wal` give `home.db-wal`.
pub(crate) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

/// Moves a damaged database with its log to `<file>.corrupt-<utc>`. Nobody may have it open.
///
/// The log goes first: a crash in between must not leave a log that the next database would take for its own.
pub(crate) fn set_aside(file: &Path, now: UtcMillis, reason: &str) -> Result<OpenNote, StoreError> {
    let to = free_name(file, now);
    for suffix in ["-wal", "-shm", ""] {
        let (from, to) = (beside(file, suffix), beside(&to, suffix));
        match fs::rename(&from, &to) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io("move", from, error)),
        }
    }
    sync_directory(file)?;
    Ok(OpenNote::SetAside { file: file.to_path_buf(), to, reason: reason.to_owned() })
}

fn free_name(file: &Path, now: UtcMillis) -> PathBuf {
    let stamp = DateTime::from_timestamp_millis(now)
        .map_or_else(|| now.to_string(), |at| at.format("%Y%m%dT%H%M%SZ").to_string());
    let first = beside(file, &format!(".corrupt-{stamp}"));
    let mut name = first.clone();
    let mut n = 2;
    while name.exists() {
        name = beside(&first, &format!("-{n}"));
        n += 1;
    }
    name
}

/// Makes renames in the directory of `file` survive a power cut. Windows needs and offers nothing of the kind.
pub(crate) fn sync_directory(file: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        let directory = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(directory)
            .and_then(|d| d.sync_all())
            .map_err(|error| StoreError::io("sync", directory, error))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
