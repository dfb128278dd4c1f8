//! From tied pairs to communities, and from communities to rings.
//!
//! *Label propagation.* Each agent on the graph of tied pairs starts with a label of its own. In each of at most [`ROUNDS`] rounds, in
//! an order drawn for the round, each takes the label with the greatest sum of scores among its neighbours; it keeps its own if that is
//! among the greatest, otherwise ties go by a draw of the label. Agents of one label are a community. The draws are keyed by the
//! agents' names and the epoch, so neither ids nor the order of deals matter.
//!
//! Pairs that deal too little for a score of their own add up: an agent outside joins a community with which it deals [`LIFT`] times
//! and [`SIGMAS`] standard deviations more than the degrees would have it.
//!
//! *Rings.* Accepted interactions between members are inside, those of members with others outside. First, whoever does not fare
//! [`MARGIN`] better inside than outside by its own mean p is not a member (a friend of a friend, a victim). Of what is left:
//!
//! - *favour*: mean p inside − mean p outside;
//! - *cost*: what outsiders get from others − what they get from members, each outsider compared with itself and weighted by its deals
//!   with members. So whoever is merely surrounded by bad partners has no cost: those partners are as bad to others.
//!
//! A community is a ring if both are at least [`MARGIN`] and [`SIGMAS`] standard errors, from at least [`CASES`] interactions inside and
//! outside, and members dealt with each other this epoch: nobody is punished twice for the same deals alone.

use super::window::{Deals, Pair, Tally};
use super::{PairFigures, pair_score};
use das_core::detmath::fmax;
use das_core::id::AgentId;
use das_core::rng::{Domain, Draws};
use das_core::society::Society;
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;
use std::collections::BTreeMap;

/// How many times the count that degrees alone would give a tied pair must have.
pub const LIFT: f64 = 2.0;
/// Rounds of label propagation.
pub const ROUNDS: u32 = 30;
/// Least favour and cost, in p (commons model, section 4: p inside − p outside > .08).
pub const MARGIN: f64 = 0.08;
/// Least favour and cost, in standard errors: a chance of .0013 each if there is none.
pub const SIGMAS: f64 = 3.0;
/// Fewest interactions inside and outside.
pub const CASES: u32 = 10;

/// Order of agents within a round.
pub const ORDER: Domain = Domain::new("governance.collusion.order");
/// Rank of labels with the same weight.
pub const TIE: Domain = Domain::new("governance.collusion.tie");

/// The graph of tied pairs; edges weigh the pair's score.
pub type Ties = UnGraph<AgentId, f64>;

/// A community that favours its own at the cost of others.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// Ascending.
    pub members: Vec<AgentId>,
    /// Tied pairs among them.
    pub ties: u32,
    /// Greatest score of these.
    pub top_score: f64,
    /// Accepted interactions between members.
    pub inside: u32,
    /// How many times as many as their degrees would give.
    pub lift: f64,
    /// Accepted interactions of members with others.
    pub outside: u32,
    /// Mean p inside.
    pub p_inside: f64,
    /// Mean p outside.
    pub p_outside: f64,
    /// Mean p that outsiders get elsewhere − that they get from members.
    pub cost: f64,
}

/// Number of deals two agents would have if all deals were shuffled, each keeping its own: `d_i·d_j / 2m`.
fn expected(pair: Pair, totals: &[Deals], all: f64) -> f64 {
    let degree = |who: u32| totals.get(who as usize).map_or(0.0, |t| f64::from(t.n));
    degree(pair.0) * degree(pair.1) / all
}

/// Sum of all degrees, twice the number of deals.
fn degrees(totals: &[Deals]) -> f64 {
    totals.iter().map(|t| f64::from(t.n)).sum()
}

/// The graph of tied pairs of agents that are still there.
pub fn ties(
    pairs: &BTreeMap<Pair, Tally>,
    totals: &[Deals],
    threshold: f64,
    frequency: f64,
    society: &Society,
) -> Ties {
    let n = pairs.len() as f64;
    let mean = pairs.values().map(|t| f64::from(t.answered)).sum::<f64>() / n;
    let spread = |t: &Tally| (f64::from(t.answered) - mean) * (f64::from(t.answered) - mean);
    let deviation = (pairs.values().map(spread).sum::<f64>() / n).sqrt();
    let all = degrees(totals);
    let mut graph = Ties::default();
    let mut nodes: BTreeMap<u32, NodeIndex> = BTreeMap::new();
    for (&pair, tally) in pairs {
        let figures = PairFigures {
            frequency_z: if deviation > 0.0 {
                (f64::from(tally.answered) - mean) / deviation
            } else {
                0.0
            },
            benefit_correlation: tally.correlation(),
            acceptance: tally.acceptance(),
            mean_p: tally.deals.mean(),
            interactions: f64::from(tally.answered),
        };
        let score = pair_score(&figures, frequency);
        let often = f64::from(tally.deals.n) >= LIFT * expected(pair, totals, all);
        let there = society.is_live(AgentId(pair.0)) && society.is_live(AgentId(pair.1));
        if score >= threshold && tally.deals.n > 0 && often && there {
            let [a, b] = [pair.0, pair.1].map(|who| {
                *nodes
                    .entry(who)
                    .or_insert_with(|| graph.add_node(AgentId(who)))
            });
            graph.add_edge(a, b, score);
        }
    }
    graph
}

