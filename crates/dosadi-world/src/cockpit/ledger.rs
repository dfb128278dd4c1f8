//! View `ledger`: money that moved by channel, what offices of a kind hold and how unequally, and the agents that hold most.
//!
//! Sums are of what lines say; wages, stipends and levies have no lines and show in the balances alone.

use super::lines::{
    AgentState, At, Check, CrackdownEnded, Created, Delivered, Delivery, Finding, Migration,
};
use super::place::Place;
use super::{Table, View};
use das_core::metrics::inequality::gini_exact;
use das_core::view;
use serde_json::from_str;
use std::collections::BTreeMap;

/// Agents shown.
const AGENTS: usize = 20;

#[derive(Clone, Debug, Default)]
struct Holding {
    kind: String,
    first: f64,
    last: f64,
    payoff: f64,
    epochs: u64,
}

/// What the view keeps.
#[derive(Default)]
pub(super) struct Ledger {
    channels: BTreeMap<&'static str, (u64, f64)>,
    agents: BTreeMap<String, Holding>,
}

impl Ledger {
    fn add(&mut self, channel: &'static str, credits: f64) {
        let sums = self.channels.entry(channel).or_default();
        sums.0 += 1;
        sums.1 += credits;
    }
}

/// Who pays and who receives, by channel. Duds are paid for within deliveries, so they are no flow of their own.
const FLOWS: [(&str, &str, &str); 9] = [
    ("legal deliveries", "wards", "wards and guilds that sell"),
    ("tariffs in them", "wards", "polities"),
    ("inputs of contraband", "networks", "wards"),
    ("freight of contraband", "networks", "wards"),
    ("contraband sold", "wards", "networks"),
    ("bribes", "networks", "customs posts"),
    ("confiscated", "customs posts", "polities"),
    ("pay of crackdowns", "polities", "wards"),
    ("taken along by migrants", "wards", "wards"),
];

impl Ledger {
    /// Who paid what to whom, in credits; with `shadow` without legal deliveries, which are many times all the rest.
    fn flows(&self, shadow: bool, booked: bool) -> view::Alluvial {
        let of = |name: &str| self.channels.get(name).map_or(0.0, |(_, credits)| *credits);
        let mut flows = Vec::new();
        for (channel, from, to) in FLOWS {
            let credits = match channel {
                "legal deliveries" if shadow => 0.0,
                "legal deliveries" => of(channel) - of("tariffs in them"),
                _ => of(channel),
            };
            if credits > 0.0 {
                let name = channel.trim_end_matches(" in them");
                for (column, from, to) in [(0, from, name), (1, name, to)] {
                    flows.push(view::Flow {
                        column,
                        from: from.to_owned(),
                        to: to.to_owned(),
                        weight: credits,
                    });
                }
            }
        }
        let rest = match (shadow, booked) {
            (false, _) => "",
            (true, true) => ", legal deliveries left out",
            (true, false) => ", without legal deliveries: the log has no lines of them",
        };
        view::Alluvial {
            title: format!("Who paid what to whom, in credits{rest}"),
            columns: ["paid by", "for", "received by"]
                .map(str::to_owned)
                .to_vec(),
            flows,
        }
    }
}

/// What the two columns of inequality say.
const INEQUALITY: &str = "Gini of the balances of these offices, after the first epoch and at the end: 0 if all hold the same, near 1 if one holds everything";

/// What the channels leave out.
const UNWRITTEN: &str = "wages, stipends, levies, dividends and what a rich network spends at home have no lines: they are in the balances alone, so a balance does not change by what these channels add up to";

/// What the payoff beside a balance is.
const PAYOFF: &str = "payoff: of all scored interactions so far; not money that is held. A guild's is its margins, a ward's what it paid for them; the sale of contraband is nobody's interaction and in no payoff";

/// [`gini_exact`] of balances in credits; `None` of fewer than two.
fn inequality(balances: impl Iterator<Item = f64>) -> Option<f64> {
    // A log has credits to the micro-credit, which they are whole numbers of.
    let micros: Vec<i64> = balances.map(|x| (x * 1e6).round() as i64).collect();
    (micros.len() > 1).then(|| gini_exact(&micros))
}

