//! `das new scenario NAME`: a scenario that passes `das check` as it stands: a commented example, or a society drawn by a rule.
//! Policies and levers are in [`source`].

pub mod source;

use crate::failure::IO;
use crate::scenario::id::is_id;
use das_core::rng::{Domain, Draws, hash_name};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// Writes `<folder>/<name>.yaml`. Refuses names that are no ids (exit code 2) and files that exist, unless forced (74).
pub fn new_scenario(
    name: &str,
    random: Option<u64>,
    folder: &Path,
    force: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let name = name.strip_suffix(".yaml").unwrap_or(name);
    if !is_id(name) {
        writeln!(
            err,
            "error: `{name}` is no scenario name, expected 1 to 64 of a-z 0-9 _ . -, and no path"
        )?;
        return Ok(2);
    }
    let path = folder.join(format!("{name}.yaml"));
    let text = random.map_or_else(|| template(name), |seed| drawn(name, seed));
    match write_new(&path, &text, force) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return exists(&path, err),
        Err(error) => {
            writeln!(err, "error: {}: {error}", path.display())?;
            return Ok(IO);
        }
    }
    writeln!(
        out,
        "wrote {0}\n  check it  das check {0}\n  run it    das run {0}",
        path.display()
    )?;
    Ok(0)
}

/// Writes a file that must not be there yet, unless forced.
fn write_new(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    options.open(path)?.write_all(text.as_bytes())
}

fn exists(path: &Path, err: &mut dyn Write) -> io::Result<u8> {
    writeln!(
        err,
        "error: {} exists; --force overwrites it",
        path.display()
    )?;
    Ok(IO)
}

/// The text of a new scenario. Values that are written are the defaults, so that deleting a line changes nothing.
pub fn template(name: &str) -> String {
    include_str!("new_scenario.yaml").replace("NAME", name)
}

const COUNTS: Domain = Domain::new("scenario.random.count");
const REGIME: Domain = Domain::new("scenario.random.regime");

/// Agents by type: least and most of a drawn society.
const RANGES: [(&str, u32, u32); 4] = [
    ("honest", 10, 30),
    ("opportunistic", 2, 12),
    ("deceptive", 0, 8),
    ("adversarial", 0, 8),
];

/// The text of a society that is drawn: the number of each type uniform over its range, the regime thin or roomy with one half
/// each, every draw keyed by the seed and its own name, so that another type would leave these as they are.
pub fn drawn(name: &str, seed: u64) -> String {
    use std::fmt::Write;
    let draws = Draws::new(seed);
    let regime = if draws.chance(REGIME, &[], 0.5) {
        "thin"
    } else {
        "roomy"
    };
    let mut agents = String::new();
    for (kind, least, most) in RANGES {
        let count = least
            + draws
                .stream(COUNTS, &[hash_name(kind)])
                .below(most - least + 1);
        if count > 0 {
            let _ = writeln!(agents, "  - {{type: {kind}, count: {count}, role: worker}}");
        }
    }
    format!(
        "# yaml-language-server: $schema=../schemas/scenario.schema.json\n\
         # Drawn by  das new scenario --random {seed}  (das help new scenario says by which rule).\n\
         scenario_id: {name}\n\
         description: \"A society drawn with seed {seed}\"\n\n\
         agents:\n{agents}\n\
         environment: {{kind: commons, regime: {regime}, initial_budget: 100.0, treasury: dividend}}\n\n\
         simulation: {{epochs: 30, steps_per_epoch: 10, seed: 1}}\n\n\
         metrics_to_track: [toxicity_rate, true_harm_rate, quality_gap, true_welfare]\n"
    )
}
