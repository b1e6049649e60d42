//! The tables that flushes write, and the statement that writes rows of one, wherever they come from.

use systole_systems::rows::Batch;
use systole_systems::time::TickNumber;

use crate::store::StoreError;
use crate::store::resolution::MINUTES_PER_HOUR;

use Kind::{Integer, Real, Text};

/// A table, or the removal of rows from one.
pub(crate) struct FlushTable {
    name: &'static str,
    /// What a row of a batch holds, in order.
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// Rows that find no partner here belong to what is gone, and are left out. Each ends in a
    /// `where`, or SQLite would read `on conflict` as part of the join.
    present: &'static str,
    write: Write,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Real,
}

enum Write {
    /// The row replaces the one under the same key.
    Replace { key: &'static [&'static str] },
    /// The row never changes; it also keeps its node's environment, the boundary of every read.
    Keep,
    /// Rows of these keys go.
    Delete,
}

const OF_NODE: &str = "join node n on n.id = v.node where true";
const OF_PIPELINE: &str = "join pipeline p on p.id = v.pipeline where true";
const OF_INSTANCE: &str = "join node n on n.id = v.node \
join pipeline p on p.id = v.pipeline and p.environment = n.environment where true";
/// An event without a pipeline is about its node alone.
const OF_NODE_OR_INSTANCE: &str = "join node n on n.id = v.node \
left join pipeline p on p.id = v.pipeline and p.environment = n.environment \
where v.pipeline is null or p.id is not null";

pub(crate) static NODE_STATE: FlushTable = FlushTable {
    name: "node_state",
    columns: &[
        ("node", Text),
        ("status", Text),
        ("status_since", Integer),
        ("heard_at", Integer),
        ("agent_version", Text),
        ("vector_version", Text),
        ("os", Text),
        ("deployment_mode", Text),
        ("running_as", Text),
        ("update_error", Text),
        ("labels", Text),
    ],
    present: OF_NODE,
    write: Write::Replace { key: &["node"] },
};

pub(crate) static NODE_MINUTE: FlushTable = FlushTable {
    name: "node_minute",
    columns: &[
        ("node", Text),
        ("minute", Integer),
        ("memory_total_bytes", Integer),
        ("memory_used_bytes", Integer),
        ("memory_free_bytes", Integer),
        ("cpu_seconds_total", Real),
        ("cpu_seconds_idle", Real),
        ("load_avg_1", Real),
        ("load_avg_5", Real),
        ("load_avg_15", Real),
        ("fs_total_bytes", Integer),
        ("fs_used_bytes", Integer),
        ("fs_free_bytes", Integer),
        ("disk_read_bytes", Integer),
        ("disk_written_bytes", Integer),
        ("net_rx_bytes", Integer),
        ("net_tx_bytes", Integer),
    ],
    present: OF_NODE,
    write: Write::Replace { key: &["node", "minute"] },
};

pub(crate) static INSTANCE_STATE: FlushTable = FlushTable {
    name: "instance_state",
    columns: &[
        ("node", Text),
        ("pipeline", Text),
        ("status", Text),
        ("status_since", Integer),
        ("revision", Integer),
        ("pid", Integer),
        ("uptime_seconds", Integer),
        ("config_checksum", Text),
        ("events_in", Integer),
        ("events_out", Integer),
        ("errors", Integer),
        ("discarded", Integer),
        ("bytes_in", Integer),
        ("bytes_out", Integer),
        ("totals_pid", Integer),
        ("totals_seen_at", Integer),
        ("updated_at", Integer),
    ],
    present: OF_INSTANCE,
    write: Write::Replace { key: &["node", "pipeline"] },
};

pub(crate) static INSTANCE_REMOVAL: FlushTable = FlushTable {
    name: "instance_state",
    columns: &[("node", Text), ("pipeline", Text)],
    present: "",
    write: Write::Delete,
};

pub(crate) static INSTANCE_MINUTE: FlushTable = FlushTable {
    name: "instance_minute",
    columns: &[
        ("pipeline", Text),
        ("node", Text),
        ("minute", Integer),
        ("events_in", Integer),
        ("events_out", Integer),
        ("errors", Integer),
        ("discarded", Integer),
        ("bytes_in", Integer),
        ("bytes_out", Integer),
        ("utilization_sum", Real),
        ("utilization_count", Integer),
        ("latency_weighted_sum", Real),
        ("latency_weight", Integer),
    ],
    present: OF_INSTANCE,
    write: Write::Replace { key: &["pipeline", "node", "minute"] },
};

