//! Stages 1 and 9, crackdowns: a border under pressure for some weeks, ordered by a patrol command or by the scenario.
//!
//! While one runs, posts inspect more (`systems::customs`), legal cargo is delayed (`systems::trade`), and smugglers, to whom it is
//! announced, avoid the border (`systems::learning`). Each post's ward gets 60·i credits a day from its polity. The planner's score
//! of an own border is `.25·min(found, 2) + .7·min(seizures/3, 1.5) + .3·min(seizures/(.15(1 + seizures)), 1) − .3·corruption`,
//! with found the sum over 30 days and seizures that over 14 days, both fading: it reads telemetry, never cargo that was not found.
//! `Invariant: a polity runs at most one ordered crackdown, two in P2`. Source: model page, sections 3 (stages 1 and 9) and 4. Not
//! here: whether a command orders one (`policies::patrol_command`).

use crate::act::{Conduct, Terms};
use crate::state::State;
use crate::state::borders::{Crackdown, post_of};
use crate::state::map::{Corridor, Map};
use crate::state::wards::Index;
use crate::systems::customs::IdText;
use crate::systems::smuggling::credits;
use crate::systems::telemetry::{MONTH, WINDOW};
use crate::verdicts;
use crate::welfare::truth;
use crate::world::Dosadi;
use das_core::agent::Proposal;
use das_core::config::Detail;
use das_core::detmath::fmin;
use das_core::environment::{Answer, Refusal, Settlement};
use das_core::interaction::Observables;
use das_core::ledger::Reason;
use das_core::orchestrator::Ctx;
use das_core::units::MicroCredits;
use petgraph::algo::has_path_connecting;
use petgraph::graph::NodeIndex;
use serde::Serialize;

/// Days of a crackdown by phase.
pub(crate) const DAYS: [u32; 3] = [14, 21, 28];
/// Crackdowns of a polity at once, by phase.
const RUNNING: [usize; 3] = [1, 1, 2];
/// Days after the end of one before the next on the same border.
const COOLDOWN: u32 = 14;
/// Score above which a border is worth one.
const WORTH: f64 = 0.25;
/// Days that an order of a command may last at most.
const DAYS_MAX: u32 = 100;
/// Pay of a post's ward, micro-credits a day at full intensity.
const PAY: f64 = 6e7;
/// Legal deliveries delayed that count as one rework, and most of those.
const DELAYS: u32 = 6;
const REWORK_MAX: u32 = 3;

#[derive(Serialize)]
struct Begun<'a> {
    border: u32,
    corridor: u32,
    wards: [&'a str; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    polity: Option<u16>,
    intensity: f64,
    days: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction: Option<IdText>,
    traffic: f64,
    seizures: f64,
    found: f64,
}

#[derive(Serialize)]
struct Ended {
    border: u32,
    cause: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    polity: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction: Option<IdText>,
    days: u32,
    traffic_before: f64,
    passes: u32,
    seizures: u32,
    delays: u32,
    found: u32,
    overturned: u32,
    pay: f64,
    welfare: f64,
}

fn corridor_of(state: &State, border: usize) -> &Corridor {
    &state.map.corridors[state.map.borders[border] as usize]
}

/// The end of a border that a polity controls, if it controls one.
fn own_end(state: &State, border: usize, polity: u16) -> Option<u32> {
    let it = corridor_of(state, border);
    [it.a, it.b]
        .into_iter()
        .find(|&ward| state.wards.polity[ward as usize] == polity)
}

/// The planner's score of an own border.
fn score(state: &State, border: usize, ward: u32) -> f64 {
    let found = MONTH * state.borders.found30[border];
    let seizures = WINDOW * state.borders.seizures14[border];
    let corruption = state.wards.get(Index::Corruption, ward as usize);
    0.25 * fmin(found, 2.0)
        + 0.7 * fmin(seizures / 3.0, 1.5)
        + 0.3 * fmin(seizures / (0.15 * (1.0 + seizures)), 1.0)
        - 0.3 * corruption
}

