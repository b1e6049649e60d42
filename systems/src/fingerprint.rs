//! A fingerprint of the fleet: the wrapping sum of one hash an entity, over what rules decide by.
//!
//! It is free of order, and kept by differences: a tick costs what it changed, whatever the size of
//! the fleet. Rate histories, log tails and rows on their way to the store are outside it.

pub(crate) mod entities;
pub(crate) mod hash;

use std::fmt;

use bevy_ecs::prelude::{Resource, World};

use crate::environment::EnvironmentIdentity;
use crate::ids::{EnvironmentKey, InstanceKey, Key, NodeKey, PipelineKey, SubscriberKey};
use crate::index::{Environments, Instances, Nodes, Pipelines, Subscribers};
use crate::instance::InstanceIdentity;
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::subscriber::SubscriberIdentity;
use hash::mix;

/// The hashes in the sum, and which of them changed in this tick. Written by `update_fingerprint`.
#[derive(Resource, Debug, Default)]
pub struct Fingerprint {
    pub(crate) environments: Hashes<EnvironmentKey>,
    pub(crate) nodes: Hashes<NodeKey>,
    pub(crate) pipelines: Hashes<PipelineKey>,
    pub(crate) instances: Hashes<InstanceKey>,
    pub(crate) subscribers: Hashes<SubscriberKey>,
    /// What the core counted, as if it were an entity.
    pub(crate) tallies: u64,
    pub(crate) sum: u64,
    pub(crate) changed: Vec<Changed>,
}

/// An entity that was touched in this tick and is still there, with 16 bits of its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    pub entity: EntityKey,
    pub mark: u16,
}

/// The key of any entity that is part of the fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntityKey {
    Environment(EnvironmentKey),
    Node(NodeKey),
    Pipeline(PipelineKey),
    Instance(InstanceKey),
    Subscriber(SubscriberKey),
}

/// The name of an entity, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityName {
    Environment(String),
    Node(String),
    Pipeline(String),
    Instance { node: String, pipeline: String },
    Subscriber(String),
}

impl fmt::Display for EntityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntityName::Environment(id) => write!(f, "environment {id}"),
            EntityName::Node(id) => write!(f, "node {id}"),
            EntityName::Pipeline(id) => write!(f, "pipeline {id}"),
            EntityName::Instance { node, pipeline } => {
                write!(f, "instance of pipeline {pipeline} on node {node}")
            }
            EntityName::Subscriber(stream) => write!(f, "subscriber {stream}"),
        }
    }
}

/// The hashes of one kind of entity, by key.
#[derive(Debug)]
pub(crate) struct Hashes<K> {
    entries: Vec<Entry>,
    keys: std::marker::PhantomData<fn(K) -> K>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// Hash of the id and of whatever else never changes; 0: no entity has the key.
    identity: u64,
    /// Its part of the sum.
    hash: u64,
}

impl<K> Default for Hashes<K> {
    fn default() -> Self {
        Hashes { entries: Vec::new(), keys: std::marker::PhantomData }
    }
}

impl<K: Key> Hashes<K> {
    /// The hash of what never changes about an entity, computed when it is new.
    pub(crate) fn identity(&mut self, key: K, compute: impl FnOnce() -> u64) -> u64 {
        let entry = self.entry(key);
        if entry.identity == 0 {
            entry.identity = compute().max(1);
        }
        entry.identity
    }

    /// The identity is another now.
    pub(crate) fn forget_identity(&mut self, key: K) {
        self.entry(key).identity = 0;
    }

    /// The known identity of an entity, 0 when it has none.
    pub(crate) fn known_identity(&self, key: K) -> u64 {
        self.entries.get(key.index()).map_or(0, |entry| entry.identity)
    }

    /// Replaces the hash of an entity; answers what the sum gains.
    pub(crate) fn replace(&mut self, key: K, hash: u64) -> u64 {
        let entry = self.entry(key);
        hash.wrapping_sub(std::mem::replace(&mut entry.hash, hash))
    }

    /// Takes an entity out; answers what the sum gains.
    pub(crate) fn remove(&mut self, key: K) -> u64 {
        let entry = self.entry(key);
        0u64.wrapping_sub(std::mem::take(entry).hash)
    }

    fn first_difference(&self, other: &Hashes<K>) -> Option<K> {
        let hash =
            |hashes: &Hashes<K>, index| hashes.entries.get(index).map_or(0, |e: &Entry| e.hash);
        let longest = self.entries.len().max(other.entries.len());
        let differs = (0..longest).find(|&index| hash(self, index) != hash(other, index));
        differs.map(K::from_index)
    }

    fn entry(&mut self, key: K) -> &mut Entry {
        if self.entries.len() <= key.index() {
            self.entries.resize(key.index() + 1, Entry::default());
        }
        &mut self.entries[key.index()]
    }
}

impl Fingerprint {
    /// The first entity whose hash is another in `other`.
    pub(crate) fn first_difference(&self, other: &Fingerprint) -> Option<EntityKey> {
        let environment = self.environments.first_difference(&other.environments);
        let node = || self.nodes.first_difference(&other.nodes).map(EntityKey::Node);
        let pipeline = || self.pipelines.first_difference(&other.pipelines);
        let instance = || self.instances.first_difference(&other.instances);
        let subscriber = || self.subscribers.first_difference(&other.subscribers);
        environment
            .map(EntityKey::Environment)
            .or_else(node)
            .or_else(|| pipeline().map(EntityKey::Pipeline))
            .or_else(|| instance().map(EntityKey::Instance))
            .or_else(|| subscriber().map(EntityKey::Subscriber))
    }

    /// The fingerprint of the fleet after the last tick.
    pub fn value(&self) -> u64 {
        mix(self.sum.wrapping_add(self.tallies))
    }

    /// Entities that changed in the last tick: environments, nodes, pipelines, instances,
    /// subscribers, each in key order.
    pub fn changed(&self) -> &[Changed] {
        &self.changed
    }
}

/// The name of an entity in the fleet.
pub(crate) fn name_of(world: &World, key: EntityKey) -> Option<EntityName> {
    let node = |key| {
        let entity = world.resource::<Nodes>().0.slots.get(key)?;
        Some(world.get::<NodeIdentity>(entity)?.id.to_string())
    };
    let pipeline = |key| {
        let entity = world.resource::<Pipelines>().0.slots.get(key)?;
        Some(world.get::<PipelineIdentity>(entity)?.id.to_string())
    };
    Some(match key {
        EntityKey::Environment(key) => {
            let entity = world.resource::<Environments>().0.slots.get(key)?;
            let identity = world.get::<EnvironmentIdentity>(entity)?;
            EntityName::Environment(identity.id.to_string())
        }
        EntityKey::Node(key) => EntityName::Node(node(key)?),
        EntityKey::Pipeline(key) => EntityName::Pipeline(pipeline(key)?),
        EntityKey::Instance(key) => {
            let entity = world.resource::<Instances>().slots.get(key)?;
            let identity = world.get::<InstanceIdentity>(entity)?;
            EntityName::Instance {
                node: node(identity.node)?,
                pipeline: pipeline(identity.pipeline)?,
            }
        }
        EntityKey::Subscriber(key) => {
            let entity = world.resource::<Subscribers>().slots.get(key)?;
            let identity = world.get::<SubscriberIdentity>(entity)?;
            EntityName::Subscriber(identity.stream.to_string())
        }
    })
}
