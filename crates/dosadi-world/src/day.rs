//! The order of a day, and the cadence of everything that is not daily.
//!
//! ```text
//! morning  1 expiries · 2 production, consumption, arrivals · 3 prices · 4 legal trade       (begin_step)
//! ACT      5 smugglers plan and place bribes · guilds set terms · patrol commands order
//! evening  6 moves, robbery, customs · 7 outcomes and learning · 8 public money · 9 audits, crackdowns, patrols
//!          11 drift of norms and offices, migration · 15 phase · 16 telemetry                (end_step)
//! ```
//!
//! A stage reads what earlier stages of the day left, or yesterday. Not here: any rule.

use crate::state::offices::{Holder, Seat};
use crate::systems;
use crate::world::Dosadi;
use das_core::environment::{Asked, Settlement};
use das_core::id::AgentId;
use das_core::orchestrator::Ctx;

/// What runs how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// System.
    pub system: &'static str,
    /// Days between two runs for the same ward, polity or border.
    pub days: u32,
    /// Whether wards take turns within those days.
    pub staggered: bool,
}

/// Days in a week of the city, whatever the length of an epoch.
pub const WEEK: u32 = 7;

/// The registry of cadences, in the order of the day.
pub const CADENCES: &[Cadence] = &[
    Cadence {
        system: "expiries",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "production",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "production.shocks",
        days: WEEK,
        staggered: true,
    },
    Cadence {
        system: "markets",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "trade",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "smuggling.scores",
        days: WEEK,
        staggered: true,
    },
    Cadence {
        system: "smuggling",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "logistics",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "logistics.risk",
        days: WEEK,
        staggered: true,
    },
    Cadence {
        system: "customs",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "customs.disposal",
        days: WEEK,
        staggered: true,
    },
    Cadence {
        system: "learning",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "public_money",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "public_money.levies",
        days: WEEK,
        staggered: true,
    },
    Cadence {
        system: "audits",
        days: 1,
        staggered: false,
    },
    Cadence {
        system: "crackdown",
        days: WEEK,
        staggered: false,
    },
    Cadence {
        system: "patrols",
        days: WEEK,
        staggered: false,
    },
    Cadence {
        system: "drift",
        days: WEEK,
        staggered: true,
    },
    Cadence {
        system: "phases",
        days: WEEK,
        staggered: false,
    },
];

/// Whether a staggered weekly system runs for this key today.
#[inline]
pub fn weekly(day: u32, key: u32) -> bool {
    (day + key).is_multiple_of(WEEK)
}

/// Stages 1 to 4.
pub(crate) fn morning(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    systems::public_money::collect_treasury(world, ctx);
    systems::crackdown::expire(world, ctx);
    systems::crackdown::begin_ordered(world, ctx);
    systems::production::run(world, ctx);
    systems::markets::run(world, ctx);
    systems::trade::run(world, ctx);
    systems::scores::run(world, ctx);
    systems::smuggling::open_day(world, ctx);
}

/// Stages 6 to 16.
pub(crate) fn evening(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    systems::logistics::run(world, ctx);
    systems::customs::dispose(world, ctx);
    systems::public_money::run(world, ctx);
    systems::audits::run(world, ctx);
    systems::crackdown::pay(world, ctx);
    systems::patrols::run(world, ctx);
    systems::telemetry::run(world);
    systems::drift::run(world, ctx);
    systems::phases::run(world, ctx);
    world.state.figures.days += 1;
    world.state.day += 1;
}

/// Seats a registered agent and gives it the money of its office.
pub(crate) fn seat(world: &mut Dosadi, who: AgentId, ctx: &mut Ctx<'_, Dosadi>) {
    let seat = Seat::of_name(ctx.society().name(who));
    let seats = &mut world.state.offices.seats;
    seats.resize(who.index() + 1, None);
    seats[who.index()] = seat;
    if let Some(seat) = seat {
        let account = ctx.society().account(who);
        world.fill_office(
            seat,
            Holder {
                agent: who,
                account,
            },
            ctx,
        );
    }
}

/// Leaves an office empty. The city's own agents do not leave; a lever or a scenario may take them out.
pub(crate) fn vacate(world: &mut Dosadi, who: AgentId) {
    let offices = &mut world.state.offices;
    for list in [
        &mut offices.wards,
        &mut offices.guilds,
        &mut offices.patrols,
        &mut offices.factions,
        &mut offices.posts,
    ] {
        for slot in list.iter_mut() {
            if slot.is_some_and(|h| h.agent == who) {
                *slot = None;
            }
        }
    }
    if let Some(seat) = offices.seats.get_mut(who.index()) {
        *seat = None;
    }
}

/// Closes an offer that came through PROPOSE: no policy of the city makes one, and a foreign one has no effect here.
pub(crate) fn settle(asked: &Asked<Dosadi>, ctx: &mut Ctx<'_, Dosadi>) {
    ctx.close(asked.id, Settlement::default());
}
