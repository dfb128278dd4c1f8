//! Stage 8: what public and private offices hold flows back to the wards; levies, weekly.
//!
//! Crown and polities pay stipends, guilds dividends, officials and post officers spend at home. Shares are
//! `floor(budget·weight ÷ Σ weights)` with `weight = people·(.5 + h)`; what cannot be divided stays where it was, so no posting can
//! find an empty purse. Part of a polity's stipend is skimmed where offices are corrupt. Not here: money of trade and of
//! smugglers. Source: model page, section 3 (stage 8).

use crate::day::weekly;
use crate::state::wards::Index;
use crate::world::Dosadi;
use das_core::config::TreasuryPolicy;
use das_core::ledger::{AccountId, Reason};
use das_core::orchestrator::Ctx;
use das_core::units::{MICROS_PER_CREDIT, MicroCredits};

/// A stipend of a day is the treasury over this.
const STIPEND: i64 = 25;
/// A dividend of a day is the guild's money over this.
const DIVIDEND: i64 = 20;
/// Officials spend their skim over this, a day.
const SKIM_SPENT: i64 = 30;
/// Officers spend their purse over this, a day.
const PURSE_SPENT: i64 = 40;
/// Share of a stipend skimmed at full corruption.
const SKIM: f64 = 0.3;
/// Weekly levy of a polity: ward cash over this.
const LEVY: i64 = 100;
/// Weights are kept as integers: a head without hardship counts half of this.
const WEIGHT_SCALE: f64 = 1000.0;

/// What levers took reaches the crown, unless the scenario shares it out as dividends.
pub(crate) fn collect_treasury(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    let Some(crown) = world.state.offices.crown else {
        return;
    };
    if world.config.treasury == TreasuryPolicy::Keep {
        let treasury = ctx.society().treasury();
        let held = ctx.ledger().balance(treasury);
        if held > MicroCredits::ZERO {
            ctx.post_up_to(treasury, crown, held, Reason::Levy);
        }
    }
}

/// Runs the stage.
pub(crate) fn run(world: &mut Dosadi, ctx: &mut Ctx<'_, Dosadi>) {
    let payers = Payers::of(world, ctx);
    for w in 0..world.wards() {
        share_out(world, ctx, &payers, w);
        spend_skim(world, ctx, w);
        if weekly(world.day(), w as u32) {
            levy(world, ctx, w);
        }
    }
    for post in 0..world.state.posts.len() {
        let ward = world.state.posts.ward[post] as usize;
        if let (Some(purse), Some(home)) = (world.purse(post), world.ward_account(ward)) {
            let spent = ctx.ledger().balance(purse).0 / PURSE_SPENT;
            ctx.post_up_to(purse, home, MicroCredits(spent), Reason::Transfer);
        }
    }
}

/// A budget of the day and the weights it is shared out by.
#[derive(Clone, Copy, Debug, Default)]
struct Budget {
    payer: Option<AccountId>,
    amount: i64,
    weights: i64,
}

impl Budget {
    fn of(payer: Option<AccountId>, over: i64, ctx: &Ctx<'_, Dosadi>) -> Self {
        let held = payer.map_or(0, |payer| ctx.ledger().balance(payer).0);
        Self {
            payer,
            amount: held / over,
            weights: 0,
        }
    }

    /// `floor(amount·weight ÷ Σ weights)`.
    fn share(&self, weight: i64) -> MicroCredits {
        let share = i128::from(self.amount) * i128::from(weight) / i128::from(self.weights.max(1));
        MicroCredits(share as i64)
    }
}

/// Who pays today: fixed before the first posting, so that the order of wards does not matter.
struct Payers {
    weights: Vec<i64>,
    crown: Budget,
    polities: Vec<Budget>,
    guilds: Vec<Budget>,
}

