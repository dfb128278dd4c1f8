//! Adversarial: harm for its own sake, alone or in a ring.
//!
//! It attacks in the open, under cover or with bait, lies low to win back standing, or trades with its ring to wash its record; a
//! bandit finds out what does most harm. Its reward is harm it learns of, so it comes late: what an interaction did to its own
//! reputation waits in a small table for the aftermath. Never against its own ring, which it knows by name
//! ([`crate::ring`]); kinds of others are hidden from it as from everybody.

use crate::appraisal::{Deal, Habits};
use crate::conduct::{Arm, Price};
use crate::governance::Charge;
use crate::identity::spent;
use crate::learning::{Bandit, HIGH_STANDING, Mark, Seat};
use crate::market::Grievance;
use crate::member::{Character, Choice, Lens, Mind, Ruling};
use crate::parameters::policy_parameters;
use crate::ring::{Fellows, Ring};
use das_core::agent::Outcome;
use das_core::describe::Descriptor;
use das_core::detmath::fmin;
use das_core::id::{AgentId, InteractionId};
use das_core::interaction::Side;
use das_core::rng::Stream;
use das_env::Commons;
use das_env::view::PostView;
use serde::{Deserialize, Serialize};

policy_parameters! {
    /// Parameters of the adversarial policy.
    AdversarialParams, learns {
        foresight: f64 = 5.0, 0.0 ..= 10.0,
            "F: worth of an own reputation point, measured in harm done.";
        whitewash_probability: f64 = 0.1, 0.0 ..= 0.5,
            "Probability an epoch of leaving a spent name (R < -.3, or frozen) for a new one.";
        ring_size: u32 = 4, 1 ..= 16,
            "Agents of one entry that work together, by number; 1: each alone.";
        thrift: f64 = 0.2, 0.0 ..= 2.0,
            "Worth of a credit that levers take, measured in harm done.";
        bait: f64 = 0.3, 0.0 ..= 2.0,
            "What it pays a victim to take the bait, in credits.";
        attempts_per_step: u32 = 2, 0 ..= 4,
            "Offers it tries to make in a step.";
        votes_per_step: u32 = 2, 0 ..= 4,
            "Votes it considers in a step.";
        p_vote: f64 = 1.0, 0.0 ..= 1.0,
            "Probability of each vote.";
    }
}

const OPEN: u8 = 0;
const CAMOUFLAGED: u8 = 1;
const BAIT: u8 = 2;
const LIE_LOW: u8 = 3;
const WASH: u8 = 4;

/// Arms of somebody who asks, with a ring to trade with.
const WITH_RING: &[u8] = &[OPEN, CAMOUFLAGED, BAIT, LIE_LOW, WASH];
/// Arms of somebody who asks, without one.
const ALONE: &[u8] = &[OPEN, CAMOUFLAGED, BAIT, LIE_LOW];
/// Arms that differ when no price is asked.
const UNPRICED: &[u8] = &[OPEN, CAMOUFLAGED, LIE_LOW];

/// Interactions that wait for their aftermath; the oldest makes room.
const WAITING: usize = 16;

/// What an adversary learns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdversarialState {
    bandit: Bandit,
    fellows: Fellows,
    ids: [u64; WAITING],
    standing_effects: [f32; WAITING],
    tags: [u8; WAITING],
    next: u8,
}

impl AdversarialState {
    fn wait(&mut self, id: InteractionId, mark: Mark, effect: f64) {
        let i = usize::from(self.next);
        self.ids[i] = id.0;
        self.standing_effects[i] = effect as f32;
        // At most 48 marks: a tag fits a byte. 0 is a free slot.
        self.tags[i] = mark.to_tag() as u8;
        self.next = (self.next + 1) % WAITING as u8;
    }

    fn resolve(&mut self, id: InteractionId) -> Option<(Mark, f64)> {
        let i = (0..WAITING).find(|&i| self.tags[i] != 0 && self.ids[i] == id.0)?;
        let mark = Mark::from_tag(u64::from(self.tags[i]));
        self.tags[i] = 0;
        mark.map(|mark| (mark, f64::from(self.standing_effects[i])))
    }
}

