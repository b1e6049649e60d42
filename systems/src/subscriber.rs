//! A subscriber: one event stream of a person or script. Data only.

use bevy_ecs::prelude::{Bundle, Component};
use serde::{Deserialize, Serialize};

use crate::effect::{Route, Topics};
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, SubscriberId, SubscriberKey};
use crate::input::{Filter, StreamPosition};
use crate::packed::Packed;
use crate::time::Millis;

/// Which stream this is and whose.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
#[component(immutable)]
pub struct SubscriberIdentity {
    pub key: SubscriberKey,
    pub id: SubscriberId,
    pub stream: Box<str>,
    pub user: Box<str>,
    pub credential: Box<str>,
}

/// What the subscriber asked for, in text, so that it can be resolved again. Written by `apply_subscriptions`.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
pub struct Wish {
    pub environments: Option<Vec<Box<str>>>,
    pub topics: Topics,
    pub nodes: Option<Vec<Box<str>>>,
    pub pipelines: Option<Vec<Box<str>>>,
}

impl Wish {
    /// The wish a filter states.
    pub fn of(filter: &Filter<'_>) -> Wish {
        let list = |ids: &Option<Packed<'_, &str>>| {
            ids.as_ref().map(|ids| ids.iter().map(Box::from).collect())
        };
        Wish {
            environments: list(&filter.environments),
            topics: filter.topics.unwrap_or(Topics::ALL),
            nodes: list(&filter.nodes),
            pipelines: list(&filter.pipelines),
        }
    }
}

/// What the subscriber may see, and what of that it gets. Written by `resolve_routes`.
#[derive(Component, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reach {
    /// Environments its user may see, sorted; the filter not applied.
    pub scope: Vec<EnvironmentKey>,
    pub route: Route,
}

/// How far the stream has come. Written by `apply_subscriptions` and the broadcast stage.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
pub struct Progress {
    pub phase: Phase,
    /// When it was last sent anything.
    pub sent_at: Millis,
}

/// What the stream needs next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Phase {
    /// A greeting, and what it missed since `resume`.
    Opening { resume: Option<StreamPosition> },
    /// Events as they come.
    Live,
    /// Parts of a snapshot among the events; no position until the last part is sent.
    Snapshot(SnapshotCursor),
    /// Nothing: the reader is behind. Events are counted, not sent.
    Lagging { since: Millis, skipped_events: u64 },
    /// The reader has caught up: word of what it missed, then a snapshot.
    Drained { skipped_events: u64 },
}

/// How far a snapshot has come: everything before this is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SnapshotCursor {
    pub reason: SnapshotReason,
    pub part: u32,
    /// The reader has taken the last part.
    pub may_send: bool,
    pub node: NodeKey,
    /// `None`: the node itself is not sent yet.
    pub instance: Option<(InstanceKey, u16)>,
}

/// Why a snapshot is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapshotReason {
    /// The position is of another life of the server.
    Epoch,
    /// The position is older than what is kept.
    Expired,
    /// The subscriber fell behind.
    Lagged,
}

impl SnapshotReason {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            SnapshotReason::Epoch => "epoch",
            SnapshotReason::Expired => "expired",
            SnapshotReason::Lagged => "lagged",
        }
    }
}

/// Everything a subscriber has.
#[derive(Bundle)]
pub struct SubscriberBundle {
    pub identity: SubscriberIdentity,
    pub wish: Wish,
    pub reach: Reach,
    pub progress: Progress,
}
