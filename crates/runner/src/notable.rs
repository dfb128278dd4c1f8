//! Events worth a look, found by rule in the first [`READ_MAX`] bytes of a log.
//!
//! In this order, each event once: the accepted interaction with v = −1 that looked best (highest p); the accepted
//! interaction with most deception; the first incident of the rarest kind there is (fault, freeze, slash, flag, dispute, lost claim,
//! refusal by a lever, by a rail, by the world). Where one is missing, the best accepted interaction with v = +1 by joint
//! payoff, and then the epochs with most harm, least quality gap and most welfare take its place. Ties go to the earlier
//! event. Not here: diagnosis of the system (`das log overview`).

use crate::failure::Failure;
use crate::folds::{EpochLine, short};
use das_analysis::event::Event;
use das_core::interaction::Truth;
use das_core::log::{Line, LogReader, Malformed, ReadError};
use serde::Deserialize;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Bytes of the log that are read: a run's first part stands for it, so that long runs do not wait for their closing words.
pub const READ_MAX: u64 = 8 << 20;

/// How many the closing words of a run name.
pub const NAMED: usize = 3;

/// Incidents, the most telling first, with what is said of them.
const INCIDENTS: [(&str, &str); 9] = [
    ("agent_fault", "first fault of an agent"),
    ("governance_freeze", "first freeze"),
    ("governance_slash", "first slashed stake"),
    ("post_flagged", "first flagged post"),
    ("bounty_disputed", "first dispute"),
    ("task_duplicate", "first work done twice"),
    ("governance_refused", "first refusal by a lever"),
    ("rail_refused", "first refusal by a rail"),
    ("action_refused", "first action gone stale"),
];

/// An event worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Number of the event.
    pub event: u64,
    /// Its epoch.
    pub epoch: u32,
    /// What it is, in words.
    pub what: String,
}

/// What is said of an interaction.
#[derive(Clone, Debug)]
struct Interaction {
    between: String,
    p: f64,
    payoffs: f64,
    deception: f64,
}

/// Anybody an incident may name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    agent: Option<String>,
    author: Option<String>,
    worker: Option<String>,
    by: Option<String>,
    lever: Option<String>,
    reason: Option<String>,
}

/// The best so far by a score; the earlier one of equals.
#[derive(Debug)]
struct Best<T> {
    found: Option<(f64, u64, u32, T)>,
}

impl<T> Best<T> {
    fn take(&mut self, score: f64, line: &Line<'_>, item: impl FnOnce() -> T) {
        if self.found.as_ref().is_none_or(|(best, ..)| score > *best) {
            self.found = Some((
                score,
                line.head.event.unwrap_or_default(),
                line.head.now.epoch,
                item(),
            ));
        }
    }

    fn moment(&self, what: impl FnOnce(&T) -> String) -> Option<Moment> {
        self.found.as_ref().map(|(_, event, epoch, item)| Moment {
            event: *event,
            epoch: *epoch,
            what: what(item),
        })
    }
}

/// At most so many; fewer only where a log has nothing to tell. `epochs` are the epochs that are shown beside them.
pub fn find(log: &Path, epochs: &[EpochLine], most: usize) -> Result<Vec<Moment>, Failure> {
    let file = File::open(log).map_err(Failure::reading(log))?;
    let mut reader = LogReader::new(BufReader::with_capacity(1 << 16, file));
    let mut hidden: Best<Interaction> = Best { found: None };
    let mut deceived: Best<Interaction> = Best { found: None };
    let mut good: Best<Interaction> = Best { found: None };
    let mut incident: Best<(usize, Named)> = Best { found: None };
    while reader.next_offset() < READ_MAX {
        let line = match reader.next() {
            Ok(Some(line)) => line,
            // An unfinished log may end within a line.
            Ok(None)
            | Err(ReadError::Malformed {
                what: Malformed::Torn,
                ..
            }) => break,
            Err(error) => return Err(Failure::log(log, error)),
        };
        if line.head.kind == "interaction" {
            let Ok(Event::Interaction(x)) = Event::of(&line) else {
                continue;
            };
            if !x.accepted {
                continue;
            }
            let kept = || Interaction {
                between: format!("{} > {}", x.initiator, x.counterparty),
                p: x.p,
                payoffs: x.pi_a + x.pi_b,
                deception: x.deception,
            };
            if x.ground_truth == Some(Truth::Harmful) {
                hidden.take(x.p, &line, kept);
            }
            if x.deception > 0.0 {
                deceived.take(x.deception, &line, kept);
            }
            if x.ground_truth == Some(Truth::Beneficial) {
                good.take(x.pi_a + x.pi_b, &line, kept);
            }
        } else if let Some(rank) = INCIDENTS
            .iter()
            .position(|(kind, _)| *kind == line.head.kind)
        {
            let named = || (rank, line.parse::<Named>().unwrap_or_default());
            incident.take(-(rank as f64), &line, named);
        }
    }
    let mut moments: Vec<Moment> = Vec::new();
    let mut add = |moment: Option<Moment>| {
        if let Some(moment) = moment
            && moments.len() < most
            && moments.iter().all(|known| known.event != moment.event)
        {
            moments.push(moment);
        }
    };
    add(hidden.moment(|x| format!("harm looking best, p {}: {}", short(Some(x.p)), x.between)));
    add(deceived.moment(|x| {
        format!(
            "most deception, {}: {}",
            short(Some(x.deception)),
            x.between
        )
    }));
    add(incident.moment(|(rank, named)| {
        let who = [
            &named.lever,
            &named.agent,
            &named.worker,
            &named.by,
            &named.author,
            &named.reason,
        ];
        let who: Vec<&str> = who.into_iter().flatten().map(String::as_str).collect();
        format!("{}: {}", INCIDENTS[*rank].1, who.join(", "))
    }));
    add(good.moment(|x| {
        format!(
            "best deal, payoffs {}: {}",
            short(Some(x.payoffs)),
            x.between
        )
    }));
    for (metric, sign, what) in [
        ("true_harm_rate", 1.0, "epoch with most harm"),
        ("quality_gap", -1.0, "epoch with least quality gap"),
        ("total_welfare", 1.0, "epoch with most welfare"),
    ] {
        let mut best: Option<(f64, &EpochLine)> = None;
        for epoch in epochs {
            if let Some(value) = epoch.get(metric)
                && best.is_none_or(|(score, _)| sign * value > score)
            {
                best = Some((sign * value, epoch));
            }
        }
        add(best.map(|(score, epoch)| Moment {
            event: epoch.event,
            epoch: epoch.epoch,
            what: format!("{what}: {}", short(Some(score * sign))),
        }));
    }
    moments.sort_by_key(|moment| moment.event);
    Ok(moments)
}
