//! Shapes of the network.

use das_core::id::{AgentId, InteractionId};
use das_core::rng::{Draws, Stream};
use das_env::config::{NetworkConfig, Topology};
use das_env::network::{Network, TIES, Ties, build};
use petgraph::algo::connected_components;

fn config(topology: Topology) -> NetworkConfig {
    NetworkConfig {
        topology,
        k: 6,
        rewire: 0.1,
        m: 3,
        ..NetworkConfig::default()
    }
}

fn wired(topology: Topology, n: u32) -> Network {
    let (config, draws) = (config(topology), Draws::new(3));
    let mut network = Network::default();
    for i in 0..n {
        network.join(&config, &draws, AgentId(i), u64::from(i));
    }
    network.wire(&config, &draws);
    network
}

fn peers(network: &Network, who: u32) -> Vec<u32> {
    (0..network.around(AgentId(who)).degree())
        .filter_map(|i| network.around(AgentId(who)).peer(i))
        .map(|a| a.0)
        .collect()
}

#[test]
fn every_topology_is_simple_connected_and_has_its_number_of_edges() {
    // Edges: n(n−1)/2, nk/2, nk/2, and (m+1)m/2 + (n−m−1)m; no loop, no double edge, one component.
    for (topology, edges) in [
        (Topology::Complete, 100 * 99 / 2),
        (Topology::Ring, 300),
        (Topology::SmallWorld, 300),
        (Topology::ScaleFree, 6 + 96 * 3),
    ] {
        let graph = build(&config(topology), 100, &mut Stream::from_seed(1));
        assert_eq!(graph.edge_count(), edges, "{topology:?}");
        assert_eq!(connected_components(&graph), 1, "{topology:?}");
        let mut ends: Vec<_> = graph
            .edge_indices()
            .map(|e| graph.edge_endpoints(e).unwrap())
            .map(|(a, b)| if a < b { (a, b) } else { (b, a) })
            .collect();
        assert!(ends.iter().all(|(a, b)| a != b));
        ends.sort_unstable();
        ends.dedup();
        assert_eq!(ends.len(), edges, "{topology:?} has a double edge");
    }
}

#[test]
fn shapes_differ_as_their_names_say() {
    // A ring is regular, a small world is not but nearly, a scale-free network has hubs many times the median.
    let degrees = |t| {
        let network = wired(t, 1000);
        let mut d: Vec<u32> = (0..1000)
            .map(|i| network.around(AgentId(i)).degree())
            .collect();
        d.sort_unstable();
        d
    };
    let ring = degrees(Topology::Ring);
    assert_eq!((ring[0], ring[999]), (6, 6));
    let small = degrees(Topology::SmallWorld);
    assert!(
        small[0] < 6 && small[999] > 6 && small[999] < 20,
        "{} {}",
        small[0],
        small[999]
    );
    let free = degrees(Topology::ScaleFree);
    assert_eq!(free[0], 3);
    assert!(free[999] > 10 * free[500], "{} {}", free[999], free[500]);
}

#[test]
fn tiny_networks_exist() {
    // No topology loops for ever or ties anybody to itself when there are fewer places than ties asked for.
    for topology in [
        Topology::Complete,
        Topology::Ring,
        Topology::SmallWorld,
        Topology::ScaleFree,
    ] {
        for n in 1..10 {
            let network = wired(topology, n);
            for i in 0..n {
                let peers = peers(&network, i);
                assert!(!peers.contains(&i), "{topology:?} {n}");
                assert!(n == 1 || !peers.is_empty(), "{topology:?} {n}");
            }
        }
    }
}

#[test]
fn the_complete_network_lists_all_others_as_agents_come_and_go() {
    // Peers are the live others, each once, for live and departed viewers; nobody's edges are stored.
    let mut network = wired(Topology::Complete, 6);
    for gone in [0, 5, 2] {
        network.leave(AgentId(gone));
        network.leave(AgentId(gone));
    }
    network.join(&config(Topology::Complete), &Draws::new(3), AgentId(6), 6);
    for who in [1, 2, 6] {
        let mut seen = peers(&network, who);
        seen.sort_unstable();
        let all: Vec<u32> = [1, 3, 4, 6].into_iter().filter(|&a| a != who).collect();
        assert_eq!(seen, all);
        assert!(network.around(AgentId(who)).sees(AgentId(3)));
    }
}

#[test]
fn whoever_joins_a_sparse_network_takes_a_free_place_or_makes_one() {
    // First a new place with m ties, seen from both ends; after somebody left, its place with its neighbours.
    let mut network = wired(Topology::Ring, 20);
    let (config, draws) = (config(Topology::Ring), Draws::new(3));
    network.join(&config, &draws, AgentId(20), 77);
    let tied = peers(&network, 20);
    assert_eq!(tied.len(), 3);
    assert!(
        tied.iter()
            .all(|&p| network.around(AgentId(p)).sees(AgentId(20))
                && network.around(AgentId(20)).sees(AgentId(p)))
    );
    let before = peers(&network, 4);
    network.leave(AgentId(4));
    network.join(&config, &draws, AgentId(21), 78);
    assert_eq!(peers(&network, 21), before);
    assert!(!network.around(AgentId(before[0])).sees(AgentId(4)));
}

#[test]
fn ties_are_bounded_decay_and_are_cut() {
    // The weakest tie gives way to a new partner; decay cuts what is faint; `last` sees the tie from either end.
    let mut ties = Ties::default();
    for _ in 0..20 {
        ties.join();
    }
    let me = AgentId(0);
    for round in 0..2u64 {
        for other in 1..=TIES as u32 {
            ties.strengthen(
                me,
                AgentId(other),
                InteractionId(100 * round + u64::from(other)),
            );
        }
    }
    ties.strengthen(me, AgentId(3), InteractionId(900));
    ties.strengthen(me, AgentId(15), InteractionId(901));
    assert_eq!(ties.iter(me).count(), TIES);
    assert_eq!(ties.last(me, AgentId(3)), Some(InteractionId(900)));
    assert_eq!(ties.last(AgentId(15), me), Some(InteractionId(901)));
    // Agent 1 was the first of the faintest: cut on my side, kept on its own.
    assert!(ties.iter(me).all(|(other, ..)| other != AgentId(1)));
    assert_eq!(ties.last(me, AgentId(1)), Some(InteractionId(101)));
    for _ in 0..3 {
        ties.decay(0.45);
    }
    // 0.45³ ≈ 0.09: single interactions are forgotten, doubled ones (0.18) are not.
    assert!(ties.iter(me).all(|(other, ..)| other != AgentId(15)));
    assert_eq!(ties.iter(me).count(), TIES - 1);
}
