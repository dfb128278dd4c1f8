//! Views of the log: sums that agree with the city's own figures, reasons, and logs that are not a city's.

use crate::town::live;
use dosadi_world::DosadiConfig;
use dosadi_world::cockpit::{Cell, CockpitError, Fold, Table, fold, views};

fn whole(cell: &Cell) -> i64 {
    match cell {
        Cell::Whole(n) => *n,
        other => panic!("{other:?} is no count"),
    }
}

fn real(cell: &Cell) -> f64 {
    match cell {
        Cell::Number(x) => *x,
        other => panic!("{other:?} is no number"),
    }
}

fn column<'a>(table: &'a Table, name: &str) -> Vec<&'a Cell> {
    let at = table.columns.iter().position(|c| *c == name).unwrap();
    table.rows.iter().map(|row| &row[at]).collect()
}

fn total(table: &Table, name: &str) -> i64 {
    column(table, name).into_iter().map(whole).sum()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * (1.0 + b.abs())
}

#[test]
fn views_agree_with_the_figures_of_the_city() {
    // Half a year folded four ways: shipments, seizures, bribes, deliveries and migrants are those that the world itself counted.
    let life = live(&DosadiConfig::default(), 3, 26);
    let counted = |name: &str| -> f64 {
        let epochs = life.lines("epoch_completed");
        epochs
            .iter()
            .map(|line| line["env"][name].as_f64().unwrap())
            .sum()
    };
    let tables = |view: &str| fold(view, &mut life.log.lines()).unwrap();
    let smuggling = tables("smuggling");
    let networks = &smuggling[0];
    for (name, figure) in [
        ("sent", "smuggling.shipments_created"),
        ("delivered", "smuggling.delivered"),
        ("seized", "smuggling.seized"),
        ("lost", "smuggling.robbed"),
    ] {
        assert_eq!(total(networks, name) as f64, counted(figure), "{name}");
        assert!(counted(figure) > 0.0, "{name}: nothing to compare");
    }
    assert_eq!(
        total(networks, "under way"),
        life.world().state.shipments.under_way().count() as i64
    );
    assert_eq!(total(&smuggling[1], "sent"), total(networks, "sent"));
    let borders = tables("borders");
    let bribes: f64 = column(&borders[0], "bribes cr").into_iter().map(real).sum();
    assert!(near(bribes, counted("smuggling.bribes_spent")), "{bribes}");
    assert_eq!(
        total(&borders[0], "checks") as f64,
        counted("smuggling.crossings")
    );
    assert_eq!(
        total(&borders[0], "taken") as f64,
        counted("smuggling.bribes_taken")
    );
    assert_eq!(borders[1].rows.len() as f64, counted("crackdowns.begun"));
    assert_eq!(total(&borders[2], "found") as f64, counted("audits.found"));
    let wards = tables("wards");
    assert_eq!(wards[0].rows.len(), 26);
    let paid: f64 = column(&wards[1], "price cr").into_iter().map(real).sum();
    assert!(near(paid, counted("trade.value")), "{paid}");
    assert_eq!(
        total(&wards[1], "bought") as f64,
        counted("trade.deliveries")
    );
    assert_eq!(
        total(&wards[1], "smuggled in") as f64,
        counted("smuggling.delivered")
    );
    assert_eq!(total(&wards[1], "net migrants"), 0);
    let ledger = tables("ledger");
    let bribed = ledger[0]
        .rows
        .iter()
        .find(|row| row[0] == Cell::from("bribes"))
        .unwrap();
    assert!(near(real(&bribed[2]), bribes));
    let mut held: Vec<f64> = column(&ledger[1], "at the end cr")
        .into_iter()
        .map(real)
        .collect();
    // The last row is everybody, with the Gini that the epoch's own figure has.
    let everybody = held.pop().unwrap();
    let held: f64 = held.into_iter().sum();
    assert!(near(held, everybody));
    let epochs = life.lines("epoch_completed");
    let gini = epochs.last().unwrap()["metrics"]["wealth_gini"].clone();
    let found = column(&ledger[1], "Gini at the end").pop().map(real);
    assert!(
        near(found.unwrap(), gini.as_f64().unwrap()),
        "{found:?} {gini}"
    );
    let agents = life.lines("agent_state");
    let last: f64 = agents
        .iter()
        .filter(|l| l["epoch"] == 25)
        .map(|l| l["balance"].as_f64().unwrap())
        .sum();
    assert!(near(held, last), "{held} {last}");
    // A payoff beside a balance is the agent's over the whole run, which the last state line of it has.
    for row in &ledger[2].rows {
        let of = |line: &&serde_json::Value| Cell::from(line["agent"].as_str().unwrap()) == row[0];
        let line = agents.iter().rfind(of).unwrap();
        assert_eq!(real(&row[4]), line["payoff"].as_f64().unwrap());
    }
}

