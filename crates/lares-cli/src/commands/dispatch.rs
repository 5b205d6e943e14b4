//! From what was typed to what does it.

use std::process::ExitCode;

use super::{check, credentials, doctor, link, properties, run, test, watch};
use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::hub::data_directory;

/// Does what was typed; gives the exit code.
///
/// # Errors
/// When the answer is "no", or it could not run.
pub async fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    let data = data_directory(cli.data)?;
    match cli.command {
        Command::Run(args) => run::run(*args, data).await,
        Command::Check(args) => check::check(&args, &data).await,
        Command::Test(args) => test::test(&args, &data).await,
        Command::Devices(args) => properties::devices(args.format, &data).await,
        Command::Get(args) => properties::get(&args, &data).await,
        Command::Set(args) => properties::set(&args, &data).await,
        Command::Watch(args) => watch::watch(&args, &data).await,
        Command::Why(args) => properties::why(&args, &data).await,
        Command::MqttUser { command } => credentials::mqtt_user(&command, &data),
        Command::Token { command } => credentials::token(&command, &data),
        Command::Link => link::link(&data).await,
        Command::Doctor => doctor::doctor(&data).await,
    }
}
