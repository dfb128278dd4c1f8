//! The contract of [`Environment`] on the city.
//!
//! `begin_step` is stages 1 to 4 of the day (expiries, production, prices, legal trade), ACT stage 5 (plans), `end_step` stages 6 to
//! 16: the order of the model page, so that prices and stocks are the day's when smugglers plan. Not here: the stages (`day`).

use crate::act::{
    Action, Conduct, KINDS, News, Response, TOOL_CRACKDOWN, TOOL_PATROL, TOOL_SMUGGLE, TOOL_TRADE,
    TOOLS, Terms,
};
use crate::state::offices::{Holder, Seat};
use crate::systems;
use crate::view::DosadiView;
use crate::world::Dosadi;
use crate::{day, metrics};
use das_core::agent::AgentSpec;
use das_core::describe::{Descriptor, Param};
use das_core::environment::{ActionFacts, Asked, Environment, Refusal, TermsFacts};
use das_core::id::AgentId;
use das_core::interaction::Moment;
use das_core::ledger::{AccountKind, Reason};
use das_core::orchestrator::Ctx;
use das_core::society::Society;
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;

const fn block(name: &'static str, doc: &'static str) -> Param {
    Param {
        name,
        range: "block",
        default: "{}",
        doc,
    }
}

/// The environment as listings and help show it.
pub const ENVIRONMENT: Descriptor = Descriptor {
    name: "dosadi",
    family: "environment",
    summary: "a closed city of wards with legal trade, smugglers, bribed customs, audits and crackdowns; a step is a day",
    formula: "v = sign of the act's marginal effect on W = -sum_w people*(h + h*h), h = hardship of the day",
    params: &[
        block(
            "map",
            "wards, corridors, factions: city, ring_chords or written",
        ),
        block("economy", "production, prices, public money"),
        block("trade", "legal deliveries, tariffs, escorts"),
        block("smuggling", "networks, their bounds, learning and bribes"),
        block("customs", "inspections, bribes and what is seen of them"),
        block("audits", "audits of the posts"),
        block(
            "crackdowns",
            "the planner, and crackdowns that the scenario orders",
        ),
        block("patrols", "patrols on corridors"),
        block("culture", "drift of norms and offices, migration"),
        block("phases", "plenty, strain, crisis"),
        block("agents", "parameters of the policies, by policy"),
        Param {
            name: "treasury",
            range: "keep | dividend",
            default: "keep",
            doc: "what flows back of what levers took; keep hands it to the crown each morning",
        },
        Param {
            name: "vault",
            range: "directory",
            default: "",
            doc: "a saved world to go on from",
        },
    ],
    source: "Dosadi model page; seed 001 (smuggling networks)",
};

