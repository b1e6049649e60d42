//! Answers to questions about live state.

use serde::{Deserialize, Serialize};

use crate::directory::Directory;
use crate::input::StreamPosition;
use crate::query::Query;
use crate::report::{ComponentKind, Counts, HostMetrics, LogLevel};
use crate::rows::{ComponentMinuteRow, InstanceMinuteRow, NodeMinuteRow, PipelineMinuteRow};
use crate::status::{NodeStatus, ProcessClass, Role};
use crate::time::{Millis, TickNumber};

/// An answer, with the stream position it is true at.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub position: StreamPosition,
    pub body: AnswerBody,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerBody {
    /// It does not exist, or the viewer may not see it.
    NotFound,
    /// A cursor this core did not issue.
    BadCursor,
    /// The viewer's role: `None` sees nothing.
    Access {
        role: Option<Role>,
        super_admin: bool,
    },
    Environments(Vec<EnvironmentItem>),
    FleetSummary(Box<FleetSummary>),
    Nodes(PageOf<NodeItem>),
    Wall(Box<WallPage>),
    Node(Box<NodeDetail>),
    Pipelines(PageOf<PipelineItem>),
    Pipeline(Box<PipelineItem>),
    Instances(PageOf<InstanceItem>),
    Deployment(PageOf<DeploymentItem>),
    DeploymentMatrix(PageOf<MatrixRow>),
    Samples(Vec<ComponentSamples>),
    LogTail(Vec<TailLine>),
    Unflushed(Box<Unflushed>),
    Directory(Box<Directory>),
    Gauges(Box<Gauges>),
    /// The scan used up its turn: ask `Engine::read` again with this continuation.
    More(Box<Continuation>),
}

/// A list scan that goes on in the next turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Continuation {
    pub query: Query,
    pub progress: ScanProgress,
}

/// How far a list scan has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanProgress {
    /// The last row looked at, as the scan encodes it; empty at the start.
    pub place: Vec<u8>,
    /// Keys of the page's items.
    pub matched: Vec<u32>,
    /// The last of them, encoded alike.
    pub page_end: Vec<u8>,
    /// There is another page.
    pub has_more: bool,
    /// Rows that match, on all pages.
    pub total: usize,
    /// Rows of minutes found so far.
    pub unflushed: Unflushed,
    /// Log lines found so far.
    pub lines: Vec<TailLine>,
}

/// Minutes on their way to the store. A key may come more than once: rows of a minute never fall, so the
/// larger one is the newer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unflushed {
    pub hosts: Vec<NodeMinuteRow>,
    pub pipelines: Vec<PipelineMinuteRow>,
    pub instances: Vec<InstanceMinuteRow>,
    pub components: Vec<ComponentMinuteRow>,
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageOf<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
    /// Items on all pages; of a wall, of all pages whatever its filter says.
    pub total: usize,
}

/// An environment and the viewer's role in it.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentItem {
    pub id: String,
    pub name: String,
    pub team: String,
    pub role: Role,
}

/// Counts and rates of what the viewer may see.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FleetSummary {
    /// Nodes by `NodeStatus::index`.
    pub nodes: [u32; 4],
    /// Instances by `ProcessClass::index`, those of unreachable nodes left out.
    pub instances: [u32; ProcessClass::COUNT],
    pub instances_no_data: u32,
    pub rates: Rates,
}

impl FleetSummary {
    /// Nodes of one status.
    pub fn nodes_of(&self, status: NodeStatus) -> u32 {
        self.nodes[status.index()]
    }
}

/// Per second, over instances that report now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    pub events_in: f64,
    pub events_out: f64,
    pub errors: f64,
    pub discarded: f64,
    pub bytes_in: f64,
    pub bytes_out: f64,
}

/// A node in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeItem {
    pub id: String,
    pub name: String,
    pub host: String,
    pub environment: String,
    pub status: NodeStatus,
    pub status_since: Millis,
    pub heard_at: Option<Millis>,
    pub agent_version: Option<String>,
    pub vector_version: Option<String>,
    pub os: Option<String>,
    pub deployment_mode: Option<String>,
    pub revoked: bool,
    /// It is to run nothing for now.
    pub maintenance: bool,
    /// Agent's and operator's labels merged, by key.
    pub labels: Vec<(String, String)>,
    pub instances: u32,
    pub instances_running: u32,
    /// `None`: nothing on the node reports now.
    pub rates: Option<Rates>,
    /// Of all processors, between the last two heartbeats.
    pub cpu_percent: Option<f32>,
    /// Bytes used, and bytes there are.
    pub memory: Option<(u64, u64)>,
}

/// A node as a cell of a wall.
#[derive(Clone, Debug, PartialEq)]
pub struct WallNode {
    pub id: String,
    pub name: String,
    pub status: NodeStatus,
    /// Its value of the label that the wall is grouped by.
    pub group: Option<String>,
}

/// A part of a wall.
#[derive(Clone, Debug, PartialEq)]
pub struct WallPage {
    pub nodes: PageOf<WallNode>,
    /// Keys of labels, each with how many of these nodes have it.
    pub label_keys: Vec<(String, u32)>,
}

