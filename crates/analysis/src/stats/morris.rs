//! Elementary effects: which parameters matter, and do they act alone? (Morris 1991; μ*: Campolongo, Cariboni and Saltelli 2007)
//!
//! Each parameter's range is a grid of `levels` (even) values, 0 to 1 in steps of 1/(levels − 1). A trajectory starts at a grid
//! point and moves one parameter at a time, each once, by ±Δ with Δ = levels/(2(levels − 1)); so r trajectories over k
//! parameters are r·(k + 1) points. The elementary effect of a parameter on a trajectory is
//!
//! ```text
//! EE = (y after its move − y before) / (±Δ)           Δ in shares of the range, EE in units of y per whole range
//! μ = mean EE,   μ* = mean |EE|,   σ = sd EE (divisor n − 1)
//! ```
//!
//! μ* ranks; σ large against μ* means interaction or curvature. Start, direction and order are draws keyed by trajectory and the
//! parameter's name. Not here: running the points.

mod trajectory;

use super::interval::{first_unusable, mean_sd};
use super::sample::{Parameter, SampleError, check_box};
use das_core::detmath::sum;
use das_core::rng::Draws;
use thiserror::Error;
use trajectory::{Trajectory, drawn, read_back};

/// The most trajectories of a design.
pub const TRAJECTORIES_MAX: u32 = 10_000;

/// The most levels of a grid.
pub const LEVELS_MAX: u32 = 1_000;

/// Why there is no design, or no effects of it.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MorrisError {
    /// The box is none.
    #[error("no box to move in")]
    Box(#[from] SampleError),
    /// Levels that give no grid.
    #[error("{levels} levels: an even number from 2 to {LEVELS_MAX}")]
    Levels {
        /// What was asked for.
        levels: u32,
    },
    /// No trajectories, or too many.
    #[error("{trajectories} trajectories: between 1 and {TRAJECTORIES_MAX}")]
    Trajectories {
        /// What was asked for.
        trajectories: usize,
    },
    /// Points that are no trajectories of this box and grid.
    #[error("point {point} is not a move of one parameter, each once, by ±Δ on the grid")]
    NotATrajectory {
        /// Its place, from 0.
        point: usize,
    },
    /// Not one output a point.
    #[error("{outputs} outputs for {points} points")]
    Outputs {
        /// Outputs given.
        outputs: usize,
        /// Points of the design.
        points: usize,
    },
    /// An output that is no usable number.
    #[error("the output of point {point} is not finite or beyond 1e100")]
    Value {
        /// Its place, from 0.
        point: usize,
    },
}

/// A design: trajectories through a box.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    parameters: Vec<Parameter>,
    levels: u32,
    trajectories: Vec<Trajectory>,
}

/// Figures of elementary effects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elementary {
    /// Mean effect.
    pub mu: f64,
    /// Mean magnitude.
    pub mu_star: f64,
    /// Standard deviation, divisor n − 1.
    pub sigma: f64,
}

/// What the effects of one parameter came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The parameter.
    pub parameter: String,
    /// Effects with both outputs.
    pub n: u64,
    /// Effects of which an output is missing.
    pub missing: u64,
    /// Their figures; `None` for fewer than two effects.
    pub figures: Option<Elementary>,
}

impl Design {
    /// A design of `trajectories` (10 to 50 are usual) over a grid of `levels` (4 is usual). More trajectories keep the first
    /// ones as they were; a further parameter keeps the starts, directions and relative order of the others.
    pub fn new(
        parameters: Vec<Parameter>,
        levels: u32,
        trajectories: u32,
        draws: &Draws,
    ) -> Result<Self, MorrisError> {
        check(&parameters, levels, trajectories as usize)?;
        let trajectories = (0..u64::from(trajectories))
            .map(|t| drawn(&parameters, levels, t, draws))
            .collect();
        Ok(Self {
            parameters,
            levels,
            trajectories,
        })
    }

    /// The design whose [`points`](Self::points) these are: r·(k + 1) rows × k parameters, a trajectory after the other.
    pub fn of_points(
        parameters: Vec<Parameter>,
        levels: u32,
        points: &[Vec<f64>],
    ) -> Result<Self, MorrisError> {
        let length = parameters.len() + 1;
        check(&parameters, levels, points.len() / length)?;
        let whole = points.len() - points.len() % length;
        if whole < points.len() {
            return Err(MorrisError::NotATrajectory { point: whole });
        }
        let mut trajectories = Vec::new();
        for (t, rows) in points.chunks(length).enumerate() {
            let read = read_back(&parameters, levels, rows);
            trajectories.push(read.map_err(|row| MorrisError::NotATrajectory {
                point: t * length + row,
            })?);
        }
        Ok(Self {
            parameters,
            levels,
            trajectories,
        })
    }

    /// The parameters, in the order of columns.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The points to run, in the units of the parameters: r·(k + 1) rows × k, a trajectory after the other.
    pub fn points(&self) -> Vec<Vec<f64>> {
        let mut points = Vec::new();
        for trajectory in &self.trajectories {
            let mut at = trajectory.start.clone();
            points.push(self.row(&at));
            for step in &trajectory.moves {
                let level = &mut at[step.parameter];
                if step.up {
                    *level += self.levels / 2;
                } else {
                    *level -= self.levels / 2;
                }
                points.push(self.row(&at));
            }
        }
        points
    }

