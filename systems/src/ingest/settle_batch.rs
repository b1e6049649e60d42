//! Answers of the store: a batch that failed is staged again, behind whatever is newer.
//! A requested flush makes the next batch due.

use bevy_ecs::prelude::{Mut, World};

use crate::changes::Unsaved;
use crate::effect::Counters;
use crate::inbox::Inbox;
use crate::index::{Instances, Nodes, Pipelines};
use crate::input::{FlushOutcome, Input};
use crate::rows::Batch;
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
            if let Some(batch) = world.resource_mut::<WriteBehind>().settle(batch, outcome) {
                stage_again(world, &batch);
            }
        }
    });
}

/// Marks the state rows of a failed batch unsaved again.
pub(crate) fn stage_again(world: &mut World, batch: &Batch) {
    for row in &batch.nodes {
        if let Some(key) = world.resource::<Nodes>().0.key(&row.node) {
            world.resource_mut::<Unsaved>().nodes.insert(key);
        }
    }
    let find = |world: &World, node: &str, pipeline: &str| {
        let node = world.resource::<Nodes>().0.key(node)?;
        let pipeline = world.resource::<Pipelines>().0.key(pipeline)?;
        world.resource::<Instances>().find(node, pipeline)
    };
    for row in &batch.instances {
        if let Some(key) = find(world, &row.instance.node, &row.instance.pipeline) {
            world.resource_mut::<Unsaved>().instances.insert(key);
        }
    }
    for gone in &batch.instances_removed {
        if find(world, &gone.node, &gone.pipeline).is_none() {
            world.resource_mut::<WriteBehind>().remove_instance(gone.clone());
        }
    }
}
