//! An offer is asked, and if it is taken booked: money at once, goods into the calendar, losses drawn by the cargo's keys.
//!
//! Losses are drawn before the buyer answers, by (source, buyer, good, day): a rejected offer is scored as the offer it was. The
//! buyer pays source and tariffs through the world and the guild its margin through the interaction's transfer. Nothing here can find
//! an empty purse, since an offer costs at most a quarter of the buyer's cash.

use super::matching::Quote;
use crate::act::{Conduct, Sale, Terms};
use crate::goods::{GOODS, LEGAL, ROBBED_VALUE_PER_UNIT, STOLEN_GOODS};
use crate::state::State;
use crate::state::calendar::{Arrival, DAYS_MAX};
use crate::state::map::NO_BORDER;
use crate::state::stores::at;
use crate::suppression::Class;
use crate::systems::customs;
use crate::systems::smuggling::credits;
use crate::welfare::{self, Delivery};
use crate::world::Dosadi;
use das_core::agent::Proposal;
use das_core::config::Detail;
use das_core::detmath::{clamp, fmin};
use das_core::environment::{Answer, Settlement};
use das_core::interaction::Observables;
use das_core::ledger::{AccountId, Reason};
use das_core::orchestrator::Ctx;
use das_core::rng::{Domain, Draws};
use das_core::units::MicroCredits;
use serde::Serialize;

const DUDS: Domain = Domain::new("dosadi.trade.duds");
const ROBBED: Domain = Domain::new("dosadi.trade.robbed");
const FENCE: Domain = Domain::new("dosadi.trade.fence");
const DELAYED: Domain = Domain::new("dosadi.trade.delayed");
const INSPECTED: Domain = Domain::new("dosadi.trade.inspected");

/// Days that a crackdown holds legal cargo up.
const DELAY: u32 = 2;
/// Probability of that, times the crackdown's intensity.
const DELAY_RATE: f64 = 0.5;
/// Legal cargo is opened this often over the lawful probability.
const INSPECTION: f64 = 0.5;
/// Probability that duds in opened cargo are found.
const DUDS_FOUND: f64 = 0.5;
/// Welfare lost by a day's delay of a unit, as a share of its marginal value at the buyer: what a crackdown answers for.
const DELAY_COST: f64 = 0.01;

/// Event `delivery_booked`: units that left the source, what of them will arrive sound, and when.
#[derive(Serialize)]
struct DeliveryBooked<'a> {
    source: &'a str,
    buyer: &'a str,
    good: &'static str,
    units: i64,
    unit_price: f64,
    tariff: f64,
    days: u32,
    duds: i64,
    robbed: i64,
    escorted: bool,
}

/// Event `convoy_robbed`: legal cargo that was robbed, and the stolen goods a faction has of it.
#[derive(Serialize)]
struct ConvoyRobbed<'a> {
    source: &'a str,
    buyer: &'a str,
    good: &'static str,
    units: i64,
    stolen_goods: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    faction: Option<&'a str>,
}

/// What becomes of a cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turnout {
    /// Duds put among the units.
    duds_sent: i64,
    /// Units robbed.
    robbed: i64,
    /// Duds that arrive.
    duds: i64,
    /// Sound units that arrive.
    arriving: i64,
    /// Days late.
    delay: u32,
    /// Borders that found duds.
    found: u32,
}

fn keys(quote: &Quote, day: u32) -> [u64; 4] {
    [
        quote.source as u64,
        quote.buyer as u64,
        quote.good as u64,
        u64::from(day),
    ]
}

/// Whether a crackdown on a border holds the cargo up.
fn is_delayed(state: &State, draws: &Draws, quote: &Quote, border: usize) -> bool {
    let intensity = state.borders.intensity(border);
    let [source, buyer, good, day] = keys(quote, state.day);
    let key = [source, buyer, good, border as u64, day];
    intensity > 0.0 && draws.chance(DELAYED, &key, DELAY_RATE * intensity)
}

