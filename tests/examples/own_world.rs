//! A world of one's own with agents of its own: beekeepers who sell each other honey, some of it blended with syrup.
//!
//! ```text
//! cargo run --release -p das-tests --example own_world
//! ```
//!
//! Whoever sells knows how much syrup is in the jar; whoever buys tastes it and may be wrong. The orchestrator does everything else:
//! turns, rails, levers, scoring by appearance, payoffs, money, metrics by truth, the log. Not here: a view worth the name, and agents
//! that learn.

use das_core::agent::{AgentRegistry, AgentSpec, BaseAgent, Decision, Offer, Proposal, Turn};
use das_core::config::{Detail, SafetyConfig, SimulationConfig, TreasuryPolicy};
use das_core::environment::{
    ActionFacts, Appearance, Asked, Environment, Refusal, Settlement, TermsFacts,
};
use das_core::id::{AgentId, Kind, Tool, ToolSet};
use das_core::interaction::{Observables, Truth};
use das_core::orchestrator::{Ctx, NoObserver, Orchestrator, Ports, Setup};
use das_core::ports::{NoControl, NoInputs, NullSink};
use das_core::rng::Domain;
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use serde::Serialize;
use std::error::Error;
use std::sync::Arc;

// ANCHOR: world
/// Names what a draw is for. Two draws of one name and key are the same draw.
const SPOILT: Domain = Domain::new("honey.spoilt");
const TASTE: Domain = Domain::new("honey.taste");

/// The world. It keeps nothing between steps.
struct Honey;

/// What an agent sees: who it is, and how many there are.
#[derive(Serialize)]
struct Seen {
    me: AgentId,
    agents: u32,
}

