//! Settings that change what the core does. They arrive as input, so a replay can change them.

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::time::Millis;

/// What an operator may set about the rules.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How often agents are asked to report.
    pub heartbeat_interval: Millis,
    /// Missed intervals after which a node is UNREACHABLE.
    pub unreachable_after: u32,
    /// Time between two flushes to the store.
    pub flush_interval: Millis,
    /// Staged rows at which a flush does not wait for its interval.
    pub flush_rows: u32,
    /// Rows of history (minutes, events, logs) kept while the store is away; over it the oldest go.
    pub backlog_rows_max: u32,
    /// Memory for the rate history of all components.
    pub history_bytes_max: u64,
    /// Memory for the log tails of all instances.
    pub log_tail_bytes_max: u64,
    /// Memory for the events a reconnecting stream may still get.
    pub resume_bytes_max: u64,
    /// Time without events after which a stream gets a keepalive.
    pub keepalive_interval: Millis,
    /// Time a subscriber may stay behind before its stream is closed.
    pub lag_max: Millis,
    /// Time nodes get to report what was deployed; then they are late.
    pub deploy_timeout: Millis,
    /// Refresh events a second on streams without node or pipeline filter.
    pub refresh_per_second_max: u32,
}

impl Settings {
    /// Silence after which a lease has run out.
    pub fn lease(&self) -> Millis {
        Millis(self.heartbeat_interval.0 * u64::from(self.unreachable_after))
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            heartbeat_interval: Millis(5_000),
            unreachable_after: 3,
            flush_interval: Millis(1_000),
            flush_rows: 50_000,
            backlog_rows_max: 2_000_000,
            history_bytes_max: 256 << 20,
            log_tail_bytes_max: 64 << 20,
            resume_bytes_max: 64 << 20,
            keepalive_interval: Millis(15_000),
            lag_max: Millis(30_000),
            deploy_timeout: Millis(300_000),
            refresh_per_second_max: 2_000,
        }
    }
}
