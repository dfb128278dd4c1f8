//! What levers cost an agent, as far as it can know: the published rules, corrected by what befell it.
//!
//! The *notice* is the scenario's `governance:` block, which everybody can read. *Experience* is what the agent has lived through itself:
//! how its own deals looked, what it was fined, what it earns. From the two it expects a [`Charge`] for each way of dealing:
//!
//! | lever | what is expected |
//! |---|---|
//! | transaction tax | rate·\|price\| on its own side |
//! | random audit | reading p: a·F·E\[(x − p)⁺\] credits and points, as initiator; inspecting: a·(.02 + (s − .02)·blame) of fine and points, on either side |
//! | staking, bond | P(flag)·what a flag burns; cash for the next top-up is kept |
//! | moderator | P(looked into)·(.02 + (s − .02)·blame) of fine and points |
//! | circuit breaker | risk of a freeze, from its own last ten p, times what it earns in the epochs lost |
//! | transparency | points of the bonus; the published record enters the belief in a partner ([`crate::belief`]) |
//! | collusion | P(found)·share of own deals inside the ring, of fine and points, for deals with fellows |
//! | reputation decay | a point to come is worth its mean over [`HORIZON`] epochs |
//! | bandwidth cap, probation | actions are kept for offers; none is tried that would be refused |
//! | vote normalisation, silenced votes | a vote that weighs less than [`VOTE_WORTH`] is not cast |
//!
//! Fines of audits, slashes and moderators are multiplied by what they came to so far over what was expected of them
//! ([`Ratio`]), apart for honest and other conduct. A charge is subtracted where arms are weighed ([`crate::learning`]) and where a
//! deal is judged ([`Deal::charge`](crate::appraisal::Deal)); what arms paid is learned without charges, so nothing counts twice.
//!
//! Invariants: a pure function of notice, own experience and view; nobody reads kinds, truth or another's conduct. Without a lever
//! there is no notice, and where all that is on is known beforehand (tax, decay, vote weights) no experience: nothing is computed,
//! drawn or saved. State is bounded (one [`Experience`], below 600
//! bytes). Not here: what a lever does (`das-governance`), and the arms' own worth.

use crate::conduct::Arm;
use crate::learning::ARMS;
use das_core::agent::{Levy, Outcome};
use das_core::detmath::{clamp, fmax, fmin};
use das_core::interaction::Side;
use das_core::lever::FALSE_FINDING;
use das_core::units::MicroCredits;
use das_env::Commons;
use das_env::act::{Conduct, Terms};
use das_env::config::Signals;
use das_env::settlement;
use das_env::view::CommonsView;
use das_governance::GovernanceConfig;
use das_governance::levers::admission::on_probation;
use das_governance::levers::circuit_breaker::{Breaker, Rule};
use das_governance::levers::vote_normalisation;
use serde::{Deserialize, Serialize};

/// Epochs over which a reputation point to come is valued.
pub const HORIZON: u32 = 5;

/// Weight below which a vote is not worth casting, where a first one weighs 1.
pub const VOTE_WORTH: f64 = 0.5;

/// Own money (or points) expected to be taken that the notice counts for against experience.
const NOTICE_WEIGHT: f64 = 0.5;

/// What is left of earlier experience with fines after one more deal.
const KEPT: f64 = 0.99;

/// Own deals the expected look of an arm counts for; deals beyond [`LOOKS_MAX`] move a running mean.
const LOOK_WEIGHT: f64 = 2.0;
const LOOKS_MAX: u8 = 20;

/// p of deals that turn out well or badly, as one expects it of an arm never tried: means of the base society without deception.
const P_GOOD: f64 = 0.81;
const P_BAD: f64 = 0.46;

/// How near the threshold of the circuit breaker the risk of a freeze begins, and how far above it is certain, in toxicity.
const NEAR: f64 = 0.1;

/// Step of the running mean of what an epoch earns.
const INCOME_STEP: f64 = 0.3;

/// What is left of the count of own deals inside and outside the ring after an epoch.
const RING_KEPT: f64 = 0.7;

