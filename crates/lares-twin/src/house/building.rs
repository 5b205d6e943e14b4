//! The building as a whole: rooms, openings, machines and people, stepped together.

use serde::{Deserialize, Serialize};

use super::air::{Air, Sources};
use super::appliances::{Rack, Washer};
use super::people::{Deed, People};
use super::room::{HeatLoad, RoomPlan, RoomState, RoomUse};
use crate::climate::{LocalTime, Outdoors, Weather};
use crate::dice::Dice;

/// A window or door to the outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Which room it is in.
    pub room: usize,
    /// True for the front door, through which people come and go.
    pub front_door: bool,
    /// True while it stands open.
    pub open: bool,
}

/// What the devices do to the house during a step, by room.
#[derive(Clone, Debug, Default)]
pub struct Actuators {
    /// Valve opening of a smart radiator valve, 0 to 1; `None` where there is none.
    pub heating: Vec<Option<f64>>,
    /// Light of the lamps, lx.
    pub lamp_lux: Vec<f64>,
    /// Part of the daylight that the blinds let in, 0 to 1.
    pub blinds: Vec<f64>,
    /// What plugs draw and turn into heat, W.
    pub watts: Vec<f64>,
    /// The fan of the rack runs.
    pub fan: bool,
    /// The washing machine has current.
    pub washer_powered: bool,
    /// The rack has current.
    pub rack_room: Option<usize>,
}

/// What changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HouseState {
    /// Beside [`House::plans`].
    pub rooms: Vec<RoomState>,
    /// Windows and doors.
    pub openings: Vec<Opening>,
    /// Who lives here.
    pub people: People,
    /// In the kitchen or wherever its plug is.
    pub washer: Washer,
    /// In the office.
    pub rack: Rack,
    /// Outside.
    pub weather: Weather,
}

/// The building.
#[derive(Clone, Debug)]
pub struct House {
    /// How the rooms are built.
    pub plans: Vec<RoomPlan>,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What changes.
    pub state: HouseState,
    /// What it is like outside; follows from the state and the clock.
    pub outdoors: Outdoors,
    /// Light in each room, lx; follows too.
    pub lux: Vec<f64>,
    uses: Vec<RoomUse>,
}

/// When and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Home time at its end.
    pub now: u64,
    /// Its length.
    pub seconds: f64,
    /// Wall clock at its end.
    pub utc: i64,
    /// The same, as people see it.
    pub local: LocalTime,
}

impl House {
    /// A house in which everything is as usual for the hour.
    pub fn new(
        plans: Vec<RoomPlan>,
        openings: Vec<Opening>,
        place: (f64, f64),
        at: Step,
        dice: &mut Dice,
    ) -> Self {
        let uses: Vec<_> = plans.iter().map(|plan| plan.used_for).collect();
        let weather = Weather::new(dice);
        let rooms = plans.iter().map(|plan| usual_room(plan, dice)).collect();
        let people = People::new(2, &uses, at.now, at.local, dice);
        let state =
            HouseState { rooms, openings, people, washer: Washer::default(), rack: Rack::new(), weather };
        Self::with_state(plans, state, place, at)
    }

    /// A house in a given state.
    pub fn with_state(
        plans: Vec<RoomPlan>,
        state: HouseState,
        (latitude, longitude): (f64, f64),
        at: Step,
    ) -> Self {
        let uses = plans.iter().map(|plan| plan.used_for).collect();
        let outdoors = state.weather.outdoors(at.utc, at.local, latitude, longitude);
        let lux = vec![0.0; plans.len()];
        Self { plans, latitude, longitude, state, outdoors, lux, uses }
    }

    /// Lets time pass. Gives what people did.
    pub fn step(&mut self, at: Step, actuators: &Actuators, dice: &mut Dice) -> Vec<Deed> {
        self.state.weather.step(at.seconds, dice);
        self.outdoors = self.state.weather.outdoors(at.utc, at.local, self.latitude, self.longitude);
        let deeds = self.state.people.step(at.now, at.seconds, at.local, &self.uses, dice);
        for deed in &deeds {
            if let Deed::Moved(room) = deed {
                self.state.rooms[*room].moved_at = Some(at.now);
            }
        }
        self.state.washer.step(at.seconds, actuators.washer_powered);
        self.light(actuators);
        self.heat(at, actuators, dice);
        self.breathe(at);
        deeds
    }

