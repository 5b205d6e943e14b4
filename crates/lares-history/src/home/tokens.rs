//! API tokens: who may do what. Only hashes are kept; whoever makes a token sees it once.

use std::fmt;
use std::str::FromStr;

use lares_model::UtcMillis;
use rusqlite::{ErrorCode, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::home::store::HomeStore;

/// SHA-256 of the token's text. A token is 256 random bits, so a slow hash would gain nothing.
pub type TokenHash = [u8; 32];

/// The use of a token is written at most so often: each write is a sync of the disk.
const LAST_USED_STEP_MS: i64 = 60_000;

/// What the holder of a token may do. Each role may do all that the lesser ones may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    Viewer,
    /// Look, and command devices.
    Resident,
    /// Everything.
    Admin,
}

impl Role {
    /// The word in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Resident => "resident",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Viewer, Self::Resident, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no role; there are viewer, resident and admin"))
    }
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What people call it. Unique.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// Its hash. Unique.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: UtcMillis,
    /// When it was used last, to the minute.
    pub last_used: Option<UtcMillis>,
}

const COLUMNS: &str = "name, role, hash, created_at, last_used";

impl HomeStore {
    /// Adds a token. Every process that has the file open knows it at once.
    ///
    /// # Errors
    /// [`StoreError::TokenExists`]; what SQLite says.
    pub fn token_add(
        &self,
        name: &str,
        role: Role,
        hash: &TokenHash,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let added = self
            .connection
            .prepare_cached("INSERT INTO token (name, role, hash, created_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute((name, role.as_str(), hash.as_slice(), now));
        match added {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Err(StoreError::TokenExists(name.to_owned()))
            }
            other => other.map(|_| ()).map_err(Into::into),
        }
    }

    /// All tokens, by name.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn token_list(&self) -> Result<Vec<Token>, StoreError> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM token ORDER BY name"))?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Removes a token; its holder is shut out at once.
    ///
    /// # Errors
    /// [`StoreError::NoSuchToken`]; what SQLite says.
    pub fn token_revoke(&self, name: &str) -> Result<(), StoreError> {
        match self.connection.prepare_cached("DELETE FROM token WHERE name = ?1")?.execute([name])? {
            0 => Err(StoreError::NoSuchToken(name.to_owned())),
            _ => Ok(()),
        }
    }

    /// The token with this hash. It is a look-up by the hash, so its time tells nothing of the token.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn token_find(&self, hash: &TokenHash) -> Result<Option<Token>, StoreError> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM token WHERE hash = ?1"))?;
        Ok(statement.query_row([hash.as_slice()], read).optional()?)
    }

    /// Keeps that the token was used, unless that was written within the last minute.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn token_used(&self, hash: &TokenHash, now: UtcMillis) -> Result<(), StoreError> {
        let known: Option<Option<UtcMillis>> = self
            .connection
            .prepare_cached("SELECT last_used FROM token WHERE hash = ?1")?
            .query_row([hash.as_slice()], |row| row.get(0))
            .optional()?;
        let recent = |at: UtcMillis| (0..LAST_USED_STEP_MS).contains(&(now - at));
        if known.is_some_and(|last_used| !last_used.is_some_and(recent)) {
            self.connection
                .prepare_cached("UPDATE token SET last_used = ?2 WHERE hash = ?1")?
                .execute((hash.as_slice(), now))?;
        }
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Token> {
    let role: String = row.get(1)?;
    let role = role.parse().map_err(|reason: String| {
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, reason.into())
    })?;
    Ok(Token { name: row.get(0)?, role, hash: row.get(2)?, created_at: row.get(3)?, last_used: row.get(4)? })
}
