//! The city as a value: configuration, state, and what is derived from the map.
//!
//! Not here: the contract with the orchestrator (`environment`), the order of a day (`day`), rules (`systems`).

use crate::config::DosadiConfig;
use crate::routes::{LegalRoutes, RouteCache};
use crate::state::State;
use crate::state::offices::Holder;
use crate::suppression::Suppression;
use das_core::id::AgentId;
use das_core::ledger::AccountId;
use das_core::rng::Draws;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The world of Dosadi.
#[derive(Debug)]
pub struct Dosadi {
    /// As the scenario has it.
    pub config: DosadiConfig,
    /// Everything that is saved.
    pub state: State,
    /// Candidate sources of legal trade with their routes; follows from the map and is not saved.
    pub legal: LegalRoutes,
    /// Acts that are not made: for experiments, never saved.
    pub suppress: Option<Suppression>,
    /// Candidate routes by pair: a cache, never part of the state.
    routes: Mutex<RouteCache>,
}

impl Dosadi {
    /// A city as the configuration says, drawn from the seed. The configuration must have no [`DosadiConfig::problems`].
    pub fn new(config: DosadiConfig, seed: u64) -> Self {
        let draws = Draws::new(seed);
        let state = crate::generate::state(&config, &draws);
        Self::of(config, state)
    }

    /// A city in this state.
    pub fn of(config: DosadiConfig, state: State) -> Self {
        let legal = LegalRoutes::new(&state.map, &state.stores);
        let routes = Mutex::new(RouteCache::new(config.smuggling.routes_per_pair));
        Self {
            config,
            state,
            legal,
            suppress: None,
            routes,
        }
    }

    /// Puts another state in the place of this one, with everything derived from it.
    pub fn replace(&mut self, state: State) {
        if state.map != self.state.map {
            self.legal = LegalRoutes::new(&state.map, &state.stores);
            *self.routes() = RouteCache::new(self.config.smuggling.routes_per_pair);
        }
        self.state = state;
    }

    /// The cache of candidate routes. What it holds follows from the map, so sharing it between views changes nothing.
    pub fn routes(&self) -> MutexGuard<'_, RouteCache> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Day that is being lived.
    #[inline]
    pub fn day(&self) -> u32 {
        self.state.day
    }

    /// Number of wards.
    #[inline]
    pub fn wards(&self) -> usize {
        self.state.wards.len()
    }

    /// Account of a ward's households and market.
    #[inline]
    pub fn ward_account(&self, ward: usize) -> Option<AccountId> {
        account(&self.state.offices.wards, ward)
    }

    /// Treasury of a polity.
    #[inline]
    pub fn polity_account(&self, polity: usize) -> Option<AccountId> {
        account(&self.state.offices.patrols, polity)
    }

    /// Account of a polity's guild.
    #[inline]
    pub fn guild_account(&self, polity: usize) -> Option<AccountId> {
        account(&self.state.offices.guilds, polity)
    }

    /// Account of a faction.
    #[inline]
    pub fn faction_account(&self, faction: usize) -> Option<AccountId> {
        account(&self.state.offices.factions, faction)
    }

    /// Purse of a customs post.
    #[inline]
    pub fn purse(&self, post: usize) -> Option<AccountId> {
        account(&self.state.offices.posts, post)
    }

    /// Agent that sits at a place of an office.
    #[inline]
    pub fn holder(list: &[Option<Holder>], at: usize) -> Option<AgentId> {
        list.get(at).copied().flatten().map(|h| h.agent)
    }
}

#[inline]
fn account(list: &[Option<Holder>], at: usize) -> Option<AccountId> {
    list.get(at).copied().flatten().map(|h| h.account)
}
