//! Who deals with whom, as a graph with fixed places. A deal is an offer that was accepted.

use crate::fold::Fold;
use crate::layout::places;
use das_core::view::{Edge, Graph, Node};
use std::collections::BTreeMap;

/// Nodes and edges drawn.
const NODES_MAX: usize = 120;
const EDGES_MAX: usize = 600;

/// Who deals with whom, up to an epoch. Places are those of the whole log, so that nobody moves with the time.
pub fn network(fold: &Fold, until: u32, truth: bool) -> Graph {
    let mut all: BTreeMap<u32, f64> = BTreeMap::new();
    let mut pairs: BTreeMap<(u32, u32), (f64, f64, f64)> = BTreeMap::new();
    for dealing in fold.dealings_until(u32::MAX) {
        let count = f64::from(dealing.sums.accepted);
        *all.entry(dealing.from).or_default() += count;
        *all.entry(dealing.to).or_default() += count;
        let pair = pairs.entry((dealing.from, dealing.to)).or_default();
        pair.0 += count;
        if dealing.epoch <= until {
            *pair = (pair.0, pair.1 + count, pair.2 + dealing.sums.p_accepted);
        }
    }
    let mut busiest: Vec<(u32, f64)> = all.iter().map(|(agent, count)| (*agent, *count)).collect();
    busiest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    busiest.truncate(NODES_MAX);
    let mut shown: Vec<u32> = busiest.into_iter().map(|(agent, _)| agent).collect();
    shown.sort_unstable();
    let place = |agent: u32| shown.binary_search(&agent).ok().map(|at| at as u32);
    let mut edges: Vec<_> = pairs
        .into_iter()
        .filter_map(|((from, to), sums)| Some((place(from)?, place(to)?, sums)))
        .collect();
    edges.sort_by(|a, b| b.2.0.total_cmp(&a.2.0).then((a.0, a.1).cmp(&(b.0, b.1))));
    let cut = edges.len().saturating_sub(EDGES_MAX);
    edges.truncate(EDGES_MAX);
    let springs: Vec<_> = edges
        .iter()
        .map(|(from, to, sums)| (*from, *to, sums.0))
        .collect();
    let at = places(shown.len(), &springs);
    let mut weights = vec![0.0; shown.len()];
    for (from, to, sums) in &edges {
        weights[*from as usize] += sums.1;
        weights[*to as usize] += sums.1;
    }
    let nodes = shown
        .iter()
        .zip(at)
        .zip(weights)
        .map(|((number, place), weight)| {
            let agent = fold.agents.get(*number as usize);
            let group = agent.map(|a| if truth { &a.kind } else { &a.role });
            Node {
                name: fold.roster.name(*number).to_owned(),
                group: group.cloned().unwrap_or_default(),
                weight,
                place: Some(place),
            }
        });
    let mut notes = Vec::new();
    if all.len() > NODES_MAX {
        notes.push(format!("the {NODES_MAX} busiest of {} agents", all.len()));
    }
    if cut > 0 {
        notes.push(format!("{cut} thin edges left out"));
    }
    if let Some(epoch) = fold.pairs_cut {
        notes.push(format!("pairs are kept up to epoch {epoch}"));
    }
    Graph {
        title: "Who deals with whom".to_owned(),
        nodes: nodes.collect(),
        edges: edges
            .iter()
            .filter(|(_, _, sums)| sums.1 > 0.0)
            .map(|(from, to, sums)| Edge {
                from: *from,
                to: *to,
                weight: sums.1,
                value: Some((sums.2 / sums.1).clamp(0.0, 1.0)),
            })
            .collect(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}