/// Whether a polity may order one more.
fn may_order(state: &State, polity: u16) -> bool {
    let running = state.borders.crackdown.iter().flatten();
    running.filter(|run| run.by == Some(polity)).count() < state.phase.pick(&RUNNING)
}

fn quiet(state: &State, border: usize) -> bool {
    state.borders.crackdown[border].is_none() && state.day >= state.borders.cooldown_until[border]
}

/// The own border with the highest score above 0.25 (of equal ones the lower id), if the polity may order one more.
pub(crate) fn target(state: &State, polity: u16) -> Option<(u32, f64)> {
    if !may_order(state, polity) {
        return None;
    }
    let mut best: Option<(u32, f64)> = None;
    for border in 0..state.borders.len() {
        let Some(ward) = own_end(state, border, polity) else {
            continue;
        };
        let value = score(state, border, ward);
        if quiet(state, border) && value > best.map_or(WORTH, |(_, held)| held) {
            best = Some((border as u32, value));
        }
    }
    best
}

/// Ends what ends today, and scores it.
pub(crate) fn expire(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    for border in 0..world.state.borders.len() {
        let ends =
            world.state.borders.crackdown[border].is_some_and(|run| run.until <= world.state.day);
        if ends {
            finish(world, border, ctx);
        }
    }
}

/// Ends a crackdown today.
fn finish(world: &mut Dosadi, border: usize, ctx: &mut Ctx<'_, Dosadi>) {
    let Some(run) = world.state.borders.crackdown[border].take() else {
        return;
    };
    let state = &mut world.state;
    state.borders.cooldown_until[border] = state.day + COOLDOWN;
    let days = state.day.saturating_sub(run.from).max(1);
    let delta = verdicts::crackdown(state, border, &run, days);
    if let Some(id) = run.interaction {
        let before = run.passes_before;
        let during = f64::from(run.passes) / f64::from(days);
        // Where nothing passed before there is nothing to hold back, so no progress either way.
        let progress = if before > 0.0 {
            1.0 - during / before
        } else {
            0.0
        };
        let it = corridor_of(state, border);
        let hardship = f64::midpoint(
            state.wards.get(Index::Hardship, it.a as usize),
            state.wards.get(Index::Hardship, it.b as usize),
        );
        let settlement = Settlement {
            observables: Observables {
                task_progress_delta: progress,
                rework_count: (run.delays / DELAYS).min(REWORK_MAX),
                verifier_rejections: run.overturned,
                tool_misuse_flags: run.found,
                counterparty_engagement_delta: -0.2 * run.intensity + 0.2 * (0.5 - hardship),
            },
            flags: [0, run.found],
            truth: Some(truth(delta)),
            ..Settlement::default()
        };
        ctx.close(id, settlement);
    }
    let event = Ended {
        border: border as u32,
        cause: run.begun_event,
        polity: run.by,
        interaction: run.interaction.map(IdText),
        days,
        traffic_before: run.passes_before,
        passes: run.passes,
        seizures: run.seizures,
        delays: run.delays,
        found: run.found,
        overturned: run.overturned,
        pay: credits(run.pay),
        welfare: delta,
    };
    ctx.emit_at(Detail::Interactions, "crackdown_ended", &event);
}

