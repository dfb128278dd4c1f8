//! The smuggling network of a faction: what to send where, by which route, and which posts to bribe.
//!
//! Once for each shipment it may send today: the commodity with the highest `preference · relative price · (0.5 + U)`, its two best
//! sources and destinations, the candidate routes between them, and the one with the highest
//! `EV = value − inputs − value·(Σrisk + Σcost) − freight`; it is sent if EV exceeds a share of the value. Then one budget of bribes
//! goes to the borders ahead, by `value·(1 − risk)·tolerance·(0.3 + 0.7·norm)`. What it knows of corridors is the network's, in the
//! world, and learned there (`systems::learning`). Source: model page, section 3, stage 5; seed 001, sections 5 and 6.

use crate::act::{Action, Allotment, Plan, Response};
use crate::goods::{ILLEGAL, STOLEN_GOODS};
use crate::state::shipments::{Bid, Choice, Considered};
use crate::systems::smuggling::UNITS_MIN;
use crate::view::DosadiView;
use crate::world::Dosadi;
use das_core::agent::{BaseAgent, Decision, Offer, Phase, Turn};
use das_core::describe::{Descriptor, Param};
use das_core::environment::Environment;
use das_core::rng::Stream;
use das_core::state::{LoadError, Loader, Saver};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sources and destinations looked at for a shipment.
const PLACES: usize = 2;
/// Weight of a destination where the faction is not present at all.
const ABSENT: f64 = 0.2;

/// The policy as listings and help show it.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "smuggler",
    family: "agent",
    summary: "sends contraband by the route of highest expected profit and bribes soft borders from one budget a day",
    formula: "EV = value - inputs - value*(sum risk + sum cost) - freight; bribe weight = value*(1-risk)*tolerance*(.3+.7*norm)",
    params: &[
        Param {
            name: "margin",
            range: "0..=1",
            default: "0.05",
            doc: "least expected profit as a share of the cargo's value",
        },
        Param {
            name: "caution",
            range: "0..=10",
            default: "1.0",
            doc: "factor on the risks it has learned when it weighs a route",
        },
        Param {
            name: "bribes",
            range: "0..=1",
            default: "1.0",
            doc: "share of the day's bribe budget that it sets aside",
        },
    ],
    source: "Dosadi model page, section 3, stage 5; seed 001, sections 5 and 6",
};

/// Parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SmugglerParams {
    /// Least expected profit as a share of the cargo's value.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub margin: f64,
    /// Factor on expected risks.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub caution: f64,
    /// Share of the bribe budget that is set aside.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub bribes: f64,
}

impl Default for SmugglerParams {
    fn default() -> Self {
        Self {
            margin: 0.05,
            caution: 1.0,
            bribes: 1.0,
        }
    }
}

/// How far today's turn has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Today {
    day: Option<u32>,
    /// Shipments thought about.
    slot: u32,
    /// Routes evaluated.
    evaluated: u32,
    /// Routes that were told to the world with a plan.
    counted: u32,
    /// Whether bribes were set aside.
    bribed: bool,
}

/// The policy.
#[derive(Clone, Debug)]
pub struct Smuggler {
    params: SmugglerParams,
    today: Today,
}

/// The best option and the runner-up.
#[derive(Default)]
struct Ranking {
    best: Option<Considered>,
    second: Option<Considered>,
}

impl Ranking {
    /// Takes an option in; of equals the first stays ahead.
    fn consider(&mut self, option: Considered) {
        let beats = |held: &Option<Considered>| {
            held.as_ref()
                .is_none_or(|held| option.expected > held.expected)
        };
        if beats(&self.best) {
            self.second = self.best.replace(option);
        } else if beats(&self.second) {
            self.second = Some(option);
        }
    }
}

/// The best few wards of a list by another score; of equals the one listed first.
fn foremost(list: &[(u32, f64)], score: impl Fn(u32, f64) -> f64) -> [Option<u32>; PLACES] {
    let mut best: [Option<(u32, f64)>; PLACES] = [None; PLACES];
    for &(ward, listed) in list {
        let value = score(ward, listed);
        let mut carried = Some((ward, value));
        for place in &mut best {
            let Some(mine) = carried else { break };
            if place.is_none_or(|held| mine.1 > held.1) {
                carried = place.replace(mine);
            }
        }
    }
    best.map(|place| place.map(|(ward, _)| ward))
}

