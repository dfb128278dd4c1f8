//! Stocks and prices by ward and good: columns row-major by ward, place `w·5 + g`.
//!
//! `Invariant: no stock is below zero` (checked every day by `systems::conservation`). Not here: who owns stocks: the depot of a
//! ward is public, households draw from it without paying, so money moves only when goods cross wards.

use crate::goods::{CONTRABAND, GOODS};
use serde::{Deserialize, Serialize};

/// Place of a good of a ward.
#[inline]
pub fn at(ward: usize, good: usize) -> usize {
    ward * GOODS + good
}

/// Everything stored, by ward and good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stores {
    /// Units in the ward's depot.
    pub stock: Vec<i64>,
    /// Units under way to here, good ones.
    pub inbound: Vec<i64>,
    /// Price, micro-credits a unit.
    pub price: Vec<i64>,
    /// ln(price ÷ base).
    pub ln_price: Vec<f64>,
    /// Units a day made at normal times.
    pub capacity: Vec<i64>,
    /// Capacity less need at genesis, at least 0: the rank of a source in legal trade. Never changes.
    pub surplus: Vec<i64>,
    /// Slow shock of production.
    pub shock: Vec<f64>,
    /// First day after an outage.
    pub outage_until: Vec<u32>,
    /// Units a day needed.
    pub need: Vec<f64>,
    /// Unmet share of need, exponential mean, 0..=1.
    pub unmet: Vec<f64>,
    /// Units of need met by contraband since the last consumption.
    pub relief: Vec<f64>,
    /// Contraband on the black market, units.
    pub market: Vec<i64>,
    /// Contraband under way to here.
    pub market_inbound: Vec<i64>,
    /// Contraband seized and kept here.
    pub custody: Vec<i64>,
    /// Price of contraband, micro-credits a unit.
    pub market_price: Vec<i64>,
    /// ln(price ÷ base) of contraband.
    pub market_ln_price: Vec<f64>,
    /// Units of contraband asked for a day at base price.
    pub demand: Vec<f64>,
    /// Fraction of a unit that consumption carries over.
    pub carry: Vec<f64>,
}

impl Stores {
    /// Empty stores at base prices.
    pub fn new(wards: usize) -> Self {
        let (legal, illegal) = (wards * GOODS, wards * CONTRABAND);
        Self {
            stock: vec![0; legal],
            inbound: vec![0; legal],
            price: vec![0; legal],
            ln_price: vec![0.0; legal],
            capacity: vec![0; legal],
            surplus: vec![0; legal],
            shock: vec![0.0; legal],
            outage_until: vec![0; legal],
            need: vec![0.0; legal],
            unmet: vec![0.0; legal],
            relief: vec![0.0; legal],
            market: vec![0; illegal],
            market_inbound: vec![0; illegal],
            custody: vec![0; illegal],
            market_price: vec![0; illegal],
            market_ln_price: vec![0.0; illegal],
            demand: vec![0.0; illegal],
            carry: vec![0.0; illegal],
        }
    }
}
