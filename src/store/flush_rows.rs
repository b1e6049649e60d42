//! A batch as rows of the tables it goes to; the one place that knows which field is which column.

use systole_systems::input::MinuteTotals;
use systole_systems::report::Counts;
use systole_systems::rows::{
    Batch, ComponentMinuteRow, InstanceMinuteRow, InstanceRef, InstanceRow, LogRow, NodeMinuteRow,
    NodeRow, PipelineMinuteRow, StatusEventRow,
};

use crate::store::flush_tables::{
    COMPONENT_MINUTE, FlushTable, INSTANCE_MINUTE, INSTANCE_REMOVAL, INSTANCE_STATE, LOG_LINE,
    NODE_MINUTE, NODE_STATE, PIPELINE_MINUTE, STATUS_EVENT,
};
use crate::store::value::Value;

/// The rows of a batch. Tables of one group can be written by one statement.
pub(crate) fn groups(batch: &Batch) -> [Vec<TableRows<'_>>; 4] {
    [
        vec![
            TableRows::of(&NODE_STATE, &batch.nodes, node),
            TableRows::of(&NODE_MINUTE, &batch.node_minutes, node_minute),
        ],
        vec![
            TableRows::of(&INSTANCE_STATE, &batch.instances, instance),
            TableRows::of(&INSTANCE_REMOVAL, &batch.instances_removed, removal),
        ],
        vec![
            TableRows::of(&INSTANCE_MINUTE, &batch.instance_minutes, instance_minute),
            TableRows::of(&PIPELINE_MINUTE, &batch.pipeline_minutes, pipeline_minute),
            TableRows::of(&COMPONENT_MINUTE, &batch.component_minutes, component_minute),
        ],
        vec![
            TableRows::of(&STATUS_EVENT, &batch.status_events, status_event),
            TableRows::of(&LOG_LINE, &batch.logs, log_line),
        ],
    ]
}

/// Rows of one table, one after the other.
pub(crate) struct TableRows<'a> {
    pub(crate) table: &'static FlushTable,
    values: Vec<Value<'a>>,
}

impl<'a> TableRows<'a> {
    fn of<R>(
        table: &'static FlushTable,
        rows: &'a [R],
        append: fn(&'a R, &mut Vec<Value<'a>>),
    ) -> TableRows<'a> {
        let mut values = Vec::with_capacity(rows.len() * table.columns.len());
        for row in rows {
            append(row, &mut values);
        }
        assert_eq!(values.len(), rows.len() * table.columns.len(), "a row fills its columns");
        TableRows { table, values }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of one column, from the first row to the last.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = &Value<'a>> {
        self.values.iter().skip(column).step_by(self.table.columns.len())
    }

    /// The values of at most `rows` rows at a time.
    pub(crate) fn chunks(&self, rows: usize) -> impl Iterator<Item = &[Value<'a>]> {
        self.values.chunks(rows * self.table.columns.len())
    }
}

fn node<'a>(row: &'a NodeRow, values: &mut Vec<Value<'a>>) {
    values.extend([
        Value::from(&row.node),
        Value::from(row.status.as_str()),
        Value::from(row.status_since),
        Value::from(row.heard_at),
        Value::from(&row.agent_version),
        Value::from(&row.vector_version),
        Value::from(&row.os),
        Value::from(&row.deployment_mode),
        Value::from(&row.running_as),
        Value::from(&row.update_error),
        Value::from(row.labels.as_slice()),
    ]);
}

fn node_minute<'a>(row: &'a NodeMinuteRow, values: &mut Vec<Value<'a>>) {
    let host = &row.host;
    values.extend([
        Value::from(&row.node),
        Value::from(row.minute),
        Value::from(host.memory_total_bytes),
        Value::from(host.memory_used_bytes),
        Value::from(host.memory_free_bytes),
        Value::from(host.cpu_seconds_total),
        Value::from(host.cpu_seconds_idle),
        Value::from(host.load_avg_1),
        Value::from(host.load_avg_5),
        Value::from(host.load_avg_15),
        Value::from(host.fs_total_bytes),
        Value::from(host.fs_used_bytes),
        Value::from(host.fs_free_bytes),
        Value::from(host.disk_read_bytes),
        Value::from(host.disk_written_bytes),
        Value::from(host.net_rx_bytes),
        Value::from(host.net_tx_bytes),
    ]);
}

fn instance<'a>(row: &'a InstanceRow, values: &mut Vec<Value<'a>>) {
    removal(&row.instance, values);
    values.extend([
        Value::from(row.status.as_str()),
        Value::from(row.status_since),
        Value::from(row.revision),
        Value::from(row.pid),
        Value::from(row.uptime_seconds),
        Value::from(&row.config_checksum),
    ]);
    match &row.totals {
        Some(totals) => counts(totals, values),
        None => values.extend([const { Value::Integer(None) }; 6]),
    }
    values.extend([
        Value::from(row.totals_pid),
        Value::from(row.totals_seen_at),
        Value::from(row.updated_at),
    ]);
}

fn removal<'a>(instance: &'a InstanceRef, values: &mut Vec<Value<'a>>) {
    values.extend([Value::from(&instance.node), Value::from(&instance.pipeline)]);
}

fn instance_minute<'a>(row: &'a InstanceMinuteRow, values: &mut Vec<Value<'a>>) {
    values.extend([
        Value::from(&row.instance.pipeline),
        Value::from(&row.instance.node),
        Value::from(row.minute),
    ]);
    totals(&row.totals, values);
}

fn pipeline_minute<'a>(row: &'a PipelineMinuteRow, values: &mut Vec<Value<'a>>) {
    values.extend([Value::from(&row.pipeline), Value::from(row.minute)]);
    totals(&row.totals, values);
}

fn totals(totals: &MinuteTotals, values: &mut Vec<Value<'_>>) {
    counts(&totals.counts, values);
    values.extend([
        Value::from(totals.utilization_sum),
        Value::from(totals.utilization_count),
        Value::from(totals.latency_weighted_sum),
        Value::from(totals.latency_weight),
    ]);
}

fn counts(counts: &Counts, values: &mut Vec<Value<'_>>) {
    let Counts { events_in, events_out, errors, discarded, bytes_in, bytes_out } = *counts;
    values.extend([events_in, events_out, errors, discarded, bytes_in, bytes_out].map(Value::from));
}

fn component_minute<'a>(row: &'a ComponentMinuteRow, values: &mut Vec<Value<'a>>) {
    values.extend([
        Value::from(&row.instance.pipeline),
        Value::from(row.minute),
        Value::from(&row.instance.node),
        Value::from(&row.component),
        Value::from(row.latency_weighted_sum),
        Value::from(row.latency_weight),
    ]);
}

fn status_event<'a>(row: &'a StatusEventRow, values: &mut Vec<Value<'a>>) {
    values.extend([
        Value::from(row.tick),
        Value::from(row.ordinal),
        Value::from(&row.node),
        Value::from(&row.pipeline),
        Value::from(&row.from_status),
        Value::from(&row.to_status),
        Value::from(&row.reason),
        Value::from(row.at),
    ]);
}

fn log_line<'a>(row: &'a LogRow, values: &mut Vec<Value<'a>>) {
    values.extend([
        Value::from(row.tick),
        Value::from(row.ordinal),
        Value::from(&row.instance.node),
        Value::from(&row.instance.pipeline),
        Value::from(row.at),
        Value::from(row.level.as_str()),
        Value::from(&row.message),
    ]);
}
