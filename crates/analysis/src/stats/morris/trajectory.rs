//! One trajectory: drawn, or read back from its points.
//!
//! Invariants: levels are from 0 to `levels` − 1, a move is by `levels`/2 of them, which is Δ. Not here: designs and effects.

use crate::stats::sample::Parameter;
use das_core::rng::{Domain, Draws};

const START: Domain = Domain::new("analysis.morris.start");
const DIRECTION: Domain = Domain::new("analysis.morris.direction");
const ORDER: Domain = Domain::new("analysis.morris.order");

/// How far from a grid value a point read back may lie, in steps of the grid.
const OFF_GRID_MAX: f64 = 1e-6;

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// Which parameter.
    pub(super) parameter: usize,
    /// By +Δ, else by −Δ.
    pub(super) up: bool,
}

/// A start on the grid and one move of each parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trajectory {
    /// Level of each parameter, from 0.
    pub(super) start: Vec<u32>,
    /// Each parameter once.
    pub(super) moves: Vec<Move>,
}

/// Trajectory number `t` of a design.
pub(super) fn drawn(parameters: &[Parameter], levels: u32, t: u64, draws: &Draws) -> Trajectory {
    let half = levels / 2;
    let up = |p: &Parameter| draws.chance(DIRECTION, &[t, p.key()], 0.5);
    let start = parameters
        .iter()
        .map(|p| {
            // Uniform over the lower half of the grid; a move down starts Δ higher.
            let low = (draws.unit(START, &[t, p.key()]) * f64::from(half)) as u32;
            if up(p) { low } else { low + half }
        })
        .collect();
    let mut order: Vec<usize> = (0..parameters.len()).collect();
    order.sort_unstable_by_key(|j| {
        let p = &parameters[*j];
        (draws.bits(ORDER, &[t, p.key()]), p.name())
    });
    let moves = order
        .into_iter()
        .map(|parameter| Move {
            parameter,
            up: up(&parameters[parameter]),
        })
        .collect();
    Trajectory { start, moves }
}

/// The trajectory of k + 1 rows, or the first row that is not on it.
pub(super) fn read_back(
    parameters: &[Parameter],
    levels: u32,
    rows: &[Vec<f64>],
) -> Result<Trajectory, usize> {
    let steps = f64::from(levels - 1);
    let level = |p: &Parameter, x: f64| {
        let place = (x - p.low()) / (p.high() - p.low()) * steps;
        let near = place.round();
        ((place - near).abs() <= OFF_GRID_MAX && (0.0..=steps).contains(&near))
            .then_some(near as u32)
    };
    let mut grid = Vec::with_capacity(rows.len());
    for (r, row) in rows.iter().enumerate() {
        let columns = parameters.iter().zip(row);
        let at: Option<Vec<u32>> = columns.map(|(p, x)| level(p, *x)).collect();
        grid.push(
            at.filter(|at| at.len() == row.len() && at.len() == parameters.len())
                .ok_or(r)?,
        );
    }
    let mut moves: Vec<Move> = Vec::new();
    for (r, pair) in grid.windows(2).enumerate() {
        let mut moved = (0..parameters.len()).filter(|j| pair[0][*j] != pair[1][*j]);
        let parameter = moved.next().ok_or(r + 1)?;
        let again = moves.iter().any(|m| m.parameter == parameter);
        let (before, after) = (pair[0][parameter], pair[1][parameter]);
        if moved.next().is_some() || again || before.abs_diff(after) != levels / 2 {
            return Err(r + 1);
        }
        moves.push(Move {
            parameter,
            up: after > before,
        });
    }
    let start = grid.swap_remove(0);
    Ok(Trajectory { start, moves })
}

#[cfg(test)]
mod tests {
    use super::super::{Design, MorrisError};
    use super::*;

    fn space() -> Vec<Parameter> {
        vec![
            Parameter::new("tax", 0.0, 0.3).unwrap(),
            Parameter::new("audit", -1.0, 2.0).unwrap(),
            Parameter::new("bond", 10.0, 70.0).unwrap(),
        ]
    }

    #[test]
    fn points_are_trajectories_and_read_back() {
        // What is written is read back as the same design; a bent row is named; starts and directions differ among trajectories.
        let design = Design::new(space(), 6, 20, &Draws::new(2)).unwrap();
        let mut points = design.points();
        assert_eq!(points.len(), 80);
        assert_eq!(Design::of_points(space(), 6, &points), Ok(design.clone()));
        assert!(design.trajectories.windows(2).any(|t| t[0] != t[1]));
        points[5][0] += 0.001;
        assert_eq!(
            Design::of_points(space(), 6, &points),
            Err(MorrisError::NotATrajectory { point: 5 })
        );
    }

    #[test]
    fn a_further_parameter_leaves_the_others() {
        // Without "bond", starts and directions are the same and the order is the old one with bond's move left out.
        let all = Design::new(space(), 4, 8, &Draws::new(3)).unwrap();
        let two = Design::new(space()[..2].to_vec(), 4, 8, &Draws::new(3)).unwrap();
        for (a, b) in all.trajectories.iter().zip(&two.trajectories) {
            assert_eq!(a.start[..2], b.start);
            let kept: Vec<Move> = a
                .moves
                .iter()
                .copied()
                .filter(|m| m.parameter < 2)
                .collect();
            assert_eq!(kept, b.moves);
        }
    }
}
