//! Descriptors: what a thing is called, does, takes and comes from. Help, listings and reference pages are made from them.

/// A parameter of a policy or lever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    /// Key in the scenario.
    pub name: &'static str,
    /// Range in words, e.g. `0..=1`.
    pub range: &'static str,
    /// Default as written in YAML.
    pub default: &'static str,
    /// One line.
    pub doc: &'static str,
}

/// What `das explain` shows of a policy, role, lever, metric, event or environment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descriptor {
    /// Unique name within its family.
    pub name: &'static str,
    /// `agent`, `role`, `lever`, `metric`, `event`, `environment`.
    pub family: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Formula or rule; empty if there is none.
    pub formula: &'static str,
    /// Parameters.
    pub params: &'static [Param],
    /// Where it comes from: paper, plan or model page section.
    pub source: &'static str,
}
