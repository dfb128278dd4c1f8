//! Places for the nodes of a graph in the unit square: springs along edges, repulsion between all (Fruchterman and Reingold,
//! Software: Practice and Experience 21, 1991).
//!
//! Invariant: the same nodes and edges get the same places, on every machine: the start is drawn from a fixed seed, the number
//! of rounds is fixed. Quadratic in nodes, so callers hold to a few hundred. Not here: which nodes are shown.

use das_core::detmath::fmax;
use das_core::rng::Stream;

const ROUNDS: u32 = 240;

/// Places of `nodes` nodes with weighted edges.
pub fn places(nodes: usize, edges: &[(u32, u32, f64)]) -> Vec<[f64; 2]> {
    let mut stream = Stream::from_seed(1);
    let mut at: Vec<[f64; 2]> = (0..nodes).map(|_| [stream.unit(), stream.unit()]).collect();
    if nodes < 2 {
        return vec![[0.5, 0.5]; nodes];
    }
    let most = edges.iter().fold(0.0, |most, (_, _, w)| fmax(most, *w));
    let ideal = 0.8 / (nodes as f64).sqrt();
    for round in 0..ROUNDS {
        let mut push = vec![[0.0_f64; 2]; nodes];
        for a in 0..nodes {
            for b in a + 1..nodes {
                let d = [at[a][0] - at[b][0], at[a][1] - at[b][1]];
                let square = d[0] * d[0] + d[1] * d[1] + 1e-6;
                let force = ideal * ideal / square;
                for axis in 0..2 {
                    push[a][axis] += d[axis] * force;
                    push[b][axis] -= d[axis] * force;
                }
            }
        }
        for (from, to, weight) in edges {
            let (a, b) = (*from as usize, *to as usize);
            let d = [at[a][0] - at[b][0], at[a][1] - at[b][1]];
            let length = (d[0] * d[0] + d[1] * d[1]).sqrt();
            let force = length / ideal * (0.2 + 0.8 * weight / fmax(most, 1e-9));
            for axis in 0..2 {
                push[a][axis] -= d[axis] * force;
                push[b][axis] += d[axis] * force;
            }
        }
        let heat = 0.08 * (1.0 - f64::from(round) / f64::from(ROUNDS));
        for (place, push) in at.iter_mut().zip(&push) {
            let length = (push[0] * push[0] + push[1] * push[1]).sqrt() + 1e-9;
            let step = if length < heat { 1.0 } else { heat / length };
            for axis in 0..2 {
                // A weak pull to the middle keeps parts that are not connected in sight.
                place[axis] += push[axis] * step + (0.5 - place[axis]) * 0.01;
            }
        }
    }
    // Into the square, both axes by their own extent.
    for axis in 0..2 {
        let (low, high) =
            at.iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| {
                    (
                        if place[axis] < low { place[axis] } else { low },
                        fmax(high, place[axis]),
                    )
                });
        for place in &mut at {
            place[axis] = if high > low {
                0.04 + 0.92 * (place[axis] - low) / (high - low)
            } else {
                0.5
            };
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn friends_stand_near_each_other_and_everybody_in_the_square() {
        // Two triangles joined by nothing: the mean distance within is smaller than between; twice the same places.
        let edges = [
            (0, 1, 1.0),
            (1, 2, 1.0),
            (2, 0, 1.0),
            (3, 4, 1.0),
            (4, 5, 1.0),
            (5, 3, 1.0),
        ];
        let at = places(6, &edges);
        assert_eq!(at, places(6, &edges));
        assert!(at.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
        let distance = |a: usize, b: usize| {
            let d = [at[a][0] - at[b][0], at[a][1] - at[b][1]];
            (d[0] * d[0] + d[1] * d[1]).sqrt()
        };
        let within = distance(0, 1) + distance(1, 2) + distance(2, 0);
        let between = distance(0, 3) + distance(1, 4) + distance(2, 5);
        assert!(within < between, "{within} {between}");
        assert_eq!(places(1, &[]), [[0.5, 0.5]]);
    }
}
