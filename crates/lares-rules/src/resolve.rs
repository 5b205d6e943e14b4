//! Stage 2: names to what they stand for in this home. Knows the catalog, no types of expressions.

mod names;
mod selection;

pub(crate) use names::{Found, Names};
pub(crate) use selection::{Member, kind_of_plural};
