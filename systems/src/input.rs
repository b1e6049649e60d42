//! Everything that can happen to the fleet, and the buffer it travels in.
//!
//! An input is encoded once, where it enters the process; the same bytes are routed, journaled and
//! read by the systems.

use serde::{Deserialize, Serialize};

use crate::effect::Topics;
use crate::ids::{BatchId, SubscriberId};
use crate::packed::Packed;
use crate::report::{Counts, Heartbeat, Label, LogBatch};
use crate::settings::Settings;
use crate::status::{NodeStatus, Role};
use crate::time::{Millis, Minute, TickNumber};
use crate::wire::Span;

/// Everything that can happen to the fleet. Text is borrowed from the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input<'a> {
    /// A process began: subscribers of the last one are gone, leases start anew.
    Started {
        epoch: u64,
        settings: Settings,
    },
    SettingsChanged {
        settings: Settings,
    },

    UserSet {
        user: &'a str,
        super_admin: bool,
    },
    UserRemoved {
        user: &'a str,
    },
    MemberSet {
        team: &'a str,
        user: &'a str,
        role: Role,
    },
    MemberRemoved {
        team: &'a str,
        user: &'a str,
    },
    /// A session ended or an API token was deleted.
    CredentialRevoked {
        credential: &'a str,
    },

    EnvironmentSet {
        environment: &'a str,
        name: &'a str,
        team: &'a str,
    },
    PipelineSet {
        pipeline: &'a str,
        environment: &'a str,
        name: &'a str,
        revision: u32,
    },
    PipelineRemoved {
        pipeline: &'a str,
    },
    #[serde(borrow)]
    NodeEnrolled(NodeEnrolled<'a>),
    NodeRevoked {
        node: &'a str,
    },
    NodeRemoved {
        node: &'a str,
    },

    /// Rows of the store, read at boot.
    #[serde(borrow)]
    NodeLoaded(NodeLoaded<'a>),
    InstanceLoaded(InstanceLoaded<'a>),
    MinuteLoaded(MinuteLoaded<'a>),

    #[serde(borrow)]
    Heartbeat(Heartbeat<'a>),
    LogsReceived {
        node: &'a str,
        #[serde(borrow)]
        batches: Packed<'a, LogBatch<'a>>,
    },

    #[serde(borrow)]
    Subscribed(Subscribed<'a>),
    FilterMoved {
        subscriber: SubscriberId,
        #[serde(borrow)]
        filter: Filter<'a>,
    },
    /// The shell's queue of this subscriber is full: `skipped_events` more did not reach it.
    SubscriberLagged {
        subscriber: SubscriberId,
        skipped_events: u32,
    },
    /// The queue of a lagging subscriber is empty again.
    SubscriberDrained {
        subscriber: SubscriberId,
    },
    SubscriberLost {
        subscriber: SubscriberId,
    },

    BatchSettled {
        batch: BatchId,
        outcome: FlushOutcome,
    },
    /// The process is about to stop: the next batch does not wait for its time.
    FlushRequested,

    /// The nodes that the selector picks are to run this revision from now on.
    #[serde(borrow)]
    PipelineDeployed(PipelineDeployed<'a>),
    /// No node is to run the pipeline any more.
    PipelineUndeployed {
        pipeline: &'a str,
    },
    /// What people say of a node is another now.
    #[serde(borrow)]
    NodeEdited(NodeEdited<'a>),
}

/// A revision that nodes are to run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PipelineDeployed<'a> {
    pub pipeline: &'a str,
    pub revision: u32,
    /// Of the text that agents are given.
    pub checksum: &'a str,
    /// Labels a node must have; none: every node of the environment is picked.
    #[serde(borrow)]
    pub selector: Packed<'a, Label<'a>>,
    pub cause: DeployCause,
}

/// Why a revision is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeployCause {
    Deploy,
    Rollback,
    /// It was deployed before this process began: nobody waits for it.
    Loaded,
}

/// What people say of a node.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeEdited<'a> {
    pub node: &'a str,
    pub name: &'a str,
    #[serde(borrow)]
    pub operator_labels: Packed<'a, Label<'a>>,
    /// It is to run nothing for now.
    pub maintenance: bool,
}

/// A node that entered the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeEnrolled<'a> {
    pub node: &'a str,
    pub environment: &'a str,
    pub name: &'a str,
    pub host: &'a str,
    pub os: Option<&'a str>,
    pub agent_version: Option<&'a str>,
    pub vector_version: Option<&'a str>,
    #[serde(borrow)]
    pub labels: Packed<'a, Label<'a>>,
}

/// A node as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeLoaded<'a> {
    #[serde(borrow)]
    pub identity: NodeEnrolled<'a>,
    pub revoked: bool,
    /// Labels set by people; they win over the agent's.
    #[serde(borrow)]
    pub operator_labels: Packed<'a, Label<'a>>,
    pub status: NodeStatus,
    pub status_since: Millis,
    /// `None`: never heard.
    pub heard_at: Option<Millis>,
    pub deployment_mode: Option<&'a str>,
    pub running_as: Option<&'a str>,
    pub update_error: Option<&'a str>,
    /// It is to run nothing for now.
    pub maintenance: bool,
}

/// An instance as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceLoaded<'a> {
    pub node: &'a str,
    pub pipeline: &'a str,
    pub status: &'a str,
    pub status_since: Millis,
    pub revision: u32,
    pub pid: Option<u32>,
    pub uptime_seconds: Option<u64>,
    pub config_checksum: Option<&'a str>,
    pub updated_at: Millis,
    /// The last counters seen and when; `None`: never seen.
    pub baseline: Option<LoadedBaseline>,
}

/// Where the deltas of an instance go on after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadedBaseline {
    pub pid: Option<u32>,
    pub totals: Counts,
    pub seen_at: Millis,
}

