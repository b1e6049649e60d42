//! Sums kept up to date by differences equal the sums counted anew. Debug builds only: it reads the whole fleet.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Query, Res};

use crate::environment::{EnvironmentIdentity, NodeCounts};
use crate::ids::{EnvironmentKey, NodeKey, PipelineKey};
use crate::instance::{
    Contribution, Counters, InstanceIdentity, ProcessStatus, RatesGained, Totals,
};
use crate::node::{Failing, NodeIdentity};
use crate::pipeline::PipelineIdentity;
use crate::status::{NodeStatus, ProcessClass};
use crate::time::Tick;

/// Counts a fleet anew every so many ticks.
const TICKS_BETWEEN: u64 = 64;

/// Compares the sums of each environment, pipeline and node with what is there.
pub fn check_totals(
    tick: Res<Tick>,
    environments: Query<(&EnvironmentIdentity, &NodeCounts, &Totals)>,
    pipelines: Query<(&PipelineIdentity, &Totals)>,
    nodes: Query<(&NodeIdentity, &NodeStatus, &Failing, &Totals)>,
    instances: Query<(&InstanceIdentity, &ProcessStatus, &Counters, &Contribution)>,
) {
    if !cfg!(debug_assertions) || !tick.number.0.is_multiple_of(TICKS_BETWEEN) {
        return;
    }
    let mut counted = BTreeMap::<EnvironmentKey, NodeCounts>::new();
    for (identity, status, ..) in &nodes {
        counted.entry(identity.environment).or_default().0[status.index()] += 1;
    }
    let mut of_environments = BTreeMap::<EnvironmentKey, Totals>::new();
    let mut of_pipelines = BTreeMap::<PipelineKey, Totals>::new();
    let mut of_nodes = BTreeMap::<NodeKey, Totals>::new();
    for (place, _, counters, contribution) in &instances {
        let rates = counters.rates.as_ref().filter(|_| contribution.is_rated());
        for summed in [
            of_environments.entry(place.environment).or_default(),
            of_pipelines.entry(place.pipeline).or_default(),
            of_nodes.entry(place.node).or_default(),
        ] {
            summed.move_instance(&Contribution::default(), contribution);
            summed.add_rates(&RatesGained::between(None, rates));
        }
    }
    for (identity, counts, totals) in &environments {
        let expected = counted.get(&identity.key).copied().unwrap_or_default();
        assert_eq!(*counts, expected, "node counts of environment {}", identity.id);
        let summed = of_environments.get(&identity.key).copied().unwrap_or_default();
        assert_eq!(*totals, summed, "totals of environment {}", identity.id);
    }
    for (identity, totals) in &pipelines {
        let summed = of_pipelines.get(&identity.key).copied().unwrap_or_default();
        assert_eq!(*totals, summed, "totals of pipeline {}", identity.id);
    }
    for (identity, .., totals) in &nodes {
        let summed = of_nodes.get(&identity.key).copied().unwrap_or_default();
        assert_eq!(*totals, summed, "totals of node {}", identity.id);
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
