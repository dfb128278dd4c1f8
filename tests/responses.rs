//! What agents decide, call by call: two runs in lock step, and the first decision in which they part.
//!
//! Every agent is wrapped in a recorder that passes calls on and notes what came of them under the key (epoch, step, phase, agent,
//! attempt, who asked). Draws are keyed, so as long as two runs agree, a decision under the same key was taken on the same
//! luck; where it differs, the agent weighed something else. Refusals are no decisions: they are not seen here.

use crate::Case;
use das_agents::governance::{Experience, Notice, Prospect};
use das_agents::member::{Character, Mind};
use das_agents::policies::adversarial::Adversarial;
use das_agents::policies::deceptive::Deceptive;
use das_agents::policies::honest::Honest;
use das_agents::policies::moderator::Moderator;
use das_agents::policies::opportunistic::Opportunistic;
use das_core::agent::{
    AgentRegistry, AgentSpec, BaseAgent, Decision, Levy, Offer, Outcome, Phase, Proposal, Turn,
};
use das_core::id::{AgentId, ToolSet};
use das_core::interaction::Side;
use das_core::state::{LoadError, Loader, Saver};
use das_env::Commons;
use das_env::act::{Action, News, Terms};
use das_env::view::CommonsView;
use das_governance::config::GovernanceConfig;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a decision is known by. The last field tells offers of one step apart: who asked, and the how-manieth answer.
pub type Key = (u32, u32, Phase, u32, u32, u32);

/// What an agent held and believed when it decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// Figures by name: what its view shows of itself, and what it expects levers to take.
    pub figures: BTreeMap<String, f64>,
}

/// Two runs part here.
#[derive(Clone, Debug)]
pub struct Parting {
    /// Epoch, step, phase, agent, attempt, asker.
    pub key: Key,
    /// Its decision without the lever, and with it.
    pub decisions: [String; 2],
    /// What it held, likewise.
    pub held: [Held; 2],
}

#[derive(Default)]
struct Notes {
    decisions: BTreeMap<Key, String>,
    order: Vec<Key>,
    /// Whose state is wanted.
    wanted: Option<Key>,
    held: Option<Held>,
    answers: BTreeMap<(u32, u32, u32, u32), u32>,
}

type Shared = Arc<Mutex<Notes>>;

struct Recorded {
    inner: Box<dyn BaseAgent<Commons>>,
    notes: Shared,
    rules: GovernanceConfig,
}

fn charges<C: Character>(
    bytes: &[u8],
    rules: &GovernanceConfig,
    figures: &mut BTreeMap<String, f64>,
) {
    let mut from = Loader::new(bytes);
    let Some(notice) = Notice::of(rules) else {
        return;
    };
    let read = (|| -> Result<Box<Experience>, LoadError> {
        from.take::<Mind>()?;
        from.take::<C::State>()?;
        // Under rules that are known beforehand an agent keeps no account: what it expects follows from the rules alone.
        if notice.is_lived() {
            from.take()
        } else {
            Ok(Box::default())
        }
    })();
    if let Ok(lived) = read {
        for (arm, of) in C::ARMS.iter().enumerate() {
            for (side, word) in [(Side::Initiator, "asking"), (Side::Counterparty, "asked")] {
                let prospect = Prospect {
                    arm,
                    side,
                    price: 0.1,
                };
                let charge = lived.charge(&notice, &prospect, C::ARMS);
                figures.insert(
                    format!("charge of {} {word}, credits", of.name),
                    charge.money,
                );
                figures.insert(
                    format!("charge of {} {word}, points", of.name),
                    charge.points,
                );
                figures.insert(
                    format!("charge of {} {word}, liberty", of.name),
                    charge.liberty,
                );
            }
        }
        figures.insert(
            "charge inside the ring, credits".into(),
            lived.ring_charge(&notice).money,
        );
    }
}

impl Recorded {
    fn note(&mut self, key: Key, text: String, partner: Option<AgentId>, seen: &CommonsView<'_>) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.wanted == Some(key) {
            let me = seen.me();
            let mut held = Held {
                name: seen.name(me).to_owned(),
                ..Held::default()
            };
            let own = seen.counters(me);
            let figures = &mut held.figures;
            figures.insert("balance".into(), seen.balance().credits());
            figures.insert("stake".into(), seen.stake(me).credits());
            figures.insert("own reputation".into(), seen.reputation(me));
            figures.insert("actions this epoch".into(), f64::from(own.epoch_actions));
            figures.insert("votes this epoch".into(), f64::from(own.epoch_votes));
            figures.insert("cases open to it".into(), seen.docket().len() as f64);
            if let Some(who) = partner {
                figures.insert("reputation of the other".into(), seen.reputation(who));
                figures.insert(
                    "published good of the other".into(),
                    seen.published(who).good,
                );
                figures.insert("published bad of the other".into(), seen.published(who).bad);
            }
            let mut saver = Saver::new();
            self.inner.save(&mut saver);
            let bytes = saver.into_bytes();
            match self.inner.kind() {
                "honest" => charges::<Honest>(&bytes, &self.rules, figures),
                "opportunistic" => charges::<Opportunistic>(&bytes, &self.rules, figures),
                "deceptive" => charges::<Deceptive>(&bytes, &self.rules, figures),
                "adversarial" => charges::<Adversarial>(&bytes, &self.rules, figures),
                "moderator" => charges::<Moderator>(&bytes, &self.rules, figures),
                _ => {}
            }
            notes.held = Some(held);
        }
        notes.order.push(key);
        notes.decisions.insert(key, text);
    }
}

