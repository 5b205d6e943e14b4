//! `lares mqtt-user` and `lares token`: whether or not a hub runs, and at once.

use std::path::Path;
use std::process::ExitCode;

use lares_broker::{BrokerError, User, UserName, UserStore};
use lares_history::StoreError;
use lares_hub::USERS_FILE;
use lares_hub::clock::rfc3339;
use lares_hub::tokens::{self, TokenError};

use crate::args::{MqttUserCommand, TokenCommand};
use crate::failure::Failure;
use crate::output::{line, table};

/// `lares mqtt-user`.
///
/// # Errors
/// When there is such a user already, or none; when the file cannot be used.
pub fn mqtt_user(command: &MqttUserCommand, data: &Path) -> Result<ExitCode, Failure> {
    let users = UserStore::new(data.join(USERS_FILE));
    match command {
        MqttUserCommand::Add { name, role } => {
            let password = users.add(&user_name(name)?, *role).map_err(of_broker)?;
            line(password.as_str())?;
        }
        MqttUserCommand::List => {
            let row = |user: &User| {
                let created = user.created.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let created = rfc3339(i64::try_from(created.as_millis()).unwrap_or(i64::MAX));
                vec![user.name.to_string(), user.role.to_string(), created]
            };
            let rows: Vec<_> = users.list().map_err(of_broker)?.iter().map(row).collect();
            table(&["NAME", "ROLE", "CREATED"], &rows)?;
        }
        MqttUserCommand::Remove { name } => users.remove(&user_name(name)?).map_err(of_broker)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn user_name(name: &str) -> Result<UserName, Failure> {
    UserName::parse(name).map_err(of_broker)
}

fn of_broker(error: BrokerError) -> Failure {
    match error {
        BrokerError::UserExists { .. } | BrokerError::UnknownUser { .. } => {
            Failure::No(format!("failed to {error}"))
        }
        other => Failure::CannotRun(format!("failed to {other}")),
    }
}

/// `lares token`.
///
/// # Errors
/// When there is such a token already, or none; when the database cannot be used.
pub fn token(command: &TokenCommand, data: &Path) -> Result<ExitCode, Failure> {
    match command {
        TokenCommand::Add { name, role } => line(tokens::add(data, name, *role).map_err(of_tokens)?)?,
        TokenCommand::List => {
            let listed = tokens::list(data).map_err(of_tokens)?.into_iter();
            let never = || "never".to_owned();
            let rows = listed.map(|t| vec![t.name, t.role, t.created_at, t.last_used.unwrap_or_else(never)]);
            table(&["NAME", "ROLE", "CREATED", "LAST USED"], &rows.collect::<Vec<_>>())?;
        }
        TokenCommand::Revoke { name } => tokens::revoke(data, name).map_err(of_tokens)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn of_tokens(error: TokenError) -> Failure {
    match error {
        TokenError::Store(StoreError::TokenExists(_) | StoreError::NoSuchToken(_)) => {
            Failure::No(error.to_string())
        }
        _ => Failure::cannot(error),
    }
}
