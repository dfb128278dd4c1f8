//! The lines that views read, as far as they read them. The systems that emit them own their shape (`events`).

use serde::Deserialize;

/// When a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    /// Days since genesis.
    pub(super) day: u64,
    /// Epoch.
    pub(super) epoch: u64,
}

/// Epoch and step: every line has them at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) epoch: u64,
    pub(super) step: u64,
}

impl Head {
    /// Read by place, without parsing the line: `{"seq":N,"type":"…","epoch":E,"step":S,` is how every line begins.
    pub(super) fn of(line: &str) -> Option<Self> {
        let number = |key: &str| -> Option<u64> {
            let start = line.find(key)? + key.len();
            let digits = line[start..].find(|c: char| !c.is_ascii_digit())?;
            line[start..start + digits].parse().ok()
        };
        Some(Self {
            epoch: number("\"epoch\":")?,
            step: number("\"step\":")?,
        })
    }
}

/// Type of a line.
pub(super) fn kind(line: &str) -> Option<&str> {
    const KEY: &str = "\"type\":\"";
    let start = line.find(KEY)? + KEY.len();
    line[start..].split('"').next()
}

/// Days of an epoch as the first line of a run has it.
pub(super) fn steps_per_epoch(line: &str) -> Option<u64> {
    let header: serde_json::Value = serde_json::from_str(line).ok()?;
    let steps = header.pointer("/scenario/simulation/steps_per_epoch")?;
    steps.as_u64().filter(|&steps| steps > 0)
}

/// An option that was considered and not taken.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RunnerUp {
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) route: Vec<u32>,
    pub(super) risk: f64,
    pub(super) cost: f64,
    pub(super) expected: f64,
}

/// `smuggling_shipment_created`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Created {
    pub(super) event: u64,
    pub(super) shipment: u64,
    pub(super) faction: String,
    pub(super) commodity: String,
    pub(super) units: i64,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) route: Vec<u32>,
    pub(super) bought: f64,
    pub(super) freight: f64,
    pub(super) demand: f64,
    pub(super) price: f64,
    pub(super) risk: f64,
    pub(super) cost: f64,
    pub(super) expected: f64,
    pub(super) evaluated: u32,
    #[serde(default)]
    pub(super) runner_up: Option<RunnerUp>,
}

/// `smuggling_shipment_delivered`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Delivered {
    pub(super) event: u64,
    pub(super) shipment: u64,
    pub(super) units: i64,
    pub(super) ward: String,
    pub(super) income: f64,
    pub(super) bribes: f64,
    pub(super) profit: f64,
}

/// `smuggling_shipment_seized`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Seized {
    pub(super) event: u64,
    pub(super) shipment: u64,
    pub(super) units: i64,
    pub(super) value: f64,
    pub(super) ward: String,
    #[serde(default)]
    pub(super) border: Option<u32>,
    pub(super) by: String,
    pub(super) bribes: f64,
}

/// `smuggling_shipment_lost`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Lost {
    pub(super) event: u64,
    pub(super) shipment: u64,
    pub(super) why: String,
}

/// `smuggling_route_update`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RouteUpdate {
    pub(super) event: u64,
    pub(super) faction: String,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) before: Vec<u32>,
    pub(super) after: Vec<u32>,
    pub(super) risk_before: f64,
    pub(super) risk_after: f64,
}

/// `customs_check`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Check {
    pub(super) border: u32,
    pub(super) ward: String,
    pub(super) bid: f64,
    pub(super) paid: f64,
    pub(super) inspected: bool,
    pub(super) outcome: String,
}

/// `crackdown_begun`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CrackdownBegun {
    pub(super) event: u64,
    pub(super) border: u32,
    pub(super) wards: [String; 2],
    #[serde(default)]
    pub(super) polity: Option<u16>,
    pub(super) intensity: f64,
    pub(super) days: u32,
    pub(super) traffic: f64,
    pub(super) seizures: f64,
    pub(super) found: f64,
}

/// `crackdown_ended`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CrackdownEnded {
    pub(super) cause: u64,
    pub(super) days: u32,
    pub(super) passes: u32,
    pub(super) seizures: u32,
    pub(super) delays: u32,
    pub(super) pay: f64,
    pub(super) welfare: f64,
}

/// `audit_finding`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Finding {
    pub(super) post: String,
    pub(super) border: u32,
    pub(super) ward: String,
    pub(super) confiscated: f64,
    pub(super) replaced: bool,
}

/// `delivery_booked`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Delivery {
    pub(super) source: String,
    pub(super) buyer: String,
    pub(super) units: i64,
    pub(super) unit_price: f64,
    pub(super) tariff: f64,
    pub(super) duds: i64,
}

/// `convoy_robbed`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Robbed {
    pub(super) buyer: String,
}

/// `migration`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Migration {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) people: i64,
    pub(super) money: f64,
}

/// `outage_begun`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Outage {
    pub(super) ward: String,
}

/// `epoch_completed`: the world's own figures.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Epoch {
    #[serde(default)]
    pub(super) env: std::collections::BTreeMap<String, f64>,
}

/// `agent_state`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct AgentState {
    pub(super) agent: String,
    pub(super) kind: String,
    pub(super) balance: f64,
    pub(super) payoff: f64,
}