    fn heat(&mut self, at: Step, actuators: &Actuators, dice: &mut Dice) {
        let rack_heat = actuators.rack_room.map(|room| {
            let around = self.state.rooms[room].air;
            (room, self.state.rack.step(at.seconds, around, actuators.fan, dice))
        });
        let hall = self.uses.iter().position(|used_for| *used_for == RoomUse::Hall);
        let hall_air = hall.map(|hall| self.state.rooms[hall].air);
        let mut through_doors = 0.0;
        for (index, plan) in self.plans.iter().enumerate() {
            let (awake, asleep) = self.state.people.in_room(index);
            let airing = 0.33 * plan.volume() * self.air_changes(index);
            let mut load = HeatLoad {
                gains: 100.0 * awake
                    + 70.0 * asleep
                    + actuators.watts[index]
                    + 0.5 * actuators.lamp_lux[index]
                    + 0.35 * plan.glass * self.outdoors.sunshine * actuators.blinds[index]
                    + rack_heat.filter(|(room, _)| *room == index).map_or(0.0, |(_, heat)| heat),
                airing,
                outside: self.outdoors.temperature,
                ..HeatLoad::default()
            };
            let room = &mut self.state.rooms[index];
            if let Some(hall_air) = hall_air.filter(|_| Some(index) != hall) {
                load.doors = 9.0;
                load.beyond_doors = hall_air;
                through_doors += 9.0 * (room.air - hall_air);
            }
            match actuators.heating[index] {
                Some(valve) => room.heating = valve,
                None => room.plain_heating(plan),
            }
            if Some(index) == hall {
                continue;
            }
            room.warm(plan, load, at.seconds);
        }
        if let Some(hall) = hall {
            let airing = 0.33 * self.plans[hall].volume() * self.air_changes(hall);
            let gains = through_doors + 0.5 * actuators.lamp_lux[hall] + actuators.watts[hall];
            let load = HeatLoad { gains, airing, outside: self.outdoors.temperature, ..HeatLoad::default() };
            self.state.rooms[hall].warm(&self.plans[hall], load, at.seconds);
        }
    }

    fn breathe(&mut self, at: Step) {
        for index in 0..self.plans.len() {
            let (awake, asleep) = self.state.people.in_room(index);
            let changes = self.air_changes(index) + 0.2;
            let plan = &self.plans[index];
            let room = &mut self.state.rooms[index];
            let steam = room.steam_until > at.now;
            let sources =
                Sources { awake, asleep, steam, frying: steam && plan.used_for == RoomUse::Kitchen };
            room.breath.step(sources, plan.volume(), changes, &self.outdoors, at.seconds);
            room.breath.condense(room.air);
        }
    }

    fn light(&mut self, actuators: &Actuators) {
        for (index, plan) in self.plans.iter().enumerate() {
            let day = self.outdoors.lux * plan.daylight * actuators.blinds[index];
            self.lux[index] = day + actuators.lamp_lux[index];
        }
    }

    /// Air changes an hour with outside: draughts, and five for each open window.
    fn air_changes(&self, room: usize) -> f64 {
        let open = self.state.openings.iter().filter(|opening| opening.open && opening.room == room).count();
        0.25 + 5.0 * open as f64
    }

    /// The first room that is used for this.
    pub fn room_for(&self, used_for: RoomUse) -> Option<usize> {
        self.uses.iter().position(|have| *have == used_for)
    }
}

fn usual_room(plan: &RoomPlan, dice: &mut Dice) -> RoomState {
    let air = plan.plain_target.unwrap_or(20.5) + dice.between(-0.3, 0.3);
    RoomState { air, walls: air - 0.6, breath: Air::usual(), steam_until: 0, moved_at: None, heating: 0.2 }
}
