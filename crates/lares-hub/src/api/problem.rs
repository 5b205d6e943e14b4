//! What went wrong, as RFC 9457 problem documents with a stable code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Longest detail, in characters.
const DETAIL_LENGTH_MAX: usize = 2000;

/// A problem document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Problem {
    /// The kind, as a relative reference: `/problems/outranked`.
    pub r#type: String,
    /// The kind in words, the same for every case of it.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable, for programs.
    pub code: Code,
    /// This case in words: what, where, what to do.
    pub detail: String,
    /// JSON pointer to the wrong part of the request, or empty.
    pub pointer: String,
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request could not be read.
    BadRequest,
    /// A value does not fit its property.
    InvalidValue,
    /// No or a wrong token.
    Unauthorized,
    /// The token's role is not enough, or a foreign Host or Origin.
    Forbidden,
    /// No such device, property, rule, room, adapter or route.
    NotFound,
    /// There is one already.
    Exists,
    /// The property cannot be written.
    ReadOnly,
    /// The address is there, but does not take this method.
    MethodNotAllowed,
    /// A higher claim holds the property.
    Outranked,
    /// The device did not confirm within the time.
    TimedOut,
    /// The adapter or the device refused.
    Failed,
    /// A newer command replaced it.
    Expired,
    /// The other end is not connected.
    NotConnected,
    /// Too much, too large, too often.
    TooLarge,
    /// Our fault.
    Internal,
}

impl Code {
    /// HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::InvalidValue => 422,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::ReadOnly | Self::MethodNotAllowed => 405,
            Self::Outranked | Self::Expired | Self::Exists => 409,
            Self::TimedOut => 504,
            Self::Failed => 502,
            Self::NotConnected => 503,
            Self::TooLarge => 413,
            Self::Internal => 500,
        }
    }

    /// The kind in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "The request could not be read",
            Self::InvalidValue => "The value does not fit",
            Self::Unauthorized => "Sign in first",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::Exists => "There is one already",
            Self::ReadOnly => "The property cannot be written",
            Self::MethodNotAllowed => "Method not allowed",
            Self::Outranked => "Something with a higher priority holds the property",
            Self::TimedOut => "The device did not answer in time",
            Self::Failed => "The device refused",
            Self::Expired => "A newer command replaced it",
            Self::NotConnected => "Not connected",
            Self::TooLarge => "Too large",
            Self::Internal => "Something went wrong inside Lares",
        }
    }

    /// The word in `code` and `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::InvalidValue => "invalid_value",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Exists => "exists",
            Self::ReadOnly => "read_only",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Outranked => "outranked",
            Self::TimedOut => "timed_out",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::NotConnected => "not_connected",
            Self::TooLarge => "too_large",
            Self::Internal => "internal",
        }
    }
}

impl Problem {
    /// A problem of this kind. A detail that repeats an endless name of the request is cut.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if let Some((end, _)) = detail.char_indices().nth(DETAIL_LENGTH_MAX) {
            detail.truncate(end);
            detail.push('…');
        }
        Self {
            r#type: format!("/problems/{}", code.as_str()),
            title: code.title().into(),
            status: code.status(),
            code,
            detail,
            pointer: String::new(),
        }
    }

    /// With the place in the request.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }
}
