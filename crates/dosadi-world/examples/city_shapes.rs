//! How generated cities hang together: `cargo run --release -p dosadi-world --example city_shapes [SEEDS]`.
//!
//! Means over seeds (32 unless said otherwise) of the figures in the table of the model page, section 2: corridors, degree, borders,
//! mean shortest path and diameter in hops, leaves, bridges, borders on the legal routes of all wards and goods.

use das_core::rng::Draws;
use dosadi_world::DosadiConfig;
use dosadi_world::generate;
use dosadi_world::goods::GOODS;
use dosadi_world::routes::LegalRoutes;
use dosadi_world::state::State;
use petgraph::algo::bridges::bridges;

fn main() {
    let seeds = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(32);
    println!("{seeds} seeds");
    println!(
        "{:>5} {:>8} {:>7} {:>8} {:>10} {:>9} {:>7} {:>8} {:>14}",
        "n",
        "edges",
        "degree",
        "borders",
        "mean path",
        "diameter",
        "leaves",
        "bridges",
        "legal borders"
    );
    for wards in [12, 36, 100, 300, 1000] {
        let mut sums = [0.0; 8];
        for seed in 0..seeds {
            let mut config = DosadiConfig::default();
            config.map.wards = wards;
            let state = generate::state(&config, &Draws::new(seed));
            for (sum, x) in sums.iter_mut().zip(figures(&state)) {
                *sum += x;
            }
        }
        let [edges, degree, borders, path, diameter, leaves, cut, legal] =
            sums.map(|sum| sum / seeds as f64);
        println!(
            "{wards:>5} {edges:>8.1} {degree:>7.2} {borders:>8.1} {path:>10.1} {diameter:>9.1} {:>6.0}% {cut:>8.1} {legal:>14.2}",
            100.0 * leaves
        );
    }
}

fn figures(state: &State) -> [f64; 8] {
    let map = &state.map;
    let wards = map.wards;
    let degree = |w: &u32| map.neighbours(*w).len();
    let (mut hops, mut pairs, mut diameter) = (0u64, 0u64, 0u64);
    for source in 0..wards {
        for far in hops_from(state, source) {
            hops += far;
            pairs += u64::from(far > 0);
            diameter = diameter.max(far);
        }
    }
    let legal = LegalRoutes::new(map, &state.stores);
    let crossed: Vec<u32> = (0..wards as usize)
        .flat_map(|w| (0..GOODS).map(move |g| (w, g)))
        .flat_map(|(w, g)| legal.of(w, g).iter().map(|r| r.borders))
        .collect();
    let leaves = (0..wards).filter(|w| degree(w) == 1).count();
    [
        map.corridors.len() as f64,
        2.0 * map.corridors.len() as f64 / f64::from(wards),
        map.borders.len() as f64,
        hops as f64 / pairs as f64,
        diameter as f64,
        leaves as f64 / f64::from(wards),
        bridges(&map.graph()).count() as f64,
        f64::from(crossed.iter().sum::<u32>()) / crossed.len() as f64,
    ]
}

fn hops_from(state: &State, source: u32) -> Vec<u64> {
    let mut hops = vec![u64::MAX; state.map.wards as usize];
    hops[source as usize] = 0;
    let mut queue = vec![source];
    let mut next = 0;
    while let Some(&at) = queue.get(next) {
        next += 1;
        for &(to, _) in state.map.neighbours(at) {
            if hops[to as usize] == u64::MAX {
                hops[to as usize] = hops[at as usize] + 1;
                queue.push(to);
            }
        }
    }
    hops
}
