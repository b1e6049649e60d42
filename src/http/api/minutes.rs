//! Series by the minute, from the store: a row for each minute with data, a gap where there is none.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;
use systole_systems::input::MinuteTotals;
use systole_systems::report::HostMetrics;
use systole_systems::time::Minute;

use crate::clock::wall_now;
use crate::http::api::call::Call;
use crate::http::reply::{HttpError, Reply, json};
use crate::http::rfc3339::Rfc3339;

/// Minutes in a series unless `minutes` says otherwise.
const MINUTES: u32 = 60;
/// Longest series: a week.
const MINUTES_MAX: u32 = 7 * 24 * 60;

#[derive(Serialize)]
struct SeriesView<T> {
    rows: Vec<T>,
}

/// One minute of something.
#[derive(Serialize)]
struct RowView<T> {
    timestamp: Rfc3339,
    #[serde(flatten)]
    values: T,
    /// The minute is still being counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    partial: bool,
}

/// What happened to a pipeline within a minute.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct TotalsView {
    events_in: u64,
    events_out: u64,
    errors_total: u64,
    events_discarded: u64,
    bytes_in: u64,
    bytes_out: u64,
    /// Null: not measured.
    utilization: Option<f64>,
    /// Null: not measured.
    latency_mean_ms: Option<f64>,
}

/// State of a host: gauges, and counters since boot.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HostView {
    memory_total_bytes: u64,
    memory_used_bytes: u64,
    memory_free_bytes: u64,
    cpu_seconds_total: f64,
    cpu_seconds_idle: f64,
    load_avg1: f64,
    load_avg5: f64,
    load_avg15: f64,
    fs_total_bytes: u64,
    fs_used_bytes: u64,
    fs_free_bytes: u64,
    disk_read_bytes: u64,
    disk_written_bytes: u64,
    net_rx_bytes: u64,
    net_tx_bytes: u64,
}

#[derive(Serialize)]
struct ComponentsView {
    components: BTreeMap<String, Vec<RowView<LatencyView>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LatencyView {
    latency_mean_ms: f64,
}

/// Minutes of a pipeline, over all nodes unless `nodeId` is given.
pub(super) async fn pipeline_minutes(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    let since = call.params.since_minute(MINUTES, MINUTES_MAX)?;
    let node = call.params.id("nodeId")?;
    let minutes = call.app.store.pipeline_minutes(pipeline, node.as_deref(), since).await?;
    Ok(series(minutes.iter().map(|(minute, totals)| row(*minute, TotalsView::of(totals)))))
}

/// Latency of each component of a pipeline, over all nodes.
pub(super) async fn component_minutes(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    let since = call.params.since_minute(MINUTES, MINUTES_MAX)?;
    let minutes = call.app.store.component_minutes(pipeline, since).await?;
    let mut components = BTreeMap::<String, Vec<_>>::new();
    for found in minutes {
        let latency_mean_ms = found.latency_weighted_sum / found.latency_weight as f64;
        let row = row(found.minute, LatencyView { latency_mean_ms });
        components.entry(found.component).or_default().push(row);
    }
    Ok(json(StatusCode::OK, &ComponentsView { components }))
}

/// Minutes of a node's host.
pub(super) async fn host_minutes(call: &Call, node: &str) -> Result<Reply, HttpError> {
    let since = call.params.since_minute(MINUTES, MINUTES_MAX)?;
    let minutes = call.app.store.node_minutes(node, since).await?;
    Ok(series(minutes.iter().map(|(minute, host)| row(*minute, HostView::of(host)))))
}

fn series<T: Serialize>(rows: impl Iterator<Item = T>) -> Reply {
    json(StatusCode::OK, &SeriesView { rows: rows.collect() })
}

fn row<T>(minute: Minute, values: T) -> RowView<T> {
    let partial = wall_now().minute() <= minute;
    RowView { timestamp: Rfc3339(minute.start()), values, partial }
}

impl TotalsView {
    fn of(totals: &MinuteTotals) -> TotalsView {
        let MinuteTotals { counts, utilization_sum, utilization_count, .. } = totals;
        let MinuteTotals { latency_weighted_sum, latency_weight, .. } = totals;
        TotalsView {
            events_in: counts.events_in,
            events_out: counts.events_out,
            errors_total: counts.errors,
            events_discarded: counts.discarded,
            bytes_in: counts.bytes_in,
            bytes_out: counts.bytes_out,
            utilization: mean(*utilization_sum, f64::from(*utilization_count)),
            latency_mean_ms: mean(*latency_weighted_sum, *latency_weight as f64),
        }
    }
}

/// No weight, no mean.
fn mean(sum: f64, weight: f64) -> Option<f64> {
    (weight > 0.0).then(|| sum / weight)
}

impl HostView {
    pub(super) fn of(host: &HostMetrics) -> HostView {
        HostView {
            memory_total_bytes: host.memory_total_bytes,
            memory_used_bytes: host.memory_used_bytes,
            memory_free_bytes: host.memory_free_bytes,
            cpu_seconds_total: host.cpu_seconds_total,
            cpu_seconds_idle: host.cpu_seconds_idle,
            load_avg1: host.load_avg_1,
            load_avg5: host.load_avg_5,
            load_avg15: host.load_avg_15,
            fs_total_bytes: host.fs_total_bytes,
            fs_used_bytes: host.fs_used_bytes,
            fs_free_bytes: host.fs_free_bytes,
            disk_read_bytes: host.disk_read_bytes,
            disk_written_bytes: host.disk_written_bytes,
            net_rx_bytes: host.net_rx_bytes,
            net_tx_bytes: host.net_tx_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_null_not_zero() {
        let nothing = TotalsView::of(&MinuteTotals::default());
        assert_eq!((nothing.utilization, nothing.latency_mean_ms), (None, None));
        let measured = TotalsView::of(&MinuteTotals {
            utilization_sum: 1.5,
            utilization_count: 3,
            latency_weighted_sum: 40.0,
            latency_weight: 16,
            ..MinuteTotals::default()
        });
        assert_eq!((measured.utilization, measured.latency_mean_ms), (Some(0.5), Some(2.5)));
    }

    #[test]
    fn only_the_running_minute_says_that_it_is_partial() {
        let text = |minute| {
            serde_json::to_string(&row(minute, LatencyView { latency_mean_ms: 1.0 })).unwrap()
        };
        let past = text(Minute(1));
        assert_eq!(past, r#"{"timestamp":"1970-01-01T00:01:00.000Z","latencyMeanMs":1.0}"#);
        assert!(text(Minute(u32::MAX)).ends_with(r#""partial":true}"#));
    }
}
