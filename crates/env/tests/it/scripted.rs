//! Agents that do as they are told, and a way to run them through the orchestrator.

use das_core::agent::{
    AgentRegistry, AgentSpec, BaseAgent, Decision, Offer, Outcome, Proposal, Turn,
};
use das_core::checkpoint::Checkpoint;
use das_core::config::{Activation, Detail, SafetyConfig, SimulationConfig, TreasuryPolicy};
use das_core::id::{AgentId, ToolSet};
use das_core::lever::{Act, Effect, GovernanceLever};
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunEnd, Setup};
use das_core::ports::{Control, MemorySink, NoControl, NoInputs, Signal, Storage};
use das_core::rng::Draws;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use das_env::act::{Action, BountyId, Conduct, News, PostId, TaskId, Terms};
use das_env::{Commons, CommonsView, EnvironmentConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};

pub(crate) const GOOD: Conduct = Conduct {
    effort: 1.0,
    deception: 0.0,
    harm: 0.0,
};
pub(crate) const BAD: Conduct = Conduct {
    effort: 0.0,
    deception: 0.0,
    harm: 1.0,
};

/// What a scripted agent does; the kind of its spec.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    /// Posts a task in step 0 and lets anybody have it.
    Poster,
    /// Posts a task in step 0 and turns everybody down.
    Picky,
    /// Claims the first open or reserved task, works well and submits.
    Worker,
    /// Works badly and submits.
    Botcher,
    /// Claims and never submits.
    Slacker,
    /// Reserves the first open task for the first worker.
    Planner,
    /// Verifies whatever is submitted.
    Verifier,
    /// Offers trades to the first agent, three a step.
    Spammer,
    /// Accepts everything.
    Idle,
    /// Posts a bounty in step 0, awards it to the first standing bid and agrees.
    Client,
    /// Likewise, and turns down whom it awarded.
    Choosy,
    /// A client that awards nothing.
    Idler,
    /// A client that disputes every approval.
    Litigant,
    /// Bids .3 on the first open bounty, works well and delivers.
    Bidder,
    /// Likewise, and disputes every rejection.
    Appellant,
    /// Bids, works badly and delivers.
    Bungler,
    /// Likewise, and disputes every rejection.
    Cheat,
    /// Bids and never delivers.
    Absentee,
    /// Verifies every delivered bounty.
    Inspector,
    /// Does anything at all.
    Chaos,
}

const PARTS: &[(&str, Part)] = &[
    ("poster", Part::Poster),
    ("picky", Part::Picky),
    ("worker", Part::Worker),
    ("botcher", Part::Botcher),
    ("slacker", Part::Slacker),
    ("planner", Part::Planner),
    ("verifier", Part::Verifier),
    ("spammer", Part::Spammer),
    ("idle", Part::Idle),
    ("client", Part::Client),
    ("choosy", Part::Choosy),
    ("idler", Part::Idler),
    ("litigant", Part::Litigant),
    ("bidder", Part::Bidder),
    ("appellant", Part::Appellant),
    ("bungler", Part::Bungler),
    ("cheat", Part::Cheat),
    ("absentee", Part::Absentee),
    ("inspector", Part::Inspector),
    ("chaos", Part::Chaos),
];

#[derive(Debug)]
struct Actor {
    part: Part,
    /// The step in which it leaves under its name.
    leaves: Option<u64>,
    heard: Heard,
}

/// News and outcomes counted, so that learning goes through save and load as well.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Heard {
    good: u32,
    bad: u32,
    outcomes: u32,
}

fn text(n: u32) -> std::borrow::Cow<'static, str> {
    format!("text {n}").into()
}

