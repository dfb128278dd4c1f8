//! What a log recorded from outside: replies of agents beyond this program, and the moment of the kill switch.

use crate::failure::Failure;
use crate::log_file::open_log;
use das_core::agent::{Question, Reply};
use das_core::log::LogReader;
use das_core::ports::Inputs;
use serde::Deserialize;
use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;

/// The `input` lines of a log.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Who answered, and what, in the order of the lines.
    pub replies: VecDeque<(String, String)>,
    /// Step, from 0 over the run, before which the run was stopped.
    pub stop_at: Option<u64>,
}

#[derive(Deserialize)]
struct InputLine {
    kind: String,
    agent: Option<String>,
    payload: Option<String>,
}

impl Recorded {
    /// Reads the first `bytes` of a log; replies before line `from` are left out, as a checkpoint behind them knows them.
    pub fn read(log: &Path, bytes: u64, from: u64, steps_per_epoch: u32) -> Result<Self, Failure> {
        let whole = open_log(log).map_err(Failure::reading(log))?;
        let mut reader = LogReader::new(whole.take(bytes));
        let mut recorded = Self::default();
        while let Some(line) = reader.next().map_err(|error| Failure::log(log, error))? {
            if line.head.kind != "input" {
                continue;
            }
            let input: InputLine = line.parse().map_err(|error| Failure::Damaged {
                path: log.to_owned(),
                what: format!("line {} is no input: {error}", line.head.seq),
            })?;
            let now = line.head.now;
            match (input.kind.as_str(), input.agent, input.payload) {
                ("stop", ..) => {
                    let steps = u64::from(steps_per_epoch);
                    recorded.stop_at = Some(u64::from(now.epoch) * steps + u64::from(now.step));
                }
                (_, Some(agent), Some(payload)) if line.head.seq >= from => {
                    recorded.replies.push_back((agent, payload));
                }
                _ => {}
            }
        }
        Ok(recorded)
    }
}

/// Answers with what was recorded, then with what `live` says.
pub struct RecordedInputs {
    replies: VecDeque<(String, String)>,
    live: Box<dyn Inputs>,
}

impl RecordedInputs {
    /// Recorded replies first, `live` when they are used up.
    pub fn new(replies: VecDeque<(String, String)>, live: Box<dyn Inputs>) -> Self {
        Self { replies, live }
    }
}

impl Inputs for RecordedInputs {
    fn ask(&mut self, questions: &[(String, Question)]) -> Vec<Reply> {
        // A reply of somebody else than asked means that the runs differ already: the comparison of lines says where.
        let mut replies: Vec<Reply> = Vec::with_capacity(questions.len());
        while replies.len() < questions.len() {
            match self.replies.pop_front() {
                Some((_, payload)) => replies.push(Reply { payload }),
                None => break,
            }
        }
        let rest = &questions[replies.len()..];
        if !rest.is_empty() {
            replies.extend(self.live.ask(rest));
        }
        replies
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use das_core::ports::NoInputs;

    #[test]
    fn recorded_replies_come_first() {
        // Two recorded, three asked: the third is live (empty here).
        let recorded = VecDeque::from([
            ("a".to_owned(), "1".to_owned()),
            ("b".to_owned(), "2".to_owned()),
        ]);
        let mut inputs = RecordedInputs::new(recorded, Box::new(NoInputs));
        let question = |name: &str| {
            (
                name.to_owned(),
                Question {
                    prompt: String::new(),
                },
            )
        };
        let replies = inputs.ask(&[question("a"), question("b"), question("c")]);
        assert_eq!(
            replies
                .iter()
                .map(|r| r.payload.as_str())
                .collect::<Vec<_>>(),
            ["1", "2", ""]
        );
    }
}
