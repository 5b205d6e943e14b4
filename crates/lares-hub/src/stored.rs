//! The home as it lies in a data directory, for the command line where no hub runs. Reads only.

use std::path::Path;

use lares_engine::{DurableRow, Home};
use lares_history::{HomeStore, StoreError};
use lares_rules::catalog::HomeCatalog;

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