/// An unfinished minute of the store: counting goes on from here.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinuteLoaded<'a> {
    pub pipeline: &'a str,
    /// `None`: the aggregate over nodes.
    pub node: Option<&'a str>,
    /// `Some`: the latency of this component, nothing else.
    pub component: Option<&'a str>,
    pub minute: Minute,
    pub totals: MinuteTotals,
}

/// What one minute holds so far. The API divides; here are sums and weights only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MinuteTotals {
    pub counts: Counts,
    pub utilization_sum: f64,
    pub utilization_count: u32,
    /// Sum of latency in milliseconds times weight in events.
    pub latency_weighted_sum: f64,
    pub latency_weight: u64,
}

/// A person or script opened an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscribed<'a> {
    pub subscriber: SubscriberId,
    /// The id `hello` tells and the filter URL carries.
    pub stream: &'a str,
    pub user: &'a str,
    /// The session or token it came with; when that ends, so does the stream.
    pub credential: &'a str,
    #[serde(borrow)]
    pub filter: Filter<'a>,
    /// The last position the client saw, when it says one.
    pub resume: Option<StreamPosition>,
}

/// A place in the event stream, written `<epoch>.<tick>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamPosition {
    pub epoch: u64,
    pub tick: TickNumber,
}

/// What a stream is narrowed to. `None`: not narrowed. Every list given must match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter<'a> {
    #[serde(borrow)]
    pub environments: Option<Packed<'a, &'a str>>,
    pub topics: Option<Topics>,
    #[serde(borrow)]
    pub nodes: Option<Packed<'a, &'a str>>,
    #[serde(borrow)]
    pub pipelines: Option<Packed<'a, &'a str>>,
}

/// How a flush ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlushOutcome {
    /// The transaction committed.
    Committed,
    /// Nothing of it is known to be written: its rows are staged again, newer rows win.
    Failed,
    /// The store refused the rows themselves; trying again would not help.
    Refused,
}

/// The byte a heartbeat begins with: the place of its variant. A test holds it to the type.
const HEARTBEAT: u8 = 16;

/// A tick's worth of inputs: where each lies, and one arena of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Inputs {
    /// A buffer with one input.
    pub fn of(input: &Input<'_>) -> Inputs {
        let mut inputs = Inputs::default();
        inputs.push(input);
        inputs
    }

    /// Encodes one input at the end.
    pub fn push(&mut self, input: &Input<'_>) {
        let bytes = std::mem::take(&mut self.bytes);
        self.bytes = postcard::to_extend(input, bytes).expect("memory is the only limit");
        self.ends.push(self.end());
    }

    /// Appends the inputs of `other` by copying their bytes.
    pub fn append(&mut self, other: &Inputs) {
        let offset = self.end();
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| offset + end));
    }

    /// Forgets the inputs, keeps the memory.
    pub fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
    }

    /// Number of inputs.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when there is no input.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Size of all inputs together.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Lets `write` append one input in its encoded form; when it fails, nothing was appended.
    pub fn push_encoded<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let length = self.bytes.len();
        match write(&mut self.bytes) {
            Ok(()) => {
                self.ends.push(self.end());
                Ok(())
            }
            Err(error) => {
                self.bytes.truncate(length);
                Err(error)
            }
        }
    }

    /// The input at `index` in its encoded form.
    pub fn encoded(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start as usize..self.ends[index] as usize]
    }

    /// The input at `index`.
    pub fn get(&self, index: usize) -> Input<'_> {
        postcard::from_bytes(self.encoded(index)).expect("inputs are encoded by `push`")
    }

    /// The bytes of all inputs.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the input at `index` is a heartbeat; nothing is decoded.
    pub fn is_heartbeat(&self, index: usize) -> bool {
        self.encoded(index)[0] == HEARTBEAT
    }

    /// Where a heartbeat lies, without the byte that says it is one; `None`: another input.
    pub(crate) fn heartbeat_span(&self, index: usize) -> Option<Span> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let is_heartbeat = self.bytes[start as usize] == HEARTBEAT;
        is_heartbeat.then(|| Span { start: start + 1, end: self.ends[index] })
    }

    /// The inputs in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = Input<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    fn end(&self) -> u32 {
        u32::try_from(self.bytes.len()).expect("the edge bounds a tick's bytes far below 4 GiB")
    }
}
