//! Log lines of this tick. Data only.

use bevy_ecs::prelude::Resource;

use crate::ids::{EnvironmentKey, NodeKey, PipelineKey};
use crate::report::LogLevel;

/// Log lines of this tick. Written by `apply_logs`, read by `encode_frames`.
#[derive(Resource, Debug, Default)]
pub struct LogArrivals {
    pub batches: Vec<LogArrival>,
    pub lines: Vec<(LogLevel, Box<str>)>,
}

/// Lines of one pipeline on one node.
#[derive(Clone, Copy, Debug)]
pub struct LogArrival {
    pub environment: EnvironmentKey,
    pub node: NodeKey,
    pub pipeline: PipelineKey,
    /// Its part of `LogArrivals::lines`: from here, so many.
    pub first: usize,
    pub count: usize,
}
