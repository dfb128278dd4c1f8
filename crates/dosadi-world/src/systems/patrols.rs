//! Stage 9, patrols: a polity guards its most dangerous corridors, a week at a time.
//!
//! A patrol prevents a share of the robberies on its corridor (in the corridor's risk, so legal and smuggled cargo alike) and
//! seizes contraband that passes with a small probability. It is paid daily by the polity, half to each end's ward; a patrol that is
//! not paid at all goes home. `Invariant: a polity patrols at most corridors_max corridors, all within it`. Source: model page,
//! section 3 (risk), and the configuration's own defaults. Not here: the seizure itself (`systems::logistics`).

use crate::config::DosadiConfig;
use crate::day::WEEK;
use crate::state::State;
use crate::systems::logistics;
use crate::world::Dosadi;
use das_core::config::Detail;
use das_core::environment::Refusal;
use das_core::ledger::Reason;
use das_core::orchestrator::Ctx;
use das_core::units::MicroCredits;
use serde::Serialize;

#[derive(Serialize)]
struct Patrol<'a> {
    polity: u16,
    corridor: u32,
    wards: [&'a str; 2],
    risk: f64,
}

/// Whether both ends of an open corridor are the polity's.
fn within(state: &State, corridor: usize, polity: u16) -> bool {
    let it = &state.map.corridors[corridor];
    let of = |ward: u32| state.wards.polity[ward as usize];
    it.open && of(it.a) == polity && of(it.b) == polity
}

/// The corridors within a polity that would be most dangerous without a patrol, as many as it may guard; of equal ones the lower id.
pub(crate) fn dangerous(config: &DosadiConfig, state: &State, polity: u16) -> Vec<u32> {
    let most = config.patrols.corridors_max as usize;
    if most == 0 {
        return Vec::new();
    }
    let mut found: Vec<(u32, f64)> = (0..state.map.corridors.len())
        .filter(|&c| within(state, c, polity))
        .map(|c| (c as u32, logistics::raw_risk(state, c)))
        .collect();
    found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found.truncate(most);
    found.into_iter().map(|(corridor, _)| corridor).collect()
}

/// Puts a polity's patrols on these corridors for a week, and calls back those elsewhere.
pub(crate) fn deploy(world: &mut Dosadi, polity: u16, corridors: &[u32]) -> Result<(), Refusal> {
    let config = &world.config.patrols;
    let most = config.corridors_max as usize;
    if !config.enabled || corridors.len() > most {
        let why = format!("{} corridors, {most} allowed", corridors.len());
        return Err(Refusal::new("patrols", why));
    }
    let state = &mut world.state;
    let count = state.map.corridors.len();
    let foreign = |&c: &u32| c as usize >= count || !within(state, c as usize, polity);
    if corridors.iter().any(foreign) {
        return Err(Refusal::new("patrols", "a corridor is not the polity's"));
    }
    for corridor in 0..count {
        let wanted = corridors.contains(&(corridor as u32));
        let guarded = state.corridors.patrolled[corridor] > 0;
        if wanted || guarded && within(state, corridor, polity) {
            state.corridors.patrolled[corridor] = if wanted { WEEK } else { 0 };
            logistics::patrol_changed(&world.config, state, corridor);
        }
    }
    Ok(())
}

/// A day of every patrol: wages, and the week runs out. New ones are announced.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    if !world.config.patrols.enabled {
        return;
    }
    let wage = MicroCredits::saturating(world.config.patrols.wage).0;
    for corridor in 0..world.state.map.corridors.len() {
        let left = world.state.corridors.patrolled[corridor];
        if left == 0 {
            continue;
        }
        let it = world.state.map.corridors[corridor];
        let polity = world.state.wards.polity[it.a as usize];
        let treasury = world.polity_account(usize::from(polity));
        let mut paid = 0;
        for (ward, due) in [(it.a, wage / 2), (it.b, wage - wage / 2)] {
            if let (Some(from), Some(to)) = (treasury, world.ward_account(ward as usize)) {
                paid += ctx.post_up_to(from, to, MicroCredits(due), Reason::Levy).0;
            }
        }
        let state = &mut world.state;
        if left == WEEK {
            let names = &state.wards.names;
            let event = Patrol {
                polity,
                corridor: corridor as u32,
                wards: [&names[it.a as usize], &names[it.b as usize]],
                risk: state.corridors.risk[corridor],
            };
            ctx.emit_at(Detail::Full, "patrol", &event);
        }
        state.figures.patrol_days += 1;
        let stays = paid > 0 || wage == 0;
        state.corridors.patrolled[corridor] = if stays { left - 1 } else { 0 };
        if state.corridors.patrolled[corridor] == 0 {
            logistics::patrol_changed(&world.config, state, corridor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;
    use das_core::rng::Draws;

    #[test]
    fn patrols_lower_the_risk_where_they_are_and_are_called_back() {
        // The most dangerous corridor of polity 0 is guarded; a foreign corridor, or one too many, is refused and moves nobody.
        let mut config = DosadiConfig::default();
        config.patrols.corridors_max = 1;
        let state = generate::state(&config, &Draws::new(1));
        let mut world = Dosadi::of(config, state);
        let chosen = dangerous(&world.config, &world.state, 0);
        assert_eq!(chosen.len(), 1);
        let at = chosen[0] as usize;
        let raw = logistics::raw_risk(&world.state, at);
        deploy(&mut world, 0, &chosen).unwrap();
        assert_eq!(world.state.corridors.patrolled[at], WEEK);
        assert!((world.state.corridors.risk[at] - 0.5 * raw).abs() < 1e-12);
        let guarded = world.state.corridors.clone();
        assert!(deploy(&mut world, 1, &chosen).is_err());
        assert!(deploy(&mut world, 0, &[chosen[0], chosen[0]]).is_err());
        assert!(deploy(&mut world, 0, &[u32::MAX]).is_err());
        assert_eq!(world.state.corridors, guarded);
        // Danger is judged as if nobody guarded it, so the choice does not flee from itself.
        assert_eq!(dangerous(&world.config, &world.state, 0), chosen);
        deploy(&mut world, 0, &[]).unwrap();
        assert_eq!(world.state.corridors.patrolled[at], 0);
        assert!((world.state.corridors.risk[at] - raw).abs() < 1e-12);
    }
}