/// Draws what becomes of a cargo.
fn turnout(world: &Dosadi, draws: &Draws, quote: &Quote) -> Turnout {
    let state = &world.state;
    let key = keys(quote, state.day);
    let rate = state.terms[quote.guild].dud_rate;
    let duds_sent = if rate > 0.0 {
        let units = quote.units as f64 * rate + draws.unit(DUDS, &key);
        (units as i64).min(quote.units)
    } else {
        0
    };
    let robbed = if draws.chance(ROBBED, &key, quote.risk) {
        quote.units / 2
    } else {
        0
    };
    let left = quote.units - robbed;
    let duds = (i128::from(duds_sent) * i128::from(left) / i128::from(quote.units)) as i64;

    let (mut delay, mut found) = (0, 0);
    if quote.route.borders > 0 {
        let opened = INSPECTION * state.phase.pick(&world.config.customs.inspect);
        let [source, buyer, good, day] = key;
        for &c in world.legal.corridors(&quote.route) {
            let border = state.map.corridors[c as usize].border;
            if border == NO_BORDER {
                continue;
            }
            if is_delayed(state, draws, quote, border as usize) {
                delay += DELAY;
            }
            let key = [source, buyer, good, u64::from(border), day];
            if duds_sent > 0
                && customs::manned(&world.config, draws, &key)
                && draws.chance(INSPECTED, &key, opened * DUDS_FOUND)
            {
                found += 1;
            }
        }
    }
    Turnout {
        duds_sent,
        robbed,
        duds,
        arriving: left - duds,
        delay,
        found,
    }
}

/// Asks the buyer and settles what it answers. Whether a delivery was booked.
pub(super) fn offer(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>, quote: &Quote) -> bool {
    let offices = &world.state.offices;
    let (Some(guild), Some(buyer)) = (
        Dosadi::holder(&offices.guilds, quote.guild),
        Dosadi::holder(&offices.wards, quote.buyer),
    ) else {
        return false;
    };
    if world.ward_account(quote.source).is_none() {
        return false;
    }
    let turnout = turnout(world, ctx.draws(), quote);
    let delta = welfare::delivery(&world.state, &effect(quote, &turnout));
    let day = world.state.day;
    if let Some(suppress) = &mut world.suppress
        && suppress.meets(Class::Legal, delta, ctx.draws(), &keys(quote, day))
    {
        return false;
    }
    let margin = quote.units * quote.margin;
    let days = 1 + quote.route.hops.div_ceil(2);
    let proposal = Proposal {
        to: buyer,
        terms: Terms::Sale(Sale {
            source: quote.source as u32,
            buyer: quote.buyer as u32,
            good: quote.good as u8,
            units: quote.units,
            unit_price: quote.unit_price(),
            days,
        }),
        conduct: Conduct {
            duds: turnout.duds_sent,
        },
        // Comes back in the outcome: the guild learns what levers take of its margin.
        tag: margin as u64,
    };
    let Answer::Answered(asked) = ctx.ask(world, guild, proposal) else {
        return false;
    };
    let settlement = Settlement {
        observables: observables(world, quote, &turnout),
        tau: MicroCredits(-margin),
        truth: Some(welfare::truth(delta)),
        ..Settlement::default()
    };
    let accepted = asked.response.is_some();
    if accepted {
        book(world, ctx, quote, &turnout, days);
    } else {
        world.state.figures.offers_rejected += 1;
    }
    ctx.close(asked.id, settlement);
    accepted
}

fn effect(quote: &Quote, turnout: &Turnout) -> Delivery {
    Delivery {
        source: quote.source,
        buyer: quote.buyer,
        good: quote.good,
        units: quote.units,
        arriving: turnout.arriving,
        delay: turnout.delay,
        to_source: quote.units * (quote.price + quote.freight + quote.escort),
        margin: quote.units * quote.margin,
        tariff: quote.units * quote.tariff * i64::from(quote.route.borders),
    }
}

/// Progress `(2·q_good/q − 1)(.3 + .7·min(1, 8u_B))`, rework days late, rejections duds found, engagement `3(p_B − unit)/p_B` within ±1.
fn observables(world: &Dosadi, quote: &Quote, turnout: &Turnout) -> Observables {
    let stores = &world.state.stores;
    let place = at(quote.buyer, quote.good);
    let sound = turnout.arriving as f64 / quote.units as f64;
    let own = stores.price[place].max(1) as f64;
    let saved = (own - quote.unit_price() as f64) / own;
    Observables {
        task_progress_delta: (2.0 * sound - 1.0)
            * (0.3 + 0.7 * fmin(1.0, 8.0 * stores.unmet[place])),
        rework_count: turnout.delay,
        verifier_rejections: turnout.found,
        tool_misuse_flags: 0,
        counterparty_engagement_delta: clamp(3.0 * saved, -1.0, 1.0),
    }
}

