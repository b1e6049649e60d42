//! Sizes of the engine's own structures, for the operator.

use bevy_ecs::prelude::World;

use crate::answer::Gauges;
use crate::changes::Unsaved;
use crate::environment::NodeCounts;
use crate::history::History;
use crate::index::{Environments, Instances, Pipelines, Subscribers};
use crate::log_budget::LogBudget;
use crate::read::WHOLE;
use crate::resume_window::ResumeWindow;
use crate::subscriber::{Phase, Progress};
use crate::write_behind::WriteBehind;

/// Counts and bytes as of the last tick.
pub(crate) fn gauges(world: &World) -> Gauges {
    let environments = &world.resource::<Environments>().0.slots;
    let subscribers = &world.resource::<Subscribers>().slots;
    let history = world.resource::<History>();
    let unsaved = world.resource::<Unsaved>();
    let write_behind = world.resource::<WriteBehind>();
    let mut nodes = [0; 4];
    for (_, entity) in environments.iter() {
        let counts = world.get::<NodeCounts>(entity).expect(WHOLE);
        for (sum, count) in nodes.iter_mut().zip(counts.0) {
            *sum += count;
        }
    }
    let lagging = subscribers.iter().filter(|(_, entity)| {
        let phase = &world.get::<Progress>(*entity).expect(WHOLE).phase;
        matches!(phase, Phase::Lagging { .. })
    });
    Gauges {
        environments: environments.len(),
        nodes,
        pipelines: world.resource::<Pipelines>().0.slots.len(),
        instances: world.resource::<Instances>().slots.len(),
        subscribers: subscribers.len(),
        subscribers_lagging: lagging.count(),
        history_bytes: history.bytes(),
        history_samples_evicted: history.evicted_samples(),
        log_tail_bytes: world.resource::<LogBudget>().bytes(),
        resume_bytes: world.resource::<ResumeWindow>().bytes(),
        staged_rows: unsaved.nodes.len()
            + unsaved.instances.len()
            + write_behind.waiting.history_rows(),
        batch_in_flight: write_behind.in_flight().is_some(),
    }
}
