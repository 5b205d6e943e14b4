//! The commands, one module each.

mod check;
mod credentials;
mod dispatch;
mod doctor;
mod doctor_ports;
mod link;
mod properties;
mod report;
mod run;
mod test;
mod watch;

pub use dispatch::dispatch;
