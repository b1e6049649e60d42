//! From an image back to a world: entities in key order, then everything that is derived from them.

use std::cmp::Reverse;

use bevy_ecs::prelude::{Entity, World};

use crate::desired::Desired;
use crate::environment::EnvironmentBundle;
use crate::history::History;
use crate::image::{
    EnvironmentImage, Image, InstanceImage, NodeImage, PipelineImage, SubscriberImage,
};
use crate::index::{Environments, Instances, Nodes, Pipelines, Subscribers};
use crate::instance::{Contribution, InstanceBundle, LogTail, RatesGained, Totals};
use crate::lease_order::LeaseOrder;
use crate::node::NodeBundle;
use crate::orderings::{Orderings, folded};
use crate::pipeline::PipelineBundle;
use crate::rollout_deadlines::RolloutDeadlines;
use crate::stream_epoch::StreamEpoch;
use crate::subscriber::SubscriberBundle;

impl Image<'_> {
    /// Fills a new world. The fingerprint is still to be computed.
    pub(crate) fn restore(self, world: &mut World) {
        world.insert_resource(self.tick);
        world.insert_resource(StreamEpoch(self.epoch));
        world.resource_mut::<History>().set_bytes_max(self.settings.history_bytes_max);
        world.insert_resource(self.settings);
        world.insert_resource(self.tallies);
        world.insert_resource(self.access.into_owned());
        world.insert_resource(self.watch.into_owned());
        world.insert_resource(self.lane.into_owned());
        world.insert_resource(self.resume_window.into_owned());
        world.insert_resource(self.unsaved.into_owned());
        world.insert_resource(self.write_behind.into_owned());

        world.resource_mut::<Environments>().0.slots.follow(self.environments.plan);
        self.environments.entities.into_iter().for_each(|image| enter_environment(world, image));
        world.resource_mut::<Nodes>().0.slots.follow(self.nodes.plan);
        self.nodes.entities.into_iter().for_each(|image| enter_node(world, image));
        world.resource_mut::<Pipelines>().0.slots.follow(self.pipelines.plan);
        self.pipelines.entities.into_iter().for_each(|image| enter_pipeline(world, image));
        world.resource_mut::<Instances>().slots.follow(self.instances.plan);
        self.instances.entities.into_iter().for_each(|image| enter_instance(world, image));
        world.resource_mut::<Subscribers>().slots.follow(self.subscribers.plan);
        self.subscribers.entities.into_iter().for_each(|image| enter_subscriber(world, image));
        for node in self.lease_order {
            world.resource_mut::<LeaseOrder>().touch(node);
        }
    }
}

fn enter_environment(world: &mut World, image: EnvironmentImage<'_>) {
    let identity = image.identity.into_owned();
    let (key, id) = (identity.key, identity.id.clone());
    let bundle = EnvironmentBundle { identity, nodes: image.nodes, totals: Totals::default() };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Environments>().0.insert(&id, key, entity);
}

fn enter_node(world: &mut World, image: NodeImage<'_>) {
    let identity = image.identity.into_owned();
    let (key, id) = (identity.key, identity.id.clone());
    let mut orderings = world.resource_mut::<Orderings>();
    orderings.nodes_by_name.insert((identity.environment, folded(&identity.name), key));
    orderings.nodes_by_since.insert((identity.environment, Reverse(image.since.0), key));
    let bundle = NodeBundle {
        identity,
        lease: image.lease,
        report: image.report.into_owned(),
        desired: Desired::default(),
        failing: image.failing,
        status: image.status,
        since: image.since,
        totals: Totals::default(),
    };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Nodes>().0.insert(&id, key, entity);
}

fn enter_pipeline(world: &mut World, image: PipelineImage<'_>) {
    let identity = image.identity.into_owned();
    let (key, id) = (identity.key, identity.id.clone());
    let place = (identity.environment, folded(&identity.name), key);
    world.resource_mut::<Orderings>().pipelines_by_name.insert(place);
    let deployment = image.deployment.into_owned();
    for deadline in deployment.rollout.iter().flat_map(|rollout| rollout.waiting.deadlines()) {
        world.resource_mut::<RolloutDeadlines>().insert(deadline, key);
    }
    let bundle =
        PipelineBundle { identity, deployment, minute: image.minute, totals: Totals::default() };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Pipelines>().0.insert(&id, key, entity);
}

fn enter_instance(world: &mut World, image: InstanceImage<'_>) {
    let identity = image.identity;
    let contribution = Contribution { class: image.contribution.class };
    let rates = image.counters.rates.as_ref().filter(|_| contribution.is_rated());
    let rates = RatesGained::between(None, rates);
    let bundle = InstanceBundle {
        identity,
        process: image.process.into_owned(),
        counters: image.counters,
        minute: image.minute,
        contribution,
        components: image.components.into_owned().without_history(),
        tail: LogTail::default(),
    };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Instances>().insert(
        identity.node,
        identity.pipeline,
        identity.key,
        entity,
    );
    let owners = [
        world.resource::<Environments>().0.slots.entity(identity.environment),
        world.resource::<Nodes>().0.slots.entity(identity.node),
        world.resource::<Pipelines>().0.slots.entity(identity.pipeline),
    ];
    for owner in owners {
        add_to(world, owner, &contribution, &rates);
    }
}

fn add_to(world: &mut World, owner: Entity, contribution: &Contribution, rates: &RatesGained) {
    let mut totals = world.get_mut::<Totals>(owner).expect("instances are counted by these");
    totals.move_instance(&Contribution::default(), contribution);
    totals.add_rates(rates);
}

fn enter_subscriber(world: &mut World, image: SubscriberImage<'_>) {
    let identity = image.identity.into_owned();
    let (key, id) = (identity.key, identity.id);
    let bundle = SubscriberBundle {
        identity,
        wish: image.wish.into_owned(),
        reach: image.reach.into_owned(),
        progress: image.progress.into_owned(),
    };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Subscribers>().insert(id, key, entity);
}
