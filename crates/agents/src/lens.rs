//! What an agent has before its eyes when it decides: its view, its habits, what it has lived through.
//!
//! Everything a policy weighs comes through here: belief in others, cost of conduct, and what levers are expected to take
//! ([`crate::governance`]). Without levers, and for those who weigh none, charges are 0, money at hand is the balance, and nothing
//! is held back. Not here: what a policy makes of it.

use crate::appraisal::Habits;
use crate::belief::Memory;
use crate::governance::{Experience, Notice, Prospect};
use crate::learning::{ARMS, Seat};
use crate::member::Character;
use das_core::id::AgentId;
use das_core::interaction::Side;
use das_core::units::MicroCredits;
use das_env::act::Conduct;
use das_env::view::CommonsView;
use std::sync::LazyLock;

/// What an agent has before its eyes: its view and its habits.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'l, 'v> {
    /// The view of this turn.
    pub seen: &'l CommonsView<'v>,
    /// Its own habits and the payoff rule.
    pub habits: &'l Habits,
    /// What it has lived through under levers; `None` where that does not matter.
    pub experience: Option<&'l Experience>,
}

/// What somebody has lived through who has lived through nothing.
static NOTHING: LazyLock<Experience> = LazyLock::new(Experience::default);

impl Lens<'_, '_> {
    /// m: the agent's belief in somebody (model page, section 3). Where records are published it reads them.
    #[inline]
    pub fn belief(&self, memory: &Memory, who: AgentId) -> f64 {
        let (standing, prior) = (self.seen.standing(who), &self.habits.prior);
        match &self.habits.notice {
            Some(notice) if notice.rules().transparency => {
                self.belief_by_record(memory, who, standing)
            }
            _ => memory.mean(who, standing, prior),
        }
    }

    /// Apart, so that the other case is a part of whoever asks.
    #[inline(never)]
    fn belief_by_record(&self, memory: &Memory, who: AgentId, standing: f64) -> f64 {
        memory.mean_with(who, standing, &self.habits.prior, self.seen.published(who))
    }

    /// The rules and what it has lived through under them, where it weighs levers.
    #[inline]
    fn governed(&self) -> Option<(&Notice, &Experience)> {
        let notice = self.habits.notice.as_ref()?;
        Some((notice, self.experience.unwrap_or(&NOTHING)))
    }

    /// The same where levers limit what it may do.
    #[inline]
    fn limited(&self) -> Option<(&Notice, &Experience)> {
        let limits = self.habits.notice.as_ref().is_some_and(Notice::limits);
        limits.then(|| self.governed()).flatten()
    }

    /// What levers are expected to take of a deal by this arm, at this price in credits, in the agent's own utility.
    #[inline]
    pub fn charge<C: Character>(&self, character: &C, arm: usize, side: Side, price: f64) -> f64 {
        self.governed().map_or(0.0, |(notice, lived)| {
            let prospect = Prospect { arm, side, price };
            character.weigh(&lived.charge(notice, &prospect, C::ARMS), self.habits)
        })
    }

    /// The same of each arm, before a partner is known: for the choice among arms. A price that is the same for all is left out.
    pub fn charges<C: Character>(&self, character: &C, seat: Seat) -> [f64; ARMS] {
        let mut charges = [0.0; ARMS];
        // Levers that do not look at conduct charge an arm for its price alone.
        let differ = |notice: &Notice| notice.looks() || seat == Seat::Provider;
        if self.habits.notice.as_ref().is_some_and(differ) {
            let side = match seat {
                Seat::Responder => Side::Counterparty,
                Seat::Provider | Seat::Worker | Seat::Replier => Side::Initiator,
            };
            for (arm, charge) in charges.iter_mut().enumerate().take(C::ARMS.len()) {
                let price = if seat == Seat::Provider {
                    self.habits.price(C::ARMS[arm].price, character.bait())
                } else {
                    0.0
                };
                *charge = self.charge(character, arm, side, price);
            }
        }
        charges
    }

    /// What one more deal with a fellow of its ring is expected to cost it.
    pub fn ring_charge<C: Character>(&self, character: &C) -> f64 {
        self.governed().map_or(0.0, |(notice, lived)| {
            character.weigh(&lived.ring_charge(notice), self.habits)
        })
    }

    /// Money at hand; what a lever is about to lock is set aside.
    pub fn liquid(&self) -> MicroCredits {
        self.limited().map_or_else(
            || self.seen.balance(),
            |(notice, lived)| lived.liquid(notice, self.seen),
        )
    }

    /// Whether levers leave it an action or offer.
    #[inline]
    pub(crate) fn may_go_on(&self) -> bool {
        self.limited()
            .and_then(|(notice, lived)| lived.actions_left(notice, self.seen))
            .is_none_or(|left| left > 0)
    }

    /// Whether it has an action to spare for what does not pay: more are left than it needs for its offers until the epoch ends.
    #[inline]
    pub(crate) fn has_to_spare(&self) -> bool {
        self.limited().is_none_or(|(notice, lived)| {
            lived.actions_left(notice, self.seen).is_none_or(|left| {
                left > self.habits.activity.attempts_per_step * lived.steps_left(self.seen)
            })
        })
    }

    /// Whether its next vote is worth casting.
    pub(crate) fn vote_counts(&self) -> bool {
        self.governed()
            .is_none_or(|(notice, lived)| lived.vote_counts(notice, self.seen))
    }

    /// Whether a new name is worth what levers take for it.
    pub(crate) fn new_name_pays<C: Character>(&self, character: &C) -> bool {
        self.governed().is_none_or(|(notice, lived)| {
            let (new, old) = lived.new_name(notice, self.seen);
            let worth = |charge| character.weigh(&charge, self.habits);
            new.money == 0.0 || worth(old) > worth(new)
        })
    }

    /// Cost of conduct, κe² + χd.
    #[inline]
    pub fn cost(&self, conduct: &Conduct) -> f64 {
        self.seen
            .signals()
            .conduct_cost(conduct.effort, conduct.deception)
    }

    /// Own standing ρ.
    #[inline]
    pub fn own_standing(&self) -> f64 {
        self.seen.standing(self.seen.me())
    }
}
