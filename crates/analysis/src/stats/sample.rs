//! Points in a box of parameters: random and Latin hypercube.
//!
//! Every coordinate is a draw keyed by the parameter's *name*, so that a parameter added to or taken from the box leaves the
//! coordinates of the others as they were. Points are rows in the order of parameters, in their own units; rounding one to a
//! whole number is the caller's. Not here: one-at-a-time designs ([`super::morris`]).

use super::interval::VALUE_MAX;
use das_core::detmath::clamp;
use das_core::rng::{Domain, Draws, hash_name};
use thiserror::Error;

const RANDOM: Domain = Domain::new("analysis.sample.random");
const STRATA: Domain = Domain::new("analysis.sample.strata");
const WITHIN: Domain = Domain::new("analysis.sample.within");

/// The most points of a sample.
pub const POINTS_MAX: u32 = 1_000_000;

/// Why a box has no sample.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SampleError {
    /// A range that is none.
    #[error(
        "{name}: {low} to {high} is not a range of finite numbers (at most 1e100) from low to high"
    )]
    Range {
        /// The parameter.
        name: String,
        /// Lower end given.
        low: f64,
        /// Upper end given.
        high: f64,
    },
    /// No parameters.
    #[error("a box without parameters")]
    Empty,
    /// Two parameters of one name.
    #[error("{name} is in the box twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// No points, or too many.
    #[error("{points} points: between 1 and {POINTS_MAX}")]
    Points {
        /// What was asked for.
        points: u32,
    },
}

/// A parameter and the range it is varied in.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    name: String,
    low: f64,
    high: f64,
}

