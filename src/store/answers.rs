//! What reads of history ask for and answer, beyond single rows; and what maintenance did.

use systole_systems::report::Counts;
use systole_systems::time::Millis;

use crate::store::StoredEvent;

/// Whose volume is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeOf {
    /// A pipeline over all nodes.
    Pipeline(String),
    /// A pipeline on one node.
    Instance { pipeline: String, node: String },
    /// All pipelines of an environment.
    Environment(String),
}

/// What a volume is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakdown {
    Pipelines,
    Nodes,
}

/// What passed in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpanTotals {
    pub counts: Counts,
    pub utilization_sum: f64,
    pub utilization_count: f64,
    /// Sum of latency in milliseconds times weight in events.
    pub latency_weighted_sum: f64,
    pub latency_weight: f64,
}

/// Latency in a stretch of time: milliseconds times weight in events, and the weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LatencySum {
    pub weighted_sum: f64,
    pub weight: f64,
}

/// A host in a stretch of time: means of gauges over its samples, and what counters grew by between
/// samples, with the seconds between them. CPU seconds are over all its processors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostSums {
    pub samples: u64,
    pub memory_total_bytes: f64,
    pub memory_used_bytes: f64,
    pub fs_total_bytes: f64,
    pub fs_used_bytes: f64,
    pub load_avg_1: f64,
    pub load_avg_5: f64,
    pub load_avg_15: f64,
    pub cpu_seconds: f64,
    pub cpu_idle_seconds: f64,
    pub disk_seconds: f64,
    pub disk_read_bytes: f64,
    pub disk_written_bytes: f64,
    pub net_seconds: f64,
    pub net_rx_bytes: f64,
    pub net_tx_bytes: f64,
}

/// The past of a node: its own status events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodePast {
    pub enrolled_at: Millis,
    /// The last one before the stretch of time, if it is still kept.
    pub before: Option<StoredEvent>,
    pub events: Vec<StoredEvent>,
}

/// Hours since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hour(pub u32);

/// How a rollup ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolledUp {
    /// There is no hour left.
    Nothing,
    /// This hour is done.
    Done(Hour),
    /// Minutes of this hour came meanwhile: it is to be rolled up again.
    Overtaken(Hour),
}

/// History that is kept equally long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryKind {
    Minutes,
    Hours,
    Days,
    Events,
    Logs,
}

impl HistoryKind {
    pub const ALL: [HistoryKind; 5] = [
        HistoryKind::Minutes,
        HistoryKind::Hours,
        HistoryKind::Days,
        HistoryKind::Events,
        HistoryKind::Logs,
    ];

    /// The word for it, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            HistoryKind::Minutes => "minutes",
            HistoryKind::Hours => "hours",
            HistoryKind::Days => "days",
            HistoryKind::Events => "events",
            HistoryKind::Logs => "logs",
        }
    }
}

/// What was deleted: partitions of Postgres, rows of SQLite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub partitions: u64,
    pub rows: u64,
}
