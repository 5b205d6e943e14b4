//! Flights: commands on their way, from *requested* to an end, robust against what radios echo.
//!
//! Zigbee2MQTT echoes a `set` at once with the wished value (optimistic) and may first repeat the old one (stale).
//! So an old value is no refusal, and a wished value is believed but watched: if the device then reports the old
//! value and stays there until the window closes, it went back, and the command failed after all.

use std::collections::BTreeSet;

use lares_model::{
    Cause, CommandId, CommandOutcome, CommandPhase, DeviceId, Effect, JournalKind, Millis, PropertyKey,
    PropertyName, Value,
};

use crate::cell::{Late, Owner, Status};
use crate::durable::RowKey;
use crate::home::{Due, Home};
use crate::reading::Failed;

/// How long an answer may take after the adapter handed the command on.
pub(crate) const ANSWER_MS: u64 = 10_000;
/// How long a cover may move, as long as its reports come nearer.
const MOVING_MS_MAX: u64 = 300_000;
/// How long after its time a wish that comes true is still the answer: valves on battery sleep for minutes.
const LATE_MS: u64 = 900_000;

/// A command on its way.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) device: DeviceId,
    /// The properties that it still decides: those replaced by a newer command are not.
    pub(crate) properties: BTreeSet<PropertyName>,
    pub(crate) cause: Cause,
    /// How long the answer may take.
    length: u64,
    /// When the window closes, home time.
    pub(crate) until: u64,
    /// However much it moves, not beyond this.
    until_max: u64,
    /// What was last told of it.
    pub(crate) outcome: Option<CommandOutcome>,
    /// A reason that the device gave while it was open.
    reason: Option<String>,
}

impl Flight {
    pub(crate) fn new(
        device: DeviceId,
        properties: BTreeSet<PropertyName>,
        cause: Cause,
        length: u64,
        now: u64,
    ) -> Self {
        let until_max = now + length + MOVING_MS_MAX;
        Self {
            device,
            properties,
            cause,
            length,
            until: now + length,
            until_max,
            outcome: None,
            reason: None,
        }
    }
}

impl Home {
    pub(crate) fn start_flight(&mut self, command: CommandId, flight: Flight) {
        self.agenda.set(Due::Command(command), Some(flight.until));
        self.flights.insert(command, flight);
    }

    /// The adapter handed it on: the window begins.
    pub(crate) fn command_sent(&mut self, command: CommandId) {
        let now = self.real.mono;
        let Some(flight) = self.flights.get_mut(&command) else { return };
        if flight.outcome.is_some() {
            return;
        }
        flight.until = now + flight.length;
        flight.until_max = flight.until + MOVING_MS_MAX;
        let (until, device) = (flight.until, flight.device.clone());
        let properties: Vec<_> = flight.properties.iter().cloned().collect();
        self.agenda.set(Due::Command(command), Some(until));
        for property in &properties {
            self.property_sent(command, &device, property);
        }
        self.tell_phase(command, CommandPhase::Sent);
        self.confirm_if_all(command);
    }

    /// Somebody waits for the answer for so long: the window stays open, too.
    pub(crate) fn give_time(&mut self, command: CommandId, length: Millis) {
        let Some(flight) = self.flights.get_mut(&command) else { return };
        let longer = length.0.saturating_sub(flight.length);
        flight.length = flight.length.saturating_add(longer);
        flight.until = flight.until.saturating_add(longer);
        flight.until_max = flight.until_max.saturating_add(longer);
        let until = flight.until;
        self.agenda.set(Due::Command(command), Some(until));
    }

    /// Takes back what was not confirmed of these commands, so that it can be told anew.
    pub(crate) fn give_up(&mut self, commands: &[CommandId]) {
        for command in commands {
            let Some(flight) = self.flights.get(command) else { continue };
            let (device, properties) = (flight.device.clone(), flight.properties.clone());
            for property in properties {
                let key = PropertyKey { device: device.clone(), property };
                let Some(cell) = self.world.cell_mut(&key) else { continue };
                if cell.watch.take_if(|watch| watch.command == *command && !watch.confirmed).is_some() {
                    self.replaced(*command, &key.property);
                }
            }
        }
    }

