//! When nodes that still wait in a rollout are late.

use std::collections::BTreeSet;

use bevy_ecs::prelude::Resource;

use crate::ids::PipelineKey;
use crate::time::Millis;

/// Deadlines of rollouts, in time listened, earliest first. Those of rollouts that ended stay until due.
#[derive(Resource, Debug, Default)]
pub struct RolloutDeadlines {
    due: BTreeSet<(Millis, PipelineKey)>,
}

impl RolloutDeadlines {
    /// A rollout is to be looked at.
    pub fn insert(&mut self, deadline: Millis, pipeline: PipelineKey) {
        self.due.insert((deadline, pipeline));
    }

    /// Takes the next pipeline whose deadline is over.
    pub fn pop_due(&mut self, listened: Millis) -> Option<PipelineKey> {
        let first = self.due.first().copied().filter(|(deadline, _)| *deadline <= listened)?;
        self.due.remove(&first);
        Some(first.1)
    }
}
