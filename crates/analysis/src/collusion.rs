//! Collusion: agents that lift each other at the cost of others.
//!
//! Two agents are *tied* if they deal with each other, or vote each other up, more than the degree-preserving null allows: with
//! who asks how often and who is asked how often given (who votes, who is voted up), the count from i to j is hypergeometric,
//! c_ij ~ H(population m − b_i, marked b_j, draws a_i), where a_i is what i gives, b_j what j gets, m all, and i never meets
//! itself. Each direction must have at least [`PAIR_MIN`] cases and [`LIFT`] times the expected count (significance alone would
//! tie any two of a camp in a long run), and the two tails q = p_ij·p_ji, combined by Fisher's method as q(1 − ln q), must be
//! below [`ALPHA`] / (number of pairs). Agents connected by ties are a *group*. Of each group:
//!
//! - *votes*: at least one tie by votes (if the log has any upvote);
//! - *share*: deals among members exceed H(m, Σb, Σa) over the members: mutual partners above the null;
//! - *favour*: over accepted interactions, what partners of a member get, mean inside the group − mean outside it (one-sided
//!   Welch).
//!
//! A group is *suspected* if it has all three, the last two with p < [`ALPHA`] / number of groups and at least ten deals
//! inside and outside. Friends in a society that is kind to all have no favour and few ties by votes. Beside it, not
//! judged: *cost*, what outsiders get from each other − what they get from members. Memory: 112 bytes for each of the first
//! [`PAIRS_MAX`] pairs; later pairs count in the totals alone.

use crate::event::{Event, Roster};
use crate::finding::{ALPHA, Finding, MIN_CASES, Mode, keep};
use crate::miscoordination::small;
use crate::stats::{Sample, hypergeometric_tail, welch_above};
use das_core::detmath;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Pairs that are followed.
pub const PAIRS_MAX: usize = 1 << 20;

/// How many times the expected count both directions must have.
pub const LIFT: f64 = 2.0;

/// Fewest cases in each direction of a tied pair.
pub const PAIR_MIN: u64 = 3;

/// Event numbers kept of a pair, by channel.
const SHOWN: usize = 2;

/// Dealing or voting.
const DEALS: usize = 0;
const VOTES: usize = 1;

/// What two agents did with each other; side 0 is the lower number.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    /// Accepted offers by side that made them, and upvotes by side that cast them.
    counts: [[u32; 2]; 2],
    /// Payoffs by side that received them.
    got: [Sample; 2],
    /// First events of each channel.
    shown: [[u64; SHOWN]; 2],
}

impl Pair {
    fn count(&mut self, channel: usize, side: usize, event: u64) {
        let before = self.counts[channel][0] + self.counts[channel][1];
        if let Some(slot) = self.shown[channel].get_mut(before as usize) {
            *slot = event;
        }
        self.counts[channel][side] = self.counts[channel][side].saturating_add(1);
    }

    fn events(&self, channel: usize) -> impl Iterator<Item = u64> + '_ {
        let seen = (self.counts[channel][0] + self.counts[channel][1]) as usize;
        self.shown[channel].iter().copied().take(seen)
    }
}

/// Counts of a channel by agent.
#[derive(Clone, Debug, Default)]
struct Margins {
    gives: Vec<u32>,
    gets: Vec<u32>,
    total: u64,
}

fn bump(column: &mut Vec<u32>, agent: u32) {
    let at = agent as usize;
    if at >= column.len() {
        column.resize(at + 1, 0);
    }
    column[at] = column[at].saturating_add(1);
}

impl Margins {
    fn add(&mut self, from: u32, to: u32) {
        bump(&mut self.gives, from);
        bump(&mut self.gets, to);
        self.total += 1;
    }

    /// Population, marked and draws of the null of the count from i to j.
    fn null(&self, from: u32, to: u32) -> (u64, u64, u64) {
        let at =
            |column: &[u32], agent: u32| column.get(agent as usize).map_or(0, |n| u64::from(*n));
        let population = self.total - at(&self.gets, from);
        (population, at(&self.gets, to), at(&self.gives, from))
    }

    /// Agents that give or get anything.
    fn agents(&self) -> u64 {
        let n = self.gives.len().max(self.gets.len());
        (0..n)
            .filter(|i| {
                let some = |column: &[u32]| column.get(*i).is_some_and(|n| *n > 0);
                some(&self.gives) || some(&self.gets)
            })
            .count() as u64
    }
}

