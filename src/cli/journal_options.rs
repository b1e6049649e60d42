//! The options of `journal inspect`, `cut` and `redact`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::journal_tools::moment::Moment;

/// What can be done with a journal.
#[derive(Clone, Debug, Subcommand)]
pub enum JournalCommand {
    /// Show the files of a journal and what is in them, also while a server writes it
    Inspect(InspectOptions),
    /// Copy a stretch of ticks, with the state before them, to a file that stands on its own
    Cut(CutOptions),
    /// Copy a journal to a file that can be shown to others: names, hosts, label values, log lines and
    /// credentials are replaced by stand-ins
    Redact(RedactOptions),
}

/// What `journal inspect` can be told.
#[derive(Args, Clone, Debug)]
pub struct InspectOptions {
    /// A journal directory, a data directory that holds one, or a file that `journal cut` or
    /// `journal redact` wrote
    #[arg(value_name = "JOURNAL")]
    pub journal: PathBuf,
    /// The first tick to look at: its number, or a time such as 2026-03-01T12:00:00Z
    #[arg(long, value_name = "TICK|TIME")]
    pub from: Option<Moment>,
    /// The last tick to look at, written likewise
    #[arg(long, value_name = "TICK|TIME")]
    pub to: Option<Moment>,
    /// Print each tick with its inputs instead, as lines of JSON
    #[arg(long)]
    pub inputs: bool,
}

/// What `journal cut` can be told.
#[derive(Args, Clone, Debug)]
pub struct CutOptions {
    /// A journal directory, a data directory that holds one, or a file that `journal cut` or
    /// `journal redact` wrote
    #[arg(value_name = "JOURNAL")]
    pub journal: PathBuf,
    /// The first tick: its number, or a time such as 2026-03-01T12:00:00Z [default: the oldest]
    #[arg(long, value_name = "TICK|TIME")]
    pub from: Option<Moment>,
    /// The last tick, written likewise [default: the newest]
    #[arg(long, value_name = "TICK|TIME")]
    pub to: Option<Moment>,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `journal redact` can be told.
#[derive(Args, Clone, Debug)]
pub struct RedactOptions {
    /// A journal directory, a data directory that holds one, or a file that `journal cut` wrote
    #[arg(value_name = "JOURNAL")]
    pub journal: PathBuf,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// Where a journal is written.
#[derive(Args, Clone, Debug)]
pub struct OutputOptions {
    /// The file to write; compressed when its name ends in `.zst`
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the file when it is there already
    #[arg(long)]
    pub force: bool,
}
