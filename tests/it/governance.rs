//! Governance end to end: agents answer to every lever, levers balance their books, and nobody answers who is told not to.

use das_core::config::TreasuryPolicy;
use das_governance::config::GovernanceConfig;
use das_tests::Case;
use das_tests::responses::{decisions, levers};
use proptest::prelude::*;
use serde_json::Value;

const KINDS: [&str; 4] = ["honest", "opportunistic", "deceptive", "adversarial"];

fn mixed(epochs: u32, adaptation: &'static str) -> Case {
    let mut case = Case::mixed().seed(3);
    case.simulation.epochs = epochs;
    case.config = KINDS.map(|kind| (kind, adaptation)).to_vec();
    case
}

fn lines<'l>(log: &'l str, kind: &str) -> impl Iterator<Item = Value> + use<'l> {
    let marked = format!("\"type\":\"{kind}\"");
    log.lines()
        .filter(move |line| line.contains(&marked))
        .map(|line| serde_json::from_str(line).unwrap())
}

fn sum(lines: impl Iterator<Item = Value>, field: &str) -> f64 {
    lines.map(|line| line[field].as_f64().unwrap_or(0.0)).sum()
}

/// Each lever alone changes what somebody decides within ten epochs, not only what is refused.
#[test]
fn every_lever_is_answered() {
    let without = decisions(&mixed(10, "{}"));
    for (name, governance) in levers() {
        let with = decisions(&Case {
            governance,
            ..mixed(10, "{}")
        });
        assert!(without.parting(&with).is_some(), "{name}");
    }
}

/// Who is frozen does not answer to what acts on payoffs alone, who is not does; and nobody else than these decided anything.
#[test]
fn the_table_of_first_responses_is_up_to_date() {
    // As `cargo run -p das-tests --example responses` prints it: decisions and what was believed, lever by lever.
    let kept = include_str!("../../docs/src/concepts/responses-table.md");
    assert_eq!(das_tests::responses::table(), kept);
}

