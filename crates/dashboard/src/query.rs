//! The line in which events are asked for: `kind:vote_cast agent:honest.1 epoch:30..40 p<0.4 text:"under price"`.
//!
//! Words stand between spaces, all of them must hold; a comma within `kind:` or `agent:` means either. A word that is none of
//! these is looked for in the text of the line. Invariant: what cannot be read is an error that says how to write it, never a
//! filter that silently lets everything through. Not here: reading lines ([`crate::search`]).

use crate::hidden;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use thiserror::Error;

/// Longest query, in bytes.
pub const QUERY_MAX: usize = 1_000;

/// A query cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QueryError {
    /// Too long.
    #[error("the filter is longer than {QUERY_MAX} bytes")]
    TooLong,
    /// A quotation mark without its second one.
    #[error("a quotation mark is not closed: write text:\"two words\"")]
    Unclosed,
    /// Not a range.
    #[error("`{0}` is no range: write 30, 30..40, 30.. or ..40 (both ends count)")]
    Range(String),
    /// Not a number.
    #[error("`{0}` compares with no number: write p<0.4, tau>=1 or accepted=true")]
    Number(String),
    /// No such word.
    #[error(
        "`{0}:` is no filter; there are kind:, agent:, epoch:, event:, text:, and comparisons such as p<0.4"
    )]
    Unknown(String),
    /// Nothing behind the colon.
    #[error("`{0}:` says nothing: write {0}:something")]
    Empty(String),
    /// About what is hidden.
    #[error("`{0}` is known to the simulator alone: turn on hidden truth to ask for it")]
    Hidden(String),
}

/// How a field is held against a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// <
    Less,
    /// <=
    AtMost,
    /// >
    Greater,
    /// >=
    AtLeast,
    /// =
    Equal,
    /// !=
    Differs,
}

/// A field against a number; dots lead into objects, true and false are 1 and 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The field.
    pub field: String,
    /// How.
    pub sign: Sign,
    /// The number.
    pub value: f64,
}

/// What lines are asked for; what is empty or `None` asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Types of line, or values of its own `kind`: any of them.
    pub kinds: Vec<String>,
    /// Names: any of them stands in the line.
    pub agents: Vec<String>,
    /// First and last epoch.
    pub epochs: Option<(u32, u32)>,
    /// First and last event.
    pub events: Option<(u64, u64)>,
    /// All of these stand in the line.
    pub texts: Vec<String>,
    /// All of these hold.
    pub comparisons: Vec<Comparison>,
}

fn range<T: std::str::FromStr + PartialOrd + Copy>(
    text: &str,
    least: T,
    most: T,
) -> Result<(T, T), QueryError> {
    let wrong = || QueryError::Range(text.to_owned());
    let end = |part: &str, open: T| {
        if part.is_empty() {
            Ok(open)
        } else {
            part.parse().map_err(|_| wrong())
        }
    };
    let (first, last) = match text.split_once("..") {
        Some(("", "")) => return Err(wrong()),
        Some((first, last)) => (end(first, least)?, end(last, most)?),
        None => {
            let one = text.parse().map_err(|_| wrong())?;
            (one, one)
        }
    };
    if first <= last {
        Ok((first, last))
    } else {
        Err(wrong())
    }
}

/// Words between spaces; quotation marks hold words together and vanish.
fn words(text: &str) -> Result<Vec<(String, bool)>, QueryError> {
    let (mut words, mut word, mut quoted, mut any, mut plain) =
        (Vec::new(), String::new(), false, false, true);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                if !any {
                    plain = false;
                }
                any = true;
            }
            c if c.is_whitespace() && !quoted => {
                if any {
                    words.push((std::mem::take(&mut word), plain));
                }
                (any, plain) = (false, true);
            }
            c => {
                word.push(c);
                any = true;
            }
        }
    }
    if quoted {
        return Err(QueryError::Unclosed);
    }
    if any {
        words.push((word, plain));
    }
    Ok(words)
}

fn comparison(word: &str) -> Option<Result<Comparison, QueryError>> {
    let at = word.find(['<', '>', '=', '!'])?;
    let (field, rest) = word.split_at(at);
    let named = !field.is_empty()
        && field
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    // Longer spellings first.
    let (sign, value) = [
        ("<=", Sign::AtMost),
        (">=", Sign::AtLeast),
        ("!=", Sign::Differs),
        ("==", Sign::Equal),
        ("<", Sign::Less),
        (">", Sign::Greater),
        ("=", Sign::Equal),
    ]
    .into_iter()
    .find_map(|(text, sign)| Some((sign, rest.strip_prefix(text)?)))
    .filter(|_| named)?;
    let value = match value {
        "true" => Some(1.0),
        "false" => Some(0.0),
        number => number.parse::<f64>().ok().filter(|x| x.is_finite()),
    };
    Some(match value {
        Some(value) => Ok(Comparison {
            field: field.to_owned(),
            sign,
            value,
        }),
        None => Err(QueryError::Number(word.to_owned())),
    })
}

