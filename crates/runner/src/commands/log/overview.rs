//! `das log overview`: what happened in a log, on one page, with event numbers to look further.
//!
//! One pass, memory for a few figures an epoch and the folds of [`das_analysis::failures`]. Not here: the numbers behind the
//! failure modes, and how they are judged.

use super::agents::cut;
use super::{Format, Go, LogError, each_line};
use das_analysis::event::{Completed, Event, Interaction, KindMeans};
use das_analysis::failures::FailureFold;
use das_analysis::finding::Finding;
use das_core::interaction::{Moment, Truth};
use das_core::log::{Line, SEAL, STARTED};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, Write};

/// Widest line.
const WIDTH: usize = 80;

/// Metrics that are drawn.
const DRAWN: [&str; 8] = [
    "toxicity_rate",
    "true_harm_rate",
    "quality_gap",
    "participation",
    "total_welfare",
    "true_welfare",
    "influence_gini",
    "n_refused",
];

/// Columns of a drawing.
const DRAWING: usize = 34;

/// Most lines of kinds, levers and reasons each.
const ROWS_MAX: usize = 6;

/// What a lever did.
#[derive(Clone, Debug, Default)]
struct Lever {
    interactions: u64,
    acts: BTreeMap<String, u64>,
    refused: u64,
    cost: f64,
    first: Option<u64>,
}

/// A remarkable interaction.
#[derive(Clone, Debug)]
struct Notable {
    what: &'static str,
    score: f64,
    event: u64,
    text: String,
}

/// Everything the page is written from.
#[derive(Debug, Default)]
struct Facts {
    header: Option<Value>,
    counts: BTreeMap<String, u64>,
    lines: u64,
    last: Moment,
    status: Option<String>,
    torn: bool,
    /// Event of each epoch's end, and the drawn metrics.
    epochs: Vec<(u64, [Option<f64>; DRAWN.len()])>,
    run: Option<[Option<f64>; DRAWN.len()]>,
    kinds: BTreeMap<String, KindMeans>,
    levers: BTreeMap<String, Lever>,
    /// Interactions that several levers acted upon, and what they used up on them: a line has the sum alone.
    shared: (u64, f64),
    /// Refusals by reason: count, first event.
    refusals: BTreeMap<String, (u64, u64)>,
    notable: BTreeMap<&'static str, Notable>,
    faults: Option<(u64, u64)>,
}

fn drawn(done: &Completed) -> [Option<f64>; DRAWN.len()] {
    DRAWN.map(|name| done.metrics.get(name))
}

impl Facts {
    fn line(&mut self, line: &Line<'_>, event: &Event<'_>) {
        let head = &line.head;
        self.lines += 1;
        self.last = head.now;
        if let Some(count) = self.counts.get_mut(head.kind) {
            *count += 1;
        } else {
            self.counts.insert(head.kind.to_owned(), 1);
        }
        if head.kind == STARTED {
            self.header = line.value().ok();
        }
        let number = head.event.unwrap_or_default();
        match event {
            Event::EpochCompleted(done) => {
                self.epochs.push((number, drawn(done)));
                self.kinds.clone_from(&done.kinds);
            }
            Event::RunCompleted(done) => {
                self.run = Some(drawn(done));
                self.kinds.clone_from(&done.kinds);
            }
            Event::Ended(done) => self.status.clone_from(&done.status),
            Event::Refused(x) => {
                let reason = match &x.lever {
                    Some(lever) => format!("{} ({lever})", x.reason),
                    None => x.reason.clone().into_owned(),
                };
                self.refusals.entry(reason).or_insert((0, number)).0 += 1;
                if let Some(lever) = &x.lever {
                    let lever = self.lever(lever, number);
                    lever.refused += 1;
                }
            }
            Event::Lever(x) => {
                let act = head
                    .kind
                    .strip_prefix("governance_")
                    .unwrap_or(head.kind)
                    .to_owned();
                let cost = x.governance_cost;
                let lever = self.lever(x.lever.as_deref().unwrap_or("treasury"), number);
                lever.cost += cost;
                *lever.acts.entry(act).or_insert(0) += 1;
            }
            Event::Sanction(x) => {
                let act = if x.clean {
                    "sanction of honest conduct"
                } else {
                    "sanction"
                };
                let lever = self.lever(&x.lever, number);
                *lever.acts.entry(act.to_owned()).or_insert(0) += 1;
            }
            Event::Interaction(x) => {
                for name in &x.levers {
                    self.lever(name, number).interactions += 1;
                }
                if x.governance_cost > 0.0 {
                    if let [only] = x.levers.as_slice() {
                        self.lever(only, number).cost += x.governance_cost;
                    } else {
                        self.shared.0 += 1;
                        self.shared.1 += x.governance_cost;
                    }
                }
                self.remarkable(number, x);
            }
            Event::Fault(_) => self.faults.get_or_insert((0, number)).0 += 1,
            _ => {}
        }
    }

