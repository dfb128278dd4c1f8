//! End-to-end tests through the binary and the public crates.

mod city_bounds;
mod city_levers;
mod city_lives;
mod city_toggles;
mod city_worlds;
mod conservation;
mod governance;
mod invariants;