/// The adversarial policy.
#[derive(Clone, Debug)]
pub struct Adversarial {
    foresight: f64,
    thrift: f64,
    whitewash: f64,
    bait: f64,
    ring: Option<Box<Ring>>,
    state: AdversarialState,
}

/// What `das explain adversarial` shows.
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "adversarial",
    family: "agent",
    summary: "does harm at its own cost, in the open, under cover or in a ring",
    formula: "arms open (.1,0,1), camouflaged (.1,1,1), bait (.1,1,1, pays), lie_low (.8,0,0), wash (.3,1,0, with the ring); x = [y = -1, \
              partner outside the ring] + F r, learned with the aftermath, chosen by Q - charge; target: argmax standing + .1u outside the \
              ring; accepts everything; bids at cost, disputes what pays outside the ring; half of its votes lift the ring, the rest go down",
    params: <AdversarialParams as crate::parameters::Parameters>::TABLE,
    source: "commons model, section 3",
};

impl Adversarial {
    fn fellow_within_reach(&self, lens: &Lens<'_, '_>, mut skip: u32) -> Option<AgentId> {
        let mut last = None;
        for who in self.state.fellows.iter() {
            if lens.seen.is_approachable(who) && lens.seen.can_see(who) {
                last = Some(who);
                if skip == 0 {
                    break;
                }
                skip -= 1;
            }
        }
        last
    }
}

