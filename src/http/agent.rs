//! The agents' endpoints. What they must accept is what agents send; what they answer is 200 or not.

use std::sync::Arc;

use hyper::Method;

use crate::app::App;
use crate::edge_counters::Reason;
use crate::http::agent::wire::{DecodeError, Decoded};
use crate::http::reply::{HttpError, Reply, ok_empty};
use crate::http::router::{Request, allow};
use crate::ports::{Load, Refusal};

mod authorize;
mod config;
mod enroll;
mod heartbeat;
mod logs;
mod push;
mod samples;
mod tap_events;
pub mod wire;

/// Answers a request below `/api/agent/`.
pub async fn route(app: &Arc<App>, path: &str, request: Request) -> Result<Reply, HttpError> {
    match path {
        "heartbeat" => {
            allow(&request, &[Method::POST])?;
            heartbeat::heartbeat(app, request).await
        }
        "logs" => {
            allow(&request, &[Method::POST])?;
            logs::logs(app, request).await
        }
        "config" => {
            allow(&request, &[Method::GET])?;
            config::config(app, &request)
        }
        "push" => {
            allow(&request, &[Method::GET])?;
            push::push(app, &request)
        }
        "enroll" => {
            allow(&request, &[Method::POST])?;
            enroll::enroll(app, request).await
        }
        "samples" => {
            allow(&request, &[Method::POST])?;
            samples::samples(app, request).await
        }
        "tap-events" => {
            allow(&request, &[Method::POST])?;
            tap_events::tap_events(app, request).await
        }
        _ => Err(HttpError::NotFound("this path was")),
    }
}

/// Hands what a body says to the driver and answers when it is safe, as `--ack` says.
async fn deliver(
    app: &App,
    decoded: Result<Decoded, DecodeError>,
    load: Load,
) -> Result<Reply, HttpError> {
    let decoded = decoded.inspect_err(|_| app.counters.count(Reason::BodyInvalid))?;
    app.counters.record(&decoded.tally);
    if decoded.inputs.is_empty() {
        return Ok(ok_empty());
    }
    app.ingress.offer(decoded.inputs, load).await.inspect_err(|refusal| match refusal {
        Refusal::Full => app.counters.count(Reason::IngressFull),
        Refusal::NotDurable => app.counters.count(Reason::NotDurable),
        Refusal::Stopping => (),
    })?;
    Ok(ok_empty())
}