impl Payers {
    fn of(world: &Dosadi, ctx: &Ctx<'_, Dosadi>) -> Self {
        let wards = &world.state.wards;
        let polities = 0..usize::from(world.state.map.polities);
        let mut payers = Self {
            weights: (0..wards.len()).map(|w| weight(world, w)).collect(),
            crown: Budget::of(world.state.offices.crown, STIPEND, ctx),
            polities: polities
                .clone()
                .map(|p| Budget::of(world.polity_account(p), STIPEND, ctx))
                .collect(),
            guilds: polities
                .map(|p| Budget::of(world.guild_account(p), DIVIDEND, ctx))
                .collect(),
        };
        for (w, &weight) in payers.weights.iter().enumerate() {
            let polity = usize::from(wards.polity[w]);
            payers.crown.weights += weight;
            payers.polities[polity].weights += weight;
            payers.guilds[polity].weights += weight;
        }
        payers
    }
}

/// Weight of a ward in stipends and dividends: `people·(.5 + h)`.
fn weight(world: &Dosadi, ward: usize) -> i64 {
    let wards = &world.state.wards;
    let heads = wards.people[ward] as f64;
    (heads * (0.5 + wards.get(Index::Hardship, ward)) * WEIGHT_SCALE) as i64
}

/// A ward gets its share of the crown's and its polity's stipends and its guild's dividend; `.3·corruption` of the polity's goes to
/// its officials.
fn share_out(world: &Dosadi, ctx: &mut Ctx<'_, Dosadi>, payers: &Payers, ward: usize) {
    let Some(home) = world.ward_account(ward) else {
        return;
    };
    let (weight, polity) = (
        payers.weights[ward],
        usize::from(world.state.wards.polity[ward]),
    );
    if let Some(crown) = payers.crown.payer {
        ctx.post_up_to(crown, home, payers.crown.share(weight), Reason::Levy);
    }
    if let Some(treasury) = payers.polities[polity].payer {
        let stipend = payers.polities[polity].share(weight).0;
        let corruption = world.state.wards.get(Index::Corruption, ward);
        let shadow = world.state.offices.shadow.get(ward);
        let skim = shadow.map_or(0, |_| (stipend as f64 * (SKIM * corruption)) as i64);
        ctx.post_up_to(treasury, home, MicroCredits(stipend - skim), Reason::Levy);
        if let Some(&shadow) = shadow {
            ctx.post_up_to(treasury, shadow, MicroCredits(skim), Reason::Levy);
        }
    }
    if let Some(guild) = payers.guilds[polity].payer {
        let dividend = payers.guilds[polity].share(weight);
        ctx.post_up_to(guild, home, dividend, Reason::Dividend);
    }
}

/// Officials spend their skim at home.
fn spend_skim(world: &Dosadi, ctx: &mut Ctx<'_, Dosadi>, ward: usize) {
    let shadow = world.state.offices.shadow.get(ward).copied();
    if let (Some(shadow), Some(home)) = (shadow, world.ward_account(ward)) {
        let spent = ctx.ledger().balance(shadow).0 / SKIM_SPENT;
        ctx.post_up_to(shadow, home, MicroCredits(spent), Reason::Transfer);
    }
}

