//! Bad scenarios of a world that populates itself: its own keys, the keys of others, and what its blocks come to together.

use crate::bad_input::expect;
use das_runner::scenario::{Code, load};

/// A mistake: its class, the text it is reported at (or 1:1), and the suggested name.
type At<'e> = (Code, &'e str, Option<&'e str>);

/// Line and column at which `needle` begins for the first time.
fn place(text: &str, needle: &str) -> String {
    if needle.is_empty() {
        return "1:1".to_owned();
    }
    let at = text
        .find(needle)
        .unwrap_or_else(|| panic!("no `{needle}` in {text}"));
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{line}:{column}")
}

#[track_caller]
fn mistakes(text: &str, overrides: &[&str], expected: &[At<'_>]) {
    let places: Vec<String> = expected
        .iter()
        .map(|(_, needle, _)| {
            let word = overrides.iter().find(|word| word.contains(needle));
            place(
                word.filter(|_| !text.contains(needle)).unwrap_or(&text),
                needle,
            )
        })
        .collect();
    let wanted: Vec<_> = expected
        .iter()
        .zip(&places)
        .map(|((code, _, name), place)| (*code, place.as_str(), *name))
        .collect();
    expect(text, overrides, &wanted);
}

/// A city with these keys of `environment` beside `kind`.
#[track_caller]
fn city(keys: &str, expected: &[At<'_>]) {
    let text = format!(
        "scenario_id: city\nenvironment: {{kind: dosadi, {keys}}}\nsimulation: {{epochs: 2}}\n"
    );
    mistakes(&text, &[], expected);
}

/// A city with these lines.
#[track_caller]
fn lines(lines: &str, expected: &[At<'_>]) {
    let text = format!("scenario_id: city\nenvironment: {{kind: dosadi}}\n{lines}\n");
    mistakes(&text, &[], expected);
}

#[test]
fn unknown_keys_get_the_nearest_name_of_their_own_world() {
    // At every depth, in the parameters of a policy, and never a name that only another world knows.
    city(
        "smugling: {}",
        &[(Code::UnknownKey, "smugling", Some("smuggling"))],
    );
    city(
        "map: {wrads: 3}",
        &[(Code::UnknownKey, "wrads", Some("wards"))],
    );
    city(
        "agents: {smugler: {}}",
        &[(Code::UnknownKey, "smugler", Some("smuggler"))],
    );
    city(
        "agents: {smuggler: {zzqq: 1}}",
        &[(Code::UnknownKey, "zzqq", None)],
    );
    city("bounty: 3", &[(Code::UnknownKey, "bounty", None)]);
    lines(
        "forget: 1",
        &[(
            Code::UnknownKey,
            "forget",
            Some("environment.smuggling.forget"),
        )],
    );
}

#[test]
fn keys_of_another_world_are_refused_by_name() {
    // Keys of the commons in a city and keys of a city in the commons: the help says whose they are.
    for (text, key, owner) in [
        (
            "environment: {kind: dosadi, attention_scarcity: 0.5}",
            "attention_scarcity",
            "it is a key of `kind: commons`, this is `kind: dosadi`",
        ),
        (
            "environment: {kind: dosadi, network: {topology: ring}}",
            "network",
            "it is a key of `kind: commons`, this is `kind: dosadi`",
        ),
        (
            "agents: [{type: honest}]\nenvironment: {smuggling: {}}",
            "smuggling",
            "it is a key of `kind: dosadi`, this is `kind: commons`",
        ),
        (
            "agents: [{type: honest}]\nenvironment: {kind: commons, vault: vaults/a}",
            "vault",
            "it is a key of `kind: dosadi`, this is `kind: commons`",
        ),
    ] {
        let text = format!("scenario_id: city\n{text}\n");
        mistakes(&text, &[], &[(Code::UnknownKey, key, None)]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.yaml");
        std::fs::write(&path, &text).unwrap();
        let errors = load(&path, &[]).unwrap_err();
        assert_eq!(errors.problems[0].help.as_deref(), Some(owner));
    }
}

#[test]
fn types_ranges_and_numbers_that_are_none() {
    // The world's blocks are judged as strictly as everything else.
    city("map: {wards: many}", &[(Code::WrongType, "many", None)]);
    city(
        "map: {wards: 12.0}",
        &[(Code::WrongType, "12.0", Some("12"))],
    );
    city("map: [12]", &[(Code::WrongType, "[12]", None)]);
    city(
        "trade: {enabled: yes}",
        &[(Code::WrongType, "yes", Some("true"))],
    );
    city("economy: ~", &[(Code::NullValue, "~", None)]);
    city("map: {wards: 1}", &[(Code::OutOfRange, "1}", None)]);
    city("map: {wards: 1001}", &[(Code::OutOfRange, "1001", None)]);
    city(
        "customs: {inspect: [0.1, 0.2, 1.5]}",
        &[(Code::OutOfRange, "1.5", None)],
    );
    city(
        "customs: {inspect: [0.1, 0.2]}",
        &[(Code::OutOfRange, "[0.1", None)],
    );
    city("phases: {initial: 3}", &[(Code::OutOfRange, "3}", None)]);
    city(
        "agents: {smuggler: {margin: 2}}",
        &[(Code::OutOfRange, "2}", None)],
    );
    city("economy: {slack: .nan}", &[(Code::NotFinite, ".nan", None)]);
    city(
        "smuggling: {demand: 1e999}",
        &[(Code::NotFinite, "1e999", None)],
    );
    city(
        "map: {generator: sity}",
        &[(Code::UnknownName, "sity", Some("city"))],
    );
    city(
        "map: {faction_kinds: [raiders, clut]}",
        &[(Code::UnknownName, "clut", Some("cult"))],
    );
    city(
        "map: {wards: 3}, map: {}",
        &[(Code::DuplicateKey, "map: {}", None)],
    );
    city(
        "trade: {enabled: true, enabled: false}",
        &[(Code::DuplicateKey, "enabled: false", None)],
    );
}

#[test]
fn a_world_that_populates_itself_takes_no_agents() {
    // Groups are refused, an empty list is not; roles and tools are the world's own.
    lines(
        "agents: [{type: honest}]",
        &[(Code::Agents, "[{type", None)],
    );
    lines(
        "agents: [{type: smuggler, count: 2}]",
        &[(Code::Agents, "[{type", None)],
    );
    lines("agents: 3", &[(Code::WrongType, "3", None)]);
    lines(
        "safety: {tool_allowlist: {worker: [trade]}}",
        &[(Code::UnknownKey, "worker", None)],
    );
    lines(
        "safety: {tool_allowlist: {smuggler: [post]}}",
        &[(Code::UnknownName, "post", None)],
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.yaml");
    let text = "scenario_id: city\nagents: []\nenvironment: {kind: dosadi}\n";
    std::fs::write(&path, text).unwrap();
    let loaded = load(&path, &[]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(loaded.scenario.agent_count(), None);
}

#[test]
fn levers_that_nothing_in_a_city_answers_to_are_refused() {
    // Moderators, votes and inspections: refused with place and reason, from a file and from an override, all at once; at their
    // defaults they ask for nothing, and in the commons they act.
    for (key, value) in [
        ("vote_weight_cap", "5"),
        ("audit_sensitivity", "0.85"),
        ("audit_reputation", "2"),
        ("moderators", "2"),
        ("moderator_reviews", "3"),
        ("moderator_sensitivity", "0.9"),
        ("moderator_fine", "7"),
        ("moderator_reputation", "0.75"),
        ("moderator_cost", "0.3"),
    ] {
        let line = format!("governance: {{{key}: {value}}}");
        lines(&line, &[(Code::World, &format!("{value}}}"), None)]);
        let city = "scenario_id: city\nenvironment: {kind: dosadi}\n";
        let word = format!("governance.{key}={value}");
        mistakes(city, &[&word], &[(Code::World, value, None)]);
    }
    lines(
        "governance:\n  moderators: 2\n  transaction_tax_rate: 0.1\n  vote_weight_cap: 5",
        &[(Code::World, "2\n", None), (Code::World, "5\n", None)],
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.yaml");
    let check = |text: &str| {
        std::fs::write(&path, text).unwrap();
        load(&path, &[])
    };
    let idle = "scenario_id: city\nenvironment: {kind: dosadi}\n\
                governance: {moderators: 0, moderator_cost: 0.02, vote_weight_cap: null, audit_sensitivity: 0.0}\n";
    assert!(check(idle).is_ok());
    let acting = "scenario_id: a\nagents: [{type: honest, count: 3}]\ngovernance: {moderators: 2, vote_weight_cap: 5}\n";
    assert!(check(acting).is_ok());
    let refused =
        check("scenario_id: a\nenvironment: {kind: dosadi}\ngovernance: {moderators: 2}\n");
    let errors = refused.unwrap_err();
    assert_eq!(errors.exit_code(), 3);
    assert_eq!(
        errors.problems[0].message,
        "`governance.moderators` does nothing in `kind: dosadi`: a city has its own offices and appoints no moderators"
    );
}

#[test]
fn what_its_blocks_come_to_together_is_located() {
    // Mistakes that no range shows stand where the written map has them, all at once, beside mistakes elsewhere.
    let map = |wards: &str, corridors: &str| {
        format!(
            "map: {{generator: written, written_wards: [{wards}], written_corridors: [{corridors}]}}"
        )
    };
    city(
        &map("{name: a}, {name: b}", "{from: a, to: c}"),
        &[(Code::World, "c}", None)],
    );
    city(
        &map("{name: a}, {name: a}", ""),
        &[(Code::World, "a}]", None)],
    );
    city(
        &map("{name: a}, {name: b}", "{from: b, to: b}"),
        &[(Code::World, "{from: b", None)],
    );
    let text = format!(
        "scenario_id: city\nenvironment: {{kind: dosadi, {}}}\nsimulation: {{epochs: 0}}\n",
        map("{name: a}, {name: b}", "{from: a, to: c}")
    );
    mistakes(
        &text,
        &[],
        &[(Code::World, "c}]", None), (Code::OutOfRange, "0}", None)],
    );
}

#[test]
fn a_crackdown_on_a_border_that_is_not_there_is_refused() {
    // The map of the seed decides: the first number beyond the last border is refused where it stands, the last border is not; a
    // written map of one polity has none. Seed 42 of the default, of the file and of an override are one.
    let text = |border: usize, simulation: &str| {
        format!(
            "scenario_id: city\nenvironment: {{kind: dosadi, map: {{wards: 36}}, crackdowns: {{ordered: [{{day: 1, days: 2, intensity: 1}}, \
             {{day: 3, days: 4, intensity: 1, border: {border}}}]}}}}\nsimulation: {{{simulation}}}\n"
        )
    };
    let borders = |seed| {
        let world = dosadi_world::Dosadi::new(dosadi_world::DosadiConfig::default(), seed);
        world.state.borders.len()
    };
    let refused = |border: usize| format!("{border}}}]");
    let folder = tempfile::tempdir().unwrap();
    for (seed, simulation, overrides) in [
        (42, "epochs: 2", vec![]),
        (7, "seed: 7", vec![]),
        (7, "seed: 8", vec!["simulation.seed=7"]),
    ] {
        let beyond = borders(seed);
        mistakes(
            &text(beyond, simulation),
            &overrides,
            &[(Code::World, &refused(beyond), None)],
        );
        let path = folder.path().join("case.yaml");
        std::fs::write(&path, text(beyond - 1, simulation)).unwrap();
        let words: Vec<String> = overrides.iter().map(|&word| word.to_owned()).collect();
        assert!(
            load(&path, &words).is_ok(),
            "border {} of seed {seed}",
            beyond - 1
        );
    }
    city(
        "map: {generator: written, written_wards: [{name: a}, {name: b}], written_corridors: [{from: a, to: b}]}, \
         crackdowns: {ordered: [{day: 0, days: 1, intensity: 0.5, border: 0}]}",
        &[(Code::World, "0}]}", None)],
    );
}

#[test]
fn kinds_criteria_sizes_and_overrides() {
    // A world that does not exist, criteria over figures, runs that never end, and overrides into a city.
    for (kind, near) in [("dosadl", Some("dosadi")), ("atlantis", None)] {
        mistakes(
            &format!("scenario_id: city\nenvironment: {{kind: {kind}, map: {{}}}}\n"),
            &[],
            &[(Code::UnknownName, kind, near)],
        );
    }
    lines(
        "success_criteria: {toxicity: {max: 1}}",
        &[(Code::UnknownKey, "toxicity", Some("toxicity_rate"))],
    );
    lines(
        "metrics_to_track: [trade.deliverys]",
        &[(
            Code::UnknownName,
            "trade.deliverys",
            Some("trade.deliveries"),
        )],
    );
    lines(
        "metrics_to_track: [tasks_paid]",
        &[(Code::UnknownName, "tasks_paid", None)],
    );
    lines(
        "simulation: {epochs: 1000000, steps_per_epoch: 100000}",
        &[(Code::Counts, "1000000,", None)],
    );
    let city = "scenario_id: city\nenvironment: {kind: dosadi}\n";
    mistakes(
        city,
        &["environment.map.wards=1"],
        &[(Code::OutOfRange, "1", None)],
    );
    mistakes(
        city,
        &["environment.mpa.wards=4"],
        &[(Code::UnknownKey, "mpa", Some("map"))],
    );
    mistakes(
        city,
        &["environment.kind=commons"],
        &[(Code::MissingKey, "", None)],
    );
}
