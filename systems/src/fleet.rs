//! How things enter and leave the fleet: the entity, its keys, its place in orders and sums, together.

use std::borrow::Cow;

use bevy_ecs::prelude::{Entity, Mut, World};

use crate::changes::{Changes, Touched, Unsaved};
use crate::component_rows::ComponentRows;
use crate::desired::{Desired, Undecided};
use crate::environment::{EnvironmentBundle, EnvironmentIdentity, NodeCounts};
use crate::history::History;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey};
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::instance::{
    Contribution, Counters, InstanceBundle, InstanceIdentity, LogTail, MinuteAccumulator,
    ProcessStatus, RatesGained, Totals,
};
use crate::lease_order::LeaseOrder;
use crate::log_budget::LogBudget;
use crate::node::{Failing, Lease, NodeBundle, NodeIdentity, NodeReport, StatusSince};
use crate::orderings::{Orderings, folded};
use crate::pipeline::{Deployment, PipelineBundle, PipelineIdentity};
use crate::rows::InstanceRef;
use crate::status::{NodeStatus, ProcessClass};
use crate::time::{Millis, Tick};
use crate::write_behind::{Departed, WriteBehind};

/// Enters an environment, or renames it and gives it to another team.
pub(crate) fn set_environment(world: &mut World, id: &str, name: &str, team: &str) {
    world.resource_mut::<Changes>().directory = true;
    if let Some(entity) = world.resource::<Environments>().0.find(id) {
        let mut identity = expect_mut::<EnvironmentIdentity>(world, entity);
        identity.name = name.into();
        identity.team = team.into();
        let key = identity.key;
        touched(world).environments.insert(key);
        return;
    }
    let now = world.resource::<Tick>().now;
    let key = world.resource_mut::<Environments>().0.slots.issue(now);
    let identity = EnvironmentIdentity { key, id: id.into(), name: name.into(), team: team.into() };
    let bundle =
        EnvironmentBundle { identity, nodes: NodeCounts::default(), totals: Totals::default() };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Environments>().0.insert(id, key, entity);
    touched(world).environments.insert(key);
}

/// Enters a pipeline, or tells its new name and revision. False when its environment is not known.
pub(crate) fn set_pipeline(
    world: &mut World,
    id: &str,
    environment: &str,
    name: &str,
    revision: u32,
) -> bool {
    let Some(environment) = world.resource::<Environments>().0.key(environment) else {
        return false;
    };
    world.resource_mut::<Changes>().directory = true;
    if let Some(entity) = world.resource::<Pipelines>().0.find(id) {
        let mut identity = expect_mut::<PipelineIdentity>(world, entity);
        let key = identity.key;
        let old_name = std::mem::replace(&mut identity.name, name.into());
        identity.revision = revision;
        let mut orderings = world.resource_mut::<Orderings>();
        orderings.pipelines_by_name.remove(&(environment, folded(&old_name), key));
        orderings.pipelines_by_name.insert((environment, folded(name), key));
        touched(world).pipelines.insert(key);
        return true;
    }
    let now = world.resource::<Tick>().now;
    let key = world.resource_mut::<Pipelines>().0.slots.issue(now);
    let identity =
        PipelineIdentity { key, environment, id: id.into(), name: name.into(), revision };
    let bundle = PipelineBundle {
        identity,
        deployment: Deployment::default(),
        minute: MinuteAccumulator::default(),
        totals: Totals::default(),
    };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Pipelines>().0.insert(id, key, entity);
    touched(world).pipelines.insert(key);
    let place = (environment, folded(name), key);
    world.resource_mut::<Orderings>().pipelines_by_name.insert(place);
    true
}

/// What a node is entered with.
pub(crate) struct NewNode {
    pub environment: EnvironmentKey,
    pub id: Box<str>,
    pub name: Box<str>,
    pub host: Box<str>,
    pub operator_labels: crate::node::Labels,
    pub maintenance: bool,
    pub lease: Lease,
    pub report: NodeReport,
    pub status: NodeStatus,
    pub since: Millis,
}

/// Enters a node. The id must be new.
pub(crate) fn enter_node(world: &mut World, node: NewNode) -> (NodeKey, Entity) {
    let NewNode {
        environment,
        id,
        name,
        host,
        operator_labels,
        maintenance,
        lease,
        report,
        status,
        since,
    } = node;
    world.resource_mut::<Changes>().directory = true;
    let now = world.resource::<Tick>().now;
    let key = world.resource_mut::<Nodes>().0.slots.issue(now);
    let place = (environment, folded(&name), key);
    let bundle = NodeBundle {
        identity: NodeIdentity {
            key,
            environment,
            id: id.clone(),
            name,
            host,
            operator_labels,
            maintenance,
        },
        lease,
        report,
        desired: Desired::default(),
        failing: Failing::default(),
        status,
        since: StatusSince(since),
        totals: Totals::default(),
    };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Nodes>().0.insert(&id, key, entity);
    let mut orderings = world.resource_mut::<Orderings>();
    orderings.nodes_by_name.insert(place);
    orderings.nodes_by_since.insert((environment, std::cmp::Reverse(since), key));
    let environment_entity = world.resource::<Environments>().0.slots.entity(environment);
    expect_mut::<NodeCounts>(world, environment_entity).0[status.index()] += 1;
    touched(world).nodes.insert(key);
    touched(world).environments.insert(environment);
    world.resource_mut::<Undecided>().nodes.insert(key, None);
    (key, entity)
}

