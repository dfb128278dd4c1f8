//! `environment:` of a city: one block a system, defaults of the model page, ranges checked by the JSON Schema.
//!
//! A triple is a value in P0, P1, P2. Source of defaults: design page of the Dosadi model, section 1.2 and the equations of section
//! 3; names of `smuggling:` are those of its specification. `Invariant: a config that passed [`DosadiConfig::problems`] builds a
//! world` (`tests/it/hostile.rs`). Not here: what the constants mean in detail (the systems).

use crate::state::factions::FactionKind;
use das_core::config::TreasuryPolicy;
use das_core::rng::Draws;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Credits that a city holds at most: sums of micro-credits then stay well within an i64.
const MONEY_MAX: f64 = 4e12;
/// People of a generated ward at most.
const PEOPLE_MAX: f64 = 1400.0;

/// How the map is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Generator {
    /// Concentric rings with wells and choke corridors, drawn from the seed.
    #[default]
    City,
    /// Wards in a ring with skip-7 chords: a plain map for comparisons.
    RingChords,
    /// Wards and corridors as written in `wards` and `corridors`.
    Written,
}

/// A ward that is written out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenWard {
    /// Name, unique.
    #[schemars(regex(pattern = r"^[a-z0-9_.-]{1,64}$"))]
    pub name: String,
    /// Polity, from 0 without gaps.
    #[serde(default)]
    #[schemars(range(max = 63))]
    pub polity: u16,
    /// Ring, for pictures.
    #[serde(default)]
    #[schemars(range(max = 15))]
    pub ring: u8,
    /// People.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub people: i64,
    /// Production over own need, by good: water, food, suits, medical, materials.
    #[serde(default = "ones")]
    #[schemars(inner(range(min = 0.0, max = 1000.0)))]
    pub output: [f64; 5],
}

fn thousand() -> i64 {
    1000
}

fn ones() -> [f64; 5] {
    [1.0; 5]
}

fn yes() -> bool {
    true
}

fn one() -> f64 {
    1.0
}

/// A corridor that is written out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenCorridor {
    /// Name of one ward.
    pub from: String,
    /// Name of the other.
    pub to: String,
    /// Length.
    #[serde(default = "one")]
    #[schemars(range(min = 0.01, max = 1000.0))]
    pub distance: f64,
    /// Hazard.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub hazard: f64,
    /// Units of cargo a day; absent, 12 times the mean of people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub capacity: Option<i64>,
    /// Whether anybody may pass.
    #[serde(default = "yes")]
    pub open: bool,
}

/// `environment.map`: the wards and how they hang together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MapConfig {
    /// How it is made.
    pub generator: Generator,
    /// Wards, for the generators.
    #[schemars(range(min = 2, max = 1000))]
    pub wards: u32,
    /// Smuggling factions; absent, a sixth of the wards, 2 to 8 (`ring_chords`: 12).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 64))]
    pub factions: Option<u16>,
    /// Kinds of the factions in turn.
    #[schemars(length(min = 1, max = 16))]
    pub faction_kinds: Vec<FactionKind>,
    /// For `written`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub written_wards: Vec<WrittenWard>,
    /// For `written`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10_000))]
    pub written_corridors: Vec<WrittenCorridor>,
}

impl Default for MapConfig {
    fn default() -> Self {
        Self {
            generator: Generator::City,
            wards: 36,
            factions: None,
            faction_kinds: vec![
                FactionKind::Raiders,
                FactionKind::Mercenary,
                FactionKind::Cult,
            ],
            written_wards: Vec::new(),
            written_corridors: Vec::new(),
        }
    }
}

/// `environment.economy`: production, consumption, prices, public money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EconomyConfig {
    /// Supply over the generated city's own slack.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub slack: f64,
    /// Speed α of prices, a day.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub price_speed: f64,
    /// Money weight ψ: how much a ward's cash raises its prices.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub money_weight: f64,
    /// Elasticity of supply.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub supply_elasticity: f64,
    /// Scale of production shocks and outages; 0 is none.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub shocks: f64,
    /// Share by which wells fail each year.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub well_decline: f64,
    /// Money at genesis, credits a head: wards, polities, guilds.
    #[schemars(inner(range(min = 0.0, max = 1e6)))]
    pub endowment: [f64; 3],
    /// Money of a faction at genesis, credits.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub faction_endowment: f64,
    /// Purse of a customs post at genesis, credits. A purse is spent at a fortieth a day, so on the model page's income of 1,681
    /// credits a year it settles at 40·1681/365 = 184; a deposit that a lever asks for is locked from it.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub post_endowment: f64,
    /// Crown levy: share a week of ward cash above [`EconomyConfig::levy_free`].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub crown_levy: f64,
    /// Cash that the crown levy leaves alone, credits a head.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub levy_free: f64,
}

