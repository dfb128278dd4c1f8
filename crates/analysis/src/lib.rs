//! What runs came to: failure modes as folds over the lines of a log, and the statistics that compare runs.
//!
//! [`event`] reads what a line says; [`failures`] feeds one pass over a log to a fold per failure mode
//! ([`miscoordination`], [`conflict`], [`collusion`], [`selection`]), each of which ends in a [`finding::Finding`] with its
//! figures, its test and the numbers of the events that show it; [`mod@compare`] sets the results of many runs against a baseline,
//! on the tests and intervals of [`stats`], [`table`] writes figures as text, Markdown and CSV, and [`mod@parquet`] for programs,
//! [`mod@export`] a whole log as such tables, [`tidy`] the figures of a run as rows.
//! [`mod@fold`] and [`cascades`] keep what pages and reports show of a log, [`panels`] gives it as views with the places of
//! [`layout`], and [`render`] draws views as HTML and SVG. Invariants: nothing here
//! knows a policy or a hidden kind: findings follow from what the log says was done; all randomness is keyed by fixed seeds,
//! so the same log gives the same text. Not here: files, the terminal, the simulation.

pub mod cascades;
pub mod collusion;
pub mod compare;
pub mod conflict;
pub mod event;
pub mod export;
pub mod failures;
pub mod finding;
pub mod fold;
pub mod layout;
pub mod miscoordination;
pub mod panels;
pub mod parquet;
pub mod render;
mod scan;
pub mod selection;
pub mod stats;
pub mod table;
pub mod tidy;
pub mod why;
