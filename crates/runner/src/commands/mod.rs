//! One file per command: functions that write results to the writers they are given and return an exit code.

pub mod check;
pub mod cockpit;
pub mod compare;
pub mod completions;
pub mod dashboard;
pub mod dispatch;
pub mod events_table;
pub mod explain;
pub mod export;
pub mod list;
pub mod log;
pub mod new;
pub mod reference;
pub mod replay;
pub mod report;
pub mod resume;
pub mod run;
pub mod schema;
pub mod score;
pub mod sweep;
