//! What both files share: opening with all checks, schema versions, and moving a damaged file aside.

mod aside;
mod open;

pub use aside::OpenNote;
pub(crate) use aside::{beside, set_aside, sync_directory};
pub(crate) use open::{Durability, Layout, check, open, open_to_read};
