//! `systole load`: a simulated fleet and event streams against a running server, and what they measured.

pub mod options;
pub mod process_cost;
pub mod reader;
pub mod report;
pub mod tracker;

use std::fmt;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use serde_json::json;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::auth::secrets::{hex, random};
use crate::fleet_sim::connection::Target;
use crate::fleet_sim::host::{Host, Identity};
use crate::fleet_sim::run::{FleetCounts, FleetOptions, run_fleet};
use crate::fleet_sim::scenario::Scenario;
use crate::fleet_sim::setup::{ApiClient, PlainPipelines, SetupError, SignIn};
use crate::load::options::LoadOptions;
use crate::load::process_cost::ProcessCost;
use crate::load::reader::{Reading, read_stream};
use crate::load::report::LoadReport;
use crate::load::tracker::Tracker;

/// Descriptors for everything but connections.
const DESCRIPTORS_SPARE: u64 = 64;
/// Time that late events get to arrive after the last heartbeat.
const LATE_EVENTS: Duration = Duration::from_secs(2);

/// Why a load could not be run.
#[derive(Debug)]
pub enum LoadError {
    Target(String),
    SignInMissing,
    Setup(SetupError),
    Descriptors { needed: u64, limit: u64 },
    ServerProcess(u32),
    Enrollment { enrolled: usize, nodes: usize },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Target(why) => write!(f, "--target: {why}"),
            LoadError::SignInMissing => f.write_str(
                "sign in with --email and --password, or with --api-token, of a super-admin",
            ),
            LoadError::Setup(error) => write!(f, "the server could not be prepared: {error}"),
            LoadError::Descriptors { needed, limit } => write!(
                f,
                "{needed} descriptors are needed and {limit} allowed; let agents share connections \
                 with --connections 256, or raise the limit (ulimit -n)"
            ),
            LoadError::ServerProcess(pid) => write!(f, "--server-pid: there is no process {pid}"),
            LoadError::Enrollment { enrolled, nodes } => {
                write!(f, "only {enrolled} of {nodes} nodes could enroll")
            }
        }
    }
}

impl std::error::Error for LoadError {}

impl From<SetupError> for LoadError {
    fn from(error: SetupError) -> LoadError {
        LoadError::Setup(error)
    }
}

/// Runs the load and answers what it measured.
pub async fn run(options: &LoadOptions) -> Result<LoadReport, LoadError> {
    let target = Target::parse(&options.target).map_err(LoadError::Target)?;
    check_descriptors(options)?;
    let server = match options.server_pid {
        Some(pid) => Some((pid, ProcessCost::of(pid).ok_or(LoadError::ServerProcess(pid))?)),
        None => None,
    };
    progress(&format!("preparing {} at {}", options.summary(), target.url()));
    let mut client = ApiClient::sign_in(target.clone(), &sign_in(options)?).await?;
    let name = format!("load-{}", hex(&random::<4>()));
    let pipelines = PlainPipelines { count: options.pipelines, components: options.components };
    let prepared = match &options.environment {
        Some(environment) => client.prepare_in(environment.clone(), pipelines).await?,
        None => client.prepare(&name, pipelines).await?,
    };
    let token = client.post("/api/v1/tokens", &json!({ "name": name })).await?;
    let api_token = token["token"].as_str().unwrap_or_default().to_owned();

    let tracker = Arc::new(Tracker::default());
    let counts = Arc::new(FleetCounts::default());
    let nodes = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(Notify::new());
    let fleet = tokio::spawn(run_fleet(
        FleetOptions {
            target: target.clone(),
            enrollment_token: prepared.enrollment_token,
            hosts: Host::numbered(&name, options.nodes),
            connections: options.connections,
            interval: Some(Duration::from_millis(options.interval_ms)),
            scenario: Scenario::Calm,
            logs: options.logs,
            seed: options.seed,
        },
        counts.clone(),
        Some(tracker.clone()),
        nodes.clone(),
        stop.clone(),
    ));
    let nodes = all_enrolled(&nodes, options.nodes).await?;
    tracker.watch(&nodes);

    let mut readers = JoinSet::new();
    let reading = Arc::new(Reading::default());
    for index in 0..options.subscribers {
        let watched = watched_by(&nodes, index, options.nodes_per_subscriber);
        let (target, api_token) = (target.clone(), api_token.clone());
        let (tracker, reading) = (tracker.clone(), reading.clone());
        readers.spawn(async move {
            read_stream(target, &api_token, &watched, &tracker, &reading).await;
        });
    }

    progress(&format!("{} nodes enrolled, warming up", nodes.len()));
    sleep(Duration::from_secs(options.warmup_s)).await;
    let began = Instant::now();
    let (server_before, own_before) =
        (server.map(|(pid, _)| ProcessCost::of(pid)), ProcessCost::own());
    let before = Snapshot::of(&counts);
    tracker.begin();
    reading.begin();
    let ends_at = began + Duration::from_secs(options.duration_s);
    while Instant::now() < ends_at {
        sleep_until(ends_at.min(Instant::now() + Duration::from_secs(5))).await;
        let left = ends_at.saturating_duration_since(Instant::now()).as_secs();
        let sent = Snapshot::of(&counts).heartbeats - before.heartbeats;
        progress(&format!("{sent} heartbeats, {left} s left"));
    }
    tracker.end();
    let elapsed = began.elapsed();
    let after = Snapshot::of(&counts);
    let server_after = server.map(|(pid, _)| ProcessCost::of(pid));
    let own_after = ProcessCost::own();
    sleep(LATE_EVENTS).await;
    stop.notify_one();
    let ended_early = readers.try_join_next().is_some();
    readers.shutdown().await;
    if let Err(error) = fleet.await {
        tracing::error!(%error, "the fleet panicked");
    }
    Ok(LoadReport::new(report::Measured {
        options,
        elapsed,
        heartbeats: after.since(&before),
        tracker: &tracker,
        reading: &reading,
        ended_early,
        server: server_before.flatten().zip(server_after.flatten()),
        own: (own_before, own_after),
    }))
}

