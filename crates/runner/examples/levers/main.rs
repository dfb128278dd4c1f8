//! What the sweeps of governance came to: the tables of `docs/src/concepts/levers-measured.md`, as Markdown on stdout.
//!
//! ```text
//! scripts/levers.sh                runs the sweeps (finished runs are kept) and writes docs/src/concepts/levers-table.md
//! cargo run --release -p das-runner --example levers -- sweeps
//! ```
//!
//! A fold over the directories of the sweeps and over `expectations.md`, and eighty runs for single deals: the same directories
//! give the same bytes. A sweep that is not there is said to be missing. The rule for a claim is that of `das compare`; its families are stated above each table.
//! Not here: running sweeps, and what the figures mean (the page does that).

mod bundle;
mod city;
mod deals;
mod expected;
mod frozen;
mod governance;
mod price;
mod prices;
mod ratio;
mod read;
mod tax;
mod who;
mod words;

use read::{Sweep, Trouble};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The sweeps with the whole list of levers, and what their populations are called.
const LISTS: [(&str, &str); 3] = [
    ("governance_12", "the society of the sweeps"),
    ("governance_12_random1", "the society drawn with seed 1"),
    ("governance_12_random2", "the society drawn with seed 2"),
];

/// A part of the page: its sweep, and what is made of it.
type Part = (&'static str, fn(&Sweep) -> Result<String, Trouble>);

fn page(root: &Path) -> Result<String, Trouble> {
    let mut out = String::from("<!-- Made by scripts/levers.sh; do not edit. -->\n\n");
    out += &read::effort(root)?;
    let lists = LISTS
        .iter()
        .filter_map(|(id, name)| Some(Sweep::read(root, id)?.map(|sweep| (sweep, *name))))
        .collect::<Result<Vec<_>, _>>()?;
    out += &governance::verdicts(&lists)?;
    if let Some((society, _)) = lists
        .iter()
        .find(|(sweep, _)| sweep.meta.sweep_id == LISTS[0].0)
    {
        out += &expected::table(society)?;
        out += &price::table(society)?;
        out += &who::table()?;
    }
    let parts: [Part; 7] = [
        ("governance_12_frozen", frozen::table),
        ("tax_test", tax::table),
        ("adversarial_ratio", ratio::table),
        ("lean_bundle", bundle::left_out),
        ("small_set", bundle::smallest),
        ("small_set_check", bundle::chosen),
        ("dosadi_governance", city::table),
    ];
    for (id, table) in parts {
        match Sweep::read(root, id) {
            Some(sweep) => out += &table(&sweep?)?,
            None => {
                let _ = writeln!(out, "(No results of `{id}`.)\n");
            }
        }
    }
    out += &governance::cells(&lists)?;
    Ok(out)
}

fn main() -> Result<(), Trouble> {
    let root = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("sweeps"), PathBuf::from);
    print!("{}", page(&root)?);
    Ok(())
}
