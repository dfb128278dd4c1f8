//! Events of the city: what `das list events` and `das explain` say of each. The lines are written where things happen
//! (`systems`), field by field in the order given here as the formula; a `?` marks a field that may be absent.
//!
//! Money is in credits; wards, factions and goods stand by name, borders and corridors by number; `cause` is the number of the
//! event that led here, `interaction` the scored interaction it belongs to.

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
