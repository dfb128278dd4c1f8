//! Who sees whom, and who has dealt with whom.
//!
//! [`Network`] bounds acquaintance: complete (nobody's edges are stored: the list of live agents is enough), ring, small world
//! or scale free (built once on `petgraph` from keyed draws, kept as adjacency by place). An agent sits in a *place*; whoever
//! joins later takes a place that was left, or a new one with `m` ties to places drawn uniformly. [`Ties`] is the interaction
//! graph: at most [`TIES`] per agent, weaker each epoch, cut when faint.
//!
//! Not here: reputation, and what anybody makes of an acquaintance.

use crate::config::{NetworkConfig, Topology};
use das_core::id::{AgentId, InteractionId};
use das_core::rng::{Domain, Draws, Stream};
use petgraph::graph::{NodeIndex, UnGraph};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::Range;

const WIRING: Domain = Domain::new("commons.network");
const JOINING: Domain = Domain::new("commons.network.join");

/// Ties of the interaction graph an agent keeps at most; the weakest gives way.
pub const TIES: usize = 8;
/// A tie fainter than this is cut.
const TIE_FAINTEST: f32 = 0.1;

const NOWHERE: u32 = u32::MAX;

/// The network of acquaintance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Live agents, in no particular order.
    live: Vec<u32>,
    /// Place of each agent in `live`.
    at: Vec<u32>,
    /// Absent in the complete network.
    sparse: Option<Sparse>,
}

/// Adjacency by place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sparse {
    /// Neighbours of each place in ascending order, place after place: a step goes through them in about this order.
    neighbours: Vec<u32>,
    /// Where the neighbours of each place end; they start where those of the place before end.
    ends: Vec<u32>,
    occupant: Vec<u32>,
    place: Vec<u32>,
    vacant: Vec<u32>,
}

impl Network {
    /// Adds an agent; ids come in order. In a sparse network that is built already it takes its place at once.
    pub fn join(&mut self, config: &NetworkConfig, draws: &Draws, who: AgentId, key: u64) {
        debug_assert_eq!(who.index(), self.at.len(), "agents join in order of id");
        self.at.push(self.live.len() as u32);
        self.live.push(who.0);
        if let Some(sparse) = &mut self.sparse {
            sparse.join(config.m, &mut draws.stream(JOINING, &[key]), who.0);
        }
    }

    /// Takes an agent out; its place in a sparse network stays for the next.
    pub fn leave(&mut self, who: AgentId) {
        let at = self.at[who.index()];
        if at == NOWHERE {
            return;
        }
        self.live.swap_remove(at as usize);
        if let Some(&moved) = self.live.get(at as usize) {
            self.at[moved as usize] = at;
        }
        self.at[who.index()] = NOWHERE;
        if let Some(sparse) = &mut self.sparse {
            sparse.vacant.push(sparse.place[who.index()]);
        }
    }

    /// Wires those who are there, once, before the first step.
    pub fn wire(&mut self, config: &NetworkConfig, draws: &Draws) {
        if config.topology == Topology::Complete || self.sparse.is_some() {
            return;
        }
        let n = self.at.len() as u32;
        let graph = build(config, n, &mut draws.stream(WIRING, &[]));
        let (neighbours, ends) = neighbours(&graph);
        let mut sparse = Sparse {
            neighbours,
            ends,
            occupant: (0..n).collect(),
            place: (0..n).collect(),
            vacant: Vec::new(),
        };
        sparse
            .vacant
            .extend((0..n).filter(|&a| self.at[a as usize] == NOWHERE));
        self.sparse = Some(sparse);
    }

    /// Live agents, in no particular order.
    pub fn live(&self) -> &[u32] {
        &self.live
    }

    /// Something of what it holds of somebody, without meaning.
    #[inline]
    pub(crate) fn touch(&self, who: AgentId) -> u64 {
        let near = self.around(who);
        u64::from(near.peer(0).map_or(0, |peer| peer.0))
    }

