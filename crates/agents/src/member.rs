//! The agent that every policy is: one body, four characters.
//!
//! [`Member`] owns what all agents have in common (memory, role, the order of business in a step) and asks its [`Character`]
//! wherever policies differ: which arm, whom, whether, what it thinks of an author, what it learns. It draws only from the
//! stream of its turn and sees only its view; kinds of other agents are never read, because the view has none.
//!
//! Order of business in ACT: identity, duty of the role (up to two), task, post, votes, market; each call of `select_action` goes on
//! where the last one stopped. Invariant: a turn allocates nothing, except the lists that posting and submitting a task or
//! bounty hand over.

use crate::appraisal::{Deal, Habits, Occasion};
use crate::belief::Memory;
use crate::candidates;
use crate::conduct::Arm;
use crate::governance::{Adaptation, Charge, Experience};
use crate::learning::{Mark, Seat};
pub use crate::lens::Lens;
use crate::market::Grievance;
use crate::parameters::{Activity, Parameters};
use crate::roles::Role;
use crate::{feed, market, tasks};
use das_core::agent::{BaseAgent, Decision, Levy, Offer, Outcome, Proposal, Turn};
use das_core::id::{AgentId, InteractionId};
use das_core::interaction::Side;
use das_core::rng::Stream;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use das_env::Commons;
use das_env::act::{Action, News, TOOL_REBRAND, TOOL_REPLY, TOOL_TRADE, Terms};
use das_env::view::{CommonsView, PostView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Below this belief a partner that has just proved bad is held a grudge.
const GRUDGE_BELOW: f64 = 0.45;

/// What every agent keeps in mind, whatever its policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mind {
    /// Evidence of partners.
    pub memory: Memory,
    grudge: Option<u32>,
    agenda: u8,
}

impl Mind {
    /// The last partner that proved bad, once.
    pub fn take_grudge(&mut self) -> Option<AgentId> {
        self.grudge.take().map(AgentId)
    }

    /// Takes offence if the partner, after what just came out, is believed to be bad more often than good. Standing is left
    /// out: it is own experience that offends.
    fn resent(&mut self, partner: AgentId, habits: &Habits) {
        if self.memory.mean(partner, 0.0, &habits.prior) < GRUDGE_BELOW {
            self.grudge = Some(partner.0);
        }
    }
}

/// An arm chosen, with the tag that brings it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Index into [`Character::ARMS`].
    pub arm: usize,
    /// The mark for the outcome.
    pub tag: u64,
}

/// How a moderator treats a post it reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Leave it.
    Leave,
    /// Flag it.
    Flag,
    /// Hide it.
    Hide,
}

