//! What changed in this tick, as sets of keys: marked by the systems that write, read by broadcast and persist.

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::dirty::KeySet;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey, SubscriberKey};

/// Keys that something happened to in this tick. Emptied at its end.
#[derive(Resource, Debug, Default)]
pub struct Changes {
    /// Nodes a heartbeat came from.
    pub nodes_heard: KeySet<NodeKey>,
    /// Nodes whose status may be another now: heard, expired, revoked, or one of its instances left.
    pub nodes_suspect: KeySet<NodeKey>,
    /// Nodes whose status changed.
    pub nodes_changed: KeySet<NodeKey>,
    /// Instances that may count as another class now.
    pub instances_counted: KeySet<InstanceKey>,
    /// Instances with fresh samples.
    pub instances_sampled: KeySet<InstanceKey>,
    /// Subscribers that are new or ask for something else.
    pub subscribers_moved: KeySet<SubscriberKey>,
    /// Nodes whose identity people changed.
    pub nodes_edited: KeySet<NodeKey>,
    /// Pipelines whose rollout moved.
    pub rollouts: KeySet<PipelineKey>,
    /// People, rights, environments, nodes or pipelines came, went or changed: routes are resolved again.
    pub directory: bool,
    /// What else may be another now, or is gone: the fingerprint looks at it.
    pub touched: Touched,
}

/// Entities that were written in a way no other set of `Changes` tells.
#[derive(Debug, Default)]
pub struct Touched {
    pub environments: KeySet<EnvironmentKey>,
    pub nodes: KeySet<NodeKey>,
    pub pipelines: KeySet<PipelineKey>,
    pub instances: KeySet<InstanceKey>,
    pub subscribers: KeySet<SubscriberKey>,
}

impl Changes {
    pub(crate) fn clear(&mut self) {
        self.nodes_heard.clear();
        self.nodes_suspect.clear();
        self.nodes_changed.clear();
        self.instances_counted.clear();
        self.instances_sampled.clear();
        self.subscribers_moved.clear();
        self.nodes_edited.clear();
        self.rollouts.clear();
        self.directory = false;
        self.touched.environments.clear();
        self.touched.nodes.clear();
        self.touched.pipelines.clear();
        self.touched.instances.clear();
        self.touched.subscribers.clear();
    }
}

/// Keys whose rows differ from the store's. Emptied when a batch is cut.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unsaved {
    pub nodes: KeySet<NodeKey>,
    pub hosts: KeySet<NodeKey>,
    pub instances: KeySet<InstanceKey>,
    pub instance_minutes: KeySet<InstanceKey>,
    pub pipeline_minutes: KeySet<PipelineKey>,
}

impl Unsaved {
    /// True when every row is as the store has it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
            && self.hosts.is_empty()
            && self.instances.is_empty()
            && self.instance_minutes.is_empty()
            && self.pipeline_minutes.is_empty()
    }

    /// Adds all keys of a batch that failed.
    pub(crate) fn extend(&mut self, other: &Unsaved) {
        self.nodes.add_all(&other.nodes);
        self.hosts.add_all(&other.hosts);
        self.instances.add_all(&other.instances);
        self.instance_minutes.add_all(&other.instance_minutes);
        self.pipeline_minutes.add_all(&other.pipeline_minutes);
    }
}
