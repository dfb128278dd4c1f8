//! Transparency ledger: how an agent's deals looked is published, and pays or costs reputation.
//!
//! Each accepted interaction enters the record of its initiator, who is the one that provides: `good += p`, `bad += 1 − p`. Anybody
//! reads it as [`Society::published`]; who has never initiated an accepted deal has zeros. At the end of an epoch both fade by
//! [`MEMORY`], so a record is at most worth the deals of about ten epochs. Besides, the initiator's reputation changes by
//! `(p − threshold) · rate`, up or down.
//!
//! A reader that holds a Beta belief (α, β) with prior mean μ and weight n₀ about the agent takes the record in as `w` further
//! observations of its share, `w = min(10, good + bad)`: `m = (n₀μ + α + w·good/(good + bad)) / (n₀ + α + β + w)`.
//!
//! Source: reputation as in the public reference package (its transparency lever); record, fading and reading as in the commons
//! model, sections 3 and 4. It sees p, the gauge: a deceiver that looks good is published as good. It publishes about the initiator
//! only, because the model page (section 6) measured that records of both sides punish the victims as well.
//!
//! Not here: who reads the record (views and policies), and what partners say of each other later on: no lever hears of it.

use crate::config::GovernanceConfig;
use das_core::describe::{Descriptor, Param};
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::rng::Draws;
use das_core::society::{Published, Society};
use das_core::state::{LoadError, Loader, Saver};

/// What is left of a record after an epoch (commons model, section 4: ledger counts ·.9).
pub const MEMORY: f64 = 0.9;

/// What the transparency ledger is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "transparency",
    family: "lever",
    summary: "How an initiator's deals looked is published for all to read, and changes its reputation.",
    formula: "accepted: R_a += (p − threshold)·rate; good += p, bad += 1 − p; both ·.9 each epoch",
    params: &[
        Param {
            name: "transparency",
            range: "true | false",
            default: "false",
            doc: "whether deals are published",
        },
        Param {
            name: "transparency_bonus_rate",
            range: "0..=1000000",
            default: "0.1",
            doc: "reputation points of the initiator per unit of p above the threshold; 0 publishes only",
        },
        Param {
            name: "transparency_threshold",
            range: "0..=1",
            default: "0.5",
            doc: "p above which reputation is gained and below which it is lost",
        },
    ],
    source: "public reference package: transparency; commons model, lever table: ledger",
};

/// Change of the initiator's reputation by an accepted interaction, `(p − threshold)·rate` points.
#[inline]
pub fn bonus(p: f64, threshold: f64, rate: f64) -> f64 {
    (p - threshold) * rate
}

/// A record with one more accepted deal of this p.
#[inline]
pub fn with_deal(record: Published, p: f64) -> Published {
    Published {
        good: record.good + p,
        bad: record.bad + (1.0 - p),
    }
}

/// A record an epoch later.
#[inline]
pub fn faded(record: Published) -> Published {
    Published {
        good: record.good * MEMORY,
        bad: record.bad * MEMORY,
    }
}

/// The transparency ledger.
#[derive(Clone, Debug)]
pub struct Transparency {
    rate: f64,
    threshold: f64,
    /// By agent, up to the last one that has initiated an accepted deal.
    records: Vec<Published>,
}

impl Transparency {
    /// The ledger of this configuration, if there is one.
    pub fn from_config(config: &GovernanceConfig) -> Option<Self> {
        config.transparency.then(|| Self {
            rate: config.transparency_bonus_rate,
            threshold: config.transparency_threshold,
            records: Vec::new(),
        })
    }
}

impl GovernanceLever for Transparency {
    fn name(&self) -> &'static str {
        DESCRIPTOR.name
    }

    fn review(&mut self, scored: &Scored, _society: &Society, _draws: &Draws) -> Effect {
        if !scored.accepted {
            return Effect::none();
        }
        let who = scored.initiator;
        if who.index() >= self.records.len() {
            self.records.resize(who.index() + 1, Published::default());
        }
        let record = &mut self.records[who.index()];
        *record = with_deal(*record, scored.p);
        let effect = Effect::none().and(Act::Publish(who, *record));
        match bonus(scored.p, self.threshold, self.rate) {
            0.0 => effect,
            delta => effect.and(Act::Reputation(who, delta)),
        }
    }

    fn on_epoch_end(&mut self, society: &Society, _draws: &Draws) -> Effect {
        let mut effect = Effect::none();
        for (who, record) in society.ids().zip(&mut self.records) {
            *record = faded(*record);
            if society.is_live(who) && *record != Published::default() {
                effect.acts.push(Act::Publish(who, *record));
            }
        }
        effect
    }

    fn published(&self) -> &[Published] {
        &self.records
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.records);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.records = from.take()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_deals_and_forgets_a_tenth_an_epoch() {
        // Two deals weigh two; whoever goes on at one deal an epoch ends with a record worth ten before, nine after fading.
        let two = with_deal(with_deal(Published::default(), 0.75), 0.25);
        assert_eq!(
            two,
            Published {
                good: 1.0,
                bad: 1.0
            }
        );
        let mut record = Published::default();
        for _ in 0..400 {
            record = faded(with_deal(record, 0.8));
        }
        assert!((record.good + record.bad - 9.0).abs() < 1e-9, "{record:?}");
        assert!((record.good / (record.good + record.bad) - 0.8).abs() < 1e-9);
    }
}
