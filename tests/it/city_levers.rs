//! Levers of the core act on a city unchanged: a tax is a tariff, a frozen guild an embargo, an audit a fine.

use das_core::config::Detail;
use das_core::ports::{MemorySink, NullSink};
use das_tests::city::{City, text};
use serde_json::Value;
use std::collections::BTreeMap;

fn city(weeks: u32, change: impl FnOnce(&mut City)) -> City {
    let mut city = City {
        weeks,
        detail: Detail::Full,
        ..City::of_seed(5)
    };
    change(&mut city);
    city
}

/// Lines of one type.
fn lines(log: &str, kind: &str) -> Vec<Value> {
    let mark = format!("\"type\":\"{kind}\"");
    log.lines()
        .filter(|line| line.contains(&mark))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn number(line: &Value, key: &str) -> f64 {
    line[key].as_f64().unwrap_or(0.0)
}

/// What the treasury of the levers and the crown hold, credits.
fn public(city: &City) -> [f64; 2] {
    let mut held = [0.0; 2];
    city.live(u64::MAX, Box::new(NullSink), None, |run| {
        let ledger = run.society().ledger();
        let crown = run.world().state.offices.crown.unwrap();
        held = [run.society().treasury(), crown].map(|a| ledger.balance(a).credits());
    });
    held
}

#[test]
fn a_transaction_tax_is_a_tariff_on_trade_and_on_bribes() {
    // A tax of 5 %: every accepted delivery and every bribe that was taken costs each side 5 % of the transfer, as far as it has
    // money; what is taken is what the log's fees add up to, and it reaches the crown the next morning.
    let taxed = city(8, |c| c.governance.transaction_tax_rate = 0.05);
    let (lived, log) = taxed.log();
    let mut paid: BTreeMap<String, (u32, f64)> = BTreeMap::new();
    let mut last_day = 0.0;
    for line in lines(&log, "interaction") {
        let (tau, kind) = (number(&line, "tau"), line["kind"].as_str().unwrap());
        let fees = [number(&line, "fee_a"), number(&line, "fee_b")];
        if line["accepted"] == false || tau == 0.0 {
            assert_eq!(fees, [0.0; 2], "{line}");
            continue;
        }
        for fee in fees {
            // A fee is rounded to the micro-credit, and an empty purse pays less.
            assert!(fee <= 0.05 * tau.abs() + 1e-6, "{line}");
        }
        // Who has just been paid can pay.
        let payee = usize::from(tau > 0.0);
        assert!((fees[payee] - 0.05 * tau.abs()).abs() < 1e-6, "{line}");
        let entry = paid.entry(kind.to_owned()).or_default();
        entry.0 += 1;
        entry.1 += fees[0] + fees[1];
        let last = line["epoch"] == 7 && line["step"] == 6;
        last_day += if last { fees[0] + fees[1] } else { 0.0 };
    }
    assert!(
        paid["shipment_offer"].0 > 500 && paid["bribed_crossing"].0 > 5,
        "{paid:?}"
    );
    let all: f64 = paid.values().map(|(_, fees)| fees).sum();
    // Tariffs at borders are fees of the world's own.
    let tariffs = lived.sum("trade.tariffs");
    let moved = lived.run.moved["fee"];
    assert!(
        (moved - tariffs - all).abs() < 0.01,
        "{moved} {tariffs} {all}"
    );

    let [treasury, crown] = public(&taxed);
    assert!((treasury - last_day).abs() < 0.01, "{treasury} {last_day}");
    let [none, untaxed] = public(&city(8, |_| ()));
    assert_eq!(none, 0.0);
    assert!(crown > untaxed, "{crown} {untaxed}");
}

#[test]
fn a_frozen_guild_trades_nothing_until_it_thaws() {
    // A circuit breaker that every guild of duds trips: in the epochs that a guild is frozen no ward of its polity sells, no offer of
    // its is scored, and others go on; when the freeze is over it offers again.
    let dirty = city(26, |c| {
        c.environment.trade.dud_rates = vec![0.0, 1.0];
        c.governance.circuit_breaker_threshold = Some(0.3);
        c.governance.circuit_breaker_epochs = 3;
    });
    let sink = MemorySink::default();
    let mut polity = BTreeMap::new();
    dirty.live(u64::MAX, Box::new(sink.clone()), None, |run| {
        let wards = &run.world().state.wards;
        for (name, polity_of) in wards.names.iter().zip(&wards.polity) {
            polity.insert(name.to_string(), *polity_of);
        }
    });
    let log = text(&sink);
    // A guild is frozen from the interaction that trips the breaker to the start of `until_epoch`.
    let mut frozen: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    for line in lines(&log, "governance_freeze") {
        let name = line["agent"].as_str().unwrap().to_owned();
        let from = line["seq"].as_u64().unwrap();
        frozen
            .entry(name)
            .or_default()
            .push((from, line["until_epoch"].as_u64().unwrap()));
    }
    let guilds: Vec<&String> = frozen.keys().filter(|n| n.starts_with("guild.")).collect();
    assert!(!guilds.is_empty(), "no guild was frozen: {frozen:?}");
    let is_frozen = |guild: &str, line: &Value| {
        let (seq, epoch) = (
            line["seq"].as_u64().unwrap(),
            line["epoch"].as_u64().unwrap(),
        );
        let spans = frozen.get(guild).into_iter().flatten();
        spans
            .clone()
            .any(|(from, until)| seq > *from && epoch < *until)
    };
    let (mut others, mut thawed) = (0, 0);
    for line in lines(&log, "delivery_booked") {
        let guild = format!("guild.{}", polity[line["source"].as_str().unwrap()]);
        assert!(!is_frozen(&guild, &line), "{line}");
        others += u32::from(!guilds.contains(&&guild));
    }
    for line in lines(&log, "interaction") {
        let who = line["initiator"].as_str().unwrap();
        // The line of the offer that tripped the breaker comes before that of the freeze.
        assert!(
            line["kind"] != "shipment_offer" || !is_frozen(who, &line),
            "{line}"
        );
        let after = frozen.get(who).is_some_and(|spans| {
            let epoch = line["epoch"].as_u64().unwrap();
            who.starts_with("guild.") && spans.iter().any(|(_, until)| epoch >= *until)
        });
        thawed += u32::from(after);
    }
    assert!(others > 100 && thawed > 0, "{others} {thawed}");
}

#[test]
fn an_audit_fines_what_looks_bad() {
    // Every interaction is audited: each with p below .8 costs its initiator (.8 − p)·40 credits as far as it has them, no other costs
    // anything; offers, crossings and bribes are among the fined, and the crown has the money.
    let audited = city(26, |c| {
        c.governance.audit_probability = 1.0;
        c.governance.audit_penalty = 40.0;
        c.governance.audit_threshold = 0.8;
    });
    let log = audited.log().1;
    let mut fined: BTreeMap<String, u32> = BTreeMap::new();
    for line in lines(&log, "interaction") {
        let (p, fee) = (number(&line, "p"), number(&line, "fee_a"));
        assert_eq!(number(&line, "fee_b"), 0.0, "{line}");
        if p >= 0.8 {
            assert_eq!(fee, 0.0, "{line}");
        } else {
            assert!(fee <= (0.8 - p) * 40.0 + 1e-6, "{line}");
            if fee > (0.8 - p) * 40.0 - 1e-5 {
                *fined
                    .entry(line["kind"].as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
        }
    }
    for kind in ["shipment_offer", "crossing", "bribed_crossing"] {
        assert!(fined.get(kind).is_some_and(|n| *n > 0), "{fined:?}");
    }
    let [_, with] = public(&audited);
    let [_, without] = public(&city(26, |_| ()));
    assert!(with > without, "{with} {without}");
}

#[test]
fn a_deposit_that_offices_can_cover_stops_no_traffic() {
    // A deposit of 100 credits is within what every office is endowed with, a post's purse of 184 included: cargo crosses borders as in
    // a city without one (within a fifth), bribes are taken and every post has its deposit locked. Posts that begin with nothing
    // cannot lock it, and nothing crosses.
    let crossings = |purse: f64, deposit: f64| {
        let city = city(12, |c| {
            c.environment.economy.post_endowment = purse;
            c.governance.staking_required = deposit;
            c.detail = Detail::Epochs;
        });
        let mut least = f64::INFINITY;
        let lived = city.live(u64::MAX, Box::new(NullSink), None, |run| {
            let society = run.society();
            let posts = society
                .ids()
                .filter(|&who| society.name(who).starts_with("post."));
            let stakes = posts.map(|who| society.stake(who).credits());
            least = stakes.fold(f64::INFINITY, das_core::detmath::fmin);
        });
        let sums = ["smuggling.crossings", "smuggling.bribes_taken"].map(|name| lived.sum(name));
        (sums[0], sums[1], least)
    };
    let (free, _, _) = crossings(184.0, 0.0);
    let (staked, taken, least) = crossings(184.0, 100.0);
    assert!((staked / free - 1.0).abs() < 0.2, "{staked} {free}");
    assert!(taken > 5.0 && least >= 50.0, "{taken} {least}");
    let (none, taken, least) = crossings(0.0, 100.0);
    assert_eq!((none, taken, least), (0.0, 0.0, 0.0));
}