#[test]
fn a_choice_is_explained_with_its_runner_up_and_its_end() {
    // The last shipments each show risk, cost, demand and the runner-up, and how they ended with the number of that event.
    let life = live(&DosadiConfig::default(), 3, 6);
    let choices = &fold("smuggling", &mut life.log.lines()).unwrap()[3];
    assert_eq!(choices.rows.len(), 20);
    for (reason, end) in column(choices, "reason")
        .into_iter()
        .zip(column(choices, "end"))
    {
        let Cell::Text(reason) = reason else { panic!() };
        for part in [
            "because risk 0.",
            "cost 0.",
            "demand ",
            "expected ",
            "runner-up",
        ] {
            assert!(reason.contains(part), "{reason}");
        }
        assert_ne!(end, &Cell::Empty);
    }
    let explained = column(choices, "reason").into_iter();
    assert!(
        explained
            .filter(|c| matches!(c, Cell::Text(t) if t.contains("; runner-up r")))
            .count()
            > 10
    );
    let events = column(choices, "end event")
        .into_iter()
        .filter(|c| matches!(c, Cell::Whole(_)));
    assert!(events.count() > 5);
}

#[test]
fn every_view_of_every_log_has_its_tables() {
    // A log without a city's lines gives the same tables, empty, each with a note; every row has a cell for each column.
    let life = live(&DosadiConfig::default(), 1, 2);
    let other = "{\"seq\":0,\"type\":\"simulation_started\",\"epoch\":0,\"step\":0}\n{\"seq\":1,\"type\":\"feed_post\",\"epoch\":0,\"step\":0,\"x\":1}";
    for view in views() {
        let full = fold(view.name, &mut life.log.lines()).unwrap();
        let empty = fold(view.name, &mut other.lines()).unwrap();
        assert_eq!(full.len(), empty.len());
        for (full, empty) in full.iter().zip(&empty) {
            assert_eq!(full.title, empty.title);
            assert!(
                empty.rows.is_empty() && empty.note.is_some(),
                "{}",
                empty.title
            );
            assert!(full.rows.iter().all(|row| row.len() == full.columns.len()));
        }
    }
}

#[test]
fn mistakes_name_the_view_or_the_line() {
    // An unknown view lists those there are; a line that is none, and one that lacks a field of its type, are named by number.
    let error = Fold::new("smugling").err().unwrap();
    assert_eq!(
        error.to_string(),
        "no view is called `smugling`; there are smuggling, borders, wards, ledger"
    );
    let mut view = Fold::new("borders").unwrap();
    let good = "{\"seq\":0,\"type\":\"x\",\"epoch\":0,\"step\":0}";
    view.line(good).unwrap();
    assert!(matches!(
        view.line("hello"),
        Err(CockpitError::Line { line: 2, .. })
    ));
    let error = view
        .line("{\"seq\":0,\"type\":\"customs_check\",\"epoch\":0,\"step\":0}")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("line 3: customs_check: missing field `border`"),
        "{error}"
    );
    for half in [
        "{\"type\":\"",
        "{\"type\":\"crackdown_begun\",\"epoch\":1,\"step\":",
        "{\"type\":\"audit_finding\",\"epoch\":1,\"step\":2",
    ] {
        assert!(view.line(half).is_err(), "{half}");
    }
}

