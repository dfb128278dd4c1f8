//! From a scenario's words to agents: kinds, roles, parameters.
//!
//! A new policy is a file in [`crate::policies`] and a row of its table; everything here follows from that. Nothing outside this
//! crate names a policy. A program of its own adds its policies with [`CommonsRegistry::and`].

use crate::appraisal::{Habits, Stakes};
use crate::governance::{Adaptation, Notice};
use crate::member::{Character, Member};
use crate::parameters::Parameters;
use crate::policies;
use crate::policies::moderator::Moderator;
use crate::roles::{self, Role};
use das_core::agent::{AgentRegistry, AgentSpec, BaseAgent};
use das_core::describe::Descriptor;
use das_core::id::ToolSet;
use das_core::score::payoff::PayoffConfig;
use das_env::Commons;
use das_governance::GovernanceConfig;
use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

type Made = Result<Box<dyn BaseAgent<Commons>>, String>;

/// A policy as the registry knows it: a row of [`policies::ALL`].
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    descriptor: Descriptor,
    schema: fn() -> schemars::Schema,
    make: fn(&CommonsRegistry, &AgentSpec, Role) -> Made,
}

impl Policy {
    /// The policy of a [`Character`]. The descriptor's name must be the character's [`KIND`](Character::KIND).
    pub const fn of<C: Character + std::fmt::Debug>(descriptor: Descriptor) -> Self
    where
        C::Params: schemars::JsonSchema,
    {
        Self {
            descriptor,
            schema: || schemars::schema_for!(C::Params),
            make: CommonsRegistry::make::<C>,
        }
    }

    fn is(&self, kind: &str) -> bool {
        self.descriptor.name == kind
    }
}

/// All policies, as `das list` and `das explain` show them.
pub const POLICIES: [Descriptor; policies::ALL.len()] = {
    let mut all = [policies::ALL[0].descriptor; policies::ALL.len()];
    let mut i = 1;
    while i < all.len() {
        all[i] = policies::ALL[i].descriptor;
        i += 1;
    }
    all
};

/// All roles, as `das list` and `das explain` show them.
pub const ROLES: [Descriptor; 5] = roles::DESCRIPTORS;

/// The role of an agent of this kind when the scenario names none.
pub fn default_role(kind: &str) -> &'static str {
    if kind == Moderator::KIND {
        Role::Moderator.name()
    } else {
        Role::default().name()
    }
}

/// The moderators that the rules appoint, beside these agents; numbered on from those of the same name.
pub fn appointed(rules: &GovernanceConfig, agents: &[AgentSpec]) -> Vec<AgentSpec> {
    let taken = |name: &str| agents.iter().any(|agent| agent.name == name);
    (1..)
        .map(|number: u32| format!("{}.{number}", Moderator::KIND))
        .filter(|name| !taken(name))
        .take(rules.moderators as usize)
        .map(|name| AgentSpec {
            name,
            kind: Moderator::KIND.to_owned(),
            role: Role::Moderator.name().to_owned(),
            config: "{}".to_owned(),
        })
        .collect()
}

/// JSON Schema of `agents[].config` for a kind; `None` if there is no such kind.
pub fn config_schema(kind: &str) -> Option<schemars::Schema> {
    let policy = policies::ALL.iter().find(|policy| policy.is(kind))?;
    Some((policy.schema)())
}

/// A configuration that was read once and serves all agents that have it.
struct Recipe {
    kind: &'static str,
    config: String,
    /// The kind's [`Character::Params`].
    params: Box<dyn Any + Send>,
    habits: Arc<Habits>,
}

/// Recipes kept: scenarios have a few entries, each with many agents.
const RECIPES: usize = 64;

/// Makes the agents of the commons.
pub struct CommonsRegistry {
    stakes: Stakes,
    /// The published rules; none without levers.
    notice: Option<Notice>,
    /// Policies beside those of this crate.
    own: Vec<Policy>,
    /// What was read before, latest last. It saves reading and memory, and changes nothing else.
    recipes: Mutex<Vec<Recipe>>,
}

impl std::fmt::Debug for CommonsRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommonsRegistry")
            .field("stakes", &self.stakes)
            .finish_non_exhaustive()
    }
}

impl CommonsRegistry {
    /// Agents that know this payoff rule: the scenario's `payoff:`.
    pub fn new(payoff: &PayoffConfig) -> Self {
        Self {
            stakes: Stakes::from(payoff),
            notice: None,
            own: Vec::new(),
            recipes: Mutex::new(Vec::new()),
        }
    }

    /// Agents that have read these rules too: the scenario's `governance:`.
    #[must_use]
    pub fn governed(mut self, rules: &GovernanceConfig) -> Self {
        self.notice = Notice::of(rules);
        self
    }

