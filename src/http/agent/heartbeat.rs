//! `POST heartbeat`: what a node runs and how it fares.

use crate::app::App;
use crate::clock::steady_now;
use crate::http::agent::authorize::authorize;
use crate::http::agent::{deliver, wire};
use crate::http::body;
use crate::http::reply::{HttpError, Reply};
use crate::http::router::Request;
use crate::ports::Load;

pub(super) async fn heartbeat(app: &App, request: Request) -> Result<Reply, HttpError> {
    let identity = authorize(app, request.headers())?;
    let body = body::read(app, request.into_body(), app.options.body_bytes_max).await?;
    let mut decoded = wire::decode_heartbeat(&identity.node, &body);
    if let Ok(decoded) = &mut decoded
        && !decoded.sample_results.is_empty()
    {
        // Whether the heartbeat is taken or not: whoever waits for them wants them now.
        let results = std::mem::take(&mut decoded.sample_results);
        app.event_samples.take_results(&identity, results, steady_now());
    }
    deliver(app, decoded, Load::Heartbeat).await
}
