//! The arguments as they are typed, and nothing else: what they come to is decided by each command.
//!
//! Every command's long help ends with examples. A bare `k.path=value` is an override wherever a scenario is read.

mod log;

pub use log::LogCommand;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Simulate a small economy of agents, measure what the system does, and prove the log.
#[derive(Debug, Parser)]
#[command(
    name = "das",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  das run scenarios/baseline.yaml\n  das replay runs/baseline-s42/events.jsonl --verify\n  das list scenarios"
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags with the same meaning everywhere.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Global {
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr; twice for debugging (DAS_LOG filters by module)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Text for people or JSON for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Colours (NO_COLOR is honoured)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Yes.
    Always,
    /// No.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario: a table of what the system did, and a sealed log
    #[command(
        after_long_help = "Examples:\n  das run scenarios/baseline.yaml\n  das run scenarios/baseline.yaml --seed 7 governance.transaction_tax_rate=0.1\n  das run scenarios/baseline.yaml agents.deceptive.count=3 --output run_001.jsonl"
    )]
    Run(RunArgs),
    /// Finish an interrupted run, byte for byte
    #[command(
        after_long_help = "Examples:\n  das resume runs/baseline-s42\n  das resume run_001.jsonl.part"
    )]
    Resume(ResumeArgs),
    /// Run many settings of a scenario with the same seeds, and compare them
    #[command(
        after_long_help = "Examples:\n  das sweep scenarios/sweeps/tax_test.yaml\n  das sweep scenarios/baseline.yaml governance.transaction_tax_rate=[0,0.1,0.2] --seeds 10\n  das sweep scenarios/sweeps/tax_test.yaml --dry-run\n\nThe same command goes on with a sweep that was interrupted; finished runs are never made twice.\nExit codes: 0 all runs finished, 3 invalid (nothing was run), 30 some runs failed, 130 interrupted."
    )]
    Sweep(SweepArgs),
    /// Compare a sweep or runs with a baseline, paired by seed
    #[command(
        after_long_help = "Examples:\n  das compare sweeps/tax_test\n  das compare sweeps/tax_test --metric toxicity_rate,true_harm_rate --baseline transaction_tax_rate=0.05\n  das compare sweeps/tax_test --claims\n  das compare runs/baseline-s42 runs/taxed-s42"
    )]
    Compare(CompareArgs),
    /// Write a run or a sweep as one page that needs nothing else
    #[command(
        after_long_help = "Examples:\n  das report runs/baseline-s42 -o report.html\n  das report run_001.jsonl -o report.html --force\n  das report sweeps/tax_test -o tax_test.html\n\nExit codes: 0 written, 21 the log is damaged (nothing is written), 23 written, but the run is not finished."
    )]
    Report(ReportArgs),
    /// Recompute the metrics of a log, or prove it by running it again
    #[command(
        after_long_help = "Examples:\n  das replay run_001.jsonl\n  das replay run_001.jsonl --verify\n  das replay run_001.jsonl --verify --until 3:5\n\nExit codes: 0 verified, 20 diverged, 21 damaged, 22 of another version, 23 incomplete."
    )]
    Replay(ReplayArgs),
    /// Score anybody's interactions: labels, payoffs, all soft metrics
    #[command(
        after_long_help = "Examples:\n  das score interactions.jsonl\n  das score interactions.jsonl --each --config scenarios/baseline.yaml\n  das score run_001.jsonl --relabel"
    )]
    Score(ScoreArgs),
    /// Look into a log
    #[command(
        subcommand,
        after_long_help = "Examples:\n  das log overview run_001.jsonl\n  das log events run_001.jsonl --type interaction --agent deceptive.1\n  das log why run_001.jsonl 812"
    )]
    Log(LogCommand),
    /// Look through a world's own views of a log; without a view, list them
    #[command(
        after_long_help = "Examples:\n  das cockpit runs/city-s42\n  das cockpit ledger runs/city-s42\n  das cockpit ledger run_001.jsonl --format json"
    )]
    Cockpit(CockpitArgs),
    /// Write a run or a sweep as tables for other programs
    #[command(
        after_long_help = "Examples:\n  das export runs/baseline-s42 --to parquet -o tables\n  das export run_001.jsonl.gz --to csv -o tables\n  das export sweeps/tax_test --to parquet -o tables --force"
    )]
    Export(ExportArgs),
    /// Show runs and logs, finished or in progress, on a page of this machine alone
    #[command(
        after_long_help = "Examples:\n  das dashboard\n  das dashboard run_001.jsonl\n  das dashboard runs --addr 127.0.0.1:0 --allow-control"
    )]
    Dashboard(DashboardArgs),
    /// Find every mistake in scenarios without running them
    #[command(
        after_long_help = "Examples:\n  das check scenarios/*.yaml\n  das check scenarios/baseline.yaml simulation.epochs=20 --format json"
    )]
    Check(CheckArgs),
    /// Print the JSON Schema of a scenario, of a sweep, or of what das cockpit prints
    #[command(
        after_long_help = "Examples:\n  das schema > schemas/scenario.schema.json\n  das schema sweep > schemas/sweep.schema.json\n  das schema cockpit > schemas/cockpit.schema.json"
    )]
    Schema {
        /// Of what
        #[arg(value_enum, default_value_t = SchemaOf::Scenario)]
        of: SchemaOf,
    },
    /// Write something to start from: a scenario, a policy, a lever
    #[command(
        subcommand,
        after_long_help = "Examples:\n  das new scenario my_study\n  das new policy patient\n  das new lever wealth_tax --out ../wealth_tax"
    )]
    New(NewCommand),
    /// List what there is
    #[command(
        after_long_help = "Examples:\n  das list scenarios\n  das list levers\n  das list metrics --format json"
    )]
    List(ListArgs),
    /// Explain an agent, role, lever, metric, event or world
    #[command(
        after_long_help = "Examples:\n  das explain deceptive\n  das explain toxicity_rate\n  das explain transaction_tax"
    )]
    Explain(ExplainArgs),
    /// Print the completion script of a shell
    #[command(
        after_long_help = "Examples:\n  das completions bash > ~/.local/share/bash-completion/completions/das\n  das completions zsh > ~/.zfunc/_das"
    )]
    Completions(CompletionArgs),
    /// Write the reference pages of the documentation into a folder
    #[command(hide = true)]
    Reference {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// `das run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The scenario, then overrides as k.path=value
    #[arg(value_name = "SCENARIO.yaml [k.path=value …]")]
    pub words: Vec<String>,
    /// What is changed in the scenario.
    #[command(flatten)]
    pub change: ChangeArgs,
    /// Where results go.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// How it is executed.
    #[command(flatten)]
    pub how: HowArgs,
    /// Do not judge success criteria
    #[arg(long, help_heading = "Execution")]
    pub no_criteria: bool,
    /// Put the state hash into the seal of every step; the same as outputs.heavy=true
    #[arg(long, help_heading = "Results")]
    pub heavy: bool,
    /// Save the world at the end into vaults/NAME, for environment.vault of another run
    #[arg(long, value_name = "NAME", help_heading = "Results")]
    pub save_vault: Option<String>,
    /// Go on from environment.vault with this seed: a new history from the same state
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        conflicts_with = "seed",
        help_heading = "Scenario"
    )]
    pub new_seed: Option<u64>,
    /// Serve the run's page while it is made, where it can be held, led on step by step and stopped; serves on until Ctrl-C
    #[arg(
        long,
        value_name = "IP:PORT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = DASHBOARD,
        help_heading = "Execution"
    )]
    pub dashboard: Option<std::net::SocketAddr>,
    /// Begin held before the first step, for --dashboard
    #[arg(long, requires = "dashboard", help_heading = "Execution")]
    pub paused: bool,
    /// Writes every draw, sorted, for tests of determinism
    #[arg(long, hide = true, value_name = "FILE")]
    pub draw_log: Option<PathBuf>,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SchemaOf {
    Scenario,
    Sweep,
    Cockpit,
}