impl BaseAgent<Commons> for Recorded {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }
    fn select_action(&mut self, seen: &CommonsView<'_>, turn: Turn<'_>) -> Option<Action> {
        let (now, attempt) = (turn.now, turn.attempt);
        let chosen = self.inner.select_action(seen, turn);
        let key = (now.epoch, now.step, Phase::Act, seen.me().0, attempt, 0);
        self.note(key, format!("{chosen:?}"), None, seen);
        chosen
    }
    fn propose_interaction(
        &mut self,
        seen: &CommonsView<'_>,
        turn: Turn<'_>,
    ) -> Option<Proposal<Commons>> {
        let (now, attempt) = (turn.now, turn.attempt);
        let offer = self.inner.propose_interaction(seen, turn);
        let key = (now.epoch, now.step, Phase::Propose, seen.me().0, attempt, 0);
        let text = (offer.as_ref()).map_or_else(
            || "no offer".to_owned(),
            |x| format!("{:?} to {} with {:?}", x.terms, seen.name(x.to), x.conduct),
        );
        self.note(key, text, offer.as_ref().map(|x| x.to), seen);
        offer
    }
    fn accept_interaction(
        &mut self,
        offer: &Offer<'_, Commons>,
        seen: &CommonsView<'_>,
        turn: Turn<'_>,
    ) -> Decision<Commons> {
        let now = turn.now;
        let (from, me) = (offer.from.0, seen.me().0);
        let terms: Terms = *offer.terms;
        let decision = self.inner.accept_interaction(offer, seen, turn);
        let nth = {
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            let count = notes
                .answers
                .entry((now.epoch, now.step, me, from))
                .or_default();
            *count += 1;
            *count - 1
        };
        let text = match &decision.response {
            Some(conduct) => format!("yes to {terms:?} with {conduct:?}"),
            None => format!("no to {terms:?}"),
        };
        self.note(
            (now.epoch, now.step, Phase::Accept, me, nth, from),
            text,
            Some(AgentId(from)),
            seen,
        );
        decision
    }
    fn update_state(&mut self, outcome: &Outcome<'_, Commons>) {
        self.inner.update_state(outcome);
    }
    fn fined(&mut self, levy: &Levy) {
        self.inner.fined(levy);
    }
    fn hear(&mut self, news: &News) {
        self.inner.hear(news);
    }
    fn save(&self, out: &mut Saver) {
        self.inner.save(out);
    }
    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.inner.load(from)
    }
}

struct Recording {
    inner: Arc<dyn AgentRegistry<Commons>>,
    notes: Shared,
    rules: GovernanceConfig,
}

impl AgentRegistry<Commons> for Recording {
    fn build(&self, spec: &AgentSpec) -> Result<Box<dyn BaseAgent<Commons>>, String> {
        Ok(Box::new(Recorded {
            inner: self.inner.build(spec)?,
            notes: Arc::clone(&self.notes),
            rules: self.rules.clone(),
        }))
    }
    fn tools(&self, role: &str) -> ToolSet {
        self.inner.tools(role)
    }
}

