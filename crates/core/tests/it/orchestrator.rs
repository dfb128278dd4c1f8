//! The loop on a toy world: order, faults, rails, stop and resume, threads, draws, conservation.

use crate::toy::{At, Header, Kept, Plan, lines, spec, text};
use das_core::checkpoint::Checkpoint;
use das_core::config::{Activation, Detail, SafetyConfig};
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunEnd};
use das_core::ports::{MemorySink, NoControl, NoInputs, Signal};
use das_core::rng::{DrawLog, DrawRecord, Draws};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

#[test]
fn a_repeated_run_is_the_same_bytes_and_another_seed_is_not() {
    let plan = Plan::new(&[("calm", 6)]);
    assert_eq!(plan.log(), plan.log());
    assert_ne!(plan.log(), Plan { seed: 12, ..plan }.log());
}

#[test]
fn deferred_interactions_close_later_and_the_open_ones_are_counted_at_the_end() {
    let log = Plan::new(&[("calm", 12)]).log();
    let interactions = lines(&log, "interaction");
    let late: Vec<_> = interactions
        .iter()
        .filter(|line| {
            let now = line["epoch"].as_u64().unwrap() * 4 + line["step"].as_u64().unwrap();
            let opened = line["opened"].as_u64().unwrap();
            assert!(now == opened || now == opened + 3, "{line}");
            now > opened
        })
        .collect();
    assert!(late.len() > 5, "the toy world defers a sixth");
    // Their truth comes in a line of its own, never in the interaction.
    assert!(late.iter().all(|line| line.get("ground_truth").is_none()));
    assert_eq!(lines(&log, "truth_revealed").len(), late.len());
    let end = &lines(&log, "simulation_ended")[0];
    let n = end["metrics"]["n_interactions"].as_u64().unwrap();
    assert_eq!(n as usize, interactions.len());
    assert!(
        end["open_interactions"].as_u64().unwrap() > 0,
        "some were asked in the last three steps"
    );
}

#[test]
fn a_faulty_agent_is_rolled_back_then_quarantined_and_the_run_goes_on() {
    let log = Plan {
        epochs: 5,
        ..Plan::new(&[("calm", 5), ("faulty", 1)])
    }
    .log();
    let faults = lines(&log, "agent_fault");
    assert_eq!(faults.len(), 3);
    assert!(faults.iter().all(|f| f["agent"] == "faulty.1"
        && f["message"] == "out of cheese "
        && f["during"] == "act"));
    assert_eq!(lines(&log, "agent_quarantined").len(), 1);
    assert_eq!(lines(&log, "simulation_ended")[0]["status"], "completed");
    // After quarantine (epoch 2, step 1) nobody deals with it.
    let after = lines(&log, "interaction")
        .into_iter()
        .filter(|line| line["epoch"].as_u64() > Some(2));
    assert!(after.into_iter().all(|line| line["initiator"] != "faulty.1"
        && line["counterparty"] != "faulty.1"
        || line["opened"].as_u64() < Some(9)));
}

/// Everything a run drew, sorted by key.
fn draws_of(plan: &Plan) -> Vec<DrawRecord> {
    let log = DrawLog::default();
    plan.log_with(
        Some(Draws::new(plan.seed).with_log(log.clone())),
        Box::new(NoControl),
    );
    let mut all = log.lock().unwrap().clone();
    all.sort();
    all.dedup();
    all
}

