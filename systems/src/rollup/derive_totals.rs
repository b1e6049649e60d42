//! Keeps the sums over instances: of each node, each pipeline, each environment. Cost in what changed.

use bevy_ecs::prelude::{Mut, Query, Res, ResMut, With, Without};

use crate::changes::Changes;
use crate::environment::EnvironmentIdentity;
use crate::ids::{EnvironmentKey, NodeKey};
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::instance::{Contribution, Counters, InstanceIdentity, ProcessStatus, Totals};
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::status::NodeStatus;

/// Replaces what changed instances add to the totals they belong to.
pub fn derive_totals(
    mut changes: ResMut<Changes>,
    index: (Res<Instances>, Res<Nodes>, Res<Pipelines>, Res<Environments>),
    mut instances: Query<(&InstanceIdentity, &ProcessStatus, &Counters, &mut Contribution)>,
    mut nodes: Query<(&NodeStatus, &mut Totals), With<NodeIdentity>>,
    mut pipelines: Query<&mut Totals, (With<PipelineIdentity>, Without<NodeIdentity>)>,
    mut environments: Query<
        &mut Totals,
        (With<EnvironmentIdentity>, Without<NodeIdentity>, Without<PipelineIdentity>),
    >,
) {
    let (instance_index, node_index, pipeline_index, environment_index) = index;
    let Changes { instances_counted, touched, .. } = &mut *changes;
    // Instances that were heard together have their node and environment in common.
    let mut of_node: Option<(NodeKey, NodeStatus, Mut<Totals>)> = None;
    let mut of_environment: Option<(EnvironmentKey, Mut<Totals>)> = None;
    for key in instances_counted.iter() {
        let (identity, process, counters, mut contribution) = instances
            .get_mut(instance_index.slots.entity(key))
            .expect("counted instances are in the fleet");
        if of_node.as_ref().is_none_or(|(key, ..)| *key != identity.node) {
            let entity = node_index.0.slots.entity(identity.node);
            let (status, totals) = nodes.get_mut(entity).expect("instances have a node");
            of_node = Some((identity.node, *status, totals));
        }
        let (_, status, node) = of_node.as_mut().expect("it was just found");
        let new = contribution_of(*status, process, counters);
        if *contribution == new {
            continue;
        }
        let mut pipeline = pipelines
            .get_mut(pipeline_index.0.slots.entity(identity.pipeline))
            .expect("instances have a pipeline");
        if of_environment.as_ref().is_none_or(|(key, _)| *key != identity.environment) {
            let entity = environment_index.0.slots.entity(identity.environment);
            let totals = environments.get_mut(entity).expect("instances have an environment");
            of_environment = Some((identity.environment, totals));
        }
        let (_, environment) = of_environment.as_mut().expect("it was just found");
        let change = new.since(&contribution);
        node.add(&change);
        pipeline.add(&change);
        environment.add(&change);
        *contribution = new;
        touched.pipelines.insert(identity.pipeline);
        touched.environments.insert(identity.environment);
    }
}

/// An instance of an unreachable node has no data: neither a status nor rates.
pub fn contribution_of(
    node: NodeStatus,
    process: &ProcessStatus,
    counters: &Counters,
) -> Contribution {
    match node {
        NodeStatus::Unreachable => Contribution { class: Some(None), rates: None },
        NodeStatus::Unknown | NodeStatus::Healthy | NodeStatus::Degraded => {
            Contribution { class: Some(Some(process.class)), rates: counters.rates }
        }
    }
}
