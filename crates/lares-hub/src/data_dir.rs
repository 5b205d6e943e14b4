//! The data directory: one hub at a time, secrets for nobody else, everything in one place.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::HubError;

/// Where the platform keeps a person's data, for Lares; none where nothing is known of the person.
pub fn default_data_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "lares").map(|dirs| dirs.data_dir().to_path_buf())
}

/// A data directory that this process holds.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if needed and takes its lock.
    ///
    /// # Errors
    /// [`HubError::Held`] names the process that holds it.
    pub fn open(path: &Path) -> Result<Self, HubError> {
        let fail = |error| HubError::io("make the data directory", path, error);
        if !path.is_dir() {
            fs::create_dir_all(path).map_err(fail)?;
            private(path)?;
        }
        let path = path.canonicalize().map_err(fail)?;
        let lock = take_lock(&path)?;
        for name in ["mqtt", "secrets", "automations"] {
            let folder = path.join(name);
            fs::create_dir_all(&folder).map_err(|error| HubError::io("make", &folder, error))?;
        }
        // Retained messages tell who is at home.
        private(&path.join("mqtt"))?;
        private(&path.join("secrets"))?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file or folder in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

fn take_lock(path: &Path) -> Result<File, HubError> {
    let file = path.join("lock");
    let fail = |error| HubError::io("open", &file, error);
    let mut lock =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&file).map_err(fail)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Who it is, is a courtesy; that it is held, is certain.
            let _ = lock.read_to_string(&mut holder);
            let holder =
                if holder.trim().is_empty() { "another process".into() } else { holder.trim().to_owned() };
            return Err(HubError::Held { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(fail(error)),
    }
    lock.set_len(0).map_err(fail)?;
    lock.rewind().map_err(fail)?;
    write!(lock, "process {}", std::process::id()).map_err(fail)?;
    Ok(lock)
}

/// Writes a new file that only this user may read.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(unix)]
fn private(folder: &Path) -> Result<(), HubError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .map_err(|error| HubError::io("protect", folder, error))
}

#[cfg(not(unix))]
fn private(_folder: &Path) -> Result<(), HubError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_hub_on_one_directory_is_refused_and_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::open(dir.path()).unwrap();
        let error = DataDir::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        DataDir::open(dir.path()).unwrap();
    }
}