/// `das sweep`.
#[derive(Clone, Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct SweepArgs {
    /// A sweep file, or a scenario; then changes as k.path=value, or with a list of values for a run of each
    #[arg(value_name = "SWEEP.yaml|SCENARIO.yaml [k.path=[a,b,c] …]")]
    pub words: Vec<String>,
    /// What is changed in the base, for all cells.
    #[command(flatten)]
    pub change: ChangeArgs,
    /// Runs of each cell: the seed of the scenario, the next one, and so on [default: what the file says, else 30]
    #[arg(long, value_name = "N", help_heading = "Scenario", value_parser = clap::value_parser!(u32).range(1..))]
    pub seeds: Option<u32>,
    /// The sweep's directory [default: sweeps/SWEEP_ID]
    #[arg(long, value_name = "DIR", help_heading = "Results")]
    pub out: Option<PathBuf>,
    /// Go on in a directory of another plan: keep its finished runs, write the results of this one
    #[arg(long, help_heading = "Results", conflicts_with = "force")]
    pub resume: bool,
    /// Throw away what the directory's sweep has made, and begin again
    #[arg(long, help_heading = "Results")]
    pub force: bool,
    /// Keep the log of every run in its cell
    #[arg(long, help_heading = "Results")]
    pub keep_logs: bool,
    /// Runs at a time, each on a thread of its own [default: one a processor]
    #[arg(long, value_name = "N", help_heading = "Execution", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// Check everything and list the cells, without running any
    #[arg(long, help_heading = "Execution")]
    pub dry_run: bool,
}

