//! The nodes that a rollout waits for. Whatever happens to one node costs the same however many there are: a
//! fleet that enrolls at once makes rollouts of a hundred thousand nodes that change each tick.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};

use crate::ids::NodeKey;
use crate::time::Millis;

/// Nodes that have not reported the revision, and when each is late, in time listened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<NodeKey, Millis>")]
pub struct Waiting {
    deadlines: BTreeMap<NodeKey, Millis>,
    /// The same, the next to be late first.
    order: BTreeSet<(Millis, NodeKey)>,
    /// Of all deadlines, in milliseconds.
    sum: u64,
}

impl Waiting {
    /// Waits for `node` until `deadline`.
    pub fn insert(&mut self, node: NodeKey, deadline: Millis) {
        self.remove(node);
        self.deadlines.insert(node, deadline);
        self.order.insert((deadline, node));
        self.sum = self.sum.wrapping_add(deadline.0);
    }

    /// Waits for `node` no longer.
    pub fn remove(&mut self, node: NodeKey) {
        if let Some(deadline) = self.deadlines.remove(&node) {
            let was_ordered = self.order.remove(&(deadline, node));
            debug_assert!(was_ordered, "both hold the same nodes");
            self.sum = self.sum.wrapping_sub(deadline.0);
        }
    }

    /// Takes out the nodes whose deadline has come, by key.
    pub fn take_due(&mut self, listened: Millis) -> Vec<NodeKey> {
        let due = self.order.range(..=(listened, NodeKey(u32::MAX)));
        let mut late: Vec<NodeKey> = due.map(|&(_, node)| node).collect();
        for &node in &late {
            self.remove(node);
        }
        late.sort_unstable();
        late
    }

    pub fn contains(&self, node: NodeKey) -> bool {
        self.deadlines.contains_key(&node)
    }

    pub fn len(&self) -> usize {
        self.deadlines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.deadlines.is_empty()
    }

    pub fn deadlines(&self) -> impl Iterator<Item = Millis> {
        self.deadlines.values().copied()
    }

    /// The sum of all deadlines, in milliseconds.
    pub fn sum(&self) -> u64 {
        self.sum
    }
}

impl From<BTreeMap<NodeKey, Millis>> for Waiting {
    fn from(deadlines: BTreeMap<NodeKey, Millis>) -> Waiting {
        let order = deadlines.iter().map(|(&node, &deadline)| (deadline, node)).collect();
        let sum = deadlines.values().fold(0, |sum: u64, deadline| sum.wrapping_add(deadline.0));
        Waiting { deadlines, order, sum }
    }
}

impl Serialize for Waiting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.deadlines.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_all_follows_each_node() {
        let mut waiting = Waiting::default();
        for (node, deadline) in [(3, 50), (1, 90), (2, 70), (1, 60), (4, 99)] {
            waiting.insert(NodeKey(node), Millis(deadline));
        }
        waiting.remove(NodeKey(2));
        waiting.remove(NodeKey(2));
        assert_eq!((waiting.len(), waiting.sum()), (3, 50 + 60 + 99));
        assert!(waiting.take_due(Millis(49)).is_empty());
        assert_eq!(
            waiting.take_due(Millis(60)),
            [NodeKey(1), NodeKey(3)],
            "by key, not by deadline"
        );
        assert_eq!((waiting.len(), waiting.sum(), waiting.contains(NodeKey(4))), (1, 99, true));
        let stored = postcard::to_allocvec(&waiting).unwrap();
        assert_eq!(stored, postcard::to_allocvec(&waiting.deadlines).unwrap(), "a plain map");
        assert_eq!(postcard::from_bytes::<Waiting>(&stored).unwrap(), waiting);
    }
}
