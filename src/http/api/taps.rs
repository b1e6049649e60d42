//! Live taps: `POST /pipelines/{id}/taps` starts one, `/taps/{id}` reads and stops it.

use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use serde::{Deserialize, Serialize};
use systole_systems::status::Role;

use crate::clock::{steady_now, wall_at};
use crate::control::names;
use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::component_ids::component_id;
use crate::http::api::pipelines::{live, require};
use crate::http::api::running_nodes::running_nodes;
use crate::http::reply::{HttpError, Reply, ReplyBody, json, no_content};
use crate::http::rfc3339::Rfc3339;
use crate::taps::TapView;
use crate::taps::life::End;
use crate::taps::table::{NewTap, StartRefusal};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WantedTap {
    component_id: String,
    node_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartedView<'a> {
    id: &'a str,
    pipeline_id: &'a str,
    component_id: &'a str,
    node_id: &'a str,
    expires_at: Rfc3339,
}

/// Answers a call whose path after `taps` is `path`.
pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::DELETE, [tap]) => {
            let tap = own_tap(call, tap).await?;
            // One that has ended meanwhile has stopped, too.
            call.note("pipelineId", &*tap.pipeline);
            call.app.taps.end(&tap.id, End::Stopped, steady_now());
            Ok(no_content())
        }
        (_, [_]) => not_allowed(&[Method::DELETE]),
        (&Method::GET, [tap, "events"]) => read(call, tap).await,
        (_, [_, "events"]) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

/// Starts a tap of a component of the pipeline.
pub(super) async fn start(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Editor).await?;
    let WantedTap { component_id: component, node_id } = call.json()?;
    let component = component_id("componentId", &component)?;
    if node_id.as_deref().is_some_and(|node| !names::is_id(node)) {
        return Err(HttpError::BadRequest("nodeId is not an id".into()));
    }
    let environment = live(call, pipeline).await?.0.environment;
    let push = &call.app.caches.push;
    let is_connected = |node: &str| push.stream_of(node).is_some();
    let nodes = running_nodes(call, pipeline, node_id.as_deref(), is_connected).await?;
    let wanted = NewTap {
        environment: environment.into(),
        pipeline: pipeline.into(),
        component,
        principal: call.principal()?.clone(),
    };
    let started = call.app.taps.start(wanted, &nodes, steady_now()).map_err(refused)?;
    call.note_subject(&started.id);
    call.note("pipelineId", pipeline);
    call.note("componentId", &*started.component);
    call.note("nodeId", &*started.node);
    let view = StartedView {
        id: &started.id,
        pipeline_id: &started.pipeline,
        component_id: &started.component,
        node_id: &started.node,
        expires_at: Rfc3339(wall_at(started.expires_at)),
    };
    Ok(json(StatusCode::CREATED, &view))
}

async fn read(call: &Call, tap: &str) -> Result<Reply, HttpError> {
    let tap = own_tap(call, tap).await?;
    let feed = call.app.taps.read(&tap.id, call.principal()?, steady_now());
    let feed = feed.ok_or(HttpError::NotFound("tap"))?;
    let mut reply = Response::new(ReplyBody::Tap(feed));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    let buffering = HeaderName::from_static("x-accel-buffering");
    headers.insert(buffering, HeaderValue::from_static("no"));
    Ok(reply)
}

/// The tap, for whoever may edit its pipeline. To others it does not exist.
async fn own_tap(call: &Call, tap: &str) -> Result<TapView, HttpError> {
    call.principal()?;
    let tap = call.app.taps.find(tap).ok_or(HttpError::NotFound("tap"))?;
    match require(call, &tap.pipeline, Role::Editor).await {
        Err(HttpError::NotFound(_)) => Err(HttpError::NotFound("tap")),
        checked => checked.map(|()| tap),
    }
}

fn refused(refusal: StartRefusal) -> HttpError {
    let full = |why| HttpError::TooManyRequests { why, retry_after_seconds: 30 };
    match refusal {
        StartRefusal::NotConnected => HttpError::Conflict(
            "no node that runs this pipeline is connected to the server's push stream".into(),
        ),
        StartRefusal::NodeFull => full("a node runs three taps at most, and they are taken"),
        StartRefusal::UserFull => full("you have ten taps already; stop one of them"),
        StartRefusal::Full => full("the server runs as many taps as it may"),
    }
}