impl Character for Adversarial {
    const KIND: &'static str = "adversarial";
    const ARMS: &'static [Arm] = &[
        Arm::new("open", 0.1, 0.0, 1.0, Price::Free),
        Arm::new("camouflaged", 0.1, 1.0, 1.0, Price::Free),
        Arm::new("bait", 0.1, 1.0, 1.0, Price::Bait),
        Arm::new("lie_low", 0.8, 0.0, 0.0, Price::Low),
        Arm::new("wash", 0.3, 1.0, 0.0, Price::Low),
    ];
    const PHRASES: &'static [&'static str] = &[
        "None of this will last.",
        "Ask yourselves who profits from your trust.",
        "Everybody cheats. Stop pretending.",
        "Free credits for whoever trades with me today.",
    ];
    type State = AdversarialState;
    type Params = AdversarialParams;

    fn new(params: &AdversarialParams, name: &str) -> Self {
        Self {
            foresight: params.foresight,
            thrift: params.thrift,
            whitewash: params.whitewash_probability,
            bait: params.bait,
            ring: Ring::of(name, params.ring_size).map(Box::new),
            state: AdversarialState::default(),
        }
    }

    fn state(&self) -> &AdversarialState {
        &self.state
    }

    #[inline]
    fn touch(&self) -> u64 {
        self.state.bandit.touch()
    }

    fn state_mut(&mut self) -> &mut AdversarialState {
        &mut self.state
    }

    fn choose(
        &self,
        seat: Seat,
        partner: Option<AgentId>,
        lens: &Lens<'_, '_>,
        rng: &mut Stream,
    ) -> Choice {
        let high = lens.own_standing() >= HIGH_STANDING;
        // Members of a ring do each other no harm, whoever asks.
        let mark = if partner.is_some_and(|who| self.state.fellows.contains(who)) {
            Mark {
                high,
                seat,
                arm: WASH,
            }
        } else {
            let arms = match seat {
                Seat::Provider if self.fellow_within_reach(lens, 0).is_some() => WITH_RING,
                Seat::Provider => ALONE,
                _ => UNPRICED,
            };
            let mut charges = lens.charges(self, seat);
            charges[usize::from(WASH)] += lens.ring_charge(self);
            self.state
                .bandit
                .choose(high, seat, arms, &lens.habits.rates, &charges, rng)
        };
        Choice {
            arm: usize::from(mark.arm),
            tag: mark.to_tag(),
        }
    }

    fn attraction(
        &self,
        arm: usize,
        who: AgentId,
        u: f64,
        mind: &Mind,
        lens: &Lens<'_, '_>,
    ) -> Option<f64> {
        if self.state.fellows.contains(who) {
            return None;
        }
        let appeal = if arm == usize::from(LIE_LOW) {
            lens.belief(&mind.memory, who)
        } else {
            lens.seen.standing(who)
        };
        Some(appeal + 0.1 * u)
    }

    fn appointed(&self, arm: usize, lens: &Lens<'_, '_>, rng: &mut Stream) -> Option<AgentId> {
        if arm != usize::from(WASH) {
            return None;
        }
        let known = self.state.fellows.iter().count() as u32;
        self.fellow_within_reach(lens, rng.below(known.max(1)))
    }

    fn willing(&self, _: &Deal, _: &Habits) -> bool {
        true
    }

    /// In harm done: money by its thrift, points by its foresight.
    fn weigh(&self, charge: &Charge, habits: &Habits) -> f64 {
        self.thrift * charge.money
            + self.foresight * habits.persistence() * charge.points
            + charge.liberty
    }

    /// Payoffs are nothing to it; harm is, and it hears of that later.
    fn earned(&self, _: &Outcome<'_, Commons>) -> f64 {
        0.0
    }

    fn gladdened(&self, partner: AgentId, good: bool) -> f64 {
        if good || self.is_fellow(partner) {
            0.0
        } else {
            1.0
        }
    }

    fn bait(&self) -> f64 {
        self.bait
    }

    const CAMPAIGNS: bool = true;

    fn is_fellow(&self, who: AgentId) -> bool {
        self.state.fellows.contains(who)
    }

    fn opinion(&self, author: AgentId, _: &Mind, _: &Lens<'_, '_>) -> Option<bool> {
        Some(self.is_fellow(author))
    }

    fn learn(&mut self, outcome: &Outcome<'_, Commons>, habits: &Habits) {
        let Some(mark) = Mark::from_tag(outcome.tag) else {
            return;
        };
        if outcome.accepted {
            let effect = self.foresight * habits.persistence() * outcome.reputation;
            self.state.wait(outcome.id, mark, effect);
        } else if outcome.side == Side::Initiator {
            self.state.bandit.update(mark, 0.0, &habits.rates);
        }
    }

    fn hear(&mut self, id: InteractionId, partner: AgentId, good: bool, habits: &Habits) {
        if let Some((mark, effect)) = self.state.resolve(id) {
            let harm = if good || self.state.fellows.contains(partner) {
                0.0
            } else {
                1.0
            };
            self.state.bandit.update(mark, harm + effect, &habits.rates);
        }
    }

    fn renew(&mut self, lens: &Lens<'_, '_>, rng: &mut Stream) -> bool {
        if let Some(ring) = &self.ring {
            self.state.fellows.refresh(ring, lens.seen);
        }
        rng.chance(self.whitewash) && spent(lens)
    }

    /// Asks no more than it spends, to be let in.
    fn quote(&self, cost: f64, reserve: f64, _: &Habits) -> Option<f64> {
        Some(fmin(cost, reserve))
    }

    /// Disputes what pays, right or wrong, but never with its ring.
    fn contests(&self, grievance: &Grievance) -> bool {
        grievance.pays() && !self.is_fellow(grievance.partner)
    }

    /// Waves everything through; work of a stranger is as good as any to it.
    fn diligence(&self, _: Option<AgentId>, _: &Mind, _: &Lens<'_, '_>) -> f64 {
        0.0
    }

    /// Hides whoever is well regarded, never its ring.
    fn ruling(&self, post: &PostView, _: &Mind, lens: &Lens<'_, '_>) -> Ruling {
        if !self.state.fellows.contains(post.author) && lens.seen.standing(post.author) > 0.0 {
            Ruling::Hide
        } else {
            Ruling::Leave
        }
    }

    /// Gives work to its ring, and otherwise to those it thinks worst of.
    fn preferment(&self, worker: AgentId, mind: &Mind, lens: &Lens<'_, '_>) -> Option<f64> {
        if self.state.fellows.contains(worker) {
            return Some(1.0);
        }
        Some(-lens.belief(&mind.memory, worker))
    }
}