impl View for Ledger {
    fn pictures(&self, _: Option<&Place>) -> Vec<view::View> {
        if self.channels.is_empty() {
            return Vec::new();
        }
        // Where the log keeps no deliveries, one picture is all there is, and it says so.
        let booked = self.channels.contains_key("legal deliveries");
        let pictures = if booked { &[false, true][..] } else { &[true] };
        let flows = pictures.iter().map(|shadow| self.flows(*shadow, booked));
        flows.map(view::View::Alluvial).collect()
    }

    fn line(&mut self, kind: &str, _at: At, json: &str) -> Result<(), serde_json::Error> {
        match kind {
            "delivery_booked" => {
                let line: Delivery = from_str(json)?;
                let units = line.units as f64;
                self.add("legal deliveries", units * line.unit_price);
                if line.tariff > 0.0 {
                    self.add("tariffs in them", units * line.tariff);
                }
                if line.duds > 0 {
                    let worthless = line.duds as f64;
                    self.add("paid for duds in them", worthless * line.unit_price);
                }
            }
            "smuggling_shipment_created" => {
                let line: Created = from_str(json)?;
                self.add("inputs of contraband", line.bought);
                self.add("freight of contraband", line.freight);
            }
            "smuggling_shipment_delivered" => {
                self.add("contraband sold", from_str::<Delivered>(json)?.income);
            }
            "customs_check" => {
                let line: Check = from_str(json)?;
                if line.paid > 0.0 {
                    self.add("bribes", line.paid);
                }
            }
            "audit_finding" => self.add("confiscated", from_str::<Finding>(json)?.confiscated),
            "crackdown_ended" => {
                self.add("pay of crackdowns", from_str::<CrackdownEnded>(json)?.pay);
            }
            "migration" => {
                self.add(
                    "taken along by migrants",
                    from_str::<Migration>(json)?.money,
                );
            }
            "agent_state" => {
                let line: AgentState = from_str(json)?;
                let holding = self.agents.entry(line.agent).or_default();
                if holding.epochs == 0 {
                    holding.first = line.balance;
                }
                holding.kind = line.kind;
                holding.last = line.balance;
                holding.payoff = line.payoff;
                holding.epochs += 1;
            }
            _ => {}
        }
        Ok(())
    }

    fn tables(&self) -> Vec<Table> {
        let channels = self.channels.iter().map(|(channel, (count, credits))| {
            vec![(*channel).into(), (*count).into(), (*credits).into()]
        });
        let mut kinds: BTreeMap<&str, Vec<&Holding>> = BTreeMap::new();
        for holding in self.agents.values() {
            kinds.entry(&holding.kind).or_default().push(holding);
        }
        let everybody = ("all", self.agents.values().collect::<Vec<_>>());
        let everybody = Some(everybody).filter(|(_, all)| !all.is_empty());
        let kinds = kinds.into_iter().chain(everybody).map(|(kind, all)| {
            let first: f64 = all.iter().map(|holding| holding.first).sum();
            let last: f64 = all.iter().map(|holding| holding.last).sum();
            vec![
                kind.into(),
                (all.len() as u64).into(),
                first.into(),
                last.into(),
                (last - first).into(),
                inequality(all.iter().map(|holding| holding.first)).into(),
                inequality(all.iter().map(|holding| holding.last)).into(),
            ]
        });
        let mut agents: Vec<(&String, &Holding)> = self.agents.iter().collect();
        agents.sort_by(|x, y| y.1.last.total_cmp(&x.1.last).then(x.0.cmp(y.0)));
        let agents = agents.into_iter().map(|(name, a)| {
            vec![
                name.as_str().into(),
                a.kind.as_str().into(),
                a.first.into(),
                a.last.into(),
                a.payoff.into(),
            ]
        });
        vec![
            Table::new(
                "Money by channel",
                &["channel", "times", "credits"],
                channels.collect(),
            )
            .needs("delivery_booked, smuggling_shipment_* or customs_check")
            .saying(UNWRITTEN),
            Table::new(
                "Money by kind of office",
                &[
                    "kind",
                    "agents",
                    "after the first epoch cr",
                    "at the end cr",
                    "change cr",
                    "Gini after the first epoch",
                    "Gini at the end",
                ],
                kinds.collect(),
            )
            .needs("agent_state")
            .saying(INEQUALITY),
            Table::new(
                "Agents that hold most",
                &[
                    "agent",
                    "kind",
                    "after the first epoch cr",
                    "at the end cr",
                    "payoff",
                ],
                agents.collect(),
            )
            .needs("agent_state")
            .saying(PAYOFF)
            .top(AGENTS),
        ]
    }
}
