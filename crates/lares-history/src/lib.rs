//! The memory of Lares: two SQLite files, each behind its own small interface.
//!
//! [`HomeStore`] is `home.db`: what must never be lost (durable rows of the engine, settings, tokens, the
//! home clock). What it acknowledged is on disk. [`History`] is `history.db`: every change of state with its
//! cause, and the journal; at most a second of it may be lost. [`HomeThread`] and [`HistoryWriter`] are the
//! threads that own them, so that nobody else waits for a disk; [`HistoryReader`] answers questions beside
//! them. This crate knows no rule, no device and no network, and gives no meaning to the rows it keeps.

mod error;
mod file;
mod history;
mod home;
mod reply;

pub use error::StoreError;
pub use file::OpenNote;
pub use history::{
    At, Bucket, Change, ChangeFilter, ChangeRow, Forgotten, History, HistoryHealth, HistoryReader,
    HistoryRow, HistoryState, HistoryWriter, JournalFilter, JournalRow, LastValue, Place, Pruned, Recorded,
    Retention, Sample, Series, Thinned, WriterOptions,
};
pub use home::{DurableChange, DurableRow, HomeStore, HomeThread, Role, Token, TokenHash};
pub use reply::Reply;
