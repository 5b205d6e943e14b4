//! Whole-hub tests.