/// Where policies differ.
pub trait Character: Send + Sized + 'static {
    /// Key in the registry.
    const KIND: &'static str;
    /// All arms, the indices of [`Choice::arm`].
    const ARMS: &'static [Arm];
    /// What it says in posts.
    const PHRASES: &'static [&'static str];
    /// What it learns: everything of it that is not configuration.
    type State: Clone + Default + Serialize + DeserializeOwned + Send;

    /// What a scenario may set.
    type Params: Parameters;

    /// One of this name.
    fn new(params: &Self::Params, name: &str) -> Self;
    /// Its state, to save.
    fn state(&self) -> &Self::State;
    /// Reads something of each part of its state, see [`BaseAgent::touch`].
    fn touch(&self) -> u64 {
        0
    }
    /// Its state, to overwrite.
    fn state_mut(&mut self) -> &mut Self::State;
    /// Picks an arm for this seat; `partner` is known unless the agent has yet to choose one.
    fn choose(
        &self,
        seat: Seat,
        partner: Option<AgentId>,
        lens: &Lens<'_, '_>,
        rng: &mut Stream,
    ) -> Choice;
    /// How much it wants to deal with a candidate by this arm, given a uniform draw `u`; `None`: not at all.
    fn attraction(
        &self,
        arm: usize,
        who: AgentId,
        u: f64,
        mind: &Mind,
        lens: &Lens<'_, '_>,
    ) -> Option<f64>;
    /// Whom it deals with by this arm without looking at candidates (a fellow of the ring).
    fn appointed(&self, _arm: usize, _lens: &Lens<'_, '_>, _rng: &mut Stream) -> Option<AgentId> {
        None
    }
    /// Whether it would strike the deal.
    fn willing(&self, deal: &Deal, habits: &Habits) -> bool;
    /// What a charge of levers is to it, in its own utility. By default money + `w_rep`·points + liberty.
    fn weigh(&self, charge: &Charge, habits: &Habits) -> f64 {
        charge.money + habits.stakes.w_rep * charge.points + charge.liberty
    }
    /// What an accepted interaction earned it, in its own utility, before what levers took.
    fn earned(&self, outcome: &Outcome<'_, Commons>) -> f64 {
        outcome.payoff + outcome.fee
    }
    /// What it gains by hearing how an interaction turned out.
    fn gladdened(&self, _partner: AgentId, _good: bool) -> f64 {
        0.0
    }
    /// Looks into what has just closed, before any other duty. Called again as long as it does something.
    fn patrol(&mut self, _lens: &Lens<'_, '_>, _rng: &mut Stream) -> Option<Action> {
        None
    }
    /// What it pays when it baits, in credits.
    fn bait(&self) -> f64 {
        0.0
    }
    /// Whether half of its votes go to posts of its own circle, if one is in sight.
    const CAMPAIGNS: bool = false;
    /// Whether somebody belongs to its own circle.
    fn is_fellow(&self, _who: AgentId) -> bool {
        false
    }
    /// Its vote on a post of this author; `None`: no opinion.
    fn opinion(&self, author: AgentId, mind: &Mind, lens: &Lens<'_, '_>) -> Option<bool>;
    /// Learns from an interaction that closed.
    fn learn(&mut self, outcome: &Outcome<'_, Commons>, habits: &Habits);
    /// Learns that an arm led to no offer, because the agent itself would not strike the deal.
    fn forgo(&mut self, _tag: u64, _habits: &Habits) {}
    /// Learns how an interaction turned out in the end.
    fn hear(&mut self, _id: InteractionId, _partner: AgentId, _good: bool, _habits: &Habits) {}
    /// Called in the first step of each epoch, before anything else; true to leave and come back under a new name.
    fn renew(&mut self, _lens: &Lens<'_, '_>, _rng: &mut Stream) -> bool {
        false
    }
    /// As a verifier: how hard it looks at the work of this worker, 0..=1.
    fn diligence(&self, worker: Option<AgentId>, mind: &Mind, lens: &Lens<'_, '_>) -> f64;
    /// What it asks for work that costs it `cost` on a bounty of this reserve, in credits; `None`: it does not bid. By default cost
    /// plus the low customary price, if the reserve covers that.
    fn quote(&self, cost: f64, reserve: f64, habits: &Habits) -> Option<f64> {
        let fair = cost + habits.price_low;
        (fair <= reserve).then_some(fair)
    }
    /// Whether it disputes a verdict it lost by. By default if it saw itself that the verdict is wrong.
    fn contests(&self, grievance: &Grievance) -> bool {
        grievance.seen_wrong()
    }
    /// As a moderator: what becomes of a post.
    fn ruling(&self, post: &PostView, mind: &Mind, lens: &Lens<'_, '_>) -> Ruling;
    /// As a planner: how much it wants this agent to get work; `None`: not at all.
    fn preferment(&self, worker: AgentId, mind: &Mind, lens: &Lens<'_, '_>) -> Option<f64> {
        Some(lens.belief(&mind.memory, worker))
    }
}

/// An agent of the commons.
#[derive(Debug)]
pub struct Member<C> {
    role: Role,
    /// Shared by all agents of one configuration.
    habits: Arc<Habits>,
    character: C,
    mind: Mind,
    /// `None` where nothing lived through matters: without levers, for those who weigh none, and under those known beforehand.
    experience: Option<Box<Experience>>,
}

impl<C: Character> Member<C> {
    /// An agent that has met nobody.
    pub fn new(character: C, role: Role, habits: Arc<Habits>) -> Self {
        Self {
            role,
            experience: (habits.notice.as_ref())
                .filter(|notice| notice.is_lived())
                .map(|_| Box::default()),
            habits,
            character,
            mind: Mind::default(),
        }
    }
}

