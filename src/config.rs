//! What a server is told, checked and without a trace of where it was written.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use systole_systems::settings::Settings;
use systole_systems::time::Millis;

use crate::app::EdgeOptions;
use crate::auth::passwords::PASSWORD_CHARS_MIN;
use crate::cli::options::{DemoOptions, ServeOptions};
use crate::cli::values::{Ack, ByteSize};
use crate::ports::IngressLimits;
use crate::store::retention::Retention;

/// Everything `serve` needs to know.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    pub listen: SocketAddr,
    pub data_dir: DataDir,
    /// `None`: SQLite in the data directory.
    pub database_url: Option<String>,
    pub tick_min: Duration,
    pub tick_max: Duration,
    pub ack: Ack,
    pub journal: JournalConfig,
    pub retention: Retention,
    pub settings: Settings,
    pub edge: EdgeOptions,
    pub ingress: IngressLimits,
    pub streams_max: usize,
    pub bootstrap_admin: Option<BootstrapAdmin>,
    /// Filter of the log, in the syntax of `tracing`.
    pub log: String,
}

/// How the journal is kept.
#[derive(Clone, Copy, Debug)]
pub struct JournalConfig {
    /// Size at which a segment is sealed.
    pub segment_bytes_max: u64,
    /// Segments that ended longer ago go, and the oldest ones over `keep_bytes_max`; never what the
    /// store lacks.
    pub keep_for: Millis,
    pub keep_bytes_max: u64,
}

const HOUR_MILLIS: u64 = 3_600_000;

/// Everything `demo` needs to know.
#[derive(Clone, Debug)]
pub struct DemoConfig {
    pub serve: ServeConfig,
    pub nodes: u32,
    pub pipelines: u32,
    /// Connections that all agents share; `None`: each node has its own, and a push stream.
    pub connections: Option<u32>,
}

/// Where a server keeps its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataDir {
    Kept(PathBuf),
    /// Made at start, removed on exit.
    Temporary,
}

/// The first super-admin of an empty store.
#[derive(Clone, PartialEq, Eq)]
pub struct BootstrapAdmin {
    pub email: String,
    pub password: String,
}

impl fmt::Debug for BootstrapAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BootstrapAdmin").field("email", &self.email).finish_non_exhaustive()
    }
}

/// Options that are right one by one and wrong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    TickOrder { min_millis: u64, max_millis: u64 },
    BootstrapAdmin,
    PasswordTooShort,
    BodyOverIngress,
    RetentionOrder { minutes: u32, hours: u32, days: u32 },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::TickOrder { min_millis, max_millis } => write!(
                f,
                "--tick-min-ms {min_millis} is above --tick-max-ms {max_millis}; it may be at most that"
            ),
            ConfigError::BootstrapAdmin => f.write_str(
                "--bootstrap-admin (SYSTOLE_BOOTSTRAP_ADMIN) is not EMAIL:PASSWORD; \
                 write it as admin@example.org:password",
            ),
            ConfigError::PasswordTooShort => write!(
                f,
                "the password in --bootstrap-admin (SYSTOLE_BOOTSTRAP_ADMIN) is too short; \
                 take {PASSWORD_CHARS_MIN} characters or more"
            ),
            ConfigError::RetentionOrder { minutes, hours, days } => write!(
                f,
                "--minutes-keep-days {minutes}, --hours-keep-days {hours} and --days-keep-days {days} \
                 do not rise; coarser rows must be kept longer than the finer ones they are made of"
            ),
            ConfigError::BodyOverIngress => f.write_str(
                "--ingress-memory is below --body-max; it must hold at least one whole request",
            ),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Reports on their way to a tick at once; the bytes among them are bounded by an option.
const ARRIVALS_MAX: usize = 65_536;

/// A process may hold some 20,000 descriptors: an agent takes one for requests and one for its push
/// stream, and the server holds the other end of both.
const NODES_WITH_OWN_CONNECTION_MAX: u32 = 4_000;

/// Connections of a larger fleet.
const SHARED_CONNECTIONS: u32 = 256;

