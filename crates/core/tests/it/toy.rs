//! A world of a few dozen lines for tests of the orchestrator: agents trade with each other; a sixth of the trades is settled three steps later.

use das_core::agent::*;
use das_core::config::{Activation, Detail, SafetyConfig, SimulationConfig, TreasuryPolicy};
use das_core::environment::*;
use das_core::id::{AgentId, InteractionId, Kind, Tool, ToolSet};
use das_core::interaction::{Observables, Truth};
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::orchestrator::{Ctx, Orchestrator, Ports, Setup};
use das_core::ports::{Control, MemorySink, NoControl, NoInputs, Signal, Storage};
use das_core::rng::{Domain, Draws};
use das_core::score::payoff::PayoffConfig;
use das_core::score::proxy::ProxyConfig;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};

pub(crate) const TRUTH: Domain = Domain::new("toy.truth");

#[derive(Default)]
pub(crate) struct Toy {
    due: Vec<Due>,
    pub(crate) population: u32,
}

#[derive(Clone, Serialize, Deserialize)]
struct Due {
    at: u64,
    id: InteractionId,
    price: MicroCredits,
    good: bool,
}

#[derive(Serialize)]
pub(crate) struct ToyView {
    pub(crate) me: AgentId,
    pub(crate) n: u32,
}

pub(crate) enum ToyAction {
    Post(u32),
    Spawn,
    Retire,
    Respawn,
    Nothing,
}

fn settlement(price: MicroCredits, good: bool, late: bool) -> Settlement {
    Settlement {
        observables: Observables {
            task_progress_delta: if good { 0.7 } else { -0.6 },
            rework_count: u32::from(!good),
            ..Observables::default()
        },
        tau: price,
        cost_a: 0.1,
        appearance: Appearance {
            gain: 0.05,
            reference: 0.1,
            weights: [1.0, 0.5],
        },
        truth: (!late).then(|| Truth::from_good(good)),
        ..Settlement::default()
    }
}

impl Environment for Toy {
    const NAME: &'static str = "toy";
    const KINDS: &'static [&'static str] = &["trade"];
    const TOOLS: &'static [&'static str] = &["trade", "post"];
    type View<'a> = ToyView;
    type Action = ToyAction;
    type Terms = i64;
    type Conduct = ();
    type Response = ();
    type News = ();

    fn view<'a>(&'a self, who: AgentId, society: &'a Society) -> ToyView {
        ToyView {
            me: who,
            n: society.len() as u32,
        }
    }
    fn action_facts(&self, action: &ToyAction) -> ActionFacts {
        let content_chars = match action {
            ToyAction::Post(chars) => *chars,
            _ => 0,
        };
        ActionFacts {
            tool: Tool(1),
            content_chars,
            is_post: content_chars > 0,
            is_vote: false,
            outlay: MicroCredits::ZERO,
            while_frozen: false,
        }
    }
    fn terms_facts(&self, price: &i64) -> TermsFacts {
        TermsFacts {
            kind: Kind(0),
            tool: Tool(0),
            charged: false,
            outlay_initiator: MicroCredits((*price).max(0)),
            outlay_counterparty: MicroCredits((-*price).max(0)),
        }
    }
    fn registered(&mut self, _who: AgentId, _ctx: &mut Ctx<'_, Self>) {
        self.population += 1;
    }
    fn retired(&mut self, _who: AgentId, _ctx: &mut Ctx<'_, Self>) {
        self.population -= 1;
    }
    fn begin_step(&mut self, _ctx: &mut Ctx<'_, Self>) {}
    fn apply(
        &mut self,
        who: AgentId,
        action: ToyAction,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        match action {
            ToyAction::Spawn => ctx.spawn(spec("calm", &format!("child.{}", ctx.step_index()))),
            ToyAction::Retire => ctx.retire(who),
            ToyAction::Respawn => ctx.respawn(who),
            ToyAction::Post(_) => {}
            ToyAction::Nothing => return Err(Refusal::new("nothing", "there is nothing to do")),
        }
        Ok(())
    }
    fn settle(&mut self, asked: Asked<Self>, ctx: &mut Ctx<'_, Self>) {
        let good = ctx.draws().chance(TRUTH, &[asked.key], 0.6);
        let price = MicroCredits(asked.terms);
        if asked.response.is_some() && asked.key.is_multiple_of(6) {
            self.due.push(Due {
                at: ctx.step_index() + 3,
                id: asked.id,
                price,
                good,
            });
        } else {
            ctx.close(asked.id, settlement(price, good, false));
        }
    }
    fn end_step(&mut self, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.step_index();
        let (due, later) = std::mem::take(&mut self.due)
            .into_iter()
            .partition(|due| due.at <= now);
        self.due = later;
        for Due {
            id, price, good, ..
        } in due
        {
            ctx.close(id, settlement(price, good, true));
            ctx.truth(id, Truth::from_good(good));
        }
    }
    fn save(&self, out: &mut Saver) {
        out.put(&self.due);
        out.put(&self.population);
    }
    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.due = from.take()?;
        self.population = from.take()?;
        Ok(())
    }
}