/// A node with all it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeDetail {
    pub node: NodeItem,
    /// Labels that people set, by key.
    pub operator_labels: Vec<(String, String)>,
    pub running_as: Option<String>,
    pub update_error: Option<String>,
    pub host_metrics: Option<HostMetrics>,
    pub instances: Vec<InstanceItem>,
}

/// A pipeline in a list: what it does over all nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct PipelineItem {
    pub id: String,
    pub name: String,
    pub environment: String,
    pub revision: u32,
    /// `None`: no node is to run it.
    pub deployed: Option<DeployedItem>,
    /// Instances by `ProcessClass::index`.
    pub instances: [u32; ProcessClass::COUNT],
    pub instances_no_data: u32,
    pub rates: Option<Rates>,
}

/// The revision that nodes are to run.
#[derive(Clone, Debug, PartialEq)]
pub struct DeployedItem {
    pub revision: u32,
    /// `None`: the deploy has ended.
    pub rollout: Option<RolloutItem>,
}

/// A deploy that has not reached every node, in nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolloutItem {
    pub began_at: Millis,
    pub waiting: u32,
    pub running: u32,
    pub failed: u32,
    pub late: u32,
}

/// A pipeline on a node: what is desired and what runs.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentItem {
    pub node: String,
    pub node_name: String,
    pub node_status: NodeStatus,
    pub maintenance: bool,
    pub cell: MatrixCell,
}

/// A node of an environment with all its pipelines, by id.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixRow {
    pub node: String,
    pub node_name: String,
    pub node_status: NodeStatus,
    pub maintenance: bool,
    pub cells: Vec<MatrixCell>,
}

/// What is desired of a pipeline on a node, and what the node last reported.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixCell {
    pub pipeline: String,
    /// `None`: the node is not to run it.
    pub desired: Option<u32>,
    /// `None`: the node does not report it.
    pub reported: Option<ReportedRevision>,
    /// The reported revision is not the desired one.
    pub version_drift: bool,
    /// The reported text is not the desired one; `None`: the agent does not tell.
    pub config_drift: Option<bool>,
    /// Where the node stands in a deploy under way.
    pub progress: Option<&'static str>,
}

/// What a node reported of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportedRevision {
    pub revision: u32,
    /// The agent's own word; `None`: the node is unreachable, there is no data.
    pub status: Option<String>,
    pub status_since: Millis,
    pub updated_at: Millis,
}

/// An instance: a pipeline on a node.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceItem {
    pub node: String,
    pub node_name: String,
    pub pipeline: String,
    pub pipeline_name: String,
    /// The agent's own word; `None`: its node is unreachable, there is no data.
    pub status: Option<String>,
    pub status_since: Millis,
    pub revision: u32,
    pub uptime_seconds: Option<u64>,
    /// Cumulative since process start; `None`: unknown.
    pub totals: Option<Counts>,
    pub rates: Option<Rates>,
    pub utilization: Option<f64>,
    pub latency_mean_millis: Option<f64>,
    pub updated_at: Millis,
}

/// Recent samples of one component on one node, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentSamples {
    pub node: String,
    pub component: String,
    pub kind: ComponentKind,
    pub samples: Vec<Sample>,
}

/// Rates of one component over one heartbeat interval, per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Millis,
    pub received_events: f32,
    pub sent_events: f32,
    pub received_bytes: f32,
    pub sent_bytes: f32,
    pub errors: f32,
    pub discarded: f32,
    /// Not a number: the agent told none.
    pub latency_mean_millis: f32,
}

impl Sample {
    /// Number of rates, latency among them.
    pub const RATES: usize = 7;

    /// The sample of a time.
    #[inline]
    pub fn of(at: Millis, rates: [f32; Sample::RATES]) -> Sample {
        let [
            received_events,
            sent_events,
            received_bytes,
            sent_bytes,
            errors,
            discarded,
            latency_mean_millis,
        ] = rates;
        Sample {
            at,
            received_events,
            sent_events,
            received_bytes,
            sent_bytes,
            errors,
            discarded,
            latency_mean_millis,
        }
    }

    /// Its rates, in the order `of` takes them.
    pub fn rates(&self) -> [f32; Sample::RATES] {
        [
            self.received_events,
            self.sent_events,
            self.received_bytes,
            self.sent_bytes,
            self.errors,
            self.discarded,
            self.latency_mean_millis,
        ]
    }
}

/// A log line on its way to the store.
#[derive(Clone, Debug, PartialEq)]
pub struct TailLine {
    pub tick: TickNumber,
    pub ordinal: u32,
    pub at: Millis,
    pub level: LogLevel,
    pub node: String,
    pub pipeline: String,
    pub message: String,
}

/// Sizes of the engine's own structures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    pub environments: usize,
    pub nodes: [u32; 4],
    pub pipelines: usize,
    pub instances: usize,
    pub subscribers: usize,
    pub subscribers_lagging: usize,
    pub history_bytes: u64,
    pub history_samples_evicted: u64,
    pub log_tail_bytes: u64,
    pub resume_bytes: u64,
    pub staged_rows: usize,
    pub batch_in_flight: bool,
}
