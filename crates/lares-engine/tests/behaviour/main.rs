//! What the engine does, behaviour by behaviour, in homes written as rule files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod clock;
mod commands;
mod durability;
mod first_week;
mod gaps;
mod hands;
mod house;
mod members;
mod memory;
mod people;
mod retry;
mod rules;
mod values;
mod writer;