/// The fold.
#[derive(Clone, Debug, Default)]
pub struct CollusionFold {
    pairs: BTreeMap<(u32, u32), Pair>,
    margins: [Margins; 2],
    unfollowed: u64,
    interactions: u64,
    votes: u64,
}

impl CollusionFold {
    /// Takes an event with its number.
    pub fn event(&mut self, number: u64, event: &Event<'_>, roster: &mut Roster) {
        match event {
            Event::Interaction(x) => {
                self.interactions += 1;
                if !x.accepted {
                    return;
                }
                let (a, b) = (roster.number(&x.initiator), roster.number(&x.counterparty));
                self.margins[DEALS].add(a, b);
                if let Some((pair, side)) = self.pair(a, b) {
                    pair.count(DEALS, side, number);
                    pair.got[side].add(x.pi_a);
                    pair.got[1 - side].add(x.pi_b);
                }
            }
            Event::Vote(x) => {
                self.votes += 1;
                if x.value <= 0 {
                    return;
                }
                let (a, b) = (roster.number(&x.voter), roster.number(&x.author));
                if a == b {
                    return;
                }
                self.margins[VOTES].add(a, b);
                if let Some((pair, side)) = self.pair(a, b) {
                    pair.count(VOTES, side, number);
                }
            }
            _ => {}
        }
    }

    /// The pair, and the side of `a` in it.
    fn pair(&mut self, a: u32, b: u32) -> Option<(&mut Pair, usize)> {
        let key = (a.min(b), a.max(b));
        let side = usize::from(a > b);
        if self.pairs.len() >= PAIRS_MAX && !self.pairs.contains_key(&key) {
            self.unfollowed += 1;
            return None;
        }
        Some((self.pairs.entry(key).or_default(), side))
    }

    /// Whether a pair is tied by a channel.
    fn tied(&self, (low, high): (u32, u32), pair: &Pair, channel: usize, bound: f64) -> bool {
        let margins = &self.margins[channel];
        let mut q = 1.0;
        for (from, to, side) in [(low, high, 0), (high, low, 1)] {
            let seen = u64::from(pair.counts[channel][side]);
            let (population, marked, draws) = margins.null(from, to);
            let lifted = seen as f64 * population as f64 >= LIFT * marked as f64 * draws as f64;
            if seen < PAIR_MIN || !lifted {
                return false;
            }
            q *= hypergeometric_tail(seen, population, marked, draws);
        }
        q == 0.0 || q * (1.0 - detmath::ln(q)) < bound
    }

    /// P of as many deals among members, given what they give and get.
    fn share(&self, group: &Group) -> f64 {
        let margins = &self.margins[DEALS];
        let over = |column: &[u32]| -> u64 {
            let count = |member: &u32| column.get(*member as usize).map_or(0, |n| u64::from(*n));
            group.members.iter().map(count).sum()
        };
        let (gives, gets) = (over(&margins.gives), over(&margins.gets));
        hypergeometric_tail(group.inside.n / 2, margins.total, gets, gives)
    }

    /// What it came to.
    pub fn finish(self, roster: &Roster) -> Finding {
        if self.interactions + self.votes == 0 {
            return Finding::no_events(Mode::Collusion, "no interaction or vote_cast events");
        }
        let mut groups = Groups::new(roster.len());
        let mut links: Vec<((u32, u32), [bool; 2])> = Vec::new();
        let bounds = [DEALS, VOTES].map(|channel| {
            let n = self.margins[channel].agents();
            ALPHA / ((n * n.saturating_sub(1) / 2) as f64 + f64::from(u8::from(n < 2)))
        });
        for (key, pair) in &self.pairs {
            let by = [DEALS, VOTES].map(|c| self.tied(*key, pair, c, bounds[c]));
            if by[DEALS] || by[VOTES] {
                groups.join(key.0, key.1);
                links.push((*key, by));
            }
        }
        let suspects = self.judged(&mut groups, &links);
        self.report(suspects, links.len() as u64, roster)
    }

