//! What each lever took, used up and punished: one account a lever.
//!
//! Fed by the hub where it books a lever's acts, merged from epochs into the run. Every figure is a fold over the log: fines, slashes and
//! sanctions from `governance_sanction`, `governance_fee` and `governance_slash`, what else was taken on an interaction from its
//! `fee_a` and `fee_b`. Not here: what a lever does, and whether conduct was honest (the world says so to the hub).

use crate::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The account of one lever.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Account {
    taken_micros: i128,
    real_cost: f64,
    sanctions: u64,
    false_sanctions: u64,
}

/// The accounts of all levers that did something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Accounts(BTreeMap<String, Account>);

/// What a lever came to in an epoch or a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeverRecord {
    /// Money it took from agents, in credits: taxes, fines, slashed stake.
    pub taken: f64,
    /// Resources it used up, in utility.
    pub governance_cost: f64,
    /// Sanctions on conduct.
    pub sanctions: u64,
    /// Those that met an agent whose conduct was honest.
    pub false_sanctions: u64,
}

impl Accounts {
    fn of(&mut self, lever: &str) -> &mut Account {
        if !self.0.contains_key(lever) {
            self.0.insert(lever.to_owned(), Account::default());
        }
        match self.0.get_mut(lever) {
            Some(account) => account,
            None => unreachable!("it was put there"),
        }
    }

    /// Money it took.
    pub(super) fn taken(&mut self, lever: &str, amount: MicroCredits) {
        if amount != MicroCredits::ZERO {
            self.of(lever).taken_micros += i128::from(amount.0);
        }
    }

    /// Resources it used up.
    pub(super) fn cost(&mut self, lever: &str, real_cost: f64) {
        if real_cost != 0.0 {
            self.of(lever).real_cost += real_cost;
        }
    }

    /// A sanction, and whether it met honest conduct.
    pub(super) fn sanction(&mut self, lever: &str, clean: bool) {
        let account = self.of(lever);
        account.sanctions += 1;
        account.false_sanctions += u64::from(clean);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (lever, theirs) in &other.0 {
            let mine = self.of(lever);
            mine.taken_micros += theirs.taken_micros;
            mine.real_cost += theirs.real_cost;
            mine.sanctions += theirs.sanctions;
            mine.false_sanctions += theirs.false_sanctions;
        }
    }

    /// Sanctions of all levers, and the false ones among them.
    pub(super) fn sanctions(&self) -> (u64, u64) {
        self.0.values().fold((0, 0), |(all, clean), account| {
            (all + account.sanctions, clean + account.false_sanctions)
        })
    }

    pub(super) fn records(&self) -> BTreeMap<String, LeverRecord> {
        (self.0.iter())
            .map(|(lever, account)| {
                let record = LeverRecord {
                    taken: account.taken_micros as f64 / crate::units::MICROS_PER_CREDIT as f64,
                    governance_cost: account.real_cost,
                    sanctions: account.sanctions,
                    false_sanctions: account.false_sanctions,
                };
                (lever.clone(), record)
            })
            .collect()
    }
}