impl Environment for Honey {
    const NAME: &'static str = "honey";
    const KINDS: &'static [&'static str] = &["sale"];
    const TOOLS: &'static [&'static str] = &["sell"];
    type View<'a> = Seen;
    /// Nobody does anything but sell.
    type Action = ();
    /// Public: the price.
    type Terms = MicroCredits;
    /// Hidden: the share of syrup, 0..=1.
    type Conduct = f64;
    type Response = ();
    type News = ();

    fn view<'a>(&'a self, me: AgentId, society: &'a Society) -> Seen {
        let agents = society.len() as u32;
        Seen { me, agents }
    }

    fn action_facts(&self, (): &()) -> ActionFacts {
        ActionFacts {
            tool: Tool(0),
            content_chars: 0,
            is_post: false,
            is_vote: false,
            outlay: MicroCredits::ZERO,
            while_frozen: false,
        }
    }

    fn terms_facts(&self, price: &MicroCredits) -> TermsFacts {
        TermsFacts {
            kind: Kind(0),
            tool: Tool(0),
            charged: false,
            outlay_initiator: MicroCredits::ZERO,
            outlay_counterparty: *price,
        }
    }

    fn registered(&mut self, _who: AgentId, _ctx: &mut Ctx<'_, Self>) {}
    fn retired(&mut self, _who: AgentId, _ctx: &mut Ctx<'_, Self>) {}
    fn begin_step(&mut self, _ctx: &mut Ctx<'_, Self>) {}
    fn end_step(&mut self, _ctx: &mut Ctx<'_, Self>) {}

    fn apply(&mut self, _: AgentId, (): (), _: &mut Ctx<'_, Self>) -> Result<(), Refusal> {
        Err(Refusal::new("nothing", "there is nothing to do but sell"))
    }

    /// What conduct leads to: syrup spoils a jar as often as there is of it, and hides half of that from the tongue.
    fn settle(&mut self, sale: Asked<Self>, ctx: &mut Ctx<'_, Self>) {
        let syrup = sale.conduct;
        let good = !ctx.draws().chance(SPOILT, &[sale.key], syrup);
        let noticed = !good && ctx.draws().chance(TASTE, &[sale.key], 0.5);
        let settlement = Settlement {
            observables: Observables {
                task_progress_delta: if noticed { -0.6 } else { 0.7 },
                rework_count: u32::from(noticed),
                ..Observables::default()
            },
            // From the seller to the buyer: a price is a negative transfer.
            tau: MicroCredits(-sale.terms.0),
            cost_a: 0.4 * (1.0 - syrup),
            appearance: Appearance {
                gain: 0.05,
                reference: 0.1,
                weights: [1.0, 0.0],
            },
            deception: syrup,
            truth: Some(Truth::from_good(good)),
            ..Settlement::default()
        };
        ctx.close(sale.id, settlement);
    }

    fn save(&self, _out: &mut Saver) {}
    fn load(&mut self, _from: &mut Loader<'_>) -> Result<(), LoadError> {
        Ok(())
    }
}
// ANCHOR_END: world

// ANCHOR: agent
/// A beekeeper: sells one jar a step to somebody drawn, and buys whatever is offered.
struct Beekeeper {
    kind: &'static str,
    syrup: f64,
}

impl BaseAgent<Honey> for Beekeeper {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn select_action(&mut self, _seen: &Seen, _turn: Turn<'_>) -> Option<()> {
        None
    }

    fn propose_interaction(&mut self, seen: &Seen, turn: Turn<'_>) -> Option<Proposal<Honey>> {
        if turn.attempt > 0 {
            return None;
        }
        // Anybody but itself.
        let other = turn.rng.below(seen.agents - 1);
        Some(Proposal {
            to: AgentId(other + u32::from(other >= seen.me.0)),
            terms: MicroCredits(200_000),
            conduct: self.syrup,
            tag: 0,
        })
    }

    fn accept_interaction(
        &mut self,
        _: &Offer<'_, Honey>,
        _: &Seen,
        _: Turn<'_>,
    ) -> Decision<Honey> {
        Decision::accept((), 0)
    }

    fn save(&self, _out: &mut Saver) {}
    fn load(&mut self, _from: &mut Loader<'_>) -> Result<(), LoadError> {
        Ok(())
    }
}

/// Makes agents by the name a specification gives.
struct Beekeepers;

impl AgentRegistry<Honey> for Beekeepers {
    fn build(&self, spec: &AgentSpec) -> Result<Box<dyn BaseAgent<Honey>>, String> {
        let (kind, syrup) = match spec.kind.as_str() {
            "pure" => ("pure", 0.0),
            "blender" => ("blender", 0.6),
            other => return Err(format!("type: `{other}` is not one of pure, blender")),
        };
        Ok(Box::new(Beekeeper { kind, syrup }))
    }

    fn tools(&self, _role: &str) -> ToolSet {
        ToolSet::ALL
    }
}
// ANCHOR_END: agent

fn main() -> Result<(), Box<dyn Error>> {
    let agents = (1..=12)
        .map(|number| {
            let kind = if number > 9 { "blender" } else { "pure" };
            AgentSpec {
                name: format!("{kind}.{number}"),
                kind: kind.to_owned(),
                role: "beekeeper".to_owned(),
                config: String::new(),
            }
        })
        .collect();
    let setup = Setup {
        world: Honey,
        agents,
        registry: Arc::new(Beekeepers),
        levers: Vec::new(),
        simulation: SimulationConfig::default(),
        safety: SafetyConfig::default(),
        payoff: PayoffConfig::default(),
        proxy: ProxyConfig::default(),
        treasury: TreasuryPolicy::Keep,
        initial_budget: MicroCredits::saturating(100.0),
        detail: Detail::Interactions,
        draws: None,
    };
    let ports = Ports {
        sink: Box::new(NullSink),
        control: Box::new(NoControl),
        inputs: Box::new(NoInputs),
        storage: None,
    };
    let mut run = Orchestrator::new(setup, ports, &serde_json::json!({"world": Honey::NAME}))?;
    run.run(&mut NoObserver)?;
    let record = run.result().ok_or("the run did not complete")?;
    let metrics = &record.metrics;
    println!(
        "toxicity {:.3}, true harm {:.3}, {} sales",
        metrics.toxicity_rate.unwrap_or(f64::NAN),
        metrics.true_harm_rate.unwrap_or(f64::NAN),
        metrics.n_accepted,
    );
    for (kind, of) in &record.kinds {
        println!(
            "{kind:<8} payoff {:7.2}, reputation {:5.2}",
            of.payoff, of.reputation
        );
    }
    Ok(())
}
