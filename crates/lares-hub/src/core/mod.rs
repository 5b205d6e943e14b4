//! The core of the hub: the loop around the home, what it is told, what it performs, and what it shows.

mod calls;
mod early;
mod home_loop;
mod memory;
mod message;
mod perform;
mod recall;
mod source;
mod take;
mod updates;
mod views;
mod words;

pub use home_loop::{Ends, HomeLoop};
pub use memory::Memory;
pub use message::{Counts, Message, Next, Read, in_store};
pub use updates::UpdateStream;
pub use views::word;
pub use words::Names;
