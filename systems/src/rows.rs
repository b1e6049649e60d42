//! Rows on their way to the store: absolute values under natural keys, so writing one twice is writing it once.

use serde::{Deserialize, Serialize};

use crate::ids::BatchId;
use crate::input::MinuteTotals;
use crate::report::{Counts, HostMetrics, LogLevel};
use crate::status::NodeStatus;
use crate::time::{Millis, Minute, TickNumber};

/// Everything that changed up to one tick; written in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub id: BatchId,
    pub tick: TickNumber,
    pub nodes: Vec<NodeRow>,
    pub node_minutes: Vec<NodeMinuteRow>,
    pub instances: Vec<InstanceRow>,
    pub instances_removed: Vec<InstanceRef>,
    pub instance_minutes: Vec<InstanceMinuteRow>,
    pub pipeline_minutes: Vec<PipelineMinuteRow>,
    pub component_minutes: Vec<ComponentMinuteRow>,
    pub status_events: Vec<StatusEventRow>,
    pub logs: Vec<LogRow>,
}

impl Batch {
    /// Number of rows of all kinds.
    pub fn rows(&self) -> usize {
        self.nodes.len()
            + self.node_minutes.len()
            + self.instances.len()
            + self.instances_removed.len()
            + self.instance_minutes.len()
            + self.pipeline_minutes.len()
            + self.component_minutes.len()
            + self.status_events.len()
            + self.logs.len()
    }
}

/// State of a node. Key: `node`. A node that is no longer in the store is skipped by the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    pub node: String,
    pub status: NodeStatus,
    pub status_since: Millis,
    pub heard_at: Option<Millis>,
    pub agent_version: Option<String>,
    pub vector_version: Option<String>,
    pub os: Option<String>,
    pub deployment_mode: Option<String>,
    pub running_as: Option<String>,
    pub update_error: Option<String>,
    /// The agent's labels, by key.
    pub labels: Vec<(String, String)>,
}

/// Host metrics of a minute: the last gauges, the cumulative counters. Key: `node`, `minute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeMinuteRow {
    pub node: String,
    pub minute: Minute,
    pub host: HostMetrics,
}

/// A pipeline on a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InstanceRef {
    pub node: String,
    pub pipeline: String,
}

impl InstanceRef {
    /// The instance of a pipeline on a node, by their ids.
    pub fn of(node: &str, pipeline: &str) -> InstanceRef {
        InstanceRef { node: node.to_owned(), pipeline: pipeline.to_owned() }
    }
}

/// State of an instance. Key: `instance`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceRow {
    pub instance: InstanceRef,
    pub status: String,
    pub status_since: Millis,
    pub revision: u32,
    pub pid: Option<u32>,
    pub uptime_seconds: Option<u64>,
    pub config_checksum: Option<String>,
    /// The last counters seen; `None`: never.
    pub totals: Option<Counts>,
    pub totals_pid: Option<u32>,
    pub totals_seen_at: Option<Millis>,
    pub updated_at: Millis,
}

/// Deltas of an instance in a minute. Key: `instance`, `minute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceMinuteRow {
    pub instance: InstanceRef,
    pub minute: Minute,
    pub totals: MinuteTotals,
}

/// Deltas of a pipeline in a minute, over all nodes. Key: `pipeline`, `minute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PipelineMinuteRow {
    pub pipeline: String,
    pub minute: Minute,
    pub totals: MinuteTotals,
}

/// Latency of a component in a minute. Key: `instance`, `component`, `minute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentMinuteRow {
    pub instance: InstanceRef,
    pub component: String,
    pub minute: Minute,
    /// Sum of latency in milliseconds times weight in events.
    pub latency_weighted_sum: f64,
    pub latency_weight: u64,
}

/// A change of status, of a node or of an instance. Key: `tick`, `ordinal`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusEventRow {
    pub tick: TickNumber,
    pub ordinal: u32,
    pub node: String,
    /// `None`: the node itself.
    pub pipeline: Option<String>,
    pub environment: String,
    /// `None`: it had none, the node has just enrolled.
    pub from_status: Option<String>,
    pub to_status: String,
    pub reason: String,
    pub at: Millis,
}

/// A log line. Key: `tick`, `ordinal`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRow {
    pub tick: TickNumber,
    pub ordinal: u32,
    pub instance: InstanceRef,
    pub at: Millis,
    pub level: LogLevel,
    pub message: String,
}