#[test]
fn an_added_and_a_faulty_agent_leave_the_draws_of_the_others_as_they_were() {
    let base = Plan::new(&[("calm", 5)]);
    let mut added = base.clone();
    added.agents.push(spec("calm", "newcomer.1"));
    added.agents.push(spec("faulty", "faulty.1"));
    let before = draws_of(&base);
    let after = draws_of(&added);
    // The same key and position is the same value, whatever else happened.
    let find = |record: &DrawRecord| {
        after.binary_search_by(|other| {
            (other.domain, other.key, other.position).cmp(&(
                record.domain,
                record.key,
                record.position,
            ))
        })
    };
    let shared: Vec<_> = before
        .iter()
        .filter_map(|record| find(record).ok().map(|at| (record, &after[at])))
        .collect();
    assert!(shared.iter().all(|(a, b)| a.value == b.value));
    // And every decision stream of the five old agents is there still: 5 agents × 12 steps, act and propose.
    let streams = |records: &[DrawRecord]| {
        records
            .iter()
            .filter(|r| r.domain == "core.propose" && r.position == 0)
            .map(|r| r.key)
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert!(streams(&before).len() >= 60);
    let kept = streams(&before).intersection(&streams(&after)).count();
    assert!(kept >= 60, "{kept}");
}

#[test]
fn an_agent_that_always_panics_is_quarantined_once_and_has_no_further_turn() {
    for activation in [Activation::Sequential, Activation::Simultaneous] {
        let plan = Plan {
            activation,
            ..Plan::new(&[("calm", 3), ("hopeless", 1)])
        };
        let log = plan.log();
        assert_eq!(lines(&log, "agent_quarantined").len(), 1, "{activation:?}");
        let quarantined = lines(&log, "agent_quarantined")[0]["event"].as_u64();
        let faults = lines(&log, "agent_fault");
        assert!(
            faults.iter().all(|f| f["event"].as_u64() < quarantined),
            "{activation:?}: nothing is asked of it afterwards"
        );
    }
}

#[test]
fn who_only_answers_is_asked_and_never_has_a_turn() {
    // `answering` says it takes no turns and panics if it gets one: no fault in either activation, offers to it are scored.
    for activation in [Activation::Sequential, Activation::Simultaneous] {
        let plan = Plan {
            activation,
            ..Plan::new(&[("calm", 3), ("answering", 1)])
        };
        let log = plan.log();
        assert!(lines(&log, "agent_fault").is_empty(), "{activation:?}");
        let answered = lines(&log, "interaction");
        assert!(answered.iter().any(|l| l["counterparty"] == "answering.1"));
        assert!(answered.iter().all(|l| l["initiator"] != "answering.1"));
    }
}

#[test]
fn a_new_name_is_no_way_around_the_rails() {
    // `renamer` posts and rebrands in each step; its successors may post no more than it could.
    let safety = SafetyConfig {
        max_posts_per_epoch: 2,
        min_time_between_posts: 0.0,
        ..SafetyConfig::default()
    };
    let log = Plan {
        safety,
        ..Plan::new(&[("calm", 2), ("renamer", 1)])
    }
    .log();
    assert!(lines(&log, "agent_retired").len() > 6);
    let refused = lines(&log, "rail_refused");
    let posts = refused
        .iter()
        .filter(|l| l["reason"] == "posts_per_epoch")
        .count();
    assert_eq!(posts, 3 * (4 - 2), "four tries an epoch, two pass");
}

#[test]
fn a_signal_to_stop_is_not_heard_where_the_scenario_forbids_it() {
    let safety = SafetyConfig {
        kill_switch_enabled: false,
        ..SafetyConfig::default()
    };
    let plan = Plan {
        safety,
        ..Plan::new(&[("calm", 4)])
    };
    assert_eq!(
        plan.log_with(None, Box::new(At(5, Signal::Stop))),
        plan.log()
    );
}

#[test]
fn rails_refuse_and_say_so() {
    let safety = SafetyConfig {
        max_interactions_per_step: 1,
        max_posts_per_epoch: 2,
        min_time_between_posts: 0.0,
        ..SafetyConfig::default()
    };
    let log = Plan {
        safety,
        ..Plan::new(&[("calm", 4), ("verbose", 1), ("chatty", 1), ("idle", 1)])
    }
    .log();
    let refused = lines(&log, "rail_refused");
    let because = |reason: &str| {
        refused
            .iter()
            .filter(|line| line["reason"] == reason)
            .count()
    };
    assert!(
        because("content_length") >= 3
            && because("posts_per_epoch") > 0
            && because("interactions_per_step") > 0
    );
    // `chatty` tries four posts a step; two pass each epoch.
    assert_eq!(because("posts_per_epoch"), 3 * (4 * 4 - 2));
    assert_eq!(
        lines(&log, "action_refused").len(),
        12,
        "idle tries once a step and the world says no"
    );
    let n_refused = lines(&log, "simulation_ended")[0]["metrics"]["n_refused"]
        .as_u64()
        .unwrap();
    assert_eq!(n_refused as usize, refused.len() + 12);
}

#[test]
fn agents_come_go_and_come_back() {
    let log = Plan {
        epochs: 3,
        ..Plan::new(&[("calm", 4), ("parent", 1), ("leaver", 1), ("turncoat", 1)])
    }
    .log();
    let names: Vec<_> = lines(&log, "agent_registered")
        .iter()
        .map(|l| l["agent"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        [
            "child.1",
            "child.5",
            "child.9",
            "turncoat.1.r1",
            "turncoat.1.r2",
            "turncoat.1.r3"
        ]
        .iter()
        .all(|n| names.contains(&(*n).to_owned())),
        "{names:?}"
    );
    let retired = lines(&log, "agent_retired");
    assert!(
        retired
            .iter()
            .any(|l| l["agent"] == "leaver.1" && l.get("successor").is_none())
    );
    assert!(
        retired
            .iter()
            .any(|l| l["agent"] == "turncoat.1" && l["successor"] == "turncoat.1.r1")
    );
    // Its money went with it: the leaver's to the treasury.
    assert!(
        lines(&log, "simulation_ended")[0]["treasury"]
            .as_f64()
            .unwrap()
            > 0.0
    );
}

#[test]
fn the_kill_switch_ends_the_log_and_is_recorded() {
    let log = Plan::new(&[("calm", 4)]).log_with(None, Box::new(At(5, Signal::Stop)));
    let input = &lines(&log, "input")[0];
    assert_eq!(
        (
            input["kind"].as_str(),
            input["epoch"].as_u64(),
            input["step"].as_u64()
        ),
        (Some("stop"), Some(1), Some(1))
    );
    assert_eq!(lines(&log, "simulation_ended")[0]["status"], "stopped");
    assert_eq!(
        lines(&log, "epoch_completed").last().unwrap()["partial"],
        true
    );
}

#[test]
fn threads_do_not_show_in_a_simultaneous_run() {
    let plan = Plan {
        activation: Activation::Simultaneous,
        ..Plan::new(&[("calm", 40), ("faulty", 2), ("chatty", 3)])
    };
    let with = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| plan.log())
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(7));
}

