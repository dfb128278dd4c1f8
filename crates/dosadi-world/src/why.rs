//! Reasons of what a city writes: shipments, routes, customs, crackdowns, audits, trade.
//!
//! A network's choice of a route is the one decision whose options a log holds: the best and the runner-up, with risk, cost and
//! expected profit of each. Not here: how they were scored, and how a tree is built.

use das_analysis::why::{Builder, Kinds, Known, Query, absent, figure, named, said, short, under};
use das_core::view::Reason;
use serde_json::Value;

/// What [`das_analysis::why`] is told of the city.
pub const KINDS: Kinds = Kinds {
    sentence,
    reasons,
    openers: &["customs_check", "crackdown_begun"],
};

/// How a shipment ends.
const FATES: &[&str] = &[
    "smuggling_shipment_delivered",
    "smuggling_shipment_seized",
    "smuggling_shipment_lost",
];

fn list(value: Option<&Value>) -> String {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    let words: Vec<String> = items
        .map(|item| item.as_str().map_or(item.to_string(), str::to_owned))
        .collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join("-")
    }
}

/// A line in a sentence; `None` for kinds that are not the city's, or need no more than their fields.
fn sentence(known: &Known) -> Option<String> {
    let text = |field: &str| known.text(field).unwrap_or("?").to_owned();
    let number = |field: &str| known.number(field).map_or("?".to_owned(), short);
    Some(match known.kind.as_str() {
        "smuggling_shipment_created" => format!(
            "{} sent shipment {}: {} {} from {} to {} by corridors {}",
            text("faction"),
            number("shipment"),
            number("units"),
            text("commodity"),
            text("source"),
            text("destination"),
            list(known.fields.get("route"))
        ),
        "smuggling_shipment_delivered" => format!(
            "shipment {} arrived in {} after {} days and was sold for {}: profit {}, bribes {}",
            number("shipment"),
            text("ward"),
            number("days"),
            number("income"),
            number("profit"),
            number("bribes")
        ),
        "smuggling_shipment_seized" => format!(
            "shipment {} was seized by {} in {}, worth {}",
            number("shipment"),
            text("by"),
            text("ward"),
            number("value")
        ),
        "smuggling_shipment_lost" => format!(
            "shipment {} was lost ({}) in {}",
            number("shipment"),
            text("why"),
            text("ward")
        ),
        "smuggling_route_update" => format!(
            "{} changed its best route from {} to {}: {} (risk {}) to {} (risk {})",
            text("faction"),
            text("source"),
            text("destination"),
            list(known.fields.get("before")),
            number("risk_before"),
            list(known.fields.get("after")),
            number("risk_after")
        ),
        "smuggling_bribes_set" => format!(
            "{} set aside {} credits for {} shipments",
            text("faction"),
            number("budget"),
            number("shipments")
        ),
        "customs_check" => format!(
            "border {} let shipment {} meet: {} (bid {}, paid {}, {})",
            number("border"),
            number("shipment"),
            text("outcome"),
            number("bid"),
            number("paid"),
            if known.flag("inspected") {
                "opened"
            } else {
                "not opened"
            }
        ),
        "crackdown_begun" => format!(
            "a crackdown on border {} between {}, intensity {}, {} days",
            number("border"),
            list(known.fields.get("wards")),
            number("intensity"),
            number("days")
        ),
        "crackdown_ended" => format!(
            "the crackdown on border {} ended after {} days: {} passes, {} seizures, {} delays, cost {}",
            number("border"),
            number("days"),
            number("passes"),
            number("seizures"),
            number("delays"),
            number("pay")
        ),
        "audit_finding" => format!(
            "an audit of {} at border {} took {} credits{}",
            text("post"),
            number("border"),
            number("confiscated"),
            if known.flag("replaced") {
                " and replaced the officer"
            } else {
                ""
            }
        ),
        "delivery_booked" => format!(
            "{} sold {} {} to {} at {} credits a unit",
            text("source"),
            number("units"),
            text("good"),
            text("buyer"),
            number("unit_price")
        ),
        "convoy_robbed" => format!(
            "{} {} from {} to {} were robbed",
            number("units"),
            text("good"),
            text("source"),
            text("buyer")
        ),
        "outage_begun" => format!(
            "production of {} in {} fell to two fifths until day {}",
            text("good"),
            text("ward"),
            number("until")
        ),
        "phase_changed" => format!(
            "the world phase went from {} to {}",
            number("from"),
            number("to")
        ),
        _ => return None,
    })
}