impl Smuggler {
    /// A fresh agent.
    pub fn new(params: SmugglerParams) -> Self {
        Self {
            params,
            today: Today::default(),
        }
    }

    /// The kind to send: argmax of preference, relative price and luck, among those that can be had at all.
    fn commodity(seen: &DosadiView<'_>, rng: &mut Stream) -> Option<usize> {
        let network = seen.network()?;
        let mut best = None;
        for (kind, table) in ILLEGAL.iter().enumerate() {
            let luck = 0.5 + rng.unit();
            let wanted = seen.destinations(kind);
            let none = if kind == STOLEN_GOODS {
                network.stash < UNITS_MIN
            } else {
                seen.sources(kind).is_empty()
            };
            if none || wanted.is_empty() {
                continue;
            }
            let mut price = 0.0;
            for &(ward, _) in wanted {
                price += seen.market_price(ward, kind) as f64;
            }
            let relative = price / (wanted.len() as f64 * table.base as f64);
            let score = network.prefs[kind] * relative * luck;
            if score > 0.0 && best.is_none_or(|(_, held)| score > held) {
                best = Some((kind, score));
            }
        }
        best.map(|(kind, _)| kind)
    }

    /// Thinks about one shipment, with at most `most` routes.
    fn plan(&mut self, seen: &DosadiView<'_>, rng: &mut Stream, most: u32) -> Option<Plan> {
        let kind = Self::commodity(seen, rng)?;
        let sources = if kind == STOLEN_GOODS {
            [seen.home(), None]
        } else {
            foremost(seen.sources(kind), |ward, listed| {
                seen.presence(ward) * listed
            })
        };
        let destinations = foremost(seen.destinations(kind), |ward, _| {
            (ABSENT + seen.presence(ward)) * seen.market_price(ward, kind) as f64
        });
        let mut ranking = Ranking::default();
        let mut evaluated = 0;
        for source in sources.into_iter().flatten() {
            for destination in destinations.into_iter().flatten() {
                let units = seen.lot(kind, source, destination);
                if source == destination || units == 0 || evaluated >= most {
                    continue;
                }
                let value = seen.revenue(kind, units, destination);
                let bought = seen.input_cost(kind, units, source);
                let routes = seen.candidates(source, destination);
                for (index, route) in routes.iter().enumerate().take((most - evaluated) as usize) {
                    evaluated += 1;
                    let (mut risk, mut cost) = (0.0, 0.0);
                    for &corridor in &route.corridors {
                        let (r, c) = seen.estimate(corridor);
                        risk += r;
                        cost += c;
                    }
                    let freight = seen.freight(units, &route.corridors);
                    if bought + freight > seen.cash() {
                        continue;
                    }
                    let loss = value as f64 * (self.params.caution * risk + cost);
                    ranking.consider(Considered {
                        source,
                        destination,
                        route: index as u8,
                        hops: route.corridors.len() as u16,
                        risk,
                        cost,
                        freight,
                        value,
                        expected: (value - bought - freight) as f64 - loss,
                    });
                }
            }
        }
        self.today.evaluated += evaluated;
        let best = ranking.best?;
        if best.expected <= self.params.margin * best.value as f64 {
            return None;
        }
        let route = seen
            .candidates(best.source, best.destination)
            .get(usize::from(best.route))?
            .corridors
            .clone();
        let counted = self.today.evaluated - self.today.counted;
        self.today.counted = self.today.evaluated;
        Some(Plan {
            kind: kind as u8,
            units: seen.lot(kind, best.source, best.destination),
            route,
            choice: Choice {
                best,
                second: ranking.second,
                evaluated: counted,
            },
        })
    }

