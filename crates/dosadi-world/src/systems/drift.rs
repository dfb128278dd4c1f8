//! Stage 11: slow drift of norms and offices, and people who move away from hardship.
//!
//! Weekly; wards and corridors take turns. All targets of a ward are worked out from its values before any of them moves. Pressures
//! (audits, crackdowns, bribes) are sums that fade daily: `systems::audits`, `systems::telemetry`. `Invariant: no ward loses its last
//! head, and money moves with people, never appears`. Source: model page, section 3 (stage 11).

use crate::day::weekly;
use crate::state::State;
use crate::state::map::Corridor;
use crate::state::wards::{Index, Why};
use crate::world::Dosadi;
use das_core::config::Detail;
use das_core::detmath::{clamp, exp, fmin};
use das_core::ledger::Reason;
use das_core::orchestrator::Ctx;
use das_core::units::MicroCredits;
use serde::Serialize;

/// Bribes, in credits of the decaying sum, at which their effect on corruption is 63 %.
const BRIBES: f64 = 600.0;
/// Difference in hardship that nobody moves for.
const MIGRATION_FREE: f64 = 0.08;
/// Fear of an officer who was never audited.
pub const FEAR_MIN: f64 = 0.05;

/// Event `migration`.
#[derive(Serialize)]
struct Migration<'a> {
    from: &'a str,
    to: &'a str,
    people: i64,
    money: f64,
}

/// Runs the stage.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    let culture = &world.config.culture;
    if !culture.enabled {
        return;
    }
    let day = world.day();
    let base = [culture.tolerance0, culture.corruption0];
    let [tolerance, corruption, legitimacy, unrest, of_post] = culture.speed;
    let speed = [tolerance, corruption, legitimacy, unrest];
    for w in (0..world.wards()).filter(|&w| weekly(day, w as u32)) {
        norms(&mut world.state, base, speed, w);
    }
    for p in 0..world.state.posts.len() {
        if weekly(day, world.state.posts.ward[p]) {
            post(&mut world.state, of_post, p);
        }
    }
    for c in 0..world.state.map.corridors.len() {
        if weekly(day, c as u32) {
            migrate(world, ctx, c);
        }
    }
}

/// Tolerance, corruption, legitimacy and unrest of a ward, each by its speed.
fn norms(state: &mut State, base: [f64; 2], speed: [f64; 4], ward: usize) {
    let [tolerance0, corruption0] = base;
    let wards = &mut state.wards;
    let h = wards.get(Index::Hardship, ward);
    let harm = wards.get(Index::Harm, ward);
    let corruption = wards.get(Index::Corruption, ward);
    let legitimacy = wards.get(Index::Legitimacy, ward);
    let crackdowns = wards.crackdown_pressure[ward];
    let bribes = 1.0 - exp(-wards.bribe_pressure[ward] / BRIBES);
    let targets = [
        0.6 * tolerance0 + 0.7 * h + 0.25 * fmin(1.0, 2.0 * harm) + 0.25 * corruption
            - 0.25 * (legitimacy - 0.5),
        0.8 * corruption0 + 0.7 * bribes + 0.15 * h - 0.2 * wards.audit_pressure[ward],
        0.8 - 1.2 * h - 0.35 * corruption - 0.2 * crackdowns,
        0.9 * h + 0.3 * (1.0 - legitimacy) + 0.25 * crackdowns - 0.1,
    ];
    let moves = [
        (Index::Tolerance, Why::Culture),
        (Index::Corruption, Why::Institutions),
        (Index::Legitimacy, Why::Culture),
        (Index::Unrest, Why::Culture),
    ];
    for (((index, why), target), speed) in moves.into_iter().zip(targets).zip(speed) {
        wards.drift(index, ward, target, speed, why);
    }
}

/// Where a post's tolerance of bribes drifts to: `c01(.05 + .55·greed + .25·tolerance + .2·corruption − .4·(fear − .05))` of its officer
/// and ward.
pub fn post_target(greed: f64, tolerance: f64, corruption: f64, fear: f64) -> f64 {
    let target =
        0.05 + 0.55 * greed + 0.25 * tolerance + 0.2 * corruption - 0.4 * (fear - FEAR_MIN);
    clamp(target, 0.0, 1.0)
}

