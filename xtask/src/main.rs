//! Commands of a source checkout.
fn main() {}
