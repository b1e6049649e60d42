//! The options of `replay`, as typed.

use std::path::PathBuf;

use clap::Args;

use crate::replay::settings_change::SettingsChange;

/// What a replay can be told.
#[derive(Args, Clone, Debug)]
pub struct ReplayOptions {
    /// A journal directory, a data directory that holds one, or a file that `journal cut` or
    /// `journal redact` wrote
    #[arg(value_name = "JOURNAL")]
    pub journal: PathBuf,
    /// Begin with the newest snapshot that is not after this tick [default: with the oldest]
    #[arg(long, value_name = "TICK")]
    pub from: Option<u64>,
    /// Stop after this tick [default: at the end]
    #[arg(long, value_name = "TICK")]
    pub until: Option<u64>,
    /// Compare each tick with what was recorded. This is always done; the option is for scripts that
    /// say what they mean
    #[arg(long)]
    pub verify: bool,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Option<PathBuf>,
    /// Write the whole state after the last tick as JSON, on one line; `-` is standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub state: Option<PathBuf>,
    /// Replace output files that are there already
    #[arg(long, help_heading = "Output")]
    pub force: bool,

    /// Write what an event stream would have been sent, byte for byte; `-` is standard output. The
    /// stream opens with the first tick and again whenever the server was started
    #[arg(long, value_name = "FILE", help_heading = "An event stream")]
    pub events: Option<PathBuf>,
    /// Id of the person whose rights the stream has [default: a super-admin]
    #[arg(long, value_name = "ID", requires = "events", help_heading = "An event stream")]
    pub user: Option<String>,
    /// Narrow the stream to this environment; may be repeated
    #[arg(long, value_name = "ID", requires = "events", help_heading = "An event stream")]
    pub environment: Vec<String>,
    /// Narrow the stream to this node; may be repeated
    #[arg(long, value_name = "ID", requires = "events", help_heading = "An event stream")]
    pub node: Vec<String>,
    /// Narrow the stream to this pipeline; may be repeated
    #[arg(long, value_name = "ID", requires = "events", help_heading = "An event stream")]
    pub pipeline: Vec<String>,

    /// Run the journal beside itself with another setting, such as `unreachable-after=2`, and list the
    /// changes of status that would have been others; may be repeated. Names are those of `serve`;
    /// sizes are written as 64MiB
    #[arg(long, value_name = "NAME=VALUE", help_heading = "What if")]
    pub set: Vec<SettingsChange>,
}
