//! Answers of the store: a batch that failed is staged again, behind whatever is newer.
//! A requested flush makes the next batch due.

use bevy_ecs::prelude::{Mut, World};

use crate::changes::Unsaved;
use crate::effect::Counters;
use crate::ids::InstanceKey;
use crate::inbox::Inbox;
use crate::index::{Instances, Nodes, Pipelines};
use crate::input::{FlushOutcome, Input};
use crate::rows::InstanceRef;
use crate::time::Millis;
use crate::write_behind::WriteBehind;

/// Settles the batches the store answered for, and hears requests to flush.
pub fn settle_batch(world: &mut World) {
    world.resource_scope(|world, inbox: Mut<Inbox>| {
        for input in inbox.read(&inbox.settlements) {
            let Input::BatchSettled { batch, outcome } = input else {
                world.resource_mut::<WriteBehind>().due_at = Millis(0);
                continue;
            };
            let mut counters = world.resource_mut::<Counters>();
            match outcome {
                FlushOutcome::Committed => counters.flushes_committed += 1,
                FlushOutcome::Failed => counters.flushes_failed += 1,
                FlushOutcome::Refused => counters.flushes_refused += 1,
            }
            if let Some(failed) = world.resource_mut::<WriteBehind>().settle(batch, outcome) {
                stage_again(world, failed);
            }
        }
    });
}

/// Marks the state of a failed batch unsaved again, and instances that are still gone.
pub(crate) fn stage_again(world: &mut World, (state, removed): (Unsaved, Vec<InstanceRef>)) {
    world.resource_mut::<Unsaved>().extend(&state);
    for gone in removed {
        if find_instance(world, &gone).is_none() {
            world.resource_mut::<WriteBehind>().remove_instance(gone);
        }
    }
}

fn find_instance(world: &World, instance: &InstanceRef) -> Option<InstanceKey> {
    let node = world.resource::<Nodes>().0.key(&instance.node)?;
    let pipeline = world.resource::<Pipelines>().0.key(&instance.pipeline)?;
    world.resource::<Instances>().find(node, pipeline)
}
