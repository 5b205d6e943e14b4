//! Obeying: what a command does to a device once its radio heard it, and how long that takes.

use std::collections::BTreeMap;

use lares_model::{DeviceKind, Millis, PropertyName, Value};

use super::cell::resolve;
use super::simulated::{Ramp, Role, SimulatedDevice};
use crate::dice::Dice;

/// How fast a blind runs, % a second: 20 s from end to end.
const BLIND_SPEED: f64 = 5.0;

impl SimulatedDevice {
    /// How long until the device does what it is told, ms.
    pub fn latency(&self, values: &BTreeMap<PropertyName, Value>, dice: &mut Dice) -> u64 {
        let setting = !values.keys().any(|name| {
            self.description
                .property(name.as_str())
                .is_some_and(|p| p.category == lares_model::Category::Main)
        });
        match self.description.kind {
            // The bolt runs before the lock says that it is locked.
            DeviceKind::Lock => dice.millis(1300, 1800),
            // So does the ball of a motor valve.
            DeviceKind::Valve => dice.millis(2800, 4500),
            _ if self.sleeps() && setting => dice.millis(1500, 6000),
            _ if self.sleeps() => dice.millis(1000, 2000),
            DeviceKind::Light => dice.millis(80, 300),
            _ => dice.millis(100, 350),
        }
    }

