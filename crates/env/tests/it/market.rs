//! The life of a bounty in every branch, through the orchestrator. Default windows: bids in steps 0 to 2, award in 3, delivery in
//! 4, the standing verifier at the end of 5, disputes in 6 and 7, the arbiter a step later.

use crate::scripted::{Play, of, story};
use das_core::environment::Environment;
use das_core::orchestrator::Orchestrator;
use das_core::units::MicroCredits;
use das_env::Commons;
use das_env::config::MarketConfig;
use das_env::market::BountyState;
use proptest::prelude::*;
use serde_json::Value;

type Run = Orchestrator<Commons>;

/// Good work is always good, bad work always bad; verifiers and arbiter are never wrong.
fn fair(epochs: u32, steps: u32) -> Play {
    let mut play = Play::new(epochs, steps);
    let signals = &mut play.environment.signals;
    (
        signals.verifier_false_positive,
        signals.verifier_sensitivity,
    ) = (0.0, 1.0);
    (signals.truth_base, signals.accuracy) = (0.3, 1.0);
    let market = &mut play.environment.market;
    (market.arbiter_false_positive, market.arbiter_sensitivity) = (0.0, 1.0);
    play
}

/// The same with a verifier that rejects whatever it sees.
fn harsh(epochs: u32, steps: u32) -> Play {
    let mut play = fair(epochs, steps);
    play.environment.signals.verifier_false_positive = 1.0;
    play
}

/// The same with a verifier that lets everything pass.
fn lax(epochs: u32, steps: u32) -> Play {
    let mut play = fair(epochs, steps);
    play.environment.signals.verifier_sensitivity = 0.0;
    play
}

fn bounty_story(log: &[Value]) -> Vec<&str> {
    let kinds = story(log, "bounty_");
    kinds.iter().map(|kind| &kind["bounty_".len()..]).collect()
}

fn one<'l>(log: &'l [Value], kind: &str) -> &'l Value {
    let lines = of(log, kind);
    assert_eq!(lines.len(), 1, "{kind}");
    lines[0]
}

fn holds(run: &Run, name: &str) -> f64 {
    let society = run.society();
    society.balance(society.find(name).unwrap()).credits()
}

/// Fees, escrow of the market, treasury.
fn kept(run: &Run) -> [f64; 3] {
    let (world, ledger) = (run.world(), run.society().ledger());
    let fees = ledger.balance(world.market_fees().unwrap());
    let escrow = ledger.balance(world.bounty_escrow().unwrap());
    [fees, escrow, ledger.balance(run.society().treasury())].map(MicroCredits::credits)
}

fn text<'l>(line: &'l Value, key: &str) -> Option<&'l str> {
    line[key].as_str()
}

#[test]
fn good_work_is_released_when_nobody_disputes_it() {
    // Reserve .5, fee .01, bid .3: the worker gets .3, the poster .2 back; scored once, two steps after the verdict.
    let (run, log) = fair(1, 9).run(&["client", "bidder"]);
    let life = [
        "posted",
        "bid",
        "awarded",
        "delivered",
        "verified",
        "released",
    ];
    assert_eq!(bounty_story(&log), life);
    let steps = of_steps(&log);
    assert_eq!(steps, [0, 0, 3, 4, 5, 7]);
    let line = one(&log, "interaction");
    assert_eq!(text(line, "kind"), Some("collaboration"));
    assert_eq!(
        (&line["tau"], &line["opened"], &line["step"]),
        (&(-0.3).into(), &3.into(), &7.into())
    );
    assert_eq!(text(line, "initiator"), Some("bidder.1"));
    assert_eq!(line["id"], one(&log, "bounty_awarded")["interaction"]);
    let released = one(&log, "bounty_released");
    assert_eq!(
        (&released["amount"], &released["returned"]),
        (&0.3.into(), &0.2.into())
    );
    assert_eq!(
        (holds(&run, "client.1"), holds(&run, "bidder.1")),
        (19.69, 20.3)
    );
    assert_eq!(kept(&run), [0.01, 0.0, 0.0]);
    let env = &one(&log, "epoch_completed")["env"];
    for (name, value) in [
        ("bounties_posted", 1.0),
        ("bounties_released", 1.0),
        ("bids_per_bounty", 1.0),
        ("market_fees", 0.01),
        ("dispute_rate", 0.0),
        ("bounties_live", 0.0),
    ] {
        assert_eq!(env[name].as_f64(), Some(value), "{name}");
    }
}

