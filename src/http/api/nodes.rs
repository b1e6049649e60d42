//! `/nodes`: the hosts of the fleet, live, and what is known of their past.

use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use systole_systems::answer::{AnswerBody, NodeDetail, NodeItem};
use systole_systems::query::{NodeFilter, Query, Subject};
use systole_systems::report::HostMetrics;
use systole_systems::status::{NodeStatus, Role};

use crate::http::api::call::{Call, mismatched, no_such_path, not_allowed};
use crate::http::api::charts::{HostView, host_series};
use crate::http::api::events::events;
use crate::http::api::fleet::RatesView;
use crate::http::api::history::Place;
use crate::http::api::instances::InstanceView;
use crate::http::api::list::{live_page, page, position_text};
use crate::http::api::logs::logs;
use crate::http::api::node_changes;
use crate::http::api::uptime::{timeline, uptime};
use crate::http::reply::{HttpError, Reply, json, no_content};
use crate::http::rfc3339::Rfc3339;

/// Labels in one filter.
const LABELS_MAX: usize = 16;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeView<'a> {
    id: &'a str,
    name: &'a str,
    host: &'a str,
    environment_id: &'a str,
    status: &'a str,
    status_since: Rfc3339,
    last_heartbeat_at: Option<Rfc3339>,
    agent_version: Option<&'a str>,
    vector_version: Option<&'a str>,
    os: Option<&'a str>,
    deployment_mode: Option<&'a str>,
    revoked: bool,
    maintenance: bool,
    labels: BTreeMap<&'a str, &'a str>,
    instances: u32,
    instances_running: u32,
    /// Null: nothing on the node reports now.
    rates: Option<RatesView>,
    /// Of all processors, between the last two heartbeats.
    cpu_percent: Option<f32>,
    memory_used_bytes: Option<u64>,
    memory_total_bytes: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeDetailView<'a> {
    #[serde(flatten)]
    node: NodeView<'a>,
    /// Those of its labels that people set.
    operator_labels: BTreeMap<&'a str, &'a str>,
    /// What the agent is to do and has not done yet.
    pending_action: Option<Value>,
    running_as: Option<&'a str>,
    update_error: Option<&'a str>,
    host_metrics: Option<HostView>,
    pipelines: Vec<InstanceView<'a>>,
    position: String,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => list(call).await,
        (_, []) => not_allowed(&[Method::GET]),
        (&Method::GET, [node]) => show(call, node).await,
        (&Method::DELETE, [node]) => {
            call.require(Subject::Node((*node).to_owned()), Role::Admin).await?;
            call.app.control.delete_node(node).await?;
            Ok(no_content())
        }
        (&Method::PUT, [node]) => node_changes::change(call, node).await,
        (_, [_]) => not_allowed(&[Method::GET, Method::PUT, Method::DELETE]),
        (&Method::POST, [node, "action"]) => node_changes::act(call, node).await,
        (&Method::DELETE, [node, "action"]) => node_changes::take_back(call, node).await,
        (_, [_, "action"]) => not_allowed(&[Method::POST, Method::DELETE]),
        (&Method::POST, [node, "revoke"]) => {
            call.require(Subject::Node((*node).to_owned()), Role::Admin).await?;
            call.app.control.revoke_node(node).await?;
            Ok(no_content())
        }
        (_, [_, "revoke"]) => not_allowed(&[Method::POST]),
        (&Method::GET, [node, "events"]) => {
            // Those of the node itself; with `pipelines=true` those of what it runs, too.
            let with_pipelines = call.params.word("pipelines", |word| word.parse().ok())?;
            let nodes_only = !with_pipelines.unwrap_or(false);
            events(call, place(call, node).await?, nodes_only).await
        }
        (&Method::GET, [node, "logs"]) => logs(call, place(call, node).await?).await,
        (&Method::GET, [node, "metrics"]) => {
            call.require(Subject::Node((*node).to_owned()), Role::Viewer).await?;
            host_series(call, node).await
        }
        (&Method::GET, [node, "uptime"]) => uptime(call, node).await,
        (&Method::GET, [node, "timeline"]) => timeline(call, node).await,
        (_, [_, "events" | "logs" | "metrics" | "uptime" | "timeline"]) => {
            not_allowed(&[Method::GET])
        }
        _ => no_such_path(),
    }
}

