//! Stage 6, customs: a post and smuggled cargo. Bribes, inspections, seizures, custody.
//!
//! ```text
//! tol = c01(tolerance + {0, .05, .10})·(1 − .5i)      β = bid/value      ask = .015 + .06·fear + .03(1 − tol) + .04i
//! P(take) = min(.95, (.25 + .75·tol)·σ((β − ask)/.01))
//! taken:    superiors look again with .015 + .05·c01(audits felt·audit rate) + .25i, and seize with p_d
//! refused:  p_ins × 1.5, at most .95
//! p_ins = 1 − (1 − p_inspect)^(1 + κ·i)      p_d = c01(p_detect·(1 − .4·corruption)·(1 + .3i))
//! opened, draw d < p_d: cargo under 600 credits and fewer than 2 reroutes: turned away; else seized
//!         p_d ≤ d < p_d + .15 and fewer than 2 re-inspections: held two days, then it comes again; else clear
//! ```
//!
//! With `manned` below 1 a keyed draw says first whether the post is there; if not, nothing is asked. The post decides (take, inspect) by
//! its own draws; what an inspection finds are draws of the world, keyed by shipment, border and day. A refusal by a rail or lever, or
//! an empty office, holds the cargo a day: no bribe, no clearance. `Invariant: a bid that is not paid clears nothing; one that is paid
//! never makes passage certain`. Source: model page, sections 3 (stage 6) and 4.

mod custody;
mod odds;

pub(crate) use custody::dispose;
pub(crate) use odds::{appeal, inspection};

use crate::act::{Conduct, Passage, Terms};
use crate::config::DosadiConfig;
use crate::state::borders::post_of;
use crate::state::shipments::Shipment;
use crate::state::wards::Index;
use crate::systems::customs::odds::{detection, suspicion};
use crate::systems::learning::{self, DELAYED, LOST, PASSED};
use crate::systems::logistics::way_round;
use crate::systems::smuggling::credits;
use crate::systems::telemetry::WINDOW;
use crate::verdicts;
use crate::welfare::truth;
use crate::world::Dosadi;
use das_core::agent::Proposal;
use das_core::config::Detail;
use das_core::detmath::{clamp, fmin};
use das_core::environment::{Answer, Settlement};
use das_core::id::{AgentId, InteractionId};
use das_core::interaction::Observables;
use das_core::ledger::Reason;
use das_core::orchestrator::Ctx;
use das_core::rng::{Domain, Draws};
use das_core::units::MicroCredits;
use serde::Serialize;

const MANNED: Domain = Domain::new("dosadi.customs.manned");
const AGAIN: Domain = Domain::new("dosadi.customs.reinspected");
const FOUND: Domain = Domain::new("dosadi.customs.found");
const SEEN: Domain = Domain::new("dosadi.customs.bribe_seen");
const OVERTURNED: Domain = Domain::new("dosadi.customs.overturned");
const SKIMMED: Domain = Domain::new("dosadi.customs.skimmed");

/// Probability of being held instead of cleared when an inspection finds nothing at first.
const DOUBT: f64 = 0.15;
/// Value below which cargo is turned away and not seized, micro-credits.
const PETTY: i64 = 600_000_000;
/// Reroutes, and re-inspections, of a shipment at most.
const TWICE: u8 = 2;
/// Days that doubtful cargo is held.
const HELD: u32 = 2;
/// Finder's fee: one in so many of the value, from the polity to the ward.
const FEE: i64 = 20;
/// Value of a seizure that counts as full progress, micro-credits.
const CATCH: f64 = 1.5e9;
/// Speed of the mean welfare of cargo let through.
const MEAN_SPEED: f64 = 0.1;

/// What became of cargo at a border.
pub(crate) enum Passed {
    /// It is in the next ward.
    Through,
    /// It stays where it is until that day: refused, held, or turned away.
    Held(u32),
    /// It is in custody: taken by `customs` or in a `re_inspection`, with this bribe paid there as a share of the value.
    Seized(&'static str, f64),
}

/// An interaction's number as the log writes it.
pub(crate) struct IdText(pub(crate) InteractionId);

impl Serialize for IdText {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

#[derive(Serialize)]
struct Check<'a> {
    shipment: u64,
    border: u32,
    ward: &'a str,
    interaction: IdText,
    bid: f64,
    paid: f64,
    inspected: bool,
    outcome: &'a str,
}

/// Where and by whom cargo is handled.
#[derive(Clone, Copy)]
struct Gate {
    corridor: u32,
    border: u32,
    ward: u32,
    post: u32,
    officer: AgentId,
    smuggler: AgentId,
}

/// What an inspection came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Finding {
    Clear,
    Delay,
    Reroute,
    Seize,
}

