//! What the hub does with a lever's notes, notices, released stakes and departures, on the toy world.

use crate::toy::{At, Header, Kept, Plan, Toy, lines, text};
use das_core::checkpoint::Checkpoint;
use das_core::id::AgentId;
use das_core::lever::{Act, Effect, GovernanceLever, Note, Scored};
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunEnd, Setup};
use das_core::ports::{Control, MemorySink, NoControl, NoInputs, Signal};
use das_core::rng::Draws;
use das_core::society::{Published, Society};
use das_core::state::{LoadError, Loader, Saver};
use das_core::units::MicroCredits;
use sha2::{Digest, Sha256};

const STAKE: MicroCredits = MicroCredits(500_000);

/// Locks half a credit, gives a fifth of it back at each epoch's end, burns the rest of who leaves; publishes p of accepted deals
/// and fines initiators of whom enough good is *read on the board*, so that a board that was not put up again changes the run.
#[derive(Default)]
struct Board {
    records: Vec<Published>,
}

impl GovernanceLever for Board {
    fn name(&self) -> &'static str {
        "board"
    }
    fn review(&mut self, scored: &Scored, society: &Society, _draws: &Draws) -> Effect {
        let who = scored.initiator;
        if society.published(who).good > 2.0 {
            return Effect {
                notes: vec![Note {
                    agents: vec![who, scored.counterparty],
                    reason: "too good".to_owned(),
                }],
                ..Effect::none().and(Act::Fee(who, MicroCredits(1_000)))
            };
        }
        self.records
            .resize(society.len().max(self.records.len()), Published::default());
        let record = &mut self.records[who.index()];
        record.good += scored.p;
        record.bad += 1.0 - scored.p;
        Effect::none().and(Act::Publish(who, *record))
    }
    fn on_epoch_start(&mut self, society: &Society, _draws: &Draws) -> Effect {
        society.ids().fold(Effect::none(), |effect, who| {
            effect.and(Act::LockStake(who, STAKE))
        })
    }
    fn on_epoch_end(&mut self, society: &Society, _draws: &Draws) -> Effect {
        let mut effect = Effect {
            notes: vec![Note {
                agents: Vec::new(),
                reason: "epoch over".to_owned(),
            }],
            ..Effect::default()
        };
        for (who, record) in society.ids().zip(&mut self.records) {
            record.good /= 2.0;
            effect
                .acts
                .push(Act::ReleaseStake(who, MicroCredits(100_000)));
            effect.acts.push(Act::Publish(who, *record));
        }
        effect
    }
    fn on_leave(&mut self, who: AgentId, society: &Society) -> Effect {
        assert!(society.is_live(who), "asked before it is gone");
        Effect::none().and(Act::Slash(who, society.stake(who)))
    }
    fn published(&self) -> &[Published] {
        &self.records
    }
    fn save(&self, out: &mut Saver) {
        out.put(&self.records);
    }
    fn load(&mut self, from: &mut Loader<'_>) -> Result<(), LoadError> {
        self.records = from.take()?;
        Ok(())
    }
}

fn setup() -> Setup<Toy> {
    let plan = Plan {
        epochs: 4,
        ..Plan::new(&[("calm", 5), ("turncoat", 1), ("leaver", 1)])
    };
    Setup {
        levers: vec![Box::new(Board::default())],
        ..plan.setup(None)
    }
}

fn ports(sink: &MemorySink, control: Box<dyn Control>, kept: Option<&Kept>) -> Ports {
    Ports {
        sink: Box::new(sink.clone()),
        control,
        inputs: Box::new(NoInputs),
        storage: kept.map(|kept| (Box::new(kept.clone()) as _, 1)),
    }
}

fn whole() -> String {
    let sink = MemorySink::default();
    let ports = ports(&sink, Box::new(NoControl), None);
    let mut run = Orchestrator::new(setup(), ports, &Header { scenario: "toy" }).unwrap();
    run.run(&mut NoObserver).unwrap();
    text(&sink)
}

#[test]
fn notes_notices_and_releases_have_lines_of_their_own() {
    // Shows each kind of line with its fields; that a notice put up in a review has none; and that what is released was locked.
    let log = whole();
    let findings = lines(&log, "governance_finding");
    let (about, general): (Vec<_>, Vec<_>) = findings
        .iter()
        .partition(|line| line.get("interaction").is_some());
    assert_eq!(general.len(), 4);
    assert!(
        general
            .iter()
            .all(|l| l["reason"] == "epoch over" && l["lever"] == "board")
    );
    assert!(!about.is_empty());
    for line in &about {
        assert_eq!(line["reason"], "too good");
        let of = (lines(&log, "interaction").into_iter())
            .find(|l| l["id"] == line["interaction"])
            .unwrap();
        assert_eq!(line["agents"][0], of["initiator"]);
        assert_eq!(line["agents"][1], of["counterparty"]);
        assert_eq!(of["levers"][0], "board");
    }
    let published = lines(&log, "governance_published");
    assert!(!published.is_empty());
    assert!(
        published.iter().all(|l| l["step"] == 3),
        "at an epoch's end"
    );
    assert!(published.iter().all(|l| l["bad"].as_f64() > Some(0.0)));
    let sum = |kind: &str| -> f64 {
        let amount = |l: &serde_json::Value| l["amount"].as_f64().unwrap();
        lines(&log, kind).iter().map(amount).sum()
    };
    let end = &lines(&log, "simulation_ended")[0];
    assert!(
        (sum("governance_release") - end["moved"]["stake_release"].as_f64().unwrap()).abs() < 1e-9
    );
    assert!(sum("governance_release") > 1.0);
    assert!((sum("governance_slash") - end["moved"]["slash"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn who_leaves_is_judged_before_its_stake_is_handed_on() {
    // Shows a slash right before each departure, of a successor's predecessor too: a new name does not save the stake.
    let log = whole();
    let all: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let departures: Vec<usize> = (0..all.len())
        .filter(|&at| all[at]["type"] == "agent_retired")
        .collect();
    assert!(departures.len() >= 2);
    let mut renamed = 0;
    for at in departures {
        let leaver = &all[at]["agent"];
        let staked =
            (all[..at].iter()).any(|l| l["type"] == "governance_stake" && l["agent"] == *leaver);
        if staked {
            assert_eq!(all[at - 1]["type"], "governance_slash", "{leaver}");
            assert_eq!(all[at - 1]["agent"], *leaver);
            renamed += u32::from(all[at].get("successor").is_some());
        }
    }
    assert!(renamed > 0);
}

#[test]
fn the_board_is_put_up_again_after_a_checkpoint() {
    // Shows that a run resumed at any epoch is the run that was never interrupted, though the society itself saves no notices.
    let whole = whole();
    for at in [5, 9, 13] {
        let (sink, kept) = (MemorySink::default(), Kept::default());
        let stop = ports(&sink, Box::new(At(at, Signal::Interrupt)), Some(&kept));
        let mut run = Orchestrator::new(setup(), stop, &Header { scenario: "toy" }).unwrap();
        assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Interrupted);
        let checkpoint = Checkpoint::decode(kept.0.lock().unwrap().last().unwrap()).unwrap();
        sink.0
            .lock()
            .unwrap()
            .truncate(checkpoint.position.offset as usize);
        let mut prefix = Sha256::new();
        prefix.update(&*sink.0.lock().unwrap());
        let go_on = ports(&sink, Box::new(NoControl), None);
        let mut run = Orchestrator::resume(setup(), go_on, checkpoint, prefix).unwrap();
        assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Completed);
        assert!(text(&sink) == whole, "interrupted before step {at}");
    }
}
