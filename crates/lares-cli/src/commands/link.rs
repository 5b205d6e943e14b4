//! `lares link`: another link to sign in to the dashboard of a hub that runs already.

use std::path::Path;
use std::process::ExitCode;

use lares_hub::api::request::Request;
use lares_hub::api::view::SignInView;
use lares_hub::socket::Client;

use crate::failure::Failure;
use crate::hub::ask;
use crate::output::line;

/// Prints exactly the link.
///
/// # Errors
/// When no hub runs, or its dashboard is off.
pub async fn link(data: &Path) -> Result<ExitCode, Failure> {
    let mut client = Client::connect(data).await?;
    let made: SignInView = ask(&mut client, &Request::SignInLink).await?;
    line(made.link)?;
    Ok(ExitCode::SUCCESS)
}