/// `calm` trades; the other kinds do as they are named.
pub(crate) struct ToyAgent {
    kind: &'static str,
    deals: u32,
    money: f64,
}

impl BaseAgent<Toy> for ToyAgent {
    fn kind(&self) -> &'static str {
        self.kind
    }
    fn takes_turns(&self, _phase: Phase) -> bool {
        self.kind != "answering"
    }
    fn select_action(&mut self, _seen: &ToyView, turn: Turn<'_>) -> Option<ToyAction> {
        assert!(self.kind != "answering", "it has no turns");
        let first = turn.attempt == 0;
        match self.kind {
            "chatty" => Some(ToyAction::Post(10 + turn.now.step)),
            "verbose" => first.then_some(ToyAction::Post(5000)),
            "idle" => first.then_some(ToyAction::Nothing),
            "parent" => (first && turn.now.step == 1).then_some(ToyAction::Spawn),
            "leaver" => (first && turn.now.epoch == 1).then_some(ToyAction::Retire),
            "turncoat" => (first && turn.now.step == 2).then_some(ToyAction::Respawn),
            "renamer" => match turn.attempt {
                0 => Some(ToyAction::Post(1)),
                1 => Some(ToyAction::Respawn),
                _ => None,
            },
            "hopeless" => panic!("always"),
            "faulty" if turn.now.step == 1 => {
                self.deals += 1_000_000;
                panic!("out of cheese\u{7}")
            }
            _ => None,
        }
    }
    fn propose_interaction(&mut self, seen: &ToyView, turn: Turn<'_>) -> Option<Proposal<Toy>> {
        assert!(self.kind != "hopeless", "always");
        assert!(self.kind != "answering", "it has no turns");
        if turn.attempt >= 2 || turn.rng.chance(0.3) {
            return None;
        }
        let to = AgentId(turn.rng.below(seen.n));
        let price = i64::from(turn.rng.below(3_000_000)) - 1_000_000;
        Some(Proposal {
            to,
            terms: price,
            conduct: (),
            tag: u64::from(turn.attempt),
        })
    }
    fn accept_interaction(
        &mut self,
        _offer: &Offer<'_, Toy>,
        _seen: &ToyView,
        turn: Turn<'_>,
    ) -> Decision<Toy> {
        if turn.rng.chance(0.8) {
            Decision::accept((), 7)
        } else {
            Decision::reject()
        }
    }
    fn update_state(&mut self, outcome: &Outcome<'_, Toy>) {
        self.deals += u32::from(outcome.accepted);
        self.money += outcome.payoff;
    }
    fn save(&self, out: &mut Saver) {
        out.put(&(self.deals, self.money));
    }
    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        (self.deals, self.money) = from.take()?;
        Ok(())
    }
}

pub(crate) struct ToyRegistry;

impl AgentRegistry<Toy> for ToyRegistry {
    fn build(&self, spec: &AgentSpec) -> Result<Box<dyn BaseAgent<Toy>>, String> {
        const KINDS: [&str; 11] = [
            "calm",
            "chatty",
            "verbose",
            "idle",
            "parent",
            "leaver",
            "turncoat",
            "faulty",
            "renamer",
            "hopeless",
            "answering",
        ];
        let kind = KINDS
            .into_iter()
            .find(|kind| *kind == spec.kind)
            .ok_or("no such kind")?;
        Ok(Box::new(ToyAgent {
            kind,
            deals: 0,
            money: 0.0,
        }))
    }
    fn tools(&self, _role: &str) -> ToolSet {
        ToolSet::ALL
    }
}

pub(crate) fn spec(kind: &str, name: &str) -> AgentSpec {
    AgentSpec {
        name: name.into(),
        kind: kind.into(),
        role: "trader".into(),
        config: "{}".into(),
    }
}

/// Takes a tenth of each transfer of the initiator, fines bad looks, and freezes who looks bad four times.
#[derive(Default)]
pub(crate) struct Strict {
    bad: Vec<u32>,
}