/// Counts of the fleet at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Snapshot {
    pub heartbeats: u64,
    pub answered_200: u64,
    pub shed: u64,
    pub refused: u64,
    pub failed: u64,
}

impl Snapshot {
    fn of(counts: &FleetCounts) -> Snapshot {
        Snapshot {
            heartbeats: counts.heartbeats.load(Ordering::Relaxed),
            answered_200: counts.answered_200.load(Ordering::Relaxed),
            shed: counts.shed.load(Ordering::Relaxed),
            refused: counts.refused.load(Ordering::Relaxed),
            failed: counts.failed.load(Ordering::Relaxed),
        }
    }

    fn since(&self, before: &Snapshot) -> Snapshot {
        Snapshot {
            heartbeats: self.heartbeats - before.heartbeats,
            answered_200: self.answered_200 - before.answered_200,
            shed: self.shed - before.shed,
            refused: self.refused - before.refused,
            failed: self.failed - before.failed,
        }
    }
}

fn check_descriptors(options: &LoadOptions) -> Result<(), LoadError> {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let agents = options.connections.unwrap_or(2 * options.nodes);
    let needed = (agents + options.subscribers) as u64 + DESCRIPTORS_SPARE;
    if limit < needed {
        return Err(LoadError::Descriptors { needed, limit });
    }
    Ok(())
}

fn sign_in(options: &LoadOptions) -> Result<SignIn, LoadError> {
    match (&options.api_token, &options.email, &options.password) {
        (Some(token), ..) => Ok(SignIn::ApiToken(token.clone())),
        (None, Some(email), Some(password)) => {
            Ok(SignIn::Password { email: email.clone(), password: password.clone() })
        }
        (None, ..) => Err(LoadError::SignInMissing),
    }
}

async fn all_enrolled(
    nodes: &Mutex<Vec<Identity>>,
    expected: usize,
) -> Result<Vec<String>, LoadError> {
    let patience = Instant::now() + Duration::from_secs(60 + expected as u64 / 50);
    loop {
        let enrolled = nodes.lock().await.len();
        if enrolled == expected {
            return Ok(nodes.lock().await.iter().map(|node| node.node_id.clone()).collect());
        }
        if patience < Instant::now() {
            return Err(LoadError::Enrollment { enrolled, nodes: expected });
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// The nodes a subscriber watches, another stretch of the fleet for each; none: all.
fn watched_by(nodes: &[String], index: usize, count: usize) -> Vec<String> {
    (0..count.min(nodes.len())).map(|n| nodes[(index * count + n) % nodes.len()].clone()).collect()
}

fn progress(text: &str) {
    // A rig runs on when nobody reads its progress.
    let _printed = writeln!(std::io::stderr().lock(), "load: {text}").is_ok();
}
