//! Series of pipelines and hosts: a row for each minute or bucket with data, a gap where there is none.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;
use systole_systems::query::UnflushedOf;
use systole_systems::report::HostMetrics;
use systole_systems::rows::InstanceRef;
use systole_systems::time::{Millis, Minute};

use crate::clock::wall_now;
use crate::history::hosts::{self, per_second};
use crate::history::range::Range;
use crate::history::volume;
use crate::http::api::call::Call;
use crate::http::api::range::{has_range, series_range, unflushed};
use crate::http::reply::{HttpError, Reply, json};
use crate::http::rfc3339::Rfc3339;
use crate::store::{HostSums, SpanTotals, VolumeOf};

#[derive(Serialize)]
struct SeriesView<T> {
    rows: Vec<T>,
    #[serde(flatten)]
    range: RangeView,
}

#[derive(Serialize)]
struct ComponentsView {
    components: BTreeMap<String, Vec<RowView<LatencyView>>>,
    #[serde(flatten)]
    range: RangeView,
}

/// What a series covers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RangeView {
    from: Rfc3339,
    to: Rfc3339,
    bucket_seconds: u32,
}

/// One bucket of something.
#[derive(Serialize)]
pub(super) struct RowView<T> {
    timestamp: Rfc3339,
    #[serde(flatten)]
    values: T,
    /// The bucket is still being counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    partial: bool,
}

/// What passed through pipelines within a bucket.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TotalsView {
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LatencyView {
    latency_mean_ms: f64,
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

/// A host within a bucket: means, and rates per second. Null: nothing to compare with, as after a gap or
/// when counters began anew.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HostRatesView {
    cpu_percent: Option<f64>,
    memory_used_bytes: f64,
    memory_total_bytes: f64,
    disk_used_bytes: f64,
    disk_total_bytes: f64,
    load_avg1: f64,
    load_avg5: f64,
    load_avg15: f64,
    disk_read_bytes_per_second: Option<f64>,
    disk_written_bytes_per_second: Option<f64>,
    net_rx_bytes_per_second: Option<f64>,
    net_tx_bytes_per_second: Option<f64>,
}

/// A pipeline over all nodes, or on the node that `nodeId` names.
pub(super) async fn pipeline_series(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    let now = wall_now();
    let range = series_range(call, now)?;
    let pipeline = pipeline.to_owned();
    let (of, live) = match call.params.id("nodeId")? {
        None => (VolumeOf::Pipeline(pipeline.clone()), UnflushedOf::Pipeline(pipeline)),
        Some(node) => {
            let instance = InstanceRef { node: node.clone(), pipeline: pipeline.clone() };
            (VolumeOf::Instance { pipeline, node }, UnflushedOf::Instance(instance))
        }
    };
    let live = unflushed(call, live, "pipeline").await?;
    let buckets = volume::series(&*call.app.store, &of, &range, &live).await?;
    Ok(series(buckets, (&range, now), |totals| TotalsView::of(&totals)))
}

/// Latency of each component of a pipeline, over all nodes.
pub(super) async fn component_series(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    let now = wall_now();
    let range = series_range(call, now)?;
    let of = UnflushedOf::Components(pipeline.to_owned());
    let live = unflushed(call, of, "pipeline").await?;
    let buckets = volume::latency(&*call.app.store, pipeline, &range, &live).await?;
    let mut components = BTreeMap::<String, Vec<_>>::new();
    for ((component, bucket), sum) in buckets {
        let Some(latency_mean_ms) = mean(sum.weighted_sum, sum.weight) else { continue };
        let row = RowView::of(bucket, (&range, now), LatencyView { latency_mean_ms });
        components.entry(component).or_default().push(row);
    }
    Ok(json(StatusCode::OK, &ComponentsView { components, range: RangeView::of(&range) }))
}

/// A node's host: its samples minute by minute, or means and rates by the bucket of a range.
pub(super) async fn host_series(call: &Call, node: &str) -> Result<Reply, HttpError> {
    let now = wall_now();
    let range = series_range(call, now)?;
    let live = unflushed(call, UnflushedOf::Host(node.to_owned()), "node").await?;
    let store = &*call.app.store;
    if has_range(call) {
        let buckets = hosts::series(store, node, &range, &live).await?;
        return Ok(series(buckets, (&range, now), |sums| HostRatesView::of(&sums)));
    }
    let samples = hosts::samples(store, node, range.from, &live).await?;
    Ok(series(samples, (&range, now), |host| HostView::of(&host)))
}

