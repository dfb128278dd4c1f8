//! What any policy does in the marketplace if its role lets it: deliver, dispute, award, post, bid; at most one of them a step.
//!
//! Where policies differ ([`Character`]): what they ask for work ([`Character::quote`]) and which verdicts they dispute
//! ([`Character::contests`], on the [`Grievance`] worked out here). Comparing bids is the same for all, price against belief, and
//! whether the best is good enough is each policy's own [`Character::willing`]. The conduct a bounty is worked with is the arm
//! chosen for the bid; the bandits learn it as they learn tasks. It comes last in a step, so a turn's earlier draws are the
//! same with and without a marketplace; without one nothing is drawn.
//!
//! Not here: verifying ([`crate::roles`]), and learning from deposits: they are money, not part of a payoff.

use crate::appraisal::{Deal, Occasion};
use crate::learning::Seat;
use crate::member::{Character, Lens, Mind};
use crate::tasks::errand;
use das_core::detmath::fmax;
use das_core::id::AgentId;
use das_core::interaction::Side;
use das_core::rng::Stream;
use das_core::units::MicroCredits;
use das_env::act::{
    Action, Content, TOOL_AWARD, TOOL_BID, TOOL_DELIVER, TOOL_DISPUTE, TOOL_POST_BOUNTY,
};
use das_env::config::MarketConfig;
use das_env::settlement;
use das_env::view::{BountyView, LostVerdict};

/// A verdict lost, as who lost by it appraises a dispute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grievance {
    /// The other side.
    pub partner: AgentId,
    /// Whether the work passed: the agent is then the poster, else the worker.
    pub approved: bool,
    /// What it saw of how the work turned out.
    pub sight: Option<bool>,
    /// Probability it gives to the arbiter reversing the verdict.
    pub odds: f64,
    /// What a reversal is worth to it: the price, in credits.
    pub stake: f64,
    /// What a failed claim loses, in credits.
    pub deposit: f64,
}

impl Grievance {
    /// Whether the verdict is wrong by what the agent saw itself.
    pub fn seen_wrong(&self) -> bool {
        self.sight == Some(!self.approved)
    }

    /// Whether the verdict is right by what the agent saw itself.
    pub fn seen_right(&self) -> bool {
        self.sight == Some(self.approved)
    }

    /// Whether a claim is expected to gain: odds·price > (1 − odds)·deposit.
    pub fn pays(&self) -> bool {
        self.odds * self.stake > (1.0 - self.odds) * self.deposit
    }

    /// The grievance that a lost verdict is.
    ///
    /// The worker knows its own conduct c = (e, d, h), and expects P(v = +1) as with a partner of the public standard effort. The
    /// poster takes its belief m for that, and bad work for work of the worst conduct. Both update it by Bayes' rule with the
    /// standing verifier's error rates (for the worker those under its own deception) and, if they saw anything, with the accuracy
    /// of that. With q the P(v = −1) that comes of it, the arbiter blames the worker with
    /// q·blame(c, v = −1) + (1 − q)·blame(c, v = +1), and the poster's claim succeeds with q·blame(worst) + (1 − q)·blame(best).
    fn of(lost: &LostVerdict, rules: &MarketConfig, mind: &Mind, lens: &Lens<'_, '_>) -> Self {
        let signals = lens.seen.signals();
        let worst = das_env::act::Conduct::default();
        let best = das_env::act::Conduct {
            effort: 1.0,
            ..worst
        };
        let (prior, deception) = if lost.approved {
            (lens.belief(&mind.memory, lost.partner), 0.0)
        } else {
            let other = settlement::public_conduct(signals);
            let good = settlement::probability_good(signals, &lost.conduct, &other);
            (good, lost.conduct.deception)
        };
        let rejects_good = signals.verifier_false_positive;
        let rejects_bad =
            rejects_good + signals.verifier_sensitivity * fmax(1.0 - 0.5 * deception, 0.0);
        let said = |rejects: f64| {
            if lost.approved {
                1.0 - rejects
            } else {
                rejects
            }
        };
        let saw = |good: bool| match lost.sight {
            None => 1.0,
            Some(sight) if sight == good => signals.accuracy,
            Some(_) => 1.0 - signals.accuracy,
        };
        let good = prior * said(rejects_good) * saw(true);
        let bad = (1.0 - prior) * said(rejects_bad) * saw(false);
        // Where both are impossible by the rates, the prior stands.
        let q = if good + bad > 0.0 {
            bad / (good + bad)
        } else {
            1.0 - prior
        };
        let blame = |conduct, good| settlement::blame(rules, conduct, good);
        let odds = if lost.approved {
            q * blame(&worst, false) + (1.0 - q) * blame(&best, true)
        } else {
            1.0 - q * blame(&lost.conduct, false) - (1.0 - q) * blame(&lost.conduct, true)
        };
        Self {
            partner: lost.partner,
            approved: lost.approved,
            sight: lost.sight,
            odds,
            stake: lost.price.credits(),
            deposit: lost.deposit.credits(),
        }
    }
}