/// Moves money and goods of an accepted offer; the margin follows with the interaction's transfer.
fn book(
    world: &mut Dosadi,
    ctx: &mut Ctx<'_, Dosadi>,
    quote: &Quote,
    turnout: &Turnout,
    days: u32,
) {
    let units = quote.units;
    if let (Some(buyer), Some(source)) = (
        world.ward_account(quote.buyer),
        world.ward_account(quote.source),
    ) {
        let goods = units * (quote.price + quote.freight + quote.escort);
        ctx.post_up_to(buyer, source, MicroCredits(goods), Reason::Transfer);
        if quote.route.borders > 0 {
            cross(world, ctx, quote, buyer);
        }
    }
    let (here, there) = (at(quote.buyer, quote.good), at(quote.source, quote.good));
    let days = (days + turnout.delay).min(DAYS_MAX - 1);
    let today = world.day();

    let state = &mut world.state;
    debug_assert!(state.stores.stock[there] >= units, "the source has it");
    state.stores.stock[there] -= units;
    state.stores.inbound[here] += turnout.arriving;
    for &corridor in world.legal.corridors(&quote.route) {
        state.corridors.residual[corridor as usize] -= units;
        debug_assert!(state.corridors.residual[corridor as usize] >= 0, "carried");
    }
    state.calendar.book(
        today,
        days,
        Arrival {
            ward: quote.buyer as u32,
            good: quote.good as u8,
            guild: quote.guild as u16,
            good_units: turnout.arriving,
            duds: turnout.duds,
        },
    );
    state.figures.deliveries += 1;
    state.figures.trade_value += units * quote.unit_price();
    state.figures.escorts += u64::from(quote.escort > 0);
    if turnout.robbed > 0 {
        rob(world, ctx, quote, turnout.robbed);
    }
    let names = &world.state.wards.names;
    let event = DeliveryBooked {
        source: &names[quote.source],
        buyer: &names[quote.buyer],
        good: LEGAL[quote.good].name,
        units,
        unit_price: credits(quote.unit_price()),
        tariff: credits(quote.tariff * i64::from(quote.route.borders)),
        days,
        duds: turnout.duds,
        robbed: turnout.robbed,
        escorted: quote.escort > 0,
    };
    ctx.emit_at(Detail::Full, "delivery_booked", &event);
}

/// At each border: the tariff goes to the polity of the entry side, and a delay is booked with the crackdown that caused it.
fn cross(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>, quote: &Quote, buyer: AccountId) {
    let Dosadi { legal, state, .. } = world;
    let tariff = MicroCredits(quote.units * quote.tariff);
    let mut ward = quote.source as u32;
    for &c in legal.corridors(&quote.route) {
        let corridor = state.map.corridors[c as usize];
        ward = corridor.other(ward);
        if corridor.border == NO_BORDER {
            continue;
        }
        let border = corridor.border as usize;
        let polity = usize::from(state.wards.polity[ward as usize]);
        if let Some(treasury) = state.offices.patrols[polity] {
            let paid = ctx.post_up_to(buyer, treasury.account, tariff, Reason::Fee);
            state.borders.tariffs[border] += paid.0;
            state.figures.tariffs += paid.0;
        }
        if is_delayed(state, ctx.draws(), quote, border) {
            let value = welfare::good(state, quote.buyer, quote.good);
            if let Some(crackdown) = &mut state.borders.crackdown[border] {
                crackdown.delays += 1;
                crackdown.delay_cost += DELAY_COST * f64::from(DELAY) * quote.units as f64 * value;
            }
        }
    }
}

