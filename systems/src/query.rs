//! Questions about live state, asked between ticks.
//!
//! A question names its viewer; the core applies the viewer's scope. What the viewer may not see
//! does not exist for them.

use crate::report::LogLevel;
use crate::rows::InstanceRef;
use crate::status::NodeStatus;
use crate::time::{Millis, TickNumber};
use crate::words::Word;

/// A question. `viewer` is a user id.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// The viewer's role over a subject.
    Access {
        viewer: String,
        subject: Subject,
    },
    /// The environments the viewer may see.
    Environments {
        viewer: String,
    },
    FleetSummary {
        viewer: String,
        environment: Option<String>,
    },
    Nodes {
        viewer: String,
        filter: NodeFilter,
        page: Page,
    },
    /// Nodes by name, each with its value of the label `group`; pages of `limits::WALL_NODES_MAX`.
    Wall {
        viewer: String,
        filter: NodeFilter,
        group: Option<String>,
        page: Page,
    },
    Node {
        viewer: String,
        node: String,
    },
    Pipelines {
        viewer: String,
        filter: PipelineFilter,
        page: Page,
    },
    Pipeline {
        viewer: String,
        pipeline: String,
    },
    Instances {
        viewer: String,
        filter: InstanceFilter,
        page: Page,
    },
    /// The nodes that are to run a pipeline or run it, and how each stands to what is desired.
    Deployment {
        viewer: String,
        pipeline: String,
        page: Page,
    },
    /// The nodes of an environment, each with all its pipelines.
    DeploymentMatrix {
        viewer: String,
        environment: String,
        page: Page,
    },
    /// Recent samples of every component of a pipeline.
    Samples {
        viewer: String,
        pipeline: String,
        node: Option<String>,
        since: Millis,
    },
    /// Log lines that the store does not have yet, newest first.
    LogTail {
        viewer: String,
        filter: LogFilter,
        limit: usize,
    },
    /// Minutes that the store does not have yet, or has older rows of.
    Unflushed {
        viewer: String,
        of: UnflushedOf,
    },
    /// Everything the control plane has told, in one turn however long: for boot, before anybody is
    /// served.
    Directory,
    /// Sizes and counts for `/metrics`.
    Gauges,
}

/// Whose minutes are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnflushedOf {
    /// The host of a node.
    Host(String),
    /// A pipeline over all nodes.
    Pipeline(String),
    Instance(InstanceRef),
    /// The components of a pipeline, by node.
    Components(String),
    /// All pipelines of an environment.
    PipelinesIn(String),
    /// All instances of an environment.
    InstancesIn(String),
}

/// What access is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Team(String),
    Environment(String),
    Node(String),
    Pipeline(String),
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the last page ended, as its `next_cursor` told.
    pub cursor: Option<String>,
    /// At most `limits::PAGE_ITEMS_MAX`.
    pub limit: usize,
    pub order: Order,
}

/// Order of a list. Ties are broken by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Name,
    /// Worst first: UNREACHABLE, DEGRADED, UNKNOWN, HEALTHY; crashed instances before running ones.
    Status,
    /// Latest change of status first.
    StatusSince,
}

/// Which nodes. Every condition given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFilter {
    pub environment: Option<String>,
    pub status: Option<NodeStatus>,
    /// Part of the name or host, any case.
    pub text: Option<String>,
    /// `key=value` pairs the node's labels must hold.
    pub labels: Vec<(String, String)>,
}

/// Which pipelines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineFilter {
    pub environment: Option<String>,
    /// Part of the name, any case.
    pub text: Option<String>,
}

/// Which instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    pub environment: Option<String>,
    pub node: Option<String>,
    pub pipeline: Option<String>,
    /// The agent's own word.
    pub status: Option<String>,
}

/// Which log lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    pub environment: Option<String>,
    pub node: Option<String>,
    pub pipeline: Option<String>,
    /// Empty: all.
    pub levels: Vec<LogLevel>,
    /// Words the message holds, every one of them.
    pub words: Vec<Word>,
    pub since: Option<Millis>,
    /// Lines before this instant only.
    pub until: Option<Millis>,
    /// Lines older than this (tick, ordinal) only.
    pub before: Option<(TickNumber, u32)>,
}