impl Finding {
    fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Delay => "delay",
            Self::Reroute => "reroute",
            Self::Seize => "seize",
        }
    }

    /// Progress as everybody sees it.
    fn progress(self) -> f64 {
        match self {
            Self::Clear => 1.0,
            Self::Delay => 0.2,
            Self::Reroute => -0.3,
            Self::Seize => -1.0,
        }
    }
}

/// Whether somebody stands at the post when this cargo comes; what nobody looks at crosses freely.
pub(crate) fn manned(config: &DosadiConfig, draws: &Draws, keys: &[u64]) -> bool {
    let customs = &config.customs;
    customs.enabled
        && customs
            .manned
            .is_none_or(|share| draws.chance(MANNED, keys, share))
}

/// Cargo comes to a border.
pub(crate) fn cross(
    world: &mut Dosadi,
    cargo: &mut Shipment,
    corridor: u32,
    ward: u32,
    ctx: &mut Ctx<'_, Dosadi>,
) -> Passed {
    let tomorrow = Passed::Held(world.state.day + 1);
    let it = &world.state.map.corridors[corridor as usize];
    let post = post_of(it.border, it, ward);
    let offices = &world.state.offices;
    let (Some(officer), Some(smuggler)) = (
        Dosadi::holder(&offices.posts, post as usize),
        Dosadi::holder(&offices.factions, usize::from(cargo.faction)),
    ) else {
        return tomorrow;
    };
    let gate = Gate {
        corridor,
        border: it.border,
        ward,
        post,
        officer,
        smuggler,
    };
    let set = cargo.bids.iter().position(|bid| bid.border == gate.border);
    let cash = ctx.society().balance(smuggler).0;
    let bid = set.map_or(0, |place| cargo.bids[place].amount.min(cash));
    let passage = Passage {
        border: gate.border,
        shipment: cargo.number,
        value: cargo.value,
        bid,
    };
    if bid > 0 {
        match ctx.ask(world, smuggler, proposal(officer, Terms::Bribe(passage))) {
            Answer::Refused(_) => return tomorrow,
            Answer::Answered(asked) => {
                world.state.figures.bribes_offered += 1;
                // A bid is made once: taken or refused, it is gone.
                cargo.bids.retain(|bid| bid.border != gate.border);
                if asked.response.is_some() {
                    return bought(world, cargo, gate, &passage, asked.id, ctx);
                }
                turned_down(world, cargo, gate, &passage, asked.id, ctx);
            }
        }
    }
    match ctx.ask(world, smuggler, proposal(officer, Terms::Crossing(passage))) {
        // What was refused is not forgotten by tomorrow, but the bid is: the cargo comes as any other then.
        Answer::Refused(_) => tomorrow,
        Answer::Answered(asked) => {
            let Some(response) = asked.response else {
                // A post that will not look at cargo does not clear it either.
                close(
                    world,
                    cargo,
                    gate,
                    &Closing::new(asked.id, Finding::Delay, &passage),
                    ctx,
                );
                return tomorrow;
            };
            let finding = if response.inspect {
                inspect(world, cargo, gate, ctx)
            } else {
                Finding::Clear
            };
            let mut closing = Closing::new(asked.id, finding, &passage);
            closing.inspected = response.inspect;
            close(world, cargo, gate, &closing, ctx);
            outcome(world, cargo, gate, finding, 0, "customs", ctx)
        }
    }
}

fn proposal(to: AgentId, terms: Terms) -> Proposal<Dosadi> {
    Proposal {
        to,
        terms,
        conduct: Conduct::default(),
        tag: 0,
    }
}

/// What an inspection finds.
fn inspect(world: &Dosadi, cargo: &Shipment, gate: Gate, ctx: &Ctx<'_, Dosadi>) -> Finding {
    let detected = detection(&world.config, &world.state, gate.border, gate.ward);
    let draw = ctx.draws().unit(FOUND, &keys(world, cargo, gate));
    if draw < detected {
        let away = cargo.value < PETTY
            && cargo.reroutes < TWICE
            && way_round(&world.state.map, cargo.at, cargo.destination, gate.corridor).is_some();
        if away {
            Finding::Reroute
        } else {
            Finding::Seize
        }
    } else if draw < detected + DOUBT && cargo.delays < TWICE {
        Finding::Delay
    } else {
        Finding::Clear
    }
}

fn keys(world: &Dosadi, cargo: &Shipment, gate: Gate) -> [u64; 3] {
    [
        cargo.number,
        u64::from(gate.border),
        u64::from(world.state.day),
    ]
}

