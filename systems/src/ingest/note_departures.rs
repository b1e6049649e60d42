//! Instances that leave stop counting for their node's status at once; what they measured is still rolled up.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::changes::Changes;
use crate::index::{Instances, Nodes};
use crate::instance::ProcessStatus;
use crate::node::Failing;
use crate::resolved::ResolvedHeartbeats;
use crate::status::ProcessClass;

/// Takes leaving instances out of their node's crashed ones.
pub fn note_departures(
    resolved: Res<ResolvedHeartbeats>,
    index: (Res<Nodes>, Res<Instances>),
    mut nodes: Query<&mut Failing>,
    mut instances: Query<&mut ProcessStatus>,
    mut changes: ResMut<Changes>,
) {
    for &(node, pipeline) in &resolved.leaving {
        let instance = index.1.find(node, pipeline).expect("who leaves is still there");
        let instance = index.1.slots.entity(instance);
        let mut process = instances.get_mut(instance).expect("instances have a process");
        if process.class == ProcessClass::Crashed {
            process.class = ProcessClass::Other;
            let node = nodes.get_mut(index.0.0.slots.entity(node));
            node.expect("nodes count crashes").0 -= 1;
        }
        changes.nodes_suspect.insert(node);
    }
}
