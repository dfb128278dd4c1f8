//! Dosadi: a city of wards with smugglers, cartels, a punishing regime and reformers, on the traits of `das-core`.
//!
//! Nothing is built here yet; the crate keeps the place on its floor (it may use `das-core`, never the command line or the
//! dashboard).
