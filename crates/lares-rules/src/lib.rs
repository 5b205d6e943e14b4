//! The rule language of Lares: parse → resolve → check → compile. Pure: text in, programs and diagnostics out.
//!
//! [`load`] goes the whole way for a home. The stages stand in modules of their names; each knows only those before it.
#![deny(clippy::disallowed_methods)]

pub mod catalog;
mod check;
mod compile;
pub mod diagnostic;
mod hash;
mod load;
mod parse;
pub mod program;
mod resolve;
mod suggest;

pub use diagnostic::{codes, explain};
pub use load::{Loaded, SourceFile, check_syntax, load, parse_expression};
