//! The house without its devices: rooms with their air and walls, and the people in them.

mod air;
mod appliances;
mod building;
mod people;
mod room;

pub use building::{Actuators, House, HouseState, Opening, Step};
pub use people::Deed;
pub use room::{RoomPlan, RoomUse};
