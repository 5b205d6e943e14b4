//! Saving and restoring: all that changes, as JSON. What a device *is* comes from the code of today, so that a
//! newer version may add properties and devices without losing the rest.

use std::collections::BTreeMap;

use lares_model::{DeviceId, Moment, PropertyName};
use serde::{Deserialize, Serialize};

use super::jobs::Jobs;
use super::simulation::{Simulation, TICK};
use crate::climate::Calendar;
use crate::device::{Cell, DeviceState};
use crate::dice::Dice;
use crate::house::{House, HouseState};

/// Counts up when an older file cannot be read any more.
const FORMAT: u32 = 1;

/// Why a saved house could not be taken up again. The caller starts a fresh one.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is no saved house, or one of an older version.
    #[error("read the saved house: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Written by a version that saved differently.
    #[error("read the saved house: format {0} is not known")]
    Format(u32),
    /// The house was built differently then.
    #[error("fit the saved house into this one: it has {saved} rooms and openings, this one {here}")]
    Building {
        /// How many were saved.
        saved: usize,
        /// How many there are.
        here: usize,
    },
}

#[derive(Serialize, Deserialize)]
struct Saved {
    format: u32,
    now: u64,
    next_tick: u64,
    dice: Dice,
    jobs: Jobs,
    house: HouseState,
    devices: Vec<SavedDevice>,
    lit_by_hand: Vec<usize>,
}

#[derive(Serialize, Deserialize)]
struct SavedDevice {
    id: DeviceId,
    properties: BTreeMap<PropertyName, Cell>,
    state: DeviceState,
}

impl Simulation {
    /// All that changes. The configuration is the caller's to keep.
    pub fn save(&self) -> serde_json::Value {
        let devices = self.devices.iter().map(|device| {
            let names = device.description.properties.iter().map(|property| property.name.clone());
            SavedDevice {
                id: device.description.id.clone(),
                properties: names.zip(device.state.cells.iter().cloned()).collect(),
                state: DeviceState { cells: Vec::new(), ..device.state.clone() },
            }
        });
        let saved = Saved {
            format: FORMAT,
            now: self.now,
            next_tick: self.next_tick,
            dice: self.dice.clone(),
            jobs: self.jobs.clone(),
            house: self.house.state.clone(),
            devices: devices.collect(),
            lit_by_hand: self.lit_by_hand.clone(),
        };
        // Only maps with other keys than text could fail, and there are none.
        serde_json::to_value(saved).unwrap_or_default()
    }

    /// Takes up a saved house again, in `self`, which is a fresh one at `at`. The time between is caught up with
    /// at the next [`Simulation::advance`]. On an error `self` is as it was.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub fn take_up(&mut self, saved: &serde_json::Value, at: Moment) -> Result<(), RestoreError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head = Head::deserialize(saved)?;
        if head.format != FORMAT {
            return Err(RestoreError::Format(head.format));
        }
        let saved = Saved::deserialize(saved)?;
        let size = |house: &HouseState| house.rooms.len() + house.openings.len();
        if saved.house.rooms.len() != self.house.plans.len() || size(&saved.house) != size(&self.house.state)
        {
            return Err(RestoreError::Building { saved: size(&saved.house), here: size(&self.house.state) });
        }
        let same = saved.devices.len() == self.devices.len()
            && saved.devices.iter().zip(&self.devices).all(|(saved, device)| {
                saved.id == device.description.id
                    && saved.properties.len() == device.state.cells.len()
                    && device.description.properties.iter().all(|p| saved.properties.contains_key(&p.name))
            });
        self.take_up_devices(saved.devices, same);
        self.dice = saved.dice;
        // Home time goes on over restarts. Should it have begun anew all the same, no time has passed.
        self.now = saved.now.min(at.mono);
        self.next_tick = saved.next_tick.min(at.mono + TICK);
        // Jobs name devices and properties by number.
        (self.jobs, self.lit_by_hand) =
            if same { (saved.jobs, saved.lit_by_hand) } else { Default::default() };
        self.skew = at.utc.saturating_sub_unsigned(at.mono);
        self.calendar = Calendar::new(&self.config.time_zone);
        let step = self.step_to(self.now, 0.0);
        let place = (self.config.latitude, self.config.longitude);
        self.house = House::with_state(self.house.plans.clone(), saved.house, place, step);
        Ok(())
    }

    fn take_up_devices(&mut self, saved: Vec<SavedDevice>, same: bool) {
        let mut saved: BTreeMap<_, _> = saved.into_iter().map(|device| (device.id.clone(), device)).collect();
        for device in &mut self.devices {
            let Some(mut old) = saved.remove(&device.description.id) else { continue };
            let mut state = old.state;
            let fresh = std::mem::take(&mut device.state.cells);
            let described = &device.description.properties;
            let keep = |(property, fresh): (&lares_model::PropertyDescription, Cell)| {
                let fits = |cell: &Cell| {
                    cell.value.as_ref().is_none_or(|value| property.value_type.check(value).is_ok())
                };
                old.properties.remove(&property.name).filter(fits).unwrap_or(fresh)
            };
            state.cells = described.iter().zip(fresh).map(keep).collect();
            // So do movements, and the job that carries them on is gone.
            state.ramps.retain(|_| same);
            device.state = state;
        }
    }
}
