//! Sensing: what the house is like, as each property of a device would measure it.

use lares_model::{DeviceKind, PropertyDescription, Value, ValueType};

use super::cell::resolve;
use super::simulated::{Place, Role, SimulatedDevice};
use super::thermostat::Setting;
use crate::dice::Dice;
use crate::house::House;

/// What a property measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    Temperature,
    Humidity,
    Illuminance,
    Pressure,
    Co2,
    Pm25,
    Voc,
    Power,
    Current,
    Voltage,
    Energy,
    Battery,
    LinkQuality,
    HeatingDemand,
    DeviceTemperature,
    Motion,
    Presence,
    Open,
    BatteryLow,
    WindowOpen,
    HvacAction,
    LockState,
    Alarm,
}

impl Sense {
    /// By the name without endpoint; `None` for what is commanded, momentary, or not known to the simulation.
    pub fn of(property: &PropertyDescription) -> Option<Self> {
        if property.access.writable || property.value_type.is_event() {
            return None;
        }
        Some(match property.base.as_str() {
            "temperature" => Self::Temperature,
            "humidity" => Self::Humidity,
            "illuminance" => Self::Illuminance,
            "pressure" => Self::Pressure,
            "co2" => Self::Co2,
            "pm25" => Self::Pm25,
            "voc" => Self::Voc,
            "power" => Self::Power,
            "current" => Self::Current,
            "voltage" => Self::Voltage,
            "energy" => Self::Energy,
            "battery" => Self::Battery,
            "link_quality" => Self::LinkQuality,
            "pi_heating_demand" => Self::HeatingDemand,
            "device_temperature" => Self::DeviceTemperature,
            "motion" => Self::Motion,
            "presence" => Self::Presence,
            "open" => Self::Open,
            "battery_low" => Self::BatteryLow,
            "window_open" => Self::WindowOpen,
            "hvac_action" => Self::HvacAction,
            "lock_state" => Self::LockState,
            "water_leak" | "smoke" | "gas" => Self::Alarm,
            _ => return None,
        })
    }
}

/// What a device finds around it.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The house.
    pub house: &'a House,
    /// Home time.
    pub now: u64,
    /// Since the last look, s.
    pub seconds: f64,
    /// Somebody watches television.
    pub television: bool,
}

impl SimulatedDevice {
    /// Looks around: brings every property that measures to what is true now.
    pub fn sense(&mut self, around: &Surroundings<'_>, dice: &mut Dice) {
        self.age(around, dice);
        if self.description.kind == DeviceKind::Thermostat {
            self.control(around);
        }
        let description = self.description.clone();
        for (index, property) in description.properties.iter().enumerate() {
            let Some(sense) = self.senses[index] else { continue };
            let measured = match &property.value_type {
                ValueType::Number { .. } => {
                    self.amount(sense, around).map(|n| Value::Number(resolve(property, n)))
                }
                ValueType::Binary => self.truth(sense, around).map(Value::Binary),
                ValueType::Enum { .. } => self.word(sense).map(Value::word),
                _ => None,
            };
            if measured.is_some() {
                self.state.cells[index].value = measured;
            }
        }
    }

    /// Batteries empty, radios fade and recover, meters count.
    fn age(&mut self, around: &Surroundings<'_>, dice: &mut Dice) {
        let state = &mut self.state;
        state.link = (state.link + (around.seconds / 5.0).min(20.0).sqrt() * dice.between(-1.0, 1.0))
            .clamp(38.0, 240.0);
        // A year and a half for a full battery.
        state.charge = (state.charge - around.seconds / 86_400.0 * 0.18).max(0.0);
        let room = self.place.room();
        if let Some(moved) = room.and_then(|room| around.house.state.rooms[room].moved_at)
            && self.senses.iter().any(|sense| matches!(sense, Some(Sense::Motion | Sense::Presence)))
        {
            self.state.motion_until = moved + 75_000;
        }
        self.state.meter += self.watts(around) * around.seconds / 3.6e6;
    }