fn post(state: &mut State, speed: f64, post: usize) {
    let posts = &mut state.posts;
    let ward = posts.ward[post] as usize;
    let target = post_target(
        posts.greed[post],
        state.wards.get(Index::Tolerance, ward),
        state.wards.get(Index::Corruption, ward),
        posts.fear[post],
    );
    posts.tolerance[post] += speed * (target - posts.tolerance[post]);
}

/// People who move over a corridor in a week, from where to where: `rate·(h_a − h_b − .08)` of the unhappier ward, never its last.
fn movers(state: &State, rate: f64, corridor: &Corridor) -> Option<(usize, usize, i64)> {
    let (a, b) = (corridor.a as usize, corridor.b as usize);
    let gap = state.wards.get(Index::Hardship, a) - state.wards.get(Index::Hardship, b);
    let (from, to) = if gap > 0.0 { (a, b) } else { (b, a) };
    let excess = gap.abs() - MIGRATION_FREE;
    if !corridor.open || excess <= 0.0 {
        return None;
    }
    let people = state.wards.people[from];
    let moving = (rate * excess * people as f64).floor() as i64;
    let moving = moving.min(people - 1);
    (moving > 0).then_some((from, to, moving))
}

/// People move, and half of their share of their ward's money with them.
fn migrate(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>, corridor: usize) {
    let rate = world.config.culture.migration;
    let state = &mut world.state;
    let Some((from, to, people)) = movers(state, rate, &state.map.corridors[corridor]) else {
        return;
    };
    let before = state.wards.people[from];
    state.wards.people[from] -= people;
    state.wards.people[to] += people;
    state.figures.migrants += people;

    let mut money = 0;
    if let (Some(old), Some(new)) = (world.ward_account(from), world.ward_account(to)) {
        let cash = i128::from(ctx.ledger().balance(old).0);
        let share = cash * i128::from(people) / (2 * i128::from(before));
        money = ctx
            .post_up_to(old, new, MicroCredits(share as i64), Reason::Transfer)
            .0;
    }
    let names = &world.state.wards.names;
    let event = Migration {
        from: &names[from],
        to: &names[to],
        people,
        money: MicroCredits(money).credits(),
    };
    ctx.emit_at(Detail::Full, "migration", &event);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::fixture::{line, live_with, state};

    fn nearly(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn norms_move_a_step_towards_their_targets() {
        // h .2, corruption .15, legitimacy .6, unrest .1, bribes 600 cr, all other pressures 0: one week by hand.
        let mut state = state();
        let set = |state: &mut State, index, value| state.wards.set(index, 0, value, Why::Genesis);
        set(&mut state, Index::Hardship, 0.2);
        set(&mut state, Index::Tolerance, 0.25);
        set(&mut state, Index::Corruption, 0.15);
        set(&mut state, Index::Legitimacy, 0.6);
        set(&mut state, Index::Unrest, 0.1);
        state.wards.bribe_pressure[0] = 600.0;
        norms(&mut state, [0.25, 0.15], [0.05, 0.04, 0.06, 0.10], 0);
        let wards = &state.wards;
        let tolerance: f64 = 0.15 + 0.14 + 0.0375 - 0.025;
        assert!(nearly(
            wards.get(Index::Tolerance, 0),
            0.25 + 0.05 * (tolerance - 0.25)
        ));
        let corruption = 0.12 + 0.7 * (1.0 - exp(-1.0)) + 0.03;
        assert!(nearly(
            wards.get(Index::Corruption, 0),
            0.15 + 0.04 * (corruption - 0.15)
        ));
        let legitimacy = 0.8 - 0.24 - 0.0525;
        assert!(nearly(
            wards.get(Index::Legitimacy, 0),
            0.6 + 0.06 * (legitimacy - 0.6)
        ));
        let unrest = 0.18 + 0.12 - 0.1;
        assert!(nearly(
            wards.get(Index::Unrest, 0),
            0.1 + 0.1 * (unrest - 0.1)
        ));
        assert_eq!(wards.last_reason(Index::Corruption, 0), Why::Institutions);
    }

    #[test]
    fn indices_stay_within_bounds_under_any_pressure() {
        // Extreme pressures for ten years of weeks: every index stays in 0..=1.
        let mut state = state();
        for week in 0..520 {
            let on = week % 100 < 50;
            state.wards.audit_pressure[0] = if on { 50.0 } else { 0.0 };
            state.wards.crackdown_pressure[0] = if on { 0.0 } else { 50.0 };
            state.wards.bribe_pressure[0] = if on { 0.0 } else { 1e9 };
            let h = if on { 0.0 } else { 1.0 };
            state.wards.set(Index::Hardship, 0, h, Why::Genesis);
            norms(&mut state, [1.0, 1.0], [0.05, 0.04, 0.06, 0.10], 0);
            for index in crate::state::wards::ALL {
                assert!((0.0..=1.0).contains(&state.wards.get(index, 0)));
            }
        }
    }

    #[test]
    fn greed_raises_and_fear_lowers_the_tolerance_of_posts() {
        // .05 + .55·.5 + .25·.4 + .2·.3 at the least fear; an audit's fright takes .2 of it; clamped at both ends.
        assert!(nearly(post_target(0.5, 0.4, 0.3, 0.05), 0.485));
        assert!(nearly(post_target(0.5, 0.4, 0.3, 0.55), 0.285));
        assert_eq!(post_target(0.0, 0.0, 0.0, 1.0), 0.0);
        assert_eq!(post_target(2.0, 1.0, 1.0, 0.05), 1.0);
    }

    #[test]
    fn people_move_only_for_a_difference_and_never_all_of_them() {
        // h .5 against 0: .01·.42·1000 = 4 people leave, whichever end is worse; at .08 nobody; of two people at most one.
        let mut state = state();
        let corridor = state.map.corridors[0];
        let (a, b) = (corridor.a as usize, corridor.b as usize);
        state.wards.set(Index::Hardship, a, 0.5, Why::Genesis);
        assert_eq!(movers(&state, 0.01, &corridor), Some((a, b, 4)));
        state.wards.set(Index::Hardship, a, 0.0, Why::Genesis);
        state.wards.set(Index::Hardship, b, 0.5, Why::Genesis);
        assert_eq!(movers(&state, 0.01, &corridor), Some((b, a, 4)));
        let closed = Corridor {
            open: false,
            ..corridor
        };
        assert_eq!(movers(&state, 0.01, &closed), None);
        state.wards.set(Index::Hardship, b, 0.08, Why::Genesis);
        assert_eq!(movers(&state, 0.01, &corridor), None);
        state.wards.set(Index::Hardship, b, 1.0, Why::Genesis);
        state.wards.people[b] = 2;
        assert_eq!(movers(&state, 5.0, &corridor), Some((b, a, 1)));
    }

    #[test]
    fn people_take_half_of_their_share_of_the_money() {
        // Ward d in great need for a week without trade: some move to c, the people of the city stay as many, money moves along.
        let lived = live_with(line(), 1, 7, Vec::new(), |world| {
            world.config.trade.enabled = false;
            world.config.culture.migration = 0.5;
            world.state.wards.set(Index::Hardship, 3, 1.0, Why::Genesis);
        });
        let moves = lived.events("migration");
        let first = moves.iter().find(|m| m["from"] == "d").unwrap();
        let (people, money) = (
            first["people"].as_i64().unwrap(),
            first["money"].as_f64().unwrap(),
        );
        assert!(people > 0);
        // Cash is near 40 cr a head all week: half of that a head.
        let per_head = money / people as f64;
        assert!((17.0..23.0).contains(&per_head), "{per_head}");
        let all: i64 = lived.world().state.wards.people.iter().sum();
        assert_eq!(all, 4000);
    }

    #[test]
    fn a_culture_that_is_off_moves_nothing() {
        // Thirty days: indices of norms as founded, nobody moves.
        let lived = live_with(line(), 1, 30, Vec::new(), |world| {
            world.config.culture.enabled = false;
        });
        let wards = &lived.world().state.wards;
        assert!(wards.column(Index::Tolerance).iter().all(|&t| t == 0.25));
        assert!(wards.people.iter().all(|&p| p == 1000));
        assert!(lived.events("migration").is_empty());
    }
}