/// The communities of the graph, each with its members ascending, by their first member.
pub fn spread(ties: &Ties, society: &Society, draws: &Draws) -> Vec<Vec<AgentId>> {
    let epoch = u64::from(society.epoch());
    let key = |node: NodeIndex| society.key(ties[node]);
    let mut label: Vec<NodeIndex> = ties.node_indices().collect();
    let rank: Vec<u64> = ties
        .node_indices()
        .map(|node| draws.bits(TIE, &[key(node), epoch]))
        .collect();
    for round in 0..u64::from(ROUNDS) {
        let mut order: Vec<(u64, AgentId, NodeIndex)> = ties
            .node_indices()
            .map(|node| {
                (
                    draws.bits(ORDER, &[key(node), epoch, round]),
                    ties[node],
                    node,
                )
            })
            .collect();
        order.sort_unstable();
        let mut changed = false;
        for (_, _, node) in order {
            let mut weights: BTreeMap<NodeIndex, f64> = BTreeMap::new();
            for edge in ties.edges(node) {
                let other = if edge.source() == node {
                    edge.target()
                } else {
                    edge.source()
                };
                *weights.entry(label[other.index()]).or_default() += edge.weight();
            }
            let Some(most) = weights.values().copied().reduce(fmax) else {
                continue;
            };
            let own = label[node.index()];
            if weights.get(&own) == Some(&most) {
                continue;
            }
            let best = weights
                .into_iter()
                .filter(|&(_, weight)| weight == most)
                .min_by_key(|&(label, _)| (rank[label.index()], ties[label]));
            if let Some((best, _)) = best {
                label[node.index()] = best;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut communities: BTreeMap<NodeIndex, Vec<AgentId>> = BTreeMap::new();
    for node in ties.node_indices() {
        communities
            .entry(label[node.index()])
            .or_default()
            .push(ties[node]);
    }
    let mut communities: Vec<_> = communities.into_values().collect();
    for members in &mut communities {
        members.sort_unstable();
    }
    communities.sort_unstable();
    communities
}

/// Which community an agent belongs to.
fn places(communities: &[Vec<AgentId>], agents: usize) -> Vec<Option<usize>> {
    let mut of = vec![None; agents];
    for (at, members) in communities.iter().enumerate() {
        for who in members {
            of[who.index()] = Some(at);
        }
    }
    of
}

/// The communities with whoever deals with one of them as its members do: at least [`LIFT`] times as often as degrees would have it,
/// and [`SIGMAS`] standard deviations more (the count is close to Poisson). Pairs that each deal too little to be tied are tied
/// together. Who is in one stays there; who fits several joins the one with the greatest excess.
fn grown(
    mut communities: Vec<Vec<AgentId>>,
    pairs: &BTreeMap<Pair, Tally>,
    totals: &[Deals],
    society: &Society,
) -> Vec<Vec<AgentId>> {
    let of = places(&communities, totals.len());
    let all = degrees(totals);
    let mut with: BTreeMap<(u32, usize), u32> = BTreeMap::new();
    for (&(a, b), tally) in pairs {
        if tally.deals.n == 0 {
            continue;
        }
        for (who, other) in [(a, b), (b, a)] {
            if let (None, Some(at)) = (of[who as usize], of[other as usize]) {
                let count = with.entry((who, at)).or_default();
                *count = count.saturating_add(tally.deals.n);
            }
        }
    }
    let mut best: BTreeMap<u32, (f64, usize)> = BTreeMap::new();
    for ((who, at), count) in with {
        let null: f64 = communities[at]
            .iter()
            .map(|member| expected((who, member.0), totals, all))
            .sum();
        let excess = f64::from(count) - null;
        let often = f64::from(count) >= LIFT * null && excess >= SIGMAS * null.sqrt();
        let better = best.get(&who).is_none_or(|&(known, _)| excess > known);
        if often && better && society.is_live(AgentId(who)) {
            best.insert(who, (excess, at));
        }
    }
    for (who, (_, at)) in best {
        communities[at].push(AgentId(who));
        communities[at].sort_unstable();
    }
    communities
}

/// What is left of communities without those who do not fare better inside.
fn loyal(
    communities: Vec<Vec<AgentId>>,
    pairs: &BTreeMap<Pair, Tally>,
    totals: &[Deals],
) -> Vec<Vec<AgentId>> {
    let of = places(&communities, totals.len());
    let mut inside = vec![Deals::default(); totals.len()];
    for (&(a, b), tally) in pairs {
        let (a, b) = (a as usize, b as usize);
        if tally.deals.n > 0 && of[a].is_some() && of[a] == of[b] {
            inside[a].merge(&tally.deals);
            inside[b].merge(&tally.deals);
        }
    }
    let fares_better = |who: &AgentId| {
        let inside = inside[who.index()];
        let outside = totals[who.index()].without(&inside);
        outside.n > 0 && inside.mean() - outside.mean() >= MARGIN
    };
    communities
        .into_iter()
        .map(|members| members.into_iter().filter(fares_better).collect())
        .filter(|members: &Vec<AgentId>| members.len() > 1)
        .collect()
}

/// Sums of one community.
#[derive(Clone, Debug, Default)]
struct Sums {
    inside: Deals,
    expected: f64,
    last: u32,
    /// Deals with each outsider.
    abroad: BTreeMap<u32, Deals>,
}

/// The rings among communities, in their order.
pub fn judge(
    communities: Vec<Vec<AgentId>>,
    ties: &Ties,
    pairs: &BTreeMap<Pair, Tally>,
    totals: &[Deals],
    society: &Society,
) -> Vec<Ring> {
    let communities = loyal(grown(communities, pairs, totals, society), pairs, totals);
    let of = places(&communities, totals.len());
    let all = degrees(totals);
    let mut sums = vec![Sums::default(); communities.len()];
    for (&(a, b), tally) in pairs {
        if tally.deals.n == 0 {
            continue;
        }
        match [a, b].map(|who| of[who as usize]) {
            [Some(at), Some(other)] if at == other => {
                sums[at].inside.merge(&tally.deals);
                sums[at].expected += expected((a, b), totals, all);
                sums[at].last = sums[at].last.max(tally.last);
            }
            [first, second] => {
                for (at, outsider) in [(first, b), (second, a)] {
                    if let Some(at) = at {
                        sums[at]
                            .abroad
                            .entry(outsider)
                            .or_default()
                            .merge(&tally.deals);
                    }
                }
            }
        }
    }
    communities
        .into_iter()
        .zip(sums)
        .filter_map(|(members, sums)| ring(members, &sums, ties, &of, totals, society.epoch()))
        .collect()
}

/// The community as a ring, if it is one.
fn ring(
    members: Vec<AgentId>,
    sums: &Sums,
    ties: &Ties,
    of: &[Option<usize>],
    totals: &[Deals],
    epoch: u32,
) -> Option<Ring> {
    let inside = sums.inside;
    let mut outside = Deals::default();
    for who in &members {
        outside.merge(&totals[who.index()]);
    }
    // Each deal inside stands in the totals of both.
    let outside = outside.without(&inside).without(&inside);
    if inside.n < CASES || outside.n < CASES || sums.last != epoch {
        return None;
    }
    let favour = inside.mean() - outside.mean();
    let error = (inside.variance() / f64::from(inside.n)
        + outside.variance() / f64::from(outside.n))
    .sqrt();
    let (cost, cost_error) = cost(&sums.abroad, totals)?;
    if favour < fmax(MARGIN, SIGMAS * error) || cost < fmax(MARGIN, SIGMAS * cost_error) {
        return None;
    }
    let at = of[members[0].index()];
    let inner = ties.edge_references().filter(|edge| {
        [edge.source(), edge.target()].map(|node| of[ties[node].index()]) == [at, at]
    });
    let (mut tied, mut top_score) = (0, 0.0_f64);
    for edge in inner {
        tied += 1;
        top_score = fmax(top_score, *edge.weight());
    }
    Some(Ring {
        ties: tied,
        top_score,
        inside: inside.n,
        lift: f64::from(inside.n) / sums.expected,
        outside: outside.n,
        p_inside: inside.mean(),
        p_outside: outside.mean(),
        cost,
        members,
    })
}

/// Mean of what outsiders get elsewhere less what they get from members, and its standard error; `None` without such deals.
fn cost(abroad: &BTreeMap<u32, Deals>, totals: &[Deals]) -> Option<(f64, f64)> {
    let (mut weight, mut sum, mut variance) = (0.0, 0.0, 0.0);
    for (&outsider, with) in abroad {
        let total = &totals[outsider as usize];
        let elsewhere = total.without(with);
        if elsewhere.n == 0 {
            continue;
        }
        let n = f64::from(with.n);
        weight += n;
        sum += n * (elsewhere.mean() - with.mean());
        variance += n * n * total.variance() * (1.0 / n + 1.0 / f64::from(elsewhere.n));
    }
    (weight > 0.0).then(|| (sum / weight, variance.sqrt() / weight))
}