    /// Runs the control of a radiator valve.
    fn control(&mut self, around: &Surroundings<'_>) {
        let Some(temperature) = self.amount(Sense::Temperature, around) else { return };
        let target = self.value("target_temperature").and_then(Value::as_number).unwrap_or(20.0);
        let on = self.value("hvac_mode").and_then(Value::as_text) != Some("off");
        let minds_windows = self.value("window_detection").and_then(Value::as_bool).unwrap_or(true);
        self.state.thermostat.step(temperature, Setting { target, on, minds_windows }, around.seconds);
    }

    fn amount(&self, sense: Sense, around: &Surroundings<'_>) -> Option<f64> {
        let (house, outdoors) = (around.house, &around.house.outdoors);
        let room = self.place.room().map(|room| &house.state.rooms[room]);
        Some(match sense {
            Sense::Temperature => match self.place {
                Place::Outside => outdoors.temperature,
                Place::Rack(_) => house.state.rack.temperature,
                Place::Room(room) => house.state.rooms[room].air + self.calibration(),
            },
            Sense::Humidity => match (self.place, room) {
                // The same water in warmer air.
                (Place::Rack(_), Some(room)) => room.breath.humidity(house.state.rack.temperature),
                (_, Some(room)) => room.breath.humidity(room.air),
                (_, None) => outdoors.humidity,
            },
            Sense::Illuminance => self.place.room().map_or(outdoors.lux, |room| house.lux[room]),
            Sense::Pressure => outdoors.pressure,
            Sense::Co2 => room?.breath.co2,
            Sense::Pm25 => room?.breath.pm25,
            Sense::Voc => room?.breath.voc,
            Sense::Power => self.watts(around),
            Sense::Current => self.watts(around) / 231.0,
            Sense::Voltage => 231.0 + 3.0 * (around.now as f64 / 900_000.0).sin(),
            Sense::Energy => self.state.meter,
            Sense::Battery => self.state.charge,
            Sense::LinkQuality => self.state.link,
            Sense::HeatingDemand => 100.0 * self.state.thermostat.valve,
            Sense::DeviceTemperature => {
                room.map_or(outdoors.temperature, |room| room.air) + 6.0 + self.watts(around) / 200.0
            }
            _ => return None,
        })
    }

    fn calibration(&self) -> f64 {
        self.value("local_temperature_calibration").and_then(Value::as_number).unwrap_or(0.0)
    }

    fn truth(&self, sense: Sense, around: &Surroundings<'_>) -> Option<bool> {
        Some(match sense {
            Sense::Motion => around.now < self.state.motion_until,
            Sense::Presence => {
                let (awake, asleep) = around.house.state.people.in_room(self.place.room()?);
                awake + asleep > 0.0 || around.now + 60_000 < self.state.motion_until
            }
            Sense::Open => match self.role {
                Role::Opening(opening) => around.house.state.openings.get(opening)?.open,
                _ => return None,
            },
            Sense::Alarm => self.state.alarm,
            Sense::BatteryLow => self.state.charge < 15.0,
            Sense::WindowOpen => self.state.thermostat.window_open,
            _ => return None,
        })
    }

    fn word(&self, sense: Sense) -> Option<&'static str> {
        match sense {
            Sense::HvacAction => {
                let before = self.value("hvac_action").and_then(Value::as_text) == Some("heating");
                Some(if self.state.thermostat.heats(before) { "heating" } else { "idle" })
            }
            Sense::LockState => self
                .value("lock")
                .and_then(Value::as_bool)
                .map(|locked| if locked { "locked" } else { "unlocked" }),
            _ => None,
        }
    }

    /// What it draws, or what is plugged into it, W.
    pub fn watts(&self, around: &Surroundings<'_>) -> f64 {
        let on = f64::from(u8::from(self.is_on()));
        let wave = (around.now as f64 / 47_000.0).sin();
        on * match self.role {
            Role::Washer => around.house.state.washer.watts(),
            Role::Television if around.television => 92.0 + 4.0 * wave,
            Role::Television => 0.9,
            Role::RackFan => 11.5 + 0.3 * wave,
            Role::Lamp(lux) => f64::from(lux) / 25.0 * self.brightness() / 100.0,
            _ => 0.0,
        }
    }

    /// Brightness in %, 100 for a lamp that cannot be dimmed.
    pub fn brightness(&self) -> f64 {
        let held = self.brightness_cell.and_then(|index| self.state.cells[index].value.as_ref());
        held.and_then(Value::as_number).unwrap_or(100.0)
    }
}
