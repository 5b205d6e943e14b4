//! A room: how it is built, and the heat in its air and walls.
//!
//! Two nodes a room: the air with its furniture, which answers a window within minutes, and the walls, which
//! take a day. One node alone would be either too lazy for the window or too hasty for the night.

use serde::{Deserialize, Serialize};

use super::air::Air;

/// What people do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoomUse {
    /// Sitting together.
    Living,
    /// Cooking.
    Kitchen,
    /// On the way to everywhere.
    Hall,
    /// Sleeping.
    Bedroom,
    /// Washing.
    Bathroom,
    /// Working.
    Office,
}

/// How a room is built. All heat figures in SI units.
#[derive(Clone, Debug)]
pub struct RoomPlan {
    /// As people call it.
    pub name: String,
    /// What it is for.
    pub used_for: RoomUse,
    /// Floor, m².
    pub area: f64,
    /// Heat that leaves through the outer walls per kelvin, W/K.
    pub loss: f64,
    /// Window glass that the sun reaches, m².
    pub glass: f64,
    /// Part of the daylight outside that arrives inside.
    pub daylight: f64,
    /// What its radiator gives when fully open, W.
    pub radiator: f64,
    /// Target of an ordinary radiator valve, °C, where no smart one is.
    pub plain_target: Option<f64>,
}

impl RoomPlan {
    /// m³.
    pub fn volume(&self) -> f64 {
        self.area * 2.5
    }

    /// Heat in air and furniture, J/K: about five times that of the air alone.
    fn air_capacity(&self) -> f64 {
        self.volume() * 1200.0 * 5.0
    }

    /// Heat in the inner layer of walls, floor and ceiling, J/K.
    fn wall_capacity(&self) -> f64 {
        self.area * 260_000.0
    }

    /// From air to walls, W/K.
    fn coupling(&self) -> f64 {
        self.area * 8.0
    }
}

/// What a room is like now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomState {
    /// Air temperature, °C.
    pub air: f64,
    /// Wall temperature, °C.
    pub walls: f64,
    /// What is in the air.
    pub breath: Air,
    /// Somebody cooks or showers until then, home time.
    pub steam_until: u64,
    /// Somebody moved here last at, home time.
    pub moved_at: Option<u64>,
    /// Valve of the radiator, 0 to 1.
    pub heating: f64,
}

/// What acts on a room during a step.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeatLoad {
    /// From people, lamps, appliances and the sun, W.
    pub gains: f64,
    /// Air that goes out of the window, as W/K.
    pub airing: f64,
    /// Through open inner doors, W/K.
    pub doors: f64,
    /// °C there.
    pub beyond_doors: f64,
    /// °C outside.
    pub outside: f64,
}

impl RoomState {
    /// Heat for `seconds`; stable up to about five minutes.
    pub fn warm(&mut self, plan: &RoomPlan, load: HeatLoad, seconds: f64) {
        let radiator = plan.radiator * self.heating;
        let to_walls = plan.coupling() * (self.air - self.walls);
        let air = load.gains + 0.75 * radiator
            - to_walls
            - (load.airing + 0.25 * plan.loss) * (self.air - load.outside)
            - load.doors * (self.air - load.beyond_doors);
        let walls = to_walls + 0.25 * radiator - 0.75 * plan.loss * (self.walls - load.outside);
        self.air += air * seconds / plan.air_capacity();
        self.walls += walls * seconds / plan.wall_capacity();
    }

    /// The ordinary valve, and any other radiator without a smart one.
    pub fn plain_heating(&mut self, plan: &RoomPlan) {
        self.heating =
            plan.plain_target.map_or(0.0, |target| ((target + 0.4 - self.air) / 1.2).clamp(0.0, 1.0));
    }
}
