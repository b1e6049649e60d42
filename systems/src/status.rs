//! The words for states: of nodes, of processes, of people's rights.

use bevy_ecs::prelude::Component;
use serde::{Deserialize, Serialize};

/// Whether a node can be trusted to run its pipelines. Derived; written by `derive_node_status` alone.
#[derive(
    Component,
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
pub enum NodeStatus {
    /// Known, never heard.
    #[default]
    Unknown,
    /// Heard within its lease.
    Healthy,
    /// Heard, and something it runs has crashed.
    Degraded,
    /// Its lease ran out, or its token was revoked.
    Unreachable,
}

impl NodeStatus {
    /// Every status, in the order of `index`.
    pub const ALL: [NodeStatus; 4] =
        [NodeStatus::Unknown, NodeStatus::Healthy, NodeStatus::Degraded, NodeStatus::Unreachable];

    /// The status in capitals, as on every wire and in every row.
    pub fn as_str(self) -> &'static str {
        match self {
            NodeStatus::Unknown => "UNKNOWN",
            NodeStatus::Healthy => "HEALTHY",
            NodeStatus::Degraded => "DEGRADED",
            NodeStatus::Unreachable => "UNREACHABLE",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn parse(text: &str) -> Option<NodeStatus> {
        NodeStatus::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Position in arrays of counts.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A process status reduced to what the engine decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProcessClass {
    Running,
    Starting,
    Stopped,
    /// CRASHED or CRASH_LOOP: the node is degraded.
    Crashed,
    /// PENDING, or a word this version does not know: kept, shown, never a reason for DEGRADED.
    Other,
}

impl ProcessClass {
    /// Number of classes, the length of arrays of counts.
    pub const COUNT: usize = 5;

    /// Classifies the agent's own word.
    pub fn of(status: &str) -> ProcessClass {
        match status {
            "RUNNING" => ProcessClass::Running,
            "STARTING" => ProcessClass::Starting,
            "STOPPED" => ProcessClass::Stopped,
            "CRASHED" | "CRASH_LOOP" => ProcessClass::Crashed,
            _ => ProcessClass::Other,
        }
    }

    /// Position in arrays of counts.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What a member of a team may do, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads, and writes pipelines.
    Editor,
    /// Manages members, tokens and nodes as well.
    Admin,
}

impl Role {
    /// The role in capitals, as on the wire and in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "VIEWER",
            Role::Editor => "EDITOR",
            Role::Admin => "ADMIN",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn parse(text: &str) -> Option<Role> {
        [Role::Viewer, Role::Editor, Role::Admin].into_iter().find(|role| role.as_str() == text)
    }
}