impl Actor {
    fn labour(&self, seen: &CommonsView<'_>) -> Option<Action> {
        let conduct = if self.part == Part::Botcher {
            BAD
        } else {
            GOOD
        };
        if let Some(task) = seen.my_award() {
            let outputs = seen.task_outputs(task.id).to_vec();
            return (self.part != Part::Slacker).then_some(Action::Submit {
                task: task.id,
                outputs,
            });
        }
        if seen.my_claim().is_some() {
            return None;
        }
        let task = seen.my_reservation().or_else(|| seen.open_task(0))?;
        Some(Action::Claim {
            task: task.id,
            conduct,
            tag: 7,
        })
    }

    fn give(&self, seen: &CommonsView<'_>, first: bool) -> Option<Action> {
        if first {
            return Some(Action::PostBounty {
                prompt: "add two numbers".into(),
                required_outputs: vec!["the sum".into()],
                reserve: MicroCredits(500_000),
            });
        }
        if let Some(bounty) = seen.bounty_to_award()
            && let Some(bid) = seen.bids(bounty.id).next()
            && self.part != Part::Idler
        {
            return Some(Action::Award {
                bounty: bounty.id,
                bid: bid.number,
            });
        }
        let lost = seen.lost_verdict()?;
        (self.part == Part::Litigant).then_some(Action::Dispute {
            bounty: lost.bounty,
        })
    }

    fn earn(&self, seen: &CommonsView<'_>) -> Option<Action> {
        let conduct = match self.part {
            Part::Bungler | Part::Cheat => BAD,
            _ => GOOD,
        };
        if let Some(bounty) = seen.my_commission() {
            let outputs = seen.bounty_outputs(bounty.id).to_vec();
            return (self.part != Part::Absentee).then_some(Action::Deliver {
                bounty: bounty.id,
                outputs,
            });
        }
        if let Some(lost) = seen.lost_verdict()
            && matches!(self.part, Part::Appellant | Part::Cheat)
        {
            return Some(Action::Dispute {
                bounty: lost.bounty,
            });
        }
        let bounty = seen.open_bounty(0).filter(|b| !b.mine)?;
        Some(Action::Bid {
            bounty: bounty.id,
            price: MicroCredits(300_000),
            conduct,
            tag: 9,
        })
    }

    fn anything(seen: &CommonsView<'_>, turn: &mut Turn<'_>) -> Option<Action> {
        let rng = &mut *turn.rng;
        let u = rng.unit();
        let post = seen
            .posts()
            .nth(rng.below(5) as usize)
            .map_or(PostId(u64::from(rng.below(40))), |p| p.id);
        let task = seen
            .random_open_task(u)
            .map_or(TaskId(u64::from(rng.below(20))), |t| t.id);
        let bounty = seen
            .random_open_bounty(u)
            .map_or(BountyId(u64::from(rng.below(20))), |b| b.id);
        Some(match rng.below(24) {
            0 | 1 => Action::Post {
                content: text(rng.below(3)),
            },
            2 => Action::Reply {
                to: post,
                content: text(rng.below(2000)),
            },
            3 | 4 => Action::Vote {
                post,
                up: rng.chance(0.5),
            },
            5 | 6 => Action::PostTask {
                prompt: text(1),
                required_outputs: vec![text(0); rng.below(3) as usize],
                budget: MicroCredits(i64::from(rng.below(3_000_000)) - 100),
                deadline_epochs: rng.below(3),
            },
            7 => Action::Plan {
                task,
                worker: AgentId(rng.below(12)),
            },
            8 | 9 => Action::Claim {
                task,
                conduct: if u < 0.5 { GOOD } else { BAD },
                tag: 1,
            },
            10 | 11 => {
                let task = seen.my_award()?;
                Action::Submit {
                    task: task.id,
                    outputs: seen.task_outputs(task.id).to_vec(),
                }
            }
            12 => Action::Verify {
                task: seen.to_verify(rng.below(2))?.id,
                diligence: rng.unit(),
            },
            13 => Action::Hide { post },
            14 => Action::Flag { post },
            16 | 17 => Action::PostBounty {
                prompt: text(2),
                required_outputs: vec![text(0); rng.below(3) as usize],
                reserve: MicroCredits(i64::from(rng.below(3_000_000)) - 100),
            },
            18 | 19 => Action::Bid {
                bounty,
                price: MicroCredits(i64::from(rng.below(1_000_000)) - 100),
                conduct: if u < 0.5 { GOOD } else { BAD },
                tag: 2,
            },
            20 => Action::Award {
                bounty: seen.bounty_to_award().map_or(bounty, |b| b.id),
                bid: rng.below(3),
            },
            21 => {
                let bounty = seen.my_commission().map_or(bounty, |b| b.id);
                Action::Deliver {
                    bounty,
                    outputs: seen.bounty_outputs(bounty).to_vec(),
                }
            }
            22 => Action::VerifyBounty {
                bounty: seen.bounty_to_verify(rng.below(2))?.id,
                diligence: rng.unit(),
            },
            23 => Action::Dispute {
                bounty: seen.lost_verdict().map_or(bounty, |lost| lost.bounty),
            },
            _ if rng.chance(0.2) => Action::Rebrand,
            _ => return None,
        })
    }
}

