//! A run that is left between two epochs, written down as JSON, and taken up in another.

use crate::toy::{At, Header, Plan, Toy, lines, text};
use das_core::environment::Environment;
use das_core::log::{Class, Depth, check};
use das_core::orchestrator::{NoObserver, Orchestrator, Ports, RunEnd, SavedRun};
use das_core::ports::{Control, MemorySink, NoControl, NoInputs, Signal};
use das_core::state::{Loader, Saver};

fn ports(sink: &MemorySink, control: Box<dyn Control>) -> Ports {
    Ports {
        sink: Box::new(sink.clone()),
        control,
        inputs: Box::new(NoInputs),
        storage: None,
    }
}

const HEADER: Header = Header { scenario: "toy" };

fn plan() -> Plan {
    Plan {
        strict: true,
        dividend: true,
        ..Plan::new(&[("calm", 6), ("faulty", 1)])
    }
}

/// Runs a plan to its end and leaves it there: the run as JSON text, and the world's bytes.
fn left(plan: &Plan) -> (String, Vec<u8>) {
    let sink = MemorySink::default();
    let mut run =
        Orchestrator::new(plan.setup(None), ports(&sink, Box::new(NoControl)), &HEADER).unwrap();
    assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Completed);
    let mut world = Saver::new();
    run.world().save(&mut world);
    let text = serde_json::to_string(&run.leave_off().unwrap()).unwrap();
    (text, world.into_bytes())
}

/// The log of a plan that is taken up there.
fn taken_up(plan: &Plan, run: &str, world: &[u8]) -> Result<String, String> {
    let saved: SavedRun<Toy> = serde_json::from_str(run).unwrap();
    let mut setup = plan.setup(None);
    setup.world.load(&mut Loader::new(world)).unwrap();
    let sink = MemorySink::default();
    let mut run =
        Orchestrator::from_saved(setup, ports(&sink, Box::new(NoControl)), &HEADER, saved)
            .map_err(|error| error.to_string())?;
    run.run(&mut NoObserver).unwrap();
    Ok(text(&sink))
}

/// (epoch, hash) of every seal with a state hash.
fn states(log: &str) -> Vec<(u64, String)> {
    lines(log, "seal")
        .into_iter()
        .filter_map(|seal| {
            let state = seal.get("state_sha256")?.as_str()?.to_owned();
            Some((seal["epoch"].as_u64()?, state))
        })
        .collect()
}

/// A log's lines of an epoch that say what happened, without their numbers.
fn happened(log: &str, epoch: u64) -> Vec<String> {
    let all = lines(log, "interaction");
    let mine = all
        .into_iter()
        .filter(|line| line["epoch"].as_u64() == Some(epoch));
    mine.map(|mut line| {
        line.as_object_mut().unwrap().remove("seq");
        line.to_string()
    })
    .collect()
}

#[test]
fn a_run_that_was_left_goes_on_as_if_it_had_not_been() {
    // Left after 1, 2 and 4 of 6 epochs, with open interactions, a lever with a memory and an agent that faults: every later
    // state hash is that of the run that was never left, and so is every interaction with its number and its event.
    let whole = Plan {
        epochs: 6,
        ..plan()
    };
    let log = whole.log();
    for epochs in [1, 2, 4] {
        let (run, world) = left(&Plan { epochs, ..plan() });
        let rest = taken_up(&whole, &run, &world).unwrap();
        let later = |states: Vec<(u64, String)>| -> Vec<_> {
            let from = u64::from(epochs);
            states.into_iter().filter(|(at, _)| *at >= from).collect()
        };
        // One an epoch, and one before the closing words.
        assert_eq!(later(states(&rest)).len() as u32, 6 - epochs + 1);
        assert_eq!(
            later(states(&rest)),
            later(states(&log)),
            "left at {epochs}"
        );
        assert!(!happened(&rest, 5).is_empty());
        assert_eq!(happened(&rest, 5), happened(&log, 5));
        assert!(happened(&rest, 0).is_empty());
        let report = check(rest.as_bytes(), Depth::Seals).unwrap();
        assert!(matches!(report.class, Class::Complete { .. }), "{report:?}");
    }
}

