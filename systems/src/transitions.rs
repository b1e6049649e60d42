//! Changes of status in this tick, in the order they happened. Data only.

use std::borrow::Cow;

use bevy_ecs::prelude::Resource;

use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey};

/// Changes of status of this tick. Written by ingest and liveness, read by broadcast and persist.
#[derive(Resource, Debug, Default)]
pub struct Transitions {
    pub list: Vec<Transition>,
}

/// One change of status, with names as they were then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    pub environment: EnvironmentKey,
    pub node: NodeKey,
    pub subject: Subject,
    /// `None`: it had none.
    pub from: Option<Cow<'static, str>>,
    pub to: Cow<'static, str>,
    pub reason: Cow<'static, str>,
}

/// What has the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The node itself.
    Node,
    /// A pipeline as it runs on the node.
    Instance(InstanceKey),
    /// The deploy of a pipeline to the node.
    Deployment(PipelineKey),
}
