//! Heard nodes in order of last hearing. Plain data: the first to expire is always at the front.
//!
//! All leases last equally long, so hearing a node moves it to the end and nothing else ever moves:
//! a tick looks at expired nodes only, whatever the size of the fleet.

use bevy_ecs::prelude::Resource;

use crate::ids::{Key, NodeKey};

/// A doubly linked list threaded through a table by node key.
#[derive(Resource, Debug, Default)]
pub struct LeaseOrder {
    links: Vec<Option<Link>>,
    ends: Option<(NodeKey, NodeKey)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Link {
    before: Option<NodeKey>,
    after: Option<NodeKey>,
}

impl LeaseOrder {
    /// The node heard longest ago.
    pub fn first(&self) -> Option<NodeKey> {
        self.ends.map(|(first, _)| first)
    }

    /// The node heard next after `key`.
    pub fn after(&self, key: NodeKey) -> Option<NodeKey> {
        self.links[key.index()].expect("the node is in the list").after
    }

    /// All nodes, the one heard longest ago first.
    pub fn iter(&self) -> impl Iterator<Item = NodeKey> {
        std::iter::successors(self.first(), |&key| self.after(key))
    }

    /// Puts a node at the end.
    pub fn touch(&mut self, key: NodeKey) {
        self.remove(key);
        if self.links.len() <= key.index() {
            self.links.resize(key.index() + 1, None);
        }
        let last = self.ends.map(|(_, last)| last);
        if let Some(last) = last {
            self.link(last).after = Some(key);
        }
        self.links[key.index()] = Some(Link { before: last, after: None });
        self.ends = Some((self.first().unwrap_or(key), key));
    }

    /// Takes a node out, if it is in.
    pub fn remove(&mut self, key: NodeKey) {
        let Some(link) = self.links.get_mut(key.index()).and_then(Option::take) else { return };
        if let Some(before) = link.before {
            self.link(before).after = link.after;
        }
        if let Some(after) = link.after {
            self.link(after).before = link.before;
        }
        let (first, last) = self.ends.expect("a node is in the list");
        self.ends = match (link.before, link.after) {
            (None, None) => None,
            (None, Some(after)) => Some((after, last)),
            (Some(before), None) => Some((first, before)),
            (Some(_), Some(_)) => Some((first, last)),
        };
    }

    fn link(&mut self, key: NodeKey) -> &mut Link {
        self.links[key.index()].as_mut().expect("neighbours are in the list")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(list: &LeaseOrder) -> Vec<u32> {
        list.iter().map(|key| key.0).collect()
    }

    #[test]
    fn whoever_is_heard_goes_to_the_end() {
        let mut list = LeaseOrder::default();
        for key in [5, 1, 3, 5, 1] {
            list.touch(NodeKey(key));
        }
        assert_eq!(order(&list), [3, 5, 1]);
        list.remove(NodeKey(5));
        list.remove(NodeKey(5));
        assert_eq!(order(&list), [3, 1]);
        list.remove(NodeKey(1));
        list.remove(NodeKey(3));
        assert_eq!(order(&list), []);
        list.touch(NodeKey(7));
        assert_eq!(order(&list), [7]);
    }
}
