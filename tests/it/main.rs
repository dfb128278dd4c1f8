//! End-to-end tests through the binary and the public crates.

mod conservation;
mod invariants;
