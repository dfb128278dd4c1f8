//! The commons: a feed, tasks and a network of acquaintance, on the traits of `das-core`.
//!
//! What is here: the state of the world ([`commons`], [`feed`], [`tasks`], [`market`], [`network`]), what agents can do in it ([`act`]),
//! what they see of it ([`view`]), what conduct leads to ([`settlement`]), its constants ([`config`]), and what it logs
//! ([`events`], [`metrics`]). What is not: any policy. The world never reads what kind of agent it deals with.

pub mod act;
pub mod commons;
pub mod config;
pub mod events;
pub mod feed;
pub mod market;
pub mod metrics;
pub mod network;
pub mod settlement;
pub mod tasks;
pub mod view;

pub use commons::Commons;
pub use config::EnvironmentConfig;
pub use view::CommonsView;
