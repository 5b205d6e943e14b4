//! Why a hub cannot start.

use std::io;
use std::path::{Path, PathBuf};

/// Why a hub cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Another hub has the directory.
    #[error("{} is in use by {holder}; stop that one first, or give another directory by --data", path.display())]
    Held {
        /// The data directory.
        path: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// The file system said no.
    #[error("failed to {doing} {}: {error}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A database cannot be used.
    #[error("failed to open the memory of the home: {0}")]
    Store(#[from] lares_history::StoreError),
    /// The configuration file is wrong.
    #[error("{}: {detail}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        detail: String,
    },
    /// The address for HTTP cannot be had.
    #[error("failed to listen on {addr} for the dashboard: {error}; choose another by --http, or --http off")]
    Http {
        /// The address.
        addr: std::net::SocketAddr,
        /// What the system said.
        error: io::Error,
    },
}

impl HubError {
    pub(crate) fn io(doing: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), error }
    }
}
