//! The options of `systole load`.

use std::path::PathBuf;

use clap::Args;

/// What the rig is told.
#[derive(Args, Clone, Debug)]
pub struct LoadOptions {
    /// The server, such as `http://127.0.0.1:7300`
    #[arg(long, value_name = "URL")]
    pub target: String,
    /// Email of a super-admin of the server
    #[arg(long, value_name = "EMAIL", env = "SYSTOLE_LOAD_EMAIL", help_heading = "Sign-in")]
    pub email: Option<String>,
    /// The password. Set it in the environment: other users of this machine can read a command line
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "SYSTOLE_LOAD_PASSWORD",
        hide_env_values = true,
        help_heading = "Sign-in"
    )]
    pub password: Option<String>,
    /// An API token of a super-admin, instead of email and password
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SYSTOLE_LOAD_API_TOKEN",
        hide_env_values = true,
        help_heading = "Sign-in"
    )]
    pub api_token: Option<String>,

    /// Simulated nodes
    #[arg(long, value_name = "COUNT", default_value_t = 50, help_heading = "Load")]
    pub nodes: usize,
    /// Pipelines on each node
    #[arg(long, value_name = "COUNT", default_value_t = 1, help_heading = "Load")]
    pub pipelines: usize,
    /// Components of each pipeline
    #[arg(long, value_name = "COUNT", default_value_t = 4, help_heading = "Load")]
    pub components: usize,
    /// Event streams
    #[arg(long, value_name = "COUNT", default_value_t = 1, help_heading = "Load")]
    pub subscribers: usize,
    /// Nodes each stream is narrowed to; 0: streams are not narrowed
    #[arg(long, value_name = "COUNT", default_value_t = 0, help_heading = "Load")]
    pub nodes_per_subscriber: usize,
    /// Time between two heartbeats of a node, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5_000, help_heading = "Load")]
    pub interval_ms: u64,
    /// Time measured, in seconds
    #[arg(long, value_name = "S", default_value_t = 60, help_heading = "Load")]
    pub duration_s: u64,
    /// Time before measuring begins, in seconds
    #[arg(long, value_name = "S", default_value_t = 12, help_heading = "Load")]
    pub warmup_s: u64,
    /// Connections that all agents share, without push streams [default: one a node]
    #[arg(long, value_name = "COUNT", help_heading = "Load")]
    pub connections: Option<usize>,
    /// Agents send log lines too
    #[arg(long, help_heading = "Load")]
    pub logs: bool,
    /// An environment to use instead of a new one
    #[arg(long, value_name = "ID", help_heading = "Load")]
    pub environment: Option<String>,
    /// Seed of everything left to chance
    #[arg(long, value_name = "NUMBER", default_value_t = 1, help_heading = "Load")]
    pub seed: u64,

    /// Process of the server, on this machine, to tell its CPU and memory
    #[arg(long, value_name = "PID", help_heading = "Report")]
    pub server_pid: Option<u32>,
    /// File to write all figures to, as JSON
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub json: Option<PathBuf>,
}

impl LoadOptions {
    /// The load in a few words.
    pub fn summary(&self) -> String {
        let reach = match self.nodes_per_subscriber {
            0 => "all nodes".to_owned(),
            count => format!("{count} nodes each"),
        };
        format!(
            "{} nodes x {} pipelines x {} components every {} ms, {} streams of {reach}",
            self.nodes, self.pipelines, self.components, self.interval_ms, self.subscribers
        )
    }
}
