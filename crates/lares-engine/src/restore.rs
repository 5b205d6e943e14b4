//! A home from its stored rows. A row that cannot be read is left out, and told in words; the rest stands.

use std::sync::Arc;

use lares_model::{Device, HomeConfig, RuleId, RunId};
use serde::de::DeserializeOwned;

use crate::cell::Cell;
use crate::durable::{ClaimsRow, Counters, DurableRow, HeardRow, SlugRow, StateRow};
use crate::freshness::Rhythm;
use crate::home::{Due, Home};
use crate::reminders::Reminder;
use crate::runs::Run;
use crate::world::{Entry, World};

/// Numbers given out in the last second before a crash may be missing from the rows: go on behind them.
const SKIPPED: u64 = 1000;

/// The kinds in the order in which they build on each other.
const ORDER: [&str; 12] = [
    "config", "rooms", "counters", "slug", "left", "device", "heard", "state", "claims", "rule", "run",
    "reminder",
];

pub(crate) fn restore(rows: &[DurableRow]) -> (Home, Vec<String>) {
    let mut home = Home { started: false, ..Home::default() };
    let mut problems = Vec::new();
    for kind in ORDER {
        for row in rows.iter().filter(|row| row.kind == kind) {
            if let Err(problem) = home.take_row(row) {
                problems.push(format!("the stored {} \"{}\" is left out: {problem}", row.kind, row.key));
            }
        }
    }
    home.world.regroup();
    for row in rows.iter().filter(|row| !ORDER.contains(&row.kind.as_str())) {
        problems.push(format!(
            "the stored {} \"{}\" is left out: this version does not know it",
            row.kind, row.key
        ));
    }
    (home, problems)
}

impl Home {
    fn take_row(&mut self, row: &DurableRow) -> Result<(), String> {
        match row.kind.as_str() {
            "config" => {
                let config: HomeConfig = read(row)?;
                self.world = World::new(config);
            }
            "rooms" => self.world.rooms = read(row)?,
            "counters" => {
                let counters: Counters = read(row)?;
                self.counters = Counters {
                    command: counters.command + SKIPPED,
                    run: counters.run + SKIPPED,
                    claim: counters.claim + SKIPPED,
                };
            }
            "slug" => {
                let slug: SlugRow = read(row)?;
                self.world.slugs.insert(row.key.clone(), slug.device.clone());
                if slug.current {
                    self.world.slug_of.insert(slug.device, row.key.clone());
                }
            }
            "left" => _ = self.world.left.insert(row.key.as_str().into(), read(row)?),
            "device" => self.take_device(read(row)?),
            "heard" => {
                let heard: HeardRow = read(row)?;
                let id = row.key.as_str().into();
                let entry = self.world.devices.get_mut(&id).ok_or("its device is not there")?;
                let due = heard.rhythm.stale_at(entry.description.power);
                entry.rhythm = heard.rhythm;
                entry.device.heard_at = heard.at;
                self.agenda.set(Due::Stale(id), due);
            }
            "state" => {
                let state: StateRow = read(row)?;
                self.world.cell_mut(&state.key).ok_or("its device is not there")?.state = state.state;
            }
            "claims" => {
                let claims: ClaimsRow = read(row)?;
                let until = claims.claims.iter().filter_map(|claim| claim.until).min();
                self.world.cell_mut(&claims.key).ok_or("its device is not there")?.claims = claims.claims;
                self.agenda.set(Due::Claim(claims.key), until);
            }
            "rule" => {
                let memory = read(row)?;
                self.program.rules.entry(RuleId::new(&row.key)).or_default().memory = memory;
            }
            "run" => {
                let run: Run = read(row)?;
                let id: RunId = run.id;
                self.agenda.set(Due::Run(id), run.due());
                self.runs.insert(id, run);
            }
            _ => {
                let reminder: Reminder = read(row)?;
                self.agenda.set(Due::Reminder(reminder.key.clone()), Some(reminder.next));
                self.reminders.insert(reminder.key.clone(), reminder);
            }
        }
        Ok(())
    }

    fn take_device(&mut self, device: Device) {
        let description = Arc::new(device.description.clone());
        let id = description.id.clone();
        // The rows of slugs and devices are stored together; should one be missing, the device knows its own.
        self.world.slugs.entry(device.slug.clone()).or_insert_with(|| id.clone());
        self.world.slug_of.insert(id.clone(), device.slug.clone());
        let cells = description.properties.iter().map(|p| (p.name.clone(), Cell::default())).collect();
        let entry = Entry {
            device,
            description,
            cells,
            rhythm: Rhythm::default(),
            adapter_up: true,
            dismissed_until: 0,
        };
        self.world.devices.insert(id, entry);
    }
}

fn read<T: DeserializeOwned>(row: &DurableRow) -> Result<T, String> {
    serde_json::from_str(&row.body).map_err(|error| error.to_string())
}
