//! The options of `serve` and `demo`, as typed. Units are in the names, or in the values themselves.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::cli::retention_options::RetentionOptions;
use crate::cli::values::{
    Ack, ByteSize, Network, parse_ack, parse_database_url, parse_listen, parse_log_filter,
    parse_public_url,
};

/// What a server can be told.
#[derive(Args, Clone, Debug)]
pub struct ServeOptions {
    /// TOML file with the names below as keys, such as `tick-max-ms = 50`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Address and port to listen on
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7300", value_parser = parse_listen,
          help_heading = "Network"
    )]
    pub listen: SocketAddr,
    /// Where people and agents reach this server when a proxy stands before it, such as
    /// `https://systole.example`; an https address also makes the session cookie Secure
    #[arg(long, value_name = "URL", value_parser = parse_public_url, help_heading = "Network")]
    pub public_url: Option<String>,
    /// Proxies whose forwarded headers are believed: addresses or networks, comma-separated
    #[arg(long, value_name = "NETWORK", value_delimiter = ',', help_heading = "Network")]
    pub trusted_proxy: Vec<Network>,
    /// Event streams open at once; more get 503
    #[arg(long, value_name = "COUNT", default_value = "5000", help_heading = "Network",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_streams: u32,

    /// `postgres://USER:PASSWORD@HOST/DATABASE` or `sqlite:FILE` [default: SQLite in the data
    /// directory]
    #[arg(long, value_name = "URL", value_parser = parse_database_url, help_heading = "Storage")]
    pub database_url: Option<String>,
    /// Directory of this server's files [default: ./systole-data; demo: a temporary one, removed on
    /// exit]
    #[arg(long, value_name = "DIRECTORY", help_heading = "Storage")]
    pub data_dir: Option<PathBuf>,
    /// Time between two writes of a batch to the database, in milliseconds; what is not written yet is
    /// in the journal
    #[arg(long, value_name = "MS", default_value = "10000", help_heading = "Storage",
          value_parser = clap::value_parser!(u64).range(50..=600_000))]
    pub flush_interval_ms: u64,
    /// Rows of history kept in memory while the database is away; over it the oldest are given up
    #[arg(long, value_name = "COUNT", default_value = "2000000", help_heading = "Storage",
          value_parser = clap::value_parser!(u32).range(1_000..))]
    pub backlog_rows: u32,

    #[command(flatten)]
    pub retention: RetentionOptions,

    /// Size at which the journal begins a new file
    #[arg(long, value_name = "SIZE", default_value = "64MiB", help_heading = "Journal")]
    pub journal_segment: ByteSize,
    /// How long the journal is kept, in hours; what the database lacks is kept in any case
    #[arg(long, value_name = "HOURS", default_value = "24", help_heading = "Journal",
          value_parser = clap::value_parser!(u32).range(0..=87_600))]
    pub journal_keep_hours: u32,
    /// Size of the journal over which its oldest files go before their time
    #[arg(long, value_name = "SIZE", default_value = "8GiB", help_heading = "Journal")]
    pub journal_keep: ByteSize,

    /// How often agents report, in milliseconds
    #[arg(long, value_name = "MS", default_value = "5000", help_heading = "Fleet",
          value_parser = clap::value_parser!(u64).range(1_000..=300_000))]
    pub heartbeat_interval_ms: u64,
    /// Missed reports after which a node is UNREACHABLE
    #[arg(long, value_name = "COUNT", default_value = "3", help_heading = "Fleet",
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub unreachable_after: u32,
    /// When a heartbeat is answered: `durable`, when it is on disk, or `received`, when it is in memory
    /// and a crash may still lose it
    #[arg(long, value_name = "WHEN", default_value = "durable", value_parser = parse_ack,
          help_heading = "Fleet")]
    pub ack: Ack,

    /// Shortest time between two ticks, in milliseconds
    #[arg(long, value_name = "MS", default_value = "5", help_heading = "Ticks and streams",
          value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub tick_min_ms: u64,
    /// Longest time between two ticks, in milliseconds
    #[arg(long, value_name = "MS", default_value = "50", help_heading = "Ticks and streams",
          value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub tick_max_ms: u64,
    /// Time without events after which a stream gets a keepalive, in milliseconds
    #[arg(long, value_name = "MS", default_value = "15000", help_heading = "Ticks and streams",
          value_parser = clap::value_parser!(u64).range(1_000..=300_000))]
    pub keepalive_ms: u64,
    /// Time a subscriber may stay behind before its stream is closed, in milliseconds
    #[arg(long, value_name = "MS", default_value = "30000", help_heading = "Ticks and streams",
          value_parser = clap::value_parser!(u64).range(1_000..=600_000))]
    pub lag_max_ms: u64,
    /// Time nodes get to report what was deployed before they count as late, in milliseconds
    #[arg(long, value_name = "MS", default_value = "300000", help_heading = "Fleet",
          value_parser = clap::value_parser!(u64).range(1_000..=86_400_000))]
    pub deploy_timeout_ms: u64,
    /// Refresh events a second on a stream that wants them of everything
    #[arg(long, value_name = "COUNT", default_value = "2000", help_heading = "Ticks and streams",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub refresh_per_second: u32,

    /// Memory for the rate history of all components
    #[arg(long, value_name = "SIZE", default_value = "256MiB", help_heading = "Memory")]
    pub history_memory: ByteSize,
    /// Largest request body
    #[arg(long, value_name = "SIZE", default_value = "8MiB", help_heading = "Memory")]
    pub body_max: ByteSize,
    /// Memory for reports on their way to a tick; over it agents get 503 with Retry-After
    #[arg(long, value_name = "SIZE", default_value = "64MiB", help_heading = "Memory")]
    pub ingress_memory: ByteSize,
    /// Memory for events that a reconnecting stream can still get
    #[arg(long, value_name = "SIZE", default_value = "64MiB", help_heading = "Memory")]
    pub resume_memory: ByteSize,
    /// Memory for the live tails of all logs
    #[arg(long, value_name = "SIZE", default_value = "64MiB", help_heading = "Memory")]
    pub log_tail_memory: ByteSize,

    /// First super-admin of an empty store. Set it in the environment: other users of this machine
    /// can read a command line
    #[arg(long, value_name = "EMAIL:PASSWORD", help_heading = "Operation")]
    pub bootstrap_admin: Option<String>,
    /// What to log: a level, or levels by module, such as `info,systole::store=debug`
    #[arg(long, value_name = "FILTER", default_value = "info", value_parser = parse_log_filter,
          help_heading = "Operation")]
    pub log: String,
}

/// What a demo can be told: a server's options and the size of the fleet.
#[derive(Args, Clone, Debug)]
pub struct DemoOptions {
    /// Simulated nodes
    #[arg(long, value_name = "COUNT", default_value = "60", help_heading = "Simulated fleet",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub nodes: u32,
    /// Pipelines; some are for nodes with certain labels
    #[arg(long, value_name = "COUNT", default_value = "8", help_heading = "Simulated fleet",
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub pipelines: u32,
    /// Connections that all agents share, without push streams [default: one a node; above 4000
    /// nodes: 256]
    #[arg(long, value_name = "COUNT", help_heading = "Simulated fleet",
          value_parser = clap::value_parser!(u32).range(1..=16_000))]
    pub connections: Option<u32>,

    #[command(flatten)]
    pub serve: ServeOptions,
}
