//! View `wards`: the city epoch by epoch, and what each ward bought, lost and smuggled.

use super::lines::{
    At, Check, Created, Delivered, Delivery, Epoch, Migration, Outage, Robbed, Seized,
};
use super::place::Place;
use super::{Cell, Table, View};
use das_core::view;
use serde_json::from_str;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
struct Ward {
    bought: u64,
    paid: f64,
    sold: u64,
    robbed: u64,
    outages: u64,
    smuggled_out: u64,
    smuggled_in: u64,
    units_in: i64,
    checks: u64,
    seized: u64,
    units_seized: i64,
    migrants: i64,
}

/// What the view keeps.
#[derive(Default)]
pub(super) struct Wards {
    wards: BTreeMap<String, Ward>,
    epochs: Vec<(At, BTreeMap<String, f64>)>,
}

/// Figures of the timeline, with the heads of their columns.
const LEVELS: [(&str, &str); 10] = [
    ("city.hardship", "hardship"),
    ("city.hardship_worst", "worst ward"),
    ("city.corruption", "corruption"),
    ("city.tolerance", "tolerance"),
    ("city.legitimacy", "legitimacy"),
    ("city.unrest", "unrest"),
    ("city.phase", "phase"),
    ("price.water", "water price"),
    ("price.food", "food price"),
    ("trade.deliveries", "deliveries"),
];

impl Wards {
    fn at(&mut self, name: String) -> &mut Ward {
        self.wards.entry(name).or_default()
    }
}

/// A figure of a ward.
type Figure = fn(&Ward) -> f64;

/// What the maps are filled with.
const FILLS: [(&str, Figure); 8] = [
    ("legal deliveries bought", |w| w.bought as f64),
    ("legal deliveries sold", |w| w.sold as f64),
    ("paid for legal goods, cr", |w| w.paid),
    ("convoys robbed", |w| w.robbed as f64),
    ("contraband units that came in", |w| w.units_in as f64),
    ("shipments of contraband sent", |w| w.smuggled_out as f64),
    ("contraband units seized", |w| w.units_seized as f64),
    ("net migrants", |w| w.migrants as f64),
];

impl View for Wards {
    fn pictures(&self, place: Option<&Place>) -> Vec<view::View> {
        let Some(place) = place.filter(|_| !self.wards.is_empty()) else {
            return Vec::new();
        };
        let nothing = Ward::default();
        let fills = FILLS.iter().map(|(name, value)| view::Fill {
            name: (*name).to_owned(),
            values: place
                .areas
                .iter()
                .map(|area| Some(value(self.wards.get(&area.name).unwrap_or(&nothing))))
                .collect(),
        });
        // A measure of which the log has no line says nothing.
        let fills: Vec<view::Fill> = fills
            .filter(|fill| fill.values.iter().flatten().any(|x| *x != 0.0))
            .collect();
        if fills.is_empty() {
            return Vec::new();
        }
        vec![view::View::Map(view::Map {
            title: "Wards".to_owned(),
            areas: place.areas.clone(),
            fills,
            routes: Vec::new(),
        })]
    }

    fn line(&mut self, kind: &str, at: At, json: &str) -> Result<(), serde_json::Error> {
        match kind {
            "delivery_booked" => {
                let line: Delivery = from_str(json)?;
                self.at(line.source).sold += 1;
                let buyer = self.at(line.buyer);
                buyer.bought += 1;
                buyer.paid += line.units as f64 * line.unit_price;
            }
            "convoy_robbed" => self.at(from_str::<Robbed>(json)?.buyer).robbed += 1,
            "outage_begun" => self.at(from_str::<Outage>(json)?.ward).outages += 1,
            "smuggling_shipment_created" => {
                self.at(from_str::<Created>(json)?.source).smuggled_out += 1;
            }
            "smuggling_shipment_delivered" => {
                let line: Delivered = from_str(json)?;
                let ward = self.at(line.ward);
                ward.smuggled_in += 1;
                ward.units_in += line.units;
            }
            "smuggling_shipment_seized" => {
                let line: Seized = from_str(json)?;
                let ward = self.at(line.ward);
                ward.seized += 1;
                ward.units_seized += line.units;
            }
            "customs_check" => self.at(from_str::<Check>(json)?.ward).checks += 1,
            "migration" => {
                let line: Migration = from_str(json)?;
                self.at(line.from).migrants -= line.people;
                self.at(line.to).migrants += line.people;
            }
            "epoch_completed" => {
                let env = from_str::<Epoch>(json)?.env;
                if !env.is_empty() {
                    self.epochs.push((at, env));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn tables(&self) -> Vec<Table> {
        let mut columns = vec!["epoch", "last day"];
        columns.extend(LEVELS.map(|(_, head)| head));
        let timeline = self.epochs.iter().map(|(at, env)| {
            let mut row: Vec<Cell> = vec![at.epoch.into(), at.day.into()];
            row.extend(LEVELS.map(|(name, _)| Cell::from(env.get(name).copied())));
            row
        });
        let wards = self.wards.iter().map(|(name, w)| {
            vec![
                name.as_str().into(),
                w.bought.into(),
                w.paid.into(),
                w.sold.into(),
                w.robbed.into(),
                w.outages.into(),
                w.smuggled_out.into(),
                w.smuggled_in.into(),
                w.units_in.into(),
                w.checks.into(),
                w.seized.into(),
                w.units_seized.into(),
                w.migrants.into(),
            ]
        });
        vec![
            Table::new("The city over time", &columns, timeline.collect()).needs("epoch_completed"),
            Table::new(
                "Wards",
                &[
                    "ward",
                    "bought",
                    "price cr",
                    "sold",
                    "robbed",
                    "outages",
                    "smuggled out",
                    "smuggled in",
                    "units",
                    "checks",
                    "seized",
                    "units seized",
                    "net migrants",
                ],
                wards.collect(),
            )
            .needs("delivery_booked, smuggling_shipment_* or customs_check"),
        ]
    }
}