    /// One budget over all borders that today's cargo will meet.
    fn allot(&self, seen: &DosadiView<'_>) -> Vec<(u32, Vec<Bid>)> {
        let shipments = seen.shipments_today();
        let budget = (self.params.bribes * seen.bribe_budget() as f64).floor() as i64;
        let mut weighed = Vec::new();
        let mut total = 0.0;
        for (ordinal, shipment) in shipments.iter().enumerate() {
            for soft in seen.borders_ahead(shipment) {
                let weight = shipment.value as f64
                    * (1.0 - soft.risk)
                    * soft.tolerance
                    * (0.3 + 0.7 * soft.norm);
                if weight > 0.0 {
                    total += weight;
                    weighed.push((ordinal as u32, soft.border, weight, shipment.value));
                }
            }
        }
        let mut left = budget;
        let mut allotted: Vec<(u32, Vec<Bid>)> = Vec::new();
        for (ordinal, border, weight, value) in weighed {
            let share = (budget as f64 * (weight / total)).floor() as i64;
            let amount = share.min(seen.bid_cap(value)).min(left);
            if amount <= 0 {
                continue;
            }
            left -= amount;
            if allotted.last().is_none_or(|(last, _)| *last != ordinal) {
                allotted.push((ordinal, Vec::new()));
            }
            if let Some((_, bids)) = allotted.last_mut()
                && bids.iter().all(|bid| bid.border != border)
            {
                bids.push(Bid { border, amount });
            }
        }
        allotted
    }
}

impl BaseAgent<Dosadi> for Smuggler {
    fn kind(&self) -> &'static str {
        DESCRIPTOR.name
    }

    /// It acts, and makes no offers.
    fn takes_turns(&self, phase: Phase) -> bool {
        phase == Phase::Act
    }

    fn select_action(&mut self, seen: &DosadiView<'_>, turn: Turn<'_>) -> Option<Action> {
        let day = seen.day();
        if self.today.day != Some(day) {
            self.today = Today {
                day: Some(day),
                ..Today::default()
            };
        }
        let slots = seen.slots();
        let most = seen.smuggling().route_topk;
        // The last action of a turn is kept for the bribes.
        while self.today.slot < slots && turn.attempt + 1 < Dosadi::ACTIONS_MAX {
            // What is left of the routes is shared by the shipments that are left, so that the last one has its turn too.
            let left = slots - self.today.slot;
            let share = (most - self.today.evaluated.min(most)).div_ceil(left);
            self.today.slot += 1;
            if let Some(plan) = self.plan(seen, turn.rng, share) {
                return Some(Action::Ship(plan));
            }
        }
        if self.today.bribed || slots == 0 {
            return None;
        }
        self.today.bribed = true;
        let allotment = Allotment {
            bids: self.allot(seen),
            evaluated: self.today.evaluated - self.today.counted,
        };
        self.today.counted = self.today.evaluated;
        (!allotment.bids.is_empty() || allotment.evaluated > 0).then_some(Action::Bribes(allotment))
    }

    /// A seizure is not a question.
    fn accept_interaction(
        &mut self,
        _offer: &Offer<'_, Dosadi>,
        _seen: &DosadiView<'_>,
        _turn: Turn<'_>,
    ) -> Decision<Dosadi> {
        Decision::accept(Response::default(), 0)
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.today);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.today = from.take()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_options_the_first_stays_ahead() {
        // Order of evaluation is the tie-break: source rank, destination rank, route index.
        let option = |route, expected| Considered {
            route,
            expected,
            ..Considered::default()
        };
        let mut ranking = Ranking::default();
        for it in [
            option(0, 5.0),
            option(1, 7.0),
            option(2, 7.0),
            option(3, 6.0),
        ] {
            ranking.consider(it);
        }
        assert_eq!(ranking.best.map(|c| c.route), Some(1));
        assert_eq!(ranking.second.map(|c| c.route), Some(2));
    }

    #[test]
    fn the_two_best_places_are_found_in_order() {
        // The rescored list decides, not the listed order; equals keep it.
        let list = [(7, 1.0), (3, 4.0), (9, 4.0), (1, 2.0)];
        assert_eq!(foremost(&list, |_, s| s), [Some(3), Some(9)]);
        assert_eq!(foremost(&list, |w, _| f64::from(w)), [Some(9), Some(7)]);
        assert_eq!(foremost(&[(4, 1.0)], |_, s| s), [Some(4), None]);
    }
}
