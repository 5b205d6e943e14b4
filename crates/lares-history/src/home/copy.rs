//! The last good copy of `home.db`, and how it comes back.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::file::{OpenNote, beside, check, sync_directory};
use crate::home::store::HomeStore;

/// Where the copy stands: `home.db.good`.
pub(super) fn path(file: &Path) -> PathBuf {
    beside(file, ".good")
}

impl HomeStore {
    /// Keeps a copy of the present state as `home.db.good`, in place of the former one. To be called when
    /// the file is known to be sound: after a clean start, and every hour.
    ///
    /// # Errors
    /// What SQLite or the system says; the former copy then stays.
    pub fn keep_copy(&self) -> Result<(), StoreError> {
        // A damaged database must not replace the copy that could save it.
        check(&self.connection)?;
        let (copy, draft) = (path(&self.file), beside(&self.file, ".good-draft"));
        remove(&draft)?;
        let name = draft.to_str().ok_or_else(|| {
            let odd = std::io::Error::other("the path is not UTF-8");
            StoreError::io("copy to", &draft, odd)
        })?;
        self.connection.execute("VACUUM INTO ?1", [name])?;
        let io = |error| StoreError::io("copy to", &draft, error);
        private(&draft).map_err(io)?;
        fs::OpenOptions::new().write(true).open(&draft).and_then(|f| f.sync_all()).map_err(io)?;
        fs::rename(&draft, &copy).map_err(|error| StoreError::io("replace", &copy, error))?;
        sync_directory(&copy)
    }
}

/// Puts the copy in the place of `file`, which must be away. Without a usable copy the file begins empty.
pub(super) fn restore(file: &Path, notes: &mut Vec<OpenNote>) -> Result<(), StoreError> {
    let copy = path(file);
    let found = if copy.exists() { sound(&copy).map(|()| true) } else { Ok(false) };
    match found {
        Ok(true) => {
            let draft = beside(file, ".restoring");
            let io = |error| StoreError::io("restore", &copy, error);
            fs::copy(&copy, &draft).map_err(io)?;
            fs::OpenOptions::new().write(true).open(&draft).and_then(|f| f.sync_all()).map_err(io)?;
            fs::rename(&draft, file).map_err(io)?;
            sync_directory(file)?;
            let made_at = fs::metadata(&copy).and_then(|m| m.modified()).ok();
            let made_at = made_at.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let made_at = made_at.and_then(|since| i64::try_from(since.as_millis()).ok());
            notes.push(OpenNote::Restored { from: copy, made_at });
        }
        Ok(false) => notes.push(OpenNote::StartedEmpty { file: file.to_path_buf() }),
        Err(StoreError::Corrupt(reason)) => {
            // Out of the way of the next `keep_copy`, which would overwrite the last thing to rescue from.
            let kept = beside(&copy, "-damaged");
            fs::rename(&copy, &kept).map_err(|error| StoreError::io("move", &copy, error))?;
            notes.push(OpenNote::CopyUnusable { copy: kept, reason });
            notes.push(OpenNote::StartedEmpty { file: file.to_path_buf() });
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn sound(copy: &Path) -> Result<(), StoreError> {
    let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    check(&connection)
}

fn remove(file: &Path) -> Result<(), StoreError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", file, error))
        }
        _ => Ok(()),
    }
}

fn private(file: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
