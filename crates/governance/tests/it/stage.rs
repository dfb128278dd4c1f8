//! A society to try levers on. Only the hub may write most of its columns, so tests set them in its saved form.

use das_core::id::{AgentId, InteractionId, Kind, ToolSet};
use das_core::interaction::{Moment, Observables};
use das_core::lever::{Act, Effect, GovernanceLever, Scored};
use das_core::society::Society;
use das_core::units::MicroCredits;
use das_governance::GovernanceConfig;
use serde_json::{Value, json};

/// A society of agents with these names and 100 credits each.
pub(crate) fn society(names: &[&str]) -> Society {
    let mut society = Society::new();
    for name in names {
        let who = society.register(name, "honest", "regular", ToolSet::ALL);
        society.fund(who, MicroCredits(100_000_000));
    }
    society
}

/// The same society with something changed in its saved form.
pub(crate) fn edited(society: &Society, edit: impl FnOnce(&mut Value)) -> Society {
    let mut saved = serde_json::to_value(society).unwrap();
    edit(&mut saved);
    serde_json::from_value(saved).unwrap()
}

/// The same society with these reputations, by id.
pub(crate) fn with_reputation(society: &Society, reputation: &[f64]) -> Society {
    edited(society, |saved| saved["reputation"] = json!(reputation))
}

/// The same society with a counter of one agent set.
pub(crate) fn with_counter(society: &Society, who: AgentId, counter: &str, n: u32) -> Society {
    edited(society, |saved| {
        let slot = &mut saved["counters"][who.index()][counter];
        assert!(slot.is_u64(), "no counter {counter}");
        *slot = json!(n);
    })
}

/// The same society in this epoch.
pub(crate) fn in_epoch(society: &Society, epoch: u32) -> Society {
    edited(society, |saved| saved["epoch"] = json!(epoch))
}

/// The same society with what an agent holds and has at stake set; the source covers the difference.
pub(crate) fn with_money(society: &Society, who: AgentId, balance: i64, stake: i64) -> Society {
    let money = edited(society, |saved| {
        let balances = &mut saved["ledger"]["balances"];
        for (account, amount) in [
            (society.account(who), balance),
            (society.stake_account(who), stake),
        ] {
            let (at, source) = (account.0 as usize, society.source().0 as usize);
            let issued = amount - balances[at].as_i64().unwrap();
            balances[at] = json!(amount);
            balances[source] = json!(balances[source].as_i64().unwrap() - issued);
        }
    });
    money.ledger().check().unwrap();
    money
}

/// The same society without an agent.
pub(crate) fn without(society: &Society, who: AgentId) -> Society {
    edited(society, |saved| saved["live"][who.index()] = json!(false))
}

/// An accepted interaction of agents 0 and 1 without transfer, flags or doubts.
pub(crate) fn scored() -> Scored {
    Scored {
        id: InteractionId(0),
        key: 0,
        kind: Kind(0),
        now: Moment::default(),
        initiator: AgentId(0),
        counterparty: AgentId(1),
        accepted: true,
        observables: Observables::default(),
        flags: [0, 0],
        v_hat: 0.0,
        p: 0.5,
        tau: MicroCredits::ZERO,
        r: [0.0, 0.0],
    }
}

/// The only lever of a configuration.
pub(crate) fn only(config: &GovernanceConfig) -> Box<dyn GovernanceLever> {
    let mut levers = das_governance::build(config);
    assert_eq!(levers.len(), 1);
    levers.remove(0)
}

/// An effect of these acts and nothing else.
pub(crate) fn effect(acts: &[Act]) -> Effect {
    Effect {
        acts: acts.to_vec(),
        ..Effect::default()
    }
}