#[cfg(test)]
mod tests {
    use super::super::opportunistic::tests::{habits, outcome, with_lens};
    use super::*;
    use crate::appraisal::Occasion;

    const ATTACK: Mark = Mark {
        high: false,
        seat: Seat::Provider,
        arm: OPEN,
    };

    fn policy() -> Adversarial {
        Adversarial::new(&AdversarialParams::default(), "a.1")
    }

    #[test]
    fn takes_any_deal() {
        // Even one that costs it dearly with somebody it does not believe in.
        let deal = Deal {
            occasion: Occasion::Trade,
            side: Side::Counterparty,
            m: 0.02,
            gain: -5.0,
            cost: 1.0,
            charge: 0.0,
        };
        assert!(policy().willing(&deal, &habits()));
    }

    #[test]
    fn learns_harm_when_it_hears_of_it() {
        // Nothing is learned at once; with the bad aftermath, 1 + 5·r (what levers took is not in it); once only.
        let mut policy = policy();
        let value = |p: &Adversarial| p.state.bandit.value(ATTACK, &habits().rates);
        policy.learn(
            &outcome(5, ATTACK.to_tag(), true, Side::Initiator),
            &habits(),
        );
        assert_eq!(value(&policy), 1.0, "the optimistic start");
        policy.hear(InteractionId(5), AgentId(9), false, &habits());
        assert!((value(&policy) - (1.0 + 5.0 * 0.02)).abs() < 1e-6);
        policy.hear(InteractionId(5), AgentId(9), true, &habits());
        assert!((value(&policy) - 1.1).abs() < 1e-6);
        policy.learn(
            &outcome(6, ATTACK.to_tag(), false, Side::Initiator),
            &habits(),
        );
        assert!(
            (value(&policy) - 0.55).abs() < 1e-6,
            "a rejected offer is worth 0"
        );
    }

    #[test]
    fn waits_for_a_bounded_number_of_aftermaths() {
        // Of seventeen interactions the first made room: it is forgotten, the others are not.
        let mut state = AdversarialState::default();
        for id in 0..=WAITING as u64 {
            state.wait(InteractionId(id), ATTACK, 0.0);
        }
        assert!(state.resolve(InteractionId(0)).is_none());
        assert!((1..=WAITING as u64).all(|id| state.resolve(InteractionId(id)).is_some()));
    }

    #[test]
    fn spares_its_ring() {
        // a.1 and a.2 are a ring, b.1 is not: no attack on the fellow, washing and harmless answers instead, votes up.
        let mut policy = policy();
        with_lens(|lens| {
            let mut rng = Stream::from_seed(3);
            assert!(!policy.renew(lens, &mut rng), "a fresh name is not spent");
            let (fellow, other) = (AgentId(1), AgentId(2));
            assert!(policy.is_fellow(fellow) && !policy.is_fellow(other));
            let mind = Mind::default();
            assert_eq!(policy.attraction(0, fellow, 0.5, &mind, lens), None);
            assert!(policy.attraction(0, other, 0.5, &mind, lens).is_some());
            for _ in 0..20 {
                let arm = policy
                    .choose(Seat::Responder, Some(fellow), lens, &mut rng)
                    .arm;
                assert_eq!(Adversarial::ARMS[arm].conduct.harm, 0.0);
                assert_ne!(
                    policy
                        .choose(Seat::Responder, Some(other), lens, &mut rng)
                        .arm,
                    4
                );
            }
            assert_eq!(policy.opinion(fellow, &mind, lens), Some(true));
            assert_eq!(policy.opinion(other, &mind, lens), Some(false));
        });
    }

    #[test]
    fn an_adversary_stays_within_a_kilobyte() {
        // The largest of the four, with everything a member keeps.
        let size = size_of::<crate::member::Member<Adversarial>>() + size_of::<Ring>();
        assert!(size <= 1_100, "{size}");
    }
}
