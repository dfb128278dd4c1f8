//! Collusion detection on planted rings: who is found, who is wrongly accused, and what follows for members.
//!
//! The rule of the societies. A hundred agents make one offer a step, ten steps an epoch, twenty epochs. Drawn per seed: one or two
//! rings of 3 to 8 members who make 12 to 20 % of their offers inside, beside each an honest cluster of the same size and share, so of
//! the same density, and ten lone cheats. (That every member does at least 70 % of its trade outside, and that ring and cluster are
//! equally dense, is counted in a test of its own.) Trade between honest
//! agents looks like p = .72 ± .15; with a cheat like .45 ± .15, whoever asks; between ring members and others like a mean drawn from
//! .40 to .55, among ring members like honest trade. Sellers ask .1 or .4. Honest offers are taken in 85 % of cases, those inside a ring or
//! cluster in 95 %, those of or to cheats and ring members in 75 %. The lever's threshold and window were chosen on seeds 1000 to 1029.

use crate::stage::{self, only};
use das_core::detmath::{self, fmin};
use das_core::id::AgentId;
use das_core::interaction::Moment;
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::rng::{Draws, Stream};
use das_core::society::Society;
use das_core::state::{Loader, Saver};
use das_core::units::MicroCredits;
use das_governance::GovernanceConfig;
use std::collections::BTreeSet;

const AGENTS: u32 = 100;
const EPOCHS: u32 = 20;
const STEPS: u32 = 10;

/// Agents that deal with each other more than with others.
struct Group {
    members: Vec<u32>,
    /// Share of their offers that stay inside.
    share: f64,
    /// Mean p of what they give outsiders, if they are a ring.
    abroad: Option<f64>,
}

struct Plan {
    groups: Vec<Group>,
    cheats: BTreeSet<u32>,
}

impl Plan {
    fn draw(seed: u64, rings: bool) -> Self {
        let mut rng = Stream::from_seed(seed);
        let mut agents: Vec<u32> = (0..AGENTS).collect();
        rng.shuffle(&mut agents);
        let mut groups = Vec::new();
        for _ in 0..=rng.below(2) {
            let share = 0.12 + 0.08 * rng.unit();
            let abroad = 0.4 + 0.15 * rng.unit();
            let size = 3 + rng.below(6) as usize;
            for ring in [true, false] {
                groups.push(Group {
                    members: agents.split_off(agents.len() - size),
                    share,
                    abroad: (ring && rings).then_some(abroad),
                });
            }
        }
        let cheats = agents.split_off(agents.len() - 10).into_iter().collect();
        Self { groups, cheats }
    }

    fn group(&self, who: u32) -> Option<&Group> {
        self.groups.iter().find(|g| g.members.contains(&who))
    }

    fn ring_members(&self) -> BTreeSet<u32> {
        (self.groups.iter())
            .filter(|g| g.abroad.is_some())
            .flat_map(|g| g.members.iter().copied())
            .collect()
    }

    fn offer(&self, from: u32, epoch: u32, rng: &mut Stream) -> Scored {
        let own = self.group(from);
        let inside = own.filter(|g| rng.chance(g.share));
        let to = loop {
            let to = match inside {
                Some(group) => group.members[rng.below(group.members.len() as u32) as usize],
                None => rng.below(AGENTS),
            };
            let stays_out = inside.is_some() || own.is_none_or(|g| !g.members.contains(&to));
            if to != from && stays_out {
                break to;
            }
        };
        let abroad = [from, to].map(|who| self.group(who).and_then(|g| g.abroad));
        let (mean, taken) = match (inside, abroad) {
            (Some(_), _) => (0.72, 0.95),
            (None, [Some(mean), _] | [None, Some(mean)]) => (mean, 0.75),
            _ if self.cheats.contains(&from) || self.cheats.contains(&to) => (0.45, 0.75),
            _ => (0.72, 0.85),
        };
        let p = (mean + 0.15 * rng.normal()).clamp(0.12, 0.88);
        let v_hat = detmath::ln(p / (1.0 - p)) / 2.0;
        let accepted = rng.chance(taken);
        let price = if rng.chance(0.5) { 100_000 } else { 400_000 };
        let r = 0.05 * (v_hat - 0.1);
        Scored {
            initiator: AgentId(from),
            counterparty: AgentId(to),
            now: Moment { epoch, step: 0 },
            accepted,
            p,
            v_hat,
            tau: MicroCredits(if accepted { -price } else { 0 }),
            r: if accepted { [r, r / 2.0] } else { [0.0; 2] },
            ..stage::scored()
        }
    }
}

