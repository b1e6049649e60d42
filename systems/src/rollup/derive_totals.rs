//! Keeps the sums over instances: of each node, each pipeline, each environment. Cost in what changed.

use bevy_ecs::prelude::{Query, Res, ResMut, With, Without};
use bevy_ecs::system::SystemParam;

use crate::changes::Changes;
use crate::environment::EnvironmentIdentity;
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::instance::{
    Contribution, Counters, InstanceIdentity, ProcessStatus, RatesGained, Totals,
};
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::rate_changes::RateChanges;
use crate::status::NodeStatus;

/// All sums.
#[derive(SystemParam)]
pub struct Sums<'w, 's> {
    node_index: Res<'w, Nodes>,
    pipeline_index: Res<'w, Pipelines>,
    environment_index: Res<'w, Environments>,
    nodes: Query<'w, 's, (&'static NodeStatus, &'static mut Totals), With<NodeIdentity>>,
    pipelines: Query<'w, 's, &'static mut Totals, (With<PipelineIdentity>, Without<NodeIdentity>)>,
    environments: Query<
        'w,
        's,
        &'static mut Totals,
        (With<EnvironmentIdentity>, Without<NodeIdentity>, Without<PipelineIdentity>),
    >,
}

/// Adds what instances gained, and counts those elsewhere that are of another class now.
pub fn derive_totals(
    mut changes: ResMut<Changes>,
    rate_changes: Res<RateChanges>,
    index: Res<Instances>,
    mut instances: Query<(&InstanceIdentity, &ProcessStatus, &Counters, &mut Contribution)>,
    mut sums: Sums,
) {
    let Changes { instances_counted, touched, .. } = &mut *changes;
    // Instances that were heard together have their node and environment in common.
    for of_node in rate_changes.list.chunk_by(|a, b| a.0.node == b.0.node) {
        let mut together = RatesGained::default();
        for (instance, gained) in of_node {
            let entity = sums.pipeline_index.0.slots.entity(instance.pipeline);
            sums.pipelines.get_mut(entity).expect("instances have a pipeline").add_rates(gained);
            touched.pipelines.insert(instance.pipeline);
            together.add(gained);
        }
        let InstanceIdentity { node, environment, .. } = of_node[0].0;
        let entity = sums.node_index.0.slots.entity(node);
        sums.nodes.get_mut(entity).expect("instances have a node").1.add_rates(&together);
        let entity = sums.environment_index.0.slots.entity(environment);
        let mut totals = sums.environments.get_mut(entity).expect("nodes have an environment");
        totals.add_rates(&together);
        touched.environments.insert(environment);
    }
    for key in instances_counted.iter() {
        let (identity, process, counters, mut contribution) =
            instances.get_mut(index.slots.entity(key)).expect("counted instances are in the fleet");
        let node = sums.node_index.0.slots.entity(identity.node);
        let (status, _) = sums.nodes.get(node).expect("instances have a node");
        let new = contribution_of(*status, process);
        if *contribution == new {
            continue;
        }
        let rates = counters.rates.as_ref();
        let gained = RatesGained::between(
            rates.filter(|_| contribution.is_rated()),
            rates.filter(|_| new.is_rated()),
        );
        sums.each_of(identity, |totals| {
            totals.move_instance(&contribution, &new);
            totals.add_rates(&gained);
        });
        *contribution = new;
        touched.pipelines.insert(identity.pipeline);
        touched.environments.insert(identity.environment);
    }
}

impl Sums<'_, '_> {
    /// The sums an instance belongs to.
    fn each_of(&mut self, instance: &InstanceIdentity, change: impl Fn(&mut Totals)) {
        let node = self.node_index.0.slots.entity(instance.node);
        let pipeline = self.pipeline_index.0.slots.entity(instance.pipeline);
        let environment = self.environment_index.0.slots.entity(instance.environment);
        change(&mut self.nodes.get_mut(node).expect("instances have a node").1);
        change(&mut self.pipelines.get_mut(pipeline).expect("instances have a pipeline"));
        change(&mut self.environments.get_mut(environment).expect("instances have an environment"));
    }
}

/// An instance of an unreachable node has no data: neither a status nor rates.
pub fn contribution_of(node: NodeStatus, process: &ProcessStatus) -> Contribution {
    let class = match node {
        NodeStatus::Unreachable => None,
        NodeStatus::Unknown | NodeStatus::Healthy | NodeStatus::Degraded => Some(process.class),
    };
    Contribution { class: Some(class) }
}
