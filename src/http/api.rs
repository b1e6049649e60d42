//! `/api/v1`: JSON for people and scripts. Who asks is settled here, what they may do beside each call.

mod analytics;
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
mod setup;
mod taps;
mod teams;
mod tokens;
mod uptime;
mod users;

use std::net::IpAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request};

use crate::app::App;
use crate::control::names;
use crate::http::api::call::Call;
use crate::http::body::read;
use crate::http::caller::{caller, check_same_origin};
use crate::http::client_address::client_address;
use crate::http::params::Params;
use crate::http::reply::{HttpError, Reply};

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
        return Err(HttpError::NotFound("this path"));
    }
    let (head, body) = request.into_parts();
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
    let call = Call {
        app: app.clone(),
        method: head.method,
        params: Params::parse(head.uri.query()),
        body: read(app, body, body_bytes_max).await?,
        caller,
        peer,
    };
    if !writes {
        return dispatch(&call, path).await;
    }
    // A task of its own: a client that goes away must not stop a write between store and core.
    let path: Vec<String> = path.iter().map(|&segment| segment.to_owned()).collect();
    let write = tokio::spawn(async move {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        dispatch(&call, &path).await
    });
    write.await.map_err(|error| {
        tracing::error!(%error, "an API call did not end");
        HttpError::Internal
    })?
}

async fn dispatch(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    let Some((&first, rest)) = path.split_first() else {
        return Err(HttpError::NotFound("this path"));
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
        "deployments" => matrix::route(call, rest).await,
        "configurations" => configurations::route(call, rest),
        "pipelines" => pipelines::route(call, rest).await,
        "instances" => instances::route(call, rest).await,
        "taps" => taps::route(call, rest).await,
        "analytics" => analytics::route(call, rest).await,
        "events" => events::route(call, rest).await,
        "logs" => logs::route(call, rest).await,
        _ => Err(HttpError::NotFound("this path")),
    }
}