/// Steps of the bounty lines.
fn of_steps(log: &[Value]) -> Vec<u64> {
    log.iter()
        .filter(|line| text(line, "type").is_some_and(|kind| kind.starts_with("bounty_")))
        .map(|line| line["step"].as_u64().unwrap())
        .collect()
}

#[test]
fn rejected_work_is_refunded_when_nobody_disputes_it() {
    // A verifier agent of full diligence looks as soon as it can; the money is held through the window all the same.
    let (run, log) = fair(1, 9).run(&["client", "bungler", "inspector"]);
    let life = [
        "posted",
        "bid",
        "awarded",
        "delivered",
        "verified",
        "refunded",
    ];
    assert_eq!(bounty_story(&log), life);
    let verified = one(&log, "bounty_verified");
    assert_eq!(text(verified, "by"), Some("inspector.1"));
    assert_eq!(verified["approved"], false);
    let line = one(&log, "interaction");
    assert_eq!(
        (&line["tau"], &line["verifier_rejections"]),
        (&0.0.into(), &1.into())
    );
    assert_eq!(line["ground_truth"], -1);
    assert_eq!(
        (holds(&run, "client.1"), holds(&run, "bungler.1")),
        (19.99, 20.0)
    );
}

#[test]
fn a_wrong_rejection_is_reversed() {
    // Good work, rejected: the worker puts down a quarter of the price, is upheld, paid, and has the deposit back. What is scored
    // is the verdict that stands, and it is scored once.
    let (run, log) = harsh(1, 10).run(&["client", "appellant"]);
    assert_eq!(
        bounty_story(&log)[4..],
        ["verified", "disputed", "settled", "released"]
    );
    let disputed = one(&log, "bounty_disputed");
    assert_eq!(
        (text(disputed, "by"), text(disputed, "against")),
        (Some("appellant.1"), Some("client.1"))
    );
    assert_eq!(
        (&disputed["deposit"], &disputed["approved"]),
        (&0.075.into(), &false.into())
    );
    let settled = one(&log, "bounty_settled");
    assert_eq!(
        (&settled["upheld"], text(settled, "to")),
        (&true.into(), Some("appellant.1"))
    );
    let line = one(&log, "interaction");
    assert_eq!(
        (&line["tau"], &line["verifier_rejections"]),
        (&(-0.3).into(), &0.into())
    );
    assert_eq!(
        (holds(&run, "client.1"), holds(&run, "appellant.1")),
        (19.69, 20.3)
    );
    assert_eq!(kept(&run), [0.01, 0.0, 0.0]);
}

#[test]
fn a_right_rejection_stands_and_the_deposit_is_lost() {
    let (run, log) = fair(1, 10).run(&["client", "cheat"]);
    assert_eq!(
        bounty_story(&log)[4..],
        ["verified", "disputed", "settled", "refunded"]
    );
    let settled = one(&log, "bounty_settled");
    assert_eq!(
        (&settled["upheld"], text(settled, "to")),
        (&false.into(), Some("acct:market:fees"))
    );
    assert_eq!(
        (holds(&run, "client.1"), holds(&run, "cheat.1")),
        (19.99, 19.925)
    );
    assert_eq!(kept(&run), [0.085, 0.0, 0.0]);
    let env = &one(&log, "epoch_completed")["env"];
    assert_eq!(
        (&env["dispute_rate"], &env["disputes_upheld"]),
        (&1.0.into(), &0.0.into())
    );
}

#[test]
fn a_poster_disputes_an_approval_with_either_result() {
    // Bad work that passed: reversed, refunded. Good work that passed: it stands, the deposit goes to the market.
    let (run, log) = lax(1, 10).run(&["litigant", "bungler"]);
    assert_eq!(
        bounty_story(&log)[4..],
        ["verified", "disputed", "settled", "refunded"]
    );
    assert_eq!(one(&log, "interaction")["verifier_rejections"], 1);
    assert_eq!(
        (holds(&run, "litigant.1"), holds(&run, "bungler.1")),
        (19.99, 20.0)
    );
    let (run, log) = lax(1, 10).run(&["litigant", "bidder"]);
    assert_eq!(
        bounty_story(&log)[4..],
        ["verified", "disputed", "settled", "released"]
    );
    assert_eq!(
        (holds(&run, "litigant.1"), holds(&run, "bidder.1")),
        (19.615, 20.3)
    );
    assert_eq!(kept(&run), [0.085, 0.0, 0.0]);
}

