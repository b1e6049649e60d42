//! `/events`: changes of status, newest first.

use hyper::Method;
use serde::Serialize;

use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::history::{Place, cursor, key_text, page, period, place, rows_to_read};
use crate::http::reply::{HttpError, Reply};
use crate::http::rfc3339::Rfc3339;
use crate::store::{HistoryQuery, StoredEvent};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventView {
    id: String,
    node_id: String,
    /// Null: the status is the node's own.
    pipeline_id: Option<String>,
    from_status: Option<String>,
    to_status: String,
    reason: String,
    timestamp: Rfc3339,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => events(call, place(call).await?, false).await,
        (_, []) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

/// A page of status events.
pub(super) async fn events(
    call: &Call,
    place: Place,
    nodes_only: bool,
) -> Result<Reply, HttpError> {
    let (since, until) = period(call)?;
    let query = HistoryQuery {
        environments: place.environments,
        node: place.node,
        pipeline: place.pipeline,
        nodes_only,
        since,
        until,
        before: cursor(call)?,
        limit: rows_to_read(call)?,
        ..HistoryQuery::default()
    };
    let events = call.app.store.status_events(&query).await?;
    page(call, events, |event| event.key, EventView::of)
}

impl EventView {
    fn of(event: StoredEvent) -> EventView {
        let StoredEvent { key, node, pipeline, from_status, to_status, reason, at } = event;
        EventView {
            id: key_text(key),
            node_id: node,
            pipeline_id: pipeline,
            from_status,
            to_status,
            reason,
            timestamp: Rfc3339(at),
        }
    }
}