#[test]
fn detail_changes_which_lines_are_written_and_nothing_else() {
    let plan = Plan {
        strict: true,
        ..Plan::new(&[("calm", 6), ("chatty", 1)])
    };
    let states = |detail| {
        let log = Plan {
            detail,
            ..plan.clone()
        }
        .log();
        let states: Vec<_> = lines(&log, "seal")
            .iter()
            .filter_map(|l| l.get("state_sha256").cloned())
            .collect();
        (
            states,
            lines(&log, "epoch_completed")
                .iter()
                .map(|l| (l["event"].clone(), l["metrics"].clone()))
                .collect::<Vec<_>>(),
            log.len(),
        )
    };
    let (full, interactions, epochs) = (
        states(Detail::Full),
        states(Detail::Interactions),
        states(Detail::Epochs),
    );
    assert_eq!((&full.0, &full.1), (&interactions.0, &interactions.1));
    assert_eq!((&full.0, &full.1), (&epochs.0, &epochs.1));
    assert!(full.2 > interactions.2 && interactions.2 > epochs.2);
}

/// Interrupts before step `at`, resumes from the newest checkpoint, and returns the whole log.
fn interrupted(plan: &Plan, at: u64, every: u32) -> String {
    let (sink, kept) = (MemorySink::default(), Kept::default());
    let ports = Ports {
        sink: Box::new(sink.clone()),
        control: Box::new(At(at, Signal::Interrupt)),
        inputs: Box::new(NoInputs),
        storage: Some((Box::new(kept.clone()), every)),
    };
    let mut run = Orchestrator::new(plan.setup(None), ports, &Header { scenario: "toy" }).unwrap();
    assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Interrupted);
    let checkpoint = Checkpoint::decode(kept.0.lock().unwrap().last().unwrap()).unwrap();
    let offset = checkpoint.position.offset as usize;
    sink.0.lock().unwrap().truncate(offset);
    let mut prefix = Sha256::new();
    prefix.update(&*sink.0.lock().unwrap());
    let ports = Ports {
        sink: Box::new(sink.clone()),
        control: Box::new(NoControl),
        inputs: Box::new(NoInputs),
        storage: None,
    };
    let mut run = Orchestrator::resume(plan.setup(None), ports, checkpoint, prefix).unwrap();
    assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Completed);
    text(&sink)
}

#[test]
fn a_run_resumed_anywhere_is_the_run_that_was_never_interrupted() {
    let plan = Plan {
        strict: true,
        dividend: true,
        ..Plan::new(&[("calm", 8), ("faulty", 1), ("turncoat", 1), ("parent", 1)])
    };
    let whole = plan.log();
    for at in 1..12 {
        assert!(
            interrupted(&plan, at, 1) == whole,
            "interrupted before step {at}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// The run itself asserts conservation after each step; here over random populations, budgets, seeds and levers. Fees
    /// on the interaction lines are the fees that were posted.
    #[test]
    fn money_is_conserved(seed: u64, calm in 2u32..9, turncoats in 0u32..3, leavers in 0u32..3, budget in 0i64..4_000_000, strict: bool, dividend: bool, simultaneous: bool) {
        let activation = if simultaneous { Activation::Simultaneous } else { Activation::Sequential };
        let plan = Plan { seed, activation, strict, dividend, budget, ..Plan::new(&[("calm", calm), ("turncoat", turncoats), ("leaver", leavers), ("parent", 1)]) };
        let log = plan.log();
        let fees: f64 = lines(&log, "interaction").iter().flat_map(|l| [l["fee_a"].as_f64(), l["fee_b"].as_f64()]).flatten().sum();
        let posted = lines(&log, "simulation_ended")[0]["moved"].get("fee").and_then(serde_json::Value::as_f64).unwrap_or(0.0);
        prop_assert!((fees - posted).abs() < 1e-9, "{fees} on the lines, {posted} posted");
    }
}
