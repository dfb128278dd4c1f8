//! Identifiers. Dense numbers inside, names in the log.
//!
//! Ids are handed out in order and never reused. Draws never use an id: they use the hash of an agent's *name*, so that
//! adding an agent leaves everybody else's draws as they were (see [`crate::rng`]).

use serde::{Deserialize, Serialize};

/// An agent, by its order of registration. Index into every per-agent column of [`crate::society::Society`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgentId(pub u32);

impl AgentId {
    /// The position of this agent in per-agent columns.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An interaction, numbered when it is opened (asked and answered). Logged as `"i<number>"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InteractionId(pub u64);

impl std::fmt::Display for InteractionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "i{}", self.0)
    }
}

/// A kind of interaction: an index into [`crate::environment::Environment::KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Kind(pub u8);

/// A tool an agent may be allowed to use: an index into [`crate::environment::Environment::TOOLS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tool(pub u8);

/// A set of tools, at most 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToolSet(u64);

impl ToolSet {
    /// Every tool there is.
    pub const ALL: Self = Self(u64::MAX);

    /// This set with one tool more.
    #[must_use]
    pub fn with(self, tool: Tool) -> Self {
        Self(self.0 | 1 << tool.0)
    }

    /// Whether the tool is in the set.
    #[inline]
    pub fn contains(self, tool: Tool) -> bool {
        self.0 >> tool.0 & 1 == 1
    }
}
