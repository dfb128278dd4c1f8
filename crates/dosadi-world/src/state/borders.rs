//! Borders and their customs posts: telemetry, crackdowns, officers.
//!
//! Each border has two posts, one for each entry side: post `2·b` serves cargo that enters the corridor's end `a`, post `2·b + 1`
//! cargo that enters `b`. The telemetry is what offices may know; nothing here reads what cargo was not found.

use das_core::id::InteractionId;
use serde::{Deserialize, Serialize};

/// A crackdown that runs on a border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Crackdown {
    /// Intensity 0..=1.
    pub intensity: f64,
    /// First day.
    pub from: u32,
    /// Day it ends: not one of its days.
    pub until: u32,
    /// Its interaction, closed on its last day; `None` for one that the scenario ordered.
    pub interaction: Option<InteractionId>,
    /// Polity whose command ordered it; `None` for one that the scenario ordered.
    pub by: Option<u16>,
    /// Event that announced it.
    pub begun_event: u64,
    /// Passes a day before it began.
    pub passes_before: f64,
    /// Smugglers' passes since it began.
    pub passes: u32,
    /// Seizures since it began.
    pub seizures: u32,
    /// Legal deliveries delayed since it began.
    pub delays: u32,
    /// What those delays cost in welfare.
    pub delay_cost: f64,
    /// Paid to the posts' wards since it began, micro-credits.
    pub pay: i64,
    /// Seizures overturned since it began.
    pub overturned: u32,
    /// Bribes found since it began.
    pub found: u32,
}

/// Telemetry of the borders, by column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Borders {
    /// Smuggled cargo that crossed a day, mean over 14 days (exponential).
    pub traffic14: Vec<f64>,
    /// Smuggled cargo that crossed a day, mean over 90 days (exponential).
    pub traffic90: Vec<f64>,
    /// Seizures a day, mean over 14 days (exponential).
    pub seizures14: Vec<f64>,
    /// Bribes that audits found, mean over 30 days (exponential), a day.
    pub found30: Vec<f64>,
    /// Mean welfare effect of smuggled cargo that was let through (EMA 0.1).
    pub welfare: Vec<f64>,
    /// Crackdown that runs.
    pub crackdown: Vec<Option<Crackdown>>,
    /// First day a new crackdown may begin.
    pub cooldown_until: Vec<u32>,
    /// Smuggled cargo that crossed, since genesis.
    pub passes: Vec<u64>,
    /// Smuggled cargo seized, since genesis.
    pub seizures: Vec<u64>,
    /// Bribes paid, since genesis, micro-credits.
    pub bribes: Vec<i64>,
    /// Tariffs paid, since genesis, micro-credits.
    pub tariffs: Vec<i64>,
    /// Smuggled cargo that crossed today.
    pub passes_today: Vec<u32>,
    /// Seizures today.
    pub seizures_today: Vec<u32>,
    /// Finds of audits today.
    pub found_today: Vec<u32>,
}

impl Borders {
    /// Quiet borders.
    pub fn new(borders: usize) -> Self {
        Self {
            traffic14: vec![0.0; borders],
            traffic90: vec![0.0; borders],
            seizures14: vec![0.0; borders],
            found30: vec![0.0; borders],
            welfare: vec![0.0; borders],
            crackdown: vec![None; borders],
            cooldown_until: vec![0; borders],
            passes: vec![0; borders],
            seizures: vec![0; borders],
            bribes: vec![0; borders],
            tariffs: vec![0; borders],
            passes_today: vec![0; borders],
            seizures_today: vec![0; borders],
            found_today: vec![0; borders],
        }
    }

    /// Number of borders.
    pub fn len(&self) -> usize {
        self.traffic14.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.traffic14.is_empty()
    }

    /// Intensity of the crackdown on a border; 0 if there is none.
    #[inline]
    pub fn intensity(&self, border: usize) -> f64 {
        self.crackdown[border].map_or(0.0, |c| c.intensity)
    }
}

/// Customs posts, by column. Their purses are agents' accounts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Posts {
    /// Ward it stands in: the entry side.
    pub ward: Vec<u32>,
    /// Polity that pays it.
    pub polity: Vec<u16>,
    /// Greed of the officer, 0..=1.
    pub greed: Vec<f64>,
    /// Tolerance of bribes, 0..=1.
    pub tolerance: Vec<f64>,
    /// Fear of being found, 0..=1.
    pub fear: Vec<f64>,
    /// Bribe income, exponential mean over 30 days times 30, micro-credits.
    pub income30: Vec<f64>,
    /// Bribes taken since genesis, micro-credits.
    pub taken: Vec<i64>,
    /// Crossings handled since genesis.
    pub crossings: Vec<u64>,
    /// Bribes taken since genesis, number.
    pub accepted: Vec<u64>,
    /// Officers replaced.
    pub replaced: Vec<u32>,
    /// Sum of tolerance over the days, for its mean.
    pub tolerance_sum: Vec<f64>,
}

impl Posts {
    /// Number of posts.
    pub fn len(&self) -> usize {
        self.ward.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ward.is_empty()
    }

    /// Opens a post.
    pub fn open(&mut self, ward: u32, polity: u16, greed: f64, tolerance: f64, fear: f64) {
        self.ward.push(ward);
        self.polity.push(polity);
        self.greed.push(greed);
        self.tolerance.push(tolerance);
        self.fear.push(fear);
        self.income30.push(0.0);
        self.taken.push(0);
        self.crossings.push(0);
        self.accepted.push(0);
        self.replaced.push(0);
        self.tolerance_sum.push(0.0);
    }
}

/// Post that serves cargo entering `into` over a border whose corridor is (a, b).
#[inline]
pub fn post_of(border: u32, corridor: &super::map::Corridor, into: u32) -> u32 {
    2 * border + u32::from(into == corridor.b)
}
