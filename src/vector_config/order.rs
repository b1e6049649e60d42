//! The order in which events pass the components, and the circles in which they would never end.

use std::collections::{BTreeSet, VecDeque};

use rustc_hash::FxHashMap;

use crate::vector_config::component::Component;
use crate::vector_config::edges::Edge;
use crate::vector_config::problem::{Problems, shown};

/// Most components of a circle that a message names.
const NAMED_MAX: usize = 20;

/// The components as a graph of their indexes.
struct Graph {
    /// Whom each feeds, once.
    readers: Vec<BTreeSet<usize>>,
    /// Who feeds each, once.
    feeders: Vec<BTreeSet<usize>>,
}

impl Graph {
    fn of(components: &[Component], edges: &[Edge]) -> Self {
        let mut index: FxHashMap<&str, usize> = FxHashMap::default();
        for (at, component) in components.iter().enumerate() {
            index.entry(&component.id).or_insert(at);
        }
        let empty = vec![BTreeSet::new(); components.len()];
        let mut graph = Self { readers: empty.clone(), feeders: empty };
        for edge in edges {
            if let (Some(from), Some(to)) =
                (index.get(edge.from.as_str()), index.get(edge.to.as_str()))
            {
                graph.readers[*from].insert(*to);
                graph.feeders[*to].insert(*from);
            }
        }
        graph
    }

    /// Every component after those it reads from, otherwise as in the text; those in a circle, or
    /// behind one, are left out.
    fn sorted(&self) -> Vec<usize> {
        let mut waiting_for: Vec<usize> = self.feeders.iter().map(BTreeSet::len).collect();
        let mut ready: BTreeSet<usize> =
            (0..waiting_for.len()).filter(|at| waiting_for[*at] == 0).collect();
        let mut sorted = Vec::with_capacity(waiting_for.len());
        while let Some(at) = ready.pop_first() {
            sorted.push(at);
            for reader in &self.readers[at] {
                waiting_for[*reader] -= 1;
                if waiting_for[*reader] == 0 {
                    ready.insert(*reader);
                }
            }
        }
        sorted
    }

    /// Circles, each in the direction of the events, until all components in circles are in one of them.
    fn circles(&self) -> Vec<Vec<usize>> {
        // Who comes before all circles is in none.
        let mut may_be_in_one = vec![true; self.feeders.len()];
        for at in self.sorted() {
            may_be_in_one[at] = false;
        }
        let mut is_told = vec![false; self.feeders.len()];
        let mut circles = Vec::new();
        for start in 0..self.feeders.len() {
            if !may_be_in_one[start] || is_told[start] {
                continue;
            }
            if let Some(circle) = self.shortest_circle(start, &may_be_in_one) {
                for at in &circle {
                    is_told[*at] = true;
                }
                circles.push(circle);
            }
        }
        circles
    }

    /// The shortest way from a component back to itself.
    fn shortest_circle(&self, start: usize, may_pass: &[bool]) -> Option<Vec<usize>> {
        let mut came_from: Vec<Option<usize>> = vec![None; self.readers.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for reader in &self.readers[at] {
                if *reader == start {
                    let back = std::iter::successors(Some(at), |at| came_from[*at]);
                    let mut circle: Vec<usize> = back.collect();
                    circle.reverse();
                    return Some(circle);
                }
                if may_pass[*reader] && came_from[*reader].is_none() {
                    came_from[*reader] = Some(at);
                    queue.push_back(*reader);
                }
            }
        }
        None
    }
}

/// Indexes of all components: each after those it reads from, otherwise as in the text. Those in a
/// circle, or behind one, come last.
pub(super) fn stream_order(components: &[Component], edges: &[Edge]) -> Vec<usize> {
    let mut order = Graph::of(components, edges).sorted();
    let sorted: BTreeSet<usize> = order.iter().copied().collect();
    order.extend((0..components.len()).filter(|at| !sorted.contains(at)));
    order
}

/// Tells of components that read from themselves by way of others.
pub(super) fn check_circles(components: &[Component], edges: &[Edge], problems: &mut Problems) {
    for circle in Graph::of(components, edges).circles() {
        let first = &components[circle[0]];
        let mut names: Vec<String> =
            circle.iter().take(NAMED_MAX).map(|at| shown(&components[*at].id)).collect();
        if circle.len() > NAMED_MAX {
            names.push("…".into());
        }
        names.push(shown(&first.id));
        let message =
            format!("events would run in a circle, {}; cut it at one of them", names.join(" -> "));
        problems.error_of(&first.id, first.at, message);
    }
}
