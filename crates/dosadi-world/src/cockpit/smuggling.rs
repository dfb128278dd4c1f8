//! View `smuggling`: networks, commodities, hottest routes, the last choices with their reasons, routes that were given up.

use super::lines::{At, Created, Delivered, Lost, RouteUpdate, Seized};
use super::place::Place;
use super::{Cell, Table, View};
use das_core::view;
use serde_json::from_str;
use std::collections::{BTreeMap, VecDeque};

/// Routes and choices shown.
const ROUTES: usize = 20;
const CHOICES: usize = 20;

#[derive(Clone, Debug, Default)]
struct Sums {
    sent: u64,
    units: i64,
    delivered: u64,
    seized: u64,
    lost: u64,
    bribes: f64,
    income: f64,
    profit: f64,
    risk: f64,
}

impl Sums {
    fn ended(&self) -> u64 {
        self.delivered + self.seized + self.lost
    }

    /// Delivered over all that ended.
    fn success(&self) -> Option<f64> {
        (self.ended() > 0).then(|| self.delivered as f64 / self.ended() as f64)
    }
}

/// A shipment under way, until it ends.
#[derive(Clone, Debug)]
struct Under {
    faction: String,
    commodity: String,
    route: Route,
    bought: f64,
    freight: f64,
}

/// Source, destination and corridors.
type Route = (String, String, Vec<u32>);

#[derive(Clone, Debug)]
struct Choice {
    day: u64,
    line: Created,
    end: Option<(u64, String)>,
}

/// What the view keeps.
#[derive(Default)]
pub(super) struct Smuggling {
    under_way: BTreeMap<u64, Under>,
    networks: BTreeMap<String, Sums>,
    commodities: BTreeMap<(String, String), Sums>,
    routes: BTreeMap<Route, Sums>,
    choices: VecDeque<Choice>,
    updates: VecDeque<(u64, RouteUpdate)>,
}

impl Smuggling {
    fn created(&mut self, day: u64, line: Created) {
        let route = (
            line.source.clone(),
            line.destination.clone(),
            line.route.clone(),
        );
        let under = Under {
            faction: line.faction.clone(),
            commodity: line.commodity.clone(),
            route,
            bought: line.bought,
            freight: line.freight,
        };
        for sums in self.sums(&under) {
            sums.sent += 1;
            sums.units += line.units;
            sums.risk += line.risk;
        }
        self.under_way.insert(line.shipment, under);
        keep(
            &mut self.choices,
            Choice {
                day,
                line,
                end: None,
            },
        );
    }

    fn sums(&mut self, under: &Under) -> [&mut Sums; 3] {
        let pair = (under.faction.clone(), under.commodity.clone());
        [
            self.networks.entry(under.faction.clone()).or_default(),
            self.commodities.entry(pair).or_default(),
            self.routes.entry(under.route.clone()).or_default(),
        ]
    }

    /// Books the end of a shipment. One that began before the log did is not known and not counted.
    fn ended(&mut self, shipment: u64, event: u64, word: String, book: impl Fn(&mut Sums, f64)) {
        let choice = self
            .choices
            .iter_mut()
            .find(|c| c.line.shipment == shipment);
        if let Some(choice) = choice {
            choice.end = Some((event, word));
        }
        if let Some(under) = self.under_way.remove(&shipment) {
            let spent = under.bought + under.freight;
            for sums in self.sums(&under) {
                book(sums, spent);
            }
        }
    }
}

fn keep<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() == CHOICES {
        list.pop_front();
    }
    list.push_back(item);
}

impl View for Smuggling {
    fn pictures(&self, place: Option<&Place>) -> Vec<view::View> {
        (place.filter(|_| !self.routes.is_empty()))
            .map(|place| view::View::Map(hottest(self, place)))
            .into_iter()
            .collect()
    }

