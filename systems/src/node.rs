//! A node: one managed host. Data only.

use bevy_ecs::prelude::{Bundle, Component};
use serde::{Deserialize, Serialize};

use crate::desired::Desired;
use crate::ids::{EnvironmentKey, NodeKey};
use crate::instance::Totals;
use crate::report::HostMetrics;
use crate::status::NodeStatus;
use crate::time::Millis;

/// Labels by key.
pub type Labels = Box<[(Box<str>, Box<str>)]>;

/// A node's value of a label. What people say of it wins over what its agent says.
pub fn label<'a>(operator: &'a Labels, reported: &'a Labels, key: &str) -> Option<&'a str> {
    let mut both = operator.iter().chain(reported);
    both.find(|label| *label.0 == *key).map(|label| &*label.1)
}

/// Which node this is.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
#[component(immutable)]
pub struct NodeIdentity {
    pub key: NodeKey,
    pub environment: EnvironmentKey,
    pub id: Box<str>,
    pub name: Box<str>,
    pub host: Box<str>,
    /// Labels set by people; they win over the agent's.
    pub operator_labels: Labels,
    /// It is to run nothing for now.
    pub maintenance: bool,
}

/// When the node was last heard. Written by `apply_heartbeats`, `apply_control` and `expire_leases`.
#[derive(Component, Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Lease {
    /// Time listened when it was last heard or its lease was renewed; `None`: never heard.
    pub heard_at_listened: Option<Millis>,
    /// Wall time it was last heard.
    pub heard_at: Option<Millis>,
    /// The lease has run out; hearing the node starts a new one.
    pub expired: bool,
    /// Its token is not valid any more.
    pub revoked: bool,
}

/// What the node says of itself. Written by `apply_heartbeats`.
#[derive(Component, Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeReport {
    pub agent_version: Option<Box<str>>,
    pub vector_version: Option<Box<str>>,
    pub os: Option<Box<str>>,
    pub deployment_mode: Option<Box<str>>,
    pub running_as: Option<Box<str>>,
    pub update_error: Option<Box<str>>,
    pub labels: Labels,
    /// Hash of the texts and labels of the last heartbeat; the next one with the same says nothing new.
    #[serde(skip)]
    pub told: u64,
    /// Host metrics and when they came.
    pub host: Option<(Millis, HostMetrics)>,
    /// Of all processors, between the last two heartbeats; told to people, nothing follows from it.
    #[serde(skip)]
    pub cpu_percent: Option<f32>,
}

/// Crashed instances on the node. Written by `apply_heartbeats` and where instances come and go.
#[derive(Component, Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Failing(pub u32);

/// Since when the node has its status. Written by `derive_node_status`.
#[derive(Component, Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct StatusSince(pub Millis);

/// Everything a node has from enrollment to eviction.
#[derive(Bundle)]
pub struct NodeBundle {
    pub identity: NodeIdentity,
    pub lease: Lease,
    pub report: NodeReport,
    pub desired: Desired,
    pub failing: Failing,
    pub status: NodeStatus,
    pub since: StatusSince,
    pub totals: Totals,
}