    fn lever(&mut self, name: &str, number: u64) -> &mut Lever {
        if !self.levers.contains_key(name) {
            self.levers.insert(name.to_owned(), Lever::default());
        }
        let lever = self.levers.entry(name.to_owned()).or_default();
        lever.first.get_or_insert(number);
        lever
    }

    fn remarkable(&mut self, number: u64, x: &Interaction<'_>) {
        if !x.accepted {
            return;
        }
        let harmful = x.ground_truth == Some(Truth::Harmful);
        let joint = x.pi_a + x.pi_b;
        for (what, counts, score) in [
            ("best-looking harm", harmful, x.p),
            ("most deception", x.deception > 0.0, x.deception),
            ("best deal", true, joint),
            ("worst deal", true, -joint),
        ] {
            if counts && self.notable.get(what).is_none_or(|best| score > best.score) {
                let text = format!(
                    "{} {} → {}, p {:.2}, payoffs {:+.2} {:+.2}",
                    x.kind, x.initiator, x.counterparty, x.p, x.pi_a, x.pi_b
                );
                self.notable.insert(
                    what,
                    Notable {
                        what,
                        score,
                        event: number,
                        text,
                    },
                );
            }
        }
    }

    /// A field of line 0, in the scenario or beside it.
    fn header(&self, path: &str) -> Option<&Value> {
        let header = self.header.as_ref()?;
        header
            .pointer(&format!("/scenario{path}"))
            .or_else(|| header.pointer(path))
    }

    /// The figures of the run: recorded ones, or those of the last epoch of an incomplete log.
    fn ended(&self) -> String {
        match (&self.status, self.torn) {
            (Some(status), _) => status.clone(),
            (None, false) => format!(
                "INCOMPLETE, ends in epoch {} step {}",
                self.last.epoch, self.last.step
            ),
            (None, true) => {
                format!(
                    "INCOMPLETE, ends within a line in epoch {} step {}",
                    self.last.epoch, self.last.step
                )
            }
        }
    }
}

/// The page, and what is named in it.
#[derive(Clone, Debug)]
pub struct OverviewText {
    /// What was written.
    pub text: String,
    /// The findings behind it.
    pub findings: Vec<Finding>,
}

/// Writes the page of a log. `name` is what the commands in it call the log.
pub fn overview(
    name: &str,
    from: impl BufRead,
    format: Format,
    out: &mut dyn Write,
) -> Result<OverviewText, LogError> {
    let (mut facts, mut failures) = (Facts::default(), FailureFold::default());
    facts.torn = each_line(from, |line| {
        let event = Event::of(line)?;
        facts.line(line, &event);
        failures.line(&line.head, &event);
        Ok(Go::On)
    })?;
    let findings = failures.finish();
    let text = match format {
        Format::Human => page(name, &facts, &findings),
        Format::Json => object(name, &facts, &findings),
    };
    out.write_all(text.as_bytes())?;
    Ok(OverviewText { text, findings })
}

