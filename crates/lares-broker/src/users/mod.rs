//! The MQTT users: their names, roles and passwords, and the file that holds them. No network here.

mod live;
mod name;
mod password;
mod record;
mod role;
mod store;

pub(crate) use live::LiveUsers;
pub use name::{HUB_CLIENT_ID_PREFIX, HUB_USER, UserName};
pub use password::Password;
pub(crate) use password::PasswordHash;
pub use role::Role;
pub use store::{User, UserStore};
pub(crate) use store::{create_private_dir, sync_dir};
