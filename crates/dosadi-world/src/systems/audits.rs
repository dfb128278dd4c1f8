//! Stage 9, audits: superiors look into a post's books, and now and then find its bribes.
//!
//! A post is audited with probability `rate·{.010, .016, .022}·(1 + min(3, traffic/(1 + 4·seizures)))`, both over 14 days; the audit
//! pays the ward 40 credits of the polity's and is felt there (+0.15, −1.5 % a day). It finds with `.7·(1 − exp(−income/200))`,
//! income being bribes of the last 30 days in credits: 60 % of the purse goes to the polity, the officer's fear rises by .5, his
//! tolerance falls by .12 and the ward's corruption by .03; with probability .4 he is replaced; every post of the polity fears .04
//! more. Fear fades to .05 at 1.5 % a day. A rate of 0 draws nothing. Source: model page, section 3, stage 9.

use crate::state::borders::Posts;
use crate::state::wards::{Index, Why};
use crate::systems::smuggling::credits;
use crate::systems::telemetry::WINDOW;
use crate::world::Dosadi;
use das_core::config::Detail;
use das_core::detmath::{clamp, exp, fmin};
use das_core::ledger::Reason;
use das_core::orchestrator::Ctx;
use das_core::rng::Domain;
use das_core::units::MicroCredits;
use serde::Serialize;

const AUDITED: Domain = Domain::new("dosadi.audits.audited");
const FOUND: Domain = Domain::new("dosadi.audits.found");
const REPLACED: Domain = Domain::new("dosadi.audits.replaced");
const GREED: Domain = Domain::new("dosadi.audits.greed");
/// The draw of genesis: a post of the greedy half stays one whoever sits there.
const GREED_HALF: Domain = Domain::new("dosadi.generate.greed_half");

/// What an audit costs the polity, micro-credits.
const COST: i64 = 40_000_000;
/// How much the ward feels of it, and how that fades a day.
const FELT: f64 = 0.15;
const FADE: f64 = 0.015;
/// Bribes in 30 days at which an audit finds with 0.7·(1 − 1/e), micro-credits.
const SCALE: f64 = 2e8;
/// Fear that fades away, and its floor.
const CALM: f64 = 0.05;

#[derive(Serialize)]
struct Finding<'a> {
    post: String,
    border: u32,
    ward: &'a str,
    confiscated: f64,
    replaced: bool,
    income30: f64,
}

/// Makes everybody at the posts of a polity fear more.
fn frighten(posts: &mut Posts, polity: u16, by: f64) {
    for post in 0..posts.len() {
        if posts.polity[post] == polity {
            posts.fear[post] = clamp(posts.fear[post] + by, 0.0, 1.0);
        }
    }
}

/// Audits the posts whose turn the draws make it; fear and what wards feel of audits fade.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    for pressure in &mut world.state.wards.audit_pressure {
        *pressure *= 1.0 - FADE;
    }
    for fear in &mut world.state.posts.fear {
        *fear += FADE * (CALM - *fear);
    }
    let audits = &world.config.audits;
    let base = audits.rate * world.state.phase.pick(&audits.base);
    if base <= 0.0 {
        return;
    }
    let day = u64::from(world.state.day);
    for post in 0..world.state.posts.len() {
        let border = post / 2;
        let traffic = WINDOW * world.state.borders.traffic14[border];
        let seizures = WINDOW * world.state.borders.seizures14[border];
        let chance = base * (1.0 + fmin(3.0, traffic / (1.0 + 4.0 * seizures)));
        if ctx.draws().chance(AUDITED, &[post as u64, day], chance) {
            audit(world, post, ctx);
        }
    }
}

fn audit(world: &mut Dosadi, post: usize, ctx: &mut Ctx<'_, Dosadi>) {
    let state = &world.state;
    let (ward, polity) = (state.posts.ward[post] as usize, state.posts.polity[post]);
    let key = [post as u64, u64::from(state.day)];
    let treasury = world.polity_account(usize::from(polity));
    if let (Some(from), Some(to)) = (treasury, world.ward_account(ward)) {
        ctx.post_up_to(from, to, MicroCredits(COST), Reason::Levy);
    }
    world.state.wards.audit_pressure[ward] += FELT;
    world.state.figures.audits += 1;
    let income = world.state.posts.income30[post];
    if !ctx
        .draws()
        .chance(FOUND, &key, 0.7 * (1.0 - exp(-income / SCALE)))
    {
        return;
    }
    let confiscated = match (world.purse(post), treasury) {
        (Some(purse), Some(to)) => {
            let share = ctx.ledger().balance(purse).0 * 3 / 5;
            ctx.post_up_to(purse, to, MicroCredits(share), Reason::Levy)
                .0
        }
        _ => 0,
    };
    let replaced = ctx.draws().chance(REPLACED, &key, 0.4);
    let customs = &world.config.customs;
    let greed = replaced.then(|| {
        let half = ctx.draws().chance(GREED_HALF, &[post as u64], 0.5);
        let extra = if half { customs.greed_half } else { 0.0 };
        clamp(
            customs.greed * ctx.draws().unit(GREED, &key) + extra,
            0.0,
            1.0,
        )
    });
    let state = &mut world.state;
    let posts = &mut state.posts;
    posts.fear[post] = clamp(posts.fear[post] + 0.5, 0.0, 1.0);
    posts.tolerance[post] = clamp(posts.tolerance[post] - 0.12, 0.0, 1.0);
    if let Some(greed) = greed {
        posts.greed[post] = greed;
        posts.replaced[post] += 1;
    }
    frighten(posts, polity, 0.04);
    let corruption = state.wards.get(Index::Corruption, ward) - 0.03;
    state
        .wards
        .set(Index::Corruption, ward, corruption, Why::Audit);
    let border = post / 2;
    state.borders.found_today[border] += 1;
    if let Some(run) = &mut state.borders.crackdown[border] {
        run.found += 1;
    }
    state.figures.audits_found += 1;
    let event = Finding {
        post: crate::state::offices::Seat::Post(post as u32).agent_name(),
        border: border as u32,
        ward: &state.wards.names[ward],
        confiscated: credits(confiscated),
        replaced,
        income30: income / 1e6,
    };
    ctx.emit_at(Detail::Interactions, "audit_finding", &event);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_posts_of_the_polity_are_frightened_and_fear_is_bounded() {
        let mut posts = Posts::default();
        for polity in [0, 1, 0] {
            posts.open(0, polity, 0.5, 0.5, 0.98);
        }
        frighten(&mut posts, 0, 0.04);
        assert_eq!(posts.fear, [1.0, 0.98, 1.0]);
    }
}
