//! `/fleet`: counts and rates of all the viewer may see, and its nodes as a wall.

use hyper::{Method, StatusCode};
use serde::Serialize;
use systole_systems::answer::{AnswerBody, FleetSummary, Rates};
use systole_systems::query::Query;
use systole_systems::status::{NodeStatus, ProcessClass};

use crate::http::api::call::{Call, mismatched, no_such_path, not_allowed};
use crate::http::api::list::position_text;
use crate::http::api::wall::wall;
use crate::http::reply::{HttpError, Reply, json};

#[derive(Serialize)]
struct SummaryView {
    nodes: NodeCounts,
    pipelines: InstanceCounts,
    rates: RatesView,
    position: String,
}

#[derive(Serialize)]
struct NodeCounts {
    total: u32,
    healthy: u32,
    degraded: u32,
    unreachable: u32,
    unknown: u32,
}

/// Instances by what their process does. Unknown: a word of its own, or a node without data.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct InstanceCounts {
    total: u32,
    running: u32,
    starting: u32,
    stopped: u32,
    crashed: u32,
    unknown: u32,
}

/// Per second.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RatesView {
    events_in: f64,
    events_out: f64,
    bytes_in: f64,
    bytes_out: f64,
    errors: f64,
    discarded: f64,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, ["summary"]) => summary(call).await,
        (&Method::GET, ["wall"]) => wall(call).await,
        (_, ["summary" | "wall"]) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

async fn summary(call: &Call) -> Result<Reply, HttpError> {
    let environment = call.params.id("environmentId")?;
    let query = Query::FleetSummary { viewer: call.viewer()?, environment };
    let answer = call.ask(query, "environment").await?;
    let AnswerBody::FleetSummary(summary) = &answer.body else { mismatched() };
    let view = SummaryView {
        nodes: NodeCounts::of(summary),
        pipelines: InstanceCounts::of(&summary.instances, summary.instances_no_data),
        rates: RatesView::of(summary.rates),
        position: position_text(answer.position),
    };
    Ok(json(StatusCode::OK, &view))
}

impl NodeCounts {
    fn of(summary: &FleetSummary) -> NodeCounts {
        NodeCounts {
            total: summary.nodes.iter().sum(),
            healthy: summary.nodes_of(NodeStatus::Healthy),
            degraded: summary.nodes_of(NodeStatus::Degraded),
            unreachable: summary.nodes_of(NodeStatus::Unreachable),
            unknown: summary.nodes_of(NodeStatus::Unknown),
        }
    }
}

impl InstanceCounts {
    pub(super) fn of(by_class: &[u32; ProcessClass::COUNT], no_data: u32) -> InstanceCounts {
        let count = |class: ProcessClass| by_class[class.index()];
        InstanceCounts {
            total: by_class.iter().sum::<u32>() + no_data,
            running: count(ProcessClass::Running),
            starting: count(ProcessClass::Starting),
            stopped: count(ProcessClass::Stopped),
            crashed: count(ProcessClass::Crashed),
            unknown: count(ProcessClass::Other) + no_data,
        }
    }
}

impl RatesView {
    pub(super) fn of(rates: Rates) -> RatesView {
        let Rates { events_in, events_out, errors, discarded, bytes_in, bytes_out } = rates;
        RatesView { events_in, events_out, bytes_in, bytes_out, errors, discarded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_without_data_count_as_unknown() {
        let mut by_class = [0; ProcessClass::COUNT];
        by_class[ProcessClass::Running.index()] = 5;
        by_class[ProcessClass::Crashed.index()] = 2;
        by_class[ProcessClass::Other.index()] = 1;
        let counts = InstanceCounts::of(&by_class, 3);
        let expected = InstanceCounts {
            total: 11,
            running: 5,
            starting: 0,
            stopped: 0,
            crashed: 2,
            unknown: 4,
        };
        assert_eq!(counts, expected);
    }
}