impl GovernanceLever for Strict {
    fn name(&self) -> &'static str {
        "strict"
    }
    fn review(&mut self, scored: &Scored, society: &Society, _draws: &Draws) -> Effect {
        let mut effect = Effect::none();
        if scored.accepted {
            effect = effect.and(Act::Fee(
                scored.initiator,
                MicroCredits(scored.tau.0.abs() / 10),
            ));
        }
        if scored.p < 0.5 {
            effect = effect.and(Act::Reputation(scored.counterparty, -0.2));
            effect.real_cost = 0.01;
            self.bad.resize(society.len().max(self.bad.len()), 0);
            let bad = &mut self.bad[scored.initiator.index()];
            *bad += 1;
            if bad.is_multiple_of(4) {
                effect = effect.and(Act::Freeze(scored.initiator, scored.now.epoch + 1));
            }
        }
        effect
    }
    fn on_epoch_start(&mut self, society: &Society, _draws: &Draws) -> Effect {
        society.ids().fold(Effect::none(), |effect, who| {
            effect.and(Act::LockStake(who, MicroCredits(1_000_000)))
        })
    }
    fn on_epoch_end(&mut self, society: &Society, _draws: &Draws) -> Effect {
        society.ids().fold(Effect::none(), |effect, who| {
            effect.and(Act::Slash(who, MicroCredits(10_000)))
        })
    }
    fn save(&self, out: &mut Saver) {
        out.put(&self.bad);
    }
    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.bad = from.take()?;
        Ok(())
    }
}

#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) agents: Vec<AgentSpec>,
    pub(crate) seed: u64,
    pub(crate) epochs: u32,
    pub(crate) steps: u32,
    pub(crate) activation: Activation,
    pub(crate) strict: bool,
    pub(crate) detail: Detail,
    pub(crate) dividend: bool,
    pub(crate) safety: SafetyConfig,
    pub(crate) budget: i64,
}

impl Plan {
    pub(crate) fn new(kinds: &[(&str, u32)]) -> Self {
        let agents = kinds
            .iter()
            .flat_map(|(kind, n)| (1..=*n).map(move |i| spec(kind, &format!("{kind}.{i}"))))
            .collect();
        Self {
            agents,
            seed: 11,
            epochs: 3,
            steps: 4,
            activation: Activation::Sequential,
            strict: false,
            detail: Detail::Full,
            dividend: false,
            safety: SafetyConfig::default(),
            budget: 10_000_000,
        }
    }

    pub(crate) fn setup(&self, draws: Option<Draws>) -> Setup<Toy> {
        Setup {
            world: Toy::default(),
            agents: self.agents.clone(),
            registry: Arc::new(ToyRegistry),
            levers: if self.strict {
                vec![Box::new(Strict::default())]
            } else {
                Vec::new()
            },
            simulation: SimulationConfig {
                epochs: self.epochs,
                steps_per_epoch: self.steps,
                seed: self.seed,
                activation: self.activation,
                ..SimulationConfig::default()
            },
            safety: self.safety.clone(),
            payoff: PayoffConfig::default(),
            proxy: ProxyConfig::default(),
            treasury: if self.dividend {
                TreasuryPolicy::Dividend
            } else {
                TreasuryPolicy::Keep
            },
            initial_budget: MicroCredits(self.budget),
            detail: self.detail,
            draws,
        }
    }

    /// The log of a whole run.
    pub(crate) fn log(&self) -> String {
        self.log_with(None, Box::new(NoControl))
    }

    pub(crate) fn log_with(&self, draws: Option<Draws>, control: Box<dyn Control>) -> String {
        let sink = MemorySink::default();
        let ports = Ports {
            sink: Box::new(sink.clone()),
            control,
            inputs: Box::new(NoInputs),
            storage: None,
        };
        let mut run =
            Orchestrator::new(self.setup(draws), ports, &Header { scenario: "toy" }).unwrap();
        run.run(&mut das_core::orchestrator::NoObserver).unwrap();
        text(&sink)
    }
}

pub(crate) fn text(sink: &MemorySink) -> String {
    String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
}

#[derive(Serialize)]
pub(crate) struct Header {
    pub(crate) scenario: &'static str,
}

/// Gives one signal before one step.
pub(crate) struct At(pub(crate) u64, pub(crate) Signal);

impl Control for At {
    fn poll(&mut self, step: u64) -> Option<Signal> {
        (step == self.0).then_some(self.1)
    }
}

/// Keeps checkpoints in memory.
#[derive(Clone, Default)]
pub(crate) struct Kept(pub(crate) Arc<Mutex<Vec<Vec<u8>>>>);

impl Storage for Kept {
    fn checkpoint(&mut self, _at_line: u64, bytes: &[u8]) -> std::io::Result<()> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(())
    }
}

/// Lines of one type, parsed.
pub(crate) fn lines(log: &str, kind: &str) -> Vec<serde_json::Value> {
    let mark = format!("\"type\":\"{kind}\"");
    log.lines()
        .filter(|line| line.contains(&mark))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