fn object(name: &str, facts: &Facts, findings: &[Finding]) -> String {
    let series =
        |at: usize| -> Vec<Option<f64>> { facts.epochs.iter().map(|(_, row)| row[at]).collect() };
    let metrics: BTreeMap<&str, Value> = (0..DRAWN.len())
        .map(|at| {
            let run = facts.run.and_then(|row| row[at]);
            (DRAWN[at], json!({"epochs": series(at), "run": run}))
        })
        .collect();
    let kinds: BTreeMap<&str, Value> = facts
        .kinds
        .iter()
        .map(|(kind, k)| {
            let means = json!({"agents": k.agents, "payoff": k.payoff, "reputation": k.reputation, "balance": k.balance});
            (kind.as_str(), means)
        })
        .collect();
    let modes: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let figures: BTreeMap<&str, f64> = finding.figures.iter().copied().collect();
            json!({"mode": finding.mode.name(), "named": finding.named, "judged": finding.judged,
                   "text": finding.text, "figures": figures, "events": finding.evidence})
        })
        .collect();
    let levers: BTreeMap<&str, Value> = facts
        .levers
        .iter()
        .map(|(lever, x)| {
            let value = json!({"interactions": x.interactions, "acts": x.acts, "refused": x.refused,
                               "cost": x.cost, "first_event": x.first});
            (lever.as_str(), value)
        })
        .collect();
    let refusals: BTreeMap<&str, Value> = facts
        .refusals
        .iter()
        .map(|(reason, (count, first))| {
            (
                reason.as_str(),
                json!({"count": count, "first_event": first}),
            )
        })
        .collect();
    let notable: Vec<Value> = facts
        .notable
        .values()
        .map(|n| json!({"what": n.what, "event": n.event, "text": n.text}))
        .collect();
    let value = json!({
        "log": name,
        "scenario_id": facts.header("/scenario_id"),
        "seed": facts.header("/simulation/seed").or_else(|| facts.header("/seed")),
        "status": facts.status, "incomplete": facts.status.is_none(),
        "lines": facts.lines, "counts": facts.counts,
        "metrics": metrics, "kinds": kinds, "failure_modes": modes, "levers": levers,
        "levers_shared": {"interactions": facts.shared.0, "cost": facts.shared.1},
        "refusals": refusals, "notable": notable,
    });
    format!("{value}\n")
}

/// A number for people.
fn short(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(x) if x.fract() == 0.0 && x.abs() < 1e7 => format!("{x:.0}"),
        Some(x) if x.abs() < 100.0 => format!("{x:.3}"),
        Some(x) if x.abs() < 1e7 => format!("{x:.1}"),
        Some(x) => format!("{x:.2e}"),
    }
}

/// Values as a row of blocks, means of equal stretches where there are more than fit; a dot is a value not defined.
fn sparkline(values: &[Option<f64>]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let columns = values.len().min(DRAWING);
    let means: Vec<Option<f64>> = (0..columns)
        .map(|column| {
            let stretch =
                &values[column * values.len() / columns..(column + 1) * values.len() / columns];
            let (mut sum, mut n) = (0.0, 0_u32);
            for value in stretch.iter().flatten() {
                sum += value;
                n += 1;
            }
            (n > 0).then(|| sum / f64::from(n))
        })
        .collect();
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in means.iter().flatten() {
        low = if *value < low { *value } else { low };
        high = if *value > high { *value } else { high };
    }
    means
        .iter()
        .map(|mean| match mean {
            None => '·',
            Some(_) if high <= low => BLOCKS[3],
            Some(value) => BLOCKS[((value - low) / (high - low) * 7.0).round() as usize],
        })
        .collect()
}

/// Items on lines of at most [`WIDTH`] columns, further lines indented.
fn wrapped<'a>(
    first: &str,
    indent: usize,
    items: impl Iterator<Item = &'a str>,
    between: &str,
) -> String {
    let (mut text, mut line, mut empty) = (String::new(), first.to_owned(), true);
    for item in items {
        let joint = if empty { "" } else { between };
        // Room for the joint that ends a line.
        let wanted = [line.as_str(), joint, item, between.trim_end()];
        if wanted
            .iter()
            .map(|part| part.chars().count())
            .sum::<usize>()
            > WIDTH
            && !empty
        {
            line += joint;
            text += line.trim_end();
            text.push('\n');
            line = " ".repeat(indent);
            line += item;
        } else {
            line += joint;
            line += item;
        }
        empty = false;
    }
    text += line.trim_end();
    text.push('\n');
    text
}