/// One act in the marketplace, the most pressing first. `publicity` is the role's factor on posting.
pub(crate) fn attend<C: Character>(
    character: &C,
    mind: &Mind,
    lens: &Lens<'_, '_>,
    publicity: f64,
    rng: &mut Stream,
) -> Option<Action> {
    let rules = lens.seen.market()?;
    deliver(lens)
        .or_else(|| dispute(character, rules, mind, lens))
        .or_else(|| award(character, mind, lens))
        .or_else(|| post(rules, lens, publicity, rng))
        .or_else(|| bid(character, rules, mind, lens, rng))
}

/// Delivers what it was awarded. The work itself was settled by the conduct of the bid.
fn deliver(lens: &Lens<'_, '_>) -> Option<Action> {
    let bounty = lens.seen.my_commission()?.id;
    lens.seen.may(TOOL_DELIVER).then(|| Action::Deliver {
        bounty,
        outputs: lens.seen.bounty_outputs(bounty).to_vec(),
    })
}

/// Disputes a lost verdict if that is in character and the deposit is at hand.
fn dispute<C: Character>(
    character: &C,
    rules: &MarketConfig,
    mind: &Mind,
    lens: &Lens<'_, '_>,
) -> Option<Action> {
    let lost = lens.seen.lost_verdict()?;
    if !lens.seen.may(TOOL_DISPUTE) || lens.seen.balance() < lost.deposit {
        return None;
    }
    let grievance = Grievance::of(&lost, rules, mind, lens);
    let bounty = lost.bounty;
    (character.contests(&grievance)).then_some(Action::Dispute { bounty })
}

/// Awards its oldest bounty to the bid with the greatest (1−θ)·E\[S\] − price, the lower number first, of those it would take at
/// no cost of its own. Whether it does is decided when it is asked, with the arm it then chooses.
fn award<C: Character>(character: &C, mind: &Mind, lens: &Lens<'_, '_>) -> Option<Action> {
    let seen = lens.seen;
    let bounty = seen.bounty_to_award()?.id;
    if !seen.may(TOOL_AWARD) {
        return None;
    }
    let mut best: Option<(f64, u32)> = None;
    for bid in seen.bids(bounty) {
        let deal = Deal {
            occasion: Occasion::Task,
            side: Side::Counterparty,
            m: lens.belief(&mind.memory, bid.bidder),
            gain: -bid.price.credits(),
            cost: 0.0,
            charge: 0.0,
        };
        let worth = lens.habits.own_payoff(&deal);
        let better = best.is_none_or(|(most, _)| worth > most);
        if better && character.willing(&deal, lens.habits) {
            best = Some((worth, bid.number));
        }
    }
    best.map(|(_, bid)| Action::Award { bounty, bid })
}

/// Posts a bounty with probability `p_bounty`, if reserve and listing fee can be paid.
fn post(
    rules: &MarketConfig,
    lens: &Lens<'_, '_>,
    publicity: f64,
    rng: &mut Stream,
) -> Option<Action> {
    let seen = lens.seen;
    let wants = rng.chance(publicity * lens.habits.activity.p_bounty);
    let full = seen.my_bounties().len() as u64 >= u64::from(rules.max_open_bounties);
    if !wants || full || !seen.may(TOOL_POST_BOUNTY) {
        return None;
    }
    let reserve = MicroCredits::saturating(lens.habits.activity.reserve);
    if seen.balance() < reserve + rules.fee(reserve) {
        return None;
    }
    let (prompt, output) = errand(rng);
    Some(Action::PostBounty {
        prompt: Content::Borrowed(prompt),
        required_outputs: vec![Content::Borrowed(output)],
        reserve,
    })
}