    /// What somebody sees of it.
    #[inline]
    pub fn around(&self, who: AgentId) -> Neighbourhood<'_> {
        Neighbourhood {
            network: self,
            who,
            places: self.sparse.as_ref().map(|sparse| (sparse, sparse.of(who))),
        }
    }
}

/// Whom somebody sees.
#[derive(Clone, Copy, Debug)]
pub struct Neighbourhood<'n> {
    network: &'n Network,
    who: AgentId,
    /// In a sparse network, places in ascending order: looked up once, asked many times.
    places: Option<(&'n Sparse, &'n [u32])>,
}

impl Neighbourhood<'_> {
    /// How many others there are. In a sparse network some may have left.
    #[inline]
    pub fn degree(&self) -> u32 {
        match self.places {
            None => {
                let network = self.network;
                network.live.len() as u32 - u32::from(network.at[self.who.index()] != NOWHERE)
            }
            Some((_, places)) => places.len() as u32,
        }
    }

    /// The `i`-th of them.
    #[inline]
    pub fn peer(&self, i: u32) -> Option<AgentId> {
        match self.places {
            None => {
                let skip = u32::from(i >= self.network.at[self.who.index()]);
                let live = &self.network.live;
                live.get((i + skip) as usize).copied().map(AgentId)
            }
            Some((sparse, places)) => {
                let place = *places.get(i as usize)?;
                Some(AgentId(sparse.occupant[place as usize]))
            }
        }
    }

    /// Whether another is among them. Short lists are compared from end to end, several places at a time and without a guess
    /// where to stop.
    #[inline]
    pub fn sees(&self, other: AgentId) -> bool {
        if self.who == other || other.index() >= self.network.at.len() {
            return false;
        }
        let Some((sparse, places)) = self.places else {
            return true;
        };
        let place = sparse.place[other.index()];
        // The own list first: it says no most of the time, and it is at hand.
        let known = if places.len() <= 32 {
            places
                .iter()
                .fold(0, |found, p| found | u32::from(*p == place))
                != 0
        } else {
            places.binary_search(&place).is_ok()
        };
        known && sparse.occupant[place as usize] == other.0
    }
}

impl Sparse {
    fn of(&self, who: AgentId) -> &[u32] {
        &self.neighbours[self.span(self.place[who.index()])]
    }

    /// Where the neighbours of a place lie.
    fn span(&self, place: u32) -> Range<usize> {
        let place = place as usize;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[place] as usize
    }

    fn join(&mut self, m: u32, rng: &mut Stream, who: u32) {
        let place = if self.vacant.is_empty() {
            let place = self.occupant.len() as u32;
            self.occupant.push(who);
            self.ends.push(self.neighbours.len() as u32);
            let wanted = m.min(place);
            while (self.span(place).len() as u32) < wanted {
                self.tie(place, rng.below(place));
            }
            place
        } else {
            let place = self.vacant.remove(0);
            self.occupant[place as usize] = who;
            place
        };
        self.place.push(place);
    }

    fn tie(&mut self, a: u32, b: u32) {
        for (from, to) in [(a, b), (b, a)] {
            let span = self.span(from);
            if let Err(at) = self.neighbours[span.clone()].binary_search(&to) {
                self.neighbours.insert(span.start + at, to);
                for end in &mut self.ends[from as usize..] {
                    *end += 1;
                }
            }
        }
    }
}

/// The graph of a topology over `n` places.
pub fn build(config: &NetworkConfig, n: u32, rng: &mut Stream) -> UnGraph<(), ()> {
    match config.topology {
        Topology::Complete => complete(n),
        Topology::Ring => ring(n, config.k),
        Topology::SmallWorld => small_world(n, config.k, config.rewire, rng),
        Topology::ScaleFree => scale_free(n, config.m, rng),
    }
}

fn places(n: u32, edges: usize) -> UnGraph<(), ()> {
    let mut graph = UnGraph::with_capacity(n as usize, edges);
    for _ in 0..n {
        graph.add_node(());
    }
    graph
}

