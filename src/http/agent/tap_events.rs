//! `POST tap-events`: what passes a component that somebody watches, or that the agent has stopped.

use crate::app::App;
use crate::clock::steady_now;
use crate::edge_counters::Reason;
use crate::http::agent::authorize::authorize;
use crate::http::agent::wire;
use crate::http::body;
use crate::http::reply::{HttpError, Reply, ok_empty};
use crate::http::router::Request;

pub(super) async fn tap_events(app: &App, request: Request) -> Result<Reply, HttpError> {
    let identity = authorize(app, request.headers())?;
    let body = body::read(app, request.into_body(), app.options.body_bytes_max).await?;
    let (report, tally) =
        wire::decode_tap_report(&body).inspect_err(|_| app.counters.count(Reason::BodyInvalid))?;
    app.counters.record(&tally);
    app.taps.take_report(&identity, report, steady_now());
    // Also when nobody wants it: an agent has no use for an error here.
    Ok(ok_empty())
}
