//! The socket of a hub: how the command line and the window talk to one that runs, also with HTTP off.
//!
//! One JSON document a line: `{"id", "method", "params"}` is answered by `{"id", "result"}` or
//! `{"id", "problem"}`, in any order; `{"id", "method": "subscribe"}` by `{"id", "update"}` again and again.
//! Whoever may open the socket is this user, so every caller is an administrator. There is none on Windows yet.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod server;
#[cfg(not(unix))]
mod unsupported;

#[cfg(unix)]
pub use client::{Client, Updates};
#[cfg(unix)]
pub(crate) use server::serve;
#[cfg(not(unix))]
pub(crate) use unsupported::serve;
#[cfg(not(unix))]
pub use unsupported::{Client, Updates};

use crate::api::problem::Problem;

/// Longest path that the system takes for a socket, in bytes: 108 on Linux and 104 on macOS, with a zero at the end.
const PATH_BYTES_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Why a hub could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// No hub runs on this data directory.
    #[error("no hub runs on {}; start one by `lares run`, or name its directory by --data", data.display())]
    NoHub {
        /// The data directory.
        data: PathBuf,
    },
    /// The socket belongs to another user.
    #[error("the hub on {} belongs to another user", data.display())]
    Foreign {
        /// The data directory.
        data: PathBuf,
    },
    /// The connection failed.
    #[error("the hub cannot be reached: {0}")]
    Io(#[from] std::io::Error),
    /// The hub stopped before it answered.
    #[error("the hub stopped before it answered")]
    Closed,
    /// The answer cannot be read: another version of Lares runs.
    #[error("the hub's answer cannot be read, it may be another version of Lares: {0}")]
    Answer(String),
    /// This system has no such sockets.
    #[error("this version of Lares talks to a running hub on Linux and macOS only; use HTTP with a token")]
    Unsupported,
    /// The hub said no.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
}

/// Where the socket of a data directory is: `lares.sock` in it. If that path is too long for the system, it is
/// `lares-HASH.sock` in the user's runtime directory (else in the directory for temporary files), where HASH is
/// made of the data directory's path.
pub fn path(data: &Path) -> PathBuf {
    let data = data.canonicalize().unwrap_or_else(|_| data.to_owned());
    let inside = data.join("lares.sock");
    if inside.as_os_str().len() <= PATH_BYTES_MAX {
        return inside;
    }
    let digest = Sha256::digest(data.as_os_str().as_encoded_bytes());
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    runtime.unwrap_or_else(std::env::temp_dir).join(format!("lares-{hash}.sock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_directory_gets_a_short_socket_that_is_always_the_same() {
        let short = Path::new("/nowhere/data");
        assert_eq!(path(short), Path::new("/nowhere/data/lares.sock"));
        let long = PathBuf::from("/nowhere").join("x".repeat(120));
        assert!(path(&long).as_os_str().len() <= PATH_BYTES_MAX);
        assert_eq!(path(&long), path(&long));
        assert_ne!(path(&long), path(&long.join("y")));
    }
}
