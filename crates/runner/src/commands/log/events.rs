//! `das log events`: lines of a log as they stand, so that jq and others go on from there.

use super::{Go, LogError, each_line};
use serde_json::{Map, Value};
use std::io::{BufRead, Write};
use std::str::FromStr;
use thiserror::Error;

/// A filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FilterError {
    /// Not `A` or `A..B`.
    #[error("`{0}` is no range of epochs: write 3 or 3..5 (both ends count)")]
    Epochs(String),
    /// Not a comparison.
    #[error("`{0}` is no comparison: write FIELD<NUMBER with <, <=, >, >=, = or !=, e.g. p<0.4")]
    Comparison(String),
}

/// First and last epoch, both counted, of `3`, `3..5`, `3..` or `..5`.
pub fn epochs(text: &str) -> Result<(u32, u32), FilterError> {
    let wrong = || FilterError::Epochs(text.to_owned());
    let number = |part: &str, absent: u32| {
        if part.is_empty() {
            Ok(absent)
        } else {
            part.parse().map_err(|_| wrong())
        }
    };
    let range = match text.split_once("..") {
        Some(("", "")) => return Err(wrong()),
        Some((first, last)) => (number(first, 0)?, number(last, u32::MAX)?),
        None => {
            let one = text.parse().map_err(|_| wrong())?;
            (one, one)
        }
    };
    if range.0 > range.1 {
        Err(wrong())
    } else {
        Ok(range)
    }
}

/// How a field is held against a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Differs,
}

/// `p<0.4`: a field (dots lead into objects, as in `metrics.toxicity_rate`) against a number; true and false are 1 and 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    field: String,
    operator: Operator,
    value: f64,
}

impl FromStr for Comparison {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let wrong = || FilterError::Comparison(text.to_owned());
        let at = text.find(['<', '>', '=', '!']).ok_or_else(wrong)?;
        let (field, rest) = text.split_at(at);
        // Longer spellings first.
        let (operator, value) = [
            ("<=", Operator::AtMost),
            (">=", Operator::AtLeast),
            ("!=", Operator::Differs),
            ("==", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
            ("=", Operator::Equal),
        ]
        .into_iter()
        .find_map(|(sign, operator)| Some((operator, rest.strip_prefix(sign)?)))
        .ok_or_else(wrong)?;
        let value = match value.trim() {
            "true" => 1.0,
            "false" => 0.0,
            number => number.parse().map_err(|_| wrong())?,
        };
        let field = field.trim();
        if field.is_empty() || f64::is_nan(value) {
            return Err(wrong());
        }
        Ok(Self {
            field: field.to_owned(),
            operator,
            value,
        })
    }
}

impl Comparison {
    /// Whether it holds; a field that is absent or no number makes it false.
    fn holds(&self, line: &Map<String, Value>) -> bool {
        let mut parts = self.field.split('.');
        let first = parts.next().and_then(|part| line.get(part));
        let Some(value) = parts.fold(first, |at, part| at?.get(part)) else {
            return false;
        };
        let number = match value {
            Value::Bool(true) => 1.0,
            Value::Bool(false) => 0.0,
            other => match other.as_f64() {
                Some(number) => number,
                None => return false,
            },
        };
        match self.operator {
            Operator::Less => number < self.value,
            Operator::AtMost => number <= self.value,
            Operator::Greater => number > self.value,
            Operator::AtLeast => number >= self.value,
            Operator::Equal => number == self.value,
            Operator::Differs => number != self.value,
        }
    }
}

/// Which lines are printed: those that meet all that is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventFilter {
    /// Types of line, any of them; empty: all but seals.
    pub types: Vec<String>,
    /// A field of the line is this agent's name.
    pub agent: Option<String>,
    /// First and last epoch ([`epochs`]).
    pub epochs: Option<(u32, u32)>,
    /// The line's `kind` (of interaction, of agent).
    pub kind: Option<String>,
    /// Comparisons, all of which hold.
    pub comparisons: Vec<Comparison>,
    /// Event numbers, any of them; empty: all.
    pub numbers: Vec<u64>,
    /// Most lines.
    pub limit: Option<u64>,
}

impl EventFilter {
    fn passes(&self, line: &das_core::log::Line<'_>) -> bool {
        let head = &line.head;
        let epoch = head.now.epoch;
        let cheap = if self.types.is_empty() {
            head.kind != das_core::log::SEAL
        } else {
            self.types.iter().any(|kind| kind == head.kind)
        } && self
            .epochs
            .is_none_or(|(first, last)| (first..=last).contains(&epoch))
            && (self.numbers.is_empty()
                || head
                    .event
                    .is_some_and(|event| self.numbers.contains(&event)));
        if !cheap {
            return false;
        }
        if self.agent.is_none() && self.kind.is_none() && self.comparisons.is_empty() {
            return true;
        }
        if self
            .agent
            .as_ref()
            .is_some_and(|name| !line.text.contains(name.as_str()))
        {
            return false;
        }
        let Ok(Value::Object(fields)) = line.value() else {
            return false;
        };
        let is = |value: &Value, text: &str| value.as_str() == Some(text);
        self.agent
            .as_ref()
            .is_none_or(|name| fields.values().any(|value| is(value, name)))
            && self
                .kind
                .as_ref()
                .is_none_or(|kind| fields.get("kind").is_some_and(|value| is(value, kind)))
            && self
                .comparisons
                .iter()
                .all(|comparison| comparison.holds(&fields))
    }
}

/// Prints the lines that pass as they are; says how many.
pub fn events(
    from: impl BufRead,
    filter: &EventFilter,
    out: &mut dyn Write,
) -> Result<u64, LogError> {
    let mut printed = 0;
    if filter.limit == Some(0) {
        return Ok(0);
    }
    each_line(from, |line| {
        if filter.passes(line) {
            out.write_all(line.text.as_bytes())?;
            out.write_all(b"\n")?;
            printed += 1;
        }
        Ok(if filter.limit == Some(printed) {
            Go::Stop
        } else {
            Go::On
        })
    })?;
    Ok(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_epochs() {
        assert_eq!(epochs("3"), Ok((3, 3)));
        assert_eq!(epochs("3..5"), Ok((3, 5)));
        assert_eq!(
            (epochs("3.."), epochs("..5")),
            (Ok((3, u32::MAX)), Ok((0, 5)))
        );
        for bad in ["", "..", "5..3", "a", "1..b", "-1"] {
            assert!(epochs(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn comparisons_are_read_and_hold() {
        let line: Map<String, Value> =
            serde_json::from_str(r#"{"p":0.4,"accepted":true,"metrics":{"x":2}}"#).unwrap();
        let holds = |text: &str| text.parse::<Comparison>().unwrap().holds(&line);
        assert!(
            holds("p<=0.4") && holds("p = 0.4") && holds("accepted=true") && holds("metrics.x>1.5")
        );
        assert!(!holds("p<0.4") && !holds("p!=0.4") && !holds("q>0") && !holds("metrics>0"));
        for bad in ["p", "p<", "<3", "p<x", "p~3", "p<NaN"] {
            assert!(bad.parse::<Comparison>().is_err(), "{bad}");
        }
    }
}
