//! Who listens to what: from environments, nodes and pipelines to subscribers, and since when each is covered.
//!
//! Something is covered while it has a reader and for a while after the last one left, so that a
//! stream which comes back soon finds every event it missed.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::effect::{Route, Topic};
use crate::ids::{EnvironmentKey, NodeKey, PipelineKey, SubscriberKey};
use crate::time::{Millis, Tick, TickNumber};

/// How long events go on being encoded after the last reader left.
pub const COVERAGE_LINGER: Millis = Millis(60_000);

/// Readers by what they listen to.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Watch {
    /// Streams that get events of the topic from everything in the environment.
    wide: BTreeMap<(Topic, EnvironmentKey), Readers>,
    /// Streams that name nodes.
    nodes: BTreeMap<NodeKey, Readers>,
    /// Streams that name pipelines and no nodes.
    pipelines: BTreeMap<PipelineKey, Readers>,
    last_swept: Millis,
}

/// The readers of one thing.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Readers {
    /// Sorted.
    subscribers: Vec<SubscriberKey>,
    covered_since: TickNumber,
    /// When the last reader left, while there is none.
    idle_since: Option<Millis>,
}

impl Watch {
    /// Enters a subscriber under everything its route names.
    pub fn add(&mut self, subscriber: SubscriberKey, route: &Route, tick: &Tick) {
        for key in wide_keys(route) {
            enter(&mut self.wide, key, subscriber, tick);
        }
        if !route.has_lists() {
            return;
        }
        match (&route.nodes, &route.pipelines) {
            (Some(nodes), _) => {
                nodes.iter().for_each(|&key| enter(&mut self.nodes, key, subscriber, tick));
            }
            (None, Some(pipelines)) => {
                pipelines.iter().for_each(|&key| enter(&mut self.pipelines, key, subscriber, tick));
            }
            (None, None) => (),
        }
    }

    /// Takes a subscriber out of everything its route names.
    pub fn remove(&mut self, subscriber: SubscriberKey, route: &Route, now: Millis) {
        for key in wide_keys(route) {
            leave(&mut self.wide, &key, subscriber, now);
        }
        if !route.has_lists() {
            return;
        }
        match (&route.nodes, &route.pipelines) {
            (Some(nodes), _) => {
                nodes.iter().for_each(|key| leave(&mut self.nodes, key, subscriber, now));
            }
            (None, Some(pipelines)) => {
                pipelines.iter().for_each(|key| leave(&mut self.pipelines, key, subscriber, now));
            }
            (None, None) => (),
        }
    }

    /// Forgets what nobody has read for a while.
    pub fn sweep(&mut self, now: Millis) {
        if now.since(self.last_swept) < Millis(1_000) {
            return;
        }
        self.last_swept = now;
        let stays = |readers: &Readers| {
            readers.idle_since.is_none_or(|since| now.since(since) < COVERAGE_LINGER)
        };
        self.wide.retain(|_, readers| stays(readers));
        self.nodes.retain(|_, readers| stays(readers));
        self.pipelines.retain(|_, readers| stays(readers));
    }

    /// Whether nobody listens to anything.
    pub fn is_idle(&self) -> bool {
        self.wide.is_empty() && self.nodes.is_empty() && self.pipelines.is_empty()
    }

    /// Whether streams get events of the topic from everything in the environment.
    pub fn is_wide(&self, topic: Topic, environment: EnvironmentKey) -> bool {
        self.wide.contains_key(&(topic, environment))
    }

    /// Whether any topic that goes through the lane is wide in the environment.
    pub fn has_lane(&self, environment: EnvironmentKey) -> bool {
        self.is_wide(Topic::FleetStatus, environment)
            || self.is_wide(Topic::MetricUpdate, environment)
    }

    /// Whether streams name this node or pipeline.
    pub fn is_watched(&self, node: NodeKey, pipeline: Option<PipelineKey>) -> bool {
        self.nodes.contains_key(&node)
            || pipeline.is_some_and(|pipeline| self.pipelines.contains_key(&pipeline))
    }

    /// Streams that get events of the topic from everything in the environment.
    pub fn wide_readers(&self, topic: Topic, environment: EnvironmentKey) -> &[SubscriberKey] {
        self.wide.get(&(topic, environment)).map_or(&[], |readers| &readers.subscribers)
    }

    /// Streams that name this node.
    pub fn node_readers(&self, node: NodeKey) -> &[SubscriberKey] {
        self.nodes.get(&node).map_or(&[], |readers| &readers.subscribers)
    }

    /// Streams that name this pipeline and no node.
    pub fn pipeline_readers(&self, pipeline: PipelineKey) -> &[SubscriberKey] {
        self.pipelines.get(&pipeline).map_or(&[], |readers| &readers.subscribers)
    }

    /// Whether everything the route names has been covered since `after`.
    pub fn covers(&self, route: &Route, after: TickNumber) -> bool {
        let listed = || match (&route.nodes, &route.pipelines) {
            (Some(nodes), _) => nodes.iter().all(|key| covered(&self.nodes, key, after)),
            (None, Some(pipelines)) => {
                pipelines.iter().all(|key| covered(&self.pipelines, key, after))
            }
            (None, None) => true,
        };
        wide_keys(route).all(|key| covered(&self.wide, &key, after))
            && (!route.has_lists() || listed())
    }
}

/// Of what the route gets everything.
fn wide_keys(route: &Route) -> impl Iterator<Item = (Topic, EnvironmentKey)> + use<'_> {
    let topics = Topic::ALL.into_iter().filter(|&topic| route.is_wide(topic));
    topics.flat_map(|topic| route.environments.iter().map(move |&environment| (topic, environment)))
}

fn enter<K: Ord>(map: &mut BTreeMap<K, Readers>, key: K, subscriber: SubscriberKey, tick: &Tick) {
    let readers = map.entry(key).or_insert_with(|| Readers {
        subscribers: Vec::new(),
        covered_since: tick.number,
        idle_since: None,
    });
    readers.idle_since = None;
    if let Err(at) = readers.subscribers.binary_search(&subscriber) {
        readers.subscribers.insert(at, subscriber);
    }
}

fn leave<K: Ord>(map: &mut BTreeMap<K, Readers>, key: &K, subscriber: SubscriberKey, now: Millis) {
    let Some(readers) = map.get_mut(key) else { return };
    readers.subscribers.retain(|&reader| reader != subscriber);
    if readers.subscribers.is_empty() {
        readers.idle_since.get_or_insert(now);
    }
}

fn covered<K: Ord>(map: &BTreeMap<K, Readers>, key: &K, after: TickNumber) -> bool {
    map.get(key).is_some_and(|readers| readers.covered_since <= after)
}
