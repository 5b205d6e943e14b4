//! The users file: who may sign in. Works from any process, whether or not a broker runs.
//!
//! Each change takes an exclusive lock beside the file, so that two processes cannot lose each other's
//! change, and replaces the file atomically; a running broker sees the new file by its identity.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::name::UserName;
use super::password::{Password, PasswordHash};
use super::record::{self, Record, Records};
use super::role::Role;
use crate::error::BrokerError;

/// The users file at a path. The file need not exist: then there are no users.
#[derive(Debug, Clone)]
pub struct UserStore {
    path: PathBuf,
}

/// A user as listed; the password cannot be shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name it signs in with.
    pub name: UserName,
    /// What it may do.
    pub role: Role,
    /// When it was added, to the second.
    pub created: SystemTime,
}

impl UserStore {
    /// The store in `path`; nothing is read or written yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Adds a user and returns its password, which is kept nowhere.
    ///
    /// # Errors
    /// [`BrokerError::UserExists`], or the file could not be read or replaced.
    pub fn add(&self, name: &UserName, role: Role) -> Result<Password, BrokerError> {
        let password = Password::draw()?;
        let hash = PasswordHash::of(&password)?;
        self.change(|users| {
            if users.contains_key(name) {
                return Err(BrokerError::UserExists { name: name.clone() });
            }
            users.insert(name.clone(), Record { role, password: hash, created: unix_seconds() });
            Ok(())
        })?;
        Ok(password)
    }

    /// Removes a user. A running broker closes its connections within a second.
    ///
    /// # Errors
    /// [`BrokerError::UnknownUser`], or the file could not be read or replaced.
    pub fn remove(&self, name: &UserName) -> Result<(), BrokerError> {
        self.change(|users| match users.remove(name) {
            Some(_) => Ok(()),
            None => Err(BrokerError::UnknownUser { name: name.clone() }),
        })
    }

    /// All users, by name.
    ///
    /// # Errors
    /// The file could not be read, or holds something else.
    pub fn list(&self) -> Result<Vec<User>, BrokerError> {
        let listed = |(name, record): (UserName, Record)| User {
            name,
            role: record.role,
            created: UNIX_EPOCH + Duration::from_secs(record.created),
        };
        Ok(self.read()?.into_iter().map(listed).collect())
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All records, none when there is no file.
    pub(crate) fn read(&self) -> Result<Records, BrokerError> {
        match fs::read(&self.path) {
            Ok(text) => self.parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Records::new()),
            Err(error) => Err(self.failed("read", error)),
        }
    }

    pub(crate) fn parse(&self, text: &[u8]) -> Result<Records, BrokerError> {
        record::read(text).map_err(|reason| BrokerError::UsersFormat { path: self.path.clone(), reason })
    }

    pub(crate) fn failed(&self, action: &'static str, source: io::Error) -> BrokerError {
        BrokerError::UsersFile { action, path: self.path.clone(), source }
    }

    fn change(&self, edit: impl FnOnce(&mut Records) -> Result<(), BrokerError>) -> Result<(), BrokerError> {
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        create_private_dir(dir).map_err(|error| self.failed("create the directory of", error))?;
        let lock = self.sibling("lock");
        let lock = private().write(true).create(true).truncate(false).open(lock);
        let lock = lock.map_err(|error| self.failed("open the lock of", error))?;
        lock.lock().map_err(|error| self.failed("lock", error))?;

        let mut users = self.read()?;
        edit(&mut users)?;
        let text = record::write(users)
            .map_err(|reason| BrokerError::UsersFormat { path: self.path.clone(), reason })?;
        self.replace(dir, &text).map_err(|error| self.failed("replace", error))
    }

    fn replace(&self, dir: &Path, text: &[u8]) -> io::Result<()> {
        let new = self.sibling("new");
        // Left over from a crash, perhaps with other rights; the lock says that nobody is writing it now.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private().write(true).create_new(true).open(&new)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        sync_dir(dir)
    }

    /// A file beside the users file, named after it.
    fn sibling(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(suffix);
        self.path.with_file_name(name)
    }
}