    /// One more policy, from outside this crate. Where its name is that of another one, the one added first is meant, and those of
    /// this crate come before all.
    #[must_use]
    pub fn and(mut self, policy: Policy) -> Self {
        self.own.push(policy);
        self
    }

    fn make<C: Character + std::fmt::Debug>(&self, spec: &AgentSpec, role: Role) -> Made {
        let mut recipes = self.recipes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recipes
            .iter()
            .rev()
            .find(|recipe| recipe.kind == C::KIND && recipe.config == spec.config);
        if let Some(recipe) = known
            && let Some(params) = recipe.params.downcast_ref::<C::Params>()
        {
            let character = C::new(params, &spec.name);
            let habits = Arc::clone(&recipe.habits);
            return Ok(Box::new(Member::new(character, role, habits)));
        }
        let params = C::Params::parse(&spec.config)?;
        let character = C::new(&params, &spec.name);
        let mut habits = params.habits(self.stakes);
        if habits.adaptation == Adaptation::Full {
            habits.notice.clone_from(&self.notice);
        }
        let habits = Arc::new(habits);
        if recipes.len() == RECIPES {
            recipes.remove(0);
        }
        recipes.push(Recipe {
            kind: C::KIND,
            config: spec.config.clone(),
            params: Box::new(params),
            habits: Arc::clone(&habits),
        });
        Ok(Box::new(Member::new(character, role, habits)))
    }
}

impl AgentRegistry<Commons> for CommonsRegistry {
    fn build(&self, spec: &AgentSpec) -> Made {
        let role = Role::named(&spec.role).ok_or_else(|| {
            let known = ROLES.map(|role| role.name).join(", ");
            format!("role: `{}` is not one of {known}", spec.role)
        })?;
        let known = || policies::ALL.iter().chain(&self.own);
        let Some(policy) = known().find(|policy| policy.is(&spec.kind)) else {
            let names: Vec<&str> = known().map(|policy| policy.descriptor.name).collect();
            let names = names.join(", ");
            return Err(format!("type: `{}` is not one of {names}", spec.kind));
        };
        (policy.make)(self, spec, role)
    }

    fn tools(&self, role: &str) -> ToolSet {
        Role::named(role).map_or_else(ToolSet::default, Role::tools)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::adversarial::AdversarialParams;
    use crate::policies::deceptive::DeceptiveParams;
    use crate::policies::honest::HonestParams;

    fn build(kind: &str, role: &str, config: &str) -> Result<&'static str, String> {
        let spec = AgentSpec {
            name: format!("{kind}.1"),
            kind: kind.into(),
            role: role.into(),
            config: config.into(),
        };
        CommonsRegistry::new(&PayoffConfig::default())
            .build(&spec)
            .map(|agent| agent.kind())
    }

    #[test]
    fn every_policy_takes_every_role() {
        // Twenty combinations, each of the kind it was asked for, with a schema and descriptor of the same name.
        for policy in POLICIES {
            for role in ROLES {
                assert_eq!(build(policy.name, role.name, "{}"), Ok(policy.name));
            }
            assert!(config_schema(policy.name).is_some());
            assert!(policy.params.len() > 15, "{}", policy.name);
        }
        assert_eq!(default_role("honest"), "worker");
        assert!(config_schema("saint").is_none());
    }

    #[test]
    fn mistakes_are_located_and_all_named() {
        // Three mistakes in one object: each with its path; a wrong kind and role with what there is.
        let config = r#"{"p_post":1.5,"foresihgt":2,"bounty":"much"}"#;
        let text = build("deceptive", "worker", config).unwrap_err();
        for part in [
            "config.p_post: 1.5",
            "0.0..=1.0",
            "config.foresihgt",
            "foresight",
            "config.bounty",
        ] {
            assert!(text.contains(part), "{part} not in {text}");
        }
        assert!(
            build("honest", "king", "")
                .unwrap_err()
                .contains("moderator")
        );
        assert!(
            build("saint", "worker", "")
                .unwrap_err()
                .contains("adversarial")
        );
        assert!(
            build("honest", "worker", "[1]")
                .unwrap_err()
                .starts_with("config: ")
        );
        assert!(build("adversarial", "worker", r#"{"ring_size":2.5}"#).is_err());
    }

    #[test]
    fn defaults_lie_within_their_ranges() {
        // Parsing a policy's own defaults, written out, gives them back.
        let text = serde_json::to_string(&AdversarialParams::default()).unwrap();
        assert_eq!(
            AdversarialParams::parse(&text),
            Ok(AdversarialParams::default())
        );
        let text = serde_json::to_string(&DeceptiveParams::default()).unwrap();
        assert_eq!(
            DeceptiveParams::parse(&text),
            Ok(DeceptiveParams::default())
        );
        assert_eq!(HonestParams::parse(" "), Ok(HonestParams::default()));
    }
}