/// Steps of an epoch before the agent has lived through one.
const STEPS_AT_FIRST: u32 = 10;

/// Share of interactions that a moderator looks into, by how they look, before attention runs out (commons model, section 4).
const LOOKED_BAD: f64 = 0.5;
const LOOKED_GOOD: f64 = 0.125;

/// How an agent answers to its experience (`adaptation` of every policy).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Adaptation {
    /// Learns from payoffs and weighs what levers are expected to charge.
    #[default]
    Full,
    /// Learns from payoffs, but levers are left out of everything it weighs.
    Blind,
    /// Learns nothing from payoffs and weighs no lever: arms stay at their starting values.
    Frozen,
}

impl Adaptation {
    /// All, by name in scenarios.
    pub const NAMES: [&'static str; 3] = ["full", "blind", "frozen"];
}

/// The published rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    rules: GovernanceConfig,
    limits: bool,
    /// Whether any lever looks at how an agent deals.
    looks: bool,
}

impl Notice {
    /// The notice of these rules; none where no lever is on.
    pub fn of(rules: &GovernanceConfig) -> Option<Self> {
        (!das_governance::build(rules).is_empty()).then(|| Self::from_rules(rules.clone()))
    }

    fn from_rules(rules: GovernanceConfig) -> Self {
        let mut notice = Self {
            limits: rules.staking_required > 0.0
                || rules.admission_bond > 0.0
                || rules.admission_probation_epochs > 0
                || rules.bandwidth_cap.is_some(),
            looks: false,
            rules,
        };
        notice.looks = notice.burnt() > 0.0
            || notice.audits()
            || notice.rules.moderators > 0
            || notice.rules.transparency
            || notice.rules.circuit_breaker_threshold.is_some();
        notice
    }

    /// The rules.
    pub fn rules(&self) -> &GovernanceConfig {
        &self.rules
    }

    /// Whether any lever limits what an agent may do or have at hand.
    #[inline]
    pub fn limits(&self) -> bool {
        self.limits
    }

    /// Whether any lever looks at how an agent deals.
    #[inline]
    pub fn looks(&self) -> bool {
        self.looks
    }

    /// Whether what an agent lives through can change what it expects.
    pub fn is_lived(&self) -> bool {
        self.limits || self.looks || self.rules.collusion_threshold.is_some()
    }

    /// What a reputation point to come is worth under decay, as a share of one that lasts: the mean of δᵏ over [`HORIZON`] epochs.
    pub fn persistence(&self) -> f64 {
        let (mut left, mut sum) = (1.0, 0.0);
        for _ in 0..HORIZON {
            sum += left;
            left *= self.rules.reputation_decay;
        }
        sum / f64::from(HORIZON)
    }

    fn audits(&self) -> bool {
        self.rules.audit_probability > 0.0 && self.rules.audit_penalty > 0.0
    }

    fn breaker(&self) -> Option<Rule> {
        Some(Rule {
            threshold: self.rules.circuit_breaker_threshold?,
            violations: self.rules.circuit_breaker_violations,
            epochs: self.rules.circuit_breaker_epochs,
        })
    }

    /// Credits that one misuse flag burns.
    fn burnt(&self) -> f64 {
        self.rules.staking_required * self.rules.stake_slash_rate
            + self.rules.admission_bond * self.rules.admission_bond_slash
    }
}

/// What levers are expected to take for a deal.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Charge {
    /// Credits.
    pub money: f64,
    /// Reputation points lost (negative: won).
    pub points: f64,
    /// Earnings lost to a freeze, in the agent's own utility.
    pub liberty: f64,
}

/// What came of something over what was expected of it. Near 1 as long as little was expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    expected: f32,
    observed: f32,
}

impl Ratio {
    /// (w + observed) / (w + expected), w the weight of the notice.
    pub fn factor(&self) -> f64 {
        (NOTICE_WEIGHT + f64::from(self.observed)) / (NOTICE_WEIGHT + f64::from(self.expected))
    }