    fn row(&self, at: &[u32]) -> Vec<f64> {
        let unit = |level: &u32| f64::from(*level) / f64::from(self.levels - 1);
        let columns = self.parameters.iter().zip(at);
        columns.map(|(p, level)| p.at(unit(level))).collect()
    }

    /// Effects from the outputs of [`points`](Self::points), in their order, one `Sensitivity` a parameter. `None` is an
    /// output that is missing: the two effects it takes part in are counted as missing.
    pub fn effects(&self, outputs: &[Option<f64>]) -> Result<Vec<Sensitivity>, MorrisError> {
        let length = self.parameters.len() + 1;
        let points = self.trajectories.len() * length;
        if outputs.len() != points {
            return Err(MorrisError::Outputs {
                outputs: outputs.len(),
                points,
            });
        }
        let bad = |y: &Option<f64>| y.is_some_and(|y| first_unusable(&[y]).is_some());
        if let Some(point) = outputs.iter().position(bad) {
            return Err(MorrisError::Value { point });
        }
        let delta = f64::from(self.levels) / (2.0 * f64::from(self.levels - 1));
        let mut effects = vec![Vec::new(); self.parameters.len()];
        for (trajectory, outputs) in self.trajectories.iter().zip(outputs.chunks(length)) {
            for (step, pair) in trajectory.moves.iter().zip(outputs.windows(2)) {
                let signed = if step.up { delta } else { -delta };
                if let (Some(before), Some(after)) = (pair[0], pair[1]) {
                    effects[step.parameter].push((after - before) / signed);
                }
            }
        }
        let of = |(p, effects): (&Parameter, &Vec<f64>)| Sensitivity {
            parameter: p.name().to_owned(),
            n: effects.len() as u64,
            missing: (self.trajectories.len() - effects.len()) as u64,
            figures: mean_sd(effects).map(|(mu, sigma)| Elementary {
                mu,
                mu_star: sum(effects.iter().map(|e| e.abs())) / effects.len() as f64,
                sigma,
            }),
        };
        Ok(self.parameters.iter().zip(&effects).map(of).collect())
    }
}

fn check(parameters: &[Parameter], levels: u32, trajectories: usize) -> Result<(), MorrisError> {
    check_box(parameters)?;
    if !(2..=LEVELS_MAX).contains(&levels) || !levels.is_multiple_of(2) {
        return Err(MorrisError::Levels { levels });
    }
    if !(1..=TRAJECTORIES_MAX as usize).contains(&trajectories) {
        return Err(MorrisError::Trajectories { trajectories });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> Vec<Parameter> {
        vec![
            Parameter::new("tax", 0.0, 0.3).unwrap(),
            Parameter::new("audit", -1.0, 2.0).unwrap(),
            Parameter::new("bond", 10.0, 70.0).unwrap(),
        ]
    }

    #[test]
    fn a_line_has_its_slopes_and_no_spread() {
        // y = 2·tax − audit + 7: effects per whole range are 0.6, −3 and 0 on each trajectory.
        let design = Design::new(space(), 4, 12, &Draws::new(1)).unwrap();
        let y = |row: &Vec<f64>| Some(2.0 * row[0] - row[1] + 7.0);
        let outputs: Vec<_> = design.points().iter().map(y).collect();
        for (s, slope) in design
            .effects(&outputs)
            .unwrap()
            .iter()
            .zip([0.6, -3.0, 0.0_f64])
        {
            let f = s.figures.unwrap();
            assert!((f.mu - slope).abs() < 1e-12 && (f.mu_star - slope.abs()).abs() < 1e-12);
            assert!(f.sigma < 1e-12 && (s.n, s.missing) == (12, 0));
        }
    }

    #[test]
    fn a_missing_output_costs_its_effects_alone() {
        // An inner point takes part in two moves, of two parameters; they are counted, the rest stands.
        let design = Design::new(space(), 4, 5, &Draws::new(4)).unwrap();
        let mut outputs: Vec<_> = design.points().iter().map(|row| Some(row[0])).collect();
        outputs[1] = None;
        let effects = design.effects(&outputs).unwrap();
        assert_eq!(effects.iter().map(|s| s.missing).sum::<u64>(), 2);
        assert!(
            effects
                .iter()
                .all(|s| s.n + s.missing == 5 && s.figures.is_some())
        );
    }

    #[test]
    fn what_is_no_design_is_an_error() {
        // No box, odd levels, no trajectories, too few outputs, a NaN.
        let draws = Draws::new(1);
        assert!(matches!(
            Design::new(vec![], 4, 5, &draws),
            Err(MorrisError::Box(SampleError::Empty))
        ));
        assert_eq!(
            Design::new(space(), 5, 5, &draws),
            Err(MorrisError::Levels { levels: 5 })
        );
        assert_eq!(
            Design::new(space(), 4, 0, &draws),
            Err(MorrisError::Trajectories { trajectories: 0 })
        );
        let design = Design::new(space(), 4, 1, &draws).unwrap();
        assert_eq!(
            design.effects(&[Some(1.0)]),
            Err(MorrisError::Outputs {
                outputs: 1,
                points: 4
            })
        );
        assert_eq!(
            design.effects(&[Some(1.0), Some(f64::NAN), None, None]),
            Err(MorrisError::Value { point: 1 })
        );
    }
}
