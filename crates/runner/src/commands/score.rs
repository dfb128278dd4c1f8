//! `das score`: labels, payoffs and every soft metric of anybody's interactions, one JSON object a line.
//!
//! The fields are those of the `interaction` event, so the log of a run is such a file too: lines of another `type` are skipped,
//! unknown fields ignored, blank lines passed over. `p` and `v_hat` are used where they stand and computed where they are missing
//! (p from `v_hat`, or both from the observables; the sigmoid takes any `v_hat`, also beyond the −1 … 1 of the proxy, and the
//! proxy clamps observables to their ranges); payoffs are always computed, from the given parameters. What cannot be scored
//! stops the command with line, field and what was expected there: a wrong figure would be worse. Not here: reading the
//! parameters from a file, printing anything but the result.

use das_core::interaction::{Observables, Truth};
use das_core::metrics::report::SoftReport;
use das_core::metrics::soft::{SoftRow, soft_report};
use das_core::score::payoff::{Payoff, PayoffConfig, PayoffError};
use das_core::score::proxy::{Labels, Proxy, ProxyConfig, ProxyError};
use das_core::score::sigmoid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{self, BufRead, Write};
use thiserror::Error;

/// The longest line that is read, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Amounts beyond this, either way, are refused: squares and sums of them would leave the range of numbers.
const AMOUNT_MAX: f64 = 1e100;

/// Floats beyond this, 2⁵³, are no longer every whole number.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// The parameters of scoring: a scenario's `payoff:` and `proxy:`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScoreConfig {
    /// What an interaction is worth.
    pub payoff: PayoffConfig,
    /// How observables become labels.
    pub proxy: ProxyConfig,
}

/// Interactions could not be scored.
#[derive(Debug, Error)]
pub enum ScoreError {
    /// A parameter of the payoff is out of its range.
    #[error("payoff.{0}")]
    Payoff(PayoffError),
    /// A parameter of the proxy is out of its range.
    #[error("proxy.{0}")]
    Proxy(ProxyError),
    /// A line is not a JSON object of the right shape.
    #[error("line {line}: {message}")]
    Line {
        /// Number of the line, from 1.
        line: u64,
        /// What was expected and what was found.
        message: String,
    },
    /// A field of a line cannot be used.
    #[error("line {line}, field `{field}`: expected {expected}, found {found}")]
    Field {
        /// Number of the line, from 1.
        line: u64,
        /// Name of the field.
        field: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// The input could not be read.
    #[error("the interactions could not be read")]
    Read(#[source] io::Error),
    /// The result could not be written.
    #[error("the result could not be written")]
    Write(#[source] io::Error),
}

/// The fields that are read. As JSON values, so that a wrong type can be told with the name of its field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    r#type: Option<Value>,
    id: Option<Value>,
    interaction_id: Option<Value>,
    initiator: Option<Value>,
    counterparty: Option<Value>,
    accepted: Option<Value>,
    task_progress_delta: Option<Value>,
    rework_count: Option<Value>,
    verifier_rejections: Option<Value>,
    tool_misuse_flags: Option<Value>,
    counterparty_engagement_delta: Option<Value>,
    v_hat: Option<Value>,
    p: Option<Value>,
    tau: Option<Value>,
    c_a: Option<Value>,
    c_b: Option<Value>,
    r_a: Option<Value>,
    r_b: Option<Value>,
    ground_truth: Option<Value>,
    causal_parents: Option<Value>,
}

/// A field that cannot be used; the line number is added by who knows it.
struct Unusable {
    field: &'static str,
    expected: &'static str,
    found: String,
}

impl Unusable {
    fn new(field: &'static str, expected: &'static str, found: &Value) -> Self {
        let mut text = found.to_string();
        if text.chars().count() > 40 {
            text = text.chars().take(39).chain(['…']).collect();
        }
        Self {
            field,
            expected,
            found: text,
        }
    }
}

type Field<T> = Result<T, Unusable>;

/// A number within ±[`AMOUNT_MAX`]; nothing if it is missing.
fn number(field: &'static str, value: Option<&Value>) -> Field<Option<f64>> {
    let Some(value) = value else { return Ok(None) };
    match value.as_f64() {
        Some(x) if x.abs() <= AMOUNT_MAX => Ok(Some(x)),
        _ => Err(Unusable::new(
            field,
            "a number between -1e100 and 1e100",
            value,
        )),
    }
}

/// A whole number from 0, written as it likes (`2`, `2.0`, `2e0`).
fn count(field: &'static str, value: Option<&Value>) -> Field<u32> {
    let Some(value) = value else { return Ok(0) };
    match value.as_f64() {
        Some(x) if x >= 0.0 && x <= f64::from(u32::MAX) && x.fract() == 0.0 => Ok(x as u32),
        _ => Err(Unusable::new(
            field,
            "a whole number from 0 to 4294967295",
            value,
        )),
    }
}

/// A name: text, or a number taken as text.
fn name(
    field: &'static str,
    expected: &'static str,
    value: Option<&Value>,
) -> Field<Option<String>> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        // A number that was read as a float may have lost digits: two different ids would become one.
        Some(Value::Number(number))
            if number.as_f64().is_none_or(|x| x.abs() > WHOLE_MAX)
                && !number.is_u64()
                && !number.is_i64() =>
        {
            Err(Unusable::new(
                field,
                "text, or a number of 64 bits",
                &Value::Number(number.clone()),
            ))
        }
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(other) => Err(Unusable::new(field, expected, other)),
    }
}

