//! A pipeline: the desired thing that runs as instances on nodes. Data only.

use std::collections::BTreeSet;

use bevy_ecs::prelude::{Bundle, Component};
use serde::{Deserialize, Serialize};

use crate::ids::{EnvironmentKey, NodeKey, PipelineKey};
use crate::instance::{MinuteAccumulator, Totals};
use crate::node::Labels;
use crate::rollout_waiting::Waiting;
use crate::shared::Shared;
use crate::time::Millis;

/// Which pipeline this is, and its newest revision. Written by `apply_control`.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
pub struct PipelineIdentity {
    pub key: PipelineKey,
    pub environment: EnvironmentKey,
    /// Rows that wait for the store share it.
    pub id: Shared<str>,
    pub name: Box<str>,
    pub revision: u32,
}

/// What nodes are to run of a pipeline. Written by `apply_control`; its rollout by the stage of that name.
#[derive(Component, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Deployment {
    /// `None`: no node is to run it.
    pub deployed: Option<Deployed>,
    /// `None`: every node that is to run it does, or nobody waits for that.
    pub rollout: Option<Rollout>,
}

/// The revision that nodes are to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    pub revision: u32,
    /// Of the text that agents are given.
    pub checksum: Box<str>,
    /// Labels a node must have; none: every node of the environment is picked.
    pub selector: Labels,
}

/// A deploy that has not reached every node. Each node that is to run the revision is in one of the sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    pub began_at: Millis,
    pub waiting: Waiting,
    /// They run the revision, and it crashed.
    pub failed: BTreeSet<NodeKey>,
    /// They did not report the revision in time.
    pub late: BTreeSet<NodeKey>,
    /// They run the revision, or did when they last changed.
    pub arrived: BTreeSet<NodeKey>,
}

/// Everything a pipeline has.
#[derive(Bundle)]
pub struct PipelineBundle {
    pub identity: PipelineIdentity,
    pub deployment: Deployment,
    /// The minute over all nodes.
    pub minute: MinuteAccumulator,
    pub totals: Totals,
}
