//! The users as the running broker sees them: a copy of the file, renewed whenever the file changed.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::name::UserName;
use super::record::{Record, Records};
use super::store::UserStore;
use crate::error::BrokerError;

/// The users file, and what it held when last looked at.
pub(crate) struct LiveUsers {
    store: UserStore,
    seen: Mutex<Seen>,
}

struct Seen {
    stamp: Option<Stamp>,
    users: Records,
}

/// Tells one version of the file from another: each change makes a new file, and so usually a new inode; since
/// file systems reuse inodes, and Windows has none, length and time of change count as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    len: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self { inode, len: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl LiveUsers {
    /// Reads the users for the first time. A file that cannot be understood is an error here.
    pub(crate) fn open(store: UserStore) -> Result<Self, BrokerError> {
        let (stamp, users) = load(&store)?;
        Ok(Self { store, seen: Mutex::new(Seen { stamp, users }) })
    }

    /// The record of a user, as of the last [`Self::refresh`].
    pub(crate) fn find(&self, name: &str) -> Option<(UserName, Record)> {
        let name = UserName::parse(name).ok()?;
        let record = self.lock().users.get(&name).cloned()?;
        Some((name, record))
    }

    /// Whether the user exists, as of the last [`Self::refresh`].
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Reads the file again if it is another one, and names the users that are gone or were replaced.
    ///
    /// Costs one `stat` when nothing changed. A file that cannot be understood changes nothing: the users
    /// known so far stay, since locking every device out would be worse than a late change.
    pub(crate) fn refresh(&self) -> Vec<UserName> {
        let mut seen = self.lock();
        let stamp = fs::metadata(self.store.path()).ok().map(|metadata| Stamp::of(&metadata));
        if stamp == seen.stamp {
            return Vec::new();
        }
        match load(&self.store) {
            Ok((stamp, users)) => {
                let old = std::mem::replace(&mut seen.users, users);
                seen.stamp = stamp;
                let gone = old.into_iter().filter(|(name, record)| seen.users.get(name) != Some(record));
                gone.map(|(name, _)| name).collect()
            }
            Err(error) => {
                // Remembered, so that the same broken file is reported once.
                seen.stamp = stamp;
                tracing::error!("failed to {error}; the MQTT users known so far stay");
                Vec::new()
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the file and the stamp of exactly that file, whatever replaces it meanwhile.
fn load(store: &UserStore) -> Result<(Option<Stamp>, Records), BrokerError> {
    let read = || -> io::Result<(Stamp, Vec<u8>)> {
        let mut file = File::open(store.path())?;
        let stamp = Stamp::of(&file.metadata()?);
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok((stamp, text))
    };
    match read() {
        Ok((stamp, text)) => Ok((Some(stamp), store.parse(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((None, Records::new())),
        Err(error) => Err(store.failed("read", error)),
    }
}
