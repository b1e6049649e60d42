//! Who the heartbeats of this tick are about. Data only.

use std::collections::BTreeSet;

use bevy_ecs::prelude::{Entity, Resource};

use crate::dirty::KeySet;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey};

/// Who the heartbeats of this tick are about. Written by `resolve_heartbeats`.
#[derive(Resource, Debug, Default)]
pub struct ResolvedHeartbeats {
    /// By position in the inbox's heartbeats; `None`: the node is not in the fleet.
    pub nodes: Vec<Option<ResolvedNode>>,
    /// By pipeline, heartbeat after heartbeat; `None`: not to be applied.
    pub reports: Vec<Option<ResolvedReport>>,
    /// Instances their node's last heartbeat does not report any more.
    pub leaving: BTreeSet<(NodeKey, PipelineKey)>,
    /// Pipelines of the heartbeat being resolved.
    pub(crate) seen: KeySet<PipelineKey>,
}

/// A node a heartbeat came from.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedNode {
    pub key: NodeKey,
    pub entity: Entity,
    pub environment: EnvironmentKey,
}

/// The instance a pipeline report is about.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedReport {
    pub pipeline: PipelineKey,
    pub key: InstanceKey,
    pub entity: Entity,
    /// It entered with this report.
    pub is_new: bool,
}
