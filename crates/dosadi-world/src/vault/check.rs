//! What files that were edited must still agree on, so that nothing later reaches beyond the end of a column.

use super::VaultError;
use crate::goods::{CONTRABAND, GOODS};
use crate::state::State;
use crate::state::calendar::DAYS_MAX;
use crate::state::factions::EDGES_MAX;
use serde_json::Value;

/// Lists whose places are named by others, before they are taken up: days of the calendar, slots of shipments.
pub(super) fn places(all: &Value) -> Result<(), VaultError> {
    let list = |part: &str, field: &str| all[part][field].as_array().map_or(&[][..], Vec::as_slice);
    let days = list("calendar", "buckets").len();
    if days != DAYS_MAX as usize {
        let message = format!("has {days} days, not {DAYS_MAX}");
        return Err(VaultError::new("calendar.json", "buckets", message));
    }
    let slots = list("shipments", "slots");
    let slot = |id: &Value| id.as_u64().and_then(|id| slots.get(id as usize));
    for (at, due) in list("shipments", "due").iter().enumerate() {
        let id = &due[2];
        if slot(id).is_none_or(Value::is_null) {
            let message = format!("names slot {id}, which holds no shipment");
            return Err(VaultError::new(
                "shipments.json",
                format!("due[{at}]"),
                message,
            ));
        }
    }
    for (at, id) in list("shipments", "free").iter().enumerate() {
        if !slot(id).is_some_and(Value::is_null) {
            let message = format!("names slot {id}, which is not free");
            return Err(VaultError::new(
                "shipments.json",
                format!("free[{at}]"),
                message,
            ));
        }
    }
    Ok(())
}

/// The first disagreement.
pub(super) fn check(state: &State) -> Result<(), VaultError> {
    let wards = state.map.wards as usize;
    let (corridors, borders) = (state.map.corridors.len(), state.map.borders.len());
    let polities = usize::from(state.map.polities);
    let offices = &state.offices;
    let lengths = [
        ("wards.json", "wards", state.wards.len(), wards),
        ("wards.json", "profiles", state.wards.profiles.len(), wards),
        (
            "stores.json",
            "goods",
            state.stores.stock.len(),
            wards * GOODS,
        ),
        (
            "stores.json",
            "contraband",
            state.stores.market.len(),
            wards * CONTRABAND,
        ),
        (
            "traffic.json",
            "(file)",
            state.corridors.risk.len(),
            corridors,
        ),
        ("borders.json", "(file)", state.borders.len(), borders),
        ("posts.json", "(file)", state.posts.len(), 2 * borders),
        ("terms.json", "(file)", state.terms.len(), polities),
        ("offices.json", "wards", offices.wards.len(), wards),
        ("offices.json", "guilds", offices.guilds.len(), polities),
        ("offices.json", "patrols", offices.patrols.len(), polities),
        (
            "offices.json",
            "factions",
            offices.factions.len(),
            state.factions.list.len(),
        ),
        ("offices.json", "posts", offices.posts.len(), 2 * borders),
    ];
    for (file, field, is, wanted) in lengths {
        if is != wanted {
            let message = format!("has {is} rows, not {wanted}");
            return Err(VaultError::new(file, field, message));
        }
    }
    let below = |file: &str, field: String, id: u64, end: usize, what: &str| {
        if id < end as u64 {
            return Ok(());
        }
        let message = format!("{id} is no {what}: there are {end}");
        Err(VaultError::new(file, field, message))
    };
    for (w, &polity) in state.wards.polity.iter().enumerate() {
        let field = format!("wards[{w}].polity");
        below("wards.json", field, u64::from(polity), polities, "polity")?;
    }
    for (p, &ward) in state.posts.ward.iter().enumerate() {
        below(
            "posts.json",
            format!("[{p}].ward"),
            u64::from(ward),
            wards,
            "ward",
        )?;
        let polity = u64::from(state.posts.polity[p]);
        below(
            "posts.json",
            format!("[{p}].polity"),
            polity,
            polities,
            "polity",
        )?;
    }
    for (at, arrival) in state.calendar.all().enumerate() {
        let field = format!("arrival {at}");
        below(
            "calendar.json",
            field.clone(),
            u64::from(arrival.ward),
            wards,
            "ward",
        )?;
        below(
            "calendar.json",
            field,
            u64::from(arrival.good),
            GOODS,
            "good",
        )?;
    }
    let lists = [
        ("sources", &state.lists.sources),
        ("destinations", &state.lists.destinations),
    ];
    for (name, lists) in lists {
        for (kind, list) in lists.iter().enumerate() {
            for (at, (ward, _)) in list.iter().enumerate() {
                let field = format!("{name}[{kind}][{at}]");
                below("lists.json", field, u64::from(*ward), wards, "ward")?;
            }
        }
    }
    for (f, faction) in state.factions.list.iter().enumerate() {
        let at = |field: &str| format!("list[{f}].{field}");
        below(
            "smuggling.json",
            at("home"),
            u64::from(faction.home),
            wards,
            "ward",
        )?;
        if faction.presence.len() != wards {
            let message = format!("has {} wards, not {wards}", faction.presence.len());
            return Err(VaultError::new("smuggling.json", at("presence"), message));
        }
        let edges = &faction.network.edges;
        let ordered = edges
            .windows(2)
            .all(|pair| pair[0].corridor < pair[1].corridor);
        if edges.len() > EDGES_MAX || !ordered {
            let message = format!("must be at most {EDGES_MAX} corridors in rising order");
            return Err(VaultError::new(
                "smuggling.json",
                at("network.edges"),
                message,
            ));
        }
        if let Some(edge) = edges.last() {
            let id = u64::from(edge.corridor);
            below(
                "smuggling.json",
                at("network.edges"),
                id,
                corridors,
                "corridor",
            )?;
        }
    }
    for shipment in state.shipments.under_way() {
        let at = |field: &str| format!("shipment {}: {field}", shipment.number);
        let file = "shipments.json";
        let (faction, kind) = (u64::from(shipment.faction), u64::from(shipment.kind));
        below(
            file,
            at("faction"),
            faction,
            state.factions.list.len(),
            "faction",
        )?;
        below(file, at("kind"), kind, CONTRABAND, "kind")?;
        for (field, ward) in [
            ("source", shipment.source),
            ("destination", shipment.destination),
            ("at", shipment.at),
        ] {
            below(file, at(field), u64::from(ward), wards, "ward")?;
        }
        for &corridor in &shipment.ahead {
            below(
                file,
                at("ahead"),
                u64::from(corridor),
                corridors,
                "corridor",
            )?;
        }
        for bid in &shipment.bids {
            below(file, at("bids"), u64::from(bid.border), borders, "border")?;
        }
    }
    let phase = u64::from(state.phase.phase);
    below("phase.json", "phase".to_owned(), phase, 3, "phase")?;
    if state
        .posts
        .greed
        .iter()
        .chain(&state.posts.tolerance)
        .any(|x| !(0.0..=1.0).contains(x))
    {
        let message = "greed and tolerance are numbers from 0 to 1";
        return Err(VaultError::new("posts.json", "(file)", message));
    }
    Ok(())
}