    fn add(&mut self, expected: f64, observed: f64) {
        self.expected = (KEPT * f64::from(self.expected) + fmax(expected, 0.0)) as f32;
        self.observed = (KEPT * f64::from(self.observed) + fmax(observed, 0.0)) as f32;
    }
}

/// What is publicly known of a way of dealing on one side, the other doing the standard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Odds {
    /// P(v = +1).
    good: f32,
    /// What an inspection comes upon, expected.
    blame: f32,
    /// P(misuse flag).
    flag: f32,
}

impl Odds {
    fn of(signals: &Signals, own: &Conduct, side: Side) -> Self {
        let other = settlement::public_conduct(signals);
        let good = match side {
            Side::Initiator => settlement::probability_good(signals, own, &other),
            Side::Counterparty => settlement::probability_good(signals, &other, own),
        };
        // Idleness is found where nothing came of it (commons model, section 2).
        let quiet = fmax(own.harm, 0.5 * own.deception);
        let failed = fmax(quiet, 1.0 - own.effort);
        Self {
            good: good as f32,
            blame: (good * quiet + (1.0 - good) * failed) as f32,
            flag: (signals.misuse_base
                + signals.misuse_harm * own.harm * (1.0 - 0.5 * own.deception)
                + signals.misuse_deception * own.deception) as f32,
        }
    }
}

/// How own offers by one arm looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Look {
    n: u8,
    p: f32,
    /// Mean of (x − p)⁺, x the audits' threshold.
    shortfall: f32,
}

/// What an agent has lived through, as far as levers are concerned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Experience {
    /// By arm and side; empty until the agent has looked around.
    odds: Vec<[Odds; 2]>,
    looks: [Look; ARMS],
    /// Money taken on deals, by honest and other conduct.
    fines: [Ratio; 2],
    /// Points taken on deals, likewise.
    points: [Ratio; 2],
    moderation: Ratio,
    /// Epochs with deals inside the ring, and those in which it was found.
    ring: Ratio,
    inside: f32,
    outside: f32,
    /// Its own record at the circuit breaker, kept by the same rule.
    breaker: Breaker,
    income: f32,
    earned: f32,
    epoch: u32,
    /// Epoch from which on it counts as having entered.
    entered: Option<u32>,
    /// Steps of the longest epoch seen.
    steps: u32,
    silenced_until: u32,
    /// Agents in sight, itself included.
    population: u32,
}

/// A way of dealing, as it is weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prospect {
    /// Index of the arm.
    pub arm: usize,
    /// Own side.
    pub side: Side,
    /// What changes hands, in credits, whoever pays.
    pub price: f64,
}

fn is_foul(conduct: &Conduct) -> bool {
    conduct.deception > 0.0 || conduct.harm > 0.0
}

fn at(side: Side) -> usize {
    usize::from(side == Side::Counterparty)
}

impl Experience {
    /// Looks around at the start of a turn: epochs that went by, who is there, whether it has entered.
    pub fn look(&mut self, notice: &Notice, seen: &CommonsView<'_>, arms: &[Arm]) {
        let (now, signals) = (seen.now(), seen.signals());
        if self.odds.is_empty() {
            self.odds = (arms.iter())
                .map(|arm| {
                    [Side::Initiator, Side::Counterparty]
                        .map(|side| Odds::of(signals, &arm.conduct, side))
                })
                .collect();
        }
        self.steps = self.steps.max(now.step + 1);
        self.population = seen.degree() + 1;
        if now.epoch != self.epoch {
            self.turn_epoch(now.epoch);
        }
        let bond = MicroCredits::saturating(notice.rules().admission_bond);
        if self.entered.is_none() && seen.stake(seen.me()) >= bond {
            self.entered = Some(now.epoch);
        }
    }

    fn turn_epoch(&mut self, epoch: u32) {
        let earned = f64::from(self.earned);
        let step = if self.epoch == 0 { 1.0 } else { INCOME_STEP };
        let income = f64::from(self.income);
        self.income = (income + step * (earned - income)) as f32;
        self.earned = 0.0;
        self.epoch = epoch;
        if self.inside > 0.0 {
            self.ring.add(1.0, 0.0);
        }
        self.inside = (RING_KEPT * f64::from(self.inside)) as f32;
        self.outside = (RING_KEPT * f64::from(self.outside)) as f32;
        self.breaker.start_epoch(epoch);
    }