impl Line {
    /// Whether it is an interaction: of that type, or of none.
    fn is_interaction(&self) -> Field<bool> {
        match &self.r#type {
            None => Ok(true),
            Some(Value::String(kind)) => Ok(kind == "interaction"),
            Some(other) => Err(Unusable::new("type", "text", other)),
        }
    }

    /// The observables, those that are missing at 0; nothing if all are missing.
    fn observables(&self) -> Field<Option<Observables>> {
        let fields = [
            &self.task_progress_delta,
            &self.rework_count,
            &self.verifier_rejections,
            &self.tool_misuse_flags,
            &self.counterparty_engagement_delta,
        ];
        if fields.iter().all(|field| field.is_none()) {
            return Ok(None);
        }
        let [progress, rework, rejections, flags, engagement] = fields.map(Option::as_ref);
        Ok(Some(Observables {
            task_progress_delta: number("task_progress_delta", progress)?.unwrap_or(0.0),
            rework_count: count("rework_count", rework)?,
            verifier_rejections: count("verifier_rejections", rejections)?,
            tool_misuse_flags: count("tool_misuse_flags", flags)?,
            counterparty_engagement_delta: number("counterparty_engagement_delta", engagement)?
                .unwrap_or(0.0),
        }))
    }

    /// p, and v̂ where it is known.
    fn labels(&self, proxy: &Proxy, relabel: bool) -> Field<(Option<f64>, f64)> {
        const P: &str = "a number between 0 and 1";
        let p = match &self.p {
            None => None,
            Some(value) => match value.as_f64() {
                Some(p) if (0.0..=1.0).contains(&p) => Some(p + 0.0),
                _ => return Err(Unusable::new("p", P, value)),
            },
        };
        let v_hat = number("v_hat", self.v_hat.as_ref())?;
        let observables = self.observables()?;
        if relabel && let Some(seen) = &observables {
            let Labels { v_hat, p } = proxy.labels(seen);
            return Ok((Some(v_hat), p));
        }
        match (p.filter(|_| !relabel), v_hat, &observables) {
            (Some(p), v_hat, _) => Ok((v_hat, p)),
            (None, Some(v_hat), _) => match sigmoid::sigmoid(v_hat, proxy.sigmoid_k()) {
                Ok(p) => Ok((Some(v_hat), p)),
                Err(error) => Err(Unusable {
                    field: "v_hat",
                    expected: "a score with a probability",
                    found: error.to_string(),
                }),
            },
            (None, None, Some(seen)) => {
                let Labels { v_hat, p } = proxy.labels(seen);
                Ok((Some(v_hat), p))
            }
            (None, None, None) if relabel => Err(Unusable {
                field: "task_progress_delta",
                expected: "`v_hat` or observables to compute the labels from again",
                found: "neither".to_owned(),
            }),
            (None, None, None) => Err(Unusable {
                field: "p",
                expected: "`p`, `v_hat` or observables",
                found: "none of them".to_owned(),
            }),
        }
    }

    fn truth(&self) -> Field<Option<Truth>> {
        let Some(value) = &self.ground_truth else {
            return Ok(None);
        };
        match value.as_f64() {
            Some(1.0) => Ok(Some(Truth::Beneficial)),
            Some(-1.0) => Ok(Some(Truth::Harmful)),
            _ => Err(Unusable::new("ground_truth", "1 or -1", value)),
        }
    }

    fn parents(&self) -> Field<Vec<String>> {
        const EXPECTED: &str = "a list of interaction ids (text or numbers)";
        match &self.causal_parents {
            None => Ok(Vec::new()),
            Some(Value::Array(parents)) => parents
                .iter()
                .map(|parent| {
                    name("causal_parents", EXPECTED, Some(parent)).map(Option::unwrap_or_default)
                })
                .collect(),
            Some(other) => Err(Unusable::new("causal_parents", EXPECTED, other)),
        }
    }

    /// The row and, where it is known, v̂.
    fn row(&self, proxy: &Proxy, payoff: &Payoff, relabel: bool) -> Field<(SoftRow, Option<f64>)> {
        const NAME: &str = "text or a number";
        let amount =
            |field, value: &Option<Value>| number(field, value.as_ref()).map(|x| x.unwrap_or(0.0));
        let (id_field, id) = match &self.id {
            Some(id) => ("id", Some(id)),
            None => ("interaction_id", self.interaction_id.as_ref()),
        };
        let accepted = match &self.accepted {
            None => true,
            Some(Value::Bool(accepted)) => *accepted,
            Some(other) => return Err(Unusable::new("accepted", "true or false", other)),
        };
        let (v_hat, p) = self.labels(proxy, relabel)?;
        let mut row = SoftRow {
            id: name(id_field, NAME, id)?,
            initiator: name("initiator", NAME, self.initiator.as_ref())?.unwrap_or_default(),
            counterparty: name("counterparty", NAME, self.counterparty.as_ref())?
                .unwrap_or_default(),
            accepted,
            p,
            tau: amount("tau", &self.tau)?,
            c_a: amount("c_a", &self.c_a)?,
            c_b: amount("c_b", &self.c_b)?,
            r_a: amount("r_a", &self.r_a)?,
            r_b: amount("r_b", &self.r_b)?,
            ground_truth: self.truth()?,
            causal_parents: self.parents()?,
            ..SoftRow::default()
        };
        let payoffs = payoff.payoffs(&row.terms());
        (row.pi_a, row.pi_b) = (payoffs.pi_a, payoffs.pi_b);
        Ok((row, v_hat))
    }
}

