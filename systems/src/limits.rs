//! Bounds on what one agent or one reader may cost. The shell cuts or refuses at these; the core relies on them.

/// Bytes of a node, pipeline or component id.
pub const ID_BYTES_MAX: usize = 128;
/// Bytes of a version, error, checksum or other short text; longer ones are cut.
pub const TEXT_BYTES_MAX: usize = 500;
/// Pipelines in one heartbeat.
pub const PIPELINES_PER_HEARTBEAT_MAX: usize = 1_000;
/// Components of one pipeline.
pub const COMPONENTS_PER_PIPELINE_MAX: usize = 256;
/// Seconds of latency that are believed, eleven days; sums over a minute stay finite numbers.
pub const LATENCY_SECONDS_MAX: f64 = 1_000_000.0;
/// Utilization that is believed; a component is busy at most all the time, on a few cores.
pub const UTILIZATION_MAX: f64 = 1_000.0;
/// Labels of one node.
pub const LABELS_PER_NODE_MAX: usize = 64;
/// Bytes of a label's key.
pub const LABEL_KEY_BYTES_MAX: usize = 63;
/// Bytes of a label's value.
pub const LABEL_VALUE_BYTES_MAX: usize = 253;
/// Lines in one batch of logs; of more the newest are kept.
pub const LOG_LINES_PER_BATCH_MAX: usize = 1_000;
/// Bytes of a log line; longer ones are cut.
pub const LOG_LINE_BYTES_MAX: usize = 16 << 10;
/// Ids in one list of a stream's filter.
pub const FILTER_IDS_MAX: usize = 500;
/// Samples of one component: an hour at five seconds.
pub const SAMPLES_PER_COMPONENT_MAX: usize = 720;
/// Lines in the live tail of one instance.
pub const TAIL_LINES_PER_INSTANCE_MAX: usize = 200;
/// Bytes of one part of a snapshot event.
pub const SNAPSHOT_PART_BYTES_MAX: usize = 64 << 10;
/// Items in one page of an answer.
pub const PAGE_ITEMS_MAX: usize = 500;

/// Nodes in one page of a wall: about a millisecond of a turn.
pub const WALL_NODES_MAX: usize = 2_000;