#[test]
fn the_frozen_do_not_answer() {
    let tax = GovernanceConfig {
        transaction_tax_rate: 0.1,
        ..GovernanceConfig::default()
    };
    for (adaptation, answers) in [
        (r#"{"adaptation":"frozen"}"#, false),
        (r#"{"adaptation":"blind"}"#, false),
        (r#"{"adaptation":"full"}"#, true),
    ] {
        let without = decisions(&mixed(10, adaptation));
        let with = decisions(&Case {
            governance: tax.clone(),
            ..mixed(10, adaptation)
        });
        assert_eq!(!without.same(&with), answers, "{adaptation}");
        assert!(without.count() > 10_000, "{}", without.count());
    }
}

/// Without levers there is nothing to weigh: the log of agents that would weigh levers is that of agents that would not, byte for
/// byte, state hashes included.
#[test]
fn nothing_is_weighed_where_there_is_no_lever() {
    let log = |adaptation| mixed(4, adaptation).log().1;
    assert_eq!(log("{}"), log(r#"{"adaptation":"blind"}"#));
    assert_ne!(log("{}"), log(r#"{"adaptation":"frozen"}"#));
}

/// Inspections see through appearance: they punish honest conduct at the rate of their errors, which the log shows, and audits
/// that read p punish bad luck.
#[test]
fn false_sanctions_can_be_counted() {
    for (name, governance) in levers() {
        let case = Case {
            governance,
            ..mixed(6, "{}")
        };
        let (record, log) = case.log();
        let (mut all, mut clean) = (0, 0);
        for line in lines(&log, "governance_sanction") {
            all += 1;
            clean += u64::from(line["clean"] == true);
            assert!(line["reason"].as_str().is_some_and(|why| !why.is_empty()));
            let honest = line["agent"]
                .as_str()
                .is_some_and(|who| who.starts_with("honest"));
            assert!(!honest || line["clean"] == true, "{name}: {line}");
        }
        assert_eq!(record.metrics.sanctions, all, "{name}");
        assert_eq!(record.metrics.false_sanctions, clean, "{name}");
        if name.contains("inspecting") || name.starts_with("moderators") {
            assert!(
                all > 20 && clean > 0 && clean < all / 2,
                "{name}: {clean} of {all}"
            );
        }
        if name.starts_with("transaction tax") || name.starts_with("reputation decay") {
            assert_eq!(all, 0, "{name}");
        }
    }
}

/// Moderators look into what has closed, through their tools: without `review` in the list they do not, and each look costs.
#[test]
fn moderators_use_their_tools() {
    let mut case = mixed(4, "{}");
    case.governance.moderators = 2;
    let (record, log) = case.log();
    let looks = record.levers["moderator"].governance_cost / 0.02;
    let most = f64::from(2 * 4 * 4 * 10);
    assert!(
        looks > 0.2 * most && looks <= most + 1e-9,
        "{looks} of {most}"
    );
    assert!(lines(&log, "governance_finding").next().is_some());
    assert!(record.levers["moderator"].taken > 0.0);

    let tools = ["post", "reply", "vote", "trade", "hide", "flag"];
    let tools = tools.map(str::to_owned).to_vec();
    case.safety
        .tool_allowlist
        .insert("moderator".to_owned(), tools);
    let (record, _) = case.log();
    assert!(!record.levers.contains_key("moderator"));
}

prop_compose! {
    fn rules()(
        transaction_tax_rate in prop_oneof![Just(0.0), 0.0..1.0],
        (staking_required, stake_slash_rate) in (prop_oneof![Just(0.0), 0.0..20.0], 0.0..1.0),
        (audit_probability, audit_penalty) in (prop_oneof![Just(0.0), 0.0..1.0], 0.0..10.0),
        audit_sensitivity in prop_oneof![Just(0.0), 0.0..1.0],
        circuit_breaker_threshold in proptest::option::of(0.2..0.8),
        (admission_bond, admission_probation_epochs) in (prop_oneof![Just(0.0), 0.0..20.0], 0u32..3),
        transparency: bool,
        collusion_threshold in proptest::option::of(0.0..0.5),
        (moderators, moderator_fine) in (0u32..3, 0.0..5.0),
        bandwidth_cap in proptest::option::of(1u32..40),
        vote_weight_cap in proptest::option::of(0.5..20.0),
        reputation_decay in 0.1..=1.0,
    ) -> GovernanceConfig {
        GovernanceConfig {
            transaction_tax_rate,
            staking_required,
            stake_slash_rate,
            audit_probability,
            audit_penalty,
            audit_sensitivity,
            circuit_breaker_threshold,
            admission_bond,
            admission_probation_epochs,
            transparency,
            collusion_threshold,
            moderators,
            moderator_fine,
            bandwidth_cap,
            vote_weight_cap,
            reputation_decay,
            ..GovernanceConfig::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the levers: what the log says they took is what was posted, each lever's account adds up to it, and no money
    /// comes from anywhere but the source.
    #[test]
    fn what_levers_take_is_posted_and_logged(
        governance in rules(),
        initial_budget in prop_oneof![0.0..3.0, 3.0..200.0],
        dividend: bool,
        seed: u64,
    ) {
        let mut case = Case::new(&[("honest", 5), ("opportunistic", 3), ("deceptive", 3), ("adversarial", 4)]).seed(seed);
        case.simulation.epochs = 4;
        case.governance = governance;
        case.environment.initial_budget = initial_budget;
        case.environment.treasury = if dividend { TreasuryPolicy::Dividend } else { TreasuryPolicy::Keep };
        let (record, log) = case.log();

        let moved = |reason: &str| record.moved.get(reason).copied().unwrap_or(0.0);
        let on_deals = sum(lines(&log, "interaction"), "fee_a") + sum(lines(&log, "interaction"), "fee_b");
        let apart = sum(lines(&log, "governance_fee"), "amount");
        let slashed = sum(lines(&log, "governance_slash"), "amount");
        let of_deals = |line: &Value| line.get("interaction").is_some();
        let slashed_on_deals = sum(lines(&log, "governance_slash").filter(of_deals), "amount");
        prop_assert!((on_deals - slashed_on_deals + apart - moved("fee")).abs() < 1e-6);
        prop_assert!((slashed - moved("slash")).abs() < 1e-6);
        let taken: f64 = record.levers.values().map(|lever| lever.taken).sum();
        prop_assert!((taken - moved("fee") - moved("slash")).abs() < 1e-6);
        let all: f64 = record.held.values().sum();
        prop_assert!((all - moved("endowment")).abs() < 1e-6, "{all}: {:?}", record.held);
        let cost: f64 = record.levers.values().map(|lever| lever.governance_cost).sum();
        prop_assert!((cost - record.metrics.governance_cost.unwrap_or(0.0)).abs() < 1e-9);
    }
}
