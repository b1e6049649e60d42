//! Tables from outside ids to keys to entities.
//!
//! Hash maps here are for lookup only; whoever iterates goes by key.

use std::collections::VecDeque;

use bevy_ecs::prelude::{Entity, Resource};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::ids::{
    EnvironmentKey, InstanceKey, Key, NodeKey, PipelineKey, SubscriberId, SubscriberKey,
};
use crate::time::Millis;

/// A freed key rests this long, so that nothing kept for resuming streams can be taken for its next owner's.
pub const KEY_REST: Millis = Millis(600_000);

/// Issues dense keys and remembers each key's entity.
#[derive(Debug)]
pub struct Slots<K> {
    entities: Vec<Option<Entity>>,
    resting: VecDeque<(Millis, K)>,
    rest: Millis,
    len: usize,
}

impl<K> Default for Slots<K> {
    fn default() -> Self {
        Slots::resting_for(KEY_REST)
    }
}

impl<K> Slots<K> {
    /// Slots whose keys rest this long before they are issued again.
    fn resting_for(rest: Millis) -> Slots<K> {
        Slots { entities: Vec::new(), resting: VecDeque::new(), rest, len: 0 }
    }
}

impl<K: Key> Slots<K> {
    /// The key the next `set` should use: the longest rested one, or a new one.
    pub fn issue(&mut self, now: Millis) -> K {
        match self.resting.front() {
            Some(&(freed_at, key)) if now.since(freed_at) >= self.rest => {
                self.resting.pop_front();
                key
            }
            Some(_) | None => {
                self.entities.push(None);
                K::from_index(self.entities.len() - 1)
            }
        }
    }

    /// Binds an issued key to its entity.
    pub fn set(&mut self, key: K, entity: Entity) {
        let slot = &mut self.entities[key.index()];
        assert!(slot.is_none(), "a key has one owner at a time");
        *slot = Some(entity);
        self.len += 1;
    }

    /// Frees a key; it rests before it is issued again.
    pub fn free(&mut self, key: K, now: Millis) -> Option<Entity> {
        let entity = self.entities[key.index()].take()?;
        self.resting.push_back((now, key));
        self.len -= 1;
        Some(entity)
    }

    /// The entity of a key in use.
    pub fn get(&self, key: K) -> Option<Entity> {
        self.entities.get(key.index()).copied().flatten()
    }

    /// The entity of a key its holder knows to be in use.
    pub fn entity(&self, key: K) -> Entity {
        self.get(key).expect("this key is in use")
    }

    /// Keys in use, in order, from `first` on.
    pub fn iter_from(&self, first: usize) -> impl Iterator<Item = (K, Entity)> {
        self.entities
            .iter()
            .enumerate()
            .skip(first)
            .filter_map(|(index, entity)| entity.map(|entity| (K::from_index(index), entity)))
    }

    /// Keys in use, in order.
    pub fn iter(&self) -> impl Iterator<Item = (K, Entity)> {
        self.iter_from(0)
    }

    /// Length of the table, and freed keys with when they were freed.
    pub(crate) fn plan(&self) -> SlotPlan<K> {
        SlotPlan {
            length: self.entities.len() as u32,
            resting: self.resting.iter().copied().collect(),
        }
    }

    /// An empty table to which the keys that were in use can be bound again.
    pub(crate) fn follow(&mut self, plan: SlotPlan<K>) {
        assert!(self.entities.is_empty(), "a plan is for a table that has issued nothing");
        self.entities.resize(plan.length as usize, None);
        self.resting = plan.resting.into();
    }

    /// Number of keys in use.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when no key is in use.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// What a table of slots knows besides the keys in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SlotPlan<K> {
    length: u32,
    resting: Vec<(Millis, K)>,
}

/// A table of things with text ids.
#[derive(Debug)]
pub struct Named<K> {
    pub slots: Slots<K>,
    keys: FxHashMap<Box<[u8]>, K>,
}

impl<K> Default for Named<K> {
    fn default() -> Self {
        Named { slots: Slots::default(), keys: FxHashMap::default() }
    }
}

impl<K: Key> Named<K> {
    /// The key of an id.
    pub fn key(&self, id: &str) -> Option<K> {
        self.key_of(id.as_bytes())
    }

    /// The key of an id as it lies on the wire.
    pub fn key_of(&self, id: &[u8]) -> Option<K> {
        self.keys.get(id).copied()
    }

    /// The entity of an id.
    pub fn find(&self, id: &str) -> Option<Entity> {
        self.key(id).map(|key| self.slots.entity(key))
    }

    /// Enters a new thing.
    pub fn insert(&mut self, id: &str, key: K, entity: Entity) {
        let known = self.keys.insert(id.as_bytes().into(), key);
        assert!(known.is_none(), "an id has one owner");
        self.slots.set(key, entity);
    }