impl BaseAgent<Commons> for Actor {
    fn kind(&self) -> &'static str {
        PARTS.iter().find(|p| p.1 == self.part).unwrap().0
    }

    fn select_action(&mut self, seen: &CommonsView<'_>, mut turn: Turn<'_>) -> Option<Action> {
        let first = seen.step_index() == 0 && turn.attempt == 0;
        if self.leaves == Some(seen.step_index()) && turn.attempt == 0 {
            return Some(Action::Rebrand);
        }
        match self.part {
            Part::Client | Part::Choosy | Part::Idler | Part::Litigant => self.give(seen, first),
            Part::Bidder | Part::Appellant | Part::Bungler | Part::Cheat | Part::Absentee => {
                self.earn(seen)
            }
            Part::Inspector => Some(Action::VerifyBounty {
                bounty: seen.bounty_to_verify(0)?.id,
                diligence: 1.0,
            }),
            Part::Poster | Part::Picky => first.then(|| Action::PostTask {
                prompt: "add two numbers".into(),
                required_outputs: vec!["the sum".into()],
                budget: MicroCredits(500_000),
                deadline_epochs: 0,
            }),
            Part::Worker | Part::Botcher | Part::Slacker => self.labour(seen),
            Part::Planner => {
                let task = seen.open_task(0)?;
                Some(Action::Plan {
                    task: task.id,
                    worker: seen.find("worker.1")?,
                })
            }
            Part::Verifier => Some(Action::Verify {
                task: seen.to_verify(0)?.id,
                diligence: 1.0,
            }),
            Part::Spammer | Part::Idle => None,
            Part::Chaos => Self::anything(seen, &mut turn),
        }
    }

    fn propose_interaction(
        &mut self,
        seen: &CommonsView<'_>,
        turn: Turn<'_>,
    ) -> Option<Proposal<Commons>> {
        match self.part {
            Part::Spammer if turn.attempt < 3 => Some(Proposal {
                to: AgentId(0),
                terms: Terms::Trade {
                    price: MicroCredits(100_000),
                },
                conduct: GOOD,
                tag: 0,
            }),
            Part::Chaos => {
                let to = seen.random_peer(turn.rng.unit())?;
                let terms = match (turn.rng.below(4), seen.posts().next()) {
                    (0, Some(post)) => Terms::Reply { post: post.id },
                    (1, _) => Terms::Collaboration {
                        task: TaskId(0),
                        bounty: MicroCredits(1),
                    },
                    _ => Terms::Trade {
                        price: MicroCredits(i64::from(turn.rng.below(60_000_000)) - 20_000_000),
                    },
                };
                let to = match terms {
                    Terms::Reply { .. } => seen.posts().next().map_or(to, |p| p.author),
                    _ => to,
                };
                Some(Proposal {
                    to,
                    terms,
                    conduct: if turn.rng.chance(0.5) { GOOD } else { BAD },
                    tag: 0,
                })
            }
            _ => None,
        }
    }

    fn accept_interaction(
        &mut self,
        _offer: &Offer<'_, Commons>,
        _seen: &CommonsView<'_>,
        turn: Turn<'_>,
    ) -> Decision<Commons> {
        match self.part {
            Part::Picky | Part::Choosy => Decision::reject(),
            Part::Chaos if turn.rng.chance(0.3) => Decision::reject(),
            _ => Decision::accept(GOOD, 0),
        }
    }

    fn update_state(&mut self, _outcome: &Outcome<'_, Commons>) {
        self.heard.outcomes += 1;
    }

    fn hear(&mut self, news: &News) {
        let News::Aftermath { good, .. } = news;
        if *good {
            self.heard.good += 1;
        } else {
            self.heard.bad += 1;
        }
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.heard);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.heard = from.take()?;
        Ok(())
    }
}

