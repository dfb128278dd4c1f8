//! The policies of the city by name, and the agents a city is populated with.

use crate::config::DosadiConfig;
use crate::policies::buying_ward::{self, BuyingWard};
use crate::policies::customs_post::{self, CustomsPost};
use crate::policies::merchant_guild::{self, MerchantGuild};
use crate::policies::patrol_command::{self, PatrolCommand};
use crate::policies::smuggler::{self, Smuggler};
use crate::state::offices::Seat;
use crate::world::Dosadi;
use das_core::agent::{AgentRegistry, AgentSpec, BaseAgent};
use das_core::describe::Descriptor;
use das_core::id::{Tool, ToolSet};
use serde::de::DeserializeOwned;

/// All policies, as `das list` and `das explain` show them.
pub const POLICIES: [Descriptor; 5] = [
    smuggler::DESCRIPTOR,
    customs_post::DESCRIPTOR,
    merchant_guild::DESCRIPTOR,
    buying_ward::DESCRIPTOR,
    patrol_command::DESCRIPTOR,
];

/// JSON Schema of `environment.agents.<policy>`; `None` if there is no such policy.
pub fn config_schema(kind: &str) -> Option<schemars::Schema> {
    Some(match kind {
        "smuggler" => schemars::schema_for!(smuggler::SmugglerParams),
        "customs_post" => schemars::schema_for!(customs_post::CustomsPostParams),
        "merchant_guild" => schemars::schema_for!(merchant_guild::MerchantGuildParams),
        "buying_ward" => schemars::schema_for!(buying_ward::BuyingWardParams),
        "patrol_command" => schemars::schema_for!(patrol_command::PatrolCommandParams),
        _ => return None,
    })
}

/// Makes the agents of a city.
#[derive(Clone, Copy, Debug, Default)]
pub struct DosadiRegistry;

fn params<T: DeserializeOwned>(config: &str) -> Result<T, String> {
    let text = if config.trim().is_empty() {
        "{}"
    } else {
        config
    };
    serde_json::from_str(text).map_err(|error| format!("config: {error}"))
}

impl AgentRegistry<Dosadi> for DosadiRegistry {
    fn build(&self, spec: &AgentSpec) -> Result<Box<dyn BaseAgent<Dosadi>>, String> {
        let config = &spec.config;
        Ok(match spec.kind.as_str() {
            "smuggler" => Box::new(Smuggler::new(params(config)?)),
            "customs_post" => Box::new(CustomsPost::new(params(config)?)),
            "merchant_guild" => Box::new(MerchantGuild::new(params(config)?)),
            "buying_ward" => Box::new(BuyingWard::new(params(config)?)),
            "patrol_command" => Box::new(PatrolCommand::new(params(config)?)),
            other => {
                let known = POLICIES.map(|policy| policy.name).join(", ");
                return Err(format!("type: `{other}` is not one of {known}"));
            }
        })
    }

    fn tools(&self, role: &str) -> ToolSet {
        let tools: &[u8] = match role {
            "smuggler" => &[1, 2],
            "customs_post" => &[3, 4],
            "merchant_guild" => &[0],
            "patrol_command" => &[5, 6],
            _ => &[],
        };
        tools
            .iter()
            .fold(ToolSet::default(), |set, &tool| set.with(Tool(tool)))
    }
}

/// The agents of a city in the order of registration: polities' patrol commands, guilds, wards, factions, posts.
pub fn population(world: &Dosadi) -> Vec<AgentSpec> {
    let state = &world.state;
    let polities = state.map.polities;
    let seats = (0..polities)
        .map(Seat::Patrol)
        .chain((0..polities).map(Seat::Guild))
        .chain((0..state.wards.len() as u32).map(Seat::Ward))
        .chain((0..state.factions.list.len() as u16).map(Seat::Faction))
        .chain((0..state.posts.len() as u32).map(Seat::Post));
    seats.map(|seat| spec(&world.config, seat)).collect()
}

fn spec(config: &DosadiConfig, seat: Seat) -> AgentSpec {
    let agents = &config.agents;
    let given = match seat {
        Seat::Ward(_) => &agents.buying_ward,
        Seat::Guild(_) => &agents.merchant_guild,
        Seat::Faction(_) => &agents.smuggler,
        Seat::Post(_) => &agents.customs_post,
        Seat::Patrol(_) => &agents.patrol_command,
    };
    let kind = seat.policy();
    AgentSpec {
        name: seat.agent_name(),
        kind: kind.to_owned(),
        role: kind.to_owned(),
        config: serde_json::to_string(given).unwrap_or_default(),
    }
}