    /// Takes a thing out.
    pub fn remove(&mut self, id: &str, now: Millis) -> Option<(K, Entity)> {
        let key = self.keys.remove(id.as_bytes())?;
        self.slots.free(key, now).map(|entity| (key, entity))
    }
}

/// Environments by id and key.
#[derive(Resource, Debug, Default)]
pub struct Environments(pub Named<EnvironmentKey>);

/// Nodes by id and key.
#[derive(Resource, Debug, Default)]
pub struct Nodes(pub Named<NodeKey>);

/// Pipelines by id and key.
#[derive(Resource, Debug, Default)]
pub struct Pipelines(pub Named<PipelineKey>);

/// Instances by key, by node and by pipeline.
#[derive(Resource, Debug, Default)]
pub struct Instances {
    pub slots: Slots<InstanceKey>,
    by_node: Vec<Vec<(PipelineKey, InstanceKey)>>,
    by_pipeline: Vec<Vec<(NodeKey, InstanceKey)>>,
}

impl Instances {
    /// The instance of a pipeline on a node.
    pub fn find(&self, node: NodeKey, pipeline: PipelineKey) -> Option<InstanceKey> {
        let list = self.on_node(node);
        let at = list.binary_search_by_key(&pipeline, |entry| entry.0).ok()?;
        Some(list[at].1)
    }

    /// The instance of a pipeline on a node, looked for at `guess` first: nodes repeat themselves.
    pub fn find_near(
        &self,
        node: NodeKey,
        pipeline: PipelineKey,
        guess: usize,
    ) -> Option<InstanceKey> {
        let guessed = self.on_node(node).get(guess).filter(|entry| entry.0 == pipeline);
        guessed.map(|entry| entry.1).or_else(|| self.find(node, pipeline))
    }

    /// Instances on a node, by pipeline key.
    pub fn on_node(&self, node: NodeKey) -> &[(PipelineKey, InstanceKey)] {
        self.by_node.get(node.index()).map_or(&[], Vec::as_slice)
    }

    /// Instances of a pipeline, by node key.
    pub fn of_pipeline(&self, pipeline: PipelineKey) -> &[(NodeKey, InstanceKey)] {
        self.by_pipeline.get(pipeline.index()).map_or(&[], Vec::as_slice)
    }

    /// Enters a new instance.
    pub fn insert(
        &mut self,
        node: NodeKey,
        pipeline: PipelineKey,
        key: InstanceKey,
        entity: Entity,
    ) {
        insert_sorted(&mut self.by_node, node, (pipeline, key));
        insert_sorted(&mut self.by_pipeline, pipeline, (node, key));
        self.slots.set(key, entity);
    }

    /// Takes an instance out.
    pub fn remove(
        &mut self,
        node: NodeKey,
        pipeline: PipelineKey,
        now: Millis,
    ) -> Option<(InstanceKey, Entity)> {
        let key = self.find(node, pipeline)?;
        self.by_node[node.index()].retain(|entry| entry.1 != key);
        self.by_pipeline[pipeline.index()].retain(|entry| entry.1 != key);
        self.slots.free(key, now).map(|entity| (key, entity))
    }
}

fn insert_sorted<K: Key, V: Ord>(lists: &mut Vec<Vec<V>>, key: K, value: V) {
    if lists.len() <= key.index() {
        lists.resize_with(key.index() + 1, Vec::new);
    }
    let list = &mut lists[key.index()];
    let at = list.binary_search(&value).expect_err("an instance is entered once");
    list.insert(at, value);
}

/// Subscribers by the shell's number.
#[derive(Resource, Debug)]
pub struct Subscribers {
    pub slots: Slots<SubscriberKey>,
    keys: FxHashMap<SubscriberId, SubscriberKey>,
}

/// No frame that is kept names a subscriber, so a key only rests until the next instant.
impl Default for Subscribers {
    fn default() -> Subscribers {
        Subscribers { slots: Slots::resting_for(Millis(1)), keys: FxHashMap::default() }
    }
}

impl Subscribers {
    /// The key of a subscriber.
    pub fn key(&self, id: SubscriberId) -> Option<SubscriberKey> {
        self.keys.get(&id).copied()
    }

    /// Enters a new subscriber.
    pub fn insert(&mut self, id: SubscriberId, key: SubscriberKey, entity: Entity) {
        let known = self.keys.insert(id, key);
        assert!(known.is_none(), "the shell numbers subscribers once");
        self.slots.set(key, entity);
    }

    /// Takes a subscriber out.
    pub fn remove(&mut self, id: SubscriberId, now: Millis) -> Option<(SubscriberKey, Entity)> {
        let key = self.keys.remove(&id)?;
        self.slots.free(key, now).map(|entity| (key, entity))
    }
}
