//! What an agent reports, in wire form: borrowed from the tick's bytes, bounded by `limits`. All its
//! numbers are `fixed`.

use serde::{Deserialize, Serialize};

use crate::fixed;
use crate::packed::Packed;

/// One heartbeat of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat<'a> {
    pub node: &'a str,
    pub agent_version: Option<&'a str>,
    pub vector_version: Option<&'a str>,
    pub deployment_mode: Option<&'a str>,
    pub running_as: Option<&'a str>,
    pub update_error: Option<&'a str>,
    /// `None`: not sent, the known labels stay. `Some`: they replace the agent's labels.
    #[serde(borrow)]
    pub labels: Option<Packed<'a, Label<'a>>>,
    #[serde(with = "fixed::option")]
    pub host: Option<HostMetrics>,
    #[serde(borrow)]
    pub pipelines: Packed<'a, PipelineReport<'a>>,
}

/// One label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label<'a> {
    pub key: &'a str,
    pub value: &'a str,
}

/// A pipeline as its node reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PipelineReport<'a> {
    pub pipeline: &'a str,
    #[serde(with = "fixed")]
    pub revision: u32,
    /// The agent's own word; unknown words are kept.
    pub status: &'a str,
    #[serde(with = "fixed::option")]
    pub pid: Option<u32>,
    #[serde(with = "fixed::option")]
    pub uptime_seconds: Option<u64>,
    pub config_checksum: Option<&'a str>,
    /// `Some` when any counter was present: the scrape succeeded and absent counters are zero.
    #[serde(with = "fixed::option")]
    pub counters: Option<Counts>,
    pub utilization: Option<f64>,
    #[serde(borrow)]
    pub components: Packed<'a, ComponentReport<'a>>,
    /// Lines an older agent sends within its heartbeat.
    #[serde(borrow)]
    pub logs: Packed<'a, LogLine<'a>>,
}

/// Event and byte counts of a pipeline: cumulative since process start, or a delta of two such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub events_in: u64,
    pub events_out: u64,
    pub errors: u64,
    pub discarded: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// Counts of one component: cumulative since process start, or a delta of two such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentCounts {
    pub received_events: u64,
    pub sent_events: u64,
    pub received_bytes: u64,
    pub sent_bytes: u64,
    pub errors: u64,
    pub discarded: u64,
}

/// A component of a pipeline as its node reports it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentReport<'a> {
    pub component: &'a str,
    pub kind: ComponentKind,
    #[serde(with = "fixed")]
    pub counts: ComponentCounts,
    /// Mean time an event spends in the component.
    pub latency_mean_seconds: Option<f64>,
}

/// Where a component stands in its pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ComponentKind {
    Source,
    Transform,
    Sink,
    /// A word this version does not know.
    #[default]
    Other,
}

impl ComponentKind {
    /// The agents' word for the kind.
    pub fn as_str(self) -> &'static str {
        match self {
            ComponentKind::Source => "source",
            ComponentKind::Transform => "transform",
            ComponentKind::Sink => "sink",
            ComponentKind::Other => "other",
        }
    }
}

/// State of the host: gauges, and counters since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostMetrics {
    pub memory_total_bytes: u64,
    pub memory_used_bytes: u64,
    pub memory_free_bytes: u64,
    pub cpu_seconds_total: f64,
    pub cpu_seconds_idle: f64,
    pub load_avg_1: f64,
    pub load_avg_5: f64,
    pub load_avg_15: f64,
    pub fs_total_bytes: u64,
    pub fs_used_bytes: u64,
    pub fs_free_bytes: u64,
    pub disk_read_bytes: u64,
    pub disk_written_bytes: u64,
    pub net_rx_bytes: u64,
    pub net_tx_bytes: u64,
}

impl HostMetrics {
    /// How busy all processors were between two readings; `None`: the host was restarted, or no time passed.
    pub fn cpu_percent_since(&self, before: &HostMetrics) -> Option<f32> {
        let total = self.cpu_seconds_total - before.cpu_seconds_total;
        let idle = self.cpu_seconds_idle - before.cpu_seconds_idle;
        // Idle time that is a little more than all time is a matter of when each was read.
        let busy = ((total - idle) / total * 100.0).max(0.0) as f32;
        (total > 0.0 && idle >= 0.0).then_some(busy)
    }
}

/// Lines of one pipeline's log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogBatch<'a> {
    pub pipeline: &'a str,
    #[serde(borrow)]
    pub lines: Packed<'a, LogLine<'a>>,
}

/// One line, its level parsed once, at the edge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogLine<'a> {
    pub level: LogLevel,
    pub text: &'a str,
}

/// Severity of a log line, least severe first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum LogLevel {
    Trace,
    Debug,
    #[default]
    Info,
    Warn,
    Error,
}

impl LogLevel {
    /// Every level, least severe first.
    pub const ALL: [LogLevel; 5] =
        [LogLevel::Trace, LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error];

    /// The level in capitals, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Trace => "TRACE",
            LogLevel::Debug => "DEBUG",
            LogLevel::Info => "INFO",
            LogLevel::Warn => "WARN",
            LogLevel::Error => "ERROR",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn parse(text: &str) -> Option<LogLevel> {
        LogLevel::ALL.into_iter().find(|level| level.as_str() == text)
    }
}