/// `das compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// A sweep's directory, or directories (or logs) of runs
    #[arg(value_name = "SWEEPDIR|RUN …", required = true)]
    pub paths: Vec<PathBuf>,
    /// What the others are compared with [default: the sweep's own, of runs the first]
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// Only these metrics, several with commas
    #[arg(long, value_name = "METRIC", value_delimiter = ',')]
    pub metric: Vec<String>,
    /// Only which configurations help
    #[arg(long)]
    pub claims: bool,
}

/// `das report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// A run's directory or its log, finished or not, or a sweep's directory
    #[arg(value_name = "RUN|SWEEP")]
    pub path: PathBuf,
    /// The page
    #[arg(short, value_name = "FILE.html", default_value = "report.html")]
    pub output: PathBuf,
    /// Overwrite an earlier report
    #[arg(long)]
    pub force: bool,
}

/// Changes to a scenario.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Scenario")]
pub struct ChangeArgs {
    /// Change a value; the same as a bare k.path=value
    #[arg(long = "override", value_name = "k.path=value")]
    pub overrides: Vec<String>,
    /// simulation.epochs
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub epochs: Option<u32>,
    /// simulation.steps_per_epoch
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub steps: Option<u32>,
    /// simulation.seed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<u64>,
}

impl ChangeArgs {
    /// All changes as overrides: flags after words, so that a flag wins.
    pub fn all(&self, words: &[String]) -> Vec<String> {
        let mut all = words.to_vec();
        all.extend(self.overrides.iter().cloned());
        all.extend(self.epochs.map(|n| format!("simulation.epochs={n}")));
        all.extend(
            self.steps
                .map(|n| format!("simulation.steps_per_epoch={n}")),
        );
        all.extend(self.seed.map(|n| format!("simulation.seed={n}")));
        all
    }
}

/// Where results go.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Results")]
pub struct PlaceArgs {
    /// Write the log here; everything else goes to FILE.jsonl.d
    #[arg(long, value_name = "FILE.jsonl", conflicts_with = "out")]
    pub output: Option<PathBuf>,
    /// Write log and everything else into this directory [default: runs/SCENARIO_ID-sSEED]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Overwrite an earlier run
    #[arg(long)]
    pub force: bool,
}

/// How a run is executed: never changes what comes out.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Execution")]
pub struct HowArgs {
    /// Take a checkpoint every so many epochs [default: none but on Ctrl-C]
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..))]
    pub checkpoint_every: Option<u32>,
    /// Threads for simultaneous activation [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// `das resume`.
#[derive(Clone, Debug, Args)]
pub struct ResumeArgs {
    /// The run's directory, or its unfinished log
    #[arg(value_name = "DIR|FILE.jsonl.part")]
    pub run: PathBuf,
    /// Save the world at the end into vaults/NAME
    #[arg(long, value_name = "NAME", help_heading = "Results")]
    pub save_vault: Option<String>,
    /// How it is executed.
    #[command(flatten)]
    pub how: HowArgs,
    /// Do not judge success criteria
    #[arg(long, help_heading = "Execution")]
    pub no_criteria: bool,
}

/// `das replay`.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// The log
    #[arg(value_name = "LOG")]
    pub log: PathBuf,
    /// Check every seal, run it again from line 0 and compare every byte
    #[arg(long)]
    pub verify: bool,
    /// Go only as far as the end of this epoch, or of this step
    #[arg(long, value_name = "EPOCH[:STEP]", value_parser = until)]
    pub until: Option<(u32, Option<u32>)>,
    /// sha256 the whole file must have
    #[arg(long, value_name = "SHA")]
    pub expect: Option<String>,
    /// Threads for simultaneous activation [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

fn until(text: &str) -> Result<(u32, Option<u32>), String> {
    let number = |part: &str| {
        part.parse()
            .map_err(|_| "expected EPOCH or EPOCH:STEP, both from 0".to_owned())
    };
    match text.split_once(':') {
        Some((epoch, step)) => Ok((number(epoch)?, Some(number(step)?))),
        None => Ok((number(text)?, None)),
    }
}