    /// The groups of the ties, with their figures.
    fn judged(&self, groups: &mut Groups, links: &[((u32, u32), [bool; 2])]) -> Vec<Group> {
        let mut of: BTreeMap<u32, Group> = BTreeMap::new();
        for ((a, b), by) in links {
            let group = of.entry(groups.root(*a)).or_default();
            group.links += 1;
            group.by_deals += u64::from(by[DEALS]);
            group.by_votes += u64::from(by[VOTES]);
            for member in [*a, *b] {
                if let Err(at) = group.members.binary_search(&member) {
                    group.members.insert(at, member);
                }
            }
            let pair = &self.pairs[&(*a, *b)];
            for channel in [VOTES, DEALS].into_iter().filter(|c| by[*c]) {
                pair.events(channel)
                    .for_each(|event| keep(&mut group.evidence, event));
            }
        }
        // Who gets what from whom: one pass for all groups. `received` is by root of the giver's group and the getter's.
        let mut everybody = Sample::default();
        let mut received_inside: BTreeMap<u32, Sample> = BTreeMap::new();
        let mut given_outside: BTreeMap<u32, Sample> = BTreeMap::new();
        let mut taken_outside: BTreeMap<u32, Sample> = BTreeMap::new();
        for (&(low, high), pair) in &self.pairs {
            let roots = [low, high].map(|agent| groups.root(agent));
            for side in 0..2 {
                let got = &pair.got[side];
                everybody.merge(got);
                let (getter, giver) = (roots[side], roots[1 - side]);
                if getter == giver {
                    received_inside.entry(getter).or_default().merge(got);
                } else {
                    given_outside.entry(giver).or_default().merge(got);
                    taken_outside.entry(getter).or_default().merge(got);
                }
            }
        }
        let part = |of: &BTreeMap<u32, Sample>, root| of.get(&root).copied().unwrap_or_default();
        let bound = ALPHA / (of.len() as f64 + f64::from(u8::from(of.is_empty())));
        of.into_iter()
            .map(|(root, mut group)| {
                group.inside = part(&received_inside, root);
                group.outside = part(&given_outside, root);
                group.elsewhere = without(
                    &without(&without(&everybody, &group.inside), &group.outside),
                    &part(&taken_outside, root),
                );
                group.p_favour = welch_above(&group.inside, &group.outside);
                group.p_cost = welch_above(&group.elsewhere, &group.outside);
                group.p_share = self.share(&group);
                group.suspected = (group.by_votes > 0 || self.margins[VOTES].total == 0)
                    && group.inside.n / 2 >= MIN_CASES
                    && group.outside.n >= MIN_CASES
                    && group.p_share < bound
                    && group.p_favour < bound;
                group
            })
            .collect()
    }

    fn report(&self, mut groups: Vec<Group>, links: u64, roster: &Roster) -> Finding {
        groups.sort_by(|a, b| {
            b.suspected
                .cmp(&a.suspected)
                .then(b.by_votes.cmp(&a.by_votes))
                .then(b.links.cmp(&a.links))
                .then(a.members.cmp(&b.members))
        });
        let suspected = groups.iter().filter(|g| g.suspected).count() as u64;
        let mut figures = vec![
            ("tied_pairs", links as f64),
            ("groups", groups.len() as f64),
            ("suspected_groups", suspected as f64),
        ];
        let mut text = if groups.is_empty() {
            format!(
                "no two agents deal with or upvote each other above the degree-preserving null, of {} pairs",
                self.pairs.len()
            )
        } else {
            format!(
                "{} of {} groups of tied agents suspected",
                suspected,
                groups.len()
            )
        };
        let mut evidence = Vec::new();
        let members = groups
            .iter()
            .filter(|g| g.suspected)
            .flat_map(|g| &g.members);
        let suspects = members
            .map(|member| roster.name(*member).to_owned())
            .collect();
        if let Some(group) = groups.first() {
            let favour = group.inside.mean() - group.outside.mean();
            let cost = group.elsewhere.mean() - group.outside.mean();
            let _ = write!(
                text,
                "; {}: {} pairs tied by deals, {} by votes; {} deals among them (p {}); partners get {favour:+.2} more \
                 inside than outside (p {})",
                group.names(roster),
                group.by_deals,
                group.by_votes,
                group.inside.n / 2,
                small(group.p_share),
                small(group.p_favour)
            );
            let inside = group.inside.n / 2;
            let all = inside + group.outside.n;
            figures.extend([
                ("members", group.members.len() as f64),
                (
                    "inside_share",
                    if all == 0 {
                        0.0
                    } else {
                        inside as f64 / all as f64
                    },
                ),
                ("favour", favour),
                ("cost", cost),
                ("p_share", group.p_share),
                ("p_favour", group.p_favour),
                ("p_cost", group.p_cost),
            ]);
            evidence.clone_from(&group.evidence);
        }
        if self.unfollowed > 0 {
            let _ = write!(
                text,
                "; {} events of further pairs not followed",
                self.unfollowed
            );
        }
        Finding {
            mode: Mode::Collusion,
            named: suspected > 0,
            judged: true,
            text,
            figures,
            evidence,
            suspects,
        }
    }
}