/// Weekly: 1 % of ward cash to the polity, and the crown's share of what is above the free amount a head. Both are reckoned on the
/// cash before either.
fn levy(world: &Dosadi, ctx: &mut Ctx<'_, Dosadi>, ward: usize) {
    let Some(home) = world.ward_account(ward) else {
        return;
    };
    let economy = &world.config.economy;
    let cash = ctx.ledger().balance(home).0;
    let polity = usize::from(world.state.wards.polity[ward]);
    if let Some(treasury) = world.polity_account(polity) {
        ctx.post_up_to(home, treasury, MicroCredits(cash / LEVY), Reason::Levy);
    }
    let free = economy.levy_free * MICROS_PER_CREDIT as f64 * world.state.wards.people[ward] as f64;
    let above = cash as f64 - free;
    if let Some(crown) = world.state.offices.crown
        && above > 0.0
    {
        let levy = (above * economy.crown_levy).floor() as i64;
        ctx.post_up_to(home, crown, MicroCredits(levy), Reason::Levy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::wards::Why;
    use crate::systems::fixture::{line, live, live_with};
    use das_core::ledger::AccountKind;

    #[test]
    fn shares_follow_weights_and_never_exceed_the_budget() {
        // 100 over weights 1, 2, 4: floors 14, 28, 57; one unit stays. Nothing is shared out over no weights.
        let budget = Budget {
            payer: None,
            amount: 100,
            weights: 7,
        };
        let shares = [1, 2, 4].map(|w| budget.share(w).0);
        assert_eq!(shares, [14, 28, 57]);
        let large = Budget {
            payer: None,
            amount: i64::MAX / 2,
            weights: 3,
        };
        assert_eq!(large.share(3).0, i64::MAX / 2, "no overflow on the way");
        assert_eq!(Budget::default().share(5).0, 0);
    }

    #[test]
    fn stipends_go_where_hardship_is_and_are_skimmed() {
        // One evening in a line of four equal wards, ward d in need and corrupt: it gets more of the crown than c, and its officials
        // hold .3·corruption of its polity's stipend.
        let config = line();
        let lived = live_with(config, 1, 1, Vec::new(), |world| {
            world.config.trade.enabled = false;
            world.config.culture.enabled = false;
            let wards = &mut world.state.wards;
            wards.set(Index::Hardship, 3, 0.5, Why::Genesis);
            wards.set(Index::Corruption, 3, 1.0, Why::Genesis);
            wards.set(Index::Corruption, 2, 0.0, Why::Genesis);
        });
        let ledger = lived.run.society().ledger();
        let held = |name: &str| {
            let account = ledger.accounts().find(|a| a.0 == name);
            account.unwrap().2.0
        };
        assert!(held("acct:ward:3") > held("acct:ward:2"));
        assert_eq!(held("acct:shadow:ward:2"), 0);
        assert!(held("acct:shadow:ward:3") > 0);
        // Both wards: 1/25 of 8000 cr by weights .5 and about .95.
        let weights = (500.0, lived.world().state.wards.get(Index::Hardship, 3));
        let expected =
            320e6 * (0.5 + weights.1) * 1000.0 / (weights.0 + (0.5 + weights.1) * 1000.0);
        let skim = held("acct:shadow:ward:3") as f64;
        // Officials have already spent a thirtieth of it at home.
        assert!(
            (skim / (expected * 0.3 * 29.0 / 30.0) - 1.0).abs() < 0.02,
            "{skim}"
        );
    }

    #[test]
    fn money_only_moves() {
        // Sixty days of trade, levies and stipends: what the source issued is what everybody holds, and the crown has had levies.
        let lived = live(line(), 3, 60);
        let ledger = lived.run.society().ledger();
        ledger.check().unwrap();
        let issued = ledger.issued().0;
        let held: i64 = ledger
            .accounts()
            .filter(|a| a.1 == AccountKind::Holding)
            .map(|a| a.2.0)
            .sum();
        assert_eq!(issued, held);
        assert!(ledger.totals()[&Reason::Levy] > 0 && ledger.totals()[&Reason::Dividend] > 0);
    }

    #[test]
    fn the_treasury_of_levers_goes_to_the_crown_each_morning() {
        // A fee on every delivery lands in the core's treasury and is gone from it next morning; with dividends it is left alone.
        let held = |dividend: bool| {
            let mut config = line();
            if dividend {
                config.treasury = TreasuryPolicy::Dividend;
            }
            let levers = vec![crate::systems::fixture::fee(1.0)];
            let lived = live_with(config, 1, 20, levers, |_| ());
            let society = lived.run.society();
            let crown = lived.world().state.offices.crown.unwrap();
            (
                society.ledger().balance(society.treasury()).0,
                society.ledger().balance(crown).0,
            )
        };
        let (kept, crown) = held(false);
        let (_, poorer) = held(true);
        assert!(crown > poorer, "{crown} {poorer}");
        assert!(kept < crown);
    }
}
