//! The users file as it lies on disk: JSON with a version, one record a user.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name::UserName;
use super::password::PasswordHash;
use super::role::Role;

/// The version this code writes and reads.
const VERSION: u32 = 1;

/// What is kept of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) role: Role,
    pub(crate) password: PasswordHash,
    /// Unix time in seconds.
    pub(crate) created: u64,
}

/// All users by name.
pub(crate) type Records = BTreeMap<UserName, Record>;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    users: Records,
}

/// Reads the text of a users file; the error says where and what.
pub(crate) fn read(text: &[u8]) -> Result<Records, String> {
    let file: File = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if file.version == VERSION {
        Ok(file.users)
    } else {
        Err(format!("its version is {}, this program reads version {VERSION}", file.version))
    }
}

/// Writes the text of a users file.
pub(crate) fn write(users: Records) -> Result<Vec<u8>, String> {
    let mut text =
        serde_json::to_vec_pretty(&File { version: VERSION, users }).map_err(|error| error.to_string())?;
    text.push(b'\n');
    Ok(text)
}
