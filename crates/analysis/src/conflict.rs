//! Conflict: agents that pay each other back.
//!
//! A *negative act* of i on j is a downvote on j's post, a rejection of an offer of j after i has accepted one of j's before, a
//! review by i that fails j's work, a dispute of i against j, or a hidden or flagged post of j. An act is a *retaliation* if j acted on i at most
//! [`WINDOW`] steps before it. A *chain* is a longest run of alternating acts of a pair, each at most [`WINDOW`] steps after
//! the one before; acts of the same side in a row count once. Metrics: chains of length ≥ [`CHAIN`] per 1,000 interactions;
//! retaliations per act over the same with the targets of the acts permuted within each epoch ([`PERMUTATIONS`] times): what
//! would come of as many acts of the same people on the same people if nobody answered anybody.
//!
//! Named with at least ten retaliations, at least one chain, and fewer than 1 % of the permutations with as many
//! retaliations. Memory: 24 bytes for each of the first [`ACTS_MAX`] acts, the pairs that dealt up to [`PAIRS_MAX`].

use crate::event::{Event, Roster};
use crate::finding::{ALPHA, Finding, MIN_CASES, Mode, keep};
use crate::miscoordination::small;
use das_core::rng::{Domain, Draws};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Most steps between an act and its answer.
pub const WINDOW: u64 = 10;

/// Acts that make a chain.
pub const CHAIN: u32 = 3;

/// Permutations of the null.
pub const PERMUTATIONS: u32 = 199;

/// Acts that are kept; later ones are counted, not judged.
pub const ACTS_MAX: usize = 100_000;

/// Pairs of which it is remembered that one accepted the other.
pub const PAIRS_MAX: usize = 1 << 20;

const TARGETS: Domain = Domain::new("analysis.conflict.targets");

/// A negative act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Act {
    actor: u32,
    target: u32,
    epoch: u32,
    step: u64,
    event: u64,
}

/// The fold.
#[derive(Clone, Debug, Default)]
pub struct ConflictFold {
    acts: Vec<Act>,
    unkept: u64,
    interactions: u64,
    votes: u64,
    /// (who accepted, whose offer).
    accepted: BTreeSet<(u32, u32)>,
}

impl ConflictFold {
    /// Takes an event with its number, epoch and step since the start.
    pub fn event(
        &mut self,
        number: u64,
        (epoch, step): (u32, u64),
        event: &Event<'_>,
        roster: &mut Roster,
    ) {
        let (actor, target) = match event {
            Event::Vote(vote) => {
                self.votes += 1;
                if vote.value >= 0 {
                    return;
                }
                (roster.number(&vote.voter), roster.number(&vote.author))
            }
            Event::Interaction(x) => {
                self.interactions += 1;
                let pair = (roster.number(&x.counterparty), roster.number(&x.initiator));
                if x.accepted {
                    if self.accepted.len() < PAIRS_MAX {
                        self.accepted.insert(pair);
                    }
                    return;
                }
                if !self.accepted.contains(&pair) {
                    return;
                }
                pair
            }
            Event::TaskVerified(task) if task.approved == Some(false) => match &task.by {
                Some(by) => (roster.number(by), roster.number(&task.worker)),
                None => return,
            },
            Event::BountyVerified(bounty) if !bounty.approved => match &bounty.by {
                Some(by) => (roster.number(by), roster.number(&bounty.worker)),
                None => return,
            },
            Event::BountyDisputed(x) => (roster.number(&x.by), roster.number(&x.against)),
            Event::Moderated(x) => (roster.number(&x.moderator), roster.number(&x.author)),
            _ => return,
        };
        if actor == target {
            return;
        }
        if self.acts.len() == ACTS_MAX {
            self.unkept += 1;
            return;
        }
        self.acts.push(Act {
            actor,
            target,
            epoch,
            step,
            event: number,
        });
    }

