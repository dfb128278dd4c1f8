//! What smuggling networks, customs posts and patrol commands see.
//!
//! A network sees prices, stocks and the map, which are public, its own estimates, and how its bribes are likely to be received. A
//! post sees its own officer and the cargo before it. A patrol command sees the telemetry of the borders of its polity. Not
//! here: what any of them does about it (`policies`).

use super::DosadiView;
use crate::act::Passage;
use crate::config::SmugglingConfig;
use crate::goods::ILLEGAL;
use crate::routes::Route;
use crate::state::borders::post_of;
use crate::state::factions::{Faction, Network};
use crate::state::map::NO_BORDER;
use crate::state::offices::Seat;
use crate::state::shipments::Shipment;
use crate::state::stores::at;
use crate::state::wards::Index;
use crate::systems::scores::LOT_DAYS;
use crate::systems::{crackdown, customs, learning, patrols, smuggling};
use std::sync::Arc;

/// A border that a bribe could ease: what bribes are weighed by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softness {
    /// Border.
    pub border: u32,
    /// Expected risk there, 0..=1.
    pub risk: f64,
    /// Tolerance of the officer on the entry side.
    pub tolerance: f64,
    /// Smuggling norm of the ward on the entry side.
    pub norm: f64,
}

impl<'a> DosadiView<'a> {
    /// Own faction.
    pub fn faction(&self) -> Option<u16> {
        match self.seat() {
            Some(Seat::Faction(faction)) => Some(faction),
            _ => None,
        }
    }

