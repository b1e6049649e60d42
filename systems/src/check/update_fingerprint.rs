//! The only writer of the fingerprint: hashes again what this tick may have changed.

use bevy_ecs::prelude::{Query, Res, ResMut};
use bevy_ecs::system::SystemParam;

use crate::changes::Changes;
use crate::component_rows::ComponentRows;
use crate::dirty::KeySet;
use crate::effect::Counters as Tallies;
use crate::environment::{EnvironmentIdentity, NodeCounts};
use crate::fingerprint::entities::{
    hash_environment, hash_instance, hash_node, hash_pipeline, hash_subscriber, hash_tallies,
};
use crate::fingerprint::hash::{Hash, hash_text};
use crate::fingerprint::{Changed, EntityKey, Fingerprint, Hashes};
use crate::ids::{EnvironmentKey, InstanceKey, Key, NodeKey, PipelineKey, SubscriberKey};
use crate::index::{Environments, Instances, Nodes, Pipelines, Slots, Subscribers};
use crate::instance::{
    Contribution, Counters, InstanceIdentity, MinuteAccumulator, ProcessStatus, Totals,
};
use crate::node::{Failing, Lease, NodeIdentity, NodeReport, StatusSince};
use crate::pipeline::{Deployment, PipelineIdentity};
use crate::status::NodeStatus;
use crate::subscriber::{Progress, SubscriberIdentity};

/// The fleet as the fingerprint sees it.
#[derive(SystemParam)]
pub struct FleetHashes<'w, 's> {
    environment_index: Res<'w, Environments>,
    node_index: Res<'w, Nodes>,
    pipeline_index: Res<'w, Pipelines>,
    instance_index: Res<'w, Instances>,
    subscriber_index: Res<'w, Subscribers>,
    environments:
        Query<'w, 's, (&'static EnvironmentIdentity, &'static NodeCounts, &'static Totals)>,
    nodes: Query<
        'w,
        's,
        (
            &'static NodeIdentity,
            &'static Lease,
            &'static Failing,
            &'static NodeStatus,
            &'static StatusSince,
            &'static NodeReport,
            &'static Totals,
        ),
    >,
    pipelines: Query<
        'w,
        's,
        (
            &'static PipelineIdentity,
            &'static Deployment,
            &'static MinuteAccumulator,
            &'static Totals,
        ),
    >,
    instances: Query<
        'w,
        's,
        (
            &'static InstanceIdentity,
            &'static ProcessStatus,
            &'static Counters,
            &'static MinuteAccumulator,
            &'static Contribution,
            &'static ComponentRows,
        ),
    >,
    subscribers: Query<'w, 's, (&'static SubscriberIdentity, &'static Progress)>,
}

/// Keys to look at in this tick; the sets keep their memory.
#[derive(Debug, Default)]
pub struct Suspects {
    nodes: KeySet<NodeKey>,
    instances: KeySet<InstanceKey>,
    subscribers: KeySet<SubscriberKey>,
}

/// Brings the fingerprint up to date.
pub fn update_fingerprint(
    fleet: FleetHashes,
    changes: Res<Changes>,
    tallies: Res<Tallies>,
    mut suspects: bevy_ecs::prelude::Local<Suspects>,
    mut fingerprint: ResMut<Fingerprint>,
) {
    let Suspects { nodes, instances, subscribers } = &mut *suspects;
    nodes.clear();
    nodes.add_all(&changes.nodes_heard);
    nodes.add_all(&changes.nodes_suspect);
    nodes.add_all(&changes.touched.nodes);
    instances.clear();
    instances.add_all(&changes.instances_counted);
    instances.add_all(&changes.touched.instances);
    subscribers.clear();
    subscribers.add_all(&changes.subscribers_moved);
    subscribers.add_all(&changes.touched.subscribers);

    let prints = &mut *fingerprint;
    prints.changed.clear();
    for node in changes.nodes_edited.iter() {
        prints.nodes.forget_identity(node);
        for &(_, instance) in fleet.instance_index.on_node(node) {
            prints.instances.forget_identity(instance);
            instances.insert(instance);
        }
    }
    fleet.hash_environments(&changes.touched.environments, prints);
    fleet.hash_nodes(nodes, prints);
    fleet.hash_pipelines(&changes.touched.pipelines, prints);
    fleet.hash_instances(instances, prints);
    fleet.hash_subscribers(subscribers, prints);
    prints.tallies = hash_tallies(&tallies);
}

/// Computes the fingerprint of a world that was filled by hand.
pub(crate) fn refingerprint(
    fleet: FleetHashes,
    tallies: Res<Tallies>,
    mut fingerprint: ResMut<Fingerprint>,
) {
    *fingerprint = Fingerprint::default();
    fleet.hash_all(&mut fingerprint);
    fingerprint.tallies = hash_tallies(&tallies);
    fingerprint.changed.clear();
}

impl FleetHashes<'_, '_> {
    /// Hashes the whole fleet.
    pub(crate) fn hash_all(&self, prints: &mut Fingerprint) {
        self.hash_environments(&all(&self.environment_index.0.slots), prints);
        self.hash_nodes(&all(&self.node_index.0.slots), prints);
        self.hash_pipelines(&all(&self.pipeline_index.0.slots), prints);
        self.hash_instances(&all(&self.instance_index.slots), prints);
        self.hash_subscribers(&all(&self.subscriber_index.slots), prints);
    }

