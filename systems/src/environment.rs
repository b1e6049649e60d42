//! An environment: the tenant boundary of nodes and pipelines. Data only.

use bevy_ecs::prelude::{Bundle, Component};
use serde::{Deserialize, Serialize};

use crate::ids::EnvironmentKey;
use crate::instance::Totals;

/// Which environment this is. Written by `apply_control`.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
pub struct EnvironmentIdentity {
    pub key: EnvironmentKey,
    pub id: Box<str>,
    pub name: Box<str>,
    /// The team whose members may see it.
    pub team: Box<str>,
}

/// Nodes by `NodeStatus::index`. Written by `derive_node_status` and where nodes come and go.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeCounts(pub [u32; 4]);

/// Everything an environment has.
#[derive(Bundle)]
pub struct EnvironmentBundle {
    pub identity: EnvironmentIdentity,
    pub nodes: NodeCounts,
    pub totals: Totals,
}
