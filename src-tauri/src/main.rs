//! The window of Lares.
fn main() {}
