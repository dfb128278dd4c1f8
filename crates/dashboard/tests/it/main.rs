//! What the server answers, to whom, and what it finds in a log.

mod guard;
mod logs;
mod panels;
mod search;
