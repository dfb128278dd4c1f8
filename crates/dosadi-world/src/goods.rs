//! The goods of the city: five that people need, five that are forbidden.
//!
//! One table for each family; everything that depends on a good reads it here. Money is in micro-credits, needs are per head
//! and day. Source: design page of the Dosadi model, section 1.1. Not here: stocks and prices (`state::stores`).

/// Number of legal goods.
pub const GOODS: usize = 5;
/// Number of contraband kinds.
pub const CONTRABAND: usize = 5;
/// Goods whose sum is conserved: the legal ones, then the contraband kinds.
pub const KINDS: usize = GOODS + CONTRABAND;

/// Place of water in [`LEGAL`].
pub const WATER: usize = 0;
/// Place of food.
pub const FOOD: usize = 1;
/// Place of suits.
pub const SUITS: usize = 2;
/// Place of medical supplies.
pub const MEDICAL: usize = 3;
/// Place of materials.
pub const MATERIALS: usize = 4;

/// Place of suit modifications in [`ILLEGAL`].
pub const SUIT_MODS: usize = 0;
/// Place of narcotics.
pub const NARCOTICS: usize = 1;
/// Place of weapon parts.
pub const WEAPON_PARTS: usize = 2;
/// Place of stolen goods.
pub const STOLEN_GOODS: usize = 3;
/// Place of raider supplies.
pub const RAIDER_SUPPLIES: usize = 4;

/// A good that people need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Good {
    /// Name in logs and vaults.
    pub name: &'static str,
    /// Base price, micro-credits a unit.
    pub base: i64,
    /// Units a head needs in a day.
    pub need: f64,
    /// Price elasticity e of consumption: `want = need·exp(−e·ln p)`.
    pub elasticity: f64,
    /// 1/η: how much the price answers to scarcity.
    pub scarcity: f64,
    /// Days of need that a ward keeps in stock.
    pub cover_days: f64,
    /// Spoilage, parts per million and day.
    pub spoil_ppm: i64,
    /// Weight ω in hardship; the five sum to 1.
    pub weight: f64,
    /// Supply over need in the generated city.
    pub slack: f64,
}

/// The legal goods.
pub const LEGAL: [Good; GOODS] = [
    Good {
        name: "water",
        base: 1_000_000,
        need: 1.0,
        elasticity: 0.15,
        scarcity: 0.80,
        cover_days: 4.0,
        spoil_ppm: 2000,
        weight: 0.35,
        slack: 1.10,
    },
    Good {
        name: "food",
        base: 2_000_000,
        need: 1.0,
        elasticity: 0.22,
        scarcity: 0.80,
        cover_days: 6.0,
        spoil_ppm: 8000,
        weight: 0.30,
        slack: 1.14,
    },
    Good {
        name: "suits",
        base: 40_000_000,
        need: 0.02,
        elasticity: 0.45,
        scarcity: 0.60,
        cover_days: 20.0,
        spoil_ppm: 0,
        weight: 0.12,
        slack: 1.10,
    },
    Good {
        name: "medical",
        base: 10_000_000,
        need: 0.06,
        elasticity: 0.30,
        scarcity: 0.70,
        cover_days: 10.0,
        spoil_ppm: 3000,
        weight: 0.15,
        slack: 1.12,
    },
    Good {
        name: "materials",
        base: 5_000_000,
        need: 0.10,
        elasticity: 0.60,
        scarcity: 0.60,
        cover_days: 10.0,
        spoil_ppm: 0,
        weight: 0.08,
        slack: 1.10,
    },
];

/// How much medical need grows with harm.
pub const MEDICAL_NEED_PER_HARM: f64 = 0.3;

/// A contraband kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contraband {
    /// Name in logs and vaults.
    pub name: &'static str,
    /// Base price, micro-credits a unit.
    pub base: i64,
    /// Legal good it is made of: place, then units of it per two units of contraband. `None`: robbed, not made.
    pub input: Option<(usize, i64)>,
    /// Legal good it relieves.
    pub relieves: usize,
    /// Units of that good one unit stands for.
    pub relief: f64,
    /// Harm of one unit.
    pub harm: f64,
    /// Units a head asks for in a day, before the drivers.
    pub demand: f64,
    /// Drivers of demand: constant, tolerance, shortage of the relieved good, corruption.
    pub drivers: [f64; 4],
    /// Units of the relieved good that half of a disposed unit gives back to the ward; 0: it is destroyed whole.
    pub returns: bool,
}

/// The contraband kinds.
pub const ILLEGAL: [Contraband; CONTRABAND] = [
    Contraband {
        name: "suit_mods",
        base: 60_000_000,
        input: Some((SUITS, 1)),
        relieves: SUITS,
        relief: 0.8,
        harm: 0.10,
        demand: 0.0016,
        drivers: [0.2, 0.5, 2.0, 0.3],
        returns: true,
    },
    Contraband {
        name: "narcotics",
        base: 50_000_000,
        input: Some((MEDICAL, 4)),
        relieves: MEDICAL,
        relief: 0.8,
        harm: 0.40,
        demand: 0.0016,
        drivers: [0.3, 1.0, 0.5, 0.4],
        returns: false,
    },
    Contraband {
        name: "weapon_parts",
        base: 80_000_000,
        input: Some((MATERIALS, 10)),
        relieves: MATERIALS,
        relief: 0.0,
        harm: 0.80,
        demand: 0.0008,
        drivers: [0.1, 0.6, 0.6, 0.6],
        returns: false,
    },
    Contraband {
        name: "stolen_goods",
        base: 40_000_000,
        input: None,
        relieves: FOOD,
        relief: 8.0,
        harm: 0.10,
        demand: 0.0020,
        drivers: [0.3, 0.8, 1.5, 0.2],
        returns: true,
    },
    Contraband {
        name: "raider_supplies",
        base: 60_000_000,
        input: Some((WATER, 40)),
        relieves: WATER,
        relief: 18.0,
        harm: 0.25,
        demand: 0.0014,
        drivers: [0.1, 0.5, 2.5, 0.3],
        returns: true,
    },
];

/// Credits of robbed cargo that become one unit of stolen goods, in micro-credits.
pub const ROBBED_VALUE_PER_UNIT: i64 = 16_000_000;

/// Name of a conserved kind: legal goods first.
pub fn kind_name(kind: usize) -> &'static str {
    if kind < GOODS {
        LEGAL[kind].name
    } else {
        ILLEGAL[kind - GOODS].name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_hardship_are_a_whole() {
        // Hardship is a share of need that is not met, so the weights must sum to one.
        let sum: f64 = LEGAL.iter().map(|g| g.weight).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
}