/// A line of `--each`.
#[derive(Debug, Serialize)]
struct Scored<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    v_hat: Option<f64>,
    p: f64,
    s_soft: f64,
    e_soft: f64,
    pi_a: f64,
    pi_b: f64,
}

/// The last line.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    metrics: &'a SoftReport,
}

/// Reads one line without its end; `None` at the end of the input.
fn read_line(
    input: &mut impl BufRead,
    buffer: &mut Vec<u8>,
    line: u64,
) -> Result<bool, ScoreError> {
    buffer.clear();
    let read = io::Read::take(&mut *input, LINE_BYTES_MAX + 1)
        .read_until(b'\n', buffer)
        .map_err(ScoreError::Read)?;
    if buffer.len() as u64 > LINE_BYTES_MAX {
        return Err(ScoreError::Line {
            line,
            message: format!("expected at most {LINE_BYTES_MAX} bytes in a line"),
        });
    }
    // Some programs begin a file with a byte order mark.
    if line == 1 && buffer.starts_with(b"\xef\xbb\xbf") {
        buffer.drain(..3);
    }
    Ok(read > 0)
}

/// What serde says of a line, with the field it broke off in and without its own line number.
fn broken(line: u64, bytes: &[u8], error: &serde_json::Error) -> ScoreError {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    let before = String::from_utf8_lossy(&bytes[..error.column().min(bytes.len())]);
    let mut quoted = before
        .rsplit_once("\":")
        .map_or("", |(head, _)| head)
        .rsplit('"');
    let message = match quoted.next() {
        _ if !bytes.trim_ascii_start().starts_with(b"{") => {
            format!("expected a JSON object, found `{}`", start_of(bytes))
        }
        Some(field) if !field.is_empty() => {
            format!("field `{field}`, column {}: {text}", error.column())
        }
        _ => format!("column {}: {text}", error.column()),
    };
    ScoreError::Line { line, message }
}

