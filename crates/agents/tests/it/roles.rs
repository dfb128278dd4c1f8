//! What roles do in the loop, with any policy.

use crate::society::{Entry, Run, Society, of};
use das_agents::registry::{POLICIES, ROLES};
use das_core::config::Detail;

fn with_role(kind: &'static str, count: u32, role: &'static str) -> Entry {
    Entry {
        base: format!("{kind}-{role}"),
        role,
        ..of(kind, count)
    }
}

fn run(entries: Vec<Entry>) -> Run {
    let mut society = Society::new(entries);
    society.simulation.epochs = 5;
    society.run(3, Detail::Full)
}

fn count(run: &Run, kind: &str) -> usize {
    run.events(kind).count()
}

#[test]
fn tasks_go_all_the_way() {
    // Workers alone: tasks are posted, claimed, submitted, checked and paid; some are claimed twice.
    let run = run(vec![of("honest", 30)]);
    for kind in [
        "task_posted",
        "task_claimed",
        "task_submitted",
        "task_verified",
        "task_paid",
    ] {
        assert!(count(&run, kind) > 50, "{kind}: {}", count(&run, kind));
    }
    assert!(count(&run, "task_duplicate") > 5);
    assert_eq!(
        count(&run, "task_dropped"),
        0,
        "honest workers submit what they were given"
    );
}

#[test]
fn planners_make_claims_exclusive() {
    // The same society with three planners: no claim is made twice, and workers take what is kept for them.
    let run = run(vec![
        of("honest", 30),
        with_role("opportunistic", 3, "planner"),
    ]);
    assert_eq!(count(&run, "task_duplicate"), 0);
    assert!(count(&run, "task_planned") > 20);
    assert!(count(&run, "task_claimed") > 50);
}

#[test]
fn verifiers_and_moderators_do_their_duty_in_character() {
    // Honest verifiers examine tasks; honest moderators act on authors who proved bad. Four seeds: a moderator meets few.
    let societies = |kind| -> Vec<Run> {
        (0..4)
            .map(|seed| {
                let mut society = Society::new(vec![
                    of("honest", 20),
                    of("adversarial", 8),
                    with_role(kind, 3, "verifier"),
                    with_role(kind, 2, "moderator"),
                ]);
                society.simulation.epochs = 5;
                society.run(seed, Detail::Full)
            })
            .collect()
    };
    let honest = societies("honest");
    for run in &honest {
        let by_agents = run.events("task_verified").filter(|e| e["by"].is_string());
        assert!(by_agents.count() > 20);
    }
    let target = |runs: &[Run], kind: &str, author: &str| {
        let by =
            |e: &&serde_json::Value| e["author"].as_str().is_some_and(|a| a.starts_with(author));
        (runs.iter().map(|run| run.events(kind).filter(by).count())).sum::<usize>()
    };
    let caught = target(&honest, "post_flagged", "adversarial")
        + target(&honest, "post_hidden", "adversarial");
    let hurt = target(&honest, "post_flagged", "honest") + target(&honest, "post_hidden", "honest");
    assert!(caught > 20 && caught > 3 * hurt, "{caught} and {hurt}");
    // Adversarial ones hide the well regarded instead.
    let adversarial = societies("adversarial");
    assert!(
        target(&adversarial, "post_hidden", "honest")
            > target(&adversarial, "post_hidden", "adversarial")
    );
    assert!(target(&adversarial, "post_hidden", "honest") > 40);
}

#[test]
fn nobody_reaches_for_a_tool_it_may_not_use() {
    // Every policy in every role together: no allowlist refusal, no fault, and each policy trades.
    let entries = ROLES
        .iter()
        .flat_map(|role| POLICIES.iter().map(|policy| (policy.name, role.name)))
        .enumerate()
        .map(|(n, (kind, role))| Entry {
            base: format!("{kind}-{n}"),
            ..with_role(kind, 2, role)
        })
        .collect();
    let run = run(entries);
    assert_eq!(count(&run, "agent_fault"), 0);
    let tools = run
        .events("rail_refused")
        .filter(|e| e["reason"] == "tool_allowlist")
        .count();
    assert_eq!(tools, 0);
    for policy in POLICIES {
        assert!(run.initiated(policy.name).any(|e| e["kind"] == "trade"));
        assert!(run.initiated(policy.name).any(|e| e["kind"] == "reply"));
    }
}

#[test]
fn spent_names_are_left_and_rings_find_each_other_again() {
    // Attackers that cannot hide what they do are soon spent: they come back as `.r1`, and honest agents never leave.
    let mut entries = vec![of("honest", 20), of("adversarial", 8)];
    entries[1].config = r#"{"whitewash_probability":0.5,"foresight":0.0}"#.into();
    let mut society = Society::new(entries);
    society.environment.signals.manipulation = 0.0;
    society.simulation.epochs = 20;
    let run = society.run(1, Detail::Full);
    let gone: Vec<&str> = run
        .events("agent_retired")
        .filter_map(|e| e["agent"].as_str())
        .collect();
    assert!(gone.len() > 2, "{gone:?}");
    assert!(gone.iter().all(|name| name.starts_with("adversarial.")));
    let back = run
        .events("vote_cast")
        .filter(|e| e["value"] == 1)
        .filter(|e| {
            e["voter"]
                .as_str()
                .is_some_and(|v| v.starts_with("adversarial."))
        })
        .filter(|e| e["author"].as_str().is_some_and(|a| a.contains(".r")))
        .count();
    assert!(back > 0, "the ring votes for members under their new names");
}