/// `das score`.
#[derive(Clone, Debug, Args)]
pub struct ScoreArgs {
    /// Interactions, one JSON object a line; - for stdin
    #[arg(value_name = "INTERACTIONS.jsonl")]
    pub input: PathBuf,
    /// A scenario, or a file with its payoff: and proxy:
    #[arg(long, value_name = "C.yaml")]
    pub config: Option<PathBuf>,
    /// A line for each interaction first
    #[arg(long)]
    pub each: bool,
    /// Compute labels anew even where p or v_hat is given
    #[arg(long)]
    pub relabel: bool,
}

/// `das cockpit`.
#[derive(Clone, Debug, Args)]
pub struct CockpitArgs {
    /// The view, then the log or the directory of the run; without a view they are listed
    #[arg(value_name = "[VIEW] LOG|RUN", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
}

/// `das export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// The run's directory, its log, or a sweep's directory
    #[arg(value_name = "RUN|SWEEP")]
    pub path: PathBuf,
    /// What the tables are written as
    #[arg(long, value_enum, value_name = "FORM")]
    pub to: ExportForm,
    /// The directory they go to, a file each
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Write into a directory that is not empty, over tables of the same names
    #[arg(long)]
    pub force: bool,
}

/// `--to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportForm {
    /// Comma-separated values, RFC 4180.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// Where a page is served unless another place is named.
const DASHBOARD: &str = "127.0.0.1:8787";

/// `das dashboard`.
#[derive(Clone, Debug, Args)]
pub struct DashboardArgs {
    /// A folder of runs and sweeps, or one log [default: runs]
    #[arg(value_name = "DIR|LOG")]
    pub path: Option<PathBuf>,
    /// Where to listen: an address of this machine alone; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = DASHBOARD)]
    pub addr: std::net::SocketAddr,
    /// Let the page end a run that is in progress (it writes the run's STOP file)
    #[arg(long)]
    pub allow_control: bool,
}

/// `das check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Scenarios, and overrides for each of them
    #[arg(value_name = "SCENARIO.yaml … [k.path=value …]", required = true)]
    pub words: Vec<String>,
    /// What is changed in the scenario.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `das new`.
#[derive(Clone, Debug, Subcommand)]
pub enum NewCommand {
    /// A scenario that runs as it stands
    #[command(
        after_long_help = "Examples:\n  das new scenario my_study\n  das new scenario my_study --out studies --force\n  das new scenario --random 1\n\n--random draws a society for checking that a result does not hang on one population. Counts are whole numbers, uniform and independent: honest 10 to 30, opportunistic 2 to 12, deceptive 0 to 8, adversarial 0 to 8, all workers; regime thin or roomy, one half each. Each draw is keyed by the seed and its own name. 30 epochs of 10 steps, seed 1, 100 credits each, treasury paid back, no governance."
    )]
    Scenario {
        /// Its name [default with --random: random_SEED]
        #[arg(value_name = "NAME", required_unless_present = "random")]
        name: Option<String>,
        /// Draw population and regime instead of writing the commented example
        #[arg(long, value_name = "SEED")]
        random: Option<u64>,
        /// The folder it is written to
        #[arg(long, value_name = "DIR", default_value = "scenarios")]
        out: PathBuf,
        /// Overwrite a file of that name
        #[arg(long)]
        force: bool,
    },
    /// A policy of the commons: a Rust file that compiles and is tested, to start from
    #[command(
        after_long_help = "Examples:\n  das new policy patient\n  das new policy patient --out ../patient\n\nWithout --out the file goes to crates/agents/src/policies, and the two lines that register it are printed. With --out it is a crate that depends on the checkout by path."
    )]
    Policy(SourceArgs),
    /// A governance lever, likewise
    #[command(
        after_long_help = "Examples:\n  das new lever wealth_tax\n  das new lever wealth_tax --out ../wealth_tax\n\nWithout --out the file goes to crates/governance/src/levers, and the lines that register it and its key are printed. With --out it is a crate that depends on the checkout by path."
    )]
    Lever(SourceArgs),
}

/// `das new policy`, `das new lever`.
#[derive(Clone, Debug, Args)]
pub struct SourceArgs {
    /// Its name: of the module and in scenarios, 1 to 40 of a-z 0-9 _
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Write a crate of its own to this folder instead of a file of the checkout
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The checkout of DAS [default: the one the current folder lies in]
    #[arg(long, value_name = "DIR")]
    pub checkout: Option<PathBuf>,
    /// Overwrite files of these names
    #[arg(long)]
    pub force: bool,
}

/// `das list`.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// What to list
    #[arg(value_enum)]
    pub family: ListFamily,
    /// The folder with scenarios
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub folder: PathBuf,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ListFamily {
    Scenarios,
    Environments,
    Agents,
    Levers,
    Metrics,
    Events,
}

/// `das explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// Name of an agent, role, lever, metric, event, world or scenario key
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// `das completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
