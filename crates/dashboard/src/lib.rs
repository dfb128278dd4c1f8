//! The live page over logs: an HTTP server on this machine alone, with server-sent events.
//!
//! [`serve()`] shows what lies under a folder: the list of runs, a page for each, two of them side by side, sweeps. A page is
//! made of [`das_core::view::View`]s: most are folded from lines every log has ([`das_analysis::panels`]), those of a world come from
//! the [`Provider`] the caller hands in. Invariants: only requests of the page itself are answered ([`guard`]); the log is
//! read, never written; what only the simulator knows is left out unless asked for ([`hidden`]); memory does not grow with
//! the length of a log beyond its index ([`index`]). Not here: any particular world, and the command line.

mod api;
mod assets;
mod compare;
mod control;
pub mod guard;
mod held;
pub mod hidden;
pub mod index;
mod library;
mod live;
mod open;
mod panels;
mod provider;
pub mod query;
pub mod search;
pub mod serve;
mod sweep;
mod tail;

pub use held::{Doing, Order, Standing};
pub use provider::{Effect, Effects, Level, MetricName, Provider, ViewName};
pub use serve::{Config, ServeError, Server, serve};
