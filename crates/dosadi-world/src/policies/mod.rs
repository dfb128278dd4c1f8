//! Policies of the city, one file each: what an office decides, from its view alone.

pub mod buying_ward;
pub mod customs_post;
pub mod merchant_guild;
pub mod patrol_command;
pub mod smuggler;