#[test]
fn views_are_drawn_on_the_map_of_line_0() {
    // With a line 0 every view has its picture: routes and borders on a map, crackdowns on a timeline, flows of money that are
    // the sums of the table; all of them keep their own rules. Without one the maps are left out and nothing else.
    use das_core::view::{Cell as Shown, View};
    let life = live(&DosadiConfig::default(), 3, 26);
    let environment = serde_json::to_value(DosadiConfig::default()).unwrap();
    let mut environment = environment.as_object().unwrap().clone();
    environment.insert("kind".to_owned(), "dosadi".into());
    let start = serde_json::json!({"seq": 0, "type": "simulation_started", "epoch": 0, "step": 0, "seed": "3",
        "scenario": {"environment": environment, "simulation": {"steps_per_epoch": 7}}});
    // The shape of a line: `seq`, then `type`.
    let start = format!(
        "{{\"seq\":0,\"type\":\"simulation_started\",\"epoch\":0,\"step\":0,{}",
        start.to_string().replacen('{', "", 1)
    );
    let folded = |name: &str, placed: bool| -> Vec<View> {
        let mut fold = Fold::new(name).unwrap();
        for line in life.log.lines() {
            let first = line.contains("\"type\":\"simulation_started\"");
            if !first {
                fold.line(line).unwrap();
            }
        }
        if placed {
            fold.line(&start).unwrap();
        }
        let views = fold.views();
        for view in &views {
            assert_eq!(view.check(), Ok(()));
        }
        views
    };
    let maps = |views: &[View]| views.iter().filter(|v| matches!(v, View::Map(_))).count();
    for (name, there) in [
        ("smuggling", 1),
        ("borders", 1),
        ("wards", 1),
        ("ledger", 0),
    ] {
        let views = folded(name, true);
        assert_eq!(
            (maps(&views), maps(&folded(name, false))),
            (there, 0),
            "{name}"
        );
        if let View::Map(map) = &views[0] {
            assert_eq!(map.areas.len(), 36);
            let known = |v: &Option<f64>| v.is_some_and(|x| x != 0.0);
            assert!(
                map.fills.iter().any(|fill| fill.values.iter().any(known)),
                "{name}"
            );
        }
    }
    let smuggling = folded("smuggling", true);
    let (View::Map(map), View::Table(networks)) = (&smuggling[0], &smuggling[1]) else {
        panic!()
    };
    let sent: i64 = networks
        .rows
        .iter()
        .map(|row| match row[1] {
            Shown::Whole(n) => n,
            _ => 0,
        })
        .sum();
    let from: f64 = map.fills[0].values.iter().flatten().sum();
    assert_eq!(from, sent as f64);
    assert!(map.routes.iter().all(|route| route.areas.len() > 1) && !map.routes.is_empty());
    let borders = folded("borders", true);
    let crackdowns = borders
        .iter()
        .find_map(|v| match v {
            View::Timeline(t) => Some(t),
            _ => None,
        })
        .unwrap();
    assert!(!crackdowns.stretches.is_empty());
    let ledger = folded("ledger", true);
    let (View::Alluvial(all), View::Table(channels)) = (&ledger[0], &ledger[2]) else {
        panic!()
    };
    let column = |n: u32| {
        all.flows
            .iter()
            .filter(|f| f.column == n)
            .map(|f| f.weight)
            .sum::<f64>()
    };
    let booked: f64 = channels
        .rows
        .iter()
        .filter(|row| !matches!(&row[0], Shown::Text(t) if t.ends_with("in them")))
        .map(|row| match row[2] {
            Shown::Number(x) => x,
            _ => 0.0,
        })
        .sum();
    assert!(
        near(column(0), booked) && near(column(1), booked),
        "{booked}"
    );
}
