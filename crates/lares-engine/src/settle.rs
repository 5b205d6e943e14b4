//! Settling: the claims in force become commands, one message for each device, and only what is not so already.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_model::{
    Cause, Command, CommandId, CommandPhase, DeviceId, DeviceKind, Effect, Millis, PropertyDescription,
    PropertyKey, PropertyName, Value,
};

use crate::cell::{Cell, Claim, Owner, Status, Watch};
use crate::durable::RowKey;
use crate::flights::{ANSWER_MS, Flight};
use crate::home::Home;
use crate::world::Entry;

/// A value that a device must be told.
struct Want {
    value: Value,
    cause: Cause,
    transition: Option<Millis>,
    seq: u64,
}

impl Home {
    /// Tells every device with changed claims what is not so yet.
    pub(crate) fn settle(&mut self) {
        if !self.started {
            return;
        }
        while let Some(id) = self.touched.pop_first() {
            self.settle_device(&id);
        }
    }

    pub(crate) fn settle_device(&mut self, id: &DeviceId) {
        let Some(entry) = self.world.devices.get_mut(id) else { return };
        let wants = wants_of(entry);
        let done =
            (entry.cells.iter()).filter(|(_, cell)| cell.parting_is_over()).map(|(name, _)| name.clone());
        for property in done.collect::<Vec<_>>() {
            self.parting_done(&PropertyKey { device: id.clone(), property });
        }
        if wants.is_empty() {
            return;
        }
        self.command(id, wants);
    }

    fn command(&mut self, id: &DeviceId, wants: BTreeMap<PropertyName, Want>) {
        self.counters.command += 1;
        self.dirty.insert(RowKey::Counters);
        let command = CommandId(self.counters.command);
        let transition = wants.values().filter_map(|want| want.transition).max();
        // The newest claim says why; the others have their own cause when their value changes.
        let cause =
            wants.values().max_by_key(|want| want.seq).map(|want| want.cause.clone()).unwrap_or_default();
        let properties: Vec<PropertyName> = wants.keys().cloned().collect();
        let values = wants.iter().map(|(name, want)| (name.clone(), want.value.clone())).collect();
        for (name, want) in wants {
            self.watch(id, &name, command, want);
        }
        let length = ANSWER_MS + transition.map_or(0, |transition| transition.0);
        self.start_flight(
            command,
            Flight::new(
                id.clone(),
                properties.iter().cloned().collect(),
                cause.clone(),
                length,
                self.real.mono,
            ),
        );
        let (device, phase) = (id.clone(), CommandPhase::Requested);
        self.out.push(Effect::Command(Command {
            id: command,
            device: id.clone(),
            values,
            transition,
            cause,
        }));
        self.out.push(Effect::CommandPhase { command, device, properties, phase });
    }

    /// From now on reports of this property answer this command.
    fn watch(&mut self, id: &DeviceId, name: &PropertyName, command: CommandId, want: Want) {
        let Some(cell) = self.world.devices.get_mut(id).and_then(|entry| entry.cells.get_mut(name)) else {
            return;
        };
        cell.failed = None;
        let watch = Watch { command, value: want.value, sent: false, confirmed: false, cause: want.cause };
        if let Some(replaced) = cell.watch.replace(watch) {
            self.replaced(replaced.command, name);
        }
    }
}

/// What the device must be told, and marks the claims that it fulfils already.
fn wants_of(entry: &mut Entry) -> BTreeMap<PropertyName, Want> {
    let description = entry.description.clone();
    let off = claims_of_off(&description.properties, &entry.cells, description.kind);
    let reachable = entry.reachable();
    let mut wants = BTreeMap::new();
    for (name, cell) in &mut entry.cells {
        let Some(property) = description.property(name.as_str()) else { continue };
        let is_state = property.base.as_str() == "state";
        let off = off.get(&property.endpoint).filter(|_| !is_state);
        if !property.access.writable || off.is_some_and(|off| keeps_dark(off, cell)) {
            continue;
        }
        if let Some(want) = want_of(property, cell, reachable) {
            wants.insert(name.clone(), want);
        }
    }
    wants
}

/// The endpoints of a light that are claimed off, and by whom: their other properties would turn them on.
fn claims_of_off(
    properties: &[PropertyDescription],
    cells: &BTreeMap<PropertyName, Cell>,
    kind: DeviceKind,
) -> BTreeMap<Option<Arc<str>>, Claim> {
    if kind != DeviceKind::Light {
        return BTreeMap::new();
    }
    let states = properties.iter().filter(|property| property.base.as_str() == "state");
    let off = states.filter_map(|property| {
        let claim = cells.get(&property.name)?.effective()?;
        (claim.value.as_bool() == Some(false)).then(|| (property.endpoint.clone(), claim.clone()))
    });
    off.collect()
}

/// True if a light's property is not told because the light is claimed off. What somebody asked for after that, they
/// shall have: a colour chosen for a light that is off.
fn keeps_dark(off: &Claim, cell: &Cell) -> bool {
    let Some(claim) = cell.effective() else { return true };
    let is_later = claim.seq > off.seq;
    match (&claim.owner, &off.owner) {
        (Owner::Manual { .. }, _) => !is_later,
        (Owner::Run { run, .. }, Owner::Run { run: other, .. }) => !is_later || run == other,
        (Owner::Run { .. }, Owner::Parting { .. }) => !is_later,
        _ => true,
    }
}

fn want_of(property: &PropertyDescription, cell: &mut Cell, reachable: bool) -> Option<Want> {
    let tolerance = property.tolerance();
    let wished = cell.effective()?.value.clone();
    let under_way = cell.watch.as_ref().filter(|watch| !watch.confirmed).map(|watch| watch.value.clone());
    let answered = cell.watch.as_ref().is_some_and(|watch| watch.confirmed && watch.value == wished);
    // What a device that is called offline said long ago counts for nothing; what it answers to this command does.
    let seen = cell.state.reported_mono.is_some() && (reachable || answered);
    let is_so = seen && cell.state.value.as_ref().is_some_and(|value| value.fulfils(&wished, tolerance));
    let claim = cell.effective_mut()?;
    if claim.status == Status::Failed {
        return None;
    }
    match under_way {
        Some(value) if value == wished => return None,
        None if is_so => {
            claim.settle();
            return None;
        }
        // What cannot be read back is told once.
        None if !property.access.readable && claim.status == Status::Settled => return None,
        _ => {}
    }
    Some(Want { value: wished, cause: claim.cause.clone(), transition: claim.transition, seq: claim.seq })
}
