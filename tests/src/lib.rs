//! What the tests of the whole share: where things are, and what the checkout holds. The tests themselves are in `tests/`.

pub mod checkout;
pub mod environment;
pub mod source;