fn record(case: &Case, wanted: Option<Key>) -> Notes {
    let notes = Shared::default();
    let put = |notes: &Shared, value| {
        notes.lock().unwrap_or_else(PoisonError::into_inner).wanted = value;
    };
    put(&notes, wanted);
    let rules = case.governance.clone();
    let shared = Arc::clone(&notes);
    case.run_wrapped(|inner| {
        Arc::new(Recording {
            inner,
            notes: shared,
            rules,
        })
    });
    std::mem::take(&mut *notes.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Decisions of a run, to compare others with.
pub struct Decisions(Notes);

/// What everybody decides in this case.
pub fn decisions(case: &Case) -> Decisions {
    Decisions(record(case, None))
}

impl Decisions {
    /// The first decision that another run takes otherwise, of those under a key that both have.
    pub fn parting(&self, other: &Self) -> Option<Key> {
        let (mine, theirs) = (&self.0, &other.0.decisions);
        let differs = |key: &&Key| {
            theirs
                .get(*key)
                .is_some_and(|text| *text != mine.decisions[*key])
        };
        mine.order.iter().find(differs).copied()
    }

    /// Whether both took the same decisions, and no others.
    pub fn same(&self, other: &Self) -> bool {
        self.0.decisions == other.0.decisions
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.decisions.len()
    }
}

/// The first decision that a lever changes: the same case without levers and with these. `None` if there is none.
pub fn first_difference(case: &Case, rules: &GovernanceConfig) -> Option<Parting> {
    let cases = [GovernanceConfig::default(), rules.clone()].map(|governance| Case {
        governance,
        ..case.clone()
    });
    let [without, with] = [&cases[0], &cases[1]].map(decisions);
    let key = without.parting(&with)?;
    let held = [&cases[0], &cases[1]].map(|case| record(case, Some(key)).held.unwrap_or_default());
    Some(Parting {
        key,
        decisions: [&without, &with].map(|of| of.0.decisions[&key].clone()),
        held,
    })
}

/// Each lever alone, at the strength the commons model has (section 4), where it has one.
pub fn levers() -> Vec<(&'static str, GovernanceConfig)> {
    let none = GovernanceConfig::default;
    vec![
        (
            "transaction tax .1",
            GovernanceConfig {
                transaction_tax_rate: 0.1,
                ..none()
            },
        ),
        (
            "reputation decay .9",
            GovernanceConfig {
                reputation_decay: 0.9,
                ..none()
            },
        ),
        (
            "vote normalisation, M = 5",
            GovernanceConfig {
                vote_weight_cap: Some(5.0),
                ..none()
            },
        ),
        (
            "bandwidth cap 20",
            GovernanceConfig {
                bandwidth_cap: Some(20),
                ..none()
            },
        ),
        (
            "admission: bond 3, probation 1 epoch of 10 actions",
            GovernanceConfig {
                admission_bond: 3.0,
                admission_probation_epochs: 1,
                ..none()
            },
        ),
        (
            "staking 5, slash .2",
            GovernanceConfig {
                staking_required: 5.0,
                stake_slash_rate: 0.2,
                ..none()
            },
        ),
        (
            "random audit .1 x 3, reading p",
            GovernanceConfig {
                audit_probability: 0.1,
                audit_penalty: 3.0,
                ..none()
            },
        ),
        (
            "random audit .1 x 3, inspecting with .85",
            GovernanceConfig {
                audit_probability: 0.1,
                audit_penalty: 3.0,
                audit_sensitivity: 0.85,
                audit_cost: 0.05,
                ..none()
            },
        ),
        (
            "circuit breaker .40",
            GovernanceConfig {
                circuit_breaker_threshold: Some(0.4),
                ..none()
            },
        ),
        (
            "transparency",
            GovernanceConfig {
                transparency: true,
                ..none()
            },
        ),
        (
            "collusion .3",
            GovernanceConfig {
                collusion_threshold: Some(0.3),
                ..none()
            },
        ),
        (
            "moderators 2",
            GovernanceConfig {
                moderators: 2,
                ..none()
            },
        ),
    ]
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Act => "`select_action`",
        Phase::Propose => "`propose_interaction`",
        Phase::Accept => "`accept_interaction`",
    }
}

/// A decision as a cell of a table: short names in place of types.
fn cell(text: &str) -> String {
    let short = text
        .replace("MicroCredits", "")
        .replace("Conduct ", "")
        .replace('|', "/");
    format!("`{short}`")
}

/// What it held with the lever and not without it, the figures that differ.
fn held(parting: &Parting) -> String {
    let [without, with] = &parting.held;
    let mut parts: Vec<String> = with
        .figures
        .iter()
        .filter(|(name, value)| {
            without.figures.get(*name).copied().unwrap_or(0.0).to_bits() != value.to_bits()
        })
        .map(|(name, value)| match without.figures.get(name) {
            Some(before) => format!("{name} {value:.3} (was {before:.3})"),
            None => format!("{name} {value:.3}"),
        })
        .collect();
    // The largest charges say most; the list is for reading.
    parts.sort_by_key(|part| part.starts_with("charge"));
    parts.truncate(8);
    if parts.is_empty() {
        "no figure of its own: the rule, or what it saw".to_owned()
    } else {
        parts.join("; ")
    }
}

/// Seed of the society that the table is about.
const SEED: u64 = 1;
/// Its epochs: every lever is answered within them.
const EPOCHS: u32 = 2;

/// For each lever the first decision it changes, as the Markdown table of `docs/src/concepts/responses-table.md`.
pub fn table() -> String {
    let mut rows = vec![
        "| lever | first decision that differs | without | with | what the agent held or expected then |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for (name, rules) in levers() {
        let mut case = Case::mixed().seed(SEED);
        case.simulation.epochs = EPOCHS;
        rows.push(match first_difference(&case, &rules) {
            None => format!("| {name} | none in {EPOCHS} epochs | | | |"),
            Some(parting) => {
                let (epoch, step, of, _, _, _) = parting.key;
                format!(
                    "| {name} | epoch {epoch}, step {step}, {} of `{}` | {} | {} | {} |",
                    phase(of),
                    parting.held[1].name,
                    cell(&parting.decisions[0]),
                    cell(&parting.decisions[1]),
                    held(&parting)
                )
            }
        });
    }
    rows.push(String::new());
    rows.join("\n")
}
