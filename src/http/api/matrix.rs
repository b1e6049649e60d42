//! `/deployments`: what each node is to run beside what it reports.

use hyper::Method;
use serde::Serialize;
use systole_systems::answer::{AnswerBody, DeploymentItem, MatrixCell, MatrixRow};
use systole_systems::query::Query;

use crate::http::api::call::{Call, mismatched, no_such_path, not_allowed};
use crate::http::api::list::{live_page, page};
use crate::http::reply::{HttpError, Reply};
use crate::http::rfc3339::Rfc3339;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeRef<'a> {
    node_id: &'a str,
    node_name: &'a str,
    node_status: &'a str,
    maintenance: bool,
}

/// A pipeline on a node.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeploymentView<'a> {
    #[serde(flatten)]
    node: NodeRef<'a>,
    #[serde(flatten)]
    cell: CellView<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CellView<'a> {
    pipeline_id: &'a str,
    /// Null: the node is not to run it.
    desired_version: Option<u32>,
    /// Null: the node does not report it.
    version: Option<u32>,
    /// The agent's own word; null: there is no data.
    status: Option<&'a str>,
    status_since: Option<Rfc3339>,
    updated_at: Option<Rfc3339>,
    version_drift: bool,
    /// Null: the agent does not tell.
    config_drift: Option<bool>,
    /// Where the node stands in a deploy under way.
    progress: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowView<'a> {
    #[serde(flatten)]
    node: NodeRef<'a>,
    pipelines: Vec<CellView<'a>>,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => matrix(call).await,
        (_, []) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

async fn matrix(call: &Call) -> Result<Reply, HttpError> {
    let environment = call.params.id("environmentId")?;
    let environment =
        environment.ok_or_else(|| HttpError::BadRequest("environmentId is missing".into()))?;
    let query = Query::DeploymentMatrix { viewer: call.viewer()?, environment, page: page(call)? };
    let answer = call.ask(query, "environment").await?;
    let AnswerBody::DeploymentMatrix(rows) = &answer.body else { mismatched() };
    Ok(live_page(rows, answer.position, RowView::of))
}

impl DeploymentView<'_> {
    pub(super) fn of(item: &DeploymentItem) -> DeploymentView<'_> {
        DeploymentView {
            node: NodeRef {
                node_id: &item.node,
                node_name: &item.node_name,
                node_status: item.node_status.as_str(),
                maintenance: item.maintenance,
            },
            cell: CellView::of(&item.cell),
        }
    }
}

impl RowView<'_> {
    fn of(row: &MatrixRow) -> RowView<'_> {
        RowView {
            node: NodeRef {
                node_id: &row.node,
                node_name: &row.node_name,
                node_status: row.node_status.as_str(),
                maintenance: row.maintenance,
            },
            pipelines: row.cells.iter().map(CellView::of).collect(),
        }
    }
}

impl CellView<'_> {
    fn of(cell: &MatrixCell) -> CellView<'_> {
        let reported = cell.reported.as_ref();
        CellView {
            pipeline_id: &cell.pipeline,
            desired_version: cell.desired,
            version: reported.map(|reported| reported.revision),
            status: reported.and_then(|reported| reported.status.as_deref()),
            status_since: reported.map(|reported| Rfc3339(reported.status_since)),
            updated_at: reported.map(|reported| Rfc3339(reported.updated_at)),
            version_drift: cell.version_drift,
            config_drift: cell.config_drift,
            progress: cell.progress,
        }
    }
}
