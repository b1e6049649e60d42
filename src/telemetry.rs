//! What the driver publishes for `/metrics`: the core's counters and the cost of ticks.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use systole_systems::effect::{Counters, TickOutput};

/// The latest figures. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    latest: Arc<RwLock<Published>>,
}

/// Figures of one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Published {
    pub counters: Counters,
    pub ticks: u64,
    /// Time spent in ticks, in all.
    pub tick_busy: Duration,
    /// The longest tick so far.
    pub tick_longest: Duration,
    /// Wall clock minus our time.
    pub clock_offset_millis: i64,
}

impl Telemetry {
    /// Takes the figures of a tick.
    pub fn publish(&self, output: &TickOutput<'_>, busy: Duration, clock_offset_millis: i64) {
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        latest.counters = *output.counters;
        latest.ticks += 1;
        latest.tick_busy += busy;
        latest.tick_longest = latest.tick_longest.max(busy);
        latest.clock_offset_millis = clock_offset_millis;
    }

    /// The latest figures.
    pub fn latest(&self) -> Published {
        *self.latest.read().unwrap_or_else(PoisonError::into_inner)
    }
}
