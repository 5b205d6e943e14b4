//! What the engine does, behaviour by behaviour, in homes written as rule files.

mod clock;
mod commands;
mod durability;
mod hands;
mod house;
mod people;
mod rules;
mod values;
