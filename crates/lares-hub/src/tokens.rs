//! API tokens. Only hashes are kept; what a caller may do is in [`crate::caller`], and who gets one by a link in
//! [`crate::reach`].
//!
//! A token is 256 random bits in base64url, looked up by its SHA-256 in `home.db` at each request, so that
//! one made or revoked by another process counts at once.

use std::path::Path;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lares_history::{HomeStore, Role, StoreError, Token, TokenHash};
use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};

use crate::caller::{Caller, TokenView};
use crate::clock::{rfc3339, utc_now};
use crate::handle::HubHandle;

/// Longest name of a token, in characters.
const NAME_LENGTH_MAX: usize = 100;
/// The use of a token is kept to the minute.
const USED_STEP_MS: i64 = 60_000;

/// Why a token could not be made, listed or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database cannot be used.
    #[error("{path} cannot be used: {error}")]
    Open {
        /// Which.
        path: String,
        /// What is wrong.
        error: StoreError,
    },
    /// The data directory could not be made.
    #[error("the data directory {path} cannot be made: {error}")]
    Directory {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

/// A checked name of a token: 1 to 100 characters, no control characters, no spaces around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenName(String);

impl FromStr for TokenName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let length = name.chars().count();
        if length == 0 || length > NAME_LENGTH_MAX {
            return Err(format!("a token's name has 1 to {NAME_LENGTH_MAX} characters"));
        }
        if name.chars().any(char::is_control) || name.trim() != name {
            return Err("a token's name has no control characters and no spaces around it".into());
        }
        Ok(Self(name.to_owned()))
    }
}

/// Makes a token in a data directory, whether or not a hub runs on it. Gives the secret, which is kept nowhere.
///
/// # Errors
/// [`StoreError::TokenExists`]; the directory or database cannot be used.
pub fn add(data: &Path, name: &TokenName, role: Role) -> Result<String, TokenError> {
    let secret = draw()?;
    open(data)?.token_add(&name.0, role, &hash(&secret), utc_now())?;
    Ok(secret)
}

/// All tokens of a data directory, by name.
///
/// # Errors
/// The directory or database cannot be used.
pub fn list(data: &Path) -> Result<Vec<TokenView>, TokenError> {
    Ok(open(data)?.token_list()?.into_iter().map(view).collect())
}

/// Takes a token away; a running hub refuses it at once.
///
/// # Errors
/// [`StoreError::NoSuchToken`]; the directory or database cannot be used.
pub fn revoke(data: &Path, name: &TokenName) -> Result<(), TokenError> {
    Ok(open(data)?.token_revoke(&name.0)?)
}

fn open(data: &Path) -> Result<HomeStore, TokenError> {
    std::fs::create_dir_all(data)
        .map_err(|error| TokenError::Directory { path: data.display().to_string(), error })?;
    let file = data.join("home.db");
    let failed = |error| TokenError::Open { path: file.display().to_string(), error };
    HomeStore::open_beside(&file).map_err(failed)
}

fn view(token: Token) -> TokenView {
    TokenView {
        name: token.name,
        role: token.role.to_string(),
        created_at: rfc3339(token.created_at),
        last_used: token.last_used.map(rfc3339),
    }
}

/// A secret that nobody can guess: 256 random bits.
pub(crate) fn draw() -> Result<String, TokenError> {
    let mut bytes = [0; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|error| TokenError::Random(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of a secret.
pub(crate) fn hash(secret: &str) -> TokenHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// The tokens of a running hub. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tokens {
    handle: HubHandle,
}

impl Tokens {
    /// Of this hub.
    pub fn new(handle: HubHandle) -> Self {
        Self { handle }
    }

    /// Who holds this token; none if nobody does.
    pub(crate) async fn caller(&self, secret: &str) -> Result<Option<Caller>, StoreError> {
        let hash = hash(secret);
        let Some(token) = self.handle.store(move |store| store.token_find(&hash)).await? else {
            return Ok(None);
        };
        let now = utc_now();
        if token.last_used.is_none_or(|at| !(0..USED_STEP_MS).contains(&(now - at))) {
            // Nobody waits for this record, and losing it loses nothing.
            let handle = self.handle.clone();
            tokio::spawn(async move { _ = handle.store(move |store| store.token_used(&hash, now)).await });
        }
        Ok(Some(Caller { name: token.name, role: token.role }))
    }

    /// Trades a sign-in code for an administrator's token, which is listed and revoked like any other. None if
    /// the code was never given out, is used or too old.
    pub(crate) async fn sign_in(&self, code: &str) -> Result<Option<String>, TokenError> {
        if !self.handle.reach().trade(code) {
            return Ok(None);
        }
        let (secret, now) = (draw()?, utc_now());
        let hash = hash(&secret);
        let added = self.handle.store(move |store| {
            let minute = rfc3339(now).replace('T', " ").chars().take(16).collect::<String>();
            let taken: Vec<_> = store.token_list()?.into_iter().map(|token| token.name).collect();
            let names = std::iter::once(format!("browser {minute}"));
            let mut names = names.chain((2_u32..).map(|n| format!("browser {minute} ({n})")));
            let name = names.find(|name| !taken.contains(name)).unwrap_or_default();
            store.token_add(&name, Role::Admin, &hash, now)
        });
        added.await?;
        Ok(Some(secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_made_listed_and_revoked_beside_a_hub() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("new");
        let name: TokenName = "phone".parse().unwrap();
        let secret = add(&data, &name, Role::Resident).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(&secret).unwrap().len(), 32);
        assert!(matches!(add(&data, &name, Role::Admin), Err(TokenError::Store(StoreError::TokenExists(_)))));
        let listed = list(&data).unwrap();
        assert_eq!(
            (listed.len(), listed[0].name.as_str(), listed[0].role.as_str()),
            (1, "phone", "resident")
        );
        let found = open(&data).unwrap().token_find(&hash(&secret)).unwrap();
        assert_eq!(found.map(|token| token.role), Some(Role::Resident));
        revoke(&data, &name).unwrap();
        assert!(matches!(revoke(&data, &name), Err(TokenError::Store(StoreError::NoSuchToken(_)))));
        assert_eq!(list(&data).unwrap(), []);
    }

    #[test]
    fn a_name_that_a_list_could_not_show_is_refused() {
        for (name, good) in [("phone", true), ("Küche 1", true), ("", false), (" a", false), ("a\nb", false)]
        {
            assert_eq!(name.parse::<TokenName>().is_ok(), good, "{name:?}");
        }
        assert!("a".repeat(101).parse::<TokenName>().is_err());
    }
}