    fn hash_environments(&self, keys: &KeySet<EnvironmentKey>, prints: &mut Fingerprint) {
        let Fingerprint { environments: hashes, sum, changed, .. } = prints;
        let slots = &self.environment_index.0.slots;
        rehash(
            slots,
            keys,
            hashes,
            (sum, changed),
            EntityKey::Environment,
            |hashes, key, entity| {
                let (identity, nodes, totals) = self.environments.get(entity).expect(WHOLE);
                let id = hashes.identity(key, || hash_text(&identity.id));
                hash_environment(id, &identity.name, &identity.team, nodes, totals)
            },
        );
    }

    fn hash_nodes(&self, keys: &KeySet<NodeKey>, prints: &mut Fingerprint) {
        let Fingerprint { nodes: hashes, sum, changed, .. } = prints;
        let slots = &self.node_index.0.slots;
        rehash(slots, keys, hashes, (sum, changed), EntityKey::Node, |hashes, key, entity| {
            let (identity, lease, failing, status, since, report, totals) =
                self.nodes.get(entity).expect(WHOLE);
            let id = hashes.identity(key, || identity_of_node(identity));
            hash_node(id, (lease, failing), (status, since), report, totals)
        });
    }

    fn hash_pipelines(&self, keys: &KeySet<PipelineKey>, prints: &mut Fingerprint) {
        let Fingerprint { pipelines: hashes, sum, changed, .. } = prints;
        let slots = &self.pipeline_index.0.slots;
        rehash(slots, keys, hashes, (sum, changed), EntityKey::Pipeline, |hashes, key, entity| {
            let (identity, deployment, minute, totals) = self.pipelines.get(entity).expect(WHOLE);
            let id = hashes.identity(key, || hash_text(&identity.id));
            hash_pipeline(id, (&identity.name, identity.revision), deployment, minute, totals)
        });
    }

    fn hash_instances(&self, keys: &KeySet<InstanceKey>, prints: &mut Fingerprint) {
        let Fingerprint { nodes, pipelines, instances: hashes, sum, changed, .. } = prints;
        let slots = &self.instance_index.slots;
        rehash(slots, keys, hashes, (sum, changed), EntityKey::Instance, |hashes, key, entity| {
            let (identity, process, counters, minute, contribution, components) =
                self.instances.get(entity).expect(WHOLE);
            let id = hashes.identity(key, || {
                let mut hash = Hash::default();
                hash.pair(
                    nodes.known_identity(identity.node),
                    pipelines.known_identity(identity.pipeline),
                );
                hash.finish()
            });
            hash_instance(id, process, counters, (minute, contribution), components)
        });
    }

    fn hash_subscribers(&self, keys: &KeySet<SubscriberKey>, prints: &mut Fingerprint) {
        let Fingerprint { subscribers: hashes, sum, changed, .. } = prints;
        let slots = &self.subscriber_index.slots;
        rehash(
            slots,
            keys,
            hashes,
            (sum, changed),
            EntityKey::Subscriber,
            |hashes, key, entity| {
                let (identity, progress) = self.subscribers.get(entity).expect(WHOLE);
                let id = hashes.identity(key, || {
                    let mut hash = Hash::default();
                    hash.pair(identity.id.0, 0);
                    hash.text(&identity.stream);
                    hash.text(&identity.user);
                    hash.finish()
                });
                hash_subscriber(id, progress)
            },
        );
    }
}

const WHOLE: &str = "whatever has a key was entered with its whole bundle";

fn all<K: Key>(slots: &Slots<K>) -> KeySet<K> {
    let mut keys = KeySet::default();
    for (key, _) in slots.iter() {
        keys.insert(key);
    }
    keys
}

fn identity_of_node(identity: &NodeIdentity) -> u64 {
    let mut hash = Hash::default();
    hash.text(&identity.id);
    hash.text(&identity.name);
    hash.text(&identity.host);
    for (key, value) in &identity.operator_labels {
        hash.text(key);
        hash.text(value);
    }
    if identity.maintenance {
        hash.pair(1, 1);
    }
    hash.finish()
}

/// Replaces the hashes of `keys` in the sum; an entity that is gone has none.
fn rehash<K: Key>(
    slots: &Slots<K>,
    keys: &KeySet<K>,
    hashes: &mut Hashes<K>,
    (sum, changed): (&mut u64, &mut Vec<Changed>),
    name: fn(K) -> EntityKey,
    hash: impl Fn(&mut Hashes<K>, K, bevy_ecs::prelude::Entity) -> u64,
) {
    for key in keys.iter() {
        let gained = match slots.get(key) {
            Some(entity) => {
                let new = hash(hashes, key, entity);
                changed.push(Changed { entity: name(key), mark: (new >> 48) as u16 });
                hashes.replace(key, new)
            }
            None => hashes.remove(key),
        };
        *sum = sum.wrapping_add(gained);
    }
}