fn page(name: &str, facts: &Facts, findings: &[Finding]) -> String {
    let mut text = title(facts);
    let counts: Vec<String> = facts
        .counts
        .iter()
        .filter(|(kind, _)| kind.as_str() != SEAL)
        .map(|(kind, n)| format!("{kind} {n}"))
        .collect();
    text += &wrapped("lines  ", 7, counts.iter().map(String::as_str), " · ");
    text += &metrics(facts);
    text += &kinds(facts);
    text += &modes(findings);
    text += &levers(facts);
    text += &refusals(facts);
    text += &notable(facts);
    if let Some((count, first)) = facts.faults {
        let _ = writeln!(text, "faults  {count}, first event {first}");
    }
    let shown = findings
        .iter()
        .filter(|finding| finding.named)
        .chain(findings)
        .find_map(|finding| finding.evidence.first());
    let shown = shown.copied().unwrap_or_default();
    let _ = writeln!(
        text,
        "again   das log overview {name}\nlook    das log events {name} --event {shown}"
    );
    text
}

fn title(facts: &Facts) -> String {
    let scenario = facts
        .header("/scenario_id")
        .and_then(Value::as_str)
        .unwrap_or("(no scenario)");
    let seed = facts
        .header("/simulation/seed")
        .or_else(|| facts.header("/seed"));
    let seed = seed.map_or("?".to_owned(), |seed| {
        seed.as_str()
            .map_or_else(|| seed.to_string(), str::to_owned)
    });
    let steps = facts
        .header("/simulation/steps_per_epoch")
        .map_or("?".to_owned(), Value::to_string);
    let detail = facts
        .header("/detail")
        .and_then(Value::as_str)
        .unwrap_or("?");
    let agents = facts
        .counts
        .get("agent_registered")
        .copied()
        .unwrap_or_default();
    let line = format!(
        "{scenario}  seed {seed}, {agents} agents, {} epochs × {steps} steps, detail {detail}",
        facts.epochs.len()
    );
    format!(
        "{}\n{}, {} lines\n",
        cut(&line, WIDTH),
        facts.ended(),
        facts.lines
    )
}

fn metrics(facts: &Facts) -> String {
    if facts.epochs.is_empty() {
        return "no epoch_completed events\n".to_owned();
    }
    let mut text = format!(
        "{:<16}{:>9} {:<DRAWING$} {:>8}{:>9}\n",
        "metric", "first", "epochs", "last", "run"
    );
    for (at, metric) in DRAWN.iter().enumerate() {
        let values: Vec<Option<f64>> = facts.epochs.iter().map(|(_, row)| row[at]).collect();
        if values.iter().all(Option::is_none) {
            continue;
        }
        let edge = |row: Option<&Option<f64>>| short(row.copied().flatten());
        let _ = writeln!(
            text,
            "{metric:<16}{:>9} {:<DRAWING$} {:>8}{:>9}",
            edge(values.first()),
            sparkline(&values),
            edge(values.last()),
            short(facts.run.and_then(|row| row[at]))
        );
    }
    text
}

fn kinds(facts: &Facts) -> String {
    if facts.kinds.is_empty() {
        return String::new();
    }
    let mut kinds: Vec<(&String, &KindMeans)> = facts.kinds.iter().collect();
    kinds.sort_by(|a, b| b.1.payoff.total_cmp(&a.1.payoff).then_with(|| a.0.cmp(b.0)));
    let mut text = format!(
        "{:<20}{:>8}{:>14}{:>14}{:>14}\n",
        "kind", "agents", "mean payoff", "reputation", "balance"
    );
    for (kind, k) in kinds.iter().take(ROWS_MAX) {
        let _ = writeln!(
            text,
            "{:<20}{:>8}{:>14.2}{:>14.3}{:>14.2}",
            cut(kind, 20),
            k.agents,
            k.payoff,
            k.reputation,
            k.balance
        );
    }
    text += &more(kinds.len());
    text
}

