//! View `borders`: smuggled traffic with what customs made of it, crackdowns, posts that audits found.

use super::lines::{At, Check, CrackdownBegun, CrackdownEnded, Finding, Seized};
use super::place::Place;
use super::{Cell, Table, View};
use das_core::view;
use serde_json::from_str;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
struct Border {
    into: BTreeSet<String>,
    checks: u64,
    opened: u64,
    passed: u64,
    seized: u64,
    delayed: u64,
    rerouted: u64,
    bids: u64,
    taken: u64,
    bribes: f64,
    seized_value: f64,
    found: u64,
    crackdowns: u64,
}

#[derive(Clone, Debug, Default)]
struct Post {
    border: u32,
    ward: String,
    found: u64,
    confiscated: f64,
    replaced: u64,
}

/// What the view keeps.
#[derive(Default)]
pub(super) struct Borders {
    by_id: BTreeMap<u32, Border>,
    crackdowns: BTreeMap<u64, (u64, CrackdownBegun, Option<CrackdownEnded>)>,
    posts: BTreeMap<String, Post>,
    /// Day of the last line.
    today: u64,
}

impl Borders {
    /// Borders over the map: thick by smuggled cargo that came to them, coloured by the share that passed.
    fn heat(&self, place: &Place) -> view::Map {
        let side = |wards: &[u32; 2]| wards.map(|w| place.areas[w as usize].name.as_str());
        let mut bribes = vec![0.0; place.areas.len()];
        let mut seized = vec![0.0; place.areas.len()];
        let mut routes = Vec::new();
        for (id, border) in &self.by_id {
            let Some(wards) = place.border(*id) else {
                continue;
            };
            for ward in wards {
                bribes[ward as usize] += border.bribes;
                seized[ward as usize] += border.seized as f64;
            }
            if border.checks > 0 {
                routes.push(view::Route {
                    name: format!("border {id}, {}", side(&wards).join(" and ")),
                    areas: wards.to_vec(),
                    weight: border.checks as f64,
                    value: Some(border.passed as f64 / border.checks as f64),
                });
            }
        }
        let fill = |name: &str, values: Vec<f64>| view::Fill {
            name: name.to_owned(),
            values: values.into_iter().map(Some).collect(),
        };
        view::Map {
            title: "Heat of borders, by smuggled cargo that came to them".to_owned(),
            areas: place.areas.clone(),
            fills: vec![
                fill("bribes at the ward's borders, cr", bribes),
                fill("seized at the ward's borders", seized),
            ],
            routes,
        }
    }

    /// Crackdowns by border, from the day they began to the day they ended; one that goes on ends with the log.
    fn timeline(&self) -> view::Timeline {
        let borders: BTreeMap<u32, String> = (self.crackdowns.values())
            .map(|(_, c, _)| {
                (
                    c.border,
                    format!("border {} {}", c.border, c.wards.join(" ")),
                )
            })
            .collect();
        let row = |border: u32| borders.keys().position(|b| *b == border).unwrap_or(0) as u32;
        let stretches = self.crackdowns.values().map(|(day, c, end)| {
            let last = end
                .as_ref()
                .map_or(self.today, |end| day.saturating_add(u64::from(end.days)));
            let by = c
                .polity
                .map_or("by the scenario".to_owned(), |p| format!("by polity {p}"));
            view::Stretch {
                row: row(c.border),
                from: *day as f64,
                to: last.max(*day) as f64,
                status: format!("crackdown {by}"),
                event: Some(c.event),
            }
        });
        view::Timeline {
            title: "Crackdowns".to_owned(),
            axis: "day".to_owned(),
            stretches: stretches.collect(),
            rows: borders.into_values().collect(),
        }
    }
}

impl View for Borders {
    fn pictures(&self, place: Option<&Place>) -> Vec<view::View> {
        let place = place.filter(|_| !self.by_id.is_empty());
        let heat = place.map(|place| view::View::Map(self.heat(place)));
        let timeline = view::View::Timeline(self.timeline());
        heat.into_iter().chain([timeline]).collect()
    }

