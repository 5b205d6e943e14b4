//! Stage 3: types and units. Expressions become programs with every number in its place's unit.

mod calls;
mod elaborate;
mod operators;
mod quantity;
mod selectors;
mod types;
mod values;

pub(crate) use elaborate::{Checker, Surroundings};
pub(crate) use types::Type;
pub(crate) use values::{assigned, literal};
