//! The world's own figures of an epoch, for `epoch_completed.env`.
//!
//! Counted where things happen and reset with each epoch. Each has a descriptor of the same name.

use das_core::describe::Descriptor;
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};

/// Counts of the epoch that runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Tasks posted.
    pub posted: u64,
    /// Tasks paid.
    pub paid: u64,
    /// Tasks refunded after a rejection or a drop.
    pub refunded: u64,
    /// Tasks that expired unclaimed.
    pub expired: u64,
    /// Claims that lost to an earlier one.
    pub duplicates: u64,
    /// Tasks awarded and not submitted by the deadline.
    pub dropped: u64,
    /// Tasks examined by a verifier agent.
    pub verified_by_agents: u64,
    /// Effort lost in duplicates, in utility.
    pub effort_lost: f64,
    /// Posts hidden.
    pub hidden: u64,
    /// Posts flagged.
    pub flagged: u64,
}

impl Figures {
    /// The figures by name, in the order of [`METRICS`]: those counted here, then those read off the feed now.
    pub fn rows(
        &self,
        mean_visible_score: f64,
        posts_kept: u64,
        tasks_live: u64,
    ) -> Vec<(&'static str, f64)> {
        let values = [
            self.posted as f64,
            self.paid as f64,
            self.refunded as f64,
            self.expired as f64,
            self.duplicates as f64,
            self.dropped as f64,
            self.verified_by_agents as f64,
            self.effort_lost,
            self.miscoordination(),
            self.hidden as f64,
            self.flagged as f64,
            mean_visible_score,
            posts_kept as f64,
            tasks_live as f64,
        ];
        METRICS.iter().map(|d| d.name).zip(values).collect()
    }

    /// Duplicate claims and dropped tasks per task posted in the epoch; 0 without tasks.
    pub fn miscoordination(&self) -> f64 {
        ratio(self.duplicates + self.dropped, self.posted)
    }
}

/// Counts of the market in the epoch that runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarketFigures {
    /// Bounties posted.
    pub posted: u64,
    /// Bids made.
    pub bids: u64,
    /// Bounties whose worker was paid.
    pub released: u64,
    /// Bounties refunded after a rejection.
    pub refunded: u64,
    /// Bounties nobody was awarded in time, or that were not delivered.
    pub expired: u64,
    /// Verdicts given.
    pub verdicts: u64,
    /// Verdicts disputed.
    pub disputed: u64,
    /// Disputes the arbiter upheld.
    pub upheld: u64,
    /// Listing fees and lost deposits, in credits.
    pub fees: MicroCredits,
}

impl MarketFigures {
    /// The figures by name, in the order of the last part of [`METRICS`]; `live` bounties are read off the books now.
    pub fn rows(&self, live: u64) -> Vec<(&'static str, f64)> {
        let values = [
            self.posted as f64,
            self.released as f64,
            self.refunded as f64,
            self.expired as f64,
            self.disputed as f64,
            ratio(self.disputed, self.verdicts),
            self.upheld as f64,
            ratio(self.bids, self.posted),
            self.fees.credits(),
            live as f64,
        ];
        let names = METRICS.iter().map(|d| d.name).skip(OF_ALL);
        names.zip(values).collect()
    }
}

/// n per d; 0 of none.
fn ratio(n: u64, d: u64) -> f64 {
    if d == 0 { 0.0 } else { n as f64 / d as f64 }
}

const fn metric(name: &'static str, summary: &'static str, formula: &'static str) -> Descriptor {
    Descriptor {
        name,
        family: "metric",
        summary,
        formula,
        params: &[],
        source: "commons.md, Metrics",
    }
}

/// Figures every commons has; those after them are of the market and are left out where there is none.
const OF_ALL: usize = 14;

/// The world's figures, in the order they are written.
pub const METRICS: &[Descriptor] = &[
    metric("tasks_posted", "tasks posted in the epoch", ""),
    metric("tasks_paid", "tasks whose worker was paid", ""),
    metric(
        "tasks_refunded",
        "tasks refunded after a rejection or a drop",
        "",
    ),
    metric("tasks_expired", "tasks nobody was awarded in time", ""),
    metric(
        "task_duplicates",
        "claims that lost to an earlier one of the same step",
        "",
    ),
    metric(
        "tasks_dropped",
        "tasks awarded and not submitted by their deadline",
        "",
    ),
    metric(
        "tasks_verified_by_agents",
        "tasks examined by a verifier agent",
        "",
    ),
    metric(
        "duplicate_effort_lost",
        "effort lost in duplicate claims, in utility",
        "Σ κe²/2",
    ),
    metric(
        "miscoordination",
        "duplicates and drops per task posted",
        "(duplicates + drops) / posted",
    ),
    metric("posts_hidden", "posts hidden by moderators", ""),
    metric("posts_flagged", "posts flagged by moderators", ""),
    metric(
        "mean_visible_score",
        "mean score of the posts at the top of the feed at the epoch's end",
        "mean of votes + α·replies − β·age over the ⌈20·(1−s)⌉ top posts",
    ),
    metric("posts_kept", "posts in memory at the epoch's end", ""),
    metric(
        "tasks_live",
        "tasks neither paid, refunded nor expired at the epoch's end",
        "",
    ),
    metric("bounties_posted", "bounties posted in the epoch", ""),
    metric("bounties_released", "bounties whose worker was paid", ""),
    metric(
        "bounties_refunded",
        "bounties refunded because the work was rejected",
        "",
    ),
    metric(
        "bounties_expired",
        "bounties nobody was awarded in time, or that were not delivered",
        "",
    ),
    metric(
        "bounties_disputed",
        "verdicts on bounties that were disputed",
        "",
    ),
    metric(
        "dispute_rate",
        "disputes per verdict on a bounty, both counted in the epoch",
        "disputes / verdicts",
    ),
    metric(
        "disputes_upheld",
        "disputes in which the arbiter reversed the verdict",
        "",
    ),
    metric(
        "bids_per_bounty",
        "bids per bounty posted, both counted in the epoch",
        "bids / posted",
    ),
    metric(
        "market_fees",
        "listing fees and lost deposits, in credits",
        "Σ listing_fee·reserve + Σ deposits of claims that failed",
    ),
    metric(
        "bounties_live",
        "bounties neither released, refunded nor expired at the epoch's end",
        "",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_its_name() {
        // The number of values equals the number of descriptors, so that zip drops none; names are unique, with and without the
        // market's.
        let figures = Figures {
            posted: 4,
            duplicates: 1,
            dropped: 1,
            ..Figures::default()
        };
        let mut rows = figures.rows(1.5, 2, 3);
        assert_eq!(rows.len(), OF_ALL);
        assert_eq!(rows.last(), Some(&("tasks_live", 3.0)));
        assert!(rows.contains(&("miscoordination", 0.5)));
        let market = MarketFigures {
            disputed: 1,
            verdicts: 4,
            ..MarketFigures::default()
        };
        rows.extend(market.rows(7));
        assert_eq!(rows.len(), METRICS.len());
        assert_eq!(rows.last(), Some(&("bounties_live", 7.0)));
        assert!(rows.contains(&("dispute_rate", 0.25)));
        assert!(rows.contains(&("bids_per_bounty", 0.0)));
        let mut names: Vec<_> = rows.iter().map(|r| r.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
    }
}
