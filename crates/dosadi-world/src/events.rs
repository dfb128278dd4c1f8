//! Events of the city: what `das list events` and `das explain` say of each. The lines are written where things happen
//! (`systems`), field by field in the order given here as the formula; a `?` marks a field that may be absent.
//!
//! Money is in credits; wards, factions and goods stand by name, borders and corridors by number; `cause` is the number of the
//! event that led here, `interaction` the scored interaction it belongs to.

use das_analysis::export::columns::Typed;
use das_analysis::export::sheet::Kind;
use das_core::describe::Descriptor;

const fn event(name: &'static str, summary: &'static str, fields: &'static str) -> Descriptor {
    Descriptor {
        name,
        family: "event",
        summary,
        formula: fields,
        params: &[],
        source: "Dosadi model page; seed 001, section 10",
    }
}

/// All events of the city, for listings and reference.
pub const EVENTS: &[Descriptor] = &[
    event(
        "outage_begun",
        "Production of a good in a ward falls to two fifths for a fortnight",
        "ward, good, until",
    ),
    event(
        "delivery_booked",
        "A legal delivery was paid and sent",
        "source, buyer, good, units, unit_price, tariff, days, duds, robbed, escorted",
    ),
    event(
        "convoy_robbed",
        "Half of a legal cargo was robbed and turned into stolen goods",
        "source, buyer, good, units, stolen_goods, faction?",
    ),
    event(
        "migration",
        "People moved along a corridor, and half of their share of cash with them",
        "from, to, people, money",
    ),
    event(
        "phase_changed",
        "The world phase changed: 0 plenty, 1 strain, 2 crisis",
        "from, to, hardship, corruption, legitimacy",
    ),
    event(
        "smuggling_shipment_created",
        "A network sent contraband; why this route, and the runner-up",
        "shipment, faction, commodity, units, source, destination, route, bought, freight, value, demand, price, risk, cost, expected, evaluated, runner_up?",
    ),
    event(
        "smuggling_shipment_delivered",
        "Contraband arrived and was paid",
        "shipment, cause, faction, commodity, units, ward, income, bribes, profit, days",
    ),
    event(
        "smuggling_shipment_seized",
        "Contraband was taken into custody",
        "shipment, cause, faction, commodity, units, value, ward, corridor, border?, by, bribes",
    ),
    event(
        "smuggling_shipment_lost",
        "Contraband was robbed on the way, or given up",
        "shipment, cause, faction, commodity, units, ward, corridor?, why",
    ),
    event(
        "smuggling_route_update",
        "A network's best route between two wards changed with what it learned",
        "faction, source, destination, before, after, risk_before, risk_after, since_day",
    ),
    event(
        "smuggling_bribes_set",
        "A network set aside the bribes of a day",
        "faction, budget, shipments, bids",
    ),
    event(
        "customs_check",
        "Smuggled cargo at a border: what was bid, paid, opened, and what came of it",
        "shipment, border, ward, interaction, bid, paid, inspected, outcome",
    ),
    event(
        "crackdown_begun",
        "A crackdown on a border began",
        "border, corridor, wards, polity?, intensity, days, interaction?, traffic, seizures, found",
    ),
    event(
        "crackdown_ended",
        "A crackdown ended, with its balance",
        "border, cause, polity?, interaction?, days, traffic_before, passes, seizures, delays, found, overturned, pay, welfare",
    ),
    event(
        "audit_finding",
        "An audit found bribes at a customs post",
        "post, border, ward, confiscated, replaced, income30",
    ),
    event(
        "patrol",
        "A patrol guards a corridor for a week",
        "polity, corridor, wards, risk",
    ),
];

/// What fields of these lines hold, where that is not text: kind of line (empty: any), field, type of its column in an export.
pub const COLUMNS: &[Typed] = &[
    ("", "escorted", Kind::Flag),
    ("", "inspected", Kind::Flag),
    ("", "replaced", Kind::Flag),
    ("", "border", Kind::Integer),
    ("", "cause", Kind::Integer),
    ("", "corridor", Kind::Integer),
    ("", "days", Kind::Integer),
    ("", "delays", Kind::Integer),
    ("", "duds", Kind::Integer),
    ("", "evaluated", Kind::Integer),
    ("", "overturned", Kind::Integer),
    ("", "passes", Kind::Integer),
    ("", "people", Kind::Integer),
    ("", "polity", Kind::Integer),
    ("", "robbed", Kind::Integer),
    ("", "shipment", Kind::Integer),
    ("", "shipments", Kind::Integer),
    ("", "since_day", Kind::Integer),
    ("", "stolen_goods", Kind::Integer),
    ("", "units", Kind::Integer),
    ("", "until", Kind::Integer),
    ("", "bought", Kind::Number),
    ("", "bribes", Kind::Number),
    ("", "budget", Kind::Number),
    ("", "confiscated", Kind::Number),
    ("", "corruption", Kind::Number),
    ("", "cost", Kind::Number),
    ("", "demand", Kind::Number),
    ("", "expected", Kind::Number),
    ("", "found", Kind::Number),
    ("", "freight", Kind::Number),
    ("", "hardship", Kind::Number),
    ("", "income", Kind::Number),
    ("", "income30", Kind::Number),
    ("", "intensity", Kind::Number),
    ("", "legitimacy", Kind::Number),
    ("", "money", Kind::Number),
    ("", "paid", Kind::Number),
    ("", "pay", Kind::Number),
    ("", "profit", Kind::Number),
    ("", "risk", Kind::Number),
    ("", "risk_after", Kind::Number),
    ("", "risk_before", Kind::Number),
    ("", "seizures", Kind::Number),
    ("", "tariff", Kind::Number),
    ("", "traffic", Kind::Number),
    ("", "traffic_before", Kind::Number),
    ("", "unit_price", Kind::Number),
    ("", "welfare", Kind::Number),
    ("customs_check", "bid", Kind::Number),
    ("phase_changed", "from", Kind::Integer),
    ("phase_changed", "to", Kind::Integer),
];