/// Half of a cargo is robbed: the good is gone, and its value ÷ 16 cr is stolen goods in a keyed faction's stash. Without factions
/// it is destroyed.
fn rob(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>, quote: &Quote, robbed: i64) {
    let state = &mut world.state;
    let key = keys(quote, state.day);
    state.figures.convoys_robbed += 1;
    state.flows.converted_out[quote.good] += robbed;
    let factions = state.factions.list.len();
    let mut stolen_goods = 0;
    let mut faction = None;
    if factions > 0 {
        let f = (ctx.draws().unit(FENCE, &key) * factions as f64) as usize;
        stolen_goods = robbed * quote.price / ROBBED_VALUE_PER_UNIT;
        state.factions.list[f].network.stash += stolen_goods;
        state.flows.converted_in[GOODS + STOLEN_GOODS] += stolen_goods;
        faction = Some(f);
    }
    let event = ConvoyRobbed {
        source: &state.wards.names[quote.source],
        buyer: &state.wards.names[quote.buyer],
        good: LEGAL[quote.good].name,
        units: robbed,
        stolen_goods,
        faction: faction.map(|f| &*state.factions.list[f].name),
    };
    ctx.emit_at(Detail::Interactions, "convoy_robbed", &event);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::SHIPMENT_OFFER;
    use crate::goods::WATER;
    use crate::state::borders::Crackdown;
    use crate::systems::fixture::{Lived, embargo, line, live, live_with, state};
    use crate::systems::trade::matching::best;

    fn turnouts(change: impl Fn(&mut Dosadi)) -> Vec<(Quote, Turnout)> {
        let mut world = Dosadi::of(line(), state());
        world.state.stores.stock[at(3, WATER)] = 1000;
        world.state.stores.price[at(3, WATER)] = 3_000_000;
        world.state.corridors.residual.fill(1_000_000);
        change(&mut world);
        let draws = Draws::new(9);
        let days = 0..400;
        days.map(|day| {
            world.state.day = day;
            let quote = best(&world, 3, WATER, 1_000_000_000_000).unwrap();
            let turnout = turnout(&world, &draws, &quote);
            (quote, turnout)
        })
        .collect()
    }

    #[test]
    fn every_unit_of_a_cargo_is_accounted_for() {
        // Robbed, duds and sound units add up to what left, whatever happens to it; a robbery takes half.
        let all = turnouts(|w| {
            w.state.corridors.risk.fill(0.2);
            w.state.terms[0].dud_rate = 0.1;
        });
        let robbed = all.iter().filter(|(_, t)| t.robbed > 0).count();
        assert!(robbed > 20 && robbed < 380);
        for (quote, t) in &all {
            assert_eq!(t.arriving + t.duds + t.robbed, quote.units);
            assert!(t.duds <= t.duds_sent && t.arriving >= 0);
            assert!(t.robbed == 0 || t.robbed == quote.units / 2);
            assert_eq!(t.duds_sent, 300, "a tenth of 3000");
        }
    }

    #[test]
    fn duds_are_found_at_borders_and_crackdowns_delay() {
        // Half of p_inspect (.12), then half: about 3 % of 400 cargoes of duds; none without duds. A crackdown of intensity 1 holds up
        // about half of them by two days.
        let found = |rate: f64| {
            let all = turnouts(|w| w.state.terms[0].dud_rate = rate);
            all.iter().map(|(_, t)| t.found).sum::<u32>()
        };
        assert_eq!(found(0.0), 0);
        let duds = found(0.5);
        assert!((2..30).contains(&duds), "{duds}");
        let all = turnouts(|w| {
            w.state.borders.crackdown[0] = Some(crackdown());
        });
        let late = all.iter().filter(|(_, t)| t.delay == 2).count();
        assert!((150..250).contains(&late), "{late}");
        assert!(turnouts(|_| ()).iter().all(|(_, t)| t.delay == 0));
    }

    fn crackdown() -> Crackdown {
        Crackdown {
            intensity: 1.0,
            until: u32::MAX,
            ..Crackdown::default()
        }
    }

    fn sold(lived: &Lived) -> i64 {
        let units = lived.events("delivery_booked");
        units.iter().map(|e| e["units"].as_i64().unwrap()).sum()
    }

    #[test]
    fn trade_feeds_the_ward_that_makes_nothing() {
        // Sixty days in a line: d lives on the water of a, pays tariffs at the border, and suffers less than without trade. Every day
        // conserved money and goods, and no stock was below zero (the orchestrator checks both).
        let with = live(line(), 1, 60);
        let mut config = line();
        config.trade.enabled = false;
        let without = live(config, 1, 60);
        let hardship = |lived: &Lived| {
            let wards = &lived.world().state.wards;
            wards.get(crate::state::wards::Index::Hardship, 3)
        };
        assert!(
            hardship(&with) < 0.5 * hardship(&without),
            "{} {}",
            hardship(&with),
            hardship(&without)
        );
        assert!(sold(&with) > 20_000 && sold(&without) == 0);
        assert!(with.world().state.borders.tariffs[0] > 0);
        assert!(without.interactions(SHIPMENT_OFFER).is_empty());
        let state = &with.world().state;
        let mut corridors = state.corridors.residual.iter();
        assert!(corridors.all(|&r| r >= 0));
    }

    #[test]
    fn a_rejected_offer_moves_nothing_and_is_scored() {
        // Wards without patience reject everything: offers are scored with a truth, nothing is transferred, no goods leave.
        let mut config = line();
        let patience = serde_json::Value::from(0.0);
        config
            .agents
            .buying_ward
            .insert("patience".to_owned(), patience);
        let lived = live(config, 1, 20);
        let offers = lived.interactions(SHIPMENT_OFFER);
        assert!(offers.len() > 5);
        assert!(offers.iter().all(|o| o["accepted"] == false));
        assert!(offers.iter().all(|o| o["ground_truth"].is_i64()));
        assert_eq!(sold(&lived), 0);
        assert!(lived.world().state.stores.inbound.iter().all(|&i| i == 0));
        assert_eq!(lived.world().state.borders.tariffs[0], 0);
    }

    #[test]
    fn a_refused_offer_is_no_interaction() {
        // Under an embargo nothing is offered, booked or scored; the world goes on.
        let lived = live_with(line(), 1, 20, vec![embargo()], |_| ());
        assert!(lived.interactions(SHIPMENT_OFFER).is_empty());
        assert_eq!(sold(&lived), 0);
        assert!(!lived.events("governance_refused").is_empty());
    }

    #[test]
    fn wards_stop_buying_duds() {
        // Guilds that sell nothing but duds: before the first delivery everything is accepted, in the end hardly anything.
        let mut config = line();
        config.trade.dud_rates = vec![1.0];
        let lived = live(config, 1, 120);
        let offers = lived.interactions(SHIPMENT_OFFER);
        let day = |offer: &serde_json::Value| offer["epoch"].as_u64().unwrap();
        let begin = day(&offers[0]);
        let mut early = offers.iter().filter(|o| day(o) < begin + 2);
        assert!(early.all(|o| o["accepted"] == true));
        let last = &offers[offers.len() / 2..];
        let accepted = last.iter().filter(|o| o["accepted"] == true).count();
        assert!(last.len() > 50 && accepted * 10 < last.len(), "{accepted}");
        let helpful = offers.iter().filter(|o| o["ground_truth"] == 1).count();
        assert_eq!(helpful, 0, "a cargo of duds helps nobody");
    }

    #[test]
    fn crackdowns_answer_for_the_delays_they_cause() {
        // A crackdown on the only border for forty days: delays counted and costed.
        let lived = live_with(line(), 1, 40, Vec::new(), |world| {
            world.state.borders.crackdown[0] = Some(crackdown());
        });
        let crackdown = lived.world().state.borders.crackdown[0].unwrap();
        assert!(crackdown.delays > 5, "{}", crackdown.delays);
        assert!(crackdown.delay_cost > 0.0);
    }

    #[test]
    fn robbed_cargo_is_somebodys() {
        // Two hundred days on dangerous corridors: goods are converted into stolen goods in stashes; without factions they are gone.
        let dangerous = |factions: u16| {
            let mut config = line();
            config.map.factions = Some(factions);
            for corridor in &mut config.map.written_corridors {
                corridor.hazard = 1.0;
            }
            live(config, 1, 200)
        };
        let lived = dangerous(2);
        let state = &lived.world().state;
        let robbed = lived.events("convoy_robbed");
        assert!(!robbed.is_empty());
        let stolen: i64 = robbed
            .iter()
            .map(|e| e["stolen_goods"].as_i64().unwrap())
            .sum();
        let stash: i64 = state.factions.list.iter().map(|f| f.network.stash).sum();
        assert!(stolen > 0 && stash == stolen);
        assert!(state.flows.converted_out[WATER] > 0);
        let lived = dangerous(0);
        let flows = &lived.world().state.flows;
        assert!(flows.converted_out[WATER] > 0);
        assert_eq!(flows.converted_in[GOODS + STOLEN_GOODS], 0);
    }
}
