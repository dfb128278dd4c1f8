//! Figures of a run as tidy rows, `metrics.csv`: epoch, metric, agent, value.
//!
//! Written by hand, not by `csv`: a sweep writes thousands of rows for each run of some milliseconds, and here a row costs half of
//! the instructions. Invariants: any reader of CSV gets back what was given; a value has the shortest digits that read back to the
//! same double, never an exponent, as `Display` writes it. Not here: where the rows go, and which figures there are.

use serde_json::ser::{CompactFormatter, Formatter};
use std::io::Write as _;

/// The heading.
pub const HEADING: &str = "epoch,metric,agent,value\n";

/// Adds a row; of the whole society if `agent` is empty.
///
/// ```
/// let mut rows = Vec::new();
/// das_analysis::tidy::push_row(&mut rows, 3, "true_harm", "", 176.0);
/// das_analysis::tidy::push_row(&mut rows, 3, "agent_payoff", "honest_1", -0.25);
/// assert_eq!(rows, b"3,true_harm,,176\n3,agent_payoff,honest_1,-0.25\n");
/// ```
pub fn push_row(to: &mut Vec<u8>, epoch: u32, metric: &str, agent: &str, value: f64) {
    // Memory takes everything, here and below.
    drop(CompactFormatter.write_u32(to, epoch));
    for field in [metric, agent] {
        to.push(b',');
        push_field(to, field);
    }
    to.push(b',');
    push_number(to, value);
    to.push(b'\n');
}

fn push_field(to: &mut Vec<u8>, field: &str) {
    // Without a way out of the loop it is done for many bytes at once.
    let special = |b: u8| matches!(b, b'"' | b',' | b'\n' | b'\r');
    if field.bytes().fold(false, |any, b| any | special(b)) {
        drop(write!(to, "\"{}\"", field.replace('"', "\"\"")));
    } else {
        to.extend_from_slice(field.as_bytes());
    }
}

/// A number as `Display` writes it, in less time.
fn push_number(to: &mut Vec<u8>, value: f64) {
    // Beyond these `serde_json` writes exponents.
    if value != 0.0 && !(1e-5..1e16).contains(&value.abs()) {
        drop(write!(to, "{value}"));
        return;
    }
    drop(CompactFormatter.write_f64(to, value));
    if to.ends_with(b".0") {
        to.truncate(to.len() - 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_those_of_display(bits: u64, small in -1e3..1e3, whole: i32) {
            // Any double by its bits (infinities, NaN and subnormals among them), one of ordinary size, a whole one.
            for value in [f64::from_bits(bits), small, f64::from(whole), -0.0, 1e-5, 9.9e15, 1e16, f64::INFINITY] {
                let mut text = Vec::new();
                push_number(&mut text, value);
                prop_assert_eq!(String::from_utf8(text).unwrap(), value.to_string());
            }
        }

        #[test]
        fn rows_come_back_through_a_reader(epoch: u32, metric in ".+", agent in "[a-z,\"\n\r _]*", value in -1e9..1e9) {
            // Texts with commas, quotes and line ends among them: `csv` reads the fields that were given.
            let mut text = HEADING.as_bytes().to_vec();
            push_row(&mut text, epoch, &metric, &agent, value);
            let mut reader = csv::Reader::from_reader(text.as_slice());
            let rows: Vec<(u32, String, String, f64)> = reader.deserialize().map(Result::unwrap).collect();
            prop_assert_eq!(rows, vec![(epoch, metric, agent, value)]);
        }
    }
}