struct Troupe;

impl AgentRegistry<Commons> for Troupe {
    fn build(&self, spec: &AgentSpec) -> Result<Box<dyn BaseAgent<Commons>>, String> {
        let part = PARTS
            .iter()
            .find(|p| p.0 == spec.kind)
            .ok_or("no such part")?
            .1;
        Ok(Box::new(Actor {
            part,
            leaves: spec.config.parse().ok(),
            heard: Heard::default(),
        }))
    }

    fn tools(&self, _role: &str) -> ToolSet {
        ToolSet::ALL
    }
}

/// Freezes the agent of a name from an epoch on, for good.
#[derive(Debug)]
struct Freezer(&'static str, u32);

impl GovernanceLever for Freezer {
    fn name(&self) -> &'static str {
        "freezer"
    }

    fn on_epoch_start(&mut self, society: &Society, _draws: &Draws) -> Effect {
        match society.find(self.0) {
            Some(who) if society.epoch() == self.1 => {
                Effect::none().and(Act::Freeze(who, u32::MAX))
            }
            _ => Effect::none(),
        }
    }
}

/// Interrupts before a step.
struct At(u64);

impl Control for At {
    fn poll(&mut self, step: u64) -> Option<Signal> {
        (step == self.0).then_some(Signal::Interrupt)
    }
}

/// Keeps the newest checkpoint.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Storage for Kept {
    fn checkpoint(&mut self, _at_line: u64, bytes: &[u8]) -> std::io::Result<()> {
        *self.0.lock().unwrap() = bytes.to_vec();
        Ok(())
    }
}