impl Default for EconomyConfig {
    fn default() -> Self {
        Self {
            slack: 0.98,
            price_speed: 0.20,
            money_weight: 0.35,
            supply_elasticity: 0.4,
            shocks: 1.0,
            well_decline: 0.0,
            endowment: [40.0, 4.0, 1.0],
            faction_endowment: 15_000.0,
            post_endowment: 184.0,
            crown_levy: 0.10,
            levy_free: 45.0,
        }
    }
}

/// `environment.trade`: legal deliveries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TradeConfig {
    /// Off: no legal trade.
    pub enabled: bool,
    /// Merchants' share of the price gap, times U(0.6, 1.4) by guild.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub merchant_share: f64,
    /// Tariff, share of the price at the source, at each border.
    #[schemars(inner(range(min = 0.0, max = 10.0)))]
    pub tariff: [f64; 3],
    /// Deliveries booked a day at most; absent, no bound (`ring_chords`: min(40, wards/4)).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub deliveries_max: Option<u32>,
    /// Dud rates of the guilds in turn.
    #[schemars(length(min = 1, max = 16), inner(range(min = 0.0, max = 1.0)))]
    pub dud_rates: Vec<f64>,
    /// Route risk from which a guild pays an escort.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub escort_from: f64,
    /// Share of robberies an escort prevents.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub escort_effect: f64,
    /// Price of an escort, share of the cargo's value.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub escort_price: f64,
}

impl Default for TradeConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            merchant_share: 0.5,
            tariff: [0.02, 0.05, 0.10],
            deliveries_max: None,
            dud_rates: vec![0.0, 0.0, 0.04, 0.10],
            escort_from: 0.25,
            escort_effect: 0.6,
            escort_price: 0.02,
        }
    }
}

/// `environment.smuggling`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SmugglingConfig {
    /// Off: no contraband moves; nobody else's draws change.
    pub enabled: bool,
    /// Factions that smuggle, in id order.
    #[schemars(range(max = 64))]
    pub max_active_factions: u16,
    /// Shipments a day at most, shared among the factions.
    #[schemars(range(max = 10_000))]
    pub max_shipments_per_day: u32,
    /// Wards on each weekly list of sources and destinations of a commodity.
    #[schemars(range(min = 1, max = 64))]
    pub commodity_topk: u32,
    /// Routes evaluated by a faction in a day at most.
    #[schemars(range(min = 1, max = 1000))]
    pub route_topk: u32,
    /// Candidate routes kept for a pair of wards.
    #[schemars(range(min = 1, max = 16))]
    pub routes_per_pair: u32,
    /// Corridors a network tracks at most.
    #[schemars(range(min = 1, max = 24))]
    pub border_topk: u32,
    /// Learning rate.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub learning_rate: f64,
    /// Forgetting a day: an estimate goes back to its prior as 1/(1 + forget·days).
    #[schemars(range(min = 0.0, max = 10.0))]
    pub forget: f64,
    /// Share of the learning rate with which others learn of a seizure.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rumour: f64,
    /// How much an announced crackdown raises the prior risk of a border.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub public_posture: f64,
    /// Prior risk of a border.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub border_prior: f64,
    /// Share of cash that is the bribe budget of a day.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub bribe_budget_fraction: f64,
    /// Most of a cargo's value that is bid at one border.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub bribe_cap: f64,
    /// Crew wage, credits a day, times U(0.5, 2.5) by faction.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub crew_wage: f64,
    /// Scale of demand for contraband.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub demand: f64,
}

impl Default for SmugglingConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            max_active_factions: 8,
            max_shipments_per_day: 12,
            commodity_topk: 8,
            route_topk: 24,
            routes_per_pair: 4,
            border_topk: 24,
            learning_rate: 0.15,
            forget: 0.03,
            rumour: 0.5,
            public_posture: 0.10,
            border_prior: 0.12,
            bribe_budget_fraction: 0.15,
            bribe_cap: 0.12,
            crew_wage: 190.0,
            demand: 1.0,
        }
    }
}

/// `environment.customs`: posts, inspections, bribes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CustomsConfig {
    /// Off: cargo crosses freely.
    pub enabled: bool,
    /// Probability that a post is manned when cargo comes, else it crosses freely; absent, always.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub manned: Option<f64>,
    /// Probability that cargo is opened, in P0, P1, P2; each between 0 and 1.
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub inspect: [f64; 3],
    /// Probability that opened contraband is found, in P0, P1, P2; each between 0 and 1.
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub detect: [f64; 3],
    /// Scale of the officers' greed: greed is U(0, 1) times this.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub greed: f64,
    /// Added to the greed of a keyed half of the posts: for experiments.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub greed_half: f64,
    /// Probability that a bribe is seen by the public: what the proxy knows of it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub visibility: f64,
}