/// With probability `p_bid`, bids on the best of a few open bounties: an arm, its quote, and only if it would strike that deal.
fn bid<C: Character>(
    character: &C,
    rules: &MarketConfig,
    mind: &Mind,
    lens: &Lens<'_, '_>,
    rng: &mut Stream,
) -> Option<Action> {
    let seen = lens.seen;
    if !rng.chance(lens.habits.activity.p_bid) || !seen.may(TOOL_BID) {
        return None;
    }
    if seen.my_commission().is_some() {
        return None;
    }
    let bounty = best_open(rules, mind, lens, rng)?;
    let choice = character.choose(Seat::Worker, Some(bounty.poster), lens, rng);
    let conduct = C::ARMS[choice.arm].conduct;
    let cost = lens.cost(&conduct);
    let price = character.quote(cost, bounty.reserve.credits(), lens.habits)?;
    let price = MicroCredits::saturating(price).clamp(MicroCredits::ZERO, bounty.reserve);
    let deal = Deal {
        occasion: Occasion::Task,
        side: Side::Initiator,
        m: lens.belief(&mind.memory, bounty.poster),
        gain: price.credits(),
        cost,
        charge: lens.charge(character, choice.arm, Side::Initiator, price.credits()),
    };
    character
        .willing(&deal, lens.habits)
        .then_some(Action::Bid {
            bounty: bounty.id,
            price,
            conduct,
            tag: choice.tag,
        })
}

