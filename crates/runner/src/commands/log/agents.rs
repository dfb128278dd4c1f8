//! `das log agents`: where each agent ended, one line an agent.
//!
//! Reputation, balance and payoff are those of the agent's last `agent_state` line. A log of a lower detail has none: payoff
//! and counts are then summed from the interactions, the rest is not known.

use super::{Format, Go, LogError, each_line};
use das_analysis::event::{Event, Roster};
use serde::Serialize;
use std::cmp::Ordering;
use std::io::{BufRead, Write};

/// A column to sort by; numbers go from high to low, words from a to z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the table")]
pub enum SortBy {
    /// Order of registration.
    #[default]
    Registration,
    Name,
    Kind,
    Role,
    Reputation,
    Balance,
    Payoff,
    Accepted,
    Rejected,
    Faults,
}

impl SortBy {
    /// Columns by name.
    pub const NAMES: [(&'static str, Self); 10] = [
        ("registration", Self::Registration),
        ("name", Self::Name),
        ("kind", Self::Kind),
        ("role", Self::Role),
        ("reputation", Self::Reputation),
        ("balance", Self::Balance),
        ("payoff", Self::Payoff),
        ("accepted", Self::Accepted),
        ("rejected", Self::Rejected),
        ("faults", Self::Faults),
    ];

    /// The column of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find_map(|(known, by)| (known == name).then_some(by))
    }
}

/// An agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AgentRow {
    /// Name.
    pub name: String,
    /// Policy.
    pub kind: String,
    /// Role.
    pub role: String,
    /// Whether it was there at the end.
    pub live: bool,
    /// In points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reputation: Option<f64>,
    /// In credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<f64>,
    /// Sum of booked payoffs.
    pub payoff: f64,
    /// Accepted interactions, either side.
    pub accepted: u32,
    /// Rejected ones.
    pub rejected: u32,
    /// Faults.
    pub faults: u32,
}

#[derive(Serialize)]
struct Listing<'a> {
    incomplete: bool,
    agents: &'a [AgentRow],
}

fn compare(by: SortBy, a: &AgentRow, b: &AgentRow) -> Ordering {
    let down = |a: Option<f64>, b: Option<f64>| {
        let value = |x: Option<f64>| x.unwrap_or(f64::NEG_INFINITY);
        value(b).total_cmp(&value(a))
    };
    match by {
        SortBy::Registration => Ordering::Equal,
        SortBy::Name => a.name.cmp(&b.name),
        SortBy::Kind => a.kind.cmp(&b.kind),
        SortBy::Role => a.role.cmp(&b.role),
        SortBy::Reputation => down(a.reputation, b.reputation),
        SortBy::Balance => down(a.balance, b.balance),
        SortBy::Payoff => down(Some(a.payoff), Some(b.payoff)),
        SortBy::Accepted => b.accepted.cmp(&a.accepted),
        SortBy::Rejected => b.rejected.cmp(&a.rejected),
        SortBy::Faults => b.faults.cmp(&a.faults),
    }
}

/// Prints the table.
pub fn agents(
    from: impl BufRead,
    by: SortBy,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), LogError> {
    let (mut roster, mut rows) = (Roster::default(), Vec::<AgentRow>::new());
    let (mut stated, mut ended) = (false, false);
    each_line(from, |line| {
        match Event::of(line)? {
            Event::Registered(x) => {
                let at = roster.number(&x.agent) as usize;
                if at == rows.len() {
                    rows.push(AgentRow {
                        name: x.agent.into_owned(),
                        kind: x.kind.into_owned(),
                        role: x.role.into_owned(),
                        live: true,
                        ..AgentRow::default()
                    });
                }
            }
            Event::Retired(x) => {
                if let Some(row) = row(&roster, &mut rows, &x.agent) {
                    row.live = false;
                }
            }
            Event::Fault(x) => {
                if let Some(row) = row(&roster, &mut rows, &x.agent) {
                    row.faults += 1;
                }
            }
            Event::State(x) => {
                stated = true;
                if let Some(row) = row(&roster, &mut rows, &x.agent) {
                    row.reputation = Some(x.reputation);
                    row.balance = Some(x.balance);
                    row.payoff = x.payoff;
                    row.accepted = x.accepted;
                    row.rejected = x.rejected;
                }
            }
            Event::Interaction(x) => {
                for (name, payoff) in [(&x.initiator, x.pi_a), (&x.counterparty, x.pi_b)] {
                    if let Some(row) = row(&roster, &mut rows, name) {
                        if x.accepted {
                            row.accepted += 1;
                            row.payoff += payoff;
                        } else {
                            row.rejected += 1;
                        }
                    }
                }
            }
            Event::Ended(_) => ended = true,
            _ => {}
        }
        Ok(Go::On)
    })?;
    rows.sort_by(|a, b| compare(by, a, b));
    if format == Format::Json {
        let listing = Listing {
            incomplete: !ended,
            agents: &rows,
        };
        serde_json::to_writer(&mut *out, &listing).map_err(std::io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    if rows.is_empty() {
        writeln!(out, "no agent_registered events")?;
        return Ok(());
    }
    writeln!(
        out,
        "{:<20} {:<13} {:<9}{:>6}{:>9}{:>8}{:>5}{:>5}{:>4}",
        "agent", "kind", "role", "reput.", "balance", "payoff", "acc", "rej", "flt"
    )?;
    for row in &rows {
        let number =
            |x: Option<f64>, digits: usize| x.map_or("-".to_owned(), |x| format!("{x:.digits$}"));
        let name = if row.live {
            row.name.clone()
        } else {
            format!("{} (left)", row.name)
        };
        writeln!(
            out,
            "{:<20} {:<13} {:<9}{:>6}{:>9}{:>8}{:>5}{:>5}{:>4}",
            cut(&name, 20),
            cut(&row.kind, 13),
            cut(&row.role, 9),
            number(row.reputation, 2),
            number(row.balance, 2),
            number(Some(row.payoff), 1),
            row.accepted,
            row.rejected,
            row.faults
        )?;
    }
    if !stated {
        writeln!(
            out,
            "no agent_state events: reputation and balance need detail full"
        )?;
    }
    if !ended {
        writeln!(out, "incomplete: the log has no last line")?;
    }
    Ok(())
}

fn row<'r>(roster: &Roster, rows: &'r mut [AgentRow], name: &str) -> Option<&'r mut AgentRow> {
    rows.get_mut(roster.find(name)? as usize)
}

/// The first `most` characters, the last of them … where something is cut.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
