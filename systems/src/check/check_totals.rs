//! Sums kept up to date by differences equal the sums counted anew. Debug builds only: it reads the whole fleet.

use bevy_ecs::prelude::{Query, Res};

use crate::environment::{EnvironmentIdentity, NodeCounts};
use crate::ids::Key as _;
use crate::index::Environments;
use crate::instance::{Contribution, InstanceIdentity, ProcessStatus, Totals};
use crate::node::{Failing, NodeIdentity};
use crate::status::{NodeStatus, ProcessClass};
use crate::time::Tick;

/// Counts a fleet anew every so many ticks.
const TICKS_BETWEEN: u64 = 64;

/// Compares the sums of each environment and node with what is there.
pub fn check_totals(
    tick: Res<Tick>,
    index: Res<Environments>,
    environments: Query<(&NodeCounts, &Totals), bevy_ecs::prelude::With<EnvironmentIdentity>>,
    nodes: Query<(&NodeIdentity, &NodeStatus, &Failing, &Totals)>,
    instances: Query<(&InstanceIdentity, &ProcessStatus, &Contribution)>,
) {
    if !cfg!(debug_assertions) || !tick.number.0.is_multiple_of(TICKS_BETWEEN) {
        return;
    }
    for (key, entity) in index.0.slots.iter() {
        let (counts, totals) = environments.get(entity).expect("environments have sums");
        let mut counted = NodeCounts::default();
        for (_, status, ..) in nodes.iter().filter(|node| node.0.environment == key) {
            counted.0[status.index()] += 1;
        }
        assert_eq!(*counts, counted, "node counts of environment {}", key.index());
        let mut summed = Totals::default();
        for (.., contribution) in instances.iter().filter(|entry| entry.0.environment == key) {
            summed.replace(&Contribution::default(), contribution);
        }
        assert_eq!(*totals, summed, "totals of environment {}", key.index());
    }
    for (identity, _, failing, _) in &nodes {
        let crashed = instances
            .iter()
            .filter(|(place, process, _)| {
                place.node == identity.key && process.class == ProcessClass::Crashed
            })
            .count();
        assert_eq!(failing.0 as usize, crashed, "crashed instances of node {}", identity.id);
    }
}