    fn line(&mut self, kind: &str, at: At, json: &str) -> Result<(), serde_json::Error> {
        self.today = at.day;
        match kind {
            "customs_check" => {
                let line: Check = from_str(json)?;
                let border = self.by_id.entry(line.border).or_default();
                border.into.insert(line.ward);
                border.checks += 1;
                border.opened += u64::from(line.inspected);
                match line.outcome.as_str() {
                    "clear" => border.passed += 1,
                    "delay" => border.delayed += 1,
                    "reroute" => border.rerouted += 1,
                    _ => {}
                }
                border.bids += u64::from(line.bid > 0.0);
                border.taken += u64::from(line.paid > 0.0);
                border.bribes += line.paid;
            }
            "smuggling_shipment_seized" => {
                let line: Seized = from_str(json)?;
                if let Some(border) = line.border {
                    let border = self.by_id.entry(border).or_default();
                    border.seized += 1;
                    border.seized_value += line.value;
                }
            }
            "crackdown_begun" => {
                let line: CrackdownBegun = from_str(json)?;
                let border = self.by_id.entry(line.border).or_default();
                border.crackdowns += 1;
                border.into.extend(line.wards.iter().cloned());
                self.crackdowns.insert(line.event, (at.day, line, None));
            }
            "crackdown_ended" => {
                let line: CrackdownEnded = from_str(json)?;
                if let Some(begun) = self.crackdowns.get_mut(&line.cause) {
                    begun.2 = Some(line);
                }
            }
            "audit_finding" => {
                let line: Finding = from_str(json)?;
                self.by_id.entry(line.border).or_default().found += 1;
                let post = self.posts.entry(line.post).or_default();
                post.border = line.border;
                post.ward = line.ward;
                post.found += 1;
                post.confiscated += line.confiscated;
                post.replaced += u64::from(line.replaced);
            }
            _ => {}
        }
        Ok(())
    }

    fn tables(&self) -> Vec<Table> {
        let mut borders: Vec<(&u32, &Border)> = self.by_id.iter().collect();
        borders.sort_by_key(|(id, b)| (std::cmp::Reverse(b.checks), **id));
        let borders = borders.into_iter().map(|(id, b)| {
            let share = (b.checks > 0).then(|| b.seized as f64 / b.checks as f64);
            let into: Vec<&str> = b.into.iter().map(String::as_str).collect();
            vec![
                (*id).into(),
                into.join(" ").into(),
                b.checks.into(),
                b.opened.into(),
                b.passed.into(),
                b.seized.into(),
                b.delayed.into(),
                b.rerouted.into(),
                share.into(),
                b.bids.into(),
                b.taken.into(),
                b.bribes.into(),
                b.seized_value.into(),
                b.found.into(),
                b.crackdowns.into(),
            ]
        });
        let crackdowns = self.crackdowns.values().map(|(day, c, end)| {
            let end = end.as_ref();
            let by = c
                .polity
                .map_or("scenario".to_owned(), |p| format!("polity {p}"));
            let during = |count: fn(&CrackdownEnded) -> u32| Cell::from(end.map(count));
            vec![
                (*day).into(),
                c.event.into(),
                c.border.into(),
                c.wards.join(" ").into(),
                by.into(),
                c.intensity.into(),
                c.days.into(),
                why(c).into(),
                c.traffic.into(),
                end.map(|e| f64::from(e.passes) / f64::from(e.days.max(1)))
                    .into(),
                during(|e| e.seizures),
                during(|e| e.delays),
                end.map(|e| e.pay).into(),
                end.map(|e| e.welfare).into(),
            ]
        });
        let mut posts: Vec<(&String, &Post)> = self.posts.iter().collect();
        posts.sort_by(|x, y| y.1.found.cmp(&x.1.found).then(x.0.cmp(y.0)));
        let posts = posts.into_iter().map(|(name, p)| {
            vec![
                name.as_str().into(),
                p.border.into(),
                p.ward.as_str().into(),
                p.found.into(),
                p.confiscated.into(),
                p.replaced.into(),
            ]
        });
        vec![
            Table::new(
                "Borders by smuggled traffic",
                &[
                    "border",
                    "wards seen",
                    "checks",
                    "opened",
                    "passed",
                    "seized",
                    "delayed",
                    "rerouted",
                    "seized share",
                    "bids",
                    "taken",
                    "bribes cr",
                    "seized cr",
                    "found",
                    "crackdowns",
                ],
                borders.collect(),
            )
            .needs("customs_check"),
            Table::new(
                "Crackdowns",
                &[
                    "day",
                    "event",
                    "border",
                    "wards",
                    "by",
                    "intensity",
                    "days",
                    "reason",
                    "passes a day before",
                    "during",
                    "seized",
                    "legal delays",
                    "pay cr",
                    "welfare",
                ],
                crackdowns.collect(),
            )
            .needs("crackdown_begun"),
            Table::new(
                "Posts that audits found",
                &[
                    "post",
                    "border",
                    "ward",
                    "found",
                    "confiscated cr",
                    "officers replaced",
                ],
                posts.collect(),
            )
            .needs("audit_finding"),
        ]
    }
}

/// What the telemetry said when it was ordered.
fn why(line: &CrackdownBegun) -> String {
    match line.polity {
        Some(_) => format!(
            "bribes found {:.2}, seizures of 14 days {:.2}, passes a day {:.2}",
            line.found, line.seizures, line.traffic
        ),
        None => "ordered by the scenario".to_owned(),
    }
}
