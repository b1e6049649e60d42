//! A small simulated fleet beside a server: three newer agents and an older one.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use systole::fleet_sim::host::Host;
use systole::fleet_sim::run::{FleetCounts, FleetOptions, run_fleet};
use systole::fleet_sim::scenario::Scenario;
use systole::fleet_sim::setup::{ApiClient, PlainPipelines, Prepared};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::server::Running;

/// Nodes of the fleet: the last one has an older agent.
pub(crate) const NODES: usize = 4;

/// How long something may take to come true.
const PATIENCE: Duration = Duration::from_secs(30);

/// A fleet that reports until it is stopped.
pub(crate) struct SimulatedFleet {
    stop: Arc<Notify>,
    running: JoinHandle<()>,
}

impl SimulatedFleet {
    /// Enrolls the nodes and lets them report.
    pub(crate) fn start(server: &Running, prepared: &Prepared) -> SimulatedFleet {
        let options = FleetOptions {
            target: server.target(),
            enrollment_token: prepared.enrollment_token.clone(),
            hosts: Host::numbered("node", NODES),
            connections: None,
            interval: None,
            scenario: Scenario::Calm,
            logs: false,
            seed: 1,
        };
        let (stop, nodes) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
        let counts = Arc::<FleetCounts>::default();
        let running = tokio::spawn(run_fleet(options, counts, None, nodes, stop.clone()));
        SimulatedFleet { stop, running }
    }

    /// Ends the agents.
    pub(crate) async fn stop(self) {
        self.stop.notify_one();
        self.running.await.unwrap();
    }
}

/// So many pipelines of three components.
pub(crate) fn plain(count: usize) -> PlainPipelines {
    PlainPipelines { count, components: 3 }
}

/// Asks until the answer holds.
pub(crate) async fn until(
    client: &mut ApiClient,
    path: &str,
    holds: impl Fn(&Value) -> bool,
) -> Value {
    let ends = Instant::now() + PATIENCE;
    loop {
        let value = client.get(path).await.unwrap();
        if holds(&value) {
            return value;
        }
        assert!(Instant::now() < ends, "{path}: {value}");
        sleep(Duration::from_millis(100)).await;
    }
}