/// Takes a node and all it runs out of the fleet.
pub(crate) fn evict_node(world: &mut World, id: &str) {
    let Some(key) = world.resource::<Nodes>().0.key(id) else { return };
    let pipelines: Vec<PipelineKey> =
        world.resource::<Instances>().on_node(key).iter().map(|entry| entry.0).collect();
    for pipeline in pipelines {
        evict_instance(world, key, pipeline);
    }
    let now = world.resource::<Tick>().now;
    let (_, entity) = world.resource_mut::<Nodes>().0.remove(id, now).expect("it was just found");
    let identity = world.get::<NodeIdentity>(entity).expect(ENTERED);
    let (environment, name) = (identity.environment, folded(&identity.name));
    let status = *world.get::<NodeStatus>(entity).expect(ENTERED);
    let since = world.get::<StatusSince>(entity).expect(ENTERED).0;
    leave_rollouts(world, key, entity);
    world.despawn(entity);

    let mut orderings = world.resource_mut::<Orderings>();
    orderings.nodes_by_name.remove(&(environment, name, key));
    orderings.nodes_by_since.remove(&(environment, std::cmp::Reverse(since), key));
    let environment_entity = world.resource::<Environments>().0.slots.entity(environment);
    expect_mut::<NodeCounts>(world, environment_entity).0[status.index()] -= 1;
    world.resource_mut::<LeaseOrder>().remove(key);
    let mut unsaved = world.resource_mut::<Unsaved>();
    unsaved.nodes.remove(key);
    unsaved.hosts.remove(key);
    world.resource_mut::<WriteBehind>().forget_node(key);
    let mut changes = world.resource_mut::<Changes>();
    changes.directory = true;
    changes.nodes_heard.remove(key);
    changes.nodes_suspect.remove(key);
    changes.touched.nodes.insert(key);
    changes.touched.environments.insert(environment);
}

/// A node that is gone is waited for by nobody.
fn leave_rollouts(world: &mut World, node: NodeKey, entity: Entity) {
    let Some(set) = world.get::<Desired>(entity).expect(ENTERED).0.clone() else { return };
    for (pipeline, _) in &set.keys {
        let Some(entity) = world.resource::<Pipelines>().0.slots.get(*pipeline) else { continue };
        if let Some(rollout) = &mut expect_mut::<Deployment>(world, entity).rollout {
            rollout.leave(node);
            world.resource_mut::<Changes>().rollouts.insert(*pipeline);
        }
    }
}

/// Takes a pipeline and all its instances out of the fleet. Answers its environment.
pub(crate) fn evict_pipeline(world: &mut World, id: &str) -> Option<EnvironmentKey> {
    let key = world.resource::<Pipelines>().0.key(id)?;
    let nodes: Vec<NodeKey> =
        world.resource::<Instances>().of_pipeline(key).iter().map(|entry| entry.0).collect();
    for node in nodes {
        evict_instance(world, node, key);
    }
    let now = world.resource::<Tick>().now;
    let (_, entity) = world.resource_mut::<Pipelines>().0.remove(id, now)?;
    let identity = world.get::<PipelineIdentity>(entity).expect(ENTERED);
    let place = (identity.environment, folded(&identity.name), key);
    world.despawn(entity);
    world.resource_mut::<Orderings>().pipelines_by_name.remove(&place);
    world.resource_mut::<Unsaved>().pipeline_minutes.remove(key);
    world.resource_mut::<WriteBehind>().forget_pipeline(key);
    let mut changes = world.resource_mut::<Changes>();
    changes.directory = true;
    changes.rollouts.remove(key);
    changes.touched.pipelines.insert(key);
    Some(place.0)
}

/// Enters the instance of a pipeline on a node.
pub(crate) fn enter_instance(
    world: &mut World,
    node: NodeKey,
    pipeline: PipelineKey,
    process: ProcessStatus,
) -> (InstanceKey, Entity) {
    let now = world.resource::<Tick>().now;
    let node_entity = world.resource::<Nodes>().0.slots.entity(node);
    let environment = world.get::<NodeIdentity>(node_entity).expect(ENTERED).environment;
    let key = world.resource_mut::<Instances>().slots.issue(now);
    if process.class == ProcessClass::Crashed {
        expect_mut::<Failing>(world, node_entity).0 += 1;
    }
    let departed = world.resource_mut::<WriteBehind>().returning(node, pipeline, now.minute());
    let departed = departed.unwrap_or_default();
    let bundle = InstanceBundle {
        identity: InstanceIdentity { key, node, pipeline, environment },
        process,
        counters: Counters::default(),
        minute: departed.minute,
        contribution: Contribution::default(),
        components: ComponentRows::counted(&departed.latencies),
        tail: LogTail::default(),
    };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Instances>().insert(node, pipeline, key, entity);
    world.resource_mut::<Changes>().instances_counted.insert(key);
    (key, entity)
}

