//! What a tick asks of the shell: effects in the order to carry them out, and the bytes they point into.

use std::ops::Range;

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::desired::{ChangeCause, DesiredSet};
use crate::fingerprint::Fingerprint;
use crate::ids::{BatchId, EnvironmentKey, NodeKey, PipelineKey, SubscriberId};
use crate::rows::Batch;
use crate::shared::Shared;
use crate::time::{Tick, TickNumber};

/// One thing the shell must do after a tick.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send `TickOutput::ranges[ranges]` of the frame bytes to the subscriber, as one write.
    Deliver { subscriber: SubscriberId, ranges: Range<u32>, events: u32, delivery: Delivery },
    /// Send the frames of all kept ticks after `after`, this one included, that `route` lets through,
    /// then `position` (a range of the frame bytes).
    Resume { subscriber: SubscriberId, after: TickNumber, route: Route, position: Range<u32> },
    /// End the stream; what is queued is not sent any more.
    Close { subscriber: SubscriberId, cause: CloseCause },
    /// The node is to run this from now on. Without a cause it is told for the first time, and need not be
    /// told to come and fetch it.
    DesiredChanged { node: String, set: Shared<DesiredSet>, cause: Option<ChangeCause> },
    /// The node may not be talked to any more: end its push stream.
    Disconnect { node: String },
}

/// What a delivery means to the one who makes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Events as they come.
    #[default]
    Plain,
    /// It holds a part of a snapshot: the next part waits until the reader has taken all. Answer with
    /// `Input::SubscriberDrained`.
    Paced,
    /// The first since the reader fell behind: from here on it is sent everything again.
    AfterLag,
}

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloseCause {
    /// Its user, session, token or membership is gone, or covers less than before.
    Revoked,
    /// It stayed behind for longer than the setting allows.
    TooSlow,
}

/// What an event is about; the names are the SSE event names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Topic {
    FleetStatus,
    StatusChange,
    MetricUpdate,
    LogEntry,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 4] =
        [Topic::FleetStatus, Topic::StatusChange, Topic::MetricUpdate, Topic::LogEntry];

    /// The event name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Topic::FleetStatus => "fleet_status",
            Topic::StatusChange => "status_change",
            Topic::MetricUpdate => "metric_update",
            Topic::LogEntry => "log_entry",
        }
    }

    /// The topic of an event name.
    pub fn parse(text: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.as_str() == text)
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What a stream wants: topics, and which of them are wide, so that lists of nodes and pipelines do not narrow them.
///
/// The low four bits are the topics that are wanted, the high four those of them that are wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topics(u8);

impl Topics {
    /// Every topic, none wide.
    pub const ALL: Topics = Topics(0b1111);
    /// These, none wide.
    pub fn of(topics: impl IntoIterator<Item = Topic>) -> Topics {
        Topics(topics.into_iter().fold(0, |all, topic| all | topic.bit()))
    }

    /// The same, and those of `wide`, which are wide.
    pub fn with_wide(self, wide: Topics) -> Topics {
        let wide = wide.0 & 0b1111;
        Topics(self.0 | wide | wide << 4)
    }

    /// Whether events of the topic are wanted.
    pub fn wants(self, topic: Topic) -> bool {
        self.0 & topic.bit() != 0
    }

    /// Whether they are wanted of everything in the environments.
    pub fn is_wide(self, topic: Topic) -> bool {
        self.0 & topic.bit() << 4 != 0
    }
}

/// One encoded event, or a run of events about the same instance, with what routing needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where it lies in the frame bytes.
    pub range: Range<u32>,
    /// Events in it.
    pub events: u32,
    pub topic: Topic,
    pub environment: EnvironmentKey,
    pub node: Option<NodeKey>,
    pub pipeline: Option<PipelineKey>,
    /// For streams that get events of its topic from everything in the environment.
    pub is_wide: bool,
    /// For streams that get them of the nodes and pipelines they name.
    pub is_watched: bool,
}