pub(crate) static PIPELINE_MINUTE: FlushTable = FlushTable {
    name: "pipeline_minute",
    columns: &[
        ("pipeline", Text),
        ("minute", Integer),
        ("events_in", Integer),
        ("events_out", Integer),
        ("errors", Integer),
        ("discarded", Integer),
        ("bytes_in", Integer),
        ("bytes_out", Integer),
        ("utilization_sum", Real),
        ("utilization_count", Integer),
        ("latency_weighted_sum", Real),
        ("latency_weight", Integer),
    ],
    present: OF_PIPELINE,
    write: Write::Replace { key: &["pipeline", "minute"] },
};

pub(crate) static COMPONENT_MINUTE: FlushTable = FlushTable {
    name: "component_minute",
    columns: &[
        ("pipeline", Text),
        ("minute", Integer),
        ("node", Text),
        ("component", Text),
        ("latency_weighted_sum", Real),
        ("latency_weight", Integer),
    ],
    present: OF_INSTANCE,
    write: Write::Replace { key: &["pipeline", "minute", "node", "component"] },
};

pub(crate) static STATUS_EVENT: FlushTable = FlushTable {
    name: "status_event",
    columns: &[
        ("tick", Integer),
        ("ordinal", Integer),
        ("node", Text),
        ("pipeline", Text),
        ("from_status", Text),
        ("to_status", Text),
        ("reason", Text),
        ("at", Integer),
    ],
    present: OF_NODE_OR_INSTANCE,
    write: Write::Keep,
};

pub(crate) static LOG_LINE: FlushTable = FlushTable {
    name: "log_line",
    columns: &[
        ("tick", Integer),
        ("ordinal", Integer),
        ("node", Text),
        ("pipeline", Text),
        ("at", Integer),
        ("level", Text),
        ("message", Text),
    ],
    present: OF_INSTANCE,
    write: Write::Keep,
};

/// Moves the store to the tick of a batch. Touches no row when the store is further already. Hours
/// that the batch has minutes of, `$2` being the first of them, are to be rolled up again.
pub(crate) const ADVANCE: &str = "\
update position set tick = $1,
    late_batches = case when $2 <= next_hour then late_batches + 1 else late_batches end,
    next_hour = case when next_hour <= $2 or next_hour <= first_hour then next_hour
        when $2 < first_hour then first_hour else $2 end
where tick <= $1 returning tick";

/// The first hour that a batch has minutes of; the largest number when it has none.
pub(crate) fn first_hour(batch: &Batch) -> u32 {
    let minutes = batch.instance_minutes.iter().map(|row| row.minute);
    let minutes = minutes
        .chain(batch.pipeline_minutes.iter().map(|row| row.minute))
        .chain(batch.component_minutes.iter().map(|row| row.minute))
        .chain(batch.node_minutes.iter().map(|row| row.minute));
    minutes.min().map_or(u32::MAX, |minute| minute.0 / MINUTES_PER_HOUR)
}

/// Why a batch that `ADVANCE` does not accept is refused: its rows would undo newer ones.
pub(crate) fn stale(tick: TickNumber) -> StoreError {
    StoreError::Refused(format!("the batch of tick {} is older than the store", tick.0))
}

impl FlushTable {
    /// The names of the columns of a batch's rows.
    pub(crate) fn column_names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The statement that writes the rows of `source`, a relation named `v` of these columns.
    pub(crate) fn statement(&self, source: &str) -> String {
        let FlushTable { name, columns, present, .. } = self;
        let listed = self.column_names();
        let chosen: Vec<String> = columns.iter().map(|(name, _)| format!("v.{name}")).collect();
        let chosen = chosen.join(", ");
        match &self.write {
            Write::Replace { key } => {
                let replaced: Vec<String> = columns
                    .iter()
                    .filter(|(column, _)| !key.contains(column))
                    .map(|(column, _)| format!("{column} = excluded.{column}"))
                    .collect();
                format!(
                    "insert into {name} ({listed}) select {chosen} from {source} {present} \
                     on conflict ({}) do update set {}",
                    key.join(", "),
                    replaced.join(", "),
                )
            }
            Write::Keep => {
                format!(
                    "insert into {name} ({listed}, environment) \
                     select {chosen}, n.environment from {source} {present} \
                     on conflict do nothing"
                )
            }
            Write::Delete => {
                format!("delete from {name} where ({listed}) in (select {chosen} from {source})")
            }
        }
    }
}