/// The first characters of a line.
fn start_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.trim_ascii());
    if text.chars().count() > 40 {
        text.chars().take(39).chain(['…']).collect()
    } else {
        text.into_owned()
    }
}

/// Scores every interaction of `input` and writes `{"metrics": {…}}` to `out`; with `each`, first a line per interaction.
/// `relabel` computes `p` and `v_hat` again where they stand.
pub fn score(
    mut input: impl BufRead,
    config: Option<ScoreConfig>,
    each: bool,
    relabel: bool,
    out: &mut impl Write,
) -> Result<(), ScoreError> {
    let config = config.unwrap_or_default();
    let payoff = Payoff::new(&config.payoff).map_err(ScoreError::Payoff)?;
    let proxy = Proxy::new(&config.proxy).map_err(ScoreError::Proxy)?;
    let mut rows = Vec::new();
    let mut buffer = Vec::new();
    let mut number = 1;
    while read_line(&mut input, &mut buffer, number)? {
        let bytes = buffer.trim_ascii();
        if !bytes.is_empty() {
            // serde would read an array as a struct too.
            let line: Line = match bytes[0] {
                b'{' => serde_json::from_slice(bytes),
                _ => Err(serde::de::Error::custom("not an object")),
            }
            .map_err(|error| broken(number, bytes, &error))?;
            let unusable = |u: Unusable| ScoreError::Field {
                line: number,
                field: u.field,
                expected: u.expected,
                found: u.found,
            };
            if line.is_interaction().map_err(unusable)? {
                let (row, v_hat) = line.row(&proxy, &payoff, relabel).map_err(unusable)?;
                if each {
                    let scored = Scored {
                        id: row.id.as_deref(),
                        v_hat,
                        p: row.p,
                        s_soft: payoff.surplus(row.p) + 0.0,
                        e_soft: payoff.harm(row.p) + 0.0,
                        pi_a: row.pi_a + 0.0,
                        pi_b: row.pi_b + 0.0,
                    };
                    write_line(out, &scored)?;
                }
                rows.push(row);
            }
        }
        number += 1;
    }
    let metrics = soft_report(&rows, &payoff);
    write_line(out, &Summary { metrics: &metrics })?;
    out.flush().map_err(ScoreError::Write)
}

/// One JSON line.
fn write_line(out: &mut impl Write, value: &impl Serialize) -> Result<(), ScoreError> {
    serde_json::to_writer(&mut *out, value)
        .map_err(io::Error::from)
        .and_then(|()| out.write_all(b"\n"))
        .map_err(ScoreError::Write)
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