impl Parameter {
    /// Checked: finite, |·| ≤ [`VALUE_MAX`], low < high.
    pub fn new(name: impl Into<String>, low: f64, high: f64) -> Result<Self, SampleError> {
        let name = name.into();
        if low < high && low >= -VALUE_MAX && high <= VALUE_MAX {
            Ok(Self { name, low, high })
        } else {
            Err(SampleError::Range { name, low, high })
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lower end.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Upper end.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The value at share `unit` (0..=1) of the range: low + unit·(high − low), never outside by rounding.
    pub fn at(&self, unit: f64) -> f64 {
        clamp(
            self.low + unit * (self.high - self.low),
            self.low,
            self.high,
        )
    }

    /// The key of its draws.
    pub(crate) fn key(&self) -> u64 {
        hash_name(&self.name)
    }
}

/// A box is one parameter or more, of different names.
pub(crate) fn check_box(parameters: &[Parameter]) -> Result<(), SampleError> {
    if parameters.is_empty() {
        return Err(SampleError::Empty);
    }
    let mut names: Vec<&str> = parameters.iter().map(Parameter::name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(SampleError::Twice {
            name: pair[0].to_owned(),
        }),
        None => Ok(()),
    }
}

fn check(parameters: &[Parameter], points: u32) -> Result<(), SampleError> {
    if !(1..=POINTS_MAX).contains(&points) {
        return Err(SampleError::Points { points });
    }
    check_box(parameters)
}

/// `points` points, each coordinate uniform and independent: `points` rows × parameters. The first rows of a longer sample are
/// those of a shorter one.
pub fn random(
    parameters: &[Parameter],
    points: u32,
    draws: &Draws,
) -> Result<Vec<Vec<f64>>, SampleError> {
    check(parameters, points)?;
    let at = |p: &Parameter, row| p.at(draws.unit(RANDOM, &[p.key(), u64::from(row)]));
    Ok((0..points)
        .map(|row| parameters.iter().map(|p| at(p, row)).collect())
        .collect())
}

/// A Latin hypercube: each parameter's range is cut into `points` equal strata and each stratum holds one point, uniform within
/// it; which strata meet in a row is a random permutation per parameter (McKay, Beckman and Conover 1979). `points` rows ×
/// parameters. Another number of points is another sample.
pub fn latin_hypercube(
    parameters: &[Parameter],
    points: u32,
    draws: &Draws,
) -> Result<Vec<Vec<f64>>, SampleError> {
    check(parameters, points)?;
    let strata: Vec<Vec<u32>> = parameters
        .iter()
        .map(|p| {
            let mut order: Vec<u32> = (0..points).collect();
            draws
                .stream(STRATA, &[p.key(), u64::from(points)])
                .shuffle(&mut order);
            order
        })
        .collect();
    let at = |p: &Parameter, strata: &[u32], row: u32| {
        let within = draws.unit(WITHIN, &[p.key(), u64::from(points), u64::from(row)]);
        p.at((f64::from(strata[row as usize]) + within) / f64::from(points))
    };
    Ok((0..points)
        .map(|row| {
            let columns = parameters.iter().zip(&strata);
            columns.map(|(p, strata)| at(p, strata, row)).collect()
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane() -> Vec<Parameter> {
        vec![
            Parameter::new("tax", 0.0, 0.2).unwrap(),
            Parameter::new("audit", -1.0, 3.0).unwrap(),
        ]
    }

    #[test]
    fn each_stratum_holds_one_point() {
        // Cutting a Latin hypercube of 50 back into strata gives each number once, for each parameter.
        let plane = plane();
        let rows = latin_hypercube(&plane, 50, &Draws::new(1)).unwrap();
        for (j, p) in plane.iter().enumerate() {
            let mut strata: Vec<u32> = rows
                .iter()
                .map(|row| ((row[j] - p.low()) / (p.high() - p.low()) * 50.0) as u32)
                .collect();
            strata.sort_unstable();
            assert_eq!(strata, (0..50).collect::<Vec<_>>());
        }
    }

    #[test]
    fn strata_meet_at_random() {
        // Two parameters of one range share a stratum in about one row of 200 (Poisson: more than eight in one of 10⁶).
        let axis = |name| Parameter::new(name, 0.0, 200.0).unwrap();
        let plane = [axis("tax"), axis("audit")];
        let rows = latin_hypercube(&plane, 200, &Draws::new(4)).unwrap();
        let shared = rows.iter().filter(|row| row[0].floor() == row[1].floor());
        assert!(shared.count() <= 8);
    }

    #[test]
    fn a_further_parameter_leaves_the_others() {
        // Keys are names: columns of the plane are the same in a box of three, whatever the order; random rows are a prefix.
        let plane = plane();
        let mut space = vec![Parameter::new("bond", 0.0, 1.0).unwrap()];
        space.extend(plane.iter().cloned());
        let draws = Draws::new(2);
        for sample in [random, latin_hypercube] {
            let (two, three) = (
                sample(&plane, 20, &draws).unwrap(),
                sample(&space, 20, &draws).unwrap(),
            );
            assert!(two.iter().zip(&three).all(|(a, b)| a[..] == b[1..]));
        }
        let longer = random(&plane, 30, &draws).unwrap();
        assert_eq!(longer[..20], random(&plane, 20, &draws).unwrap());
    }

    #[test]
    fn random_points_fill_the_box() {
        // 4,000 uniform coordinates: mean in the middle within four standard errors (range/√12/√4000 each), none outside.
        let plane = plane();
        let rows = random(&plane, 4_000, &Draws::new(3)).unwrap();
        for (j, p) in plane.iter().enumerate() {
            let width = p.high() - p.low();
            let mean = rows.iter().map(|row| row[j]).sum::<f64>() / 4_000.0;
            let middle = f64::midpoint(p.low(), p.high());
            assert!((mean - middle).abs() < 4.0 * width / 219.1, "{mean}");
            assert!(
                rows.iter()
                    .all(|row| row[j] >= p.low() && row[j] < p.high())
            );
        }
    }

    #[test]
    fn what_is_no_box_is_an_error() {
        // A range of nothing, a NaN, no parameters, no points, a name twice.
        let draws = Draws::new(1);
        assert!(Parameter::new("x", 1.0, 1.0).is_err());
        assert!(Parameter::new("x", f64::NAN, 1.0).is_err());
        assert_eq!(random(&[], 5, &draws), Err(SampleError::Empty));
        let plane = plane();
        assert_eq!(
            random(&plane, 0, &draws),
            Err(SampleError::Points { points: 0 })
        );
        let twice = [plane[0].clone(), plane[0].clone()];
        assert!(matches!(
            latin_hypercube(&twice, 5, &draws),
            Err(SampleError::Twice { .. })
        ));
    }
}
