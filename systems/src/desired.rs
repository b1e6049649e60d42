//! What nodes are to run, and whose answer to that question is open. Data only.

use bevy_ecs::prelude::{Component, Resource};
use std::collections::BTreeMap;

use crate::ids::{EnvironmentKey, NodeKey, PipelineKey};
use crate::shared::Shared;

/// What a node is to run; nodes that run the same share it. `None`: it has not been decided.
/// Written by `derive_desired`.
#[derive(Component, Clone, Debug, Default)]
pub struct Desired(pub Option<Shared<DesiredSet>>);

/// Pipelines that some nodes are to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DesiredSet {
    /// Keys and revisions, by key.
    pub keys: Vec<(PipelineKey, u32)>,
    /// By id.
    pub pipelines: Vec<DesiredPipeline>,
}

/// A pipeline and the revision to run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DesiredPipeline {
    pub id: Shared<str>,
    pub revision: u32,
}

impl DesiredSet {
    /// The revision to run of a pipeline.
    pub fn revision(&self, pipeline: PipelineKey) -> Option<u32> {
        let at = self.keys.binary_search_by_key(&pipeline, |(key, _)| *key).ok()?;
        Some(self.keys[at].1)
    }
}

/// Why a node is to run something else; agents log it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeCause {
    /// The pipeline it is about.
    pub pipeline: Option<Box<str>>,
    pub reason: ChangeReason,
}

/// The word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeReason {
    Deploy,
    Rollback,
    Undeploy,
    MaintenanceOn,
    MaintenanceOff,
    /// Labels changed, so selectors pick the node differently.
    Labels,
}

impl ChangeReason {
    /// As agents are told.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeReason::Deploy => "deploy",
            ChangeReason::Rollback => "rollback",
            ChangeReason::Undeploy => "undeploy",
            ChangeReason::MaintenanceOn => "maintenance_on",
            ChangeReason::MaintenanceOff => "maintenance_off",
            ChangeReason::Labels => "labels",
        }
    }
}

/// Nodes for which it is to be decided again what they run. Emptied by `derive_desired`.
#[derive(Resource, Debug, Default)]
pub struct Undecided {
    /// A process began: every node is told.
    pub everybody: bool,
    /// All nodes of these environments.
    pub environments: BTreeMap<EnvironmentKey, ChangeCause>,
    /// `None`: the node is new.
    pub nodes: BTreeMap<NodeKey, Option<ChangeReason>>,
}

impl Undecided {
    /// True when everything is decided.
    pub fn is_empty(&self) -> bool {
        !self.everybody && self.environments.is_empty() && self.nodes.is_empty()
    }
}