#[test]
fn what_is_not_delivered_closes_as_work_without_effort() {
    // Awarded in step 3, five steps to deliver: expired at the end of step 8, accepted, unpaid, no cost of effort.
    let (run, log) = fair(1, 10).run(&["client", "absentee"]);
    assert_eq!(bounty_story(&log), ["posted", "bid", "awarded", "expired"]);
    let expired = one(&log, "bounty_expired");
    assert_eq!(
        (&expired["step"], text(expired, "worker")),
        (&8.into(), Some("absentee.1"))
    );
    let line = one(&log, "interaction");
    assert_eq!(expired["interaction"], line["id"]);
    assert_eq!(
        (&line["accepted"], &line["tau"], &line["c_a"]),
        (&true.into(), &0.0.into(), &0.0.into())
    );
    assert_eq!(holds(&run, "client.1"), 19.99);
}

#[test]
fn bounties_nobody_gets_expire() {
    // Without bids at the end of the bidding; with bids two steps later; either way the reserve is back and the fee is not.
    let (run, log) = fair(1, 8).run(&["client", "idle"]);
    assert_eq!(
        (bounty_story(&log), of_steps(&log)),
        (vec!["posted", "expired"], vec![0, 2])
    );
    assert!(one(&log, "bounty_expired").get("worker").is_none());
    assert_eq!(holds(&run, "client.1"), 19.99);
    let (run, log) = fair(1, 8).run(&["idler", "bidder"]);
    assert_eq!(
        (bounty_story(&log), of_steps(&log)),
        (vec!["posted", "bid", "expired"], vec![0, 0, 4])
    );
    assert!(
        of(&log, "interaction").is_empty(),
        "a bid alone is no interaction"
    );
    assert_eq!(
        (holds(&run, "idler.1"), kept(&run)),
        (19.99, [0.01, 0.0, 0.0])
    );
}

#[test]
fn a_bid_turned_down_is_a_rejected_offer_and_a_losing_one_is_nothing() {
    // Two bids: each is put to the poster once and turned down, in the two steps there are for it. Where the first is taken, the
    // second is no interaction.
    let (_, log) = fair(1, 8).run(&["choosy", "bidder", "bidder"]);
    let offers = of(&log, "interaction");
    assert_eq!(offers.len(), 2);
    assert!(
        offers
            .iter()
            .all(|o| o["accepted"] == false && o["tau"] == 0.0)
    );
    assert_eq!(*bounty_story(&log).last().unwrap(), "expired");
    let (_, log) = fair(1, 9).run(&["client", "bidder", "bungler"]);
    assert_eq!(
        text(one(&log, "interaction"), "initiator"),
        Some("bidder.1")
    );
    assert_eq!(one(&log, "bounty_awarded")["bids"], 2);
}

#[test]
fn who_leaves_is_replaced_by_the_treasury() {
    // The poster before the award: withdrawn, the money is still its own. The worker at work: not delivered. The poster during
    // the work: the worker is paid, the rest is the treasury's. The worker after delivery: its pay is. The disputer: its deposit.
    let leave = |mut play: Play, who, step, cast: &[&str]| {
        play.leaves = vec![(who, step)];
        play.run(cast)
    };
    let (run, log) = leave(fair(1, 10), "client.1", 1, &["client", "bidder"]);
    assert_eq!(bounty_story(&log), ["posted", "bid", "expired"]);
    assert_eq!(
        (holds(&run, "client.1.r1"), kept(&run)),
        (19.99, [0.01, 0.0, 0.0])
    );

    let (run, log) = leave(fair(1, 10), "absentee.1", 5, &["client", "absentee"]);
    assert_eq!((bounty_story(&log)[3], of_steps(&log)[3]), ("expired", 5));
    assert_eq!(
        (holds(&run, "client.1"), kept(&run)),
        (19.99, [0.01, 0.0, 0.0])
    );

    let (run, log) = leave(fair(1, 10), "client.1", 4, &["client", "bidder"]);
    assert_eq!(*bounty_story(&log).last().unwrap(), "released");
    assert_eq!(
        (holds(&run, "bidder.1"), kept(&run)),
        (20.3, [0.01, 0.0, 0.2])
    );
    assert_eq!(holds(&run, "client.1.r1"), 19.49);

    let (run, log) = leave(fair(1, 10), "bidder.1", 5, &["client", "bidder"]);
    assert_eq!(
        text(one(&log, "bounty_released"), "to"),
        Some("acct:treasury")
    );
    assert_eq!(
        (holds(&run, "bidder.1.r1"), kept(&run)),
        (20.0, [0.01, 0.0, 0.3])
    );

    let mut play = harsh(1, 10);
    play.environment.market.arbitration_steps = 2;
    let (run, log) = leave(play, "appellant.1", 7, &["client", "appellant"]);
    assert_eq!(
        text(one(&log, "bounty_settled"), "to"),
        Some("acct:treasury")
    );
    let [fees, escrow, treasury] = kept(&run);
    assert_eq!((fees, escrow), (0.01, 0.0));
    assert!((treasury - 0.375).abs() < 1e-9);
}