/// Looks at 20 epochs, nominates pairs from a score of .3 on, and punishes in every way there is.
fn config() -> GovernanceConfig {
    GovernanceConfig {
        collusion_threshold: Some(0.3),
        collusion_window: EPOCHS,
        collusion_fine: 2.0,
        collusion_reputation: 0.5,
        collusion_freeze_epochs: 3,
        collusion_cost: 0.25,
        ..GovernanceConfig::default()
    }
}

fn society() -> Society {
    let names: Vec<String> = (0..AGENTS).map(|n| format!("agent.{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    stage::society(&names)
}

/// The offers of an epoch.
fn offers(plan: &Plan, seed: u64, epoch: u32) -> Vec<Scored> {
    let mut rng = Stream::from_seed(1_000_000 * seed + u64::from(epoch));
    (0..STEPS)
        .flat_map(|_| 0..AGENTS)
        .map(|from| plan.offer(from, epoch, &mut rng))
        .collect()
}

/// One epoch of offers, and what the lever does at its end.
fn epoch(lever: &mut dyn GovernanceLever, plan: &Plan, seed: u64, epoch: u32) -> Effect {
    let draws = Draws::new(seed);
    let society = stage::in_epoch(&society(), epoch);
    for offer in offers(plan, seed, epoch) {
        assert_eq!(lever.review(&offer, &society, &draws), Effect::none());
    }
    lever.on_epoch_end(&society, &draws)
}

/// Whom the findings of an effect name.
fn named(effect: &Effect) -> BTreeSet<u32> {
    (effect.notes.iter())
        .flat_map(|note| note.agents.iter().map(|who| who.0))
        .collect()
}

#[test]
fn planted_rings_are_what_the_rule_says() {
    // Counted over deals that were accepted, in all thirty societies: 3 to 8 members, each of whom does at least 70 % of its deals outside
    // its ring, and beside each ring a cluster of its size, in all as dense (deals inside for each pair) within a twentieth.
    let (mut sizes, mut inside_of, mut pairs_of) = (BTreeSet::new(), [0_u32; 2], [0_u32; 2]);
    let mut least = 1.0_f64;
    for seed in 0..30 {
        let plan = Plan::draw(seed, true);
        let mut deals = vec![[0_u32; 2]; AGENTS as usize];
        for offer in (0..EPOCHS).flat_map(|at| offers(&plan, seed, at)) {
            let (from, to) = (offer.initiator.0, offer.counterparty.0);
            let fellow = plan.group(from).is_some_and(|g| g.members.contains(&to));
            for who in [from, to].into_iter().filter(|_| offer.accepted) {
                deals[who as usize][usize::from(fellow)] += 1;
            }
        }
        for group in &plan.groups {
            let (size, ring) = (group.members.len() as u32, group.abroad.is_some());
            sizes.insert(size);
            pairs_of[usize::from(ring)] += size * (size - 1) / 2;
            for &who in &group.members {
                let [outside, inside] = deals[who as usize];
                inside_of[usize::from(ring)] += inside;
                if ring {
                    least = fmin(least, f64::from(outside) / f64::from(outside + inside));
                }
            }
        }
        let rings = plan.groups.iter().filter(|g| g.abroad.is_some()).count();
        assert_eq!(2 * rings, plan.groups.len(), "a cluster beside each ring");
    }
    // A deal inside is counted at both ends.
    let [cluster, ring] = [0, 1].map(|at| f64::from(inside_of[at]) / 2.0 / f64::from(pairs_of[at]));
    println!(
        "least share outside {least:.3}; deals inside a pair: ring {ring:.2}, cluster {cluster:.2}"
    );
    assert!(sizes.iter().copied().eq(3..=8), "{sizes:?}");
    assert!(
        least >= 0.7,
        "a member does {least:.3} of its trade outside"
    );
    assert!(
        (cluster / ring - 1.0).abs() < 0.05,
        "{cluster} against {ring}"
    );
}

#[test]
fn planted_rings_are_found_and_clusters_are_left_alone() {
    // Over 30 seeds, who is named at the end of a full window: at least 90 % of the planted members, and at least 90 % of the
    // named are members.
    let (mut hit, mut wrong, mut missed) = (0, 0, 0);
    for seed in 0..30 {
        let plan = Plan::draw(seed, true);
        let mut lever = only(&config());
        let mut last = Effect::none();
        for at in 0..EPOCHS {
            last = epoch(lever.as_mut(), &plan, seed, at);
        }
        let (found, truth) = (named(&last), plan.ring_members());
        hit += found.intersection(&truth).count();
        wrong += found.difference(&truth).count();
        missed += truth.difference(&found).count();
    }
    assert!(hit + missed >= 30 * 3, "every seed has a ring");
    println!("{hit} members found, {missed} missed, {wrong} others named");
    assert!(
        hit * 10 >= 9 * (hit + missed),
        "{hit} found, {missed} missed"
    );
    assert!(hit * 10 >= 9 * (hit + wrong), "{hit} found, {wrong} wrong");
}

#[test]
fn without_a_ring_there_is_no_alarm() {
    // The same societies with honest clusters in place of rings: a run with a finding in any epoch is a false alarm, of which
    // there may be less than 5 in 100.
    let alarms = (100..200)
        .filter(|&seed| {
            let plan = Plan::draw(seed, false);
            let mut lever = only(&config());
            (0..EPOCHS).any(|at| !epoch(lever.as_mut(), &plan, seed, at).notes.is_empty())
        })
        .count();
    println!("{alarms} alarms in 100 runs");
    assert!(alarms < 5, "{alarms} of 100");
}

#[test]
fn members_are_fined_frozen_and_silenced_while_they_deal() {
    // Shows the acts for each member in order, the reason, the real cost, that votes weigh nothing until the next look, that a
    // loaded lever goes on alike, and that a ring that stopped dealing is not punished for what it did before.
    let seed = 3;
    let plan = Plan::draw(seed, true);
    let mut lever = only(&config());
    let mut found = Effect::none();
    for at in 0..EPOCHS {
        found = epoch(lever.as_mut(), &plan, seed, at);
    }
    let members: Vec<AgentId> = found.notes.iter().flat_map(|n| n.agents.clone()).collect();
    assert!(members.len() >= 3, "{found:?}");
    let acts: Vec<Act> = (members.iter())
        .flat_map(|&who| {
            [
                Act::Fee(who, MicroCredits(2_000_000)),
                Act::Reputation(who, -0.5),
                Act::Freeze(who, EPOCHS + 3),
            ]
        })
        .collect();
    assert_eq!(found.acts, acts);
    let reason = &found.notes[0].reason;
    assert!(reason.contains("tied pairs of score up to 0."), "{reason}");
    assert!(reason.contains("who get 0."), "{reason}");
    let looked = found.real_cost / 0.25;
    assert!(looked >= found.notes.len() as f64 && looked.fract() == 0.0);
    let society = society();
    for who in society.ids() {
        let silent = members.contains(&who);
        assert_eq!(
            lever.vote_weight(who, &society),
            f64::from(u8::from(!silent))
        );
    }

    let mut saver = Saver::new();
    lever.save(&mut saver);
    let mut loaded = only(&config());
    loaded.load(&mut Loader::new(saver.bytes())).unwrap();
    let next = epoch(lever.as_mut(), &plan, seed, EPOCHS);
    assert_eq!(epoch(loaded.as_mut(), &plan, seed, EPOCHS), next);

    let mut quiet = only(&config());
    quiet.load(&mut Loader::new(saver.bytes())).unwrap();
    let idle = quiet.on_epoch_end(&stage::in_epoch(&society, EPOCHS), &Draws::new(seed));
    assert!(idle.acts.is_empty() && idle.notes.is_empty(), "{idle:?}");
    assert_eq!(quiet.vote_weight(members[0], &society), 1.0);
}

#[test]
fn who_has_left_is_not_named() {
    // Shows that a ring is judged by those who are still there.
    let seed = 3;
    let plan = Plan::draw(seed, true);
    let mut lever = only(&config());
    for at in 0..EPOCHS - 1 {
        epoch(lever.as_mut(), &plan, seed, at);
    }
    let mut saver = Saver::new();
    lever.save(&mut saver);
    let society = stage::in_epoch(&society(), EPOCHS - 2);
    let named_by = |society: &Society| {
        let mut lever = only(&config());
        lever.load(&mut Loader::new(saver.bytes())).unwrap();
        named(&lever.on_epoch_end(society, &Draws::new(seed)))
    };
    let all = named_by(&society);
    let first = *all.first().unwrap();
    let rest = named_by(&stage::without(&society, AgentId(first)));
    assert!(
        !rest.contains(&first) && rest.is_subset(&all),
        "{rest:?} of {all:?}"
    );
}