fn series<T, V: Serialize>(
    buckets: BTreeMap<Minute, T>,
    (range, now): (&Range, Millis),
    view: impl Fn(T) -> V,
) -> Reply {
    let rows: Vec<_> = rows(buckets, (range, now), view).collect();
    json(StatusCode::OK, &SeriesView { rows, range: RangeView::of(range) })
}

/// The buckets as rows, oldest first.
pub(super) fn rows<T, V>(
    buckets: BTreeMap<Minute, T>,
    (range, now): (&Range, Millis),
    view: impl Fn(T) -> V,
) -> impl Iterator<Item = RowView<V>> {
    buckets.into_iter().map(move |(bucket, values)| RowView::of(bucket, (range, now), view(values)))
}

impl<T> RowView<T> {
    fn of(bucket: Minute, (range, now): (&Range, Millis), values: T) -> RowView<T> {
        let partial = range.is_running(bucket, now);
        RowView { timestamp: Rfc3339(bucket.start()), values, partial }
    }
}

impl RangeView {
    pub(super) fn of(range: &Range) -> RangeView {
        RangeView {
            from: Rfc3339(range.from.start()),
            to: Rfc3339(range.until.start()),
            bucket_seconds: range.width * 60,
        }
    }
}

impl TotalsView {
    pub(super) fn of(totals: &SpanTotals) -> TotalsView {
        let SpanTotals { counts, utilization_sum, utilization_count, .. } = totals;
        TotalsView {
            events_in: counts.events_in,
            events_out: counts.events_out,
            errors_total: counts.errors,
            events_discarded: counts.discarded,
            bytes_in: counts.bytes_in,
            bytes_out: counts.bytes_out,
            utilization: mean(*utilization_sum, *utilization_count),
            latency_mean_ms: mean(totals.latency_weighted_sum, totals.latency_weight),
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

impl HostRatesView {
    fn of(sums: &HostSums) -> HostRatesView {
        HostRatesView {
            cpu_percent: sums.cpu_percent(),
            memory_used_bytes: sums.memory_used_bytes,
            memory_total_bytes: sums.memory_total_bytes,
            disk_used_bytes: sums.fs_used_bytes,
            disk_total_bytes: sums.fs_total_bytes,
            load_avg1: sums.load_avg_1,
            load_avg5: sums.load_avg_5,
            load_avg15: sums.load_avg_15,
            disk_read_bytes_per_second: per_second(sums.disk_read_bytes, sums.disk_seconds),
            disk_written_bytes_per_second: per_second(sums.disk_written_bytes, sums.disk_seconds),
            net_rx_bytes_per_second: per_second(sums.net_rx_bytes, sums.net_seconds),
            net_tx_bytes_per_second: per_second(sums.net_tx_bytes, sums.net_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_null_not_zero() {
        let nothing = TotalsView::of(&SpanTotals::default());
        assert_eq!((nothing.utilization, nothing.latency_mean_ms), (None, None));
        let measured = TotalsView::of(&SpanTotals {
            utilization_sum: 1.5,
            utilization_count: 3.0,
            latency_weighted_sum: 40.0,
            latency_weight: 16.0,
            ..SpanTotals::default()
        });
        assert_eq!((measured.utilization, measured.latency_mean_ms), (Some(0.5), Some(2.5)));
    }

    #[test]
    fn only_the_running_bucket_says_that_it_is_partial() {
        let now = Minute(7).start();
        let range = Range { from: Minute(0), until: Minute(8), width: 5 };
        let text = |minute| {
            let values = LatencyView { latency_mean_ms: 1.0 };
            serde_json::to_string(&RowView::of(Minute(minute), (&range, now), values)).unwrap()
        };
        assert_eq!(text(0), r#"{"timestamp":"1970-01-01T00:00:00.000Z","latencyMeanMs":1.0}"#);
        assert!(text(5).ends_with(r#""partial":true}"#));
    }
}
