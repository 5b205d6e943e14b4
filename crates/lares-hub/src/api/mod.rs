//! The API: one vocabulary of requests, responses and updates, whoever speaks it (window, browser, command line).

pub mod problem;
pub mod request;
pub mod update;
pub mod view;
