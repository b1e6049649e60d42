//! Instances that are new, or whose revision or status changed in this tick. Data only.

use bevy_ecs::prelude::Resource;

use crate::ids::{InstanceKey, NodeKey, PipelineKey};

/// Written by `apply_heartbeats`, read by `follow_rollouts`.
#[derive(Resource, Debug, Default)]
pub struct Arrivals {
    pub list: Vec<(NodeKey, PipelineKey, InstanceKey)>,
}
