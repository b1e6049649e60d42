//! Instances their node does not report any more leave the fleet.

use bevy_ecs::prelude::{Mut, World};

use crate::fleet::evict_instance;
use crate::resolved::ResolvedHeartbeats;

/// Evicts what left in this tick, after its last measurements were rolled up.
pub fn evict_departed(world: &mut World) {
    world.resource_scope(|world, resolved: Mut<ResolvedHeartbeats>| {
        for &(node, pipeline) in &resolved.leaving {
            evict_instance(world, node, pipeline);
        }
    });
}
