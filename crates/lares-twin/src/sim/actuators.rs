//! From the devices back to the house: what they heat, light, cover and switch.

use lares_model::Value;

use super::simulation::Simulation;
use crate::device::{Place, Role};
use crate::house::Actuators;

impl Simulation {
    /// What the devices do to the house now.
    pub(super) fn actuators(&self) -> Actuators {
        let rooms = self.house.plans.len();
        let mut actuators = Actuators {
            heating: vec![None; rooms],
            lamp_lux: vec![0.0; rooms],
            blinds: vec![1.0; rooms],
            watts: vec![0.0; rooms],
            ..Actuators::default()
        };
        for device in &self.devices {
            let Some(room) = device.place.room() else { continue };
            let on = f64::from(u8::from(device.is_on()));
            match device.role {
                Role::Lamp(lux) => {
                    actuators.lamp_lux[room] += f64::from(lux) * on * device.brightness() / 100.0;
                }
                Role::RackFan => actuators.fan |= device.is_on(),
                Role::Washer => actuators.washer_powered |= device.is_on(),
                Role::Television => actuators.watts[room] += 60.0 * on * f64::from(u8::from(self.watching())),
                // A tenth of the light comes through the slats.
                Role::Blind => {
                    let open = device.value("position").and_then(Value::as_number).unwrap_or(100.0);
                    actuators.blinds[room] *= 0.1 + 0.9 * open / 100.0;
                }
                _ => {}
            }
            if let Place::Rack(room) = device.place {
                actuators.rack_room = Some(room);
            }
            if device.index("pi_heating_demand").is_some() {
                actuators.heating[room] = Some(device.state.thermostat.valve);
            }
        }
        actuators
    }
}
