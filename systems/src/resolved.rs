//! Heartbeats of this tick, read once: what they say, and who they are about. Data only.

use std::collections::BTreeSet;

use bevy_ecs::prelude::{Entity, Resource};

use crate::dirty::KeySet;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey};
use crate::wire::{HeartbeatForm, ReportForm};

/// The heartbeats of this tick in order of arrival. Written by `resolve_heartbeats`.
#[derive(Resource, Debug, Default)]
pub struct ResolvedHeartbeats {
    /// Who sent each; `None`: no node of the fleet.
    pub(crate) nodes: Vec<Option<ResolvedNode>>,
    /// Those of nodes in the fleet.
    pub heartbeats: Vec<ResolvedHeartbeat>,
    /// Their pipelines, heartbeat after heartbeat.
    pub reports: Vec<ResolvedReport>,
    /// Reports with log lines: positions of the heartbeat and of the report.
    pub logs: Vec<(u32, u32)>,
    /// Instances their node's last heartbeat does not report any more.
    pub leaving: BTreeSet<(NodeKey, PipelineKey)>,
    /// Pipelines of the heartbeat being resolved.
    pub(crate) seen: KeySet<PipelineKey>,
}

impl ResolvedHeartbeats {
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.heartbeats.clear();
        self.reports.clear();
        self.logs.clear();
        self.leaving.clear();
    }
}

/// One heartbeat.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedHeartbeat {
    pub node: ResolvedNode,
    pub form: HeartbeatForm,
    /// Number of its pipelines.
    pub reports: u32,
}

/// The node a heartbeat came from.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedNode {
    pub key: NodeKey,
    pub entity: Entity,
    pub environment: EnvironmentKey,
}

/// One pipeline of a heartbeat.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedReport {
    pub form: ReportForm,
    /// `None`: not to be applied.
    pub instance: Option<ResolvedInstance>,
}

/// The instance a pipeline report is about.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedInstance {
    pub pipeline: PipelineKey,
    pub key: InstanceKey,
    pub entity: Entity,
    /// It entered with this report.
    pub is_new: bool,
}
