//! Durable rows of the engine, settings, and the home clock.

use lares_model::{Moment, UtcMillis};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::StoreError;
use crate::home::store::HomeStore;

/// Something that the engine wants back after a restart. Only the engine knows what the body means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DurableRow {
    /// What kind of row: `device`, `claim`, `timer`.
    pub kind: String,
    /// Which of its kind.
    pub key: String,
    /// JSON.
    pub body: String,
}

/// A row that is new or another one now, or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableChange {
    /// What kind of row.
    pub kind: String,
    /// Which of its kind.
    pub key: String,
    /// JSON; `None` deletes the row.
    pub body: Option<String>,
}

impl HomeStore {
    /// All durable rows, by kind and key.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn load(&self) -> Result<Vec<DurableRow>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT kind, key, body FROM durable ORDER BY kind, key")?;
        let rows = statement
            .query_map([], |row| Ok(DurableRow { kind: row.get(0)?, key: row.get(1)?, body: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Saves the changes and the clock in one transaction: all of them, or on error none.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn save(&mut self, changes: &[DurableChange], clock: Option<Moment>) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in changes {
            match &change.body {
                Some(body) => transaction
                    .prepare_cached(
                        "INSERT INTO durable (kind, key, body) VALUES (?1, ?2, ?3)
                         ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                    )?
                    .execute([&change.kind, &change.key, body])?,
                None => transaction
                    .prepare_cached("DELETE FROM durable WHERE kind = ?1 AND key = ?2")?
                    .execute([&change.kind, &change.key])?,
            };
        }
        if let Some(clock) = clock {
            put_clock(&transaction, clock)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Saves the home clock alone.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn save_clock(&self, clock: Moment) -> Result<(), StoreError> {
        put_clock(&self.connection, clock)
    }

    /// The home clock as it was saved last; `None` in a new home.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn load_clock(&self) -> Result<Option<Moment>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT mono, utc FROM clock")?;
        let found = statement.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, UtcMillis>(1)?)));
        Ok(found.optional()?.map(|(mono, utc)| Moment { mono: u64::try_from(mono).unwrap_or(0), utc }))
    }

    /// The setting of this name.
    ///
    /// # Errors
    /// What SQLite says; [`StoreError::Row`] if it is not JSON.
    pub fn get(&self, key: &str) -> Result<Option<serde_json::Value>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT body FROM setting WHERE key = ?1")?;
        let body: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
        Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn set(&self, key: &str, body: &serde_json::Value) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO setting (key, body) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET body = excluded.body",
            )?
            .execute([key, &body.to_string()])?;
        Ok(())
    }

    /// Forgets a setting. True if it was there.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn unset(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("DELETE FROM setting WHERE key = ?1")?.execute([key])? > 0)
    }
}

fn put_clock(connection: &Connection, clock: Moment) -> Result<(), StoreError> {
    // SQLite counts to 2^63 − 1; home time is milliseconds and never gets there.
    let mono = i64::try_from(clock.mono).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT INTO clock (id, mono, utc) VALUES (1, ?1, ?2)
             ON CONFLICT (id) DO UPDATE SET mono = excluded.mono, utc = excluded.utc",
        )?
        .execute([mono, clock.utc])?;
    Ok(())
}
