//! What people do while the demo runs: they label machines whose agents know no labels, work on a few, and
//! deploy a newer version of a pipeline.

use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use rustc_hash::FxHashMap;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

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
        let expected = self.hosts.len();
        let nodes = enrolled(&nodes, expected, patience(expected)).await;
        if nodes.len() < expected {
            let enrolled = nodes.len();
            tracing::warn!(
                enrolled,
                expected,
                "the demo goes on without the agents that have not enrolled"
            );
        }
        if let Err(error) = self.identities.keep(&nodes) {
            tracing::error!(%error, "who the demo's agents are cannot be written");
        }
        if let Err(error) = self.act(&nodes).await {
            tracing::error!(%error, "the demo's people cannot do their work");
        }
    }

    async fn act(&mut self, nodes: &[Identity]) -> Result<(), SetupError> {
        // Who was here in an earlier run is as people left it.
        for (index, host, node) in newcomers(&self.hosts, nodes) {
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

/// Time that the agents have to enroll: a server on a busy machine takes fifty a second.
fn patience(agents: usize) -> Duration {
    Duration::from_secs(60 + agents as u64 / 50)
}

/// Waits until so many are enrolled, or patience ends. Answers who is there.
async fn enrolled(
    nodes: &Mutex<Vec<Identity>>,
    expected: usize,
    patience: Duration,
) -> Vec<Identity> {
    let deadline = Instant::now() + patience;
    while nodes.lock().await.len() < expected && Instant::now() < deadline {
        sleep(PAUSE).await;
    }
    nodes.lock().await.clone()
}

/// Hosts and their nodes, as far as these were not here in an earlier run.
fn newcomers<'a>(
    hosts: &'a [Host],
    nodes: &'a [Identity],
) -> impl Iterator<Item = (usize, &'a Host, &'a Identity)> {
    let by_host: FxHashMap<&str, &Identity> =
        nodes.iter().map(|node| (&*node.host, node)).collect();
    hosts.iter().enumerate().filter_map(move |(index, host)| {
        let node = *by_host.get(&*host.name)?;
        // A server that has forgotten an agent makes another node of it.
        let is_known = host.identity.as_ref().is_some_and(|known| known.node_id == node.node_id);
        (!is_known).then_some((index, host, node))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::hosts::demo_hosts;

    fn identity(host: &Host, node_id: &str) -> Identity {
        Identity {
            host: host.name.clone(),
            node_id: node_id.into(),
            node_token: format!("token of {node_id}"),
        }
    }

    #[test]
    fn a_newcomer_is_a_node_that_was_not_here_before() {
        for (before, now, expected) in [
            (None, None, false),
            (None, Some("n1"), true),
            (Some("n1"), Some("n1"), false),
            (Some("n1"), Some("n2"), true),
            (Some("n1"), None, false),
        ] {
            let mut hosts = demo_hosts(3);
            let nodes: Vec<Identity> =
                now.map(|now| identity(&hosts[1], now)).into_iter().collect();
            hosts[1].identity = before.map(|before| identity(&hosts[1], before));
            let found: Vec<(usize, &str)> = newcomers(&hosts, &nodes)
                .map(|(index, host, node)| {
                    assert_eq!(host.name, node.host);
                    (index, &*node.node_id)
                })
                .collect();
            let expected: Vec<(usize, &str)> =
                now.filter(|_| expected).map(|now| (1, now)).into_iter().collect();
            assert_eq!(found, expected, "{before:?}, then {now:?}");
        }
    }

    #[tokio::test]
    async fn people_wait_for_those_who_enroll_and_not_for_ever() {
        let hosts = demo_hosts(2);
        let nodes = Mutex::new(vec![identity(&hosts[0], "n0")]);
        assert_eq!(enrolled(&nodes, 2, PAUSE / 2).await.len(), 1);
        assert_eq!(enrolled(&nodes, 1, patience(1)).await.len(), 1);
        let late = async {
            sleep(PAUSE).await;
            nodes.lock().await.push(identity(&hosts[1], "n1"));
        };
        let (there, ()) = tokio::join!(enrolled(&nodes, 2, patience(2)), late);
        assert_eq!(there.len(), 2);
    }
}
