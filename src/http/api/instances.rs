//! `/instances`: which pipelines run on which nodes, and how.

use hyper::Method;
use serde::Serialize;
use systole_systems::answer::{AnswerBody, InstanceItem};
use systole_systems::query::{InstanceFilter, Query};

use crate::http::api::call::{Call, mismatched, no_such_path, not_allowed};
use crate::http::api::fleet::RatesView;
use crate::http::api::list::{live_page, page};
use crate::http::reply::{HttpError, Reply};
use crate::http::rfc3339::Rfc3339;

/// A pipeline on a node. Counters are cumulative since process start; null: unknown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstanceView<'a> {
    node_id: &'a str,
    node_name: &'a str,
    pipeline_id: &'a str,
    pipeline_name: &'a str,
    /// The agent's own word; null: the node is unreachable, there is no data.
    status: Option<&'a str>,
    status_since: Rfc3339,
    version: u32,
    uptime_seconds: Option<u64>,
    events_in: Option<u64>,
    events_out: Option<u64>,
    errors_total: Option<u64>,
    events_discarded: Option<u64>,
    bytes_in: Option<u64>,
    bytes_out: Option<u64>,
    rates: Option<RatesView>,
    utilization: Option<f64>,
    latency_mean_ms: Option<f64>,
    updated_at: Rfc3339,
}

impl InstanceView<'_> {
    pub(super) fn of(item: &InstanceItem) -> InstanceView<'_> {
        let totals = item.totals.as_ref();
        InstanceView {
            node_id: &item.node,
            node_name: &item.node_name,
            pipeline_id: &item.pipeline,
            pipeline_name: &item.pipeline_name,
            status: item.status.as_deref(),
            status_since: Rfc3339(item.status_since),
            version: item.revision,
            uptime_seconds: item.uptime_seconds,
            events_in: totals.map(|totals| totals.events_in),
            events_out: totals.map(|totals| totals.events_out),
            errors_total: totals.map(|totals| totals.errors),
            events_discarded: totals.map(|totals| totals.discarded),
            bytes_in: totals.map(|totals| totals.bytes_in),
            bytes_out: totals.map(|totals| totals.bytes_out),
            rates: item.rates.map(RatesView::of),
            utilization: item.utilization,
            latency_mean_ms: item.latency_mean_millis,
            updated_at: Rfc3339(item.updated_at),
        }
    }
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => list(call).await,
        (_, []) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

async fn list(call: &Call) -> Result<Reply, HttpError> {
    let filter = InstanceFilter {
        environment: call.params.id("environmentId")?,
        node: call.params.id("nodeId")?,
        pipeline: call.params.id("pipelineId")?,
        status: call.params.text("status")?,
    };
    let query = Query::Instances { viewer: call.viewer()?, filter, page: page(call)? };
    let answer = call.ask(query, "what the filter names was").await?;
    let AnswerBody::Instances(instances) = &answer.body else { mismatched() };
    Ok(live_page(instances, answer.position, InstanceView::of))
}
