//! Diagnostics: what is wrong, where exactly, and what to do. One record, many renderers.

mod code;
pub mod render;

pub(crate) use code::Code;
pub use code::{codes, explain};
use serde::{Deserialize, Serialize};

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The rule does not run.
    Error,
    /// The rule runs; look at it.
    Warning,
}

/// A place in a file. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last.
    pub end_column: u32,
}

/// Something wrong in a rule file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable, for `lares explain`: `unknown-device`.
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to do, or empty: `did you mean "hall_light"?`
    pub help: String,
    /// The file, relative to the automations folder.
    pub file: String,
    /// Where.
    pub span: Span,
    /// The text of the first line, at most 200 characters around the place.
    pub source_line: String,
    /// The column at which `source_line` begins: 1 unless the line is long.
    #[serde(default = "first_column")]
    pub source_from: u32,
}

fn first_column() -> u32 {
    1
}

impl Diagnostic {
    /// True if what it stands in does not run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