/// Puts a crackdown on a border from today.
fn begin(
    world: &mut Dosadi,
    border: usize,
    (intensity, days): (f64, u32),
    by: Option<u16>,
    interaction: Option<das_core::id::InteractionId>,
    ctx: &mut Ctx<'_, Dosadi>,
) {
    let state = &mut world.state;
    let it = *corridor_of(state, border);
    let names = &state.wards.names;
    let event = Begun {
        border: border as u32,
        corridor: state.map.borders[border],
        wards: [&names[it.a as usize], &names[it.b as usize]],
        polity: by,
        intensity,
        days,
        interaction: interaction.map(IdText),
        traffic: state.borders.traffic14[border],
        seizures: WINDOW * state.borders.seizures14[border],
        found: MONTH * state.borders.found30[border],
    };
    let begun_event = ctx.emit_at(Detail::Interactions, "crackdown_begun", &event);
    state.borders.crackdown[border] = Some(Crackdown {
        intensity,
        from: state.day,
        until: state.day + days,
        interaction,
        by,
        begun_event,
        passes_before: state.borders.traffic14[border],
        passes: 0,
        seizures: 0,
        delays: 0,
        delay_cost: 0.0,
        pay: 0,
        overturned: 0,
        found: 0,
    });
    state.figures.crackdowns += 1;
}

/// Whether a corridor is the only way between its ends.
pub(crate) fn is_bridge(map: &Map, corridor: u32) -> bool {
    let it = &map.corridors[corridor as usize];
    let mut graph = map.graph();
    graph.retain_edges(|graph, edge| graph[edge] != corridor);
    let (a, b) = (NodeIndex::new(it.a as usize), NodeIndex::new(it.b as usize));
    !has_path_connecting(&graph, a, b, None)
}

/// The border with most smuggled traffic lately that is no bridge; of equal ones the lower id.
pub(crate) fn busiest(state: &State) -> Option<u32> {
    let mut order: Vec<u32> = (0..state.borders.len() as u32)
        .filter(|&b| state.borders.traffic90[b as usize] > 0.0)
        .collect();
    let traffic = |b: &u32| state.borders.traffic90[*b as usize];
    order.sort_unstable_by(|a, b| traffic(b).total_cmp(&traffic(a)).then(a.cmp(b)));
    order
        .into_iter()
        .find(|&b| !is_bridge(&state.map, state.map.borders[b as usize]))
}

/// Begins what the scenario orders for today. It takes the place of one that runs on that border.
pub(crate) fn begin_ordered(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    for at in 0..world.config.crackdowns.ordered.len() {
        let order = &world.config.crackdowns.ordered[at];
        if order.day != world.state.day {
            continue;
        }
        let terms = (order.intensity, order.days);
        let border = order.border.or_else(|| busiest(&world.state));
        let Some(border) = border
            .map(|b| b as usize)
            .filter(|&b| b < world.state.borders.len())
        else {
            continue;
        };
        finish(world, border, ctx);
        begin(world, border, terms, None, None, ctx);
    }
}

/// A patrol command's order.
pub(crate) fn order(
    world: &mut Dosadi,
    polity: u16,
    border: u32,
    intensity: f64,
    days: u32,
    ctx: &mut Ctx<'_, Dosadi>,
) -> Result<(), Refusal> {
    let state = &world.state;
    let at = border as usize;
    let refuse = |why: &'static str| Err(Refusal::new("crackdown", why));
    if !world.config.crackdowns.planner {
        return refuse("commands order none in this city");
    }
    if !(0.0..=1.0).contains(&intensity) || !(1..=DAYS_MAX).contains(&days) {
        return refuse("an intensity is 0 to 1 and lasts 1 to 100 days");
    }
    if at >= state.borders.len() || !quiet(state, at) || !may_order(state, polity) {
        return refuse("no such border, one runs or just ran there, or too many run");
    }
    let Some(ward) = own_end(state, at, polity) else {
        return refuse("the border is not the polity's");
    };
    let post = post_of(border, corridor_of(state, at), ward);
    let offices = &state.offices;
    let (Some(command), Some(officer)) = (
        Dosadi::holder(&offices.patrols, usize::from(polity)),
        Dosadi::holder(&offices.posts, post as usize),
    ) else {
        return refuse("the post is empty");
    };
    let proposal = Proposal {
        to: officer,
        terms: Terms::Crackdown {
            border,
            intensity,
            days,
        },
        conduct: Conduct::default(),
        tag: 0,
    };
    match ctx.ask(world, command, proposal) {
        Answer::Refused(refusal) => Err(refusal),
        Answer::Answered(asked) if asked.response.is_none() => {
            ctx.close(asked.id, Settlement::default());
            refuse("the post will not have it")
        }
        Answer::Answered(asked) => {
            let terms = (intensity, days);
            begin(world, at, terms, Some(polity), Some(asked.id), ctx);
            Ok(())
        }
    }
}