/// The reasons of a line of the city; `None` for other kinds.
fn reasons(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Option<Vec<Reason>> {
    let event = known.event;
    let text = |field: &str| known.text(field).unwrap_or_default();
    let border = known.whole("border");
    let shipment = known.whole("shipment");
    Some(match known.kind.as_str() {
        "smuggling_shipment_created" => created(tree, known, depth),
        kind if FATES.contains(&kind) => {
            let mut all = named(tree, known, depth);
            if let Some(shipment) = shipment {
                let checks = Query::last(5, &["customs_check"])
                    .whole("shipment", shipment)
                    .before(event);
                all.extend(tree.followed("borders on its way", checks, depth));
            }
            if let Some(border) = border.filter(|_| kind == "smuggling_shipment_seized") {
                all.extend(in_force(tree, border, event, depth));
            }
            if kind == "smuggling_shipment_delivered" {
                all.push(said(
                    "paid .85 of units × the price that day, and a twentieth of what the ward holds at most",
                ));
            }
            if kind == "smuggling_shipment_lost" {
                all.push(absent(
                    "the draw of the robbery, or what giving up was weighed against",
                ));
            }
            all
        }
        "customs_check" => {
            let mut all = Vec::new();
            if let Some(shipment) = shipment {
                let made = Query::last(1, &["smuggling_shipment_created"])
                    .whole("shipment", shipment)
                    .before(event);
                all.extend(tree.followed("the shipment", made, depth));
                let set = Query::last(1, &["smuggling_bribes_set"])
                    .first_of_one("bids", shipment)
                    .before(event);
                all.extend(tree.listed("its bribe", set));
            }
            if let Some(border) = border {
                all.extend(in_force(tree, border, event, depth));
            }
            all.extend(named(tree, known, depth));
            if let Some(shipment) = shipment {
                let ended = Query::first(1, FATES)
                    .whole("shipment", shipment)
                    .after(event);
                all.extend(tree.listed("what became of the shipment", ended));
            }
            all.push(absent("the odds of being opened, and the draw"));
            all
        }
        "smuggling_route_update" => {
            let mut all = vec![figure(
                "risk of the route before, by its estimates",
                known.number("risk_before"),
            )];
            all.push(figure("risk of the route now", known.number("risk_after")));
            let seen = Query::last(8, FATES)
                .text("faction", text("faction"))
                .before(event);
            all.extend(tree.listed("what its last shipments had come to", seen));
            all.push(absent("scores of routes that were neither"));
            all
        }
        "smuggling_bribes_set" => {
            let bids = known.fields.get("bids").and_then(Value::as_array);
            let numbers = bids
                .into_iter()
                .flatten()
                .filter_map(|bid| bid.get(0)?.as_u64());
            let mut all = Vec::new();
            for shipment in numbers.take(5) {
                let made = Query::last(1, &["smuggling_shipment_created"])
                    .whole("shipment", shipment)
                    .before(event + 1);
                all.extend(tree.followed("a shipment it is for", made, depth));
            }
            all
        }
        "crackdown_begun" => {
            let by = match known.whole("polity") {
                Some(polity) => format!("ordered by polity {polity} on this telemetry"),
                None => "ordered by the scenario, on no telemetry; what there was".to_owned(),
            };
            let figures = [
                ("traffic", "passes a day"),
                ("seizures", "seizures in a fortnight"),
                ("found", "bribes found in a month"),
            ];
            let because = figures
                .into_iter()
                .map(|(field, what)| figure(what, known.number(field)))
                .collect();
            let mut all = vec![under(&by, because)];
            if let Some(border) = border {
                let seized = Query::last(5, &["smuggling_shipment_seized"])
                    .whole("border", border)
                    .before(event);
                all.extend(tree.followed("the seizures before", seized, depth));
                let found = Query::last(3, &["audit_finding"])
                    .whole("border", border)
                    .before(event);
                all.extend(tree.listed("what audits had found", found));
            }
            let ended = Query::first(1, &["crackdown_ended"]).whole("cause", event);
            all.extend(tree.listed("what came of it", ended));
            all.push(absent("the scores of other borders"));
            all
        }
        "crackdown_ended" => {
            let mut all = named(tree, known, depth);
            if let (Some(border), Some(cause)) = (border, known.whole("cause")) {
                let within = Query::first(5, &["smuggling_shipment_seized"])
                    .whole("border", border)
                    .after(cause)
                    .before(event);
                all.extend(tree.listed("seizures while it ran", within));
            }
            all
        }
        "audit_finding" => {
            let mut all = vec![figure(
                "bribes of thirty days, discounted",
                known.number("income30"),
            )];
            if let Some(border) = border {
                let paid = Query::last(8, &["customs_check"])
                    .whole("border", border)
                    .positive("paid")
                    .before(event);
                all.extend(tree.listed("bribes taken at this border", paid));
            }
            all
        }
        "delivery_booked" => delivery(tree, known, depth),
        "convoy_robbed" => {
            let sent = Query::last(1, &["delivery_booked"])
                .text("source", text("source"))
                .text("buyer", text("buyer"))
                .text("good", text("good"))
                .before(event);
            let mut all: Vec<Reason> = tree
                .followed("the delivery", sent, depth)
                .into_iter()
                .collect();
            all.push(absent("the odds of the robbery, and the draw"));
            all
        }
        "patrol" => vec![
            figure(
                "risk of robbery on the corridor without it",
                known.number("risk"),
            ),
            absent("risks of the corridors that were passed over"),
        ],
        "phase_changed" => {
            let mut all: Vec<Reason> = [
                ("hardship", "hardship"),
                ("corruption", "corruption"),
                ("legitimacy", "legitimacy"),
            ]
            .into_iter()
            .map(|(field, what)| figure(format!("{what}, mean over people"), known.number(field)))
            .collect();
            all.extend(tree.followed(
                "the phase before",
                Query::last(1, &["phase_changed"]).before(event),
                depth,
            ));
            all
        }
        "outage_begun" => vec![said("a shock: drawn, by nothing in the city")],
        "migration" => {
            let out = Query::last(2, &["outage_begun"])
                .text("ward", text("from"))
                .before(event);
            let mut all: Vec<Reason> = tree
                .listed("outages where they left", out)
                .into_iter()
                .collect();
            all.push(absent("what either ward was worth to them"));
            all
        }
        _ => return None,
    })
}

/// The choice of a route, and what the network had learned.
fn created(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let option = |what: &str, fields: &serde_json::Map<String, Value>| {
        let number = |field: &str| fields.get(field).and_then(Value::as_f64);
        let text = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or("?");
        let mut reason = figure(
            format!(
                "{what}: {} to {} by corridors {}, expected profit",
                text("source"),
                text("destination"),
                list(fields.get("route"))
            ),
            number("expected"),
        );
        let parts = [
            ("risk", "risk, by its estimates"),
            (
                "cost",
                "cost on the way, by its estimates, share of the value",
            ),
        ];
        reason.because = parts
            .into_iter()
            .map(|(field, what)| figure(what, number(field)))
            .collect();
        reason
    };
    let mut chosen = option("chosen", &known.fields);
    let terms = [
        ("value", "revenue it expected (.85 of units × price)"),
        ("bought", "paid for inputs"),
        ("freight", "paid for freight"),
        ("demand", "demand there, units a day"),
        ("price", "price there, credits a unit"),
    ];
    chosen.because.extend(
        terms
            .into_iter()
            .map(|(field, what)| figure(what, known.number(field))),
    );
    let mut options = vec![chosen];
    match known.fields.get("runner_up").and_then(Value::as_object) {
        Some(second) => options.push(option("runner-up", second)),
        None => options.push(said("there was no runner-up")),
    }
    let evaluated = known.whole("evaluated").unwrap_or_default();
    if evaluated > 2 {
        options.push(absent(&format!(
            "the other {} routes it evaluated",
            evaluated - 2
        )));
    }
    let mut all = vec![under(
        &format!("the choice, best of {evaluated} evaluated"),
        options,
    )];
    let text = |field: &str| known.text(field).unwrap_or_default();
    let changed = Query::last(1, &["smuggling_route_update"])
        .text("faction", text("faction"))
        .text("source", text("source"))
        .text("destination", text("destination"))
        .before(known.event);
    all.extend(tree.followed("its best route there had changed", changed, depth));
    let seen = Query::last(5, FATES)
        .text("faction", text("faction"))
        .before(known.event);
    all.extend(tree.listed("what its last shipments had come to", seen));
    if let Some(shipment) = known.whole("shipment") {
        let bribes = Query::first(1, &["smuggling_bribes_set"])
            .first_of_one("bids", shipment)
            .after(known.event);
        all.extend(tree.listed("bribes set aside for it", bribes));
        let way = Query::first(
            8,
            &[
                "customs_check",
                "smuggling_shipment_delivered",
                "smuggling_shipment_seized",
                "smuggling_shipment_lost",
            ],
        )
        .whole("shipment", shipment)
        .after(known.event);
        all.extend(tree.listed("what came of it", way));
    }
    all
}

/// The crackdown that runs at a border, if one does.
fn in_force(tree: &mut Builder<'_>, border: u64, event: u64, depth: u32) -> Option<Reason> {
    let query = Query::last(1, &["crackdown_begun", "crackdown_ended"])
        .whole("border", border)
        .before(event);
    let runs = tree
        .ask(query.clone())
        .first()
        .is_some_and(|line| line.kind == "crackdown_begun");
    runs.then(|| tree.followed("a crackdown was on there", query, depth))
        .flatten()
}

/// The price of a delivery, and outages at either end.
fn delivery(tree: &mut Builder<'_>, known: &Known, depth: u32) -> Vec<Reason> {
    let text = |field: &str| known.text(field).unwrap_or_default();
    let price = known.number("unit_price");
    let mut paid = figure("price a unit, all included", price);
    paid.because = vec![figure("tariffs a unit", known.number("tariff"))];
    let mut all = vec![paid];
    let day = tree.steps_before(known);
    for ward in [text("source"), text("buyer")] {
        let out = Query::last(1, &["outage_begun"])
            .text("ward", ward)
            .text("good", text("good"))
            .before(known.event);
        let holds = tree
            .ask(out.clone())
            .first()
            .is_some_and(|line| day.is_some_and(|day| line.whole("until") > Some(day)));
        if holds {
            all.extend(tree.followed(&format!("an outage was on in {ward}"), out, depth));
        }
    }
    let before = Query::last(3, &["delivery_booked"])
        .text("source", text("source"))
        .text("buyer", text("buyer"))
        .text("good", text("good"))
        .before(known.event);
    all.extend(tree.listed("the same trade before", before));
    let robbed = Query::first(1, &["convoy_robbed"])
        .text("source", text("source"))
        .text("buyer", text("buyer"))
        .text("good", text("good"))
        .after(known.event);
    if known.number("robbed").is_some_and(|units| units > 0.0) {
        all.extend(tree.listed("it was robbed", robbed));
    }
    all.push(absent(
        "demand and supply that made the price, and other sellers' prices",
    ));
    all
}