fn edge(graph: &mut UnGraph<(), ()>, a: u32, b: u32) {
    graph.add_edge(NodeIndex::new(a as usize), NodeIndex::new(b as usize), ());
}

fn has_edge(graph: &UnGraph<(), ()>, a: u32, b: u32) -> bool {
    graph
        .find_edge(NodeIndex::new(a as usize), NodeIndex::new(b as usize))
        .is_some()
}

fn complete(n: u32) -> UnGraph<(), ()> {
    let mut graph = places(n, 0);
    for a in 0..n {
        for b in a + 1..n {
            edge(&mut graph, a, b);
        }
    }
    graph
}

/// Edges of a ring on which each place is tied to its `k/2` nearest on either side, in order of place and distance. Few
/// places are all tied.
fn ring_edges(n: u32, k: u32) -> Vec<(u32, u32)> {
    let reach = (k / 2).max(1).min(n.saturating_sub(1) / 2);
    let mut edges: Vec<(u32, u32)> = (0..n)
        .flat_map(|a| (1..=reach).map(move |d| (a, (a + d) % n)))
        .collect();
    // With an even number of places and a reach that would go round, the opposite place is tied once.
    if n.is_multiple_of(2) && k / 2 >= n / 2 {
        edges.extend((0..n / 2).map(|a| (a, a + n / 2)));
    }
    edges
}

fn ring(n: u32, k: u32) -> UnGraph<(), ()> {
    let edges = ring_edges(n, k);
    let mut graph = places(n, edges.len());
    for (a, b) in edges {
        edge(&mut graph, a, b);
    }
    graph
}

fn small_world(n: u32, k: u32, rewire: f64, rng: &mut Stream) -> UnGraph<(), ()> {
    let mut graph = ring(n, k);
    for (a, b) in ring_edges(n, k) {
        if !rng.chance(rewire) {
            continue;
        }
        let from = NodeIndex::new(a as usize);
        // A place tied to all others keeps its edge; else a free end is found after a few draws.
        if graph.neighbors(from).count() as u32 + 1 >= n {
            continue;
        }
        let to = loop {
            let to = rng.below(n);
            if to != a && !has_edge(&graph, a, to) {
                break to;
            }
        };
        if let Some(old) = graph.find_edge(from, NodeIndex::new(b as usize)) {
            graph.remove_edge(old);
        }
        edge(&mut graph, a, to);
    }
    graph
}

fn scale_free(n: u32, m: u32, rng: &mut Stream) -> UnGraph<(), ()> {
    let core = (m + 1).min(n);
    let mut graph = complete(core);
    // Each edge end once: a uniform draw from it is a draw by degree.
    let mut ends: Vec<u32> = (0..core)
        .flat_map(|a| (a + 1..core).flat_map(move |b| [a, b]))
        .collect();
    for a in core..n {
        graph.add_node(());
        let mut chosen: Vec<u32> = Vec::with_capacity(m as usize);
        while (chosen.len() as u32) < m {
            let b = ends[rng.below(ends.len() as u32) as usize];
            if !chosen.contains(&b) {
                chosen.push(b);
            }
        }
        for b in chosen {
            edge(&mut graph, a, b);
            ends.extend([a, b]);
        }
    }
    graph
}

/// The neighbours of all places, and where those of each end.
fn neighbours(graph: &UnGraph<(), ()>) -> (Vec<u32>, Vec<u32>) {
    let mut all = Vec::with_capacity(2 * graph.edge_count());
    let ends = graph.node_indices().map(|node| {
        let start = all.len();
        all.extend(graph.neighbors(node).map(|other| other.index() as u32));
        all[start..].sort_unstable();
        all.len() as u32
    });
    let ends = ends.collect();
    (all, ends)
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Tie {
    other: u32,
    weight: f32,
    last: u64,
}

/// The interaction graph, [`TIES`] slots an agent. Whom the slots are for lies apart from what is known of them: most look-ups
/// find nobody. Saved tie by tie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ties {
    others: Vec<[u32; TIES]>,
    weights: Vec<[f32; TIES]>,
    last: Vec<[u64; TIES]>,
}