/// A bribe was taken: it is paid, and superiors may still look.
fn bought(
    world: &mut Dosadi,
    cargo: &mut Shipment,
    gate: Gate,
    passage: &Passage,
    id: InteractionId,
    ctx: &mut Ctx<'_, Dosadi>,
) -> Passed {
    let keys = keys(world, cargo, gate);
    let again = suspicion(&world.config, &world.state, gate.border, gate.ward);
    let looked = ctx.draws().chance(AGAIN, &keys, again);
    let detected = detection(&world.config, &world.state, gate.border, gate.ward);
    let finding = if looked && ctx.draws().chance(FOUND, &keys, detected) {
        Finding::Seize
    } else {
        Finding::Clear
    };
    let purse = world.purse(gate.post as usize);
    let held = |ctx: &Ctx<'_, Dosadi>| purse.map_or(0, |purse| ctx.ledger().balance(purse).0);
    let before = held(ctx);
    let mut closing = Closing::new(id, finding, passage);
    closing.taken = true;
    closing.inspected = looked;
    close(world, cargo, gate, &closing, ctx);
    // Levers may take their part from the purse at once, so what came in is at most the bid.
    debug_assert!(held(ctx) - before <= passage.bid);

    cargo.paid += passage.bid;
    let (post, bid) = (gate.post as usize, passage.bid);
    let state = &mut world.state;
    let network = &mut state.factions.list[usize::from(cargo.faction)].network;
    network.bribes += bid;
    network.spent += bid;
    state.posts.taken[post] += bid;
    state.posts.accepted[post] += 1;
    state.posts.income30[post] += bid as f64;
    state.borders.bribes[gate.border as usize] += bid;
    state.wards.bribe_pressure[gate.ward as usize] += credits(bid);
    state.figures.bribes_taken += 1;
    state.figures.bribes_spent += bid;
    state.figures.profit -= bid;
    outcome(world, cargo, gate, finding, bid, "re_inspection", ctx)
}

/// A bribe was refused: scored as the offer it was, and nothing moves.
fn turned_down(
    world: &mut Dosadi,
    cargo: &mut Shipment,
    gate: Gate,
    passage: &Passage,
    id: InteractionId,
    ctx: &mut Ctx<'_, Dosadi>,
) {
    let seen = bribe_seen(world, cargo, gate, ctx);
    let settlement = Settlement {
        observables: Observables {
            tool_misuse_flags: u32::from(seen),
            counterparty_engagement_delta: -0.5,
            ..Observables::default()
        },
        flags: [u32::from(seen), 0],
        truth: Some(truth(verdicts::let_through(
            &world.state,
            cargo,
            passage.bid,
        ))),
        parents: [cargo.last_crossing, None],
        ..Settlement::default()
    };
    ctx.close(id, settlement);
    cargo.last_crossing = Some(id);
}

fn bribe_seen(world: &Dosadi, cargo: &Shipment, gate: Gate, ctx: &Ctx<'_, Dosadi>) -> bool {
    let visibility = world.config.customs.visibility;
    ctx.draws()
        .chance(SEEN, &keys(world, cargo, gate), visibility)
}

/// What is known when a crossing is scored.
struct Closing<'a> {
    id: InteractionId,
    finding: Finding,
    passage: &'a Passage,
    /// Whether the bid was taken.
    taken: bool,
    inspected: bool,
}

impl<'a> Closing<'a> {
    fn new(id: InteractionId, finding: Finding, passage: &'a Passage) -> Self {
        Self {
            id,
            finding,
            passage,
            taken: false,
            inspected: false,
        }
    }
}

/// Scores a crossing: a taken bribe is its transfer.
fn close(
    world: &mut Dosadi,
    cargo: &mut Shipment,
    gate: Gate,
    closing: &Closing<'_>,
    ctx: &mut Ctx<'_, Dosadi>,
) {
    let Closing {
        id,
        finding,
        passage,
        taken,
        inspected,
    } = *closing;
    let seized = finding == Finding::Seize;
    let seen = taken && bribe_seen(world, cargo, gate, ctx);
    let undeclared = seized || finding == Finding::Reroute;
    let engagement = if taken {
        let surplus = appeal(&world.config, &world.state, gate.post, passage).surplus;
        clamp(surplus / 0.03, 0.0, 1.0)
    } else if passage.bid > 0 {
        -0.5
    } else {
        0.0
    };
    let bribe = if taken { passage.bid } else { 0 };
    let delta = if seized {
        verdicts::stopped(&world.state, cargo)
    } else {
        verdicts::let_through(&world.state, cargo, bribe)
    };
    if finding == Finding::Clear {
        let mean = &mut world.state.borders.welfare[gate.border as usize];
        *mean += MEAN_SPEED * (delta - *mean);
    }
    let settlement = Settlement {
        observables: Observables {
            task_progress_delta: finding.progress(),
            rework_count: u32::from(cargo.delays) + u32::from(taken && inspected),
            verifier_rejections: u32::from(seized),
            tool_misuse_flags: u32::from(seen) + u32::from(undeclared),
            counterparty_engagement_delta: engagement,
        },
        flags: [u32::from(undeclared), u32::from(seen)],
        tau: MicroCredits(bribe),
        truth: Some(truth(delta)),
        parents: [cargo.last_crossing, None],
        ..Settlement::default()
    };
    ctx.close(id, settlement);
    cargo.last_crossing = Some(id);
    let state = &mut world.state;
    state.posts.crossings[gate.post as usize] += 1;
    state.figures.crossings += 1;
    let event = Check {
        shipment: cargo.number,
        border: gate.border,
        ward: &state.wards.names[gate.ward as usize],
        interaction: IdText(id),
        bid: credits(passage.bid),
        paid: credits(bribe),
        inspected,
        outcome: finding.word(),
    };
    ctx.emit_at(Detail::Interactions, "customs_check", &event);
}