    fn line(&mut self, kind: &str, at: At, json: &str) -> Result<(), serde_json::Error> {
        match kind {
            "smuggling_shipment_created" => self.created(at.day, from_str(json)?),
            "smuggling_shipment_delivered" => {
                let line: Delivered = from_str(json)?;
                self.ended(
                    line.shipment,
                    line.event,
                    "delivered".to_owned(),
                    |sums, _| {
                        sums.delivered += 1;
                        sums.bribes += line.bribes;
                        sums.income += line.income;
                        sums.profit += line.profit;
                    },
                );
            }
            "smuggling_shipment_seized" => {
                let line: Seized = from_str(json)?;
                let word = format!("seized by {} in {}", line.by, line.ward);
                self.ended(line.shipment, line.event, word, |sums, spent| {
                    sums.seized += 1;
                    sums.bribes += line.bribes;
                    sums.profit -= spent + line.bribes;
                });
            }
            "smuggling_shipment_lost" => {
                let line: Lost = from_str(json)?;
                self.ended(line.shipment, line.event, line.why, |sums, spent| {
                    sums.lost += 1;
                    sums.profit -= spent;
                });
            }
            "smuggling_route_update" => keep(&mut self.updates, (at.day, from_str(json)?)),
            _ => {}
        }
        Ok(())
    }

    fn tables(&self) -> Vec<Table> {
        let created = "smuggling_shipment_created";
        let mut under: BTreeMap<&str, u64> = BTreeMap::new();
        for cargo in self.under_way.values() {
            *under.entry(&cargo.faction).or_default() += 1;
        }
        let networks = self.networks.iter().map(|(faction, s)| {
            let top = self.commodities.iter().filter(|((f, _), _)| f == faction);
            // Of equal ones the first by name.
            let top = top
                .rev()
                .max_by_key(|(_, s)| s.sent)
                .map(|((_, c), _)| c.as_str());
            vec![
                faction.as_str().into(),
                s.sent.into(),
                s.delivered.into(),
                s.seized.into(),
                s.lost.into(),
                under.get(faction.as_str()).copied().unwrap_or(0).into(),
                s.success().into(),
                s.income.into(),
                s.bribes.into(),
                s.profit.into(),
                top.into(),
            ]
        });
        let mut networks = Table::new(
            "Networks",
            &[
                "faction",
                "sent",
                "delivered",
                "seized",
                "lost",
                "under way",
                "success",
                "income cr",
                "bribes cr",
                "profit cr",
                "most sent",
            ],
            networks.collect(),
        )
        .needs(created);
        if networks.note.is_none() {
            networks.note = Some(
                "income, bribes and profit of shipments that ended; crew wages are not in it; what a robbed shipment had paid in bribes is not known"
                    .to_owned(),
            );
        }
        let commodities = self.commodities.iter().map(|((faction, commodity), s)| {
            vec![
                faction.as_str().into(),
                commodity.as_str().into(),
                s.sent.into(),
                s.units.into(),
                s.success().into(),
                s.profit.into(),
            ]
        });
        let mut routes: Vec<(&Route, &Sums)> = self.routes.iter().collect();
        routes.sort_by(|x, y| y.1.sent.cmp(&x.1.sent).then(x.0.cmp(y.0)));
        let routes = routes
            .into_iter()
            .map(|((source, destination, corridors), s)| {
                vec![
                    source.as_str().into(),
                    destination.as_str().into(),
                    path(corridors),
                    s.sent.into(),
                    s.seized.into(),
                    s.lost.into(),
                    s.success().into(),
                    (s.risk / s.sent.max(1) as f64).into(),
                    s.bribes.into(),
                ]
            });
        let choices = self.choices.iter().map(|c| {
            vec![
                c.day.into(),
                c.line.event.into(),
                c.line.faction.as_str().into(),
                format!("{} {}", c.line.units, c.line.commodity).into(),
                path(&c.line.route),
                reason(&c.line).into(),
                ahead(&c.line).into(),
                c.end
                    .as_ref()
                    .map_or("under way".into(), |(_, word)| word.as_str().into()),
                c.end.as_ref().map(|(event, _)| *event).into(),
            ]
        });
        let updates = self.updates.iter().map(|(day, u)| {
            vec![
                (*day).into(),
                u.event.into(),
                u.faction.as_str().into(),
                format!("{} to {}", u.source, u.destination).into(),
                path(&u.before),
                path(&u.after),
                u.risk_before.into(),
                u.risk_after.into(),
            ]
        });
        vec![
            networks,
            Table::new(
                "Commodities of each network",
                &[
                    "faction",
                    "commodity",
                    "sent",
                    "units",
                    "success",
                    "profit cr",
                ],
                commodities.collect(),
            )
            .needs(created),
            Table::new(
                "Hottest routes",
                &[
                    "from",
                    "to",
                    "corridors",
                    "sent",
                    "seized",
                    "lost",
                    "success",
                    "risk estimate",
                    "bribes cr",
                ],
                routes.collect(),
            )
            .needs(created)
            .top(ROUTES),
            Table::new(
                "Last choices, and why",
                &[
                    "day",
                    "event",
                    "faction",
                    "cargo",
                    "corridors",
                    "reason",
                    "ahead of the runner-up by",
                    "end",
                    "end event",
                ],
                choices.collect(),
            )
            .needs(created)
            .saying(WEIGHED),
            Table::new(
                "Last routes given up for another",
                &[
                    "day",
                    "event",
                    "faction",
                    "pair",
                    "before",
                    "after",
                    "risk before",
                    "risk after",
                ],
                updates.collect(),
            )
            .needs("smuggling_route_update"),
        ]
    }
}

