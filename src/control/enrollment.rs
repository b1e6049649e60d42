//! Enrollment: a host becomes a node of an environment.

use systole_systems::input::{Input, NodeEnrolled};
use systole_systems::packed::PackedBuf;
use systole_systems::report::Label;
use systole_systems::time::Millis;

use crate::auth::node_tokens::NodeIdentity;
use crate::auth::secrets::{digest, new_id, new_secret};
use crate::control::Control;
use crate::http::reply::HttpError;
use crate::store::EnrolledNode;

/// A host that may enter an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNode {
    pub environment: String,
    pub host: String,
    pub os: Option<String>,
    pub agent_version: Option<String>,
    pub vector_version: Option<String>,
    pub labels: Vec<(String, String)>,
}

/// What a node is told about itself. The token is told once; only its digest is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCredentials {
    pub node: String,
    pub token: String,
}

impl Control {
    /// Makes a host a node. The same host enrolling again becomes another node: only the token tells
    /// nodes apart. Does not stop halfway when the caller does.
    pub async fn enroll(&self, new: NewNode, now: Millis) -> Result<NodeCredentials, HttpError> {
        let control = self.clone();
        let enrolling = tokio::spawn(async move { control.enroll_now(new, now).await });
        enrolling.await.map_err(|error| {
            tracing::error!(%error, "an enrollment panicked");
            HttpError::Internal
        })?
    }

    async fn enroll_now(&self, new: NewNode, now: Millis) -> Result<NodeCredentials, HttpError> {
        let credentials = NodeCredentials { node: new_id(), token: new_secret("vf_node_") };
        let node = EnrolledNode {
            id: credentials.node.clone(),
            environment: new.environment,
            name: new.host.clone(),
            host: new.host,
            os: new.os,
            agent_version: new.agent_version,
            vector_version: new.vector_version,
            labels: new.labels,
            token_digest: digest(&credentials.token),
            enrolled_at: now,
        };
        let _enrolling = self.enrolling.acquire().await.expect("the semaphore is never closed");
        let turn = self.turn().await;
        self.store.enroll_node(&node).await?;
        let identity = NodeIdentity {
            node: node.id.as_str().into(),
            environment: node.environment.as_str().into(),
        };
        self.caches.nodes.insert(node.token_digest, identity);
        let labels: PackedBuf =
            node.labels.iter().map(|(key, value)| Label { key, value }).collect();
        let told = self.tell_and_wait(&Input::NodeEnrolled(NodeEnrolled {
            node: &node.id,
            environment: &node.environment,
            name: &node.name,
            host: &node.host,
            os: node.os.as_deref(),
            agent_version: node.agent_version.as_deref(),
            vector_version: node.vector_version.as_deref(),
            labels: labels.packed(),
        }))?;
        // The next host need not wait for the tick of this one: a fleet enrolls all at once.
        drop(turn);
        told.await?;
        Ok(credentials)
    }
}
