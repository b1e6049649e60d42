//! `/pipelines/{id}/event-samples`: a few events of some components, asked of a node that runs them.

use std::collections::BTreeSet;
use std::sync::Arc;

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use systole_systems::status::Role;
use systole_systems::time::Millis;

use crate::clock::{steady_now, wall_at};
use crate::control::names;
use crate::event_samples::request::{
    Answer, AskedFor, CANDIDATES_MAX, COMPONENTS_MAX, ComponentStatus, Request,
};
use crate::event_samples::result::{EVENTS_MAX, Outcome};
use crate::event_samples::table::AskRefusal;
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::component_ids::component_id;
use crate::http::api::list::whole_list;
use crate::http::api::pipelines::{live, require};
use crate::http::api::running_nodes::running_nodes;
use crate::http::reply::{HttpError, Reply, json};
use crate::http::rfc3339::Rfc3339;
use crate::json_list::JsonList;

/// Events of a component unless `limit` says otherwise.
const EVENTS: u32 = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewRequest {
    component_ids: Vec<String>,
    limit: Option<u32>,
    node_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestView<'a> {
    id: &'a str,
    pipeline_id: &'a str,
    status: &'static str,
    /// The node that was asked last; null: it waits for the poll of one.
    node_id: Option<&'a str>,
    requested_at: Rfc3339,
    expires_at: Rfc3339,
    components: Vec<ComponentView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ComponentView<'a> {
    component_id: &'a str,
    status: &'static str,
    /// The node that answered.
    node_id: Option<&'a str>,
    sampled_at: Option<Rfc3339>,
    /// Null: there are none; empty: none passed.
    events: Option<&'a JsonList>,
    schema: Option<&'a JsonList>,
    /// There were more, or larger ones.
    truncated: bool,
    error: Option<&'a str>,
}

/// The newest events of a component.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewestView<'a> {
    request_id: &'a str,
    #[serde(flatten)]
    component: ComponentView<'a>,
}

/// Answers a call whose path after `event-samples` is `path`.
pub(super) async fn route(call: &Call, pipeline: &str, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::POST, []) => ask(call, pipeline).await,
        (&Method::GET, []) => newest(call, pipeline).await,
        (_, []) => not_allowed(&[Method::GET, Method::POST]),
        (&Method::GET, [request]) => show(call, pipeline, request).await,
        (_, [_]) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

async fn ask(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Editor).await?;
    let NewRequest { component_ids, limit, node_id } = call.json()?;
    let components = components(&component_ids)?;
    let limit = limit.unwrap_or(EVENTS);
    if !(1..=EVENTS_MAX).contains(&limit) {
        let why = format!("limit is not a number from 1 to {EVENTS_MAX}");
        return Err(HttpError::BadRequest(why));
    }
    if node_id.as_deref().is_some_and(|node| !names::is_id(node)) {
        return Err(HttpError::BadRequest("nodeId is not an id".into()));
    }
    let environment = live(call, pipeline).await?.0.environment;
    let push = &call.app.caches.push;
    let is_connected = |node: &str| push.stream_of(node).is_some();
    let nodes = running_nodes(call, pipeline, node_id.as_deref(), is_connected).await?;
    let asked = AskedFor {
        environment: environment.into(),
        pipeline: pipeline.into(),
        components,
        limit,
        candidates: nodes.into_iter().take(CANDIDATES_MAX).map(Arc::from).collect(),
    };
    let now = steady_now();
    let request = call.app.event_samples.ask(asked, now).map_err(|refusal| {
        let why = match refusal {
            AskRefusal::EnvironmentFull => "too many requests of this environment are open",
            AskRefusal::Full => "too many requests for event samples are open",
        };
        HttpError::TooManyRequests { why, retry_after_seconds: 30 }
    })?;
    call.note("requestId", &*request.id);
    call.note("componentIds", component_ids);
    Ok(json(StatusCode::CREATED, &RequestView::of(&request, now)))
}

async fn show(call: &Call, pipeline: &str, request: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Viewer).await?;
    let request = call.app.event_samples.find(pipeline, request);
    let request = request.ok_or(HttpError::NotFound("request"))?;
    Ok(json(StatusCode::OK, &RequestView::of(&request, steady_now())))
}

/// Of each component the newest events, by its id.
async fn newest(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Viewer).await?;
    let now = steady_now();
    let requests = call.app.event_samples.of_pipeline(pipeline, now);
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for request in &requests {
        for (component, status, answer) in request.components(now) {
            if status == ComponentStatus::Completed && seen.insert(component) {
                let component = ComponentView::of(component, status, answer);
                items.push(NewestView { request_id: &request.id, component });
            }
        }
    }
    items.sort_by_key(|item| item.component.component_id);
    Ok(whole_list(items))
}

fn components(ids: &[String]) -> Result<Vec<Arc<str>>, HttpError> {
    if !(1..=COMPONENTS_MAX).contains(&ids.len()) {
        let why = format!("componentIds does not hold 1 to {COMPONENTS_MAX} ids");
        return Err(HttpError::BadRequest(why));
    }
    let distinct: BTreeSet<&String> = ids.iter().collect();
    if distinct.len() < ids.len() {
        return Err(HttpError::BadRequest("componentIds holds an id twice".into()));
    }
    ids.iter().map(|id| component_id("componentIds", id)).collect()
}

impl RequestView<'_> {
    fn of(request: &Request, now: Millis) -> RequestView<'_> {
        RequestView {
            id: &request.id,
            pipeline_id: request.pipeline(),
            status: request.status(now).as_str(),
            node_id: request.node(),
            requested_at: Rfc3339(wall_at(request.asked_at())),
            expires_at: Rfc3339(wall_at(request.expires_at())),
            components: request
                .components(now)
                .map(|(component, status, answer)| ComponentView::of(component, status, answer))
                .collect(),
        }
    }
}

impl ComponentView<'_> {
    fn of<'a>(
        component_id: &'a str,
        status: ComponentStatus,
        answer: Option<&'a Answer>,
    ) -> ComponentView<'a> {
        let (events, schema, error) = match answer.map(|answer| &answer.outcome) {
            None => (None, None, None),
            Some(Outcome::Sampled { events, schema }) => (Some(events), Some(schema), None),
            Some(Outcome::Failed(why)) => (None, None, Some(why.as_str())),
        };
        ComponentView {
            component_id,
            status: status.as_str(),
            node_id: answer.map(|answer| &*answer.node),
            sampled_at: answer.map(|answer| Rfc3339(wall_at(answer.at))),
            events,
            schema,
            truncated: events.is_some_and(|events| events.left_out() > 0),
            error,
        }
    }
}
