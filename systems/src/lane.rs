//! Refresh events for unfiltered streams, stretched to a bounded rate: newest per key wins, every key gets its turn.
//!
//! Environments take turns, and within one the keys come in the order they were refreshed, so a
//! small environment is not kept waiting by a large one.

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::dirty::KeySet;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey};
use crate::time::Millis;

/// Part of a second's events that may go at once: one node with many components.
const BURST_SHARE: u64 = 10;

/// What is to be refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refresh {
    Node(NodeKey),
    Instance(InstanceKey),
}

/// Keys that wait for their turn.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lane {
    waiting: BTreeMap<EnvironmentKey, VecDeque<Refresh>>,
    nodes: KeySet<NodeKey>,
    instances: KeySet<InstanceKey>,
    /// The environment whose turn was last.
    turn: Option<EnvironmentKey>,
    /// Thousandths of events that may go now. Below zero: a large instance went on credit.
    credit: i64,
    refilled_at: Millis,
}

impl Lane {
    /// Queues a key; one that waits already is refreshed in its place.
    pub fn push(&mut self, environment: EnvironmentKey, refresh: Refresh) {
        let added = match refresh {
            Refresh::Node(key) => self.nodes.insert(key),
            Refresh::Instance(key) => self.instances.insert(key),
        };
        if added {
            self.waiting.entry(environment).or_default().push_back(refresh);
        }
    }

    /// Adds the credit of the time since the last call. A burst and a second's refill together never
    /// pass `per_second`.
    pub fn refill(&mut self, now: Millis, per_second: u32) {
        let burst = u64::from(per_second) / BURST_SHARE;
        let rate = u64::from(per_second) - burst;
        let elapsed = now.since(self.refilled_at).0.min(1_000);
        self.refilled_at = now;
        let refilled = self.credit + (rate * elapsed) as i64;
        self.credit = refilled.min((burst * 1_000) as i64);
    }

    /// The next key, while there is credit. Follow with `spend`.
    pub fn pop(&mut self) -> Option<Refresh> {
        if self.credit <= 0 {
            return None;
        }
        let after = self.turn.map(|turn| EnvironmentKey(turn.0 + 1)).unwrap_or(EnvironmentKey(0));
        let next = self.waiting.range(after..).next().or_else(|| self.waiting.iter().next());
        let (&environment, _) = next?;
        self.turn = Some(environment);
        let queue = self.waiting.get_mut(&environment).expect("it was just found");
        let refresh = queue.pop_front().expect("empty queues are taken out");
        if queue.is_empty() {
            self.waiting.remove(&environment);
        }
        match refresh {
            Refresh::Node(key) => self.nodes.remove(key),
            Refresh::Instance(key) => self.instances.remove(key),
        };
        Some(refresh)
    }

    /// Takes the events that went out from the credit.
    pub fn spend(&mut self, events: u32) {
        self.credit -= i64::from(events) * 1_000;
    }

    /// Forgets the keys of an environment nobody listens to any more.
    pub fn forget(&mut self, environment: EnvironmentKey) {
        for refresh in self.waiting.remove(&environment).into_iter().flatten() {
            match refresh {
                Refresh::Node(key) => self.nodes.remove(key),
                Refresh::Instance(key) => self.instances.remove(key),
            };
        }
    }

    /// True when no key waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Environments with keys that wait.
    pub fn environments(&self) -> Vec<EnvironmentKey> {
        self.waiting.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: EnvironmentKey = EnvironmentKey(7);
    const LARGE: EnvironmentKey = EnvironmentKey(1);

    fn drain(lane: &mut Lane) -> Vec<Refresh> {
        std::iter::from_fn(|| lane.pop().inspect(|_| lane.spend(1))).collect()
    }

    #[test]
    fn no_second_carries_more_than_the_bound() {
        let mut lane = Lane::default();
        let mut sent = Vec::new();
        for tick in 0..400 {
            for key in 0..1_000 {
                lane.push(LARGE, Refresh::Node(NodeKey(key)));
            }
            lane.refill(Millis(10_000 + tick * 10), 2_000);
            sent.push(drain(&mut lane).len());
        }
        assert!(sent.windows(100).all(|second| second.iter().sum::<usize>() <= 2_000));
        assert!(sent[100..].iter().sum::<usize>() >= 5_300);
    }

    #[test]
    fn every_key_gets_its_turn_and_small_environments_do_not_wait() {
        let mut lane = Lane::default();
        for key in 0..1_000 {
            lane.push(LARGE, Refresh::Node(NodeKey(key)));
        }
        lane.push(SMALL, Refresh::Instance(InstanceKey(5)));
        lane.push(SMALL, Refresh::Instance(InstanceKey(5)));
        lane.refill(Millis(10_000), 2_000);
        let first = drain(&mut lane);
        assert_eq!(
            first[..3],
            [
                Refresh::Node(NodeKey(0)),
                Refresh::Instance(InstanceKey(5)),
                Refresh::Node(NodeKey(1)),
            ]
        );
        let mut all = first.len();
        for second in 11..20 {
            lane.refill(Millis(second * 1_000), 2_000);
            all += drain(&mut lane).len();
        }
        assert_eq!(all, 1_001);
    }

    #[test]
    fn forgotten_keys_can_be_queued_again() {
        let mut lane = Lane::default();
        lane.push(SMALL, Refresh::Node(NodeKey(3)));
        lane.forget(SMALL);
        lane.refill(Millis(10_000), 2_000);
        assert_eq!(lane.pop(), None);
        lane.push(SMALL, Refresh::Node(NodeKey(3)));
        assert_eq!(lane.pop(), Some(Refresh::Node(NodeKey(3))));
    }
}
