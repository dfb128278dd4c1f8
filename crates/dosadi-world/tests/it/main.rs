//! Integration tests of the city, one binary.

mod cockpit;
mod generate;
mod hostile;
mod resume;
mod routes;
mod smuggling;
mod town;
mod vault;
mod verdict;