#[test]
fn the_frozen_miss_their_windows() {
    // Epochs of four steps: frozen from step 4 on, the worker does not deliver; a frozen appellant does not dispute; a poster
    // frozen from the start posts nothing. Money is conserved in each (asserted by the run) and nothing stays in escrow.
    let freeze = |mut play: Play, who, epoch, cast: &[&str]| {
        play.frozen = Some((who, epoch));
        play.run(cast)
    };
    let (run, log) = freeze(fair(3, 4), "bidder.1", 1, &["client", "bidder"]);
    assert_eq!(bounty_story(&log)[3..], ["expired"]);
    assert_eq!(kept(&run), [0.01, 0.0, 0.0]);
    let mut play = harsh(3, 6);
    play.frozen = Some(("appellant.1", 1));
    let (run, log) = play.run(&["client", "appellant"]);
    assert_eq!(bounty_story(&log)[4..], ["verified", "refunded"]);
    assert_eq!(kept(&run), [0.01, 0.0, 0.0]);
    let (_, log) = freeze(fair(1, 4), "client.1", 0, &["client", "bidder"]);
    assert!(bounty_story(&log).is_empty());
    // A bidder frozen before the award cannot be asked: its bid is not shown, and the bounty expires.
    let (_, log) = freeze(fair(2, 3), "bidder.1", 1, &["client", "bidder"]);
    assert_eq!(bounty_story(&log), ["posted", "bid", "expired"]);
}

#[test]
fn the_broke_are_refused() {
    // .5 covers the reserve but not the fee; .51 covers both. A deposit of ten times the price is more than the worker has.
    let mut play = fair(1, 4);
    play.budget = MicroCredits(500_000);
    let (run, log) = play.run(&["client", "idle"]);
    assert!(bounty_story(&log).is_empty());
    assert_eq!(
        text(of(&log, "action_refused")[0], "reason"),
        Some("balance")
    );
    assert_eq!(holds(&run, "client.1"), 0.5);
    play.budget = MicroCredits(510_000);
    assert_eq!(bounty_story(&play.run(&["client", "idle"]).1)[0], "posted");
    let mut play = harsh(1, 9);
    play.budget = MicroCredits(1_000_000);
    play.environment.market.dispute_deposit = 10.0;
    let (run, log) = play.run(&["client", "appellant"]);
    assert_eq!(
        text(of(&log, "action_refused")[0], "reason"),
        Some("balance")
    );
    assert_eq!(bounty_story(&log)[4..], ["verified", "refunded"]);
    assert_eq!(holds(&run, "appellant.1"), 1.0);
}

#[test]
fn without_a_market_there_is_no_trace_of_it() {
    // Every action of it is refused, no account is opened, and the figures of the epoch have none of it.
    let mut play = fair(1, 4);
    play.environment.market.enabled = false;
    let (run, log) = play.run(&["client", "bidder"]);
    assert!(bounty_story(&log).is_empty());
    assert_eq!(
        text(of(&log, "action_refused")[0], "reason"),
        Some("no_market")
    );
    assert!(run.world().bounties().is_none());
    assert!(
        run.society()
            .ledger()
            .accounts()
            .all(|(name, ..)| !name.contains("market") && !name.contains("bounties"))
    );
    let env = one(&log, "epoch_completed")["env"].as_object().unwrap();
    assert!(
        env.keys()
            .all(|name| !name.contains("bount") && !name.contains("market"))
    );
}

#[test]
fn a_market_without_bids_changes_nothing_else() {
    // Traders, a task and its worker beside a bounty nobody bids on: every line that is not the market's is the same, but for
    // its number, the poster's money and the figures.
    let cast = ["client", "poster", "worker", "spammer", "idle"];
    let told = |enabled| {
        let mut play = fair(2, 8);
        play.environment.market.enabled = enabled;
        let (_, log) = play.run(&cast);
        let same = |line: &&Value| {
            matches!(text(line, "type"), Some("interaction" | "post_created"))
                || text(line, "type").is_some_and(|kind| kind.starts_with("task_"))
        };
        log.iter()
            .filter(same)
            .map(|line| {
                let mut line = line.clone();
                for key in ["seq", "event"] {
                    line.as_object_mut().unwrap().remove(key);
                }
                line
            })
            .collect::<Vec<_>>()
    };
    assert!(told(true).len() > 10);
    assert_eq!(told(true), told(false));
}