/// Routes over the map, the most used ones, on top of how many units came into each ward.
fn hottest(smuggling: &Smuggling, place: &Place) -> view::Map {
    let mut routes: Vec<(&Route, &Sums)> = smuggling.routes.iter().collect();
    routes.sort_by(|x, y| y.1.sent.cmp(&x.1.sent).then(x.0.cmp(y.0)));
    let drawn = routes
        .iter()
        .filter_map(|((source, destination, corridors), sums)| {
            Some(view::Route {
                name: format!("{source} to {destination}"),
                areas: place.along(source, corridors)?,
                weight: sums.sent as f64,
                value: sums.success(),
            })
        });
    let mut ends: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for ((source, destination, _), sums) in &routes {
        ends.entry(source).or_default()[0] += sums.sent as f64;
        ends.entry(destination).or_default()[1] += sums.sent as f64;
    }
    let fill = |at: usize, name: &str| view::Fill {
        name: name.to_owned(),
        values: place
            .areas
            .iter()
            .map(|area| Some(ends.get(area.name.as_str()).map_or(0.0, |sums| sums[at])))
            .collect(),
    };
    view::Map {
        title: format!("Hottest routes (at most {ROUTES}), by shipments sent"),
        areas: place.areas.clone(),
        fills: vec![fill(0, "shipments sent from"), fill(1, "shipments sent to")],
        routes: drawn.take(ROUTES).collect(),
    }
}

/// What a log has of a choice.
const WEIGHED: &str = "chosen of N: so many routes were weighed, those included that could not be paid for or whose cargo was then not sent; the log keeps the chosen one and the runner-up alone. Bribes are set aside after the choice and are no part of it";

fn path(corridors: &[u32]) -> Cell {
    let names: Vec<String> = corridors.iter().map(u32::to_string).collect();
    names.join("-").into()
}

/// Why a route was chosen, in one sentence with its numbers.
fn reason(line: &Created) -> String {
    let Created {
        risk,
        cost,
        demand,
        price,
        expected,
        evaluated,
        ..
    } = line;
    let mut text = format!(
        "{} to {} chosen of {evaluated} because risk {risk:.3}, cost {cost:.3}, demand {demand:.2} a day at {price:.2} cr: expected {expected:.0} cr",
        line.source, line.destination
    );
    if let Some(other) = &line.runner_up {
        let corridors: Vec<String> = other.route.iter().map(u32::to_string).collect();
        let more = format!(
            "; runner-up {} to {} by {}: risk {:.3}, cost {:.3}, expected {:.0} cr",
            other.source,
            other.destination,
            corridors.join("-"),
            other.risk,
            other.cost,
            other.expected
        );
        text.push_str(&more);
    } else {
        text.push_str("; there was no runner-up");
    }
    text
}

/// What separates the chosen route from the runner-up, in one sentence.
fn ahead(line: &Created) -> String {
    let Some(other) = &line.runner_up else {
        return "no runner-up".to_owned();
    };
    let beside = |what: &str, by: f64| {
        let word = if by < 0.0 { "lower" } else { "higher" };
        if by.abs() < 5e-4 {
            format!("{what} the same")
        } else {
            format!("{what} {:.3} {word}", by.abs())
        }
    };
    let same = (&other.source, &other.destination) == (&line.source, &line.destination);
    format!(
        "{:.0} cr more expected profit: {}, {}; {}",
        line.expected - other.expected,
        beside("risk", line.risk - other.risk),
        beside("cost", line.cost - other.cost),
        if same {
            "same wards, so the same revenue"
        } else {
            "other wards, so another revenue"
        }
    )
}
