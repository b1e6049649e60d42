//! `/analytics/volume`: what passed through an environment, beside the period before, by pipeline and by node.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use serde::Serialize;
use systole_systems::limits::PAGE_ITEMS_MAX;
use systole_systems::query::{Subject, UnflushedOf};
use systole_systems::status::Role;

use crate::clock::wall_now;
use crate::history::volume::{breakdown, series};
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::charts::{RangeView, RowView, TotalsView, rows};
use crate::http::api::range::{range, unflushed};
use crate::http::reply::{HttpError, Reply, json};
use crate::store::{Breakdown, SpanTotals, VolumeOf};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VolumeView {
    #[serde(flatten)]
    range: RangeView,
    current: PeriodView,
    /// The same length right before.
    previous: PeriodView,
    series: Vec<RowView<TotalsView>>,
    /// Those with most bytes in first, at most 500.
    by_pipeline: Vec<PipelineView>,
    /// The same of nodes.
    by_node: Vec<NodeView>,
}

#[derive(Serialize)]
struct PeriodView {
    #[serde(flatten)]
    totals: TotalsView,
    #[serde(flatten)]
    reduction: ReductionView,
}

/// How much less went out than came in, in percent, and 0 when more did. Null: nothing came in.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReductionView {
    event_reduction_percent: Option<f64>,
    byte_reduction_percent: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PipelineView {
    pipeline_id: String,
    pipeline_name: String,
    #[serde(flatten)]
    period: PeriodView,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeView {
    node_id: String,
    node_name: String,
    #[serde(flatten)]
    period: PeriodView,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, ["volume"]) => volume(call).await,
        (_, ["volume"]) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

async fn volume(call: &Call) -> Result<Reply, HttpError> {
    let missing = || HttpError::BadRequest("environmentId is missing".into());
    let environment = call.params.id("environmentId")?.ok_or_else(missing)?;
    call.require(Subject::Environment(environment.clone()), Role::Viewer).await?;
    let now = wall_now();
    let range = range(call, now)?;
    let before = range.previous();
    let pipelines = UnflushedOf::PipelinesIn(environment.clone());
    let pipelines = unflushed(call, pipelines, "environment").await?;
    let instances = UnflushedOf::InstancesIn(environment.clone());
    let instances = unflushed(call, instances, "environment").await?;

    let store = &*call.app.store;
    let of = VolumeOf::Environment(environment.clone());
    let buckets = series(store, &of, &range, &pipelines).await?;
    let previous = breakdown(store, &environment, Breakdown::Pipelines, (&before, &pipelines));
    let previous = sum(previous.await?.values());
    let by_pipeline = breakdown(store, &environment, Breakdown::Pipelines, (&range, &pipelines));
    let by_pipeline =
        largest(by_pipeline.await?, names(call, &environment, Breakdown::Pipelines).await?);
    let by_node = breakdown(store, &environment, Breakdown::Nodes, (&range, &instances));
    let by_node = largest(by_node.await?, names(call, &environment, Breakdown::Nodes).await?);

    let view = VolumeView {
        range: RangeView::of(&range),
        current: PeriodView::of(&sum(buckets.values())),
        previous: PeriodView::of(&previous),
        series: rows(buckets, (&range, now), |totals| TotalsView::of(&totals)).collect(),
        by_pipeline: by_pipeline
            .into_iter()
            .map(|(pipeline_id, pipeline_name, totals)| PipelineView {
                pipeline_id,
                pipeline_name,
                period: PeriodView::of(&totals),
            })
            .collect(),
        by_node: by_node
            .into_iter()
            .map(|(node_id, node_name, totals)| NodeView {
                node_id,
                node_name,
                period: PeriodView::of(&totals),
            })
            .collect(),
    };
    Ok(json(StatusCode::OK, &view))
}

async fn names(
    call: &Call,
    environment: &str,
    by: Breakdown,
) -> Result<BTreeMap<String, String>, HttpError> {
    Ok(call.app.store.names(environment, by).await?.into_iter().collect())
}

fn sum<'a>(totals: impl Iterator<Item = &'a SpanTotals>) -> SpanTotals {
    totals.fold(SpanTotals::default(), |mut sum, totals| {
        sum.add(totals);
        sum
    })
}

/// Those with most bytes in, with their names. What has none is gone.
fn largest(
    totals: BTreeMap<String, SpanTotals>,
    mut names: BTreeMap<String, String>,
) -> Vec<(String, String, SpanTotals)> {
    let named = totals.into_iter().filter_map(|(id, totals)| {
        let name = names.remove(&id)?;
        Some((id, name, totals))
    });
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|(_, _, totals)| Reverse((totals.counts.bytes_in, totals.counts.events_in)));
    named.truncate(PAGE_ITEMS_MAX);
    named
}

impl PeriodView {
    fn of(totals: &SpanTotals) -> PeriodView {
        PeriodView { totals: TotalsView::of(totals), reduction: ReductionView::of(totals) }
    }
}

impl ReductionView {
    fn of(totals: &SpanTotals) -> ReductionView {
        let counts = totals.counts;
        let percent = |came: u64, went: u64| {
            (came > 0).then(|| (100.0 * (1.0 - went as f64 / came as f64)).max(0.0))
        };
        ReductionView {
            event_reduction_percent: percent(counts.events_in, counts.events_out),
            byte_reduction_percent: percent(counts.bytes_in, counts.bytes_out),
        }
    }
}

#[cfg(test)]
mod tests {
    use systole_systems::report::Counts;

    use super::*;

    #[test]
    fn a_reduction_is_what_did_not_go_out() {
        let check = |bytes_in, bytes_out, expected| {
            let counts = Counts { bytes_in, bytes_out, ..Counts::default() };
            let totals = SpanTotals { counts, ..SpanTotals::default() };
            let reduction = ReductionView::of(&totals);
            assert_eq!(reduction.byte_reduction_percent, expected);
            assert_eq!(reduction.event_reduction_percent, None);
        };
        check(200, 50, Some(75.0));
        check(200, 300, Some(0.0));
        check(0, 10, None);
    }
}