    fn property_sent(&mut self, command: CommandId, device: &DeviceId, property: &PropertyName) {
        let Some(entry) = self.world.devices.get_mut(device) else { return };
        let readable = entry.description.property(property.as_str()).is_some_and(|p| p.access.readable);
        let Some(cell) = entry.cells.get_mut(property) else { return };
        if let Some(watch) = cell.watch.as_mut().filter(|watch| watch.command == command) {
            watch.sent = true;
            // Nobody will ever say; handing it on is all that can be known.
            watch.confirmed |= !readable;
        }
        if !readable && let Some(claim) = cell.effective_mut() {
            claim.settle();
            // On disk, too: after a restart it must not be told again.
            let key = PropertyKey { device: device.clone(), property: property.clone() };
            self.dirty.insert(RowKey::Claims(key.clone()));
            self.parting_done(&key);
        }
    }

    /// A report came for a property with a command under way.
    pub(crate) fn answer_watch(&mut self, key: &PropertyKey, before: Option<&Value>, value: &Value) {
        let Some(entry) = self.world.devices.get_mut(&key.device) else { return };
        let tolerance = entry
            .description
            .property(key.property.as_str())
            .map_or(0.0, lares_model::PropertyDescription::tolerance);
        let Some(cell) = entry.cells.get_mut(&key.property) else { return };
        let Some(watch) = &mut cell.watch else { return };
        let command = watch.command;
        if value.fulfils(&watch.value, tolerance) {
            watch.confirmed = true;
            cell.failed = None;
            cell.late = None;
            if let Some(claim) = cell.effective_mut() {
                claim.settle();
            }
            self.parting_done(key);
            self.confirm_if_all(command);
        } else if nearer(before, value, &watch.value) && self.flights.contains_key(&command) {
            self.moving(command);
        }
    }

    /// The cause of a command that was given up, if this report fulfils it after all: a sleepy valve, a slow blind.
    pub(crate) fn answers_late(&mut self, key: &PropertyKey, value: &Value) -> Option<Cause> {
        let tolerance = self.world.tolerance(key);
        let now = self.real.mono;
        let cell = self.world.cell_mut(key)?;
        let late = cell.late.take_if(|late| late.until <= now || value.fulfils(&late.value, tolerance))?;
        if late.until <= now {
            return None;
        }
        cell.failed = None;
        if let Some(claim) = cell.effective_mut().filter(|claim| value.fulfils(&claim.value, tolerance)) {
            claim.settle();
            self.dirty.insert(RowKey::Claims(key.clone()));
        }
        Some(late.cause)
    }

    /// The device is on its way: it has longer.
    pub(crate) fn moving(&mut self, command: CommandId) {
        let now = self.real.mono;
        let Some(flight) = self.flights.get_mut(&command) else { return };
        flight.until = flight.until.max((now + ANSWER_MS).min(flight.until_max));
        self.agenda.set(Due::Command(command), Some(flight.until));
    }

    /// Tells that the command is confirmed once every property is; or sent, as far as nobody will ever confirm it.
    fn confirm_if_all(&mut self, command: CommandId) {
        let Some(flight) = self.flights.get(&command) else { return };
        if flight.outcome.is_some() {
            return;
        }
        let device = self.world.devices.get(&flight.device);
        let all = flight.properties.iter().all(|name| {
            let watch = device.and_then(|entry| entry.cells.get(name)?.watch.as_ref());
            watch.is_none_or(|watch| watch.command != command || watch.confirmed)
        });
        if !all {
            return;
        }
        let reported = |name: &PropertyName| {
            let property = device.and_then(|entry| entry.description.property(name.as_str()));
            property.is_none_or(|property| property.access.readable)
        };
        let is_reported = flight.properties.iter().all(reported);
        let outcome = if is_reported { CommandOutcome::Confirmed } else { CommandOutcome::Sent };
        self.tell_outcome(command, &outcome);
    }