impl Environment for Dosadi {
    const NAME: &'static str = "dosadi";
    const KINDS: &'static [&'static str] = KINDS;
    const TOOLS: &'static [&'static str] = TOOLS;
    /// A network sends up to its share of the day's shipments, then places its bribes.
    const ACTIONS_MAX: u32 = 64;
    const PROPOSALS_MAX: u32 = 1;

    type View<'a> = DosadiView<'a>;
    type Action = Action;
    type Terms = Terms;
    type Conduct = Conduct;
    type Response = Response;
    type News = News;

    fn view<'a>(&'a self, who: AgentId, society: &'a Society) -> DosadiView<'a> {
        DosadiView::new(self, society, who)
    }

    fn action_facts(&self, action: &Action) -> ActionFacts {
        let (tool, outlay) = match action {
            Action::TradeTerms { .. } => (TOOL_TRADE, 0),
            Action::Ship(plan) => (TOOL_SMUGGLE, systems::smuggling::outlay(self, plan)),
            Action::Bribes(_) => (TOOL_SMUGGLE, 0),
            Action::Crackdown { .. } => (TOOL_CRACKDOWN, 0),
            Action::Patrols(_) => (TOOL_PATROL, 0),
        };
        ActionFacts {
            tool,
            content_chars: 0,
            is_post: false,
            is_vote: false,
            outlay: MicroCredits(outlay),
            while_frozen: false,
        }
    }

    fn terms_facts(&self, terms: &Terms) -> TermsFacts {
        let [outlay_initiator, outlay_counterparty] = terms.outlay();
        TermsFacts {
            kind: terms.kind(),
            tool: terms.tool(),
            charged: false,
            outlay_initiator,
            outlay_counterparty,
        }
    }

    fn account_name(spec: &AgentSpec) -> String {
        Seat::of_name(&spec.name)
            .map_or_else(|| format!("acct:agent:{}", spec.name), Seat::account_name)
    }

    fn registered(&mut self, who: AgentId, ctx: &mut Ctx<'_, Self>) {
        day::seat(self, who, ctx);
    }

    fn retired(&mut self, who: AgentId, _ctx: &mut Ctx<'_, Self>) {
        day::vacate(self, who);
    }

    fn begin_step(&mut self, ctx: &mut Ctx<'_, Self>) {
        day::morning(self, ctx);
    }

    fn apply(
        &mut self,
        who: AgentId,
        action: Action,
        ctx: &mut Ctx<'_, Self>,
    ) -> Result<(), Refusal> {
        let seat = self.state.offices.seat(who);
        match (seat, action) {
            (
                Some(Seat::Guild(guild)),
                Action::TradeTerms {
                    share,
                    least_gap,
                    escort_from,
                },
            ) => {
                systems::trade::set_terms(self, guild, share, least_gap, escort_from);
                Ok(())
            }
            (Some(Seat::Faction(faction)), Action::Ship(plan)) => {
                systems::smuggling::ship(self, faction, plan, ctx)
            }
            (Some(Seat::Faction(faction)), Action::Bribes(bids)) => {
                systems::smuggling::place_bribes(self, faction, bids, ctx)
            }
            (
                Some(Seat::Patrol(polity)),
                Action::Crackdown {
                    border,
                    intensity,
                    days,
                },
            ) => systems::crackdown::order(self, polity, border, intensity, days, ctx),
            (Some(Seat::Patrol(polity)), Action::Patrols(corridors)) => {
                systems::patrols::deploy(self, polity, &corridors)
            }
            _ => Err(Refusal::new(
                "seat",
                "this is not for the office the agent holds",
            )),
        }
    }

    fn settle(&mut self, asked: Asked<Self>, ctx: &mut Ctx<'_, Self>) {
        // Offers are asked and settled by the systems; nobody offers in PROPOSE.
        day::settle(&asked, ctx);
    }

    fn end_step(&mut self, ctx: &mut Ctx<'_, Self>) {
        day::evening(self, ctx);
    }

    fn epoch_metrics(&mut self, _at: Moment) -> Vec<(&'static str, f64)> {
        metrics::take(self)
    }

    fn check(&self) -> Result<(), String> {
        systems::conservation::check(&self.state)
    }

    fn save(&self, out: &mut Saver) {
        out.put(&self.state);
    }

    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        let state = from.take()?;
        self.replace(state);
        Ok(())
    }
}

impl Dosadi {
    /// Gives an office its holder and its money at genesis.
    pub(crate) fn fill_office(&mut self, seat: Seat, holder: Holder, ctx: &mut Ctx<'_, Self>) {
        let offices = &mut self.state.offices;
        let place = match seat {
            Seat::Ward(w) => (&mut offices.wards, w as usize),
            Seat::Guild(p) => (&mut offices.guilds, usize::from(p)),
            Seat::Faction(f) => (&mut offices.factions, usize::from(f)),
            Seat::Post(p) => (&mut offices.posts, p as usize),
            Seat::Patrol(p) => (&mut offices.patrols, usize::from(p)),
        };
        let Some(slot) = place.0.get_mut(place.1) else {
            return;
        };
        *slot = Some(holder);
        let grant = self.endowment(seat);
        let source = ctx.society().source();
        ctx.post_up_to(
            source,
            holder.account,
            MicroCredits(grant),
            Reason::Endowment,
        );
        if self.state.offices.crown.is_none() {
            self.open_public_accounts(ctx);
        }
    }

    /// Money of an office at genesis, micro-credits.
    fn endowment(&self, seat: Seat) -> i64 {
        let [ward, polity, guild] = self.config.economy.endowment;
        let of_polity = |p: u16| -> i64 {
            let wards = &self.state.wards;
            (0..wards.len())
                .filter(|&w| wards.polity[w] == p)
                .map(|w| wards.people[w])
                .sum()
        };
        let per_head =
            |credits: f64, people: i64| MicroCredits::saturating(credits * people as f64).0;
        match seat {
            Seat::Ward(w) => per_head(ward, self.state.wards.people[w as usize]),
            Seat::Patrol(p) => per_head(polity, of_polity(p)),
            Seat::Guild(p) => per_head(guild, of_polity(p)),
            Seat::Faction(_) => MicroCredits::saturating(self.config.economy.faction_endowment).0,
            Seat::Post(_) => MicroCredits::saturating(self.config.economy.post_endowment).0,
        }
    }

    fn open_public_accounts(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.state.offices.crown =
            Some(ctx.open_account("acct:state:treasury", AccountKind::Holding));
        self.state.offices.shadow = (0..self.wards())
            .map(|w| ctx.open_account(&format!("acct:shadow:ward:{w}"), AccountKind::Holding))
            .collect();
    }
}
