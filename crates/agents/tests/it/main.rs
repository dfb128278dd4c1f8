//! The policies in the world they are made for: small populations through the orchestrator.

mod behaviour;
mod roles;
mod society;
