//! What is outside of the house: sun, weather and the calendar.

mod calendar;
mod sun;
mod weather;

pub use calendar::{Calendar, LocalTime};
pub use sun::{daylight_lux, sun_elevation};
pub use weather::{Outdoors, Weather, saturation};