#[test]
fn another_seed_begins_a_new_history_from_the_same_state() {
    // The same saved run under another seed: the same agents at the start, other interactions, itself repeatable.
    let (run, world) = left(&Plan {
        epochs: 2,
        ..plan()
    });
    let old = Plan {
        epochs: 4,
        ..plan()
    };
    let new = Plan {
        seed: 99,
        ..old.clone()
    };
    let [a, b, c] = [&old, &new, &new].map(|plan| taken_up(plan, &run, &world).unwrap());
    assert_eq!(b, c);
    assert_eq!(lines(&a, "agent_registered"), lines(&b, "agent_registered"));
    assert_ne!(happened(&a, 2), happened(&b, 2));
}

#[test]
fn a_saved_run_that_does_not_fit_is_refused() {
    // Other epochs, agents of another name and a meter too few are errors, not a run of something else.
    let (run, world) = left(&Plan {
        epochs: 2,
        ..plan()
    });
    let weeks = Plan {
        epochs: 4,
        steps: 5,
        ..plan()
    };
    let error = taken_up(&weeks, &run, &world).unwrap_err();
    assert!(error.contains("8 steps in 2 epochs"), "{error}");
    let whole = Plan {
        epochs: 4,
        ..plan()
    };
    let mut value: serde_json::Value = serde_json::from_str(&run).unwrap();
    value["agents"][0]["name"] = "calm.9".into();
    let error = taken_up(&whole, &value.to_string(), &world).unwrap_err();
    assert!(error.contains("not of the same agents"), "{error}");
    let mut value: serde_json::Value = serde_json::from_str(&run).unwrap();
    value["rails"]["meters"].as_array_mut().unwrap().pop();
    let error = taken_up(&whole, &value.to_string(), &world).unwrap_err();
    assert!(error.contains("not of the same agents"), "{error}");
}

#[test]
fn a_run_in_the_middle_of_an_epoch_cannot_be_left() {
    // Stopped at step 6 of epochs of 4 there is nothing to save; stopped at step 8 there is.
    for (step, can) in [(6, false), (8, true)] {
        let sink = MemorySink::default();
        let control = Box::new(At(step, Signal::Stop));
        let mut run =
            Orchestrator::new(plan().setup(None), ports(&sink, control), &HEADER).unwrap();
        assert_eq!(run.run(&mut NoObserver).unwrap(), RunEnd::Stopped);
        assert_eq!(run.leave_off().is_some(), can, "step {step}");
    }
}

#[test]
fn a_hash_in_every_seal_changes_nothing_else() {
    // A run with the hash of every step: the same events, a hash in each seal, the same ones at the ends of epochs.
    let sink = MemorySink::default();
    let mut run = Orchestrator::new(
        plan().setup(None),
        ports(&sink, Box::new(NoControl)),
        &HEADER,
    )
    .unwrap();
    run.hash_every_step(true);
    run.run(&mut NoObserver).unwrap();
    let (plain, heavy) = (plan().log(), text(&sink));
    let events = |log: &str| -> Vec<String> {
        let of = |line: &&str| line.contains("\"event\":");
        log.lines().filter(of).map(str::to_owned).collect()
    };
    assert_eq!(events(&plain), events(&heavy));
    let seals = lines(&heavy, "seal");
    assert!(
        seals[1..]
            .iter()
            .all(|seal| seal.get("state_sha256").is_some())
    );
    let plain = states(&plain);
    let heavy = states(&heavy);
    assert_eq!((plain.len(), heavy.len()), (3 + 1, 3 * (4 + 1) + 1));
    assert!(plain.iter().all(|state| heavy.contains(state)));
}
