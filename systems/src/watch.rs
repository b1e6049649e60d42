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
    /// Streams that get refreshes of everything.
    lanes: BTreeMap<EnvironmentKey, Readers>,
    /// Streams that get changes of status or log lines of everything.
    wide: BTreeMap<EnvironmentKey, Readers>,
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
        if route.has_lane() {
            enter(&mut self.lanes, &route.environments, subscriber, tick);
        }
        if route.is_told_everything() {
            enter(&mut self.wide, &route.environments, subscriber, tick);
        }
        if !route.has_lists() {
            return;
        }
        match (&route.nodes, &route.pipelines) {
            (Some(nodes), _) => enter(&mut self.nodes, nodes, subscriber, tick),
            (None, Some(pipelines)) => enter(&mut self.pipelines, pipelines, subscriber, tick),
            (None, None) => (),
        }
    }

    /// Takes a subscriber out of everything its route names.
    pub fn remove(&mut self, subscriber: SubscriberKey, route: &Route, now: Millis) {
        if route.has_lane() {
            leave(&mut self.lanes, &route.environments, subscriber, now);
        }
        if route.is_told_everything() {
            leave(&mut self.wide, &route.environments, subscriber, now);
        }
        if !route.has_lists() {
            return;
        }
        match (&route.nodes, &route.pipelines) {
            (Some(nodes), _) => leave(&mut self.nodes, nodes, subscriber, now),
            (None, Some(pipelines)) => leave(&mut self.pipelines, pipelines, subscriber, now),
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
        self.lanes.retain(|_, readers| stays(readers));
        self.wide.retain(|_, readers| stays(readers));
        self.nodes.retain(|_, readers| stays(readers));
        self.pipelines.retain(|_, readers| stays(readers));
    }

    /// Whether nobody listens to anything.
    pub fn is_idle(&self) -> bool {
        let by_environment = self.lanes.is_empty() && self.wide.is_empty();
        by_environment && self.nodes.is_empty() && self.pipelines.is_empty()
    }

    /// Whether streams get refreshes of everything in the environment.
    pub fn has_lane(&self, environment: EnvironmentKey) -> bool {
        self.lanes.contains_key(&environment)
    }

    /// Whether streams get changes of status or log lines of everything in it.
    pub fn is_wide(&self, environment: EnvironmentKey) -> bool {
        self.wide.contains_key(&environment)
    }

    /// Whether streams name this node or pipeline.
    pub fn is_watched(&self, node: NodeKey, pipeline: Option<PipelineKey>) -> bool {
        self.nodes.contains_key(&node)
            || pipeline.is_some_and(|pipeline| self.pipelines.contains_key(&pipeline))
    }

    /// Streams that get events of the topic of everything in the environment.
    pub fn wide_readers(&self, topic: Topic, environment: EnvironmentKey) -> &[SubscriberKey] {
        let map = if topic.is_refresh() { &self.lanes } else { &self.wide };
        map.get(&environment).map_or(&[], |readers| &readers.subscribers)
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
            (Some(nodes), _) => covered(&self.nodes, nodes, after),
            (None, Some(pipelines)) => covered(&self.pipelines, pipelines, after),
            (None, None) => true,
        };
        (!route.has_lane() || covered(&self.lanes, &route.environments, after))
            && (!route.is_told_everything() || covered(&self.wide, &route.environments, after))
            && (!route.has_lists() || listed())
    }
}

fn enter<K: Ord + Copy>(
    map: &mut BTreeMap<K, Readers>,
    keys: &[K],
    subscriber: SubscriberKey,
    tick: &Tick,
) {
    for &key in keys {
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
}

fn leave<K: Ord>(
    map: &mut BTreeMap<K, Readers>,
    keys: &[K],
    subscriber: SubscriberKey,
    now: Millis,
) {
    for key in keys {
        let Some(readers) = map.get_mut(key) else { continue };
        readers.subscribers.retain(|&reader| reader != subscriber);
        if readers.subscribers.is_empty() {
            readers.idle_since.get_or_insert(now);
        }
    }
}

fn covered<K: Ord>(map: &BTreeMap<K, Readers>, keys: &[K], after: TickNumber) -> bool {
    keys.iter().all(|key| map.get(key).is_some_and(|readers| readers.covered_since <= after))
}