/// A sample without some of its values.
fn without(all: &Sample, some: &Sample) -> Sample {
    Sample {
        n: all.n - some.n,
        sum: all.sum - some.sum,
        squares: all.squares - some.squares,
    }
}

/// Tied agents.
#[derive(Clone, Debug, Default)]
struct Group {
    members: Vec<u32>,
    links: u64,
    by_deals: u64,
    by_votes: u64,
    /// What members got from members.
    inside: Sample,
    /// What outsiders got from members.
    outside: Sample,
    /// What outsiders got from outsiders.
    elsewhere: Sample,
    p_share: f64,
    p_favour: f64,
    p_cost: f64,
    suspected: bool,
    evidence: Vec<u64>,
}

impl Group {
    /// The first four members and how many more.
    fn names(&self, roster: &Roster) -> String {
        let mut text = String::new();
        for (at, member) in self.members.iter().take(4).enumerate() {
            if at > 0 {
                text.push_str(", ");
            }
            text.push_str(roster.name(*member));
        }
        if self.members.len() > 4 {
            let _ = write!(text, " and {} more", self.members.len() - 4);
        }
        text
    }
}

/// Disjoint sets of agents.
struct Groups {
    parent: Vec<u32>,
}

impl Groups {
    fn new(n: u32) -> Self {
        Self {
            parent: (0..n).collect(),
        }
    }

    fn root(&mut self, agent: u32) -> u32 {
        let mut at = agent;
        while self.parent[at as usize] != at {
            let up = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = up;
            at = up;
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Interaction, Vote};
    use das_core::rng::Stream;

    fn deal(a: u32, b: u32, pay: f64) -> Event<'static> {
        Event::Interaction(Box::new(Interaction {
            kind: "trade".into(),
            initiator: format!("a.{a}").into(),
            counterparty: format!("a.{b}").into(),
            accepted: true,
            p: 0.5,
            tau: 0.0,
            c_a: 0.0,
            c_b: 0.0,
            fee_a: 0.0,
            fee_b: 0.0,
            pi_a: pay,
            pi_b: pay,
            levers: Vec::new(),
            deception: 0.0,
            governance_cost: 0.0,
            ground_truth: None,
        }))
    }

    fn upvote(a: u32, b: u32) -> Event<'static> {
        Event::Vote(Vote {
            voter: format!("a.{a}").into(),
            author: format!("a.{b}").into(),
            value: 1,
            weight: 1.0,
        })
    }

    /// Twelve agents that deal and vote at random; agents 0 to 2 vote for each other if `votes`, and deals of theirs with
    /// outsiders pay `abroad`.
    fn society(votes: bool, abroad: f64) -> Finding {
        let (mut fold, mut roster) = (CollusionFold::default(), Roster::default());
        let mut rng = Stream::from_seed(3);
        for number in 0..4_000_u64 {
            let (a, mut b) = (rng.below(12), rng.below(12));
            if votes && a < 3 && rng.chance(0.4) {
                b = (a + 1 + rng.below(2)) % 3;
            }
            if a == b {
                continue;
            }
            let noise = 0.2 * rng.unit();
            let ring = |agent: u32| agent < 3;
            let pay = if ring(a) == ring(b) { 0.8 } else { abroad };
            fold.event(2 * number, &deal(a, b, pay + noise), &mut roster);
            let favourite = (a + 1 + rng.below(2)) % 3;
            let to = if votes && ring(a) { favourite } else { b };
            fold.event(2 * number + 1, &upvote(a, to), &mut roster);
        }
        fold.finish(&roster)
    }

    #[test]
    fn a_ring_is_suspected_with_votes_and_deals_as_evidence() {
        // Three agents that vote for each other and hurt the rest: one group of exactly these three.
        let finding = society(true, 0.1);
        assert!(finding.named, "{finding:?}");
        assert_eq!(finding.figure("members"), Some(3.0));
        let votes = finding.evidence.iter().filter(|e| *e % 2 == 1).count();
        assert!(
            votes >= 2 && votes < finding.evidence.len(),
            "votes and deals"
        );
        assert!(finding.text.contains("a.0"), "{}", finding.text);
    }

    #[test]
    fn friends_who_treat_all_alike_are_not() {
        // The same votes without favour, and hurt without ties, are both no collusion.
        let friends = society(true, 0.8);
        assert!(
            !friends.named && friends.figure("groups") == Some(1.0),
            "{friends:?}"
        );
        let unorganised = society(false, 0.1);
        assert!(!unorganised.named && unorganised.figure("groups") == Some(0.0));
    }
}