fn unix_seconds() -> u64 {
    // A clock before 1970 is not worth failing for: the time is only shown.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Options whose new files only the owner can read (on Windows the profile's rights do that).
fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix sets a mode"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a directory, and what is missing above it, for the owner alone.
pub(crate) fn create_private_dir(dir: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix sets a mode"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

/// Makes a rename in `dir` durable. Windows has no such call; its rename is journalled.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::LiveUsers;

    /// A store in a directory of its own, which goes with it.
    struct Fixture {
        store: UserStore,
        dir: PathBuf,
    }

    impl Fixture {
        fn new(name: &str) -> Self {
            let dir = std::env::temp_dir().join(format!("lares-users-{}-{name}", std::process::id()));
            Self { store: UserStore::new(dir.join("secrets").join("mqtt-users.json")), dir }
        }

        fn names(&self) -> Vec<String> {
            self.store.list().unwrap().into_iter().map(|user| user.name.to_string()).collect()
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }

    fn name(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    #[test]
    fn users_are_added_listed_and_removed() {
        let fixture = Fixture::new("cycle");
        assert_eq!(fixture.names(), Vec::<String>::new(), "no file, no users");
        let password = fixture.store.add(&name("plug"), Role::Device).unwrap();
        fixture.store.add(&name("bridge"), Role::Zigbee2mqtt).unwrap();
        assert_eq!(fixture.names(), ["bridge", "plug"]);
        assert!(!fs::read_to_string(fixture.store.path()).unwrap().contains(password.as_str()));

        let again = fixture.store.add(&name("plug"), Role::Zigbee2mqtt);
        assert!(matches!(again, Err(BrokerError::UserExists { .. })));
        assert_eq!(fixture.store.list().unwrap()[1].role, Role::Device, "a refused change changes nothing");
        fixture.store.remove(&name("plug")).unwrap();
        let again = fixture.store.remove(&name("plug"));
        assert!(matches!(again, Err(BrokerError::UnknownUser { .. })));
        assert_eq!(fixture.names(), ["bridge"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let fixture = Fixture::new("mode");
        fixture.store.add(&name("plug"), Role::Device).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(fixture.store.path()), 0o600);
        assert_eq!(mode(fixture.store.path().parent().unwrap()), 0o700);
    }

    #[test]
    fn changes_made_at_the_same_time_are_all_kept() {
        let fixture = Fixture::new("race");
        std::thread::scope(|scope| {
            for thread in 0..4 {
                // Each with a store of its own, as another process would have.
                let store = UserStore::new(fixture.store.path());
                scope.spawn(move || {
                    for index in 0..5 {
                        store.add(&name(&format!("plug{thread}{index}")), Role::Device).unwrap();
                    }
                });
            }
        });
        assert_eq!(fixture.names().len(), 20);
    }

    #[test]
    fn a_file_that_is_no_users_file_is_refused_and_left_alone() {
        let fixture = Fixture::new("broken");
        fixture.store.add(&name("plug"), Role::Device).unwrap();
        let good = fs::read_to_string(fixture.store.path()).unwrap();
        for broken in
            ["", "{", "[]", &good.replace("\"version\": 1", "\"version\": 2"), &good.replace("plug", "a/b")]
        {
            fs::write(fixture.store.path(), broken).unwrap();
            let error = fixture.store.add(&name("lamp"), Role::Device).unwrap_err();
            assert!(matches!(error, BrokerError::UsersFormat { .. }), "{broken:?}: {error}");
            assert_eq!(fs::read_to_string(fixture.store.path()).unwrap(), broken);
        }
    }

    #[test]
    fn a_live_view_follows_the_file_and_outlives_a_broken_one() {
        let fixture = Fixture::new("live");
        let live = LiveUsers::open(fixture.store.clone()).unwrap();
        fixture.store.add(&name("plug"), Role::Device).unwrap();
        assert_eq!(live.refresh(), []);
        assert!(live.knows("plug"));

        let good = fs::read(fixture.store.path()).unwrap();
        fs::write(fixture.store.path(), "{").unwrap();
        assert_eq!(live.refresh(), []);
        assert!(live.knows("plug"), "a broken file puts nobody out");
        fs::write(fixture.store.path(), good).unwrap();
        assert_eq!(live.refresh(), []);

        // Another user by the same name: the old one is gone.
        fixture.store.remove(&name("plug")).unwrap();
        fixture.store.add(&name("plug"), Role::Device).unwrap();
        assert_eq!(live.refresh(), [name("plug")]);
        fs::remove_file(fixture.store.path()).unwrap();
        assert_eq!(live.refresh(), [name("plug")]);
        assert!(!live.knows("plug"));
    }
}
