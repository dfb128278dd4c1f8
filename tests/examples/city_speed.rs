//! What a city costs: ward-days a CPU second, whether the last year costs what the first did, and the memory it takes.
//!
//! ```text
//! cargo run --release -p das-tests --example city_speed -- [wards] [years] [ring_chords|city] [seed]
//! ```
//!
//! Default: 36 wards, 10 years, `ring_chords`, seed 1; everything on, detail `epochs`, one thread. CPU seconds are user + system of
//! the whole process, building of the world included. Nothing of a week is kept but sums, so resident memory is the run's own. The
//! state hash is that of the last seal: a change that is only about speed leaves it as it was.

use das_core::interaction::Moment;
use das_core::orchestrator::{EpochRecord, Observer, Orchestrator, Ports};
use das_core::ports::{EventSink, NoControl, NoInputs, SinkError};
use das_tests::city::{City, WEEK};
use dosadi_world::config::Generator;
use rustix::time::{ClockId, clock_gettime};
use std::sync::{Arc, Mutex};

/// Days in a year.
const YEAR: u32 = 365;

/// Figures of the city that are summed, with what they are called here.
const FIGURES: [(&str, &str); 4] = [
    ("trade.deliveries", "legal deliveries a day"),
    ("smuggling.shipments_created", "shipments a day"),
    ("smuggling.crossings", "crossings scored a day"),
    ("smuggling.bribes_offered", "bribes offered a day"),
];

/// User and system time of the process so far, seconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// A line of `/proc/self/status`, in MiB; 0 where there is no such file.
fn memory(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|l| l.strip_prefix(line));
    let kib = found.and_then(|rest| rest.trim_matches([':', '\t', ' ', 'k', 'B']).parse().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// Keeps the last state hash.
#[derive(Clone, Default)]
struct LastState(Arc<Mutex<String>>);

impl EventSink for LastState {
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        let text = String::from_utf8_lossy(lines);
        if let Some((_, rest)) = text.rsplit_once("\"state_sha256\":\"") {
            let mut last = self.0.lock().expect("nobody panics holding it");
            *last = rest.chars().take(64).collect();
        }
        Ok(())
    }
}

/// Sums of the figures, and CPU seconds and resident MiB at the end of each year.
#[derive(Default)]
struct Tally {
    days: u32,
    sums: [f64; FIGURES.len()],
    years: Vec<(f64, f64)>,
}

impl Observer for Tally {
    fn step(&mut self, _done: Moment) {
        self.days += 1;
        if self.days.is_multiple_of(YEAR) {
            self.years.push((cpu(), memory("VmRSS")));
        }
    }

    fn epoch(&mut self, record: &EpochRecord) {
        for ((name, _), sum) in FIGURES.iter().zip(&mut self.sums) {
            let row = record.env.iter().find(|row| row.0 == *name);
            *sum += row
                .unwrap_or_else(|| panic!("the city has no figure {name}"))
                .1;
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, or: u32| {
        arguments
            .get(at)
            .map_or(or, |a| a.parse().expect("a number"))
    };
    let (wards, years) = (number(0, 36), number(1, 10).max(1));
    let mut city = City::of_seed(u64::from(number(3, 1)));
    city.environment.map.wards = wards;
    let generator = arguments.get(2).map_or("ring_chords", String::as_str);
    city.environment.map.generator = match generator {
        "ring_chords" => Generator::RingChords,
        "city" => Generator::City,
        other => panic!("a generator is ring_chords or city, not {other}"),
    };
    let problems = city.environment.problems();
    assert!(problems.is_empty(), "{problems:?}");
    city.weeks = (years * YEAR).div_ceil(WEEK);

    let last = LastState::default();
    let ports = Ports {
        sink: Box::new(last.clone()),
        control: Box::new(NoControl),
        inputs: Box::new(NoInputs),
        storage: None,
    };
    let header = serde_json::json!({"case": "city_speed"});
    let mut run =
        Orchestrator::new(city.setup(None), ports, &header).expect("a city can be set up");
    let built = cpu();
    let mut tally = Tally::default();
    run.run(&mut tally).expect("money and goods are conserved");
    let (pairs, bytes) = {
        let routes = run.world().routes();
        (routes.len(), routes.bytes())
    };
    let whole = cpu();

    let days = f64::from(tally.days);
    let ward_days = f64::from(wards) * days;
    println!(
        "{generator}, {wards} wards, {days} days, seed {}",
        city.seed
    );
    println!(
        "ward-days a CPU second   {:>10.0}   ({whole:.2} s in all)",
        ward_days / whole
    );
    println!(
        "  without building       {:>10.0}   ({built:.3} s to build)",
        ward_days / (whole - built)
    );
    let wanted = [0.9 * f64::from((wards / 4).min(40)), 6.0];
    for (at, ((_, title), sum)) in FIGURES.iter().zip(tally.sums).enumerate() {
        let goal = wanted
            .get(at)
            .map_or_else(String::new, |goal| format!("   (wanted {goal})"));
        println!("{title:<24} {:>10.2}{goal}", sum / days);
    }
    let scored = run
        .result()
        .map_or(0, |result| result.metrics.n_interactions);
    println!("interactions scored a day{:>10.2}", scored as f64 / days);
    let ends = tally.years.iter().map(|year| year.0);
    let starts = std::iter::once(built).chain(ends.clone());
    let costs: Vec<f64> = ends.zip(starts).map(|(end, start)| end - start).collect();
    let shown = |values: &mut dyn Iterator<Item = f64>, decimals: usize| -> String {
        let texts: Vec<String> = values.map(|value| format!("{value:.decimals$}")).collect();
        texts.join(" ")
    };
    println!(
        "CPU seconds by year      {}",
        shown(&mut costs.iter().copied(), 4)
    );
    println!(
        "last year over first     {:>10.3}",
        costs[costs.len() - 1] / costs[0]
    );
    println!(
        "resident MiB by year     {}",
        shown(&mut tally.years.iter().map(|year| year.1), 1)
    );
    println!(
        "routes held at the end   {pairs:>10} pairs of wards, {:.2} MiB",
        bytes as f64 / f64::from(1 << 20)
    );
    println!("peak resident MiB        {:>10.1}", memory("VmHWM"));
    println!(
        "state hash at the end    {}",
        last.0.lock().expect("nobody panics holding it")
    );
}
