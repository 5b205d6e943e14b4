//! The hub of Lares: the loop around the pure core, supervision of adapters, configuration, secrets and the API.

pub mod api;
