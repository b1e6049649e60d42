//! A pipeline: the desired thing that runs as instances on nodes. Data only.

use bevy_ecs::prelude::{Bundle, Component};
use serde::{Deserialize, Serialize};

use crate::ids::{EnvironmentKey, PipelineKey};
use crate::instance::{MinuteAccumulator, Totals};

/// Which pipeline this is, and its newest revision. Written by `apply_control`.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
pub struct PipelineIdentity {
    pub key: PipelineKey,
    pub environment: EnvironmentKey,
    pub id: Box<str>,
    pub name: Box<str>,
    pub revision: u32,
}

/// Everything a pipeline has.
#[derive(Bundle)]
pub struct PipelineBundle {
    pub identity: PipelineIdentity,
    /// The minute over all nodes.
    pub minute: MinuteAccumulator,
    pub totals: Totals,
}
