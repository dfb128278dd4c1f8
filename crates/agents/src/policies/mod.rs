//! The policies, one file each: arms, parameters, partner, rule, reward.
//!
//! They differ in nothing else: memory, routine and roles are everybody's ([`crate::member`]).

pub mod adversarial;
pub mod deceptive;
pub mod honest;
pub mod moderator;
pub mod opportunistic;