#[test]
fn a_run_interrupted_in_mid_dispute_goes_on_as_if_it_had_not_been() {
    // Disputed in step 6, ruled on in step 12: the checkpoint of step 10 holds the dispute, and the log is the same bytes.
    let mut play = harsh(3, 5);
    play.environment.market.arbitration_steps = 6;
    let anything = ["client", "appellant", "chaos", "chaos", "chaos"];
    assert!(play.interrupted(&anything, 11) == play.log(&anything).1);
    let cast = ["client", "appellant", "spammer", "poster", "worker"];
    let (_, whole) = play.log(&cast);
    assert!(play.interrupted(&cast, 11) == whole);
    let mut half = play.clone();
    half.epochs = 2;
    let (run, _) = half.run(&cast);
    let disputed = |b: &das_env::market::Bounty| b.state() == BountyState::Disputed;
    let book = run.world().bounties().unwrap();
    assert!(book.iter().any(|(_, bounty)| disputed(bounty)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Agents that do anything, rules of any kind: after every step the run checks that money is conserved and that the escrow is
    /// what the books say; here the books are counted bounty by bounty, and the fees against the log.
    #[test]
    fn money_is_conserved_in_random_markets(
        windows in [1u32..5, 1..4, 1..6, 0..3, 0..4, 0..4],
        listing_fee in 0.0..0.5,
        dispute_deposit in 0.0..3.0,
        arbiter_sensitivity in 0.0..1.0,
        limits in [1u32..4, 1..5],
        budget in 0i64..6_000_000,
        steps in 4u32..12,
        seed: u64,
    ) {
        let mut play = Play::new(4, steps);
        (play.seed, play.budget) = (seed, MicroCredits(budget));
        play.environment.market = MarketConfig {
            bid_window_steps: windows[0],
            award_window_steps: windows[1],
            delivery_steps: windows[2],
            verify_window_steps: windows[3],
            dispute_window_steps: windows[4],
            arbitration_steps: windows[5],
            listing_fee,
            dispute_deposit,
            arbiter_sensitivity,
            max_open_bounties: limits[0],
            max_bids: limits[1],
            ..MarketConfig::default()
        };
        let (run, log) = play.run(&["chaos", "chaos", "chaos", "chaos", "client", "litigant", "cheat", "appellant"]);
        let (book, ledger) = (run.world().bounties().unwrap(), run.society().ledger());
        let live: MicroCredits = book.iter().map(|(_, bounty)| bounty.held()).sum();
        prop_assert_eq!(ledger.balance(run.world().bounty_escrow().unwrap()), live);
        prop_assert_eq!(book.held(), live);
        prop_assert_eq!(ledger.issued(), MicroCredits(8 * budget));
        prop_assert!(run.world().check().is_ok());
        let sum = |kind: &str, key: &str, counts: &dyn Fn(&Value) -> bool| -> i64 {
            let credits = of(&log, kind).into_iter().filter(|line| counts(line)).map(|line| line[key].as_f64().unwrap());
            credits.map(|c| (c * 1e6).round() as i64).sum()
        };
        let logged = sum("bounty_posted", "fee", &|_| true)
            + sum("bounty_settled", "deposit", &|line| line["upheld"] == false);
        prop_assert_eq!(ledger.balance(run.world().market_fees().unwrap()), MicroCredits(logged));
        let figures: f64 = of(&log, "epoch_completed").iter().map(|line| line["env"]["market_fees"].as_f64().unwrap()).sum();
        prop_assert!((figures - logged as f64 / 1e6).abs() < 1e-9);
        // Every bounty posted is live or ended once, and every one awarded was scored or is open.
        let count = |kind: &str| of(&log, kind).len() as u64;
        let ended = count("bounty_released") + count("bounty_refunded") + count("bounty_expired");
        prop_assert_eq!(count("bounty_posted"), ended + book.count());
        for (_, bounty) in book.iter() {
            prop_assert!(bounty.bids().len() <= limits[1] as usize);
            prop_assert!(bounty.due() >= run.world().step_index());
        }
    }
}