fn more(of: usize) -> String {
    if of > ROWS_MAX {
        format!("  and {} more (--format json has all)\n", of - ROWS_MAX)
    } else {
        String::new()
    }
}

fn modes(findings: &[Finding]) -> String {
    let named: Vec<&Finding> = findings.iter().filter(|finding| finding.named).collect();
    let mut text = if named.is_empty() {
        "failure modes: none named\n".to_owned()
    } else {
        let names: Vec<&str> = named.iter().map(|finding| finding.mode.name()).collect();
        wrapped("failure modes: ", 2, names.into_iter(), ", ")
    };
    for finding in findings {
        let mark = if finding.named { '!' } else { ' ' };
        let first = format!("{mark} {}: ", finding.mode.name());
        let events: Vec<String> = finding.evidence.iter().map(u64::to_string).collect();
        let mut words: Vec<&str> = finding.text.split(' ').collect();
        if finding.named {
            words.push("— events");
            words.extend(events.iter().map(String::as_str));
        }
        text += &wrapped(&first, 4, words.into_iter(), " ");
    }
    text
}

fn levers(facts: &Facts) -> String {
    if facts.levers.is_empty() {
        return "levers: no such events\n".to_owned();
    }
    let mut text = "levers\n".to_owned();
    for (name, lever) in facts.levers.iter().take(ROWS_MAX) {
        let mut line = format!("  {name}: {} interactions", lever.interactions);
        for (act, count) in &lever.acts {
            let _ = write!(line, ", {act} {count}");
        }
        if lever.refused > 0 {
            let _ = write!(line, ", refused {}", lever.refused);
        }
        if lever.cost > 0.0 {
            let _ = write!(line, ", real cost {:.2}", lever.cost);
        }
        let _ = write!(line, "; first event {}", lever.first.unwrap_or_default());
        text += &wrapped("", 4, line.split_inclusive(", "), "");
    }
    text += &more(facts.levers.len());
    if facts.shared.0 > 0 {
        let (count, cost) = facts.shared;
        let line = format!(
            "  real cost {cost:.2} of {count} interactions that several of them acted upon: a line has the sum alone, summary.json each one's\n"
        );
        text += &wrapped("", 4, line.split_inclusive(' '), "");
    }
    text
}

fn refusals(facts: &Facts) -> String {
    if facts.refusals.is_empty() {
        return "refusals: no such events\n".to_owned();
    }
    let mut reasons: Vec<(&String, &(u64, u64))> = facts.refusals.iter().collect();
    reasons.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(b.0)));
    let items: Vec<String> = reasons
        .iter()
        .take(ROWS_MAX)
        .map(|(reason, (count, first))| format!("{reason} {count} (first event {first})"))
        .collect();
    wrapped("refusals: ", 2, items.iter().map(String::as_str), ", ") + &more(reasons.len())
}

fn notable(facts: &Facts) -> String {
    if facts.notable.is_empty() {
        return "notable interactions: no such events\n".to_owned();
    }
    let mut text = "notable interactions\n".to_owned();
    for notable in facts.notable.values() {
        let line = format!(
            "  event {} {}: {}",
            notable.event, notable.what, notable.text
        );
        text += &cut(&line, WIDTH);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparklines_scale_and_fit() {
        // Lowest and highest value get the lowest and highest block; a hundred values fit; gaps are dots.
        assert_eq!(sparkline(&[Some(0.0), None, Some(1.0)]), "▁·█");
        assert_eq!(sparkline(&[Some(2.0), Some(2.0)]), "▄▄");
        let many: Vec<Option<f64>> = (0..100).map(|i| Some(f64::from(i))).collect();
        assert_eq!(sparkline(&many).chars().count(), DRAWING);
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn lines_are_wrapped_between_items() {
        let items = ["x".repeat(50), "y".repeat(40)];
        let text = wrapped("a ", 2, items.iter().map(String::as_str), ", ");
        assert_eq!(text, format!("a {},\n  {}\n", items[0], items[1]));
    }
}