    /// What an own offer by this arm is expected to look like, and the part of p that is missing to an audit's threshold.
    fn outlook(&self, notice: &Notice, arm: usize) -> (f64, f64) {
        let x = notice.rules().audit_threshold;
        let good = (self.odds.get(arm)).map_or(0.5, |odds| f64::from(odds[0].good));
        let mixed = |well: f64, badly: f64| good * well + (1.0 - good) * badly;
        let look = &self.looks[arm];
        let n = f64::from(look.n);
        let known = |own: f32, at_first: f64| {
            (LOOK_WEIGHT * at_first + n * f64::from(own)) / (LOOK_WEIGHT + n)
        };
        (
            known(look.p, mixed(P_GOOD, P_BAD)),
            known(
                look.shortfall,
                mixed(fmax(x - P_GOOD, 0.0), fmax(x - P_BAD, 0.0)),
            ),
        )
    }

    /// Fines and points on deals, by the notice alone.
    fn announced(&self, notice: &Notice, arm: usize, side: Side) -> (f64, f64) {
        let rules = notice.rules();
        let odds = (self.odds.get(arm)).map_or_else(Odds::default, |odds| odds[at(side)]);
        let (mut money, mut points) = (f64::from(odds.flag) * notice.burnt(), 0.0);
        if notice.audits() && rules.audit_sensitivity > 0.0 {
            let found =
                rules.audit_probability * found(rules.audit_sensitivity, f64::from(odds.blame));
            money += found * rules.audit_penalty;
            points += found * rules.audit_reputation;
        } else if notice.audits() && side == Side::Initiator {
            let lost = rules.audit_probability * rules.audit_penalty * self.outlook(notice, arm).1;
            money += lost;
            points += lost;
        }
        (money, points)
    }

    /// Fine and points of moderators, by the notice alone.
    fn moderated(&self, notice: &Notice, arm: usize, side: Side) -> (f64, f64) {
        let rules = notice.rules();
        if rules.moderators == 0 {
            return (0.0, 0.0);
        }
        let odds = (self.odds.get(arm)).map_or_else(Odds::default, |odds| odds[at(side)]);
        let bad = 1.0 - f64::from(odds.good);
        let wanted = bad * LOOKED_BAD + (1.0 - bad) * LOOKED_GOOD;
        let looks = f64::from(rules.moderators) * f64::from(rules.moderator_reviews);
        // About one accepted interaction an agent and step.
        let reach = fmin(looks / fmax(f64::from(self.population), 1.0), 1.0);
        let found = fmin(wanted, reach) * found(rules.moderator_sensitivity, f64::from(odds.blame));
        (
            found * rules.moderator_fine,
            found * rules.moderator_reputation,
        )
    }

    /// What levers are expected to take for a deal.
    pub fn charge(&self, notice: &Notice, prospect: &Prospect, arms: &[Arm]) -> Charge {
        let rules = notice.rules();
        let Prospect { arm, side, price } = *prospect;
        let tax = rules.transaction_tax_rate * price.abs();
        if !notice.looks {
            return Charge {
                money: tax,
                ..Charge::default()
            };
        }
        let class = usize::from(is_foul(&arms[arm].conduct));
        let (fines, points) = self.announced(notice, arm, side);
        let (fine, lost) = self.moderated(notice, arm, side);
        let moderation = self.moderation.factor();
        let mut charge = Charge {
            money: tax + self.fines[class].factor() * fines + moderation * fine,
            points: self.points[class].factor() * points + moderation * lost,
            liberty: 0.0,
        };
        if side == Side::Initiator {
            let (p, _) = self.outlook(notice, arm);
            if rules.transparency {
                charge.points -= (p - rules.transparency_threshold) * rules.transparency_bonus_rate;
            }
            if let Some(rule) = notice.breaker() {
                charge.liberty = self.risk(&rule, 1.0 - p) * self.income_lost(rule.epochs);
            }
        }
        charge
    }