    /// A newer command decides this property from now on.
    pub(crate) fn replaced(&mut self, command: CommandId, name: &PropertyName) {
        let Some(flight) = self.flights.get_mut(&command) else { return };
        flight.properties.remove(name);
        if !flight.properties.is_empty() {
            return self.confirm_if_all(command);
        }
        if flight.outcome.is_none() {
            let reason = "a newer command took its place".to_owned();
            self.tell_outcome(command, &CommandOutcome::Expired { reason });
        }
        self.flights.remove(&command);
        self.agenda.set(Due::Command(command), None);
    }

    /// The window closes: what is not so now has failed.
    pub(crate) fn flight_over(&mut self, command: CommandId) {
        let Some(flight) = self.flights.get(&command) else { return };
        let (device, reason) = (flight.device.clone(), flight.reason.clone());
        let mut said = None;
        for property in flight.properties.clone() {
            let key = PropertyKey { device: device.clone(), property };
            said = self.close_watch(command, &key, reason.as_deref()).or(said);
        }
        let untold = self.flights.get(&command).is_some_and(|flight| flight.outcome.is_none());
        if let Some(reason) = said {
            self.tell_outcome(command, &CommandOutcome::TimedOut { reason });
        } else if untold {
            let reason = "the device does not have it any more".to_owned();
            self.tell_outcome(command, &CommandOutcome::Expired { reason });
        }
        self.flights.remove(&command);
    }

    /// Ends the watch of one property; says why it failed, if it did.
    fn close_watch(&mut self, command: CommandId, key: &PropertyKey, reason: Option<&str>) -> Option<String> {
        let entry = self.world.devices.get_mut(&key.device)?;
        let property = entry.description.property(key.property.as_str())?;
        let (tolerance, readable) = (property.tolerance(), property.access.readable);
        let cell = entry.cells.get_mut(&key.property)?;
        let watch = cell.watch.take_if(|watch| watch.command == command)?;
        let value = cell.state.value.as_ref();
        let is_so = value.is_some_and(|value| value.fulfils(&watch.value, tolerance));
        if watch.confirmed && (is_so || !readable) {
            return None;
        }
        let said = match (reason, value) {
            (Some(reason), _) => reason.to_owned(),
            (None, Some(value)) if watch.confirmed => format!("the device went back to {value}"),
            (None, Some(value)) if watch.sent => format!("no answer within the time; it still says {value}"),
            (None, None) if watch.sent => "no answer within the time".to_owned(),
            _ => "the adapter did not send it".to_owned(),
        };
        if !watch.confirmed {
            let until = self.real.mono.saturating_add(LATE_MS);
            cell.late = Some(Late { value: watch.value, cause: watch.cause, until });
        }
        self.property_failed(command, key, &said);
        Some(said)
    }

    /// The device is gone, and with it the answers to what is under way.
    pub(crate) fn end_flights(&mut self, device: &DeviceId) {
        let of_it = |flight: &Flight| flight.device == *device;
        let commands: Vec<CommandId> =
            self.flights.iter().filter(|(_, flight)| of_it(flight)).map(|(command, _)| *command).collect();
        for command in commands {
            if self.flights.get(&command).is_some_and(|flight| flight.outcome.is_none()) {
                let reason = "the device is gone".to_owned();
                self.tell_outcome(command, &CommandOutcome::Failed { reason });
            }
            self.flights.remove(&command);
            self.agenda.set(Due::Command(command), None);
        }
    }

    /// The adapter could not, or the device refused.
    pub(crate) fn command_failed(&mut self, command: CommandId, reason: &str) {
        let Some(flight) = self.flights.remove(&command) else { return };
        self.agenda.set(Due::Command(command), None);
        for property in &flight.properties {
            let key = PropertyKey { device: flight.device.clone(), property: property.clone() };
            if let Some(cell) = self.world.cell_mut(&key) {
                cell.watch.take_if(|watch| watch.command == command);
                self.property_failed(command, &key, reason);
            }
        }
        self.flights.insert(command, flight);
        self.tell_outcome(command, &CommandOutcome::Failed { reason: reason.to_owned() });
        self.flights.remove(&command);
    }

