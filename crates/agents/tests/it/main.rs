//! The policies in the world they are made for: small populations through the orchestrator.

mod behaviour;
mod market;
mod roles;
mod society;
