//! The home: all state, one writer.

use std::sync::Arc;

use lares_model::{
    AdapterId, CommandId, Device, DeviceId, Effect, Event, HomeConfig, Moment, PropertyKey, Room, RuleId,
};
use lares_rules::catalog::HomeCatalog;
use lares_rules::program::{RuleEntry, RuleSet};

use crate::durable::{DurableChange, DurableRow};
use crate::reading::{AdapterReading, PropertyReading, RuleReading};

/// What can happen to a home.
#[derive(Clone, Debug)]
pub enum Input {
    /// Something happened.
    Event(Event),
    /// The rules are these from now on.
    Rules(Arc<RuleSet>),
    /// Lares runs again. To be stepped once after [`Home::restore`] and the first [`Input::Rules`].
    Started,
}

/// All state of a home.
#[derive(Debug, Default)]
pub struct Home {
    config: HomeConfig,
    rooms: Vec<Room>,
}

impl Home {
    /// An empty home.
    pub fn new(config: HomeConfig) -> Self {
        Self { config, rooms: Vec::new() }
    }

    /// A home from its stored rows; what cannot be read is left out and told in words.
    pub fn restore(rows: &[DurableRow]) -> (Self, Vec<String>) {
        let _ = rows;
        (Self::default(), Vec::new())
    }

    /// Fires every timer that is due at or before `at`, in order, then takes the input in.
    pub fn step(&mut self, at: Moment, input: Input) -> Vec<Effect> {
        let _ = (at, input);
        Vec::new()
    }

    /// When to step next at the latest, in home time.
    pub fn next_wakeup(&self) -> Option<u64> {
        None
    }

    /// What must be stored since the last call, one change for each row.
    pub fn take_durable(&mut self) -> Vec<DurableChange> {
        Vec::new()
    }

    /// The configuration.
    pub fn config(&self) -> &HomeConfig {
        &self.config
    }

    /// The rooms, in their order.
    pub fn rooms(&self) -> &[Room] {
        &self.rooms
    }

    /// The devices, by internal id.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        std::iter::empty()
    }

    /// A device.
    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        let _ = id;
        None
    }

    /// A device by what files call it now, or called it before a rename.
    pub fn device_by_slug(&self, slug: &str) -> Option<&Device> {
        let _ = slug;
        None
    }

    /// A property of a device; none if it is not described.
    pub fn property(&self, key: &PropertyKey) -> Option<PropertyReading<'_>> {
        let _ = key;
        None
    }

    /// The rules, as loaded, with how they stand.
    pub fn rules(&self) -> impl Iterator<Item = (&RuleId, &RuleEntry, RuleReading)> {
        std::iter::empty()
    }

    /// One rule.
    pub fn rule(&self, id: &RuleId) -> Option<(&RuleEntry, RuleReading)> {
        let _ = id;
        None
    }

    /// The adapters.
    pub fn adapters(&self) -> impl Iterator<Item = (&AdapterId, &AdapterReading)> {
        std::iter::empty()
    }

    /// Which names the home has, for the rule language.
    pub fn catalog(&self) -> HomeCatalog {
        HomeCatalog::default()
    }

    /// The last command given out, for tests and the hub's bookkeeping.
    pub fn last_command(&self) -> Option<CommandId> {
        None
    }
}
