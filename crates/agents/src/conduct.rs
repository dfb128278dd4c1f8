//! Arms: the ways of dealing with somebody that a policy chooses among.
//!
//! An arm fixes the hidden conduct (effort, deception, harm) and which of the two customary prices is asked. Not here: which
//! policy has which arms, and when it picks one.

use das_env::act::Conduct;

/// What the initiator of a trade asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Price {
    /// Nothing.
    Free,
    /// The low customary price (`price_low`).
    Low,
    /// The high customary price (`price_high`).
    High,
    /// The initiator pays: bait.
    Bait,
}

/// One way of dealing with somebody.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    /// What it is called in the descriptors and tests.
    pub name: &'static str,
    /// Hidden conduct.
    pub conduct: Conduct,
    /// Price asked when it is used in a trade.
    pub price: Price,
}

impl Arm {
    /// An arm from its numbers: effort e, deception d, harm h.
    pub const fn new(name: &'static str, e: f64, d: f64, h: f64, price: Price) -> Self {
        Self {
            name,
            conduct: Conduct {
                effort: e,
                deception: d,
                harm: h,
            },
            price,
        }
    }
}