/// Daily pay of running crackdowns: to each post's ward from its polity, as far as the treasury holds it.
pub(crate) fn pay(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    for border in 0..world.state.borders.len() {
        let intensity = world.state.borders.intensity(border);
        if intensity <= 0.0 {
            continue;
        }
        let due = MicroCredits((PAY * intensity).floor() as i64);
        for post in [2 * border, 2 * border + 1] {
            let polity = usize::from(world.state.posts.polity[post]);
            let ward = world.state.posts.ward[post] as usize;
            let (Some(from), Some(to)) = (world.polity_account(polity), world.ward_account(ward))
            else {
                continue;
            };
            let paid = ctx.post_up_to(from, to, due, Reason::Levy).0;
            if let Some(run) = &mut world.state.borders.crackdown[border] {
                run.pay += paid;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DosadiConfig;
    use crate::generate;
    use crate::state::map::NO_BORDER;
    use das_core::rng::Draws;

    fn city() -> State {
        generate::state(&DosadiConfig::default(), &Draws::new(1))
    }

    #[test]
    fn a_quiet_border_is_no_target_and_the_most_telling_one_is() {
        // Without telemetry no score exceeds .25; seizures make a border a target of the polities at both ends and of no other.
        let mut state = city();
        for polity in 0..state.map.polities {
            assert_eq!(target(&state, polity), None);
        }
        let border = state.borders.len() - 1;
        state.borders.seizures14[border] = 3.0 / WINDOW;
        let it = *corridor_of(&state, border);
        for polity in 0..state.map.polities {
            let own = [it.a, it.b]
                .iter()
                .any(|&w| state.wards.polity[w as usize] == polity);
            assert_eq!(
                target(&state, polity).map(|t| t.0),
                own.then_some(border as u32)
            );
        }
        state.borders.cooldown_until[border] = 1;
        assert_eq!(target(&state, state.wards.polity[it.a as usize]), None);
    }

    #[test]
    fn the_score_is_the_pages() {
        // found 1, seizures 3, corruption .15: .25 + .7 + .3·min(3/.6, 1) − .045.
        let mut state = city();
        state.borders.found30[0] = 1.0 / MONTH;
        state.borders.seizures14[0] = 3.0 / WINDOW;
        let ward = corridor_of(&state, 0).a;
        let corruption = state.wards.get(Index::Corruption, ward as usize);
        let expected = 0.25 + 0.7 + 0.3 - 0.3 * corruption;
        assert!((score(&state, 0, ward) - expected).abs() < 1e-9);
    }

    #[test]
    fn the_busiest_border_is_chosen_unless_it_is_a_bridge() {
        // 0-1 is the only way to ward 0; 1-2, 2-3, 1-3 form a triangle.
        let corridor = |a, b| Corridor {
            a,
            b,
            distance: 1.0,
            hazard: 0.0,
            cost: 1000,
            capacity: 1,
            open: true,
            border: NO_BORDER,
        };
        let corridors = vec![
            corridor(0, 1),
            corridor(1, 2),
            corridor(2, 3),
            corridor(1, 3),
        ];
        let mut state = city();
        state.map = Map::new(4, corridors, &[0, 1, 2, 0]);
        assert!(is_bridge(&state.map, 0));
        assert!((1..4).all(|c| !is_bridge(&state.map, c)));
        state.borders = crate::state::borders::Borders::new(state.map.borders.len());
        assert_eq!(busiest(&state), None);
        state.borders.traffic90 = vec![9.0, 1.0, 2.0, 2.0];
        assert_eq!(busiest(&state), Some(2));
    }
}