impl<C> Member<C> {
    /// Whether payoffs teach it anything.
    fn learns(&self) -> bool {
        self.habits.adaptation != Adaptation::Frozen
    }
}

/// Items of the agenda of a step; votes follow, and the market comes last.
const IDENTITY: u8 = 0;
const DUTY: u8 = 1;
const SECOND_DUTY: u8 = 2;
const TASK: u8 = 3;
const POST: u8 = 4;

/// Votes it considers in a step.
fn votes(activity: &Activity) -> u8 {
    activity.votes_per_step.min(8) as u8
}

/// One item of the agenda.
fn attend<C: Character>(
    item: u8,
    role: Role,
    character: &mut C,
    mind: &mut Mind,
    lens: &Lens<'_, '_>,
    rng: &mut Stream,
) -> Option<Action> {
    let activity = &lens.habits.activity;
    match item {
        IDENTITY => {
            let leaves = lens.seen.now().step == 0 && character.renew(lens, rng);
            (leaves && lens.seen.may(TOOL_REBRAND) && lens.new_name_pays(character))
                .then_some(Action::Rebrand)
        }
        DUTY | SECOND_DUTY => role.duty(character, mind, lens, rng),
        TASK => tasks::post(lens, role.publicity() * activity.p_task, rng)
            .or_else(|| tasks::claim(character, mind, lens, rng)),
        POST if !lens.has_to_spare() => None,
        POST => feed::publish::<C>(lens, role.publicity() * activity.p_post, rng),
        item if item > POST + votes(activity) => {
            market::attend(character, mind, lens, role.publicity(), rng)
        }
        _ if !lens.has_to_spare() || !lens.vote_counts() => None,
        _ => feed::vote(character, mind, lens, rng),
    }
}

/// The deal as the one who asks sees it.
fn asked<C: Character>(
    character: &C,
    choice: Choice,
    occasion: Occasion,
    m: f64,
    lens: &Lens<'_, '_>,
) -> Deal {
    let arm = &C::ARMS[choice.arm];
    let gain = if occasion == Occasion::Trade {
        lens.habits.price(arm.price, character.bait())
    } else {
        0.0
    };
    Deal {
        occasion,
        side: Side::Initiator,
        m,
        gain,
        cost: lens.cost(&arm.conduct),
        charge: lens.charge(character, choice.arm, Side::Initiator, gain),
    }
}