    fn own(&self) -> Option<&'a Faction> {
        let id = usize::from(self.faction()?);
        self.world.state.factions.list.get(id)
    }

    /// Own network.
    pub fn network(&self) -> Option<&'a Network> {
        self.own().map(|own| &own.network)
    }

    /// Home ward of the own faction.
    pub fn home(&self) -> Option<u32> {
        self.own().map(|own| own.home)
    }

    /// Rules of smuggling.
    pub fn smuggling(&self) -> &'a SmugglingConfig {
        &self.world.config.smuggling
    }

    /// Shipments the own faction may send today.
    pub fn slots(&self) -> u32 {
        let own = self.faction();
        own.map_or(0, |own| {
            smuggling::slots(self.smuggling(), &self.world.state, own)
        })
    }

    /// Presence of the own faction in a ward, 0..=1.
    pub fn presence(&self, ward: u32) -> f64 {
        let own = self.own().and_then(|own| own.presence.get(ward as usize));
        own.copied().unwrap_or(0.0)
    }

    /// Wards that can supply a kind, best first, with their score: the home ward for what is stolen, if anything is stashed.
    pub fn sources(&self, kind: usize) -> &'a [(u32, f64)] {
        &self.world.state.lists.sources[kind]
    }

    /// Wards that want a kind, best first, with their score.
    pub fn destinations(&self, kind: usize) -> &'a [(u32, f64)] {
        &self.world.state.lists.destinations[kind]
    }

    /// Price of a kind on a ward's black market, micro-credits.
    pub fn market_price(&self, ward: u32, kind: usize) -> i64 {
        self.world.state.stores.market_price[at(ward as usize, kind)]
    }

    /// Units of a kind that may usefully go from one ward to another: even; 0 if fewer than the least.
    ///
    /// `min(12 days of demand − market − under way, 40, 5 % of the source's stock, a third of the cash)`.
    pub fn lot(&self, kind: usize, source: u32, destination: u32) -> i64 {
        let stores = &self.world.state.stores;
        let to = at(destination as usize, kind);
        let wanted = (LOT_DAYS * stores.demand[to]).floor() as i64
            - stores.market[to]
            - stores.market_inbound[to];
        let there = match ILLEGAL[kind].input {
            Some((good, per_two)) => {
                let from = at(source as usize, good);
                let pairs = |inputs: i64| 2 * (inputs / per_two);
                let affordable = self.cash() / 3 / stores.price[from].max(1);
                pairs(stores.stock[from] / 20).min(pairs(affordable))
            }
            None => self.network().map_or(0, |own| own.stash),
        };
        let units = wanted.min(smuggling::UNITS_MAX).min(there) & !1;
        if units >= smuggling::UNITS_MIN {
            units
        } else {
            0
        }
    }

    /// Candidate routes between two wards, cheapest first; none if there is no way.
    pub fn candidates(&self, source: u32, destination: u32) -> Arc<[Route]> {
        let map = &self.world.state.map;
        self.world.routes().candidates(map, source, destination)
    }

    /// Cost of inputs of units of a kind at a source, micro-credits.
    pub fn input_cost(&self, kind: usize, units: i64, source: u32) -> i64 {
        smuggling::quote(&self.world.state, kind, units, source, &[]).bought
    }

    /// Freight of units along a route, micro-credits.
    pub fn freight(&self, units: i64, route: &[u32]) -> i64 {
        smuggling::freight(&self.world.state, units, route)
    }

    /// Revenue that units of a kind would bring at today's price, micro-credits.
    pub fn revenue(&self, kind: usize, units: i64, destination: u32) -> i64 {
        crate::verdicts::revenue(&self.world.state, destination, kind, units)
    }

    /// (Risk, cost share) that the own network expects of a corridor.
    pub fn estimate(&self, corridor: u32) -> (f64, f64) {
        self.network().map_or((1.0, 0.0), |own| {
            learning::estimate(self.smuggling(), &self.world.state, own, corridor)
        })
    }

    /// Own shipments of today, in the order they were sent.
    pub fn shipments_today(&self) -> Vec<&'a Shipment> {
        self.faction().map_or_else(Vec::new, |own| {
            smuggling::sent_today(&self.world.state, own)
        })
    }

    /// Bribe budget of today, micro-credits.
    pub fn bribe_budget(&self) -> i64 {
        self.network()
            .map_or(0, |own| smuggling::bribe_budget(own, self.cash()))
    }

    /// Most that is bid at one border for cargo of this value.
    pub fn bid_cap(&self, value: i64) -> i64 {
        smuggling::bid_cap(self.smuggling(), value)
    }

    /// The borders ahead of a shipment, in order.
    pub fn borders_ahead(&self, shipment: &Shipment) -> Vec<Softness> {
        let state = &self.world.state;
        let mut ward = shipment.at;
        let mut borders = Vec::new();
        for &id in shipment.ahead.iter().rev() {
            let corridor = &state.map.corridors[id as usize];
            ward = corridor.other(ward);
            if corridor.border != NO_BORDER {
                let post = post_of(corridor.border, corridor, ward);
                borders.push(Softness {
                    border: corridor.border,
                    risk: self.estimate(id).0,
                    tolerance: state.posts.tolerance[post as usize],
                    norm: state.wards.get(Index::Tolerance, ward as usize),
                });
            }
        }
        borders
    }

    fn post(&self) -> Option<u32> {
        match self.seat() {
            Some(Seat::Post(post)) => Some(post),
            _ => None,
        }
    }

    /// Probability with which an officer like the own one takes a bribe.
    pub fn take_probability(&self, passage: &Passage) -> f64 {
        self.post().map_or(0.0, |post| {
            customs::appeal(&self.world.config, &self.world.state, post, passage).take
        })
    }

    /// Lawful probability with which cargo is opened here.
    pub fn inspection_probability(&self, passage: &Passage) -> f64 {
        self.post().map_or(0.0, |_| {
            customs::inspection(&self.world.config, &self.world.state, passage)
        })
    }

    /// Own polity, of a patrol command.
    pub fn polity(&self) -> Option<u16> {
        match self.seat() {
            Some(Seat::Patrol(polity)) => Some(polity),
            _ => None,
        }
    }

    /// Whether commands order crackdowns of their own, and whether they patrol.
    pub fn command(&self) -> (bool, bool) {
        let config = &self.world.config;
        (config.crackdowns.planner, config.patrols.enabled)
    }

    /// The own border that a crackdown would pay on most, if one more may run: (border, score, intensity, days).
    pub fn crackdown_target(&self) -> Option<(u32, f64)> {
        crackdown::target(&self.world.state, self.polity()?)
    }

    /// Days a crackdown lasts in this phase.
    pub fn crackdown_days(&self) -> u32 {
        self.world.state.phase.pick(&crackdown::DAYS)
    }

    /// Corridors within the own polity, the most dangerous ones, as many as may be patrolled.
    pub fn dangerous(&self) -> Vec<u32> {
        self.polity().map_or_else(Vec::new, |polity| {
            patrols::dangerous(&self.world.config, &self.world.state, polity)
        })
    }
}
