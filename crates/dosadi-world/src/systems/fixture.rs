//! Small cities for tests: a run of some days in memory, and its world afterwards. The orchestrator checks money and goods after
//! every day, so a run that ends has conserved both.

use crate::act::KINDS;
use crate::config::{DosadiConfig, Generator, MapConfig, WrittenCorridor, WrittenWard};
use crate::registry::{DosadiRegistry, population};
use crate::state::State;
use crate::world::Dosadi;
use das_core::config::{Detail, SafetyConfig, SimulationConfig};
use das_core::environment::Refusal;
use das_core::id::AgentId;
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, Setup};
use das_core::ports::{MemorySink, NoControl, NoInputs};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use serde::Serialize;
use std::sync::Arc;

/// Four wards in a line, two polities: a and b of 0, c and d of 1; a makes more water than it needs and lacks
/// food, d has food to spare and no water at all.
pub(crate) fn line() -> DosadiConfig {
    let ward = |name: &str, polity: u16, water: f64, food: f64| WrittenWard {
        name: name.to_owned(),
        polity,
        ring: 0,
        people: 1000,
        output: [water, food, 1.0, 1.0, 1.0],
    };
    let corridor = |from: &str, to: &str| WrittenCorridor {
        from: from.to_owned(),
        to: to.to_owned(),
        distance: 1.0,
        hazard: 0.2,
        capacity: None,
        open: true,
    };
    let mut config = DosadiConfig {
        map: MapConfig {
            generator: Generator::Written,
            factions: Some(2),
            written_wards: vec![
                ward("a", 0, 2.5, 0.5),
                ward("b", 0, 1.0, 1.0),
                ward("c", 1, 1.0, 1.0),
                ward("d", 1, 0.0, 2.0),
            ],
            written_corridors: vec![corridor("a", "b"), corridor("b", "c"), corridor("c", "d")],
            ..MapConfig::default()
        },
        ..DosadiConfig::default()
    };
    config.smuggling.enabled = false;
    config
}

/// [`line`] at genesis.
pub(crate) fn state() -> State {
    crate::generate::state(&line(), &Draws::new(1))
}

/// The generated city of 36 wards without smugglers.
pub(crate) fn city() -> DosadiConfig {
    let mut config = DosadiConfig::default();
    config.smuggling.enabled = false;
    config
}

#[derive(Serialize)]
struct Header {
    scenario: &'static str,
}

/// A run that is over.
pub(crate) struct Lived {
    pub(crate) run: Orchestrator<Dosadi>,
    pub(crate) log: String,
}

impl Lived {
    pub(crate) fn world(&self) -> &Dosadi {
        self.run.world()
    }

    /// Lines of a kind of event.
    pub(crate) fn events(&self, kind: &str) -> Vec<serde_json::Value> {
        let lines = self.log.lines().map(|l| serde_json::from_str(l).unwrap());
        lines
            .filter(|l: &serde_json::Value| l["type"] == kind)
            .collect()
    }

    /// Scored interactions of a kind.
    pub(crate) fn interactions(&self, kind: das_core::id::Kind) -> Vec<serde_json::Value> {
        let mut lines = self.events("interaction");
        lines.retain(|l| l["kind"] == KINDS[usize::from(kind.0)]);
        lines
    }
}

/// Lives some days.
pub(crate) fn live(config: DosadiConfig, seed: u64, days: u32) -> Lived {
    live_with(config, seed, days, Vec::new(), |_| ())
}

/// Lives some days under levers, in a world that was changed before the first.
pub(crate) fn live_with(
    config: DosadiConfig,
    seed: u64,
    days: u32,
    levers: Vec<Box<dyn GovernanceLever>>,
    change: impl FnOnce(&mut Dosadi),
) -> Lived {
    let mut world = Dosadi::new(config, seed);
    change(&mut world);
    let sink = MemorySink::default();
    let setup = Setup {
        agents: population(&world),
        treasury: world.config.treasury,
        world,
        registry: Arc::new(DosadiRegistry),
        levers,
        simulation: SimulationConfig {
            epochs: days,
            steps_per_epoch: 1,
            seed,
            ..SimulationConfig::default()
        },
        safety: SafetyConfig {
            max_interactions_per_step: u32::MAX,
            budget_per_epoch: 1e9,
            ..SafetyConfig::default()
        },
        payoff: das_core::score::payoff::PayoffConfig::default(),
        proxy: das_core::score::proxy::ProxyConfig::default(),
        initial_budget: MicroCredits::ZERO,
        detail: Detail::Full,
        draws: None,
    };
    let ports = Ports {
        sink: Box::new(sink.clone()),
        control: Box::new(NoControl),
        inputs: Box::new(NoInputs),
        storage: None,
    };
    let mut run = Orchestrator::new(setup, ports, &Header { scenario: "test" }).unwrap();
    run.run(&mut NoObserver).unwrap();
    let log = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    Lived { run, log }
}

/// A lever that takes this many credits of the initiator of each accepted interaction.
struct FixedFee(f64);

impl GovernanceLever for FixedFee {
    fn name(&self) -> &'static str {
        "fixed_fee"
    }

    fn review(&mut self, scored: &Scored, _society: &Society, _draws: &Draws) -> Effect {
        if scored.accepted {
            let amount = MicroCredits::saturating(self.0);
            Effect::none().and(Act::Fee(scored.initiator, amount))
        } else {
            Effect::none()
        }
    }

    fn save(&self, _out: &mut Saver) {}

    fn load(&mut self, _from: &mut Loader<'_>) -> Result<(), LoadError> {
        Ok(())
    }
}

pub(crate) fn fee(credits: f64) -> Box<dyn GovernanceLever> {
    Box::new(FixedFee(credits))
}

/// A lever that admits no offer.
struct Embargo;

impl GovernanceLever for Embargo {
    fn name(&self) -> &'static str {
        "embargo"
    }

    fn admit(&self, _: AgentId, _: AgentId, _: &Society) -> Result<(), Refusal> {
        Err(Refusal::new("embargo", "no offers"))
    }

    fn save(&self, _out: &mut Saver) {}

    fn load(&mut self, _from: &mut Loader<'_>) -> Result<(), LoadError> {
        Ok(())
    }
}

pub(crate) fn embargo() -> Box<dyn GovernanceLever> {
    Box::new(Embargo)
}