    /// Chance of a freeze if it goes on by a way of dealing of this toxicity: from 0 at [`NEAR`] below the threshold to 1 as far above it,
    /// for the mean half way between its record and that; less while violations are left.
    fn risk(&self, rule: &Rule, toxicity: f64) -> f64 {
        let to_come = 0.5 * (self.breaker.mean() + toxicity);
        let near = clamp((to_come - rule.threshold + NEAR) / (2.0 * NEAR), 0.0, 1.0);
        let used = f64::from(self.breaker.violations().saturating_add(1));
        near * fmin(used / f64::from(rule.violations.max(1)), 1.0)
    }

    fn income_lost(&self, epochs: u32) -> f64 {
        fmax(f64::from(self.income), 0.0) * f64::from(epochs)
    }

    /// What one more deal with a fellow is expected to cost: the chance that the ring is found, more the more of its deals are inside.
    pub fn ring_charge(&self, notice: &Notice) -> Charge {
        let rules = notice.rules();
        if rules.collusion_threshold.is_none() {
            return Charge::default();
        }
        let (inside, outside) = (f64::from(self.inside) + 1.0, f64::from(self.outside));
        let share = inside / (inside + outside);
        // One epoch in which it was found and one in which it was not, to begin with.
        let found = (0.5 + f64::from(self.ring.observed)) / (1.0 + f64::from(self.ring.expected));
        let found = fmin(found, 1.0) * share;
        Charge {
            money: found * rules.collusion_fine,
            points: found * rules.collusion_reputation,
            liberty: found * self.income_lost(rules.collusion_freeze_epochs),
        }
    }

    /// Takes in an interaction that closed.
    pub fn live_through(
        &mut self,
        notice: &Notice,
        outcome: &Outcome<'_, Commons>,
        arm: usize,
        arms: &[Arm],
        fellow: bool,
        earned: f64,
    ) {
        let rules = notice.rules();
        if outcome.side == Side::Initiator {
            let look = &mut self.looks[arm];
            let step = 1.0 / (f64::from(look.n) + 1.0);
            let moved =
                |old: f32, new: f64| (f64::from(old) + step * (new - f64::from(old))) as f32;
            look.p = moved(look.p, outcome.p);
            look.shortfall = moved(look.shortfall, fmax(rules.audit_threshold - outcome.p, 0.0));
            look.n = look.n.saturating_add(1).min(LOOKS_MAX);
            if let Some(rule) = notice.breaker() {
                self.breaker.observe(outcome.p, outcome.now.epoch, &rule);
            }
        }
        let audited =
            outcome.accepted || (outcome.side == Side::Initiator && rules.audit_sensitivity == 0.0);
        if audited {
            let class = usize::from(is_foul(&arms[arm].conduct));
            let (fines, points) = self.announced(notice, arm, outcome.side);
            // A rejected offer is audited all the same, but nothing is burnt for it.
            let fines = if outcome.accepted { fines } else { points };
            let price = match *outcome.terms {
                Terms::Trade { price } => price,
                Terms::Collaboration { bounty, .. } => bounty,
                _ => MicroCredits::ZERO,
            };
            let taxed = if outcome.accepted {
                rules.transaction_tax_rate * price.credits().abs()
            } else {
                0.0
            };
            let bonus = if rules.transparency && outcome.accepted && outcome.side == Side::Initiator
            {
                (outcome.p - rules.transparency_threshold) * rules.transparency_bonus_rate
            } else {
                0.0
            };
            self.fines[class].add(fines, outcome.fee - taxed);
            self.points[class].add(points, bonus - outcome.penalty);
        }
        if !outcome.accepted {
            return;
        }
        let (expected, _) = self.moderated(notice, arm, outcome.side);
        self.moderation.add(expected, 0.0);
        self.earned = (f64::from(self.earned) + earned) as f32;
        if fellow {
            self.inside += 1.0;
        } else {
            self.outside += 1.0;
        }
    }

