//! The life of a task, through the orchestrator.

use crate::scripted::{Play, of, task_story};
use das_core::society::Society;
use das_core::units::MicroCredits;

fn credits(society: &Society, name: &str) -> f64 {
    society.balance(society.find(name).unwrap()).credits()
}

#[test]
fn good_work_is_paid_from_escrow() {
    // Posted, claimed, submitted, passed by the standing verifier a step later, paid; the interaction is open meanwhile.
    let mut play = Play::new(1, 8);
    play.environment.signals.verifier_false_positive = 0.0;
    play.environment.signals.truth_base = 0.3;
    let (run, log) = play.run(&["poster", "worker"]);
    assert_eq!(
        task_story(&log),
        [
            "task_posted",
            "task_claimed",
            "task_submitted",
            "task_verified",
            "task_paid"
        ]
    );
    let line = of(&log, "interaction")[0];
    assert_eq!(
        (line["kind"].as_str(), line["tau"].as_f64()),
        (Some("collaboration"), Some(-0.5))
    );
    assert_eq!(line["opened"], 0);
    assert_eq!(line["step"], 2);
    assert_eq!(line["initiator"], "worker.1");
    assert_eq!(
        (
            credits(run.society(), "poster.1"),
            credits(run.society(), "worker.1")
        ),
        (19.5, 20.5)
    );
    assert!(of(&log, "task_verified")[0].get("by").is_none());
}

#[test]
fn botched_work_is_refunded() {
    // Full harm without effort is v = −1 but for 2 %; a verifier agent of full diligence catches it on this seed.
    let mut play = Play::new(1, 8);
    play.environment.signals.verifier_sensitivity = 1.0;
    let (run, log) = play.run(&["poster", "botcher", "verifier"]);
    assert_eq!(
        task_story(&log),
        [
            "task_posted",
            "task_claimed",
            "task_submitted",
            "task_verified",
            "task_refunded"
        ]
    );
    let verified = of(&log, "task_verified")[0];
    assert_eq!(
        (verified["by"].as_str(), verified["approved"].as_bool()),
        (Some("verifier.1"), Some(false))
    );
    let line = of(&log, "interaction")[0];
    assert_eq!(
        (line["tau"].as_f64(), line["ground_truth"].as_i64()),
        (Some(0.0), Some(-1))
    );
    assert_eq!(credits(run.society(), "poster.1"), 20.0);
}

#[test]
fn two_claims_of_a_step_cost_one_of_them() {
    // The second claim is a duplicate that lost half of κ·1²; the first gets the task.
    let (_, log) = Play::new(1, 3).run(&["poster", "worker", "worker"]);
    assert_eq!(
        task_story(&log)[..3],
        ["task_posted", "task_claimed", "task_duplicate"]
    );
    let duplicate = of(&log, "task_duplicate")[0];
    assert_eq!(
        (duplicate["worker"].as_str(), duplicate["winner"].as_str()),
        (Some("worker.2"), Some("worker.1"))
    );
    assert_eq!(duplicate["lost_effort"], 0.3);
    let figures = &of(&log, "epoch_completed")[0]["env"];
    assert_eq!(figures["miscoordination"], 1.0);
    assert_eq!(figures["duplicate_effort_lost"], 0.3);
}

#[test]
fn a_planner_leaves_no_duplicates() {
    // Reserved for worker.1, the task is his alone; and where the planner comes last in turn, the claim of the one is seen by
    // the other at once all the same.
    let (_, log) = Play::new(1, 3).run(&["poster", "planner", "worker", "worker"]);
    assert_eq!(
        task_story(&log)[..3],
        ["task_posted", "task_planned", "task_claimed"]
    );
    assert!(of(&log, "task_duplicate").is_empty());
    let (_, log) = Play::new(1, 3).run(&["poster", "worker", "worker", "planner"]);
    assert_eq!(task_story(&log)[..2], ["task_posted", "task_claimed"]);
    assert!(of(&log, "task_duplicate").is_empty());
    assert_eq!(of(&log, "action_refused")[0]["reason"], "claimed");
}

#[test]
fn unclaimed_tasks_expire_after_the_window() {
    // Posted in step 0, window 5: expired at the end of step 5 with the money back.
    let (run, log) = Play::new(1, 9).run(&["poster", "idle"]);
    assert_eq!(task_story(&log), ["task_posted", "task_expired"]);
    assert_eq!(of(&log, "task_expired")[0]["step"], 5);
    assert_eq!(credits(run.society(), "poster.1"), 20.0);
}

#[test]
fn dropped_tasks_close_as_work_without_effort() {
    // Never submitted: dropped at the deadline, here the end of the epoch of posting; accepted, unpaid, refunded, no cost of
    // effort for the slacker.
    let (run, log) = Play::new(2, 3).run(&["poster", "slacker"]);
    assert_eq!(
        task_story(&log),
        [
            "task_posted",
            "task_claimed",
            "task_dropped",
            "task_refunded"
        ]
    );
    let line = of(&log, "interaction")[0];
    assert_eq!(
        (line["epoch"].as_u64(), line["step"].as_u64()),
        (Some(0), Some(2))
    );
    assert_eq!(
        (
            line["accepted"].as_bool(),
            line["tau"].as_f64(),
            line["c_a"].as_f64()
        ),
        (Some(true), Some(0.0), Some(0.0))
    );
    assert_eq!(credits(run.society(), "poster.1"), 20.0);
}

#[test]
fn a_poster_may_turn_a_worker_down() {
    // The offer is scored as rejected, the task stays open and expires; the worker asks again each step.
    let (run, log) = Play::new(1, 7).run(&["picky", "worker"]);
    assert_eq!(task_story(&log), ["task_posted", "task_expired"]);
    let offers = of(&log, "interaction");
    assert_eq!(offers.len(), 6);
    assert!(
        offers
            .iter()
            .all(|o| o["accepted"] == false && o["tau"] == 0.0 && o["r_a"] == 0.0)
    );
    assert_eq!(credits(run.society(), "picky.1"), 20.0);
}

#[test]
fn escrow_holds_the_bounties_of_live_tasks() {
    // After every length of a run of agents that do anything (post, plan, drop, rebrand), the escrow account equals the sum of
    // live bounties, and some are live at some point.
    let mut seen_live = false;
    for (epochs, steps) in (1..=4).flat_map(|e| (1..=6).map(move |s| (e, s))) {
        let (run, _) = Play::new(epochs, steps).run(&["chaos"; 9]);
        let world = run.world();
        let held = run.society().ledger().balance(world.escrow().unwrap());
        assert_eq!(
            held,
            world.tasks().escrowed(),
            "{epochs} epochs of {steps} steps"
        );
        run.society().ledger().check().unwrap();
        seen_live |= held > MicroCredits::ZERO;
    }
    assert!(seen_live);
}
