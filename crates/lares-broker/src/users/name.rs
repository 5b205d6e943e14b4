//! User names, which are also the first level of a device's topics.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::BrokerError;

/// The hub's own user. It is in no file; nobody else can have the name.
pub const HUB_USER: &str = "lares-hub";

/// Client ids that begin with this are the hub's, so that no device can lock the hub out by taking one.
pub const HUB_CLIENT_ID_PREFIX: &str = "lares-";

/// Longest name, in bytes.
const LENGTH_MAX: usize = 64;

/// A checked user name: 1 to 64 bytes, one topic level, no wildcard, no control character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

impl UserName {
    /// Checks a name as a person or a file gives it.
    ///
    /// # Errors
    /// [`BrokerError::Name`] with the rule that it breaks.
    pub fn parse(name: &str) -> Result<Self, BrokerError> {
        let reason = if name.is_empty() || name.len() > LENGTH_MAX {
            "it must be 1 to 64 bytes long"
        } else if name.contains(['+', '#', '/']) {
            "it must not hold +, # or /"
        } else if name.chars().any(char::is_control) {
            "it must not hold control characters"
        } else if name.starts_with('$') {
            "it must not start with $"
        } else if name.trim() != name {
            "it must not begin or end with a space"
        } else if name.eq_ignore_ascii_case(HUB_USER) {
            "it is the hub's own"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(BrokerError::Name { name: name.to_owned(), reason })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for UserName {
    type Error = BrokerError;

    fn try_from(name: String) -> Result<Self, BrokerError> {
        Self::parse(&name)
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_leave_their_topic_level_are_refused() {
        let long = "a".repeat(65);
        for (name, accepted) in [
            ("plug", true),
            ("Küche 1", true),
            ("zigbee2mqtt", true),
            ("a".repeat(64).as_str(), true),
            (long.as_str(), false),
            ("", false),
            ("a/b", false),
            ("+", false),
            ("a#", false),
            ("a\nb", false),
            ("a\0", false),
            ("$SYS", false),
            (" plug", false),
            ("lares-hub", false),
            ("Lares-Hub", false),
        ] {
            assert_eq!(UserName::parse(name).is_ok(), accepted, "{name:?}");
        }
    }
}