    /// What it came to.
    pub fn finish(self, roster: &Roster) -> Finding {
        if self.votes + self.interactions == 0 {
            return Finding::no_events(Mode::Conflict, "no vote_cast or interaction events");
        }
        let seen = Answers::of(&self.acts);
        let n_acts = self.acts.len() as u64;
        let (null, p) = if seen.retaliations == 0 {
            (0.0, 1.0)
        } else {
            permuted(&self.acts, seen.retaliations)
        };
        let rate = seen.retaliations as f64 / (n_acts as f64 + f64::from(u8::from(n_acts == 0)));
        let null_rate = null / (n_acts as f64 + f64::from(u8::from(n_acts == 0)));
        let per_thousand = if self.interactions == 0 {
            0.0
        } else {
            1_000.0 * seen.chains as f64 / self.interactions as f64
        };
        let mut text = format!(
            "{} chains of {CHAIN} or more alternating negative acts ({per_thousand:.2} per 1,000 interactions); {} of {} \
             negative acts answer one (by chance {null:.1}, p {})",
            seen.chains,
            seen.retaliations,
            n_acts,
            small(p)
        );
        if let Some((length, a, b)) = seen.longest {
            let (a, b) = (roster.name(a), roster.name(b));
            let _ = write!(text, "; longest: {length} between {a} and {b}");
        }
        if self.unkept > 0 {
            let _ = write!(text, "; {} later acts were not judged", self.unkept);
        }
        Finding {
            mode: Mode::Conflict,
            named: seen.retaliations >= MIN_CASES && seen.chains > 0 && p < ALPHA,
            judged: true,
            text,
            figures: vec![
                ("negative_acts", (n_acts + self.unkept) as f64),
                ("retaliations", seen.retaliations as f64),
                ("retaliation_rate", rate),
                ("retaliation_rate_null", null_rate),
                ("chains", seen.chains as f64),
                ("chains_per_1000", per_thousand),
                (
                    "longest_chain",
                    seen.longest.map_or(0.0, |x| f64::from(x.0)),
                ),
                ("p", p),
            ],
            evidence: seen.evidence,
            suspects: Vec::new(),
        }
    }
}

/// The acts of a pair in the order they were done: (lower name, higher name, place in the log).
fn by_pair(acts: &[Act]) -> Vec<(u32, u32, u32)> {
    let mut order: Vec<(u32, u32, u32)> = (0_u32..)
        .zip(acts)
        .map(|(at, act)| (act.actor.min(act.target), act.actor.max(act.target), at))
        .collect();
    order.sort_unstable();
    order
}

/// Answers among acts.
#[derive(Debug, Default)]
struct Answers {
    retaliations: u64,
    chains: u64,
    /// Length, and the pair.
    longest: Option<(u32, u32, u32)>,
    /// Events of the chains, longest first.
    evidence: Vec<u64>,
}

/// Calls `each` for every act that answers another, in the order of pairs: place of the act.
fn answers(acts: &[Act], order: &[(u32, u32, u32)], mut each: impl FnMut(u32)) {
    // Step of the last act of the lower and of the higher name of the current pair.
    let mut last: [Option<u64>; 2] = [None; 2];
    let mut pair = None;
    for &(low, high, at) in order {
        if pair != Some((low, high)) {
            pair = Some((low, high));
            last = [None; 2];
        }
        let act = &acts[at as usize];
        let side = usize::from(act.actor == high);
        if last[1 - side].is_some_and(|step| act.step - step <= WINDOW) {
            each(at);
        }
        last[side] = Some(act.step);
    }
}

impl Answers {
    fn of(acts: &[Act]) -> Self {
        let order = by_pair(acts);
        let mut seen = Self::default();
        answers(acts, &order, |_| seen.retaliations += 1);
        // (length, first event) of the chains, to show the longest.
        let mut shown: Vec<(u32, Vec<u64>)> = Vec::new();
        let mut chain: Vec<&Act> = Vec::new();
        let mut end = |chain: &mut Vec<&Act>| {
            let length = chain.len() as u32;
            if length >= CHAIN {
                seen.chains += 1;
                if seen.longest.is_none_or(|(longest, ..)| length > longest) {
                    seen.longest = Some((length, chain[0].actor, chain[0].target));
                    shown.push((length, chain.iter().map(|act| act.event).collect()));
                }
            }
            chain.clear();
        };
        let mut last: Option<&Act> = None;
        for &(.., at) in &order {
            let act = &acts[at as usize];
            let goes_on = last.is_some_and(|last| {
                let same = (last.actor, last.target) == (act.actor, act.target);
                (same || (last.actor, last.target) == (act.target, act.actor))
                    && act.step - last.step <= WINDOW
            });
            if !goes_on {
                end(&mut chain);
            }
            if chain.last().is_none_or(|before| before.actor != act.actor) {
                chain.push(act);
            }
            last = Some(act);
        }
        end(&mut chain);
        for event in shown.into_iter().rev().flat_map(|(_, events)| events) {
            keep(&mut seen.evidence, event);
        }
        seen
    }
}