impl<C: Character> BaseAgent<Commons> for Member<C> {
    fn kind(&self) -> &'static str {
        C::KIND
    }

    fn select_action(&mut self, seen: &CommonsView<'_>, turn: Turn<'_>) -> Option<Action> {
        if turn.attempt == 0 {
            self.mind.agenda = 0;
            if let (Some(lived), Some(notice)) = (&mut self.experience, &self.habits.notice) {
                lived.look(notice, seen, C::ARMS);
            }
        }
        let lens = Lens {
            seen,
            habits: &self.habits,
            experience: self.experience.as_deref(),
        };
        let last = POST + votes(&self.habits.activity) + 1;
        while self.mind.agenda <= last {
            let item = self.mind.agenda;
            if item > IDENTITY && !lens.may_go_on() {
                return None;
            }
            if item == DUTY {
                let looked = self.character.patrol(&lens, turn.rng);
                if looked.is_some() {
                    return looked;
                }
            }
            self.mind.agenda += 1;
            let action = attend(
                item,
                self.role,
                &mut self.character,
                &mut self.mind,
                &lens,
                turn.rng,
            );
            if action.is_some() {
                return action;
            }
            if item == IDENTITY && seen.is_frozen(seen.me()) {
                return None;
            }
        }
        None
    }

    fn propose_interaction(
        &mut self,
        seen: &CommonsView<'_>,
        turn: Turn<'_>,
    ) -> Option<Proposal<Commons>> {
        let activity = &self.habits.activity;
        if turn.attempt >= activity.attempts_per_step {
            return None;
        }
        let lens = Lens {
            seen,
            habits: &self.habits,
            experience: self.experience.as_deref(),
        };
        if !lens.may_go_on() {
            return None;
        }
        let rng = turn.rng;
        if rng.chance(activity.p_reply) && seen.may(TOOL_REPLY) {
            let (post, author) = candidates::post_to_answer(seen, rng)?;
            let choice = self
                .character
                .choose(Seat::Replier, Some(author), &lens, rng);
            let m = lens.belief(&self.mind.memory, author);
            let deal = asked(&self.character, choice, Occasion::Reply, m, &lens);
            return self
                .character
                .willing(&deal, &self.habits)
                .then(|| Proposal {
                    to: author,
                    terms: Terms::Reply { post },
                    conduct: C::ARMS[choice.arm].conduct,
                    tag: choice.tag,
                });
        }
        if !seen.may(TOOL_TRADE) {
            return None;
        }
        let choice = self.character.choose(Seat::Provider, None, &lens, rng);
        let to = match self.character.appointed(choice.arm, &lens, rng) {
            Some(who) => who,
            None => candidates::choose(
                seen,
                &self.mind.memory,
                &self.habits.prior,
                rng,
                |who, u| {
                    self.character
                        .attraction(choice.arm, who, u, &self.mind, &lens)
                },
            )?,
        };
        let m = lens.belief(&self.mind.memory, to);
        let deal = asked(&self.character, choice, Occasion::Trade, m, &lens);
        let price = MicroCredits::saturating(deal.gain);
        if price.0 < 0 && lens.liquid().0 < -price.0 {
            return None;
        }
        if !self.character.willing(&deal, &self.habits) {
            if self.learns() {
                self.character.forgo(choice.tag, &self.habits);
            }
            return None;
        }
        Some(Proposal {
            to,
            terms: Terms::Trade { price },
            conduct: C::ARMS[choice.arm].conduct,
            tag: choice.tag,
        })
    }

    fn accept_interaction(
        &mut self,
        offer: &Offer<'_, Commons>,
        seen: &CommonsView<'_>,
        turn: Turn<'_>,
    ) -> Decision<Commons> {
        let lens = Lens {
            seen,
            habits: &self.habits,
            experience: self.experience.as_deref(),
        };
        // A task's bounty is in escrow already: it is spent either way until the work is refused, but it is what the
        // poster pays for *this* work, so it counts in the appraisal and not in what must be at hand.
        let (occasion, pays, due) = match *offer.terms {
            Terms::Trade { price } => (Occasion::Trade, price, price),
            Terms::Collaboration { bounty, .. } => (Occasion::Task, bounty, MicroCredits::ZERO),
            Terms::Bounty { price, .. } => (Occasion::Task, price, MicroCredits::ZERO),
            Terms::Reply { .. } => (Occasion::Reply, MicroCredits::ZERO, MicroCredits::ZERO),
        };
        if due > lens.liquid() {
            return Decision::reject();
        }
        let choice = self
            .character
            .choose(Seat::Responder, Some(offer.from), &lens, turn.rng);
        let conduct = C::ARMS[choice.arm].conduct;
        let deal = Deal {
            occasion,
            side: Side::Counterparty,
            m: lens.belief(&self.mind.memory, offer.from),
            gain: -pays.credits(),
            cost: lens.cost(&conduct),
            charge: lens.charge(
                &self.character,
                choice.arm,
                Side::Counterparty,
                pays.credits(),
            ),
        };
        if self.character.willing(&deal, &self.habits) {
            Decision::accept(conduct, choice.tag)
        } else {
            Decision::reject()
        }
    }

    fn update_state(&mut self, outcome: &Outcome<'_, Commons>) {
        if outcome.accepted {
            self.mind
                .memory
                .observe_now(outcome.partner, outcome.p, &self.habits.prior);
            if outcome.p < 0.5 {
                self.mind.resent(outcome.partner, &self.habits);
            }
        }
        if let (Some(lived), Some(notice)) = (&mut self.experience, &self.habits.notice) {
            let arm = Mark::from_tag(outcome.tag).map_or(0, |mark| usize::from(mark.arm));
            let fellow = self.character.is_fellow(outcome.partner);
            let earned = self.character.earned(outcome);
            lived.live_through(notice, outcome, arm, C::ARMS, fellow, earned);
        }
        if self.learns() {
            self.character.learn(outcome, &self.habits);
        }
    }

    fn fined(&mut self, levy: &Levy) {
        if let Some(lived) = &mut self.experience {
            lived.fined(levy);
        }
    }

    #[inline]
    fn touch(&self) -> u64 {
        self.mind.memory.touch() ^ u64::from(self.mind.agenda) ^ self.character.touch()
    }

    fn hear(&mut self, news: &News) {
        let News::Aftermath {
            id, partner, good, ..
        } = *news;
        self.mind
            .memory
            .observe_late(partner, good, &self.habits.prior);
        if !good {
            self.mind.resent(partner, &self.habits);
        }
        if let Some(lived) = &mut self.experience {
            lived.earn(self.character.gladdened(partner, good));
        }
        if self.learns() {
            self.character.hear(id, partner, good, &self.habits);
        }
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.mind);
        out.put(self.character.state());
        // Whether there is any follows from the scenario.
        if let Some(lived) = &self.experience {
            out.put(lived);
        }
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.mind = from.take()?;
        *self.character.state_mut() = from.take()?;
        if let Some(lived) = &mut self.experience {
            *lived = from.take()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appraisal::Stakes;
    use crate::learning::Mark;
    use crate::policies::adversarial::{Adversarial, AdversarialParams};
    use das_core::interaction::Moment;
    use das_core::score::payoff::PayoffConfig;
    use das_env::act::TRADE;

    fn fresh() -> Member<Adversarial> {
        let params = AdversarialParams::default();
        let habits = params.habits(Stakes::from(&PayoffConfig::default()));
        Member::new(
            Adversarial::new(&params, "a.1"),
            Role::Worker,
            Arc::new(habits),
        )
    }

    fn live_through(agent: &mut Member<Adversarial>, ids: std::ops::Range<u64>) {
        let tag = Mark {
            high: false,
            seat: Seat::Provider,
            arm: 1,
        }
        .to_tag();
        for id in ids {
            agent.update_state(&Outcome {
                id: InteractionId(id),
                kind: TRADE,
                side: Side::Initiator,
                partner: AgentId(id as u32 % 20),
                terms: &Terms::Trade {
                    price: MicroCredits::ZERO,
                },
                accepted: id % 3 != 0,
                p: 0.3,
                payoff: 0.1,
                reputation: -0.01,
                penalty: 0.0,
                fee: 0.0,
                tag,
                now: Moment::default(),
            });
            agent.hear(&News::Aftermath {
                id: InteractionId(id),
                partner: AgentId(id as u32 % 20),
                good: id % 2 == 0,
                kind: TRADE,
            });
        }
    }

    fn saved(agent: &Member<Adversarial>) -> Vec<u8> {
        let mut saver = Saver::new();
        agent.save(&mut saver);
        saver.into_bytes()
    }

    #[test]
    fn a_restored_agent_goes_on_as_the_saved_one() {
        // Saved half way, loaded into a fresh agent, both live through the rest: the same bytes at the end, others before.
        let mut original = fresh();
        live_through(&mut original, 0..40);
        let half = saved(&original);
        let mut restored = fresh();
        restored.load(&mut Loader::new(&half)).unwrap();
        live_through(&mut original, 40..80);
        live_through(&mut restored, 40..80);
        assert_eq!(saved(&original), saved(&restored));
        assert_ne!(saved(&original), half);
        assert!(fresh().load(&mut Loader::new(&half[..10])).is_err());
    }

    #[test]
    fn bad_experience_is_resented_once() {
        // Two bad aftermaths of a stranger: a grudge, gone when it was taken. Good ones leave none.
        let mut agent = fresh();
        let news = |partner, good| News::Aftermath {
            id: InteractionId(1),
            partner: AgentId(partner),
            good,
            kind: TRADE,
        };
        agent.hear(&news(1, true));
        agent.hear(&news(1, false));
        assert_eq!(agent.mind.take_grudge(), None, "one good, one bad");
        agent.hear(&news(2, false));
        assert_eq!(agent.mind.take_grudge(), Some(AgentId(2)));
        assert_eq!(agent.mind.take_grudge(), None);
    }
}
