//! The map: corridors between wards as compressed rows, and what moves on them.
//!
//! Corridors are undirected. Static costs are integers (milli-distance and hazard), so that routes never depend on rounding.
//! [`Map::version`] changes whenever a corridor opens or closes or control changes; everything derived from the map is kept
//! under its version. Not here: routes (`routes`), how a city is drawn (`generate`).

use petgraph::graph::{NodeIndex, UnGraph};
use serde::{Deserialize, Serialize};

/// No border here.
pub const NO_BORDER: u32 = u32::MAX;

/// An undirected corridor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Corridor {
    /// One end, the lower ward.
    pub a: u32,
    /// The other end.
    pub b: u32,
    /// Length, 1 = a ward's width.
    pub distance: f64,
    /// Hazard 0..=1.
    pub hazard: f64,
    /// Static routing cost: `1000·distance + 350·hazard`, rounded.
    pub cost: u32,
    /// Units of cargo a day.
    pub capacity: i64,
    /// Whether anybody may pass.
    pub open: bool,
    /// Border it crosses, or [`NO_BORDER`].
    pub border: u32,
}

impl Corridor {
    /// Cost of a corridor of this length and hazard.
    pub fn cost_of(distance: f64, hazard: f64) -> u32 {
        (1000.0 * distance + 350.0 * hazard).round() as u32
    }

    /// The end that is not `ward`.
    #[inline]
    pub fn other(&self, ward: u32) -> u32 {
        if self.a == ward { self.b } else { self.a }
    }
}

/// The graph of the city. Saved as its corridors and who they join; rows and borders are made anew, so that what was saved by hand
/// cannot contradict itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "SavedMap", try_from = "SavedMap")]
pub struct Map {
    /// Number of wards.
    pub wards: u32,
    /// All corridors; the place is the corridor's id.
    pub corridors: Vec<Corridor>,
    /// Corridor of each border; the place is the border's id.
    pub borders: Vec<u32>,
    /// Number of polities.
    pub polities: u16,
    /// Changes with everything that routes depend on.
    pub version: u32,
    /// Row starts: corridors of ward w are `edges[starts[w]..starts[w+1]]`.
    starts: Vec<u32>,
    /// (neighbour, corridor), by neighbour within a row.
    edges: Vec<(u32, u32)>,
}

/// What of a map is saved: the rest follows.
#[derive(Serialize, Deserialize)]
struct SavedMap {
    wards: u32,
    polities: u16,
    version: u32,
    corridors: Vec<Corridor>,
}

impl From<Map> for SavedMap {
    fn from(map: Map) -> Self {
        Self {
            wards: map.wards,
            polities: map.polities,
            version: map.version,
            corridors: map.corridors,
        }
    }
}

impl TryFrom<SavedMap> for Map {
    type Error = String;

    fn try_from(saved: SavedMap) -> Result<Self, String> {
        let mut map = Self {
            wards: saved.wards,
            corridors: saved.corridors,
            borders: Vec::new(),
            polities: saved.polities,
            version: saved.version,
            starts: Vec::new(),
            edges: Vec::new(),
        };
        for (at, corridor) in map.corridors.iter().enumerate() {
            if corridor.a >= corridor.b || corridor.b >= map.wards {
                return Err(format!(
                    "corridors[{at}]: ends {} and {} must be two of {} wards, the lower one first",
                    corridor.a, corridor.b, map.wards
                ));
            }
            if corridor.border != NO_BORDER {
                if corridor.border as usize != map.borders.len() {
                    return Err(format!(
                        "corridors[{at}].border: borders are numbered in the order of corridors; {} was to be {}",
                        corridor.border,
                        map.borders.len()
                    ));
                }
                map.borders.push(at as u32);
            }
        }
        map.index();
        Ok(map)
    }
}

impl Map {
    /// A map of these corridors. `polity[w]` says who controls ward w: a border is a corridor between two polities.
    pub fn new(wards: u32, mut corridors: Vec<Corridor>, polity: &[u16]) -> Self {
        let mut borders = Vec::new();
        for (at, corridor) in corridors.iter_mut().enumerate() {
            corridor.border = if polity[corridor.a as usize] == polity[corridor.b as usize] {
                NO_BORDER
            } else {
                borders.push(at as u32);
                borders.len() as u32 - 1
            };
        }
        let polities = polity.iter().map(|p| p + 1).max().unwrap_or(0);
        let mut map = Self {
            wards,
            corridors,
            borders,
            polities,
            version: 0,
            starts: Vec::new(),
            edges: Vec::new(),
        };
        map.index();
        map
    }

    fn index(&mut self) {
        let mut rows: Vec<Vec<(u32, u32)>> = vec![Vec::new(); self.wards as usize];
        for (at, corridor) in self.corridors.iter().enumerate() {
            rows[corridor.a as usize].push((corridor.b, at as u32));
            rows[corridor.b as usize].push((corridor.a, at as u32));
        }
        self.starts = vec![0];
        self.edges.clear();
        for mut row in rows {
            row.sort_unstable();
            self.edges.extend(row);
            self.starts.push(self.edges.len() as u32);
        }
    }

    /// (neighbour, corridor) of a ward, open or closed, by neighbour.
    #[inline]
    pub fn neighbours(&self, ward: u32) -> &[(u32, u32)] {
        let row = self.starts[ward as usize] as usize..self.starts[ward as usize + 1] as usize;
        &self.edges[row]
    }

    /// Opens or closes a corridor.
    pub fn set_open(&mut self, corridor: u32, open: bool) {
        let it = &mut self.corridors[corridor as usize];
        if it.open != open {
            it.open = open;
            self.version += 1;
        }
    }

    /// The open corridors as a petgraph graph, for components, bridges and the like.
    pub fn graph(&self) -> UnGraph<(), u32> {
        let mut graph = UnGraph::with_capacity(self.wards as usize, self.corridors.len());
        for _ in 0..self.wards {
            graph.add_node(());
        }
        for (at, corridor) in self.corridors.iter().enumerate() {
            if corridor.open {
                let ends = (corridor.a as usize, corridor.b as usize);
                graph.add_edge(NodeIndex::new(ends.0), NodeIndex::new(ends.1), at as u32);
            }
        }
        graph
    }
}

/// What changes daily on the corridors, by corridor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Units of cargo it still takes today.
    pub residual: Vec<i64>,
    /// Probability that cargo is robbed on it, refreshed weekly.
    pub risk: Vec<f64>,
    /// Days of patrol left on it.
    pub patrolled: Vec<u32>,
}

impl Traffic {
    /// Empty corridors.
    pub fn new(corridors: usize) -> Self {
        Self {
            residual: vec![0; corridors],
            risk: vec![0.0; corridors],
            patrolled: vec![0; corridors],
        }
    }
}