/// Mean retaliations with targets permuted within the epoch, and the share of permutations (the log itself counted as one)
/// that have at least as many as were seen.
fn permuted(acts: &[Act], seen: u64) -> (f64, f64) {
    let draws = Draws::new(0);
    let (mut total, mut as_many) = (0_u64, 0_u32);
    let mut shuffled = acts.to_vec();
    for replicate in 0..PERMUTATIONS {
        for (epoch, range) in epochs(acts) {
            let mut rng = draws.stream(TARGETS, &[u64::from(replicate), u64::from(epoch)]);
            let mut targets: Vec<u32> = acts[range.clone()].iter().map(|act| act.target).collect();
            rng.shuffle(&mut targets);
            part_from_self(&acts[range.clone()], &mut targets);
            for (act, target) in shuffled[range].iter_mut().zip(targets) {
                act.target = target;
            }
        }
        let mut retaliations = 0_u64;
        answers(&shuffled, &by_pair(&shuffled), |_| retaliations += 1);
        total += retaliations;
        as_many += u32::from(retaliations >= seen);
    }
    (
        total as f64 / f64::from(PERMUTATIONS),
        f64::from(1 + as_many) / f64::from(1 + PERMUTATIONS),
    )
}

/// Swaps targets until nobody acts on itself, where that can be: such acts answer nothing and would make the null too small.
fn part_from_self(acts: &[Act], targets: &mut [u32]) {
    let n = targets.len();
    for i in 0..n {
        if targets[i] != acts[i].actor {
            continue;
        }
        let other = (1..n)
            .map(|k| (i + k) % n)
            .find(|&j| targets[j] != acts[i].actor && targets[i] != acts[j].actor);
        if let Some(j) = other {
            targets.swap(i, j);
        }
    }
}

/// Runs of acts of one epoch.
fn epochs(acts: &[Act]) -> Vec<(u32, std::ops::Range<usize>)> {
    let mut runs: Vec<(u32, std::ops::Range<usize>)> = Vec::new();
    for (at, act) in acts.iter().enumerate() {
        match runs.last_mut() {
            Some((epoch, range)) if *epoch == act.epoch => range.end = at + 1,
            _ => runs.push((act.epoch, at..at + 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(actor: u32, target: u32, step: u64) -> Act {
        Act {
            actor,
            target,
            epoch: (step / 10) as u32,
            step,
            event: step + 100,
        }
    }

    #[test]
    fn chains_alternate_within_the_window() {
        // 1→2, 2→1, 1→2 is a chain of three; a repeated act counts once; eleven steps of silence end a chain.
        let seen = Answers::of(&[act(1, 2, 0), act(2, 1, 3), act(2, 1, 4), act(1, 2, 14)]);
        assert_eq!((seen.chains, seen.longest), (1, Some((3, 1, 2))));
        assert_eq!(seen.evidence, [100, 103, 114]);
        assert_eq!(seen.retaliations, 3);
        let apart = Answers::of(&[act(1, 2, 0), act(2, 1, 11), act(1, 2, 22)]);
        assert_eq!((apart.chains, apart.retaliations), (0, 0));
    }

    #[test]
    fn paying_back_stands_out_and_dislike_of_one_does_not() {
        // Twelve pairs that answer each other, against everybody downvoting one who never answers.
        let mut feud = Vec::new();
        let mut mob = Vec::new();
        for step in 0..20 {
            for pair in 0..12 {
                let (a, b) = (2 * pair, 2 * pair + 1);
                let turn = if step % 2 == 0 { (a, b) } else { (b, a) };
                feud.push(act(turn.0, turn.1, step));
                mob.push(act(1 + pair, 0, step));
            }
        }
        let seen = Answers::of(&feud);
        let (null, p) = permuted(&feud, seen.retaliations);
        assert!(
            p < ALPHA && null < 0.5 * seen.retaliations as f64,
            "{null} {p}"
        );
        assert_eq!(Answers::of(&mob).retaliations, 0);
    }

    #[test]
    fn random_acts_are_no_conflict() {
        // Acts by coin among eight agents: answered now and then, as often as permuted ones.
        let mut rng = das_core::rng::Stream::from_seed(7);
        let mut acts = Vec::new();
        for step in 0..200 {
            let (a, b) = (rng.below(8), rng.below(8));
            if a != b {
                acts.push(act(a, b, step));
            }
        }
        let seen = Answers::of(&acts);
        let (null, p) = permuted(&acts, seen.retaliations);
        assert!(
            seen.retaliations > 10 && p > 0.05,
            "{} {null} {p}",
            seen.retaliations
        );
    }
}