    /// Takes in something it gained apart from payoffs, in its own utility.
    pub fn earn(&mut self, x: f64) {
        self.earned = (f64::from(self.earned) + x) as f32;
    }

    /// Takes in a sanction that came apart from a deal.
    pub fn fined(&mut self, levy: &Levy) {
        match levy.lever {
            "moderator" => {
                self.moderation.observed += levy.fee as f32;
            }
            "collusion" => {
                self.ring.observed += 1.0;
                self.silenced_until = levy.now.epoch + 2;
            }
            _ => {}
        }
    }

    /// Actions and offers that levers leave it this epoch; `None` without a limit.
    pub fn actions_left(&self, notice: &Notice, seen: &CommonsView<'_>) -> Option<u32> {
        let (rules, me, epoch) = (notice.rules(), seen.me(), seen.now().epoch);
        let stake = seen.stake(me).credits();
        if stake < 0.5 * rules.staking_required || self.entered.is_none() {
            return Some(0);
        }
        let probation = (self.entered)
            .is_some_and(|since| on_probation(since, rules.admission_probation_epochs, epoch))
            .then_some(rules.admission_probation_actions);
        let most = match (rules.bandwidth_cap, probation) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b)?,
        };
        Some(most.saturating_sub(seen.counters(me).epoch_actions))
    }

    /// Steps left of the epoch, this one included, if it is as long as the longest seen.
    pub fn steps_left(&self, seen: &CommonsView<'_>) -> u32 {
        let steps = if self.epoch == 0 {
            self.steps.max(STEPS_AT_FIRST)
        } else {
            self.steps
        };
        steps.saturating_sub(seen.now().step)
    }

    /// Whether its next vote is worth casting.
    pub fn vote_counts(&self, notice: &Notice, seen: &CommonsView<'_>) -> bool {
        if seen.now().epoch < self.silenced_until {
            return false;
        }
        let votes = seen.counters(seen.me()).epoch_votes;
        (notice.rules().vote_weight_cap)
            .is_none_or(|cap| vote_normalisation::weight(votes, cap) >= VOTE_WORTH)
    }

    /// Money at hand when what the next top-up of the stake takes is set aside.
    pub fn liquid(&self, notice: &Notice, seen: &CommonsView<'_>) -> MicroCredits {
        let required = MicroCredits::saturating(notice.rules().staking_required);
        let missing = (required - seen.stake(seen.me())).max(MicroCredits::ZERO);
        (seen.balance() - missing).max(MicroCredits::ZERO)
    }

    /// What a new name costs: the bond that is left behind, and the one that must be locked. The second figure is what the old one
    /// costs to keep: standing below 0, in points, and earnings while it is frozen.
    pub fn new_name(&self, notice: &Notice, seen: &CommonsView<'_>) -> (Charge, Charge) {
        let me = seen.me();
        let frozen = if seen.is_frozen(me) {
            self.income_lost(1)
        } else {
            0.0
        };
        (
            Charge {
                money: notice.rules().admission_bond,
                ..Charge::default()
            },
            Charge {
                points: fmax(-seen.reputation(me), 0.0),
                liberty: frozen,
                ..Charge::default()
            },
        )
    }
}