/// How a scripted run is set up.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    pub(crate) environment: EnvironmentConfig,
    pub(crate) epochs: u32,
    pub(crate) steps: u32,
    pub(crate) seed: u64,
    pub(crate) activation: Activation,
    pub(crate) budget: MicroCredits,
    /// Who leaves in which step.
    pub(crate) leaves: Vec<(&'static str, u64)>,
    /// Who is frozen from which epoch on.
    pub(crate) frozen: Option<(&'static str, u32)>,
}

impl Play {
    pub(crate) fn new(epochs: u32, steps: u32) -> Self {
        Self {
            environment: EnvironmentConfig::default(),
            epochs,
            steps,
            seed: 1,
            activation: Activation::Sequential,
            budget: MicroCredits(20_000_000),
            leaves: Vec::new(),
            frozen: None,
        }
    }

    fn setup(&self, cast: &[&str]) -> Setup<Commons> {
        let mut agents: Vec<AgentSpec> = Vec::new();
        for kind in cast {
            let number = agents.iter().filter(|a| a.kind == *kind).count() + 1;
            let name = format!("{kind}.{number}");
            let leaves = self.leaves.iter().find(|(who, _)| *who == name);
            agents.push(AgentSpec {
                name,
                kind: (*kind).into(),
                role: (*kind).into(),
                config: leaves.map_or_else(String::new, |(_, step)| step.to_string()),
            });
        }
        let freezer = |(who, epoch)| Box::new(Freezer(who, epoch)) as Box<dyn GovernanceLever>;
        Setup {
            world: Commons::new(self.environment.clone()),
            agents,
            registry: Arc::new(Troupe),
            levers: self.frozen.map(freezer).into_iter().collect(),
            simulation: SimulationConfig {
                epochs: self.epochs,
                steps_per_epoch: self.steps,
                seed: self.seed,
                activation: self.activation,
                ..SimulationConfig::default()
            },
            safety: SafetyConfig {
                max_posts_per_epoch: 1000,
                min_time_between_posts: 0.0,
                ..SafetyConfig::default()
            },
            payoff: das_core::score::payoff::PayoffConfig::default(),
            proxy: das_core::score::proxy::ProxyConfig::default(),
            treasury: TreasuryPolicy::Keep,
            initial_budget: self.budget,
            detail: Detail::Full,
            draws: None,
        }
    }

    /// The log of a run that is interrupted before step `at` and resumed from the checkpoint of the last epoch's end.
    pub(crate) fn interrupted(&self, cast: &[&str], at: u64) -> Vec<u8> {
        let (sink, kept) = (MemorySink::default(), Kept::default());
        let ports = Ports {
            sink: Box::new(sink.clone()),
            control: Box::new(At(at)),
            inputs: Box::new(NoInputs),
            storage: Some((Box::new(kept.clone()), 1)),
        };
        let header = serde_json::json!({});
        let mut run = Orchestrator::new(self.setup(cast), ports, &header).unwrap();
        assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Interrupted);
        let checkpoint = Checkpoint::decode(&kept.0.lock().unwrap()).unwrap();
        let mut prefix = Sha256::new();
        {
            let mut bytes = sink.0.lock().unwrap();
            bytes.truncate(checkpoint.position.offset as usize);
            prefix.update(&*bytes);
        }
        let ports = Ports {
            sink: Box::new(sink.clone()),
            control: Box::new(NoControl),
            inputs: Box::new(NoInputs),
            storage: None,
        };
        let mut run = Orchestrator::resume(self.setup(cast), ports, checkpoint, prefix).unwrap();
        assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Completed);
        let bytes = sink.0.lock().unwrap();
        bytes.clone()
    }

    /// Runs agents of these kinds (`kind.1`, `kind.2` …; the kind is the role too) and returns the run and its log.
    pub(crate) fn run(&self, cast: &[&str]) -> (Orchestrator<Commons>, Vec<Value>) {
        let (run, bytes) = self.log(cast);
        let lines = String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        (run, lines)
    }

    /// The same with the bytes of the log.
    pub(crate) fn log(&self, cast: &[&str]) -> (Orchestrator<Commons>, Vec<u8>) {
        let sink = MemorySink::default();
        let ports = Ports {
            sink: Box::new(sink.clone()),
            control: Box::new(NoControl),
            inputs: Box::new(NoInputs),
            storage: None,
        };
        let mut run = Orchestrator::new(self.setup(cast), ports, &serde_json::json!({})).unwrap();
        assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Completed);
        let bytes = sink.0.lock().unwrap().clone();
        (run, bytes)
    }
}

/// The lines of a kind.
pub(crate) fn of<'l>(log: &'l [Value], kind: &str) -> Vec<&'l Value> {
    log.iter().filter(|line| line["type"] == kind).collect()
}

/// The kinds of all task lines, in order.
pub(crate) fn task_story(log: &[Value]) -> Vec<&str> {
    story(log, "task_")
}

/// The kinds of all lines whose kind starts so, in order.
pub(crate) fn story<'l>(log: &'l [Value], start: &str) -> Vec<&'l str> {
    log.iter()
        .filter_map(|line| line["type"].as_str())
        .filter(|kind| kind.starts_with(start))
        .collect()
}
