//! The policies, one file each: arms, parameters, partner, rule, reward.
//!
//! They differ in nothing else: memory, routine and roles are everybody's ([`crate::member`]). A new one is a file here and two
//! lines below, its module and its row; `das new policy NAME` writes the file and prints the lines.

pub mod adversarial;
pub mod deceptive;
pub mod honest;
pub mod moderator;
pub mod opportunistic;

use crate::registry::Policy;

/// All policies, in the order of listings: scenario keys, schema, listings and agents are made from these rows.
pub const ALL: &[Policy] = &[
    Policy::of::<honest::Honest>(honest::DESCRIPTOR),
    Policy::of::<opportunistic::Opportunistic>(opportunistic::DESCRIPTOR),
    Policy::of::<deceptive::Deceptive>(deceptive::DESCRIPTOR),
    Policy::of::<adversarial::Adversarial>(adversarial::DESCRIPTOR),
    Policy::of::<moderator::Moderator>(moderator::DESCRIPTOR),
];