impl Default for CustomsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            manned: None,
            inspect: [0.12, 0.20, 0.30],
            detect: [0.50, 0.60, 0.70],
            greed: 1.0,
            greed_half: 0.0,
            visibility: 0.35,
        }
    }
}

/// `environment.audits`: inspections of the posts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// Scale of the audit rate; 0 is no audit.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub rate: f64,
    /// Base probability a day, in P0, P1, P2; each between 0 and 1.
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub base: [f64; 3],
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            rate: 1.0,
            base: [0.010, 0.016, 0.022],
        }
    }
}

/// A crackdown that the scenario orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ordered {
    /// Day it begins.
    pub day: u32,
    /// Days it lasts.
    #[schemars(range(min = 1, max = 100_000))]
    pub days: u32,
    /// Intensity.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub intensity: f64,
    /// Border, by number: `das cockpit borders` lists them; absent, the one with most smuggled traffic in the 90 days before that is no bridge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub border: Option<u32>,
}

/// `environment.crackdowns`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CrackdownConfig {
    /// Whether patrol commands order crackdowns of their own.
    pub planner: bool,
    /// Exponent κ of inspections: `p = 1 − (1 − p_inspect)^(1 + κ·i)`.
    #[schemars(range(min = 0.0, max = 20.0))]
    pub exponent: f64,
    /// Crackdowns that the scenario orders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub ordered: Vec<Ordered>,
}

impl Default for CrackdownConfig {
    fn default() -> Self {
        Self {
            planner: true,
            exponent: 3.0,
            ordered: Vec::new(),
        }
    }
}

/// `environment.patrols`: patrol commands guard their most dangerous corridors, week by week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PatrolConfig {
    /// Off: nobody patrols.
    pub enabled: bool,
    /// Corridors a polity patrols at most.
    #[schemars(range(max = 1000))]
    pub corridors_max: u32,
    /// Share of robberies a patrol prevents.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub effect: f64,
    /// Probability that a patrol seizes contraband that passes.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub interdiction: f64,
    /// Wage of a patrol, credits a day, paid to the corridor's wards.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub wage: f64,
}

impl Default for PatrolConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            corridors_max: 1,
            effect: 0.5,
            interdiction: 0.01,
            wage: 20.0,
        }
    }
}

/// `environment.culture`: slow drift of norms and offices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CultureConfig {
    /// Off: tolerance, corruption, legitimacy, unrest and the posts' tolerance stay as founded, and nobody moves.
    pub enabled: bool,
    /// Smuggling tolerance that norms come back to.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub tolerance0: f64,
    /// Corruption that offices come back to.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub corruption0: f64,
    /// Weekly migration along a corridor per unit of difference in hardship.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub migration: f64,
    /// Share of the way to its target that each moves in a week: tolerance, corruption, legitimacy, unrest, tolerance of posts.
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub speed: [f64; 5],
}

impl Default for CultureConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            tolerance0: 0.25,
            corruption0: 0.15,
            migration: 0.01,
            speed: [0.05, 0.04, 0.06, 0.10, 0.10],
        }
    }
}

/// `environment.phases`: when plenty turns to strain and crisis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PhaseConfig {
    /// Off: the phase stays as it began.
    pub enabled: bool,
    /// Phase at genesis.
    #[schemars(range(max = 2))]
    pub initial: u8,
    /// Hardship above, corruption above, legitimacy below which strain (one of three) and crisis (two) begin; absent,
    /// [[0.10, 0.21, 0.58], [0.13, 0.21, 0.54]].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(inner(range(min = 0.0, max = 1.0))))]
    pub worse: Option<[[f64; 3]; 2]>,
    /// Hardship and corruption below and legitimacy above which strain and crisis (all three) end; absent,
    /// [[0.07, 0.18, 0.62], [0.11, 0.20, 0.57]].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(inner(range(min = 0.0, max = 1.0))))]
    pub better: Option<[[f64; 3]; 2]>,
}

impl Default for PhaseConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            initial: 0,
            worse: None,
            better: None,
        }
    }
}

/// `environment.agents.<policy>`: parameters in place of the policy's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgentsConfig {
    /// Parameters of smuggling networks.
    pub smuggler: BTreeMap<String, serde_json::Value>,
    /// Parameters of customs posts.
    pub customs_post: BTreeMap<String, serde_json::Value>,
    /// Parameters of merchant guilds.
    pub merchant_guild: BTreeMap<String, serde_json::Value>,
    /// Parameters of buying wards.
    pub buying_ward: BTreeMap<String, serde_json::Value>,
    /// Parameters of patrol commands.
    pub patrol_command: BTreeMap<String, serde_json::Value>,
}