/// Probability of a finding: f + (s − f)·blame.
fn found(sensitivity: f64, blame: f64) -> f64 {
    FALSE_FINDING + (sensitivity - FALSE_FINDING) * blame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::Character;
    use crate::policies::deceptive::Deceptive;
    use das_core::id::{AgentId, InteractionId};
    use das_core::interaction::Moment;
    use das_env::EnvironmentConfig;
    use das_env::act::TRADE;

    const ARMS_OF: &[Arm] = Deceptive::ARMS;
    const BUILD: usize = 0;
    const BUILD_DEAR: usize = 1;
    const EXPLOIT: usize = 4;

    fn notice(rules: &GovernanceConfig) -> Notice {
        Notice::of(rules).unwrap()
    }

    fn newcomer() -> Experience {
        let signals = EnvironmentConfig::default().resolved_signals();
        Experience {
            odds: (ARMS_OF.iter())
                .map(|arm| {
                    [Side::Initiator, Side::Counterparty]
                        .map(|side| Odds::of(&signals, &arm.conduct, side))
                })
                .collect(),
            population: 40,
            ..Experience::default()
        }
    }

    fn asking(arm: usize, price: f64) -> Prospect {
        Prospect {
            arm,
            side: Side::Initiator,
            price,
        }
    }

    fn closed(p: f64, fee: f64, penalty: f64) -> Outcome<'static, Commons> {
        const PRICE: Terms = Terms::Trade {
            price: MicroCredits(100_000),
        };
        Outcome {
            id: InteractionId(1),
            kind: TRADE,
            side: Side::Initiator,
            partner: AgentId(9),
            terms: &PRICE,
            accepted: true,
            p,
            payoff: 0.3 - fee,
            reputation: 0.0,
            penalty,
            fee,
            tag: 0,
            now: Moment::default(),
        }
    }

    #[test]
    fn there_is_no_notice_where_no_lever_is_on() {
        // A key that only tunes a lever is not a rule; one that switches it on is.
        assert!(Notice::of(&GovernanceConfig::default()).is_none());
        let tuned = GovernanceConfig {
            stake_slash_rate: 0.9,
            ..GovernanceConfig::default()
        };
        assert!(Notice::of(&tuned).is_none());
    }

    #[test]
    fn a_tax_is_expected_on_the_price_whatever_its_sign() {
        // .1 of .4 credits, of a price asked or a bait paid; nothing of a free deal.
        let rules = GovernanceConfig {
            transaction_tax_rate: 0.1,
            ..GovernanceConfig::default()
        };
        let (lived, notice) = (newcomer(), notice(&rules));
        for (price, due) in [(0.4, 0.04), (-0.4, 0.04), (0.0, 0.0)] {
            let charge = lived.charge(&notice, &asking(BUILD_DEAR, price), ARMS_OF);
            assert!((charge.money - due).abs() < 1e-12, "{price}");
            assert_eq!((charge.points, charge.liberty), (0.0, 0.0));
        }
    }

    #[test]
    fn an_inspection_is_feared_by_blame_and_experience_corrects_it() {
        // At first a·(.02 + .83·c)·3, where exploit has c = .5 (deception) if things go well and .9 (idleness) if not; after a hundred deals without any fine a fraction of it, for this
        // class of conduct alone.
        let rules = GovernanceConfig {
            audit_probability: 0.1,
            audit_penalty: 3.0,
            audit_sensitivity: 0.85,
            ..GovernanceConfig::default()
        };
        let (mut lived, notice) = (newcomer(), notice(&rules));
        let fear =
            |lived: &Experience, arm| lived.charge(&notice, &asking(arm, 0.0), ARMS_OF).money;
        let at_first = fear(&lived, EXPLOIT);
        let signals = EnvironmentConfig::default().resolved_signals();
        let other = settlement::public_conduct(&signals);
        let good = settlement::probability_good(&signals, &ARMS_OF[EXPLOIT].conduct, &other);
        let blame = 0.5 * good + 0.9 * (1.0 - good);
        assert!(
            (at_first - 0.1 * (0.02 + 0.83 * blame) * 3.0).abs() < 1e-6,
            "{at_first}"
        );
        let honest = fear(&lived, BUILD);
        assert!(honest < 0.15 * at_first, "{honest} of {at_first}");
        for _ in 0..100 {
            lived.live_through(
                &notice,
                &closed(0.7, 0.0, 0.0),
                EXPLOIT,
                ARMS_OF,
                false,
                0.3,
            );
        }
        let forgotten = fear(&lived, EXPLOIT);
        assert!(forgotten < 0.1 * at_first);
        assert_eq!(fear(&lived, BUILD).to_bits(), honest.to_bits());
        lived.live_through(
            &notice,
            &closed(0.7, 3.0, -0.5),
            EXPLOIT,
            ARMS_OF,
            false,
            0.3,
        );
        // One fine of 3 credits, six times the weight of the notice.
        assert!(fear(&lived, EXPLOIT) > 5.0 * forgotten, "once bitten");
    }

    #[test]
    fn an_audit_of_p_is_feared_by_how_own_offers_looked() {
        // The part of p missing to the threshold, from own offers whether audited or not: bad ones raise it, good ones lower it.
        let rules = GovernanceConfig {
            audit_probability: 0.1,
            audit_penalty: 3.0,
            ..GovernanceConfig::default()
        };
        let notice = notice(&rules);
        let after = |p: f64| {
            let mut lived = newcomer();
            for _ in 0..20 {
                let fine = 0.1 * 3.0 * fmax(0.5 - p, 0.0);
                lived.live_through(
                    &notice,
                    &closed(p, fine, -fine),
                    EXPLOIT,
                    ARMS_OF,
                    false,
                    0.0,
                );
            }
            lived.charge(&notice, &asking(EXPLOIT, 0.0), ARMS_OF)
        };
        let (bad, good) = (after(0.1), after(0.9));
        assert!((bad.money - 0.1 * 3.0 * 0.4).abs() < 0.02, "{bad:?}");
        assert!(good.money < 0.005, "{good:?}");
        assert!((bad.points - bad.money).abs() < 1e-6);
    }

    #[test]
    fn a_freeze_is_feared_near_the_threshold_by_who_earns() {
        // Twenty bad offers bring its own record over the threshold; what it fears to lose is what it earned, so nothing before
        // the first epoch is over.
        let rules = GovernanceConfig {
            circuit_breaker_threshold: Some(0.5),
            ..GovernanceConfig::default()
        };
        let (mut lived, notice) = (newcomer(), notice(&rules));
        for _ in 0..20 {
            lived.live_through(
                &notice,
                &closed(0.2, 0.0, 0.0),
                EXPLOIT,
                ARMS_OF,
                false,
                0.3,
            );
        }
        let fear =
            |lived: &Experience, arm| lived.charge(&notice, &asking(arm, 0.0), ARMS_OF).liberty;
        assert_eq!(fear(&lived, EXPLOIT), 0.0);
        lived.turn_epoch(1);
        // 20 deals of .3, two epochs lost.
        assert!(
            (fear(&lived, EXPLOIT) - 12.0).abs() < 1e-5,
            "{}",
            fear(&lived, EXPLOIT)
        );
        assert!(fear(&lived, BUILD) < 0.8 * fear(&lived, EXPLOIT));
    }

    #[test]
    fn a_ring_fears_more_the_more_it_keeps_to_itself() {
        // The fine times a chance that grows with the share of own deals inside, and with having been found.
        let rules = GovernanceConfig {
            collusion_threshold: Some(0.3),
            ..GovernanceConfig::default()
        };
        let notice = notice(&rules);
        let mut lived = newcomer();
        for n in 0..20 {
            lived.live_through(
                &notice,
                &closed(0.6, 0.0, 0.0),
                BUILD,
                ARMS_OF,
                n % 4 == 0,
                0.3,
            );
        }
        let before = lived.ring_charge(&notice).money;
        assert!((before - 0.5 * 6.0 / 21.0).abs() < 1e-6, "{before}");
        lived.fined(&Levy {
            lever: "collusion",
            fee: 1.0,
            penalty: -0.5,
            now: Moment::default(),
        });
        assert!(lived.ring_charge(&notice).money > before);
        assert!(
            lived
                .ring_charge(&Notice::from_rules(GovernanceConfig::default()))
                .money
                == 0.0
        );
    }

    #[test]
    fn what_decays_is_worth_less() {
        // δ = .5 over five epochs: (1 + .5 + .25 + .125 + .0625)/5.
        let rules = GovernanceConfig {
            reputation_decay: 0.5,
            ..GovernanceConfig::default()
        };
        assert!((notice(&rules).persistence() - 0.3875).abs() < 1e-12);
    }

    #[test]
    fn experience_stays_small_and_is_saved_whole() {
        // What a governed agent keeps beside the rest, its odds included.
        assert!(size_of::<Experience>() + 6 * size_of::<[Odds; 2]>() < 600);
    }
}