    /// The device refused something. One open command that fits is the one; among several nobody knows, so the
    /// reason is kept for those that then time out.
    pub(crate) fn device_refused(
        &mut self,
        device: &DeviceId,
        property: Option<&PropertyName>,
        reason: &str,
    ) {
        let fits = |flight: &Flight| {
            flight.device == *device
                && flight.outcome.is_none()
                && property.is_none_or(|property| flight.properties.contains(property))
        };
        let open: Vec<CommandId> =
            self.flights.iter().filter(|(_, flight)| fits(flight)).map(|(command, _)| *command).collect();
        match open.as_slice() {
            [] => {
                let text = format!("{} refused something: {reason}", self.world.name(device));
                self.journal(JournalKind::CommandFailed, text).device(device);
            }
            [one] if property.is_some() => self.command_failed(*one, reason),
            several => {
                for command in several {
                    if let Some(flight) = self.flights.get_mut(command) {
                        flight.reason = Some(reason.to_owned());
                    }
                }
            }
        }
    }

    /// The wish for one property came to nothing. A click or a one-shot springs back; what a level rule holds stays
    /// claimed, and is told again.
    fn property_failed(&mut self, command: CommandId, key: &PropertyKey, reason: &str) {
        let at = self.real.utc;
        let Some(cell) = self.world.cell_mut(key) else { return };
        cell.failed = Some(Failed { command, reason: reason.to_owned(), at });
        let Some(claim) = cell.effective_mut() else { return };
        claim.status = Status::Failed;
        let seq = claim.seq;
        self.dirty.insert(RowKey::Claims(key.clone()));
        if !self.try_again_later(key) {
            self.end_claim(key, |claim| claim.seq == seq);
        }
    }

    /// What a level rule left behind was done; nobody holds it any more.
    pub(crate) fn parting_done(&mut self, key: &PropertyKey) {
        let done = self.world.cell(key).and_then(|cell| cell.effective()).map(|claim| claim.seq);
        let is_done = |claim: &crate::cell::Claim| {
            Some(claim.seq) == done && matches!(claim.owner, Owner::Parting { .. })
        };
        self.end_claims(key, is_done);
    }

    fn tell_outcome(&mut self, command: CommandId, outcome: &CommandOutcome) {
        let Some(flight) = self.flights.get_mut(&command) else { return };
        flight.outcome = Some(outcome.clone());
        let (device, cause) = (flight.device.clone(), flight.cause.clone());
        let names: Vec<String> =
            flight.properties.iter().map(|name| name.as_str().replace('_', " ")).collect();
        let what = format!("{} {}", self.world.name(&device), names.join(", "));
        let text = match outcome {
            CommandOutcome::Confirmed | CommandOutcome::Sent | CommandOutcome::Expired { .. } => None,
            CommandOutcome::TimedOut { reason } => Some(format!("{what} did not obey: {reason}")),
            CommandOutcome::Failed { reason } => Some(format!("{what} could not be set: {reason}")),
        };
        if let Some(text) = text {
            self.journal(JournalKind::CommandFailed, text).device(&device).cause(&cause);
        }
        self.tell_phase(command, CommandPhase::Done { outcome: outcome.clone() });
        self.run_hears(command, outcome);
    }

    fn tell_phase(&mut self, command: CommandId, phase: CommandPhase) {
        let Some(flight) = self.flights.get(&command) else { return };
        let properties: Vec<PropertyName> = flight.properties.iter().cloned().collect();
        self.out.push(Effect::CommandPhase { command, device: flight.device.clone(), properties, phase });
    }
}

/// True if a numeric report came nearer to the wish than the one before.
pub(crate) fn nearer(before: Option<&Value>, value: &Value, wish: &Value) -> bool {
    match (before.and_then(Value::as_number), value.as_number(), wish.as_number()) {
        (Some(before), Some(value), Some(wish)) => (value - wish).abs() < (before - wish).abs(),
        _ => false,
    }
}
