//! Sums kept up to date by differences equal the sums counted anew. Debug builds only: it reads the whole fleet.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Query, Res};

use crate::environment::{EnvironmentIdentity, NodeCounts};
use crate::ids::{Key as _, NodeKey};
use crate::index::Environments;
use crate::instance::{
    Contribution, Counters, InstanceIdentity, ProcessStatus, RatesGained, Totals,
};
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
    instances: Query<(&InstanceIdentity, &ProcessStatus, &Counters, &Contribution)>,
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
        let of_environment = instances.iter().filter(|entry| entry.0.environment == key);
        for (.., counters, contribution) in of_environment {
            let rates = counters.rates.as_ref().filter(|_| contribution.is_rated());
            summed.move_instance(&Contribution::default(), contribution);
            summed.add_rates(&RatesGained::between(None, rates));
        }
        assert_eq!(*totals, summed, "totals of environment {}", key.index());
    }
    let mut crashed = BTreeMap::<NodeKey, u32>::new();
    for (place, process, ..) in &instances {
        if process.class == ProcessClass::Crashed {
            *crashed.entry(place.node).or_default() += 1;
        }
    }
    for (identity, _, failing, _) in &nodes {
        let counted = crashed.get(&identity.key).copied().unwrap_or(0);
        assert_eq!(failing.0, counted, "crashed instances of node {}", identity.id);
    }
}
