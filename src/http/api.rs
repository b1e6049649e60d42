//! `/api/v1`: JSON for people and scripts. Who asks is settled here, what they may do beside each call.

mod analytics;
mod audit;
mod call;
mod charts;
mod component_ids;
mod configurations;
mod deploys;
mod environments;
mod event_samples;
mod events;
mod fleet;
mod history;
mod instances;
mod list;
mod log_export;
mod logs;
mod matrix;
mod node_changes;
mod nodes;
mod notices;
mod pipelines;
mod range;
mod running_nodes;
mod samples;
mod session;
mod settings;
mod setup;
mod taps;
mod teams;
mod tokens;
mod uptime;
mod users;
mod wall;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Incoming;
use hyper::{Method, Request};

use crate::app::App;
use crate::clock::wall_now;
use crate::control::names;
use crate::http::api::call::Call;
use crate::http::audit::{Actor, Note, record};
use crate::http::body::read;
use crate::http::caller::{caller, check_same_origin};
use crate::http::client_address::client_address;
use crate::http::etag::tagged;
use crate::http::openapi::operation::{Effect, Operation};
use crate::http::openapi::operations;
use crate::http::params::Params;
use crate::http::reply::{HttpError, Reply};
use crate::store::AuditEntry;

/// Largest body of somebody who has not signed in.
const STRANGER_BODY_BYTES_MAX: usize = 16 << 10;

/// Answers a request whose path after `/api/v1` is `path`; `peer` is whom the connection comes from.
pub async fn route(
    app: &Arc<App>,
    request: Request<Incoming>,
    path: &[&str],
    peer: IpAddr,
) -> Result<Reply, HttpError> {
    if !path.iter().all(|segment| names::is_id(segment)) {
        return Err(HttpError::NotFound("this path was"));
    }
    let (head, body) = request.into_parts();
    let operation = operations::find(head.method.as_str(), path);
    let writes = head.method != Method::GET;
    if writes {
        check_same_origin(&head.headers, app.options.public_url.as_deref())?;
    }
    let peer = client_address(peer, &head.headers, &app.options.trusted_proxies);
    let caller = caller(app, &head.headers)?;
    let body_bytes_max = match caller {
        Some(_) => app.options.body_bytes_max,
        None => app.options.body_bytes_max.min(STRANGER_BODY_BYTES_MAX),
    };
    let actor = caller.as_ref().map(|caller| Actor::of(app, caller));
    let call = Call {
        app: app.clone(),
        // What the document does not list is not done, and answered as a method that nothing takes.
        method: operation.map_or(Method::TRACE, |_| head.method),
        params: Params::parse(head.uri.query()),
        body: read(app, body, body_bytes_max).await?,
        caller,
        peer,
        note: Mutex::new(Note { actor, ..Note::default() }),
    };
    if !writes {
        let reply = dispatch(&call, path).await?;
        return Ok(tagged(reply, &head.headers, !may_hold_secrets(path)));
    }
    // A task of its own: a client that goes away must not stop a write between store and core.
    let path: Vec<String> = path.iter().map(|&segment| segment.to_owned()).collect();
    let write = tokio::spawn(async move {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let reply = dispatch(&call, &path).await?;
        if let Some(operation) = operation {
            record_action(call, operation, &path).await;
        }
        Ok(reply)
    });
    write.await.map_err(|error| {
        tracing::error!(%error, "an API call did not end");
        HttpError::Internal
    })?
}

/// Configurations, events and log lines may hold secrets: no browser keeps them on its disk.
fn may_hold_secrets(path: &[&str]) -> bool {
    let parts = ["versions", "diff", "graph", "event-samples", "logs"];
    matches!(path, ["pipelines", _]) || path.iter().any(|segment| parts.contains(segment))
}

/// Records what a write has done. What was nobody's doing was nothing, as signing out without a session.
async fn record_action(call: Call, operation: &'static Operation, path: &[&str]) {
    let Effect::Does(action) = operation.effect else { return };
    let mut note = call.note.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Some(actor) = note.actor.take() else { return };
    let entry = AuditEntry {
        at: wall_now(),
        actor: actor.user,
        actor_email: actor.email,
        proof: actor.proof.into(),
        subject: note.subject.take().or_else(|| operation.subject(path).map(str::to_owned)),
        subject_kind: operations::subject_kind(action).into(),
        action: action.into(),
        credential: actor.credential,
        environment: note.environment.take(),
        detail: note.detail_text(),
    };
    record(&call.app, entry).await;
}

async fn dispatch(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    let Some((&first, rest)) = path.split_first() else {
        return Err(HttpError::NotFound("this path was"));
    };
    match first {
        "session" => session::route(call, rest).await,
        "setup" => setup::route(call, rest).await,
        "users" => users::route(call, rest).await,
        "teams" => teams::route(call, rest).await,
        "environments" => environments::route(call, rest).await,
        "tokens" => tokens::route(call, rest).await,
        "fleet" => fleet::route(call, rest).await,
        "nodes" => nodes::route(call, rest).await,
        "notices" => notices::route(call, rest),
        "settings" => settings::route(call, rest),
        "deployments" => matrix::route(call, rest).await,
        "configurations" => configurations::route(call, rest),
        "pipelines" => pipelines::route(call, rest).await,
        "instances" => instances::route(call, rest).await,
        "taps" => taps::route(call, rest).await,
        "analytics" => analytics::route(call, rest).await,
        "events" => events::route(call, rest).await,
        "audit" => audit::route(call, rest).await,
        "logs" => logs::route(call, rest).await,
        _ => Err(HttpError::NotFound("this path was")),
    }
}