impl ServeConfig {
    /// What the options of `serve` ask for.
    pub fn of_serve(options: ServeOptions) -> Result<ServeConfig, ConfigError> {
        ServeConfig::resolve(options, DataDir::Kept("systole-data".into()))
    }

    /// The database to open, given where the data directory is.
    pub fn database_url(&self, data_dir: &Path) -> String {
        match &self.database_url {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", data_dir.join("systole.db").display()),
        }
    }

    fn resolve(options: ServeOptions, data_dir: DataDir) -> Result<ServeConfig, ConfigError> {
        if options.tick_max_ms < options.tick_min_ms {
            let (min_millis, max_millis) = (options.tick_min_ms, options.tick_max_ms);
            return Err(ConfigError::TickOrder { min_millis, max_millis });
        }
        if options.ingress_memory.0 < options.body_max.0 {
            return Err(ConfigError::BodyOverIngress);
        }

        let settings = Settings {
            heartbeat_interval: Millis(options.heartbeat_interval_ms),
            unreachable_after: options.unreachable_after,
            flush_interval: Millis(options.flush_interval_ms),
            backlog_rows_max: options.backlog_rows,
            history_bytes_max: options.history_memory.0,
            log_tail_bytes_max: options.log_tail_memory.0,
            resume_bytes_max: options.resume_memory.0,
            keepalive_interval: Millis(options.keepalive_ms),
            lag_max: Millis(options.lag_max_ms),
            deploy_timeout: Millis(options.deploy_timeout_ms),
            refresh_per_second_max: options.refresh_per_second,
            ..Settings::default()
        };
        let retention = options.retention.retention()?;
        let edge = EdgeOptions {
            retention,
            heartbeat_interval_millis: options.heartbeat_interval_ms,
            body_bytes_max: in_memory(options.body_max),
            public_url: options.public_url,
            trusted_proxies: options.trusted_proxy,
        };
        let ingress = IngressLimits {
            arrivals_max: ARRIVALS_MAX,
            bytes_max: in_memory(options.ingress_memory),
        };
        Ok(ServeConfig {
            listen: options.listen,
            data_dir: options.data_dir.map_or(data_dir, DataDir::Kept),
            database_url: options.database_url,
            tick_min: Duration::from_millis(options.tick_min_ms),
            tick_max: Duration::from_millis(options.tick_max_ms),
            ack: options.ack,
            journal: JournalConfig {
                segment_bytes_max: options.journal_segment.0,
                keep_for: Millis(u64::from(options.journal_keep_hours) * HOUR_MILLIS),
                keep_bytes_max: options.journal_keep.0,
            },
            retention,
            settings,
            edge,
            ingress,
            streams_max: options.max_streams as usize,
            bootstrap_admin: options.bootstrap_admin.map(bootstrap_admin).transpose()?,
            log: options.log,
        })
    }
}

impl DemoConfig {
    /// What the options of `demo` ask for.
    pub fn of_demo(options: DemoOptions) -> Result<DemoConfig, ConfigError> {
        let crowded = NODES_WITH_OWN_CONNECTION_MAX < options.nodes;
        let mut serve = ServeConfig::resolve(options.serve, DataDir::Temporary)?;
        if serve.log == "info" {
            // A fleet that enrolls at once would push the greeting off the screen.
            serve.log.push_str(",systole::http::agent::enroll=warn");
        }
        Ok(DemoConfig {
            serve,
            nodes: options.nodes,
            pipelines: options.pipelines,
            connections: options.connections.or(crowded.then_some(SHARED_CONNECTIONS)),
        })
    }
}

fn bootstrap_admin(text: String) -> Result<BootstrapAdmin, ConfigError> {
    let (email, password) = text.split_once(':').ok_or(ConfigError::BootstrapAdmin)?;
    if !email.contains('@') {
        return Err(ConfigError::BootstrapAdmin);
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(ConfigError::PasswordTooShort);
    }
    Ok(BootstrapAdmin { email: email.into(), password: password.into() })
}

const _: () =
    assert!(size_of::<usize>() == size_of::<u64>(), "every size fits in memory's address");

fn in_memory(size: ByteSize) -> usize {
    size.0 as usize
}
