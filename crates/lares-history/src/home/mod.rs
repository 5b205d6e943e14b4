//! `home.db`: what must never be lost. What is acknowledged is on disk.

mod copy;
mod durable;
mod store;
mod thread;
mod tokens;

pub use durable::{DurableChange, DurableRow};
pub use store::HomeStore;
pub use thread::HomeThread;
pub use tokens::{Role, Token, TokenHash};
