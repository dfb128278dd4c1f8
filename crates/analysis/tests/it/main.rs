//! Tests of the analysis crate, in one binary.

mod compare;
mod coverage;
mod known;
mod properties;
mod reference;
mod table;
