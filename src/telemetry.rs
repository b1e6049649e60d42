//! What the driver publishes about its ticks, for `/metrics`. Never read by the engine.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use systole_systems::effect::{Counters, TickOutput};
use systole_systems::time::Tick;

/// The newest tick and the counts up to it. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    newest: Arc<RwLock<TickReport>>,
}

/// What is known after a tick.
#[derive(Clone, Copy, Debug, Default)]
pub struct TickReport {
    pub tick: Tick,
    /// Ticks since the process began.
    pub ticks: u64,
    pub counters: Counters,
    /// Time spent in the engine since the process began.
    pub busy: Duration,
    /// Time spent in the engine for this tick.
    pub last: Duration,
    /// Wall clock minus our time, in milliseconds.
    pub clock_offset_millis: i64,
}

impl Telemetry {
    /// Adds a tick that took `spent` in the engine.
    pub fn publish(&self, output: &TickOutput<'_>, spent: Duration, clock_offset_millis: i64) {
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        *newest = TickReport {
            tick: output.tick,
            ticks: newest.ticks + 1,
            counters: *output.counters,
            busy: newest.busy + spent,
            last: spent,
            clock_offset_millis,
        };
    }

    /// What the driver published last.
    pub fn newest(&self) -> TickReport {
        *self.newest.read().unwrap_or_else(PoisonError::into_inner)
    }
}
