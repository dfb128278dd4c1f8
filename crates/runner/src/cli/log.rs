//! The arguments of `das log`.

use clap::Subcommand;
use std::path::PathBuf;

/// `das log`.
#[derive(Clone, Debug, Subcommand)]
pub enum LogCommand {
    /// What happened: metrics, who gained, miscoordination, conflict, collusion
    #[command(
        after_long_help = "Examples:\n  das log overview run_001.jsonl\n  das log overview runs/baseline-s42/events.jsonl --format json"
    )]
    Overview {
        /// The log
        #[arg(value_name = "LOG")]
        log: PathBuf,
    },
    /// Lines of a log, by kind, agent and time
    #[command(
        after_long_help = "Examples:\n  das log events run_001.jsonl --type vote_cast --limit 5\n  das log events run_001.jsonl --agent honest.1 --epoch 3..5\n  das log events run_001.jsonl --type interaction --where 'p<0.4'"
    )]
    Events {
        /// The log
        #[arg(value_name = "LOG")]
        log: PathBuf,
        /// Only lines of this type (several times: any of them) [default: all but seals]
        #[arg(long = "type", value_name = "TYPE")]
        kind: Vec<String>,
        /// Only lines whose own `kind` is this (of interaction, of agent)
        #[arg(long = "kind", value_name = "KIND")]
        of: Option<String>,
        /// Only lines that name this agent
        #[arg(long, value_name = "NAME")]
        agent: Option<String>,
        /// Only this epoch, or these: A, A..B, A.. or ..B, ends included
        #[arg(long, value_name = "EPOCHS")]
        epoch: Option<String>,
        /// Only lines where this holds, e.g. 'p<0.4' (several times: all of them)
        #[arg(long = "where", value_name = "FIELD<NUMBER")]
        only: Vec<String>,
        /// Only the event of this number (several times: any of them)
        #[arg(long, value_name = "N")]
        event: Vec<u64>,
        /// At most so many lines
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
    },
    /// Where each agent ended
    #[command(
        after_long_help = "Examples:\n  das log agents run_001.jsonl --sort payoff\n  das log agents run_001.jsonl --format json"
    )]
    Agents {
        /// The log
        #[arg(value_name = "LOG")]
        log: PathBuf,
        /// Sort by this column
        #[arg(long, value_name = "COLUMN")]
        sort: Option<String>,
    },
    /// Whether a log is complete, incomplete or damaged
    #[command(
        after_long_help = "Examples:\n  das log check run_001.jsonl\n  das log check run_001.jsonl.part --format json"
    )]
    Check {
        /// The log
        #[arg(value_name = "LOG")]
        log: PathBuf,
    },
    /// What an event came from and what came of it
    #[command(
        after_long_help = "Examples:\n  das log why run_001.jsonl 812\n  das log why runs/city-s42 1658 --depth 6\n  das log why run_001.jsonl 812 --format json"
    )]
    Why {
        /// The log
        #[arg(value_name = "LOG")]
        log: PathBuf,
        /// The number of the event: the field `event` of its line
        #[arg(value_name = "EVENT")]
        event: u64,
        /// How far it is followed back
        #[arg(long, value_name = "N", default_value_t = das_analysis::why::DEPTH, value_parser = clap::value_parser!(u32).range(1..=12))]
        depth: u32,
    },
    /// Pack a log, or unpack it: FILE.jsonl, FILE.jsonl.gz or FILE.jsonl.zst
    #[command(
        after_long_help = "Examples:\n  das log convert run_001.jsonl -o run_001.jsonl.zst\n  das log convert runs/baseline-s42 -o baseline.jsonl.gz\n  das log convert run_001.jsonl.zst -o run_001.jsonl"
    )]
    Convert {
        /// The log, packed or not
        #[arg(value_name = "LOG")]
        log: PathBuf,
        /// The file to write; its name says how: .jsonl, .jsonl.gz or .jsonl.zst
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Overwrite a file of that name
        #[arg(long)]
        force: bool,
    },
    /// Cut an unfinished log back to its last seal
    #[command(
        after_long_help = "Examples:\n  das log repair run_001.jsonl.part\n  das log check run_001.jsonl.part"
    )]
    Repair {
        /// The log
        #[arg(value_name = "LOG")]
        log: PathBuf,
    },
}
