//! The rule language of Lares: parse → resolve → check → compile. Pure: text in, programs and diagnostics out.
#![deny(clippy::disallowed_methods)]

pub mod catalog;
pub mod diagnostic;
pub mod program;