    /// Why these values cannot be commanded, in words.
    ///
    /// # Errors
    /// The first of them that the device does not have, does not take, or not with this value.
    pub fn refuses(&self, values: &BTreeMap<PropertyName, Value>) -> Result<(), String> {
        if values.is_empty() {
            return Err("nothing to do was named".into());
        }
        for (name, value) in values {
            let property = self
                .description
                .property(name.as_str())
                .ok_or_else(|| format!("{} has no property {name}", self.description.name))?;
            if !property.access.writable {
                return Err(format!("{name} of {} can only be read", self.description.name));
            }
            property.value_type.check(value).map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(())
    }

    /// Does it. Gives what to report at once; what takes time is in `state.ramps` afterwards.
    pub fn obey(
        &mut self,
        now: u64,
        values: &BTreeMap<PropertyName, Value>,
        transition: Option<Millis>,
    ) -> Vec<usize> {
        let mut touched = Vec::new();
        for (name, value) in values {
            let Some(index) = self.index(name.as_str()) else { continue };
            self.state.ramps.retain(|ramp| ramp.cell != index);
            let base = self.description.properties[index].base.clone();
            match (self.description.kind, base.as_str(), value) {
                (DeviceKind::Cover, "movement", _) => self.move_blind(now, index, value, &mut touched),
                (DeviceKind::Cover, "position", Value::Number(to)) => {
                    self.travel(now, index, *to, &mut touched);
                }
                (_, "brightness" | "color_temperature", Value::Number(to)) => {
                    let to = resolve(&self.description.properties[index], *to);
                    self.fade(now, index, to, transition, &mut touched);
                }
                (_, _, Value::Number(to)) => {
                    let to = resolve(&self.description.properties[index], *to);
                    self.set(index, Value::Number(to), &mut touched);
                }
                _ => self.set(index, value.clone(), &mut touched),
            }
            self.follow(index, base.as_str(), value, &mut touched);
        }
        self.settle_state(values, &mut touched);
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    fn set(&mut self, index: usize, value: Value, touched: &mut Vec<usize>) {
        self.state.cells[index].value = Some(value);
        touched.push(index);
    }

    /// What a value drags along in a lamp or a lock.
    fn follow(&mut self, index: usize, base: &str, value: &Value, touched: &mut Vec<usize>) {
        let mode = match base {
            "color" => Some("hs"),
            "color_temperature" => Some("color_temp"),
            _ => None,
        };
        if let (Some(mode), Some(sibling)) = (mode, self.sibling(index, "color_mode")) {
            self.set(sibling, Value::word(mode), touched);
        }
        if let ("brightness", Value::Number(level), Some(state)) = (base, value, self.sibling(index, "state"))
        {
            if *level > 0.0 {
                self.state.bright = *level;
            }
            self.set(state, Value::Switch(*level > 0.0), touched);
        }
        if let ("lock", Some(sibling)) = (base, self.sibling(index, "lock_state")) {
            let word = if value.as_bool() == Some(true) { "locked" } else { "unlocked" };
            self.set(sibling, Value::word(word), touched);
        }
    }

    /// An explicit state is stronger than what brightness implies; switching on wakes the last brightness.
    fn settle_state(&mut self, values: &BTreeMap<PropertyName, Value>, touched: &mut Vec<usize>) {
        for (name, value) in values {
            let Some(index) = self.index(name.as_str()) else { continue };
            if self.description.properties[index].base.as_str() != "state" {
                continue;
            }
            self.set(index, value.clone(), touched);
            let Some(level) = self.sibling(index, "brightness") else { continue };
            if value.as_bool() == Some(true) && self.state.cells[level].value == Some(Value::Number(0.0)) {
                self.set(level, Value::Number(self.state.bright), touched);
            } else if value.as_bool() == Some(true) {
                touched.push(level);
            }
        }
    }

    fn fade(
        &mut self,
        now: u64,
        index: usize,
        to: f64,
        transition: Option<Millis>,
        touched: &mut Vec<usize>,
    ) {
        let from = self.state.cells[index].value.as_ref().and_then(Value::as_number);
        match (from, transition) {
            // Shorter than this nobody reports steps.
            (Some(from), Some(Millis(length))) if length > 1000 && (from - to).abs() > 1.0 => {
                let end = now.saturating_add(length.min(3_600_000));
                self.state.ramps.push(Ramp { cell: index, from, to, start: now, end });
            }
            _ => self.set(index, Value::Number(to), touched),
        }
    }

    fn move_blind(&mut self, now: u64, index: usize, word: &Value, touched: &mut Vec<usize>) {
        self.state.cells[index].value = Some(word.clone());
        let Some(position) = self.sibling(index, "position") else { return };
        match word.as_text() {
            Some("open") => self.travel(now, position, 100.0, touched),
            Some("close") => self.travel(now, position, 0.0, touched),
            _ => {
                self.run_ramps(now);
                self.state.ramps.clear();
                touched.push(position);
            }
        }
    }

    fn travel(&mut self, now: u64, index: usize, to: f64, touched: &mut Vec<usize>) {
        self.run_ramps(now);
        self.state.ramps.retain(|ramp| ramp.cell != index);
        let from = self.state.cells[index].value.as_ref().and_then(Value::as_number).unwrap_or(0.0);
        let length = ((from - to).abs() / BLIND_SPEED * 1000.0) as u64;
        if length == 0 {
            touched.push(index);
        } else {
            self.state.ramps.push(Ramp { cell: index, from, to, start: now, end: now + length });
        }
    }

    /// Brings moving values to where they are at `now`. Gives those that moved; finished ramps are gone after.
    pub fn run_ramps(&mut self, now: u64) -> Vec<usize> {
        let ramps = std::mem::take(&mut self.state.ramps);
        for ramp in &ramps {
            let part = now.saturating_sub(ramp.start) as f64 / (ramp.end - ramp.start) as f64;
            let at = if now >= ramp.end { ramp.to } else { ramp.from + (ramp.to - ramp.from) * part };
            let value = resolve(&self.description.properties[ramp.cell], at);
            self.state.cells[ramp.cell].value = Some(Value::Number(value));
        }
        let moved = ramps.iter().map(|ramp| ramp.cell).collect();
        self.state.ramps = ramps.into_iter().filter(|ramp| now < ramp.end).collect();
        moved
    }

    /// How often a moving value is reported, ms.
    pub fn ramp_pace(&self) -> u64 {
        if self.role == Role::Blind { 2500 } else { 1000 }
    }
}
