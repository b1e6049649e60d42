//! `POST samples`: results of event samples that were asked for on the push stream.

use crate::app::App;
use crate::clock::steady_now;
use crate::edge_counters::Reason;
use crate::http::agent::authorize::authorize;
use crate::http::agent::wire;
use crate::http::body;
use crate::http::reply::{HttpError, Reply, ok_empty};
use crate::http::router::Request;

pub(super) async fn samples(app: &App, request: Request) -> Result<Reply, HttpError> {
    let identity = authorize(app, request.headers())?;
    let body = body::read(app, request.into_body(), app.options.body_bytes_max).await?;
    let (results, tally) =
        wire::decode_samples(&body).inspect_err(|_| app.counters.count(Reason::BodyInvalid))?;
    app.counters.record(&tally);
    app.event_samples.take_results(&identity, results, steady_now());
    Ok(ok_empty())
}