/// What may reach a subscriber: its scope and its filter, resolved to keys. Lists are sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub environments: Vec<EnvironmentKey>,
    pub topics: Topics,
    pub nodes: Option<Vec<NodeKey>>,
    pub pipelines: Option<Vec<PipelineKey>>,
}

impl Route {
    /// True when the stream is narrowed to nodes or pipelines.
    pub fn is_narrow(&self) -> bool {
        self.nodes.is_some() || self.pipelines.is_some()
    }

    /// Whether events of the topic are wanted of everything in the environments.
    pub fn is_wide(&self, topic: Topic) -> bool {
        self.topics.wants(topic) && (!self.is_narrow() || self.topics.is_wide(topic))
    }

    /// Whether events of the topic are wanted of what the lists name.
    pub fn is_listed(&self, topic: Topic) -> bool {
        self.topics.wants(topic) && self.is_narrow() && !self.topics.is_wide(topic)
    }

    /// Whether any event is wanted of what the lists name.
    pub fn has_lists(&self) -> bool {
        Topic::ALL.into_iter().any(|topic| self.is_listed(topic))
    }

    /// Whether the frame may go to the subscriber. A list given must hold what the frame is about.
    pub fn admits(&self, frame: &Frame) -> bool {
        let wants = if self.is_wide(frame.topic) {
            frame.is_wide
        } else {
            frame.is_watched
                && self.is_listed(frame.topic)
                && listed(&self.nodes, frame.node)
                && listed(&self.pipelines, frame.pipeline)
        };
        wants && self.environments.binary_search(&frame.environment).is_ok()
    }
}

fn listed<K: Ord>(list: &Option<Vec<K>>, key: Option<K>) -> bool {
    match (list, key) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(list), Some(key)) => list.binary_search(&key).is_ok(),
    }
}

/// Everything one tick produced. Borrowed from the engine until the next tick.
#[derive(Clone, Copy, Debug)]
pub struct TickOutput<'a> {
    pub tick: Tick,
    /// In the order to carry them out.
    pub effects: &'a [Effect],
    /// The bytes of all frames, of greetings, snapshots and the position block.
    pub frame_bytes: &'a [u8],
    /// The frames that several subscribers may get, now or when they resume.
    pub frames: &'a [Frame],
    /// Pieces of `frame_bytes`, named by `Effect::Deliver`.
    pub ranges: &'a [Range<u32>],
    /// Kept ticks before this one are needed by no resume any more.
    pub resumable_from: TickNumber,
    /// The batch that was cut in this tick.
    pub cut: Option<BatchId>,
    /// Its rows, to write now; in a replay nobody asks for them. Answer with `Input::BatchSettled`.
    pub batch: Option<&'a Batch>,
    pub counters: &'a Counters,
    /// The state after this tick, and what of it this tick changed.
    pub fingerprint: &'a Fingerprint,
}

/// What the core counts; it never logs. All since the process started.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub heartbeats: u64,
    pub heartbeats_from_unknown_nodes: u64,
    pub pipelines_reported: u64,
    /// Pipelines that do not exist or belong to another environment; dropped.
    pub pipelines_foreign: u64,
    /// Earlier entries for a pipeline that the same heartbeat reports again; the last counts.
    pub pipelines_repeated: u64,
    pub components_reported: u64,
    pub counter_resets: u64,
    pub log_lines: u64,
    /// Lines of pipelines that do not exist or belong to another environment; dropped.
    pub log_lines_foreign: u64,
    pub status_events: u64,
    pub events_encoded: u64,
    pub events_delivered: u64,
    /// Events lagging subscribers did not get; they got a snapshot.
    pub events_skipped: u64,
    pub subscribers_lagged: u64,
    pub subscribers_closed_slow: u64,
    pub subscribers_revoked: u64,
    pub resumed: u64,
    pub snapshots: u64,
    pub flushes_committed: u64,
    pub flushes_failed: u64,
    pub flushes_refused: u64,
    /// Rows of history given up because the store was away for too long.
    pub rows_shed: u64,
}
