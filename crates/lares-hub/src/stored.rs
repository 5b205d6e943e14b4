//! The home as it lies in a data directory, for the command line where no hub runs. Reads only.

use std::path::Path;

use lares_engine::{DurableRow, Home};
use lares_history::{HomeStore, StoreError};
use lares_model::UtcMillis;
use lares_rules::catalog::HomeCatalog;

use crate::hub::MQTT_PORT_SETTING;

/// The names of the home that was kept last; none if there is no home with devices.
///
/// # Errors
/// When the database is there and cannot be read.
pub fn catalog(data: &Path) -> Result<Option<HomeCatalog>, StoreError> {
    let file = data.join("home.db");
    if !file.is_file() {
        return Ok(None);
    }
    let rows = HomeStore::open_beside(&file)?.load()?.into_iter();
    let rows: Vec<_> = rows.map(|row| DurableRow { kind: row.kind, key: row.key, body: row.body }).collect();
    let (home, _) = Home::restore(&rows);
    let mut catalog = home.catalog();
    // Nobody will tell of more devices.
    catalog.complete = true;
    Ok(Some(catalog).filter(|catalog| !catalog.devices.is_empty()))
}

/// The port that the built-in broker keeps, and the wall clock when Lares last ran.
///
/// # Errors
/// When the database is there and cannot be read.
pub fn last_run(data: &Path) -> Result<LastRun, StoreError> {
    let file = data.join("home.db");
    if !file.is_file() {
        return Ok(LastRun::default());
    }
    let store = HomeStore::open_beside(&file)?;
    let port = store.get(MQTT_PORT_SETTING)?.and_then(|port| port.as_u64());
    Ok(LastRun {
        mqtt_port: port.and_then(|port| u16::try_from(port).ok()),
        at: store.load_clock()?.map(|clock| clock.utc),
    })
}

/// What is known of the last run.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastRun {
    /// The port that the built-in broker chose and keeps.
    pub mqtt_port: Option<u16>,
    /// The wall clock when it was last saved.
    pub at: Option<UtcMillis>,
}
