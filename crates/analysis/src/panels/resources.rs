//! Who holds how much.

use super::thinned;
use crate::fold::Fold;
use das_core::detmath::sum;
use das_core::view::{Line, Series};

/// Lorenz curve (Lorenz, Publications of the American Statistical Association 9, 1905) of what live agents hold at the end:
/// x is the share of agents, poorest first, y their share of all money. `None` where the log does not say what anybody holds,
/// or all hold nothing.
pub fn lorenz(fold: &Fold) -> Option<Series> {
    let live = fold.agents.iter().filter(|agent| agent.left.is_none());
    let mut held: Vec<f64> = live.filter_map(|agent| agent.sum.balance).collect();
    held.sort_unstable_by(f64::total_cmp);
    let all = sum(held.iter().copied());
    if all <= 0.0 || !all.is_finite() {
        return None;
    }
    let count = held.len() as f64;
    let mut below = 0.0;
    let mut shares = vec![0.0];
    shares.extend(held.iter().map(|x| {
        below += x;
        below / all
    }));
    let at = thinned(shares.len());
    // The start belongs to the curve, whatever is left out between.
    let at: Vec<usize> = std::iter::once(0)
        .chain(at.into_iter().filter(|at| *at > 0))
        .collect();
    let x: Vec<f64> = at.iter().map(|at| *at as f64 / count).collect();
    let line = |name: &str, values: Vec<Option<f64>>| Line {
        name: name.to_owned(),
        values,
        hidden: false,
    };
    Some(Series {
        title: "Lorenz curve of final balances".to_owned(),
        axis: "share of agents, poorest first".to_owned(),
        lines: vec![
            line(
                "share of all money",
                at.iter().map(|at| Some(shares[*at])).collect(),
            ),
            line("everybody the same", x.iter().copied().map(Some).collect()),
        ],
        x,
        marks: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Agent, Deeds};

    #[test]
    fn the_curve_is_that_of_the_balances() {
        // 1, 1, 2 and 4 credits: the poorest quarter holds an eighth, half a quarter, three quarters a half; who left and who
        // is not known do not count.
        let holds = |balance: Option<f64>, left: Option<u32>| Agent {
            left,
            sum: Deeds {
                balance,
                ..Deeds::default()
            },
            ..Agent::default()
        };
        let mut fold = Fold::default();
        assert!(lorenz(&fold).is_none());
        fold.agents = [4.0, 1.0, 2.0, 1.0].map(|x| holds(Some(x), None)).to_vec();
        fold.agents.push(holds(Some(90.0), Some(3)));
        fold.agents.push(holds(None, None));
        let curve = lorenz(&fold).unwrap();
        assert_eq!(curve.x, [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(
            curve.lines[0].values,
            [0.0, 0.125, 0.25, 0.5, 1.0].map(Some)
        );
    }
}
