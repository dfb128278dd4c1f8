//! What a failure mode came to in a log: figures, a test, evidence, and whether it is *named*.
//!
//! One naming rule for all modes, fixed here and nowhere tuned: at least [`MIN_CASES`] cases, and a one-sided test against the
//! mode's null with p below [`ALPHA`]. What the cases and the null are is the mode's own business.

/// The largest p with which a mode is named.
pub const ALPHA: f64 = 0.01;

/// The fewest cases with which a mode is named.
pub const MIN_CASES: u64 = 10;

/// Event numbers kept as evidence.
pub const EVIDENCE_MAX: usize = 8;

/// A failure mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Work done twice or claimed and dropped.
    Miscoordination,
    /// Agents that pay each other back.
    Conflict,
    /// Agents that favour each other at the cost of others.
    Collusion,
    /// The better offers are turned down.
    AdverseSelection,
    /// Everybody seems to gain while the whole loses.
    SilentCollapse,
}

impl Mode {
    /// All modes, in the order of reports.
    pub const ALL: [Self; 5] = [
        Self::Miscoordination,
        Self::Conflict,
        Self::Collusion,
        Self::AdverseSelection,
        Self::SilentCollapse,
    ];

    /// What it is, in a line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Miscoordination => "work done twice, or claimed and dropped",
            Self::Conflict => "agents that pay each other back, harm for harm",
            Self::Collusion => {
                "a group that deals with itself more than chance allows, and favours its own"
            }
            Self::AdverseSelection => "the better offers are turned down",
            Self::SilentCollapse => "everybody seems to gain while the whole loses",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Miscoordination => "miscoordination",
            Self::Conflict => "conflict",
            Self::Collusion => "collusion",
            Self::AdverseSelection => "adverse_selection",
            Self::SilentCollapse => "silent_collapse",
        }
    }
}

/// What a mode came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The mode.
    pub mode: Mode,
    /// Whether the rule is met.
    pub named: bool,
    /// Whether the log has the events the mode is judged by.
    pub judged: bool,
    /// One or two sentences for people: what was seen, against what it was held.
    pub text: String,
    /// Figures by name.
    pub figures: Vec<(&'static str, f64)>,
    /// Numbers of events that show it, first ones first; at most [`EVIDENCE_MAX`].
    pub evidence: Vec<u64>,
    /// Whom it suspects, by name: all members of all suspected groups. Modes that judge the whole society name nobody.
    pub suspects: Vec<String>,
}

impl Finding {
    /// A mode of which the log has no events.
    pub fn no_events(mode: Mode, text: impl Into<String>) -> Self {
        Self {
            mode,
            named: false,
            judged: false,
            text: text.into(),
            figures: Vec::new(),
            evidence: Vec::new(),
            suspects: Vec::new(),
        }
    }

    /// The figure of this name.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures
            .iter()
            .find_map(|(known, value)| (*known == name).then_some(*value))
    }
}

/// Keeps the first [`EVIDENCE_MAX`] event numbers.
pub(crate) fn keep(evidence: &mut Vec<u64>, event: u64) {
    if evidence.len() < EVIDENCE_MAX {
        evidence.push(event);
    }
}
