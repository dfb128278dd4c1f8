//! Routes over the open corridors, by static integer cost.
//!
//! Everything here follows from the map alone: learned risk, bribes and denial re-score candidates, they never change them. Equal
//! costs go to the lexicographically smaller list of corridor ids, so a route depends on no order of work.
//! [`shortest`] is one tree from a ward to all others, [`candidates`] the K border-diverse routes of a pair, [`legal`] the sources of
//! legal trade.

pub mod candidates;
pub mod legal;
pub mod shortest;

pub use candidates::{Route, RouteCache};
pub use legal::{LegalRoute, LegalRoutes};
pub use shortest::ShortestPaths;
