//! Which life of the server stream positions belong to.

use bevy_ecs::prelude::Resource;

/// New at each start, so that positions of another life are never taken for ours.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamEpoch(pub u64);