impl Query {
    /// Reads a query.
    pub fn read(text: &str) -> Result<Self, QueryError> {
        if text.len() > QUERY_MAX {
            return Err(QueryError::TooLong);
        }
        let mut query = Self::default();
        for (word, plain) in words(text)? {
            if !plain {
                query.texts.push(word);
                continue;
            }
            if let Some((key, value)) = word.split_once(':')
                && !key.is_empty()
                && key.bytes().all(|b| b.is_ascii_lowercase())
            {
                if value.is_empty() {
                    return Err(QueryError::Empty(key.to_owned()));
                }
                let either = || {
                    value
                        .split(',')
                        .filter(|x| !x.is_empty())
                        .map(str::to_owned)
                };
                match key {
                    "kind" | "type" => query.kinds.extend(either()),
                    "agent" => query.agents.extend(either()),
                    "epoch" => query.epochs = Some(range(value, 0, u32::MAX)?),
                    "event" => query.events = Some(range(value, 0, u64::MAX)?),
                    "text" => query.texts.push(value.to_owned()),
                    _ => return Err(QueryError::Unknown(key.to_owned())),
                }
            } else if let Some(comparison) = comparison(&word) {
                query.comparisons.push(comparison?);
            } else {
                query.texts.push(word);
            }
        }
        Ok(query)
    }

    /// Refuses a query about what is hidden.
    pub fn without_hidden(&self, metrics: &BTreeSet<String>) -> Result<(), QueryError> {
        match self
            .comparisons
            .iter()
            .find(|c| hidden::is_hidden("", &c.field, metrics))
        {
            Some(comparison) => Err(QueryError::Hidden(comparison.field.clone())),
            None => Ok(()),
        }
    }

    /// Whether a line passes. `shown` is what of it is shown, so that nothing hidden can be found by asking.
    pub fn holds(
        &self,
        kind: &str,
        epoch: u32,
        event: Option<u64>,
        shown: &Map<String, Value>,
    ) -> bool {
        let of = shown.get("kind").and_then(Value::as_str);
        (self.kinds.is_empty()
            || self
                .kinds
                .iter()
                .any(|k| k == kind || Some(k.as_str()) == of))
            && self
                .epochs
                .is_none_or(|(first, last)| (first..=last).contains(&epoch))
            && self
                .events
                .is_none_or(|(first, last)| event.is_some_and(|e| (first..=last).contains(&e)))
            && (self.agents.is_empty()
                || self
                    .agents
                    .iter()
                    .any(|name| shown.values().any(|v| names(v, name))))
            && self.comparisons.iter().all(|c| c.holds(shown))
            && (self.texts.is_empty() || {
                let text = Value::Object(shown.clone()).to_string().to_lowercase();
                self.texts.iter().all(|t| text.contains(&escaped(t)))
            })
    }
}

/// A text as it stands within a JSON string.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text.to_lowercase()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn names(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text == name,
        Value::Array(items) => items.iter().any(|item| item.as_str() == Some(name)),
        _ => false,
    }
}

impl Comparison {
    fn holds(&self, line: &Map<String, Value>) -> bool {
        let mut parts = self.field.split('.');
        let first = parts.next().and_then(|part| line.get(part));
        let number = match parts.fold(first, |at, part| at?.get(part)) {
            Some(Value::Bool(truth)) => f64::from(u8::from(*truth)),
            Some(value) => match value.as_f64() {
                Some(number) => number,
                None => return false,
            },
            None => return false,
        };
        match self.sign {
            Sign::Less => number < self.value,
            Sign::AtMost => number <= self.value,
            Sign::Greater => number > self.value,
            Sign::AtLeast => number >= self.value,
            Sign::Equal => number == self.value,
            Sign::Differs => number != self.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_means_what_it_says() {
        // Each kind of word against a line it fits and one it does not.
        let line = serde_json::json!({"kind": "trade", "initiator": "honest.1", "agents": ["a", "b"], "p": 0.3, "accepted": true,
                                      "detail": "costs \"5\" Credits", "metrics": {"fees": 2}});
        let line = line.as_object().unwrap();
        for (query, fits) in [
            ("", true),
            ("kind:interaction", true),
            ("type:vote_cast,interaction", true),
            ("kind:trade", true),
            ("kind:vote_cast", false),
            ("agent:honest.1", true),
            ("agent:b", true),
            ("agent:honest", false),
            ("epoch:30..40", true),
            ("epoch:..34", false),
            ("event:7", true),
            ("event:8..", false),
            ("p<0.4", true),
            ("p>=0.4", false),
            ("accepted=true", true),
            ("metrics.fees=2", true),
            ("nothing=2", false),
            ("text:credits", true),
            ("\"\\\"5\\\" cred\"", false),
            ("text:\"costs\" credits", true),
            ("kind:interaction p<0.4 epoch:99", false),
        ] {
            let read = Query::read(query).unwrap();
            assert_eq!(
                read.holds("interaction", 35, Some(7), line),
                fits,
                "{query}"
            );
        }
    }

    #[test]
    fn a_query_that_cannot_be_read_is_an_error() {
        // Never a filter that lets everything through.
        let none = BTreeSet::new();
        for bad in [
            "epoch:x",
            "epoch:..",
            "epoch:4..2",
            "p<x",
            "p<nan",
            "colour:red",
            "kind:",
            "text:\"open",
            &"x".repeat(2_000),
        ] {
            assert!(Query::read(bad).is_err(), "{bad}");
        }
        for hidden in ["ground_truth=1", "deception>0.2", "kinds.honest.payoff>0"] {
            assert!(
                Query::read(hidden).unwrap().without_hidden(&none).is_err(),
                "{hidden}"
            );
        }
    }
}