/// Takes an instance out of the fleet. What it counted in this minute is kept for its return.
pub(crate) fn evict_instance(world: &mut World, node: NodeKey, pipeline: PipelineKey) {
    let now = world.resource::<Tick>().now;
    let Some((key, entity)) = world.resource_mut::<Instances>().remove(node, pipeline, now) else {
        return;
    };
    let instance = instance_ref(world, node, pipeline);
    let pipeline_entity = world.resource::<Pipelines>().0.slots.entity(pipeline);
    let pipeline_id = world.get::<PipelineIdentity>(pipeline_entity).expect(ENTERED).id.clone();
    let minute = *world.get::<MinuteAccumulator>(entity).expect(ENTERED);
    let mut rows = std::mem::take(&mut *expect_mut::<ComponentRows>(world, entity));
    let tail = std::mem::take(&mut *expect_mut::<LogTail>(world, entity));
    let class = world.get::<ProcessStatus>(entity).expect(ENTERED).class;
    let counted = *world.get::<Contribution>(entity).expect(ENTERED);
    let rates = world.get::<Counters>(entity).expect(ENTERED).rates;
    let environment = world.get::<InstanceIdentity>(entity).expect(ENTERED).environment;
    world.despawn(entity);

    let unsaved_minute = {
        let mut unsaved = world.resource_mut::<Unsaved>();
        unsaved.instances.remove(key);
        unsaved.instance_minutes.remove(key)
    };
    let mut write_behind = world.resource_mut::<WriteBehind>();
    if let Some(place) = write_behind.end_instance_minute(key, unsaved_minute) {
        place.add_instance_minute((&instance.node, &pipeline_id), &minute, &rows);
    }
    write_behind.forget_instance(key);
    let latencies = rows.latencies().collect();
    write_behind.depart(node, pipeline, Departed { minute, latencies });
    write_behind.remove_instance(instance);
    let mut history = world.resource_mut::<History>();
    for row in 0..rows.rows.len() {
        history.release(rows.take_chunks(row));
    }
    world.resource_mut::<LogBudget>().release(&tail);

    let entities = [
        world.resource::<Nodes>().0.slots.entity(node),
        pipeline_entity,
        world.resource::<Environments>().0.slots.entity(environment),
    ];
    if class == ProcessClass::Crashed {
        expect_mut::<Failing>(world, entities[0]).0 -= 1;
    }
    let gone = RatesGained::between(rates.as_ref().filter(|_| counted.is_rated()), None);
    for entity in entities {
        let mut totals = expect_mut::<Totals>(world, entity);
        totals.move_instance(&counted, &Contribution::default());
        totals.add_rates(&gone);
    }
    let mut changes = world.resource_mut::<Changes>();
    changes.instances_counted.remove(key);
    changes.instances_sampled.remove(key);
    changes.nodes_suspect.insert(node);
    changes.touched.instances.insert(key);
    changes.touched.pipelines.insert(pipeline);
    changes.touched.environments.insert(environment);
}

/// What the fingerprint is to look at.
fn touched(world: &mut World) -> Mut<'_, Touched> {
    world.resource_mut::<Changes>().map_unchanged(|changes| &mut changes.touched)
}

/// The ids of an instance.
pub(crate) fn instance_ref(world: &World, node: NodeKey, pipeline: PipelineKey) -> InstanceRef {
    let node = world.resource::<Nodes>().0.slots.entity(node);
    let pipeline = world.resource::<Pipelines>().0.slots.entity(pipeline);
    let node = world.get::<NodeIdentity>(node).expect(ENTERED);
    let pipeline = world.get::<PipelineIdentity>(pipeline).expect(ENTERED);
    InstanceRef::of(&node.id, &pipeline.id)
}

/// The agent's word for a process, without an allocation for those it usually says.
pub(crate) fn process_word(word: &str) -> Cow<'static, str> {
    for known in ["RUNNING", "STARTING", "STOPPED", "CRASHED", "CRASH_LOOP", "PENDING"] {
        if word == known {
            return Cow::Borrowed(known);
        }
    }
    Cow::Owned(word.to_owned())
}

const ENTERED: &str = "whatever has a key was entered with its whole bundle";

fn expect_mut<T>(world: &mut World, entity: Entity) -> Mut<'_, T>
where
    T: bevy_ecs::component::Component<Mutability = bevy_ecs::component::Mutable>,
{
    world.get_mut::<T>(entity).expect(ENTERED)
}
