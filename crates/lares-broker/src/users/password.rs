//! Passwords, which are always drawn and never chosen, and what is kept of them.
//!
//! A password is 256 random bits, so a salted SHA-256 suffices: guessing it is hopeless at any speed of
//! hashing, and a slow hash such as argon2 would only cost 25 ms at each connection.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::BrokerError;

/// A password in the clear: 43 letters, digits, `-` and `_`. Shown once; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Draws a new one from the operating system's randomness.
    pub(crate) fn draw() -> Result<Self, BrokerError> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random::<32>()?)))
    }

    /// The text to give to the client.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// SHA-256 over a random salt and the password. Both in URL-safe base64 without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PasswordHash {
    salt: String,
    sha256: String,
}

impl PasswordHash {
    /// Hashes a password with a fresh salt.
    pub(crate) fn of(password: &Password) -> Result<Self, BrokerError> {
        let salt = URL_SAFE_NO_PAD.encode(random::<16>()?);
        let sha256 = digest(&salt, password.as_str().as_bytes());
        Ok(Self { salt, sha256 })
    }

    /// Whether `password`, as received, is the one that was hashed. Takes the same time for every wrong one.
    pub(crate) fn matches(&self, password: &[u8]) -> bool {
        let given = digest(&self.salt, password);
        given.len() == self.sha256.len()
            && given.bytes().zip(self.sha256.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }
}

fn digest(salt: &str, password: &[u8]) -> String {
    // The salt has a fixed length, so the two cannot run into each other.
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(salt).chain_update(password).finalize())
}

fn random<const N: usize>() -> Result<[u8; N], BrokerError> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| BrokerError::Random(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_knows_its_own_password_only() {
        let (password, other) = (Password::draw().unwrap(), Password::draw().unwrap());
        let hash = PasswordHash::of(&password).unwrap();
        assert_eq!(password.as_str().len(), 43);
        assert!(hash.matches(password.as_str().as_bytes()));
        assert!(!hash.matches(other.as_str().as_bytes()));
        assert!(!hash.matches(&password.as_str().as_bytes()[..42]));
        assert!(!hash.matches(b""));
        assert_ne!(hash, PasswordHash::of(&password).unwrap(), "each hash has its own salt");
    }

    #[test]
    fn debug_output_hides_the_password() {
        let password = Password::draw().unwrap();
        assert!(!format!("{password:?}").contains(password.as_str()));
    }
}
