//! `systole demo`: a server and a simulated fleet that reports to it over loopback HTTP.

mod hosts;
mod identities;
mod pipelines;
mod place;
mod story;

use std::sync::Arc;

use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

use crate::config::{BootstrapAdmin, DemoConfig};
use crate::demo::hosts::demo_hosts;
use crate::demo::identities::Identities;
use crate::demo::place::find_place;
use crate::demo::story::Story;
use crate::fleet_sim::connection::Target;
use crate::fleet_sim::host::Identity;
use crate::fleet_sim::run::{FleetCounts, FleetOptions, run_fleet};
use crate::fleet_sim::scenario::Scenario;
use crate::fleet_sim::setup::{ApiClient, SetupError, SignIn};
use crate::serve::Server;

/// The demo's user.
pub const EMAIL: &str = "demo@systole.test";
/// The demo's password; the server listens on loopback.
pub const PASSWORD: &str = "heartbeat";

/// The seed of all that is left to chance.
const SEED: u64 = 1;

/// A fleet that reports until it is stopped.
pub struct DemoFleet {
    running: JoinHandle<()>,
    stop: Arc<Notify>,
    story: JoinHandle<()>,
    /// Who the agents are, for the next run on the same files.
    nodes: Arc<Mutex<Vec<Identity>>>,
    identities: Identities,
}

/// Makes sure that the demo's user exists, unless another first user is asked for.
pub fn with_demo_user(config: &mut DemoConfig) {
    let demo_user = || BootstrapAdmin { email: EMAIL.into(), password: PASSWORD.into() };
    config.serve.bootstrap_admin.get_or_insert_with(demo_user);
}

/// Fills the server with a fleet, or lets the one that is there report again.
pub async fn start_fleet(config: &DemoConfig, server: &Server) -> Result<DemoFleet, SetupError> {
    let target = Target::parse(&format!("http://{}", server.address)).expect("our own address");
    let admin = config.serve.bootstrap_admin.as_ref().expect("the demo has a first user");
    let sign_in = SignIn::Password { email: admin.email.clone(), password: admin.password.clone() };
    let mut client = ApiClient::sign_in(target.clone(), &sign_in).await?;
    let place = find_place(&mut client, config.pipelines as usize).await?;
    let identities = Identities::of(server.data_dir.path(), &place.environment);
    let hosts = identities.told_to(demo_hosts(config.nodes as usize));
    let (stop, nodes) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
    let story = Story {
        client,
        changing: place.changing,
        hosts: hosts.clone(),
        identities: identities.clone(),
    };
    let options = FleetOptions {
        target,
        enrollment_token: place.enrollment_token,
        hosts,
        connections: config.connections.map(|count| count as usize),
        interval: None,
        scenario: Scenario::Lively,
        logs: true,
        seed: SEED,
    };
    let counts = Arc::<FleetCounts>::default();
    let running = tokio::spawn(run_fleet(options, counts, None, nodes.clone(), stop.clone()));
    let story = tokio::spawn(story.tell(nodes.clone()));
    Ok(DemoFleet { running, stop, story, nodes, identities })
}

impl DemoFleet {
    /// Ends the fleet. What its agents need to come back is kept.
    pub async fn stop(self) {
        self.story.abort();
        self.stop.notify_one();
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the simulated fleet panicked");
        }
        let nodes = self.nodes.lock().await;
        if let Err(error) = self.identities.keep(&nodes) {
            tracing::error!(%error, "who the demo's agents are cannot be written; the next run enrolls them anew");
        }
    }
}
