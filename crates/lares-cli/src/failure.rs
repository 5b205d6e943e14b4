//! Why a command did not do what was asked: one line on standard error, and the exit code.

use std::io::{self, Write as _};
use std::process::ExitCode;

use lares_hub::api::problem::Code;
use lares_hub::socket::SocketError;

/// Why not.
#[derive(Debug)]
pub enum Failure {
    /// The answer is "no", or errors were found: exit 1.
    No(String),
    /// It could not run: exit 2.
    CannotRun(String),
    /// Whoever read the output went away, which is their right.
    NobodyReads,
}

impl Failure {
    /// Could not run, for this reason.
    #[expect(clippy::needless_pass_by_value, reason = "for map_err, which gives the error away")]
    pub fn cannot(error: impl ToString) -> Self {
        Self::CannotRun(error.to_string())
    }

    /// Says it and gives the exit code.
    pub fn tell(self) -> ExitCode {
        let (text, code) = match self {
            Self::No(text) => (text, 1),
            Self::CannotRun(text) => (text, 2),
            Self::NobodyReads => return ExitCode::SUCCESS,
        };
        // There is nowhere else to say it.
        _ = writeln!(io::stderr(), "lares: {}", text.trim_end());
        ExitCode::from(code)
    }
}

impl From<SocketError> for Failure {
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::Refused(problem) => match problem.code {
                Code::BadRequest | Code::NotConnected | Code::Internal => Self::CannotRun(problem.detail),
                _ => Self::No(problem.detail),
            },
            other => Self::cannot(other),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::NobodyReads;
        }
        Self::cannot(error)
    }
}
