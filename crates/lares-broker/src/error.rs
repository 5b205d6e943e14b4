//! Everything that can go wrong in this crate, as fragments that fit "failed to …".

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::users::UserName;

/// Why the broker or its users file could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Another program, or another broker, listens on this address.
    #[error("listen on {addr}: the address is in use by another program")]
    AddressInUse {
        /// The address that was asked for.
        addr: SocketAddr,
    },
    /// The address is reachable from other machines, which would need TLS.
    #[error("listen on {addr}: without TLS the broker listens on loopback addresses only")]
    NotLoopback {
        /// The address that was asked for.
        addr: SocketAddr,
    },
    /// The address could not be listened on for another reason.
    #[error("listen on {addr}: {source}")]
    Listen {
        /// The address that was asked for.
        addr: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A setting makes no sense.
    #[error("use the setting {setting}: {reason}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The directory of retained messages and sessions could not be opened, or another broker holds it.
    #[error("open the broker storage in {dir}: {reason}")]
    Storage {
        /// The storage directory.
        dir: PathBuf,
        /// What the storage layer said.
        reason: String,
    },
    /// Threads for the broker could not be started.
    #[error("start the broker threads: {0}")]
    Threads(#[source] io::Error),
    /// A user name that cannot be the first level of a topic.
    #[error("accept the user name {name:?}: {reason}")]
    Name {
        /// The name as given.
        name: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// A role that does not exist.
    #[error("accept the role {name:?}: it is neither zigbee2mqtt nor device")]
    Role {
        /// The role as given.
        name: String,
    },
    /// The user is there already; its password cannot be shown again.
    #[error("add the user {name}: it exists already (remove it first to get a new password)")]
    UserExists {
        /// The user's name.
        name: UserName,
    },
    /// There is no such user.
    #[error("find the user {name}")]
    UnknownUser {
        /// The user's name.
        name: UserName,
    },
    /// The users file could not be read, locked or replaced.
    #[error("{action} {path}: {source}")]
    UsersFile {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The users file or its lock.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The users file holds something else than users.
    #[error("read the users file {path}: {reason}")]
    UsersFormat {
        /// The users file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// The operating system gave no random bytes for a password.
    #[error("draw a random password: {0}")]
    Random(String),
}