impl NodeView<'_> {
    fn of(node: &NodeItem) -> NodeView<'_> {
        NodeView {
            id: &node.id,
            name: &node.name,
            host: &node.host,
            environment_id: &node.environment,
            status: node.status.as_str(),
            status_since: Rfc3339(node.status_since),
            last_heartbeat_at: node.heard_at.map(Rfc3339),
            agent_version: node.agent_version.as_deref(),
            vector_version: node.vector_version.as_deref(),
            os: node.os.as_deref(),
            deployment_mode: node.deployment_mode.as_deref(),
            revoked: node.revoked,
            maintenance: node.maintenance,
            labels: by_key(&node.labels),
            instances: node.instances,
            instances_running: node.instances_running,
            rates: node.rates.map(RatesView::of),
            cpu_percent: node.cpu_percent.filter(|_| is_heard(node.status)),
            memory_used_bytes: node.memory.filter(|_| is_heard(node.status)).map(|memory| memory.0),
            memory_total_bytes: node.memory.map(|memory| memory.1),
        }
    }
}

async fn list(call: &Call) -> Result<Reply, HttpError> {
    let query = Query::Nodes { viewer: call.viewer()?, filter: filter(call)?, page: page(call)? };
    let answer = call.ask(query, "environment").await?;
    let AnswerBody::Nodes(nodes) = &answer.body else { mismatched() };
    Ok(live_page(nodes, answer.position, NodeView::of))
}

fn by_key(labels: &[(String, String)]) -> BTreeMap<&str, &str> {
    labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// A silent node keeps no live numbers.
fn is_heard(status: NodeStatus) -> bool {
    matches!(status, NodeStatus::Healthy | NodeStatus::Degraded)
}

/// Which nodes a list is about.
pub(super) fn filter(call: &Call) -> Result<NodeFilter, HttpError> {
    Ok(NodeFilter {
        environment: call.params.id("environmentId")?,
        status: call.params.word("status", NodeStatus::parse)?,
        text: call.params.text("q")?,
        labels: labels(call)?,
    })
}

fn labels(call: &Call) -> Result<Vec<(String, String)>, HttpError> {
    let pairs: Option<Vec<_>> = call
        .params
        .all("label")
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
        .collect();
    let pairs =
        pairs.ok_or_else(|| HttpError::BadRequest("label is not written as key=value".into()))?;
    if LABELS_MAX < pairs.len() {
        return Err(HttpError::BadRequest(format!("label is given more than {LABELS_MAX} times")));
    }
    Ok(pairs)
}

async fn show(call: &Call, node: &str) -> Result<Reply, HttpError> {
    let query = Query::Node { viewer: call.viewer()?, node: node.to_owned() };
    let answer = call.ask(query, "node").await?;
    let AnswerBody::Node(detail) = &answer.body else { mismatched() };
    let NodeDetail { node, operator_labels, running_as, update_error, host_metrics, instances } =
        &**detail;
    let view = NodeDetailView {
        node: NodeView::of(node),
        operator_labels: by_key(operator_labels),
        pending_action: call.app.caches.pending_actions.of_node(&node.id),
        running_as: running_as.as_deref(),
        update_error: update_error.as_deref(),
        host_metrics: host_metrics.as_ref().map(|host: &HostMetrics| HostView::of(host)),
        pipelines: instances.iter().map(InstanceView::of).collect(),
        position: position_text(answer.position),
    };
    Ok(json(StatusCode::OK, &view))
}

/// Where to look for the history of a node the viewer may see.
async fn place(call: &Call, node: &str) -> Result<Place, HttpError> {
    let query = Query::Node { viewer: call.viewer()?, node: node.to_owned() };
    let answer = call.ask(query, "node").await?;
    let AnswerBody::Node(detail) = answer.body else { mismatched() };
    Ok(Place {
        environments: vec![detail.node.environment],
        node: Some(detail.node.id),
        pipeline: call.params.id("pipelineId")?,
    })
}
