//! What people do while the demo runs: they label machines whose agents know no labels, work on a few, and
//! deploy a newer version of a pipeline.

use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::demo::hosts::is_in_maintenance;
use crate::demo::identities::Identities;
use crate::demo::place::Changing;
use crate::fleet_sim::host::{Generation, Host, Identity};
use crate::fleet_sim::setup::{ApiClient, SetupError};

/// Time between two looks at who has enrolled.
const PAUSE: Duration = Duration::from_millis(100);
/// Time from there to the deploy: the first version has been seen running by then.
const DEPLOY_AFTER: Duration = Duration::from_secs(20);

/// The people of a demo and what they know.
pub(super) struct Story {
    pub(super) client: ApiClient,
    pub(super) hosts: Vec<Host>,
    pub(super) changing: Option<Changing>,
    pub(super) identities: Identities,
}

impl Story {
    /// Does it all, and ends. `nodes` gets who each agent is, as they enroll.
    pub(super) async fn tell(mut self, nodes: Arc<Mutex<Vec<Identity>>>) {
        while nodes.lock().await.len() < self.hosts.len() {
            sleep(PAUSE).await;
        }
        let nodes = nodes.lock().await.clone();
        if let Err(error) = self.identities.keep(&nodes) {
            tracing::error!(%error, "who the demo's agents are cannot be written");
        }
        if let Err(error) = self.act(&nodes).await {
            tracing::error!(%error, "the demo's people cannot do their work");
        }
    }

    async fn act(&mut self, nodes: &[Identity]) -> Result<(), SetupError> {
        for (index, host) in self.hosts.iter().enumerate() {
            // Who was here in an earlier run is as people left it.
            let Some(node) = newcomer(host, nodes) else { continue };
            let mut change = json!({});
            if host.generation == Generation::M002 {
                change["labels"] = json!(host.labels);
            }
            if is_in_maintenance(index) {
                change["maintenance"] = true.into();
            }
            if change != json!({}) {
                let path = format!("/api/v1/nodes/{}", node.node_id);
                self.client.call(Method::PUT, &path, Some(&change)).await?;
            }
        }
        if let Some(changing) = &self.changing {
            sleep(DEPLOY_AFTER).await;
            changing.deploy(&mut self.client).await?;
        }
        Ok(())
    }
}

/// The node of a host that has just enrolled for the first time.
fn newcomer<'a>(host: &Host, nodes: &'a [Identity]) -> Option<&'a Identity> {
    host.identity.is_none().then(|| nodes.iter().find(|node| node.host == host.name))?
}
