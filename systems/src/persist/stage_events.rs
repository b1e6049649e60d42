//! Changes of status become rows of history.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::effect::Counters;
use crate::environment::EnvironmentIdentity;
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::instance::InstanceIdentity;
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::rows::StatusEventRow;
use crate::time::Tick;
use crate::transitions::{Subject, Transitions};
use crate::write_behind::WriteBehind;

/// Stages a row for each change of status of this tick, numbered in order.
pub fn stage_events(
    tick: Res<Tick>,
    transitions: Res<Transitions>,
    index: (Res<Environments>, Res<Nodes>, Res<Instances>, Res<Pipelines>),
    names: (
        Query<&EnvironmentIdentity>,
        Query<&NodeIdentity>,
        Query<&InstanceIdentity>,
        Query<&PipelineIdentity>,
    ),
    mut write_behind: ResMut<WriteBehind>,
    mut counters: ResMut<Counters>,
) {
    let (environment_index, node_index, instance_index, pipeline_index) = index;
    let (environments, nodes, instances, pipelines) = names;
    for (ordinal, transition) in transitions.list.iter().enumerate() {
        let environment = environment_index.0.slots.entity(transition.environment);
        // A node or instance that left in the same tick takes its history with it.
        let Some(node) = node_index.0.slots.get(transition.node) else { continue };
        let pipeline = match transition.subject {
            Subject::Node => None,
            Subject::Instance(instance) => {
                let Some(instance) = instance_index.slots.get(instance) else { continue };
                Some(instances.get(instance).expect("instances have an identity").pipeline)
            }
            Subject::Deployment(pipeline) => Some(pipeline),
        };
        let pipeline = pipeline.map(|pipeline| {
            let entity = pipeline_index.0.slots.entity(pipeline);
            pipelines.get(entity).expect("pipelines have an identity").id.to_string()
        });
        counters.status_events += 1;
        write_behind.waiting.add_event(StatusEventRow {
            tick: tick.number,
            ordinal: ordinal as u32,
            node: nodes.get(node).expect("nodes have an identity").id.to_string(),
            pipeline,
            environment: environments.get(environment).expect("has an identity").id.to_string(),
            from_status: transition.from.as_ref().map(ToString::to_string),
            to_status: transition.to.to_string(),
            reason: transition.reason.to_string(),
            at: tick.now,
        });
    }
}