/// `environment:` with `kind: dosadi`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DosadiConfig {
    /// Wards and corridors.
    pub map: MapConfig,
    /// Production, prices, public money.
    pub economy: EconomyConfig,
    /// Legal deliveries.
    pub trade: TradeConfig,
    /// Smuggling networks.
    pub smuggling: SmugglingConfig,
    /// Customs posts.
    pub customs: CustomsConfig,
    /// Audits of the posts.
    pub audits: AuditConfig,
    /// Crackdowns on borders.
    pub crackdowns: CrackdownConfig,
    /// Patrols on corridors.
    pub patrols: PatrolConfig,
    /// Norms, offices, migration.
    pub culture: CultureConfig,
    /// World phases.
    pub phases: PhaseConfig,
    /// Parameters of the generated agents.
    pub agents: AgentsConfig,
    /// What flows back from the treasury of the levers; `keep` hands it to the crown each morning.
    pub treasury: TreasuryPolicy,
    /// Directory of a saved world to start from; absent, a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub vault: Option<String>,
}

/// A mistake that spans several keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Path below `environment`.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl DosadiConfig {
    /// Mistakes that no single range shows, each with its path.
    pub fn problems(&self) -> Vec<ConfigProblem> {
        let mut found = crate::generate::written::problems(self);
        let money = self.money_max();
        if money > MONEY_MAX {
            found.push(ConfigProblem {
                path: "economy.endowment".to_owned(),
                message: format!(
                    "up to {money:e} credits in all, and the ledger counts {MONEY_MAX:e} at most: endow less, or fewer people"
                ),
            });
        }
        found
    }

    /// Money at genesis at most, credits.
    fn money_max(&self) -> f64 {
        let people = match self.map.generator {
            Generator::Written => self.map.written_wards.iter().map(|w| w.people as f64).sum(),
            Generator::City | Generator::RingChords => PEOPLE_MAX * f64::from(self.map.wards),
        };
        let a_head: f64 = self.economy.endowment.iter().sum();
        let factions = f64::from(crate::generate::offices::faction_count(self));
        let posts = 2.0 * self.borders_max();
        people * a_head
            + factions * self.economy.faction_endowment
            + posts * self.economy.post_endowment
    }

    /// Borders at most: corridors that are written out; a generated map has less than four a ward.
    fn borders_max(&self) -> f64 {
        match self.map.generator {
            Generator::Written => self.map.written_corridors.len() as f64,
            Generator::City | Generator::RingChords => 4.0 * f64::from(self.map.wards),
        }
    }

    /// Mistakes that show on the map of a seed alone: ordered crackdowns on borders that it does not have. A world that goes on from
    /// a vault has the map of the vault, so nothing is said of it. The configuration must have no [`DosadiConfig::problems`].
    pub fn problems_with_seed(&self, seed: u64) -> Vec<ConfigProblem> {
        let ordered = self.crackdowns.ordered.iter().enumerate();
        let named: Vec<(usize, u32)> = ordered
            .filter_map(|(at, order)| Some((at, order.border?)))
            .collect();
        if named.is_empty() || self.vault.is_some() {
            return Vec::new();
        }
        let borders = crate::generate::layout(self, &Draws::new(seed))
            .map()
            .borders
            .len();
        let beyond = named.into_iter().filter(|(_, b)| *b as usize >= borders);
        let refused = |(at, border): (usize, u32)| {
            let there = match borders {
                0 => "has no border: one runs between wards of two polities".to_owned(),
                1 => "has border 0 alone".to_owned(),
                n => format!("has borders 0 to {}", n - 1),
            };
            ConfigProblem {
                path: format!("crackdowns.ordered[{at}].border"),
                message: format!(
                    "there is no border {border}: the map of seed {seed} {there}; without `border` it is the busiest that is no bridge"
                ),
            }
        };
        beyond.map(refused).collect()
    }

    /// Legal deliveries booked a day at most: as configured; else no bound, and min(40, wards/4) on a ring with chords.
    pub fn deliveries_max(&self) -> u32 {
        let plain = match self.map.generator {
            Generator::RingChords => (self.ward_count() / 4).min(40),
            Generator::City | Generator::Written => u32::MAX,
        };
        self.trade.deliveries_max.unwrap_or(plain)
    }

    /// Number of wards the map will have.
    pub fn ward_count(&self) -> u32 {
        match self.map.generator {
            Generator::Written => self.map.written_wards.len() as u32,
            Generator::City | Generator::RingChords => self.map.wards,
        }
    }
}
