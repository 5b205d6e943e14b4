//! The API and the dashboard over HTTP, on loopback. It knows the vocabulary of [`crate::api`], and no home or device.

mod answer;
mod connections;
mod feed;
mod front;
mod identity;
mod metrics;
mod openapi;
mod pages;
mod properties;
mod questions;
mod routes;
mod server_sent;
mod site;
#[cfg(test)]
pub(crate) mod tests;
mod thing_description;
mod things;
mod websocket;

pub use connections::serve;
pub use pages::has_dashboard;
pub use site::HttpContext;