/// Of `market.candidates` random open bounties it has not bid on, the one whose poster it believes in most.
fn best_open(
    rules: &MarketConfig,
    mind: &Mind,
    lens: &Lens<'_, '_>,
    rng: &mut Stream,
) -> Option<BountyView> {
    let seen = lens.seen;
    let mut best: Option<(f64, BountyView)> = None;
    for _ in 0..rules.candidates {
        let Some(bounty) = seen.random_open_bounty(rng.unit()) else {
            break;
        };
        let full = bounty.bids >= rules.max_bids;
        let reach = seen.can_see(bounty.poster) && seen.is_approachable(bounty.poster);
        if bounty.mine || full || !reach {
            continue;
        }
        let m = lens.belief(&mind.memory, bounty.poster);
        if best.is_none_or(|(most, _)| m > most) {
            best = Some((m, bounty));
        }
    }
    best.map(|(_, bounty)| bounty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appraisal::{Habits, Stakes};
    use crate::parameters::Parameters;
    use crate::policies::adversarial::{Adversarial, AdversarialParams};
    use crate::policies::deceptive::{Deceptive, DeceptiveParams};
    use crate::policies::honest::{Honest, HonestParams};
    use crate::policies::opportunistic::{Opportunistic, OpportunisticParams};
    use das_core::environment::Environment;
    use das_core::id::ToolSet;
    use das_core::score::payoff::PayoffConfig;
    use das_core::society::Society;
    use das_env::act::{BountyId, Conduct};
    use das_env::{Commons, EnvironmentConfig};

    fn habits() -> Habits {
        HonestParams::default().habits(Stakes::from(&PayoffConfig::default()))
    }

    fn honest() -> Honest {
        Honest::new(&HonestParams::default(), "h.1")
    }

    fn opportunist() -> Opportunistic {
        Opportunistic::new(&OpportunisticParams::default(), "o.1")
    }

    fn deceiver() -> Deceptive {
        Deceptive::new(&DeceptiveParams::default(), "d.1")
    }

    fn adversary() -> Adversarial {
        Adversarial::new(&AdversarialParams::default(), "a.1")
    }

    fn grievance(approved: bool, sight: Option<bool>, odds: f64) -> Grievance {
        Grievance {
            partner: AgentId(7),
            approved,
            sight,
            odds,
            stake: 0.6,
            deposit: 0.15,
        }
    }

    /// Who disputes: honest, opportunistic, deceptive, adversarial.
    fn disputed_by(grievance: &Grievance) -> [bool; 4] {
        [
            honest().contests(grievance),
            opportunist().contests(grievance),
            deceiver().contests(grievance),
            adversary().contests(grievance),
        ]
    }

    #[test]
    fn each_disputes_in_character() {
        // A deposit of a quarter of the price pays from a chance of .2 on. Honest ones go by what they saw, whatever it costs;
        // opportunists by the odds unless they saw that the verdict is right; the other two by the odds alone.
        for approved in [false, true] {
            let wrong = Some(!approved);
            let right = Some(approved);
            for (sight, odds, by) in [
                (wrong, 0.9, [true, true, true, true]),
                (wrong, 0.1, [true, false, false, false]),
                (right, 0.3, [false, false, true, true]),
                (right, 0.1, [false, false, false, false]),
                (None, 0.3, [false, true, true, true]),
                (None, 0.19, [false, false, false, false]),
            ] {
                let case = grievance(approved, sight, odds);
                assert_eq!(disputed_by(&case), by, "{case:?}");
            }
        }
    }

    #[test]
    fn each_bids_in_character() {
        // Full effort costs .486, idling .024. Honest and deceptive ask that and .10 if the reserve covers it, so a deceiver who
        // cheats underbids; opportunists .40 more or the reserve; adversaries nothing more.
        let habits = habits();
        let close = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-12);
        assert!(close(honest().quote(0.486, 0.8, &habits), 0.586));
        assert_eq!(honest().quote(0.486, 0.5, &habits), None);
        assert!(close(deceiver().quote(0.074, 0.8, &habits), 0.174));
        assert!(close(opportunist().quote(0.024, 0.8, &habits), 0.424));
        assert!(close(opportunist().quote(0.486, 0.8, &habits), 0.8));
        assert!(close(adversary().quote(0.056, 0.8, &habits), 0.056));
    }

    /// The odds of a lost verdict as agent 0 of three nobodies gives them.
    fn odds(approved: bool, sight: Option<bool>, effort: f64, deception: f64, harm: f64) -> f64 {
        let world = Commons::new(EnvironmentConfig::default());
        let mut society = Society::new();
        for name in ["a.1", "a.2", "b.1"] {
            society.register(name, "honest", "worker", ToolSet::ALL);
        }
        let habits = habits();
        let seen = world.view(AgentId(0), &society);
        let lens = Lens {
            seen: &seen,
            habits: &habits,
            experience: None,
        };
        let rules = seen.market().unwrap();
        let lost = LostVerdict {
            bounty: BountyId(0),
            partner: AgentId(1),
            approved,
            sight,
            price: MicroCredits(600_000),
            deposit: rules.deposit(MicroCredits(600_000)),
            conduct: Conduct {
                effort,
                deception,
                harm,
            },
        };
        let case = Grievance::of(&lost, rules, &Mind::default(), &lens);
        assert_eq!((case.stake, case.deposit), (0.6, 0.15));
        case.odds
    }

    #[test]
    fn odds_follow_conduct_verdict_and_sight() {
        // Worked by hand for full masking (.2, 1, 0), rejected: P(v = +1) = .15 + .8(.65·.2 + .35·.7) = .45, q = .55·.38/(.55·.38 +
        // .45·.03); blame .02 + .83·.8 if bad and .02 + .83·.5 if not.
        let q = 0.55 * 0.38 / (0.55 * 0.38 + 0.45 * 0.03);
        let by_hand = 1.0 - q * (0.02 + 0.83 * 0.8) - (1.0 - q) * (0.02 + 0.83 * 0.5);
        assert!((odds(false, None, 0.2, 1.0, 0.0) - by_hand).abs() < 1e-12);
        // Who worked hard is hardly ever blamed, who did full harm nearly always.
        assert!(odds(false, None, 0.9, 0.0, 0.0) > 0.85);
        assert!(odds(false, None, 0.1, 0.0, 1.0) < 0.2);
        // Seeing good work raises a worker's odds, and lowers a poster's.
        assert!(odds(false, Some(true), 0.2, 0.0, 0.0) > odds(false, Some(false), 0.2, 0.0, 0.0));
        assert!(odds(true, Some(true), 0.9, 0.0, 0.0) < odds(true, None, 0.9, 0.0, 0.0));
        assert!(odds(true, None, 0.9, 0.0, 0.0) < odds(true, Some(false), 0.9, 0.0, 0.0));
        // A poster of standing 0's belief, .55, that saw nothing: q = .45·.27/(.45·.27 + .55·.97).
        let q = 0.45 * 0.27 / (0.45 * 0.27 + 0.55 * 0.97);
        assert!((odds(true, None, 0.9, 0.0, 0.0) - (q * 0.85 + (1.0 - q) * 0.02)).abs() < 1e-12);
    }
}
