//! The bodies agents send and the answers they read. Like real agents they leave zeros out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// Labels of a node, shared by all that tells them.
#[derive(Clone, Debug, Default)]
pub struct Labels(pub Arc<BTreeMap<String, String>>);

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

/// Body of `POST /api/agent/enroll`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrollRequest<'a> {
    pub token: &'a str,
    pub hostname: &'a str,
    pub os: &'a str,
    pub agent_version: &'a str,
    pub vector_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<&'a Labels>,
}

/// Answer to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrollAnswer {
    pub node_id: String,
    pub node_token: String,
}

/// Answer of `GET /api/agent/config`, as far as an agent needs it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigAnswer {
    #[serde(default)]
    pub pipelines: Vec<ConfiguredPipeline>,
    #[serde(default)]
    pub poll_interval_ms: u64,
    /// Asked of agents that may have no push stream.
    #[serde(default)]
    pub sample_requests: Vec<SampleRequest>,
}

/// A few events are wanted of some components.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleRequest {
    pub request_id: String,
    pub pipeline_id: String,
    pub component_keys: Vec<String>,
    pub limit: usize,
}

/// Events of a component are wanted as they pass.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TapRequest {
    pub request_id: String,
    pub pipeline_id: String,
    pub component_id: String,
}

/// A pipeline the node is to run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfiguredPipeline {
    pub pipeline_id: String,
    pub pipeline_name: String,
    pub version: u32,
    pub config_yaml: String,
    pub checksum: String,
}

/// Body of `POST /api/agent/heartbeat`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeartbeatBody {
    pub pipelines: Vec<PipelineStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_metrics: Option<HostMetrics>,
    pub agent_version: String,
    pub vector_version: String,
    pub deployment_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running_as: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_health: Option<AgentHealth>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample_results: Vec<SampleResult>,
}

/// Body of `POST /api/agent/samples`.
#[derive(Clone, Debug, Serialize)]
pub struct SamplesBody {
    pub results: Vec<SampleResult>,
}

/// What came of a request for events of one component.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleResult {
    pub request_id: String,
    pub component_key: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schema: Vec<SchemaField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A field that events have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SchemaField {
    pub path: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub sample: String,
}

/// Body of `POST /api/agent/tap-events`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TapReport<'a> {
    pub request_id: &'a str,
    pub pipeline_id: &'a str,
    pub component_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
}

impl TapReport<'_> {
    /// A report of a tap that says nothing yet.
    pub fn of(request: &TapRequest) -> TapReport<'_> {
        TapReport {
            request_id: &request.request_id,
            pipeline_id: &request.pipeline_id,
            component_id: &request.component_id,
            events: Vec::new(),
            status: None,
            reason: None,
        }
    }
}

/// A pipeline within a heartbeat.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineStatus {
    pub pipeline_id: String,
    pub version: u32,
    pub status: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub pid: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub uptime_seconds: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub events_in: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub events_out: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub errors_total: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub bytes_in: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub bytes_out: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub events_discarded: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub component_metrics: Vec<ComponentMetric>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilization: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recent_logs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_checksum: Option<String>,
}

/// A component within a heartbeat.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentMetric {
    #[serde(serialize_with = "as_text")]
    pub component_id: Arc<str>,
    pub component_kind: &'static str,
    pub received_events: u64,
    pub sent_events: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub received_bytes: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub sent_bytes: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub errors_total: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub discarded_events: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_mean_seconds: Option<f64>,
}

/// State of the host within a heartbeat; nothing is left out here.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostMetrics {
    pub memory_total_bytes: u64,
    pub memory_used_bytes: u64,
    pub memory_free_bytes: u64,
    pub cpu_seconds_total: f64,
    pub cpu_seconds_idle: f64,
    pub load_avg1: f64,
    pub load_avg5: f64,
    pub load_avg15: f64,
    pub fs_total_bytes: u64,
    pub fs_used_bytes: u64,
    pub fs_free_bytes: u64,
    pub disk_read_bytes: u64,
    pub disk_written_bytes: u64,
    pub net_rx_bytes: u64,
    pub net_tx_bytes: u64,
}

/// How the agent itself is.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentHealth {
    pub poll_errors_total: u64,
    pub push_reconnects_total: u64,
    pub heartbeat_errors_total: u64,
    pub push_connected: bool,
    pub pipelines_running: usize,
    pub uptime_seconds: f64,
}

/// An entry of `POST /api/agent/logs`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogBatch {
    pub pipeline_id: String,
    pub lines: Vec<String>,
}

fn as_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}