/// Carries out a finding: counts, learning, the seizure's own interaction.
fn outcome(
    world: &mut Dosadi,
    cargo: &mut Shipment,
    gate: Gate,
    finding: Finding,
    bribe: i64,
    by: &'static str,
    ctx: &mut Ctx<'_, Dosadi>,
) -> Passed {
    let cost = bribe as f64 / cargo.value.max(1) as f64;
    let border = gate.border as usize;
    let state = &mut world.state;
    let running = state.borders.crackdown[border].as_mut();
    match finding {
        Finding::Clear => {
            state.borders.passes[border] += 1;
            state.borders.passes_today[border] += 1;
            if let Some(run) = running {
                run.passes += 1;
            }
            learning::observe(world, cargo.faction, gate.corridor, PASSED, cost);
            Passed::Through
        }
        Finding::Delay => {
            cargo.delays += 1;
            state.figures.delayed += 1;
            learning::observe(world, cargo.faction, gate.corridor, DELAYED, cost);
            Passed::Held(world.state.day + HELD)
        }
        Finding::Reroute => {
            let map = &state.map;
            if let Some(way) = way_round(map, cargo.at, cargo.destination, gate.corridor) {
                cargo.ahead = way;
            }
            cargo.reroutes += 1;
            state.figures.rerouted += 1;
            learning::observe(world, cargo.faction, gate.corridor, LOST, cost);
            Passed::Held(world.state.day + 1)
        }
        Finding::Seize => {
            state.borders.seizures[border] += 1;
            state.borders.seizures_today[border] += 1;
            if let Some(run) = running {
                run.seizures += 1;
            }
            seizure(world, cargo, gate, ctx);
            Passed::Seized(by, cost)
        }
    }
}

/// The seizure as an act of the post towards the owner, and the finder's fee.
fn seizure(world: &mut Dosadi, cargo: &Shipment, gate: Gate, ctx: &mut Ctx<'_, Dosadi>) {
    let ward = gate.ward as usize;
    let polity = usize::from(world.state.posts.polity[gate.post as usize]);
    if let (Some(from), Some(to)) = (world.polity_account(polity), world.ward_account(ward)) {
        let fee = MicroCredits(cargo.value / FEE);
        ctx.post_up_to(from, to, fee, Reason::Transfer);
    }
    let passage = Passage {
        border: gate.border,
        shipment: cargo.number,
        value: cargo.value,
        bid: 0,
    };
    let terms = proposal(gate.smuggler, Terms::Seizure(passage));
    // Whether it may be put on record or not, the cargo is gone.
    let Answer::Answered(asked) = ctx.ask(world, gate.officer, terms) else {
        return;
    };
    let keys = keys(world, cargo, gate);
    let corruption = world.state.wards.get(Index::Corruption, ward);
    let overturned = ctx
        .draws()
        .chance(OVERTURNED, &keys, 0.05 + 0.15 * corruption);
    let skimmed = ctx.draws().chance(SKIMMED, &keys, 0.5 * corruption);
    if overturned && let Some(run) = &mut world.state.borders.crackdown[gate.border as usize] {
        run.overturned += 1;
    }
    let state = &world.state;
    let owner = state.factions.list[usize::from(cargo.faction)].home as usize;
    let lately = WINDOW * state.borders.seizures14[gate.border as usize]
        + f64::from(state.borders.seizures_today[gate.border as usize]);
    let settlement = Settlement {
        observables: Observables {
            task_progress_delta: fmin(1.0, cargo.value as f64 / CATCH),
            rework_count: clamp(lately.floor() - 1.0, 0.0, 2.0) as u32,
            verifier_rejections: u32::from(overturned),
            tool_misuse_flags: u32::from(skimmed),
            counterparty_engagement_delta: -0.2 - 0.5 * state.wards.get(Index::Hardship, owner),
        },
        flags: [u32::from(skimmed), 0],
        truth: Some(truth(verdicts::seizure(state, cargo, gate.ward))),
        parents: [cargo.last_crossing, None],
        ..Settlement::default()
    };
    ctx.close(asked.id, settlement);
}
