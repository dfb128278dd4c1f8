//! Conservation of money over random scenarios of the commons. Each run asserts the law after every step and epoch
//! (`Ledger::check`) and gives up when it is broken, so that it ends is the proof; what came in and where it lies is checked
//! here once more from the record.

use das_core::config::TreasuryPolicy;
use das_env::config::MarketConfig;
use das_governance::config::GovernanceConfig;
use das_tests::Case;
use proptest::prelude::*;

prop_compose! {
    fn governance()(
        transaction_tax_rate in 0.0..1.0,
        reputation_decay in 0.1..1.0,
        vote_weight_cap in proptest::option::of(0.5..20.0),
        bandwidth_cap in proptest::option::of(1u32..40),
        staking_required in prop_oneof![Just(0.0), 0.0..20.0],
        audit_probability in prop_oneof![Just(0.0), 0.0..1.0],
        audit_penalty in 0.0..10.0,
        circuit_breaker_threshold in proptest::option::of(0.2..0.8),
        admission_bond in prop_oneof![Just(0.0), 0.0..20.0],
        admission_probation_epochs in 0u32..3,
        transparency: bool,
        collusion_threshold in proptest::option::of(0.0..0.5),
    ) -> GovernanceConfig {
        GovernanceConfig {
            transaction_tax_rate,
            reputation_decay,
            vote_weight_cap,
            bandwidth_cap,
            staking_required,
            audit_probability,
            audit_penalty,
            circuit_breaker_threshold,
            admission_bond,
            admission_probation_epochs,
            transparency,
            collusion_threshold,
            ..GovernanceConfig::default()
        }
    }
}

prop_compose! {
    fn market()(
        enabled in prop::bool::weighted(0.8),
        windows in [1u32..4, 1..3, 1..6, 0..3, 0..4, 0..4],
        listing_fee in prop_oneof![Just(0.0), 0.0..0.5],
        dispute_deposit in prop_oneof![Just(0.0), 0.0..2.0],
        arbiter_sensitivity in 0.0..1.0,
        arbiter_false_positive in 0.0..0.2,
        limits in [1u32..4, 1..6, 1..5],
    ) -> MarketConfig {
        MarketConfig {
            enabled,
            bid_window_steps: windows[0],
            award_window_steps: windows[1],
            delivery_steps: windows[2],
            verify_window_steps: windows[3],
            dispute_window_steps: windows[4],
            arbitration_steps: windows[5],
            listing_fee,
            dispute_deposit,
            arbiter_sensitivity,
            arbiter_false_positive,
            max_open_bounties: limits[0],
            max_bids: limits[1],
            candidates: limits[2],
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever the population, the levers, the market's rules and the poverty of the agents: all money comes from endowments, and
    /// every task's and bounty's escrow is paid, refunded or still held; that of bounties is compared with the books in each step.
    #[test]
    fn money_comes_from_declared_sources_alone(
        counts in proptest::array::uniform4(0u32..6),
        verifier in 0u32..2, planner in 0u32..2, moderator in 0u32..2, poster in 0u32..2,
        governance in governance(),
        market in market(),
        (p_bounty, p_bid) in (0.0..0.5, 0.0..0.5),
        initial_budget in prop_oneof![Just(0.0), 0.0..3.0, 3.0..200.0],
        dividend: bool,
        seed: u64,
    ) {
        let mut case = Case::new(&[]);
        for (kind, n) in ["honest", "opportunistic", "deceptive", "adversarial"].into_iter().zip(counts) {
            case.population.push((kind, "worker", n));
        }
        case.population.extend([("honest", "verifier", verifier), ("honest", "planner", planner), ("adversarial", "moderator", moderator), ("deceptive", "poster", poster)]);
        let n: u32 = case.population.iter().map(|(_, _, n)| n).sum();
        prop_assume!(n > 0);
        case.governance = governance;
        case.environment.market = market;
        let eager = format!(r#"{{"p_bounty":{p_bounty},"p_bid":{p_bid}}}"#);
        case.config = vec![("honest", eager.leak()), ("deceptive", r#"{"p_bid":0.5}"#)];
        case.environment.initial_budget = initial_budget;
        case.environment.treasury = if dividend { TreasuryPolicy::Dividend } else { TreasuryPolicy::Keep };
        case.simulation.epochs = 4;
        let record = case.seed(seed).run();

        let moved = |reason: &str| record.moved.get(reason).copied().unwrap_or(0.0);
        let endowed = (initial_budget * 1e6).round() / 1e6 * f64::from(n);
        prop_assert!((moved("endowment") - endowed).abs() < 1e-6);
        let held = |family: &str| record.held.get(family).copied().unwrap_or(0.0);
        prop_assert!((moved("escrow_in") - moved("escrow_out") - moved("escrow_refund") - held("escrow")).abs() < 1e-6);
        // The market keeps listing fees and the deposits of claims that failed, and nothing else.
        prop_assert!(held("market") >= moved("listing_fee") - 1e-9);
        // Every unit is somewhere, and nothing lies with agents that have left.
        let all: f64 = record.held.values().sum();
        prop_assert!((all - endowed).abs() < 1e-6, "{all} of {endowed}: {:?}", record.held);
        let live: f64 = record.kinds.values().map(|kind| kind.balance * f64::from(kind.agents)).sum();
        prop_assert!((live - held("agent")).abs() < 1e-6, "{live} with the living, {} with all", held("agent"));
        prop_assert!((record.treasury - held("treasury")).abs() < 1e-9);
    }
}