impl Serialize for Ties {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((0..self.others.len() * TIES).map(|slot| {
            let (at, i) = (slot / TIES, slot % TIES);
            Tie {
                other: self.others[at][i],
                weight: self.weights[at][i],
                last: self.last[at][i],
            }
        }))
    }
}

impl<'de> Deserialize<'de> for Ties {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut ties = Self::default();
        for slots in Vec::<Tie>::deserialize(from)?.chunks_exact(TIES) {
            ties.others.push(std::array::from_fn(|i| slots[i].other));
            ties.weights.push(std::array::from_fn(|i| slots[i].weight));
            ties.last.push(std::array::from_fn(|i| slots[i].last));
        }
        Ok(ties)
    }
}

impl Ties {
    /// Makes room for one more agent.
    pub fn join(&mut self) {
        self.others.push([NOWHERE; TIES]);
        self.weights.push([0.0; TIES]);
        self.last.push([0; TIES]);
    }

    /// The ties of an agent: the other, the strength, the last accepted interaction.
    pub fn iter(&self, who: AgentId) -> impl Iterator<Item = (AgentId, f64, InteractionId)> + '_ {
        let at = who.index();
        (0..TIES)
            .filter(move |&i| self.others[at][i] != NOWHERE)
            .map(move |i| {
                (
                    AgentId(self.others[at][i]),
                    f64::from(self.weights[at][i]),
                    InteractionId(self.last[at][i]),
                )
            })
    }

    /// Something of what it holds of somebody, without meaning.
    #[inline]
    pub(crate) fn touch(&self, who: AgentId) -> u64 {
        let at = who.index();
        u64::from(self.others[at][0] ^ self.weights[at][0].to_bits()) ^ self.last[at][0]
    }

    /// The last accepted interaction of the two, if either still has the tie.
    #[inline]
    pub fn last(&self, a: AgentId, b: AgentId) -> Option<InteractionId> {
        let of = |x: AgentId, y: AgentId| {
            let slot = self.others[x.index()].iter().position(|&z| z == y.0)?;
            Some(self.last[x.index()][slot])
        };
        of(a, b).max(of(b, a)).map(InteractionId)
    }

    /// Notes an accepted interaction on both sides; a full side loses its faintest tie, the first of equals.
    pub fn strengthen(&mut self, a: AgentId, b: AgentId, id: InteractionId) {
        for (from, to) in [(a, b), (b, a)] {
            let others = &mut self.others[from.index()];
            let weights = &mut self.weights[from.index()];
            let known = others.iter().position(|&other| other == to.0);
            let at = known.unwrap_or_else(|| {
                let mut faintest = 0;
                for i in 1..TIES {
                    if weights[i] < weights[faintest] {
                        faintest = i;
                    }
                }
                faintest
            });
            if known.is_none() {
                others[at] = to.0;
                weights[at] = 0.0;
            }
            weights[at] += 1.0;
            self.last[from.index()][at] = id.0;
        }
    }

    /// Takes out one tie.
    fn cut(&mut self, at: usize, i: usize) {
        self.others[at][i] = NOWHERE;
        self.weights[at][i] = 0.0;
        self.last[at][i] = 0;
    }

    /// Weakens every tie at the end of an epoch and cuts the faint.
    pub fn decay(&mut self, factor: f64) {
        let factor = factor as f32;
        for at in 0..self.weights.len() {
            for i in 0..TIES {
                self.weights[at][i] *= factor;
                if self.weights[at][i] < TIE_FAINTEST {
                    self.cut(at, i);
                }
            }
        }
    }

    /// Cuts all ties an agent has kept itself; those that others keep fade.
    pub fn leave(&mut self, who: AgentId) {
        for i in 0..TIES {
            self.cut(who.index(), i);
        }
    }
}
