//! The `governance:` block: its keys, defaults and ranges, and which levers come of it.

use das_core::lever::GovernanceLever;
use das_governance::{GovernanceConfig, LEVERS, build};
use schemars::schema_for;
use serde_json::{Value, json};

fn names(levers: &[Box<dyn GovernanceLever>]) -> Vec<&'static str> {
    levers.iter().map(|lever| lever.name()).collect()
}

fn read(config: Value) -> GovernanceConfig {
    serde_json::from_value(config).unwrap()
}

#[test]
fn the_null_configuration_builds_nothing() {
    // Shows that every lever is absent at its null value, so its log is that of a run without governance.
    assert!(build(&GovernanceConfig::default()).is_empty());
    assert_eq!(read(json!({})), GovernanceConfig::default());
    // Keys that only tune a lever do not switch it on.
    let tuned = read(json!({
        "stake_slash_rate": 0.9, "audit_threshold": 0.9, "circuit_breaker_violations": 1, "circuit_breaker_epochs": 9,
        "audit_cost": 1.0, "admission_bond_slash": 0.5, "admission_probation_actions": 1, "transparency_bonus_rate": 1.0,
        "transparency_threshold": 0.1, "collusion_frequency": 1.0, "collusion_window": 2, "collusion_fine": 9.0,
        "collusion_reputation": 9.0, "collusion_freeze_epochs": 9, "collusion_cost": 9.0, "audit_sensitivity": 0.9,
        "audit_reputation": 9.0, "moderator_reviews": 1, "moderator_fine": 9.0,
    }));
    assert!(build(&tuned).is_empty());
    // An audit needs both a chance and a price.
    assert!(build(&read(json!({"audit_probability": 1.0}))).is_empty());
    assert!(build(&read(json!({"audit_penalty": 1.0}))).is_empty());
    assert!(
        build(&read(
            json!({"transaction_tax_rate": -0.0, "staking_required": 1e-9})
        ))
        .is_empty()
    );
}

#[test]
fn each_switch_builds_its_own_lever_and_all_come_in_the_documented_order() {
    // Shows that a key switches exactly its lever, and that the order is that of LEVERS.
    let switches = [
        ("transaction_tax", json!({"transaction_tax_rate": 0.05})),
        ("reputation_decay", json!({"reputation_decay": 0.95})),
        ("vote_normalisation", json!({"vote_weight_cap": 10.0})),
        ("bandwidth_cap", json!({"bandwidth_cap": 0})),
        (
            "admission",
            json!({"admission_bond": 3.0, "admission_probation_epochs": 1}),
        ),
        ("staking", json!({"staking_required": 5.0})),
        (
            "random_audit",
            json!({"audit_probability": 0.1, "audit_penalty": 2.0}),
        ),
        ("circuit_breaker", json!({"circuit_breaker_threshold": 0.0})),
        ("transparency", json!({"transparency": true})),
        ("collusion", json!({"collusion_threshold": 0.0})),
        ("moderator", json!({"moderators": 1})),
    ];
    let mut all = serde_json::Map::new();
    for (name, config) in &switches {
        assert_eq!(names(&build(&read(config.clone()))), [*name]);
        all.extend(config.as_object().unwrap().clone());
    }
    // Either half of admission is a lever.
    for half in [
        json!({"admission_bond": 3.0}),
        json!({"admission_probation_epochs": 1}),
    ] {
        assert_eq!(names(&build(&read(half))), ["admission"]);
    }
    let switched = |name: &&str| switches.iter().any(|(lever, _)| lever == name);
    let in_order: Vec<&str> = (LEVERS.iter().map(|lever| lever.name))
        .filter(switched)
        .collect();
    assert_eq!(in_order.len(), switches.len());
    assert_eq!(names(&build(&read(Value::Object(all)))), in_order);
}

#[test]
fn unknown_keys_and_keys_of_levers_that_are_not_there_are_errors() {
    // Shows that nothing a scenario asks for is silently ignored.
    for key in ["tax", "moderator", "transparency_rate", "collusion"] {
        let error = serde_json::from_value::<GovernanceConfig>(json!({key: 0})).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("unknown field `{key}`")),
            "{error}"
        );
    }
}

#[test]
fn descriptors_name_every_key_once_with_the_default_and_range_it_has() {
    // Shows that help made from the descriptors is true of the configuration and its schema.
    let defaults = serde_json::to_value(GovernanceConfig::default()).unwrap();
    let schema = serde_json::to_value(schema_for!(GovernanceConfig)).unwrap();
    assert_eq!(schema["additionalProperties"], json!(false));
    let params: Vec<_> = LEVERS.iter().flat_map(|lever| lever.params).collect();
    let mut named: Vec<&str> = params.iter().map(|p| p.name).collect();
    named.sort_unstable();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(named, keys);
    let nothing = GovernanceConfig::default();
    for param in params {
        // A key at its default is no key; keys that are written anyway show the same default.
        if param.default == "none" {
            assert!(defaults.get(param.name).is_none(), "{}", param.name);
        } else {
            let value: Value = serde_json::from_str(param.default).unwrap();
            assert_eq!(read(json!({param.name: value})), nothing, "{}", param.name);
            if let Some(written) = defaults.get(param.name) {
                assert_eq!(written.as_f64(), value.as_f64(), "{}", param.name);
            }
        }
        if param.range == "true | false" {
            assert_eq!(schema["properties"][param.name]["type"], "boolean");
            continue;
        }
        let (low, high) = param.range.split_once("..=").unwrap();
        let property = &schema["properties"][param.name];
        for (bound, text) in [("minimum", low), ("maximum", high)] {
            assert_eq!(
                property[bound].as_f64(),
                Some(text.parse().unwrap()),
                "{bound} of {}",
                param.name
            );
        }
        assert!(!property["description"].as_str().unwrap().is_empty());
    }
}

#[test]
fn configuration_is_written_and_read_back_alike() {
    // Shows that the resolved scenario in a log rebuilds the same levers.
    let config = read(json!({
        "transaction_tax_rate": 0.05, "reputation_decay": 0.95, "bandwidth_cap": 10, "vote_weight_cap": 2.5,
        "circuit_breaker_threshold": 0.7, "admission_bond": 3.0, "admission_bond_slash": 0.25, "admission_probation_epochs": 2,
        "admission_probation_actions": 3, "transparency": true, "transparency_bonus_rate": 0.0, "transparency_threshold": 0.6,
        "collusion_threshold": 0.5, "collusion_frequency": 1.5, "collusion_window": 4, "collusion_fine": 0.0,
        "collusion_reputation": 1.0, "collusion_freeze_epochs": 1, "collusion_cost": 0.1, "audit_cost": 0.05,
    }));
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(
        serde_json::from_str::<GovernanceConfig>(&text).unwrap(),
        config
    );
    assert!(
        !serde_json::to_string(&GovernanceConfig::default())
            .unwrap()
            .contains("null")
    );
}

#[test]
fn later_keys_at_their_defaults_are_not_written() {
    // Shows that line 0 of a log does not depend on levers that a scenario does not use: the resolved block without them has
    // exactly the keys of the seven first levers.
    let written = serde_json::to_value(GovernanceConfig::default()).unwrap();
    let keys: Vec<&String> = written.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "audit_penalty",
            "audit_probability",
            "audit_threshold",
            "circuit_breaker_epochs",
            "circuit_breaker_violations",
            "reputation_decay",
            "stake_slash_rate",
            "staking_required",
            "transaction_tax_rate",
        ]
    );
}
