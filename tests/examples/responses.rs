//! Who answers to what: for each lever the first decision it changes, as a Markdown table for `docs/src/concepts/responses-table.md`.
//!
//! ```text
//! cargo run --release -p das-tests --example responses > docs/src/concepts/responses-table.md
//! ```
//!
//! The same population (24 honest, 8 opportunistic, 4 deceptive, 4 adversarial) and seed without and with the lever, in lock
//! step; what the agent held is read off its view and its own saved state at that moment.

fn main() {
    print!("{}", das_tests::responses::table());
}
