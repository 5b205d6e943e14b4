//! `history.db`: every change of state with its cause, and the journal.

mod buckets;
mod changes;
mod encode;
mod forget;
mod health;
mod journal;
mod prune;
mod queue;
mod reader;
mod recorder;
mod row;
mod series;
mod store;
mod writer;

pub use buckets::{Bucket, Sample, Series, Thinned};
pub use changes::{ChangeFilter, ChangeRow, LastValue};
pub use forget::Forgotten;
pub use health::{HistoryHealth, HistoryState};
pub use journal::{JournalFilter, JournalRow};
pub use prune::{Pruned, Retention};
pub use reader::HistoryReader;
pub use row::{Change, HistoryRow, Place};
pub use series::At;
pub use store::History;
pub use writer::{HistoryWriter, Recorded, WriterOptions};
