//! `systole demo`: a server and a simulated fleet that reports to it over loopback HTTP.

use std::sync::Arc;

use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

use crate::config::{BootstrapAdmin, DemoConfig};
use crate::fleet_sim::connection::Target;
use crate::fleet_sim::host::Host;
use crate::fleet_sim::run::{FleetCounts, FleetOptions, run_fleet};
use crate::fleet_sim::scenario::Scenario;
use crate::fleet_sim::setup::{ApiClient, PlainPipelines, SetupError, SignIn};
use crate::serve::Server;

/// The demo's user.
pub const EMAIL: &str = "demo@systole.test";
/// The demo's password; the server listens on loopback and forgets everything on exit.
pub const PASSWORD: &str = "heartbeat";

/// A fleet that reports until it is stopped.
pub struct DemoFleet {
    running: JoinHandle<()>,
    stop: Arc<Notify>,
}

/// Makes sure that the demo's user exists, unless another first user is asked for.
pub fn with_demo_user(config: &mut DemoConfig) {
    let demo_user = || BootstrapAdmin { email: EMAIL.into(), password: PASSWORD.into() };
    config.serve.bootstrap_admin.get_or_insert_with(demo_user);
}

/// Fills the server with a fleet.
pub async fn start_fleet(config: &DemoConfig, server: &Server) -> Result<DemoFleet, SetupError> {
    let target = Target::parse(&format!("http://{}", server.address)).expect("our own address");
    let admin = config.serve.bootstrap_admin.as_ref().expect("the demo has a first user");
    let sign_in = SignIn::Password { email: admin.email.clone(), password: admin.password.clone() };
    let mut client = ApiClient::sign_in(target.clone(), &sign_in).await?;
    let pipelines = PlainPipelines { count: config.pipelines as usize, components: 4 };
    let prepared = client.prepare("demo", pipelines).await?;
    let options = FleetOptions {
        target,
        enrollment_token: prepared.enrollment_token,
        hosts: Host::numbered("node", config.nodes as usize),
        connections: config.connections.map(|count| count as usize),
        interval: None,
        scenario: Scenario::Lively,
        logs: true,
        seed: 1,
    };
    let stop = Arc::new(Notify::new());
    let (counts, nodes) = (Arc::new(FleetCounts::default()), Arc::new(Mutex::new(Vec::new())));
    let running = tokio::spawn(run_fleet(options, counts, None, nodes, stop.clone()));
    Ok(DemoFleet { running, stop })
}

impl DemoFleet {
    /// Ends the fleet.
    pub async fn stop(self) {
        self.stop.notify_one();
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the simulated fleet panicked");
        }
    }
}
